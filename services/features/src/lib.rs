//! Fixes the features of dependencies that many crates share.
//!
//! Cargo unites features over what one command builds, so `cargo test -p stoa-catalog`
//! and `cargo test --workspace` would otherwise compile tokio, serde and everything
//! above them twice. Every native crate reaches this one through the kernel. To renew it
//! compare `cargo tree -f '{p}|{f}'` of the workspace with that of one crate.
