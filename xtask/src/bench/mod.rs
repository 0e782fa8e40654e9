//! `cargo xtask bench`: what building costs, and what serving costs.

mod build;

use anyhow::Result;
use clap::Subcommand;

#[derive(Subcommand)]
pub enum Action {
    /// Check and build times after typical edits, against their targets (10 to 15 minutes)
    Build(build::Options),
}

pub fn command(action: &Action) -> Result<()> {
    match action {
        Action::Build(options) => build::command(options),
    }
}
