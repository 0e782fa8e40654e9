//! `cargo xtask test`: every check of the repository, in order, with a table at the end.

mod budgets;
mod counts;
mod greps;
mod journeys;
mod lockfile;
mod steps;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::postgres::{Cluster, URL_VARIABLE};
use crate::toolchain;
use crate::workspace::human;
use counts::Counts;

#[derive(Args)]
pub struct Options {
    /// Run only these steps (may be given several times; `--list` names them)
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Print the steps and do nothing
    #[arg(long)]
    list: bool,
    /// Do not install what is missing; fail instead
    #[arg(long)]
    no_install: bool,
    /// Passed on to `cargo test` or to node's test runner, to choose single tests
    #[arg(last = true)]
    filter: Vec<String>,
}

/// One step of the run.
struct Step {
    name: &'static str,
    what: &'static str,
    /// Left out of the whole run, because another step covers it.
    only_by_name: bool,
    run: fn(&mut Run) -> Result<Outcome>,
}

/// How a step ended when it could run at all.
enum Outcome {
    /// With these counts; any failure among them fails the step.
    Counted(Counts),
    /// It could not run here, for a reason that is printed.
    Skipped(String),
}

/// What steps share.
struct Run {
    no_install: bool,
    filter: Vec<String>,
    postgres: Option<Cluster>,
}

impl Run {
    /// The URL of a PostgreSQL for tests: the caller's, or one started for this run.
    fn postgres_url(&mut self) -> Result<String> {
        if let Ok(url) = std::env::var(URL_VARIABLE)
            && !url.is_empty()
        {
            println!("     PostgreSQL: the one of {URL_VARIABLE}");
            return Ok(url);
        }
        if self.postgres.is_none() {
            let cluster = Cluster::start(self.no_install)?;
            println!("     {}: {}", cluster.describe(), cluster.url());
            self.postgres = Some(cluster);
        }
        self.postgres.as_ref().map(Cluster::url).ok_or_else(|| anyhow::anyhow!("PostgreSQL is not running"))
    }
}

/// Cheap checks first, so that a slip is known within a minute.
const STEPS: &[Step] = &[
    Step { name: "fmt", what: "format (seconds)", only_by_name: false, run: steps::fmt },
    Step {
        name: "greps",
        what: "rules that a search can check (seconds)",
        only_by_name: false,
        run: greps::step,
    },
    Step {
        name: "lockfile",
        what: "one version of what must be one (seconds)",
        only_by_name: false,
        run: lockfile::step,
    },
    Step {
        name: "deny",
        what: "licences, bans and sources, by cargo-deny (seconds)",
        only_by_name: false,
        run: steps::deny,
    },
    Step {
        name: "clippy",
        what: "clippy, warnings denied (6 minutes when cold)",
        only_by_name: false,
        run: steps::clippy,
    },
    Step {
        name: "clippy-wasm",
        what: "clippy for the browser (2 minutes when cold)",
        only_by_name: false,
        run: steps::clippy_wasm,
    },
    Step {
        name: "tests",
        what: "unit and area tests on SQLite and PostgreSQL (15 minutes when cold)",
        only_by_name: false,
        run: steps::tests,
    },
    Step {
        name: "crash",
        what: "only the killed-server test (minutes)",
        only_by_name: true,
        run: steps::crash,
    },
    Step {
        name: "bundle",
        what: "browser bundle (5 minutes when cold)",
        only_by_name: false,
        run: steps::bundle,
    },
    Step { name: "budgets", what: "bytes of the bundle (seconds)", only_by_name: false, run: budgets::step },
    Step {
        name: "journeys",
        what: "journeys, axe and page budgets in Chromium (minutes)",
        only_by_name: false,
        run: journeys::step,
    },
];

struct Line {
    name: &'static str,
    counts: Counts,
    time: Duration,
    note: String,
}

pub fn command(options: &Options) -> Result<()> {
    if options.list {
        for step in STEPS {
            println!(
                "{:<12} {}{}",
                step.name,
                step.what,
                if step.only_by_name { " [only by name]" } else { "" }
            );
        }
        return Ok(());
    }
    for name in &options.only {
        if !STEPS.iter().any(|step| step.name == name) {
            bail!("there is no step `{name}`; `cargo xtask test --list` names them");
        }
    }
    let chosen: Vec<&Step> = STEPS
        .iter()
        .filter(|step| {
            if options.only.is_empty() {
                !step.only_by_name
            } else {
                options.only.iter().any(|name| name == step.name)
            }
        })
        .collect();
    if options.only.is_empty() {
        println!(
            "The whole run takes up to an hour when nothing is built yet (two cores), about 15 minutes later."
        );
    }

    toolchain::c_tools(options.no_install)?;
    let mut run = Run { no_install: options.no_install, filter: options.filter.clone(), postgres: None };
    let mut lines = Vec::new();
    for (index, step) in chosen.iter().enumerate() {
        println!("\n[{}/{}] {}: {}", index + 1, chosen.len(), step.name, step.what);
        let started = Instant::now();
        let (counts, note) = match (step.run)(&mut run) {
            Ok(Outcome::Counted(counts)) => (counts, String::new()),
            Ok(Outcome::Skipped(reason)) => {
                println!("     skipped: {reason}");
                (Counts::ONE_SKIPPED, format!("skipped: {reason}"))
            }
            Err(error) => {
                eprintln!("     failed: {error:#}");
                (Counts::ONE_FAILED, first_line(&error.to_string()))
            }
        };
        lines.push(Line { name: step.name, counts, time: started.elapsed(), note });
    }
    drop(run);
    summary(&lines)
}

fn summary(lines: &[Line]) -> Result<()> {
    let mut total = Counts::default();
    let mut time = Duration::ZERO;
    println!("\n{:<12} {:>8} {:>8} {:>8} {:>14}", "step", "passed", "failed", "skipped", "time");
    for line in lines {
        let Counts { passed, failed, skipped } = line.counts;
        println!(
            "{:<12} {passed:>8} {failed:>8} {skipped:>8} {:>14}  {}",
            line.name,
            human(line.time),
            line.note
        );
        total += line.counts;
        time += line.time;
    }
    println!(
        "{:<12} {:>8} {:>8} {:>8} {:>14}\n",
        "all",
        total.passed,
        total.failed,
        total.skipped,
        human(time)
    );
    let failed: Vec<&str> =
        lines.iter().filter(|line| line.counts.failed > 0).map(|line| line.name).collect();
    if let Some(first) = failed.first() {
        println!("Failed: {}. One alone again: cargo xtask test --only {first}", failed.join(", "));
    }
    // Alone on its line and last: other programs read it.
    println!("{total}");
    if failed.is_empty() { Ok(()) } else { Err(crate::Failed.into()) }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(100).collect()
}
