//! Journeys in Chromium against a server of our own with a freshly seeded demo marketplace.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Counts, Outcome, Run, steps};
use crate::server::{self, Server};
use crate::workspace::{on_path, read, root, run, site_dir, target_dir};
use crate::{bundle, debian, stamp, toolchain};

/// Enough for lists of several pages.
const PRODUCTS: &str = "200";

pub fn step(this: &mut Run) -> Result<Outcome> {
    toolchain::node_packages(this.no_install)?;
    let chromium = chromium(this.no_install)?;
    // The browser's half must be made from the same source as the server's, or they do not
    // understand each other. Whoever names a site of their own answers for that.
    if std::env::var_os("STOA_SITE").is_none() {
        bundle::command(&bundle::Options { no_install: this.no_install, module: None })?;
    }
    let site = site_dir();
    bundle::verify(&site).context("the journeys need the bundle")?;
    let journeys = journeys()?;
    let program = server::build(false)?;

    let folder = target_dir().join("journeys");
    let data = folder.join("data");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    std::fs::create_dir_all(&data)?;
    let stoa = || embedded(&program, &data);
    println!("     seeding {PRODUCTS} products");
    read(stoa().arg("migrate"))?;
    read(stoa().args(["seed", "demo", "--products", PRODUCTS]))?;
    let log = folder.join("server.log");
    let port = server::free_port()?;
    let mut serve = stoa();
    // Forms are accepted from this origin only, and links in mails lead to it.
    serve.env("STOA_PUBLIC_URL", server::url(port));
    let server = Server::start(serve, port, Some(&log))?;
    println!(
        "     {} ({} files of journeys; the server's output: {})",
        server.url(),
        journeys.len(),
        log.display()
    );

    let mut node = Command::new("node");
    node.current_dir(root())
        .args(["--test", "--test-reporter=spec", "--test-concurrency=2"])
        .env("STOA_URL", server.url())
        .env("STOA_PROGRAM", &program)
        .env("STOA_DATA", &data)
        .env("STOA_SITE", &site)
        .env("STOA_SHOTS", folder.join("shots"))
        .env("STOA_CHROMIUM", chromium);
    if let Some(pattern) = this.filter.first() {
        node.arg(format!("--test-name-pattern={pattern}"));
    }
    let mut counts = steps::counted(node.args(journeys))?;

    drop(server);
    counts += quiet(&log)?;
    // What the journeys did must have left the books, the stock and the audit trail whole.
    println!("     stoa doctor");
    counts += match run(stoa().arg("doctor")) {
        Ok(()) => Counts::ONE_PASSED,
        Err(error) => {
            eprintln!("     after the journeys, {error:#}");
            Counts::ONE_FAILED
        }
    };
    Ok(Outcome::Counted(counts))
}

/// A panic costs its request an answer, and the browser may never have looked at that one.
fn quiet(log: &Path) -> Result<Counts> {
    let output = std::fs::read(log)?;
    let panics: Vec<String> = String::from_utf8_lossy(&output)
        .lines()
        .filter(|line| line.contains("panicked at"))
        .map(str::to_owned)
        .collect();
    if panics.is_empty() {
        return Ok(Counts::ONE_PASSED);
    }
    eprintln!("     the server panicked {} times, first: {} ({})", panics.len(), panics[0], log.display());
    Ok(Counts::ONE_FAILED)
}

/// The program on its embedded default, whatever the caller's environment says about databases.
fn embedded(program: &Path, data: &Path) -> Command {
    let mut command = server::stoa(program, data);
    for variable in
        ["STOA_DATABASE_URL", "STOA_S3_URL", "STOA_SMTP_URL", "STOA_REDIS_URL", "STOA_SANDBOX_URL"]
    {
        command.env_remove(variable);
    }
    command
}

fn journeys() -> Result<Vec<PathBuf>> {
    let found: Vec<PathBuf> = stamp::files_below(&root().join("end2end"))?
        .into_iter()
        .filter(|path| path.to_str().is_some_and(|path| path.ends_with(".test.mjs")))
        .collect();
    if found.is_empty() {
        bail!("end2end has no *.test.mjs");
    }
    Ok(found)
}

/// `STOA_CHROMIUM`, then Debian's names and Chrome's own; else Debian's package is installed.
fn chromium(no_install: bool) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("STOA_CHROMIUM") {
        return Ok(path.into());
    }
    let find = || ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path);
    if let Some(path) = find() {
        return Ok(path);
    }
    if no_install {
        bail!("Chromium is missing (sudo apt-get install chromium), or name it by STOA_CHROMIUM");
    }
    debian::install(&["chromium"], "Chromium")?;
    find().context("Chromium was installed but is not in PATH")
}
