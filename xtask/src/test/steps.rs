//! The steps that another program does.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::{Counts, Outcome, Run};
use crate::postgres::URL_VARIABLE;
use crate::workspace::{cargo, display, on_path, run};
use crate::{bundle, debian, toolchain};

pub fn fmt(_: &mut Run) -> Result<Outcome> {
    run(cargo().args(["fmt", "--all", "--", "--check", "-l"]))
        .context("not formatted; `cargo fmt --all` does it")?;
    Ok(Outcome::Counted(Counts::ONE_PASSED))
}

/// The browser's half is left out: with both halves in one build, Leptos would get the features
/// of the server and of the browser at once.
pub fn clippy(_: &mut Run) -> Result<Outcome> {
    run(cargo().args([
        "clippy",
        "--workspace",
        "--exclude",
        "stoa-frontend",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    Ok(Outcome::Counted(Counts::ONE_PASSED))
}

pub fn clippy_wasm(this: &mut Run) -> Result<Outcome> {
    toolchain::wasm_target(this.no_install)?;
    run(cargo().args([
        "clippy",
        "-p",
        "stoa-frontend",
        "--target",
        "wasm32-unknown-unknown",
        "--",
        "-D",
        "warnings",
    ]))?;
    Ok(Outcome::Counted(Counts::ONE_PASSED))
}

/// Advisories are left out: their database comes from a host that not every machine reaches.
pub fn deny(_: &mut Run) -> Result<Outcome> {
    let installed = cargo()
        .args(["deny", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !installed {
        return Ok(Outcome::Skipped(
            "cargo-deny is not installed (cargo install --locked cargo-deny)".into(),
        ));
    }
    run(cargo().args(["deny", "check", "bans", "licenses", "sources"]))?;
    Ok(Outcome::Counted(Counts::ONE_PASSED))
}

pub fn tests(this: &mut Run) -> Result<Outcome> {
    // Peers and files nobody here wrote: maildev's SMTP server, Vendure's catalogue, Redis.
    toolchain::node_packages(this.no_install)?;
    redis(this.no_install)?;
    let url = this.postgres_url()?;
    let mut command = cargo();
    command
        .args(["test", "--workspace", "--exclude", "stoa-frontend", "--no-fail-fast"])
        .env(URL_VARIABLE, url);
    if !this.filter.is_empty() {
        command.arg("--").args(&this.filter);
    }
    counted(&mut command).map(Outcome::Counted)
}

/// The peer of the tests over several processes, each of which starts one of its own.
fn redis(no_install: bool) -> Result<()> {
    if on_path("redis-server").is_some() {
        return Ok(());
    }
    if no_install {
        bail!("redis-server is missing (sudo apt-get install redis-server)");
    }
    debian::install(&["redis-server"], "Redis")
}

pub fn crash(this: &mut Run) -> Result<Outcome> {
    let url = this.postgres_url()?;
    counted(cargo().args(["test", "-p", "stoa", "--test", "crash"]).env(URL_VARIABLE, url))
        .map(Outcome::Counted)
}

pub fn bundle(this: &mut Run) -> Result<Outcome> {
    bundle::command(&bundle::Options { no_install: this.no_install, module: None })?;
    Ok(Outcome::Counted(Counts::ONE_PASSED))
}

/// Runs a test runner, shows what it prints and adds up its counts.
pub fn counted(command: &mut Command) -> Result<Counts> {
    let line = display(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{line}` could not be started"))?;
    let mut counts = Counts::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            println!("{line}");
            counts.read_line(&line);
        }
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        // It did not get as far as a failing test: it did not compile, or it crashed.
        bail!("`{line}` ended with {status}");
    }
    if status.success() && counts == Counts::default() {
        bail!("`{line}` ran no test");
    }
    Ok(counts)
}
