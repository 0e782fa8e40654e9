//! Every chore of this repository: `cargo xtask --help`.

mod bench;
mod bundle;
mod coverage;
mod debian;
mod dev;
mod map;
mod new_service;
mod postgres;
mod server;
mod stamp;
mod start;
mod test;
mod toolchain;
mod workspace;

use std::fmt;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Every chore of this repository",
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build, fill and serve a demo marketplace on <http://localhost:3000> (15 minutes the first
    /// time, then seconds)
    Start(start::Options),
    /// Run every check and test (an hour when nothing is built, then about 15 minutes)
    Test(test::Options),
    /// Serve and rebuild on every change, by cargo-leptos (installs it once: 15 minutes)
    Dev(dev::Options),
    /// Build the browser bundle into site/ (5 minutes when cold, seconds when only a style changed)
    Bundle(bundle::Options),
    /// A PostgreSQL for tests that stays until it is told to stop
    Postgres {
        #[command(subcommand)]
        action: postgres::Action,
    },
    /// Print how much of the fifty services runs, by services.toml
    Coverage(coverage::Options),
    /// Write the files of a planned service (seconds)
    NewService(new_service::Options),
    /// Measure the release build under load (15 to 20 minutes), or with `build` what edits cost
    Bench(bench::Options),
}

/// A run that has said already what failed.
#[derive(Debug)]
pub struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("something failed; see above")
    }
}

impl std::error::Error for Failed {}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Chore::Start(options) => start::command(&options),
        Chore::Test(options) => test::command(&options),
        Chore::Dev(options) => dev::command(&options),
        Chore::Bundle(options) => bundle::command(&options),
        Chore::Postgres { action } => postgres::command(&action),
        Chore::Coverage(options) => coverage::command(&options),
        Chore::NewService(options) => new_service::command(&options),
        Chore::Bench(options) => bench::command(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Failed>() => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
