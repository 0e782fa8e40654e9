//! `cargo xtask bench build`: how long one waits after an edit.
//!
//! An edit is a line added to a file and taken away again afterwards, so that cargo compiles what
//! it would compile for a person. The build before it is warm, and nothing else may build meanwhile.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::postgres::{Cluster, URL_VARIABLE};
use crate::workspace::{cargo, human, read, root, run};

#[derive(Args)]
pub struct Options {
    /// Measure the browser bundle's compilation too (several minutes more)
    #[arg(long)]
    bundle: bool,
    /// Run each measurement this many times and report the median
    #[arg(long, default_value_t = 3)]
    runs: u32,
}

/// One measurement: edit a file, run cargo, compare with the target.
struct Case {
    what: &'static str,
    edited: &'static str,
    args: &'static [&'static str],
    target: Option<Duration>,
}

const CASES: &[Case] = &[
    Case {
        what: "check after a service edit",
        edited: "services/catalog/src/lib.rs",
        args: &["check", "-p", "stoa-catalog"],
        target: Some(Duration::from_secs(5)),
    },
    Case {
        what: "an area's tests after an edit of it",
        edited: "services/catalog/src/lib.rs",
        args: &["test", "-p", "stoa-catalog", "--quiet"],
        target: Some(Duration::from_secs(20)),
    },
    Case {
        what: "the server after a page edit",
        edited: "app/storefront/src/lib.rs",
        args: &["build", "-p", "stoa"],
        target: Some(Duration::from_secs(20)),
    },
    Case {
        what: "the server after an edit of the kernel",
        edited: "services/kernel/src/lib.rs",
        args: &["build", "-p", "stoa"],
        target: None,
    },
];

const BUNDLE: Case = Case {
    what: "the browser's module after a page edit",
    edited: "app/storefront/src/lib.rs",
    args: &[
        "build",
        "-p",
        "stoa-frontend",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "wasm-release",
    ],
    target: None,
};

pub fn command(options: &Options) -> Result<()> {
    if options.runs == 0 {
        bail!("--runs must be at least 1");
    }
    let postgres = Cluster::start(false)?;
    let cases: Vec<&Case> = CASES.iter().chain(options.bundle.then_some(&BUNDLE)).collect();
    let mut rows = Vec::new();
    for case in cases {
        println!("{}: warming up", case.what);
        run(cargo().args(case.args).env(URL_VARIABLE, postgres.url()))?;
        let mut times = Vec::new();
        for _ in 0..options.runs {
            let edit = Edit::make(&root().join(case.edited))?;
            let started = Instant::now();
            read(cargo().args(case.args).env(URL_VARIABLE, postgres.url()))?;
            times.push(started.elapsed());
            drop(edit);
        }
        times.sort();
        let median = times[times.len() / 2];
        println!("{}: {}", case.what, human(median));
        rows.push((case, median, times));
    }
    println!("\n| what | command | median | best to worst | target |");
    println!("|---|---|---|---|---|");
    for (case, median, times) in rows {
        let target = case
            .target
            .map_or_else(|| "-".into(), |target| format!("{} ({})", human(target), verdict(median, target)));
        println!(
            "| {} | `cargo {}` | {} | {} to {} | {target} |",
            case.what,
            case.args.join(" "),
            human(median),
            human(times[0]),
            human(times[times.len() - 1]),
        );
    }
    println!("\nThe whole cold test run is measured by `cargo xtask test` itself (target: 60 minutes).");
    Ok(())
}

fn verdict(time: Duration, target: Duration) -> &'static str {
    if time <= target { "met" } else { "missed" }
}

const MARK: &str = "\n#[allow(dead_code)]\nconst EDITED_BY_BENCH: u128 = ";

/// A line added to a file, taken away when dropped.
struct Edit {
    path: PathBuf,
    before: String,
}

impl Edit {
    fn make(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        // A run that was interrupted may have left its line.
        let before = text.split(MARK).next().unwrap_or_default().to_owned();
        // A constant and not a comment: cargo must find something to compile.
        // Another one each time, or the compiler would find what it has compiled already.
        static EDITS: AtomicU32 = AtomicU32::new(0);
        let value = format!("{}{:04}", std::process::id(), EDITS.fetch_add(1, Ordering::Relaxed));
        fs::write(path, format!("{before}{MARK}{value};\n"))
            .with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self { path: path.to_path_buf(), before })
    }
}

impl Drop for Edit {
    fn drop(&mut self) {
        if let Err(error) = fs::write(&self.path, &self.before) {
            eprintln!("{} still has the line EDITED_BY_BENCH at its end: {error}", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_taken_back() {
        let path = std::env::temp_dir().join(format!("xtask-edit-{}.rs", std::process::id()));
        fs::write(&path, "fn a() {}\n").unwrap();
        let edit = Edit::make(&path).unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("EDITED_BY_BENCH"));
        std::mem::forget(edit); // interrupted
        let edit = Edit::make(&path).unwrap();
        drop(edit);
        assert_eq!(fs::read_to_string(&path).unwrap(), "fn a() {}\n");
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_target_is_met_when_it_is_reached_exactly() {
        assert_eq!(verdict(Duration::from_secs(5), Duration::from_secs(5)), "met");
        assert_eq!(verdict(Duration::from_secs(6), Duration::from_secs(5)), "missed");
    }
}
