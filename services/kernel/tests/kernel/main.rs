//! The kernel's promises on both databases.

mod audit;
mod database;
mod events;
mod idempotency;
mod jobs;
mod ports;
