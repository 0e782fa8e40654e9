//! Importing catalogue files, on SQLite and PostgreSQL.

mod files;
mod pictures;
mod saving;
mod statements;
mod support;
mod trying;
mod writing;
