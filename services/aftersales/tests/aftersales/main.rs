//! Refunds with everything below them, on SQLite and PostgreSQL.

#[path = "../../../ordering/tests/ordering/support.rs"]
mod support;

mod refunds;
