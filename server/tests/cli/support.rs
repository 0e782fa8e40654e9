//! Running the program and reading what it answers.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, QueryResult, Statement};
use stoa_kernel::Db;

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Done {
    /// Ends the test unless the command did what it was asked.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self
    }

    /// Ends the test unless the command ended with this code and said this.
    pub fn failed(self, code: i32, said: &str) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(self.err.contains(said), "“{said}” is not in: {}", self.err);
        self
    }
}

/// The program with nothing of this machine's settings.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stoa"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("STOA_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// A folder with a shop in it, or none yet.
pub struct Shop {
    folder: tempfile::TempDir,
    /// PostgreSQL instead of a file.
    pub database: Option<String>,
}

impl Shop {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), database: None }
    }

    /// A copy of a small demo that is made once for all tests.
    pub fn demo() -> Self {
        static DEMO: OnceLock<Shop> = OnceLock::new();
        let demo = DEMO.get_or_init(|| {
            let shop = Shop::new();
            shop.run(&["seed", "demo", "--products", "12"]).ok();
            shop
        });
        let shop = Self::new();
        copy(&demo.data(), &shop.data());
        shop
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A path beside the data folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file");
        path.to_string_lossy().into_owned()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).arg("--data").arg(self.data()).current_dir(self.folder.path());
        if let Some(url) = &self.database {
            command.env("STOA_DATABASE_URL", url);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, "")
    }

    /// With this on standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Done {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // One that does not read its input has closed it.
        let _ = child.stdin.take().expect("its input").write_all(input.as_bytes());
        let done = child.wait_with_output().expect("the program ends");
        Done {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8(done.stdout).expect("text"),
            err: String::from_utf8(done.stderr).expect("text"),
        }
    }

    /// `stoa serve` on a free port, once it answers.
    pub fn serve(&self, more: &[&str]) -> Serving {
        Serving::start(self.command(&[&["serve", "--bind", "127.0.0.1:0"], more].concat()))
    }

    /// Changes the database behind the program's back, or asks it for a number.
    pub fn sql(&self, sql: &str) -> Option<i64> {
        if !sql.starts_with("SELECT") {
            let sql = sql.to_owned();
            self.with(async move |db| {
                db.write().execute_unprepared(&sql).await.map(|_| ()).expect("a statement")
            });
            return None;
        }
        let sql = format!("SELECT CAST(({sql}) AS BIGINT) AS line");
        self.query(&sql).first().and_then(|row| row.try_get::<Option<i64>>("", "line").expect("a number"))
    }

    /// The texts that a query gives as `line`.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        self.query(sql).iter().map(|row| row.try_get("", "line").expect("a text")).collect()
    }

    fn query(&self, sql: &str) -> Vec<QueryResult> {
        let sql = sql.to_owned();
        self.with(async move |db| {
            db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.expect("a query")
        })
    }

    fn with<T>(&self, work: impl AsyncFnOnce(Db) -> T) -> T {
        let url = self.database.clone();
        let url = url.unwrap_or_else(|| format!("sqlite:{}", self.data().join("stoa.db").display()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { work(Db::connect(&url).await.expect("the database opens")).await })
    }
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in from.read_dir().expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
}

/// A server that ends with the test.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
    /// Its first line.
    pub greeting: String,
}

impl Serving {
    fn start(mut command: Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let Some(Ok(greeting)) = lines.next() else {
            let mut said = String::new();
            let _ = child.stderr.take().expect("its errors").read_to_string(&mut said);
            panic!("the server did not start: {said}");
        };
        // Read on, so that it never waits for us.
        std::thread::spawn(move || lines.count());
        let mut errors = child.stderr.take().expect("its errors");
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        let address = greeting.split("on http://").nth(1).and_then(|rest| rest.split(' ').next());
        let address =
            address.unwrap_or_default().parse().unwrap_or_else(|_| panic!("no address in: {greeting}"));
        Self { child, address, greeting }
    }

    /// Status, headers and body.
    pub fn get(&self, path: &str) -> (u16, String, Vec<u8>) {
        self.get_with(path, "")
    }

    /// With more header lines, each ending in `\r\n`.
    pub fn get_with(&self, path: &str, headers: &str) -> (u16, String, Vec<u8>) {
        let mut socket = TcpStream::connect(self.address).expect("the server listens");
        socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
        let host = self.address;
        write!(socket, "GET {path} HTTP/1.0\r\nHost: {host}\r\n{headers}\r\n").expect("a request");
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).expect("an answer");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("headers");
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, head, answer[end + 4..].to_vec())
    }

    pub fn text(&self, path: &str) -> String {
        let (status, _, body) = self.get(path);
        assert_eq!(status, 200, "{path}");
        String::from_utf8(body).expect("text")
    }

    /// Asks it to stop, as an operator would; answers its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("kill runs").success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until it is so, or ends the test.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "after a minute still not: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A PostgreSQL database of the test's own, dropped at the end.
pub struct Postgres {
    admin: String,
    name: String,
}

impl Postgres {
    pub fn create() -> Self {
        let admin = std::env::var("STOA_TEST_POSTGRES_URL").expect(
            "STOA_TEST_POSTGRES_URL is not set: run tests by `cargo xtask test`, or start a server with \
             `cargo xtask postgres start` and export what it prints",
        );
        let name = format!("stoa_cli_{}", uuid::Uuid::new_v4().simple());
        let made = Self { admin, name };
        made.as_admin(&format!("CREATE DATABASE \"{}\"", made.name));
        made
    }

    pub fn url(&self) -> String {
        format!("{}/{}", self.admin.rsplit_once('/').expect("a database's URL").0, self.name)
    }

    fn as_admin(&self, sql: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let db = Db::connect(&self.admin).await.expect("PostgreSQL answers");
            db.write().execute_unprepared(sql).await.expect("a statement");
        });
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.as_admin(&format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name));
    }
}
