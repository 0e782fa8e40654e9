//! `cargo xtask bench`: the release build under load.
//!
//! Server, load and, where it serves, PostgreSQL share this machine's cores, so requests per
//! second say what the machine manages with all of them. CPU time for each operation says what
//! the server alone costs, and hardly depends on what else runs.

mod cases;
mod http;
mod process;
mod report;
mod run;
mod server;
mod shop;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::postgres::Cluster;
use crate::workspace::{human, root, target_dir};
use cases::Case;
use process::{Watched, machine};
use report::{Report, Row, Size, median, megabytes};
use run::{Load, measure};
use server::Programs;
use shop::Shop;

/// The release build under load: requests per second, times, CPU for each operation, memory,
/// beside a bare handler with the same query (15 to 20 minutes, and a release build when cold)
#[derive(Args)]
pub struct Options {
    /// How many products the demo marketplace has; several one after the other
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000])]
    products: Vec<usize>,
    /// How many connections ask at the same time; several one after the other
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32])]
    connections: Vec<usize>,
    /// Seconds that each case is measured, after a fifth of it (at least one) to warm up
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Only these cases
    #[arg(long, value_name = "CASE")]
    only: Vec<Case>,
    /// Which database serves
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    database: Database,
    /// About three minutes: 1,000 products, two seconds each
    #[arg(long)]
    quick: bool,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Keep the filled shops in this folder, and use those that are there (SQLite only)
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Measure the release build that is there
    #[arg(long)]
    no_build: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    /// The file in the data folder
    Sqlite,
    /// A PostgreSQL of its own, with its usual durability
    Postgres,
}

pub fn command(options: &Options) -> Result<()> {
    let sizes = if options.quick { vec![1_000] } else { options.products.clone() };
    let seconds = if options.quick { 2 } else { options.seconds };
    if sizes.is_empty() || sizes.contains(&0) || options.connections.contains(&0) || seconds == 0 {
        bail!("--products, --connections and --seconds must be at least 1");
    }
    if options.data.is_some() && options.database == Database::Postgres {
        bail!("--data keeps SQLite files; leave it out with --database postgres");
    }
    let programs = Programs::find(!options.no_build)?;
    let scratch = Scratch::new(options.data.as_ref())?;
    let mut report = Report {
        machine: machine(),
        database: "SQLite".to_owned(),
        commit: server::commit(),
        seconds,
        sizes: Vec::new(),
        rows: Vec::new(),
    };
    for products in sizes {
        let postgres = match options.database {
            Database::Sqlite => None,
            Database::Postgres => Some(Cluster::start_durable(false)?),
        };
        if let Some(postgres) = &postgres {
            report.database = postgres.describe();
        }
        let data = scratch.path.join(products.to_string());
        let shop =
            Measured { options, programs: &programs, data, products, seconds, postgres: postgres.as_ref() };
        shop.run(&mut report)?;
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("\n{}", report.table());
    }
    if let Some(row) = report.rows.iter().find(|row| row.errors > 0) {
        bail!("{} errors in {}: {}", row.errors, row.case, row.first_error.as_deref().unwrap_or_default());
    }
    Ok(())
}

/// A shop of one size while it is measured.
struct Measured<'a> {
    options: &'a Options,
    programs: &'a Programs,
    data: PathBuf,
    products: usize,
    seconds: u64,
    postgres: Option<&'a Cluster>,
}

