//! The commands of `stoa`; `docs/commands.md` explains them to their reader. Exit codes:
//! 0 done, 1 failed, 2 wrong usage, 3 done in part (an import with refused products, a
//! doctor that found something).

mod backup;
mod doctor;
mod events;
mod import;
mod jobs;
mod out;
mod people;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::{
    api,
    config::{Config, ServeConfig},
    serve, wire,
};

/// A marketplace in one program: storefront, seller portal, back office and API.
#[derive(Parser)]
#[command(name = "stoa", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages, API and, unless told not to, the workers
    Serve {
        #[command(flatten)]
        serve: ServeConfig,
    },
    /// Run events, schedules and jobs in a process of their own (PostgreSQL)
    Worker {
        /// Job loops in this process
        #[arg(long, default_value_t = 4)]
        workers: usize,
    },
    /// Bring the schema up to date
    Migrate,
    /// Fill an empty shop
    #[command(subcommand)]
    Seed(Seed),
    /// Read a catalogue file made by another program
    #[command(subcommand)]
    Import(import::Import),
    /// Shops on this marketplace
    #[command(subcommand)]
    Seller(people::Seller),
    /// People who sign in
    #[command(subcommand)]
    User(people::User),
    /// Keys for the API
    #[command(subcommand)]
    Token(people::Token),
    /// Run the sandbox payment provider as its own process
    Sandbox {
        /// Address to listen on
        #[arg(long, env = "STOA_SANDBOX_BIND", default_value = "127.0.0.1:3900")]
        bind: std::net::SocketAddr,
        /// Where it reports what happens later (the shop's webhook address)
        #[arg(
            long,
            env = "STOA_SANDBOX_WEBHOOK",
            default_value = "http://127.0.0.1:3000/v1/payments/webhooks/sandbox"
        )]
        webhook: String,
    },
    /// What happens in the shop, as it happens, and what could not be delivered
    #[command(subcommand)]
    Events(events::Events),
    /// What runs in the background, and putting back what failed
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// Print the OpenAPI 3.1 document
    Openapi,
    /// Look for what is wrong: settings, schema, books, stock, files, audit, failed work
    Doctor {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Copy database and files into a new folder while the shop runs
    Backup {
        /// Folder to make; it must not exist
        folder: std::path::PathBuf,
        /// What it holds as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Put a backup back into an empty data folder
    Restore {
        /// Folder that `stoa backup` made
        folder: std::path::PathBuf,
        /// What it held as one JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum Seed {
    /// A living marketplace: eight shops, a category tree, pictures, prices, stock and sign-ins
    Demo {
        /// How many products
        #[arg(long, default_value_t = 200)]
        products: usize,
        /// Also in production, whose sign-ins then have passwords that lie in a file
        #[arg(long)]
        in_production: bool,
    },
}

/// Runs the command and turns its outcome into an exit code.
pub async fn run(cli: Cli) -> ExitCode {
    let filter = EnvFilter::try_from_env("STOA_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,stoa=info,stoa::access=warn,sqlx=error,tantivy=warn"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("STOA_LOG_FORMAT").is_ok_and(|format| format == "json") {
        logs.json().init();
    } else {
        logs.init();
    }
    match dispatch(cli).await {
        Ok(code) => code,
        Err(error) if out::is_enough(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stoa: {}", out::complaint(&error));
            ExitCode::from(1)
        }
    }
}

async fn dispatch(Cli { config, command }: Cli) -> Result<ExitCode> {
    match command {
        Command::Serve { serve } => serve::run(config, serve).await?,
        Command::Worker { workers } => serve::work(config, workers).await?,
        Command::Migrate => migrate(&config).await?,
        Command::Seed(Seed::Demo { products, in_production }) => {
            if !config.is_development() && !in_production {
                bail!(
                    "the demo is for development: its people sign in with passwords that lie in a file. \
                       Where that is meant, add --in-production"
                );
            }
            crate::seed::demo(&wire::app(&config).await?, products).await?
        }
        Command::Import(import) => return import::run(&config, import).await,
        Command::Seller(command) => people::seller(&config, command).await?,
        Command::User(command) => people::user(&config, command).await?,
        Command::Token(command) => people::token(&config, command).await?,
        Command::Sandbox { bind, webhook } => wire::run_sandbox(&config, bind, webhook).await?,
        Command::Events(command) => events::run(&config, command).await?,
        Command::Jobs(command) => jobs::run(&config, command).await?,
        Command::Openapi => out::line(api::document().to_pretty_json()?)?,
        Command::Doctor { json } => return doctor::run(&config, json).await,
        Command::Backup { folder, json } => backup::backup(&config, &folder, json).await?,
        Command::Restore { folder, json } => backup::restore(&config, &folder, json).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(config: &Config) -> Result<()> {
    let db = wire::database(config).await?;
    let pending = wire::pending(&db).await?;
    wire::migrate(&db).await?;
    out::line(match pending {
        0 => "The schema is current.".to_owned(),
        1 => "Ran 1 migration.".to_owned(),
        several => format!("Ran {several} migrations."),
    })
}
