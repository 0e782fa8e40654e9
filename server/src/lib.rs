//! The `stoa` program: configuration, wiring, routers, workers and commands.

pub mod api;
pub mod cli;
pub mod config;
pub mod context;
mod dev;
mod lock;
pub mod seed;
pub mod serve;
pub mod wire;
