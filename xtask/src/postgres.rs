//! A PostgreSQL of our own for tests: made with initdb in a temporary folder, without durability,
//! reachable over loopback by a superuser `stoa` without a password, gone afterwards.
//!
//! PostgreSQL refuses to run as root, so as root its programs run as the user `postgres` (or
//! `nobody` where Debian's package made no such user); as a plain user they run as that user.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::Subcommand;

use crate::debian;
use crate::server::free_port;
use crate::workspace::{on_path, read};

/// The variable that tells tests where the server is.
pub const URL_VARIABLE: &str = "STOA_TEST_POSTGRES_URL";

const OLDEST_MAJOR: u32 = 15;

/// Reachable from this machine alone, and quiet.
const DURABLE: &[&str] = &[
    "shared_buffers=128MB",
    "listen_addresses=127.0.0.1",
    "unix_socket_permissions=0777",
    "log_min_messages=error",
];

/// Durability off (nothing here outlives a test), and room for the many pools of parallel tests.
const SETTINGS: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=400",
    "shared_buffers=128MB",
    "listen_addresses=127.0.0.1",
    "unix_socket_permissions=0777",
    "log_min_messages=error",
    "autovacuum_naptime=10s",
];

/// What `cargo xtask postgres` can do.
#[derive(Subcommand)]
pub enum Action {
    /// Start it (or find it running) and print its URL (a few seconds)
    Start,
    /// Stop it and remove its data
    Stop,
    /// Print its URL when it runs; exit 1 when it does not
    Url,
}

/// `cargo xtask postgres`: a server that stays until it is told to stop, for running single tests.
pub fn command(action: &Action) -> Result<()> {
    let dir = lasting_dir();
    match action {
        Action::Start => {
            if let Some(port) = running_port(&dir) {
                eprintln!("PostgreSQL is running already.");
                println!("{}", url(port));
                return Ok(());
            }
            let programs = Programs::find_or_install()?;
            if !dir.join("data/PG_VERSION").exists() {
                programs.init(&dir)?;
            }
            let port = free_port()?;
            let log = dir.join("log");
            let mut pg_ctl = programs.command("pg_ctl");
            pg_ctl
                .args(["start", "-w", "-s", "-D"])
                .arg(dir.join("data"))
                .arg("-l")
                .arg(&log)
                .arg("-o")
                .arg(server_args(&dir, port, SETTINGS).join(" "))
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let status = pg_ctl.status().context("pg_ctl could not be started")?;
            if !status.success() {
                bail!("PostgreSQL did not start; its log is {}", log.display());
            }
            eprintln!(
                "PostgreSQL runs until `cargo xtask postgres stop`. For tests:\n  export {URL_VARIABLE}={}",
                url(port)
            );
            println!("{}", url(port));
            Ok(())
        }
        Action::Stop => {
            if running_port(&dir).is_none() {
                eprintln!("PostgreSQL is not running.");
            } else {
                let programs = Programs::find()?;
                programs.stop(&dir)?;
                eprintln!("PostgreSQL is stopped.");
            }
            remove(&dir)
        }
        Action::Url => {
            let port = running_port(&dir)
                .ok_or_else(|| anyhow!("PostgreSQL is not running: cargo xtask postgres start"))?;
            println!("{}", url(port));
            Ok(())
        }
    }
}

/// A server that lives as long as this value.
pub struct Cluster {
    programs: Programs,
    dir: PathBuf,
    server: Child,
    port: u16,
}

impl Cluster {
    /// Starts a server of its own, installing PostgreSQL when the machine has none and it may.
    pub fn start(no_install: bool) -> Result<Self> {
        Self::start_with(no_install, SETTINGS)
    }

    /// One that syncs as PostgreSQL does unless told otherwise, for measuring.
    pub fn start_durable(no_install: bool) -> Result<Self> {
        Self::start_with(no_install, DURABLE)
    }

