//! A `stoa serve` that this program starts, waits for and stops.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace::{self, cargo, run, site_dir, target_dir};

/// How long a debug build may take to answer, migrations included.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Builds the program and returns its path.
pub fn build(release: bool) -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "-p", "stoa", "--bin", "stoa"]);
    if release {
        command.arg("--release");
    }
    run(&mut command).context("the program does not compile")?;
    Ok(target_dir().join(if release { "release" } else { "debug" }).join("stoa"))
}

/// A call of the program for one data folder. Settings of the caller's environment reach it;
/// the data folder and the site are always ours.
pub fn stoa(program: &Path, data: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(workspace::root())
        .env("STOA_DATA", data)
        .env("STOA_SITE", site_dir())
        .env_remove("STOA_BIND");
    if std::env::var_os("STOA_ENV").is_none() {
        command.env("STOA_ENV", "development");
    }
    command
}

/// A running server, stopped when dropped.
pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts `stoa serve` on a loopback port and waits until `/readyz` answers 200.
    ///
    /// # Errors
    /// When it ends or stays silent; `log`, where given, is named in the message.
    pub fn start(mut command: Command, port: u16, log: Option<&Path>) -> Result<Self> {
        command.args(["serve", "--bind", &format!("127.0.0.1:{port}")]);
        command.stdin(Stdio::null());
        if let Some(log) = log {
            let file = std::fs::File::create(log)?;
            command.stdout(file.try_clone()?).stderr(file);
        }
        let child = command.spawn().context("stoa could not be started")?;
        let mut server = Self { child, port };
        server.wait_until_ready().map_err(|error| match log {
            Some(log) => error.context(format!("its output is in {}", log.display())),
            None => error,
        })?;
        Ok(server)
    }

    /// Its address for a browser.
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self) -> Result<()> {
        let status = self.child.wait()?;
        // 130 and a signal: somebody pressed Ctrl-C, which is how one leaves.
        if status.success() || status.code().is_none() || status.code() == Some(130) {
            return Ok(());
        }
        bail!("stoa serve ended with {status}");
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < READY_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                bail!("stoa serve ended with {status} while starting");
            }
            if get_status(self.port, "/readyz").is_ok_and(|status| status == 200) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("stoa serve did not answer /readyz with 200 within {} s", READY_WITHIN.as_secs())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // SIGTERM by the program `kill`, so that it may finish what it does.
            let _ = Command::new("kill").arg(self.child.id().to_string()).status();
            let asked = Instant::now();
            while asked.elapsed() < Duration::from_secs(10) {
                if !matches!(self.child.try_wait(), Ok(None)) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// The address of a loopback port as a browser of this machine should write it.
pub fn url(port: u16) -> String {
    format!("http://localhost:{port}")
}

/// Whether nothing listens on this loopback port.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).is_ok()
}

/// A loopback port that nothing listens on.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

/// The status of a GET on this machine. HTTP/1.0, so that the answer ends with the connection.
fn get_status(port: u16, path: &str) -> Result<u16> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost:{port}\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(1024).read_to_end(&mut answer)?;
    status_of(&String::from_utf8_lossy(&answer)).context("no HTTP answer")
}

fn status_of(answer: &str) -> Option<u16> {
    answer.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that answers every request with 200 on the address after `--bind`.
    const ANSWERS: &str = "exec node -e 'const [host, port] = process.argv[3].split(\":\"); \
        require(\"http\").createServer((_, answer) => answer.end()).listen(port, host)' -- \"$@\"\n";

    /// The script as a program, and the file it is in.
    fn program(name: &str, script: &str) -> (Command, PathBuf) {
        let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        std::fs::write(&path, script).unwrap();
        let mut command = Command::new("sh");
        command.arg(&path);
        (command, path)
    }

    #[test]
    fn a_server_is_ready_when_it_answers_and_gone_when_dropped() {
        let (command, path) = program("answers", ANSWERS);
        let port = free_port().unwrap();
        let server = Server::start(command, port, None).unwrap();
        assert_eq!(server.url(), format!("http://localhost:{port}"));
        assert!(!is_free(port));
        drop(server);
        assert!(is_free(port));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_server_that_ends_at_once_is_reported_with_its_log() {
        let (command, path) = program("ends", "echo no database\nexit 3\n");
        let log = path.with_extension("log");
        let error = Server::start(command, free_port().unwrap(), Some(&log)).err().unwrap();
        let text = format!("{error:#}");
        assert!(text.contains("exit status: 3") && text.contains(&log.display().to_string()), "{text}");
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "no database\n");
        std::fs::remove_file(path).unwrap();
        std::fs::remove_file(log).unwrap();
    }

    #[test]
    fn the_status_is_read_from_the_first_line() {
        assert_eq!(status_of("HTTP/1.0 200 OK\r\n\r\n"), Some(200));
        assert_eq!(status_of("SSH-2.0"), None);
    }
}
