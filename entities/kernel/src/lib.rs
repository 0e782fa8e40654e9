//! Tables every service stands on: events, jobs, audit, idempotency.

pub mod audit_head;
pub mod audit_record;
pub mod cron_run;
pub mod idempotency_key;
pub mod inbox;
pub mod job;
pub mod outbox_event;