    fn start_with(no_install: bool, settings: &[&str]) -> Result<Self> {
        let programs = if no_install { Programs::find()? } else { Programs::find_or_install()? };
        sweep(&programs);
        let dir = std::env::temp_dir().join(format!("stoa-test-postgres-{}", std::process::id()));
        remove(&dir)?;
        programs.init(&dir)?;
        let port = free_port()?;
        let log = fs::File::create(dir.join("log"))?;
        // A child in our process group, not a daemon: Ctrl-C reaches it too.
        let server = programs
            .command("postgres")
            .arg("-D")
            .arg(dir.join("data"))
            .args(server_args(&dir, port, settings))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("postgres could not be started")?;
        let mut cluster = Self { programs, dir, server, port };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// Where tests reach it.
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// Its first process; the others are that one's children.
    pub fn id(&self) -> u32 {
        self.server.id()
    }

    /// What it is, for the summary: `PostgreSQL 15.18, as postgres`.
    pub fn describe(&self) -> String {
        let owner = self.programs.owner.as_ref().map_or_else(String::new, |o| format!(", as {}", o.name));
        format!("PostgreSQL {}{owner}", self.programs.version)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(60) {
            if let Some(status) = self.server.try_wait()? {
                let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
                bail!("PostgreSQL ended with {status} while starting:\n{log}");
            }
            if running_port(&self.dir) == Some(self.port) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("PostgreSQL was not ready after 60 s; its log is {}", self.dir.join("log").display())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.programs.stop(&self.dir) {
            eprintln!("PostgreSQL did not stop by itself: {error:#}");
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
        let _ = remove(&self.dir);
    }
}

/// PostgreSQL's programs and the user they run as.
struct Programs {
    bin: PathBuf,
    version: String,
    owner: Option<Owner>,
}

struct Owner {
    name: String,
    uid: u32,
    gid: u32,
}

impl Programs {
    fn find_or_install() -> Result<Self> {
        match Self::find() {
            Ok(found) => Ok(found),
            Err(missing) => {
                println!("     {missing}");
                debian::install(&["postgresql"], "PostgreSQL")?;
                Self::find()
            }
        }
    }

    /// `STOA_POSTGRES_BIN`, then `PATH`, then Debian's `/usr/lib/postgresql/*/bin`, newest first.
    fn find() -> Result<Self> {
        let mut places: Vec<PathBuf> = Vec::new();
        if let Some(dir) = std::env::var_os("STOA_POSTGRES_BIN") {
            places.push(dir.into());
        }
        if let Some(dir) = on_path("initdb")
            .and_then(|path| path.canonicalize().ok())
            .and_then(|path| path.parent().map(Path::to_path_buf))
        {
            places.push(dir);
        }
        places.extend(debian_places(Path::new("/usr/lib/postgresql")));
        for bin in places {
            if !["initdb", "pg_ctl", "postgres"].iter().all(|name| bin.join(name).is_file()) {
                continue;
            }
            let printed = read(Command::new(bin.join("postgres")).arg("--version"))?;
            if let Some((major, version)) = parse_version(&printed)
                && major >= OLDEST_MAJOR
            {
                return Ok(Self { bin, version, owner: owner()? });
            }
        }
        bail!(
            "no PostgreSQL {OLDEST_MAJOR} or newer (initdb, pg_ctl, postgres) in PATH or \
             /usr/lib/postgresql/*/bin; STOA_POSTGRES_BIN names another folder"
        )
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.current_dir("/").stdin(Stdio::null());
        if let Some(owner) = &self.owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        command
    }

    fn init(&self, dir: &Path) -> Result<()> {
        fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        if let Some(owner) = &self.owner {
            chown(dir, Some(owner.uid), Some(owner.gid))?;
        }
        // The C collation sorts as SQLite does, so one expectation holds on both databases.
        read(
            self.command("initdb")
                .args(["--username=stoa", "--auth=trust", "--encoding=UTF8", "--locale=C"])
                .args(["--no-sync", "-D"])
                .arg(dir.join("data")),
        )
        .map(drop)
    }

    fn stop(&self, dir: &Path) -> Result<()> {
        read(self.command("pg_ctl").args(["stop", "-w", "-m", "fast", "-D"]).arg(dir.join("data"))).map(drop)
    }
}

/// As root, the user that PostgreSQL's programs become; `None` when they may run as we are.
fn owner() -> Result<Option<Owner>> {
    if !debian::is_root() {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").context("/etc/passwd cannot be read")?;
    ["postgres", "nobody"].iter().find_map(|name| find_user(&passwd, name)).map(Some).ok_or_else(|| {
        anyhow!("PostgreSQL does not run as root and there is no user postgres: useradd --system postgres")
    })
}

fn find_user(passwd: &str, wanted: &str) -> Option<Owner> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        match fields[..] {
            [name, _, uid, gid, ..] if name == wanted => {
                Some(Owner { name: name.into(), uid: uid.parse().ok()?, gid: gid.parse().ok()? })
            }
            _ => None,
        }
    })
}

fn debian_places(parent: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, bin)| bin).collect()
}

