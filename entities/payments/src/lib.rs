//! Payments, provider messages and the journal.

pub mod journal_entry;
pub mod journal_line;
pub mod payment_attempt;
pub mod payment_capture;
pub mod payment_intent;
pub mod payment_refund;
pub mod webhook_event;
