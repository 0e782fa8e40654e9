//! The `stoa` program: configuration, wiring, routers, workers and commands.

pub mod api;
mod bounds;
pub mod cli;
pub mod config;
pub mod context;
mod dev;
mod lock;
mod openapi;
mod progress;
pub mod seed;
pub mod serve;
mod support;
pub mod wire;
