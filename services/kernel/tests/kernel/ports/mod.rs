//! One contract for a port's default and its twin.

mod bus;
mod cache;
mod mail;
mod objects;
mod rate;
mod redis;