impl Measured<'_> {
    fn run(&self, report: &mut Report) -> Result<()> {
        let url = self.postgres.map(Cluster::url);
        let seed_seconds = self.seed(url.as_deref())?;
        self.finish_pictures(url.as_deref())?;
        let mut starts = Vec::new();
        for _ in 0..2 {
            starts.push(self.programs.serve(&self.data, url.as_deref())?.ready_after);
        }
        let server = self.programs.serve(&self.data, url.as_deref())?;
        starts.push(server.ready_after);
        let start_ms = median(starts).as_secs_f64() * 1000.0;
        let idle_mb = megabytes(process::memory(server.id())?.resident);
        eprintln!("started in {start_ms:.0} ms, {idle_mb:.0} MB resident; looking around");
        let shop = Shop::explore(server.port, self.products)?;
        shop.fill(server.port, &self.programs.key(&self.data, url.as_deref(), "inventory.adjust")?)?;
        let postgres = self.postgres.map(Cluster::id);
        let watched = Watched { server: server.id(), postgres };
        let chosen: Vec<Case> = Case::ALL
            .into_iter()
            .filter(|case| self.options.only.is_empty() || self.options.only.contains(case))
            .collect();
        let mut peak_mb: f64 = idle_mb;
        for case in chosen {
            let operation = case.operation(&shop);
            let bare_operation = case.bare(&shop)?;
            let bare = match bare_operation.is_some() {
                true => Some(self.programs.bare(&self.data, url.as_deref())?),
                false => None,
            };
            for connections in &self.options.connections {
                let counted =
                    measure(&self.load(server.port, *connections, case), &watched, operation.as_ref())?;
                let beside = match (&bare, &bare_operation) {
                    (Some(bare), Some(operation)) => {
                        let watched = Watched { server: bare.id(), postgres };
                        Some(measure(
                            &self.load(bare.port, *connections, case),
                            &watched,
                            operation.as_ref(),
                        )?)
                    }
                    _ => None,
                };
                if let Some(error) = beside.as_ref().and_then(|bare| bare.first_error.as_ref()) {
                    bail!("the bare handler failed: {error}");
                }
                let row = Row::new(case, self.products, *connections, &counted, beside.as_ref());
                eprintln!("{}", row.line());
                peak_mb = peak_mb.max(row.peak_mb);
                report.rows.push(row);
            }
        }
        report.sizes.push(Size { products: self.products, seed_seconds, start_ms, idle_mb, peak_mb });
        Ok(())
    }

    /// A shop just filled makes smaller and newer formats of its pictures in the background for a
    /// while. That belongs to no request, so it is waited for, once.
    fn finish_pictures(&self, url: Option<&str>) -> Result<()> {
        let done = self.data.join("settled");
        if url.is_none() && done.is_file() {
            return Ok(());
        }
        eprintln!("letting the shop finish its pictures (some minutes)");
        let server = self.programs.serve(&self.data, url)?;
        // The first look must not come before the workers have begun.
        std::thread::sleep(Duration::from_secs(3));
        Watched { server: server.id(), postgres: None }.settle(Duration::from_secs(15 * 60))?;
        fs::write(&done, "")?;
        Ok(())
    }

    fn load(&self, port: u16, connections: usize, case: Case) -> Load {
        Load {
            port,
            connections,
            warm_up: Duration::from_secs((self.seconds / 5).max(1)),
            window: Duration::from_secs(self.seconds),
            leaves_work: case.writes(),
        }
    }

    /// Fills the shop unless it was kept; answers how long that took.
    fn seed(&self, url: Option<&str>) -> Result<Option<f64>> {
        let done = self.data.join("seeded");
        if url.is_none() && done.is_file() {
            eprintln!("\n{} products, as they are in {}", self.products, self.data.display());
            return Ok(None);
        }
        eprintln!("\nseeding {} products (a minute for 1,000, some for 10,000)", self.products);
        if self.data.exists() {
            fs::remove_dir_all(&self.data)?;
        }
        fs::create_dir_all(&self.data)?;
        let started = Instant::now();
        self.programs.seed(&self.data, url, self.products)?;
        let took = started.elapsed();
        fs::write(&done, "")?;
        eprintln!("seeded in {}", human(took));
        Ok(Some(took.as_secs_f64()))
    }
}

/// Where the shops lie: in a folder of the caller's that stays, or in one that goes.
struct Scratch {
    path: PathBuf,
    stays: bool,
}

impl Scratch {
    fn new(kept: Option<&PathBuf>) -> Result<Self> {
        let path = match kept {
            Some(folder) => root().join(folder),
            // Beside the build and not in /tmp, which may be memory: writing must cost what it costs.
            None => target_dir().join(format!("bench-{}", std::process::id())),
        };
        fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self { path, stays: kept.is_some() })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.stays {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
