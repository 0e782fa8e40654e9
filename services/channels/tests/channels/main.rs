//! Importing catalogue files, on SQLite and PostgreSQL.

mod files;
mod pictures;
mod saving;
mod support;
mod writing;
