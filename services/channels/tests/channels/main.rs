//! Importing catalogue files, on SQLite and PostgreSQL.

mod files;
mod support;
mod writing;
