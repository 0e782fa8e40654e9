//! Tables every service stands on: events, jobs, audit, idempotency.

pub mod outbox_event;
pub mod inbox;
pub mod job;
pub mod cron_run;
pub mod audit_record;
pub mod audit_head;
pub mod idempotency_key;
