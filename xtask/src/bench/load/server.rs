//! The programs under load: the shop, and the bare handler it is compared with.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::http::Client;
use crate::server::{free_port, stoa};
use crate::workspace::{cargo, read, root, run, target_dir};

/// Requests a minute that are never reached. One address sends all of the load, so its allowance
/// is widened by the setting made for that; the limiter itself is asked as ever.
const API_RATE: &str = "1000000000";
const BARE: &str = "bare";

/// The two programs, built for release.
pub struct Programs {
    stoa: PathBuf,
    bare: PathBuf,
}

impl Programs {
    /// Builds both, or takes what is there.
    pub fn find(build: bool) -> Result<Self> {
        if build {
            eprintln!("building for release (seconds when warm, 15 to 25 minutes when cold)");
            run(cargo().args(["build", "--release", "-p", "stoa", "--bin", "stoa", "--example", BARE]))?;
        }
        let release = target_dir().join("release");
        let programs = Self { stoa: release.join("stoa"), bare: release.join("examples").join(BARE) };
        for program in [&programs.stoa, &programs.bare] {
            if !program.is_file() {
                bail!("{} is missing: run without --no-build", program.display());
            }
        }
        Ok(programs)
    }

    /// Fills a shop.
    pub fn seed(&self, data: &Path, database: Option<&str>, products: usize) -> Result<()> {
        let mut command = self.command(data, database);
        command.args(["seed", "demo", "--products", &products.to_string()]);
        // What it prints (sign-ins) is of no use here.
        read(&mut command).map(drop)
    }

    /// An API key with these scopes.
    pub fn key(&self, data: &Path, database: Option<&str>, scopes: &str) -> Result<String> {
        #[derive(serde::Deserialize)]
        struct Key {
            secret: String,
        }
        let mut command = self.command(data, database);
        command.args(["token", "create", "--name", "benchmark", "--json", "--scopes", scopes]);
        let key: Key = serde_json::from_str(&read(&mut command)?).context("the key has another form")?;
        Ok(key.secret)
    }

    /// Starts the shop on a free port.
    pub fn serve(&self, data: &Path, database: Option<&str>) -> Result<Running> {
        let port = free_port()?;
        let mut command = self.command(data, database);
        command
            .args(["serve", "--bind", &format!("127.0.0.1:{port}")])
            .env("STOA_API_RATE", API_RATE)
            .env("STOA_PUBLIC_URL", format!("http://127.0.0.1:{port}"));
        Running::start(command, port, "/readyz", &data.join("serve.log"))
    }

    /// Starts the bare handler over the same database.
    pub fn bare(&self, data: &Path, database: Option<&str>) -> Result<Running> {
        let port = free_port()?;
        let database = match database {
            Some(url) => url.to_owned(),
            None => format!("sqlite:{}", data.join("stoa.db").display()),
        };
        let mut command = Command::new(&self.bare);
        command.args([&database, &port.to_string()]);
        Running::start(command, port, "/ready", &data.join("bare.log"))
    }

    fn command(&self, data: &Path, database: Option<&str>) -> Command {
        let mut command = stoa(&self.stoa, data);
        match database {
            Some(url) => command.env("STOA_DATABASE_URL", url),
            None => command.env_remove("STOA_DATABASE_URL"),
        };
        command
    }
}

/// A program that answers, stopped when dropped.
pub struct Running {
    child: Child,
    pub port: u16,
    /// From starting the process to its first 200.
    pub ready_after: Duration,
}

impl Running {
    fn start(mut command: Command, port: u16, ready: &str, log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let started = Instant::now();
        let child = command.spawn().context("the program could not be started")?;
        let mut running = Self { child, port, ready_after: Duration::ZERO };
        let mut client = Client::new(port);
        while started.elapsed() < Duration::from_secs(60) {
            if let Some(status) = running.child.try_wait()? {
                bail!("the program ended with {status}; its output is in {}", log.display());
            }
            if client.get(ready).is_ok_and(|answer| answer.status == 200) {
                running.ready_after = started.elapsed();
                return Ok(running);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        bail!("no 200 of {ready} within a minute; the program's output is in {}", log.display())
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGTERM, so that what is open is finished; the next start is over the same data.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(30) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The commit that is measured, marked when files differ from it.
pub fn commit() -> String {
    let git = |args: &[&str]| read(Command::new("git").current_dir(root()).args(args));
    let Ok(hash) = git(&["rev-parse", "--short", "HEAD"]) else { return "no commit".to_owned() };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_ok_and(|text| !text.is_empty());
    format!("commit {}{}", hash.trim(), if changed { " with changes" } else { "" })
}
