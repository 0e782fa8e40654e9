//! Messages with everything below them, on SQLite and PostgreSQL.

#[allow(dead_code, unused_imports, reason = "shared with the tests of ordering")]
#[path = "../../../ordering/tests/ordering/support.rs"]
mod support;

mod notifications;