/// `postgres (PostgreSQL) 15.18 (Debian ...)` gives (15, "15.18").
fn parse_version(printed: &str) -> Option<(u32, String)> {
    let version = printed.split_whitespace().nth(2)?;
    let major: String = version.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, version.to_owned()))
}

fn server_args(dir: &Path, port: u16, settings: &[&str]) -> Vec<String> {
    let mut args = vec!["-p".into(), port.to_string(), "-k".into(), dir.display().to_string()];
    for setting in settings {
        args.push("-c".into());
        args.push((*setting).into());
    }
    args
}

fn url(port: u16) -> String {
    format!("postgres://stoa@127.0.0.1:{port}/postgres")
}

/// The port of the server in this folder, once it answers; `None` while it does not.
fn running_port(dir: &Path) -> Option<u16> {
    let text = fs::read_to_string(dir.join("data/postmaster.pid")).ok()?;
    let (pid, port) = parse_pid_file(&text)?;
    Path::new("/proc").join(pid.to_string()).exists().then_some(port)
}

/// A postmaster.pid has the process on line 1, the port on line 4 and the state on line 8.
fn parse_pid_file(text: &str) -> Option<(u32, u16)> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    if lines.get(7) != Some(&"ready") {
        return None;
    }
    Some((lines.first()?.parse().ok()?, lines.get(3)?.parse().ok()?))
}

fn lasting_dir() -> PathBuf {
    let uid = fs::metadata("/proc/self").map_or(0, |meta| meta.uid());
    std::env::temp_dir().join(format!("stoa-postgres-{uid}"))
}

fn remove(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be removed", dir.display())),
    }
}

/// Ends what a killed test run left behind.
fn sweep(programs: &Programs) {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.strip_prefix("stoa-test-postgres-")) else {
            continue;
        };
        if !Path::new("/proc").join(pid).exists() {
            if running_port(&entry.path()).is_some() {
                let _ = programs.stop(&entry.path());
            }
            let _ = remove(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_postgres_prints() {
        let printed = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(parse_version(printed), Some((15, "15.18".into())));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1"), Some((18, "18beta1".into())));
        assert_eq!(parse_version("nothing"), None);
    }

    #[test]
    fn a_pid_file_counts_only_when_the_server_is_ready() {
        let file = |state: &str| {
            format!("4711\n/tmp/x/data\n1700000000\n5433\n/tmp/x\n127.0.0.1\n  123  45\n{state}\n")
        };
        assert_eq!(parse_pid_file(&file("ready   ")), Some((4711, 5433)));
        assert_eq!(parse_pid_file(&file("starting")), None);
        assert_eq!(parse_pid_file(""), None);
    }

    #[test]
    fn users_are_found_by_their_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:7::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        let owner = find_user(passwd, "postgres").unwrap();
        assert_eq!((owner.uid, owner.gid), (101, 104));
        assert!(find_user(passwd, "nobody").is_none());
    }
}
