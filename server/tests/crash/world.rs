//! The processes: a shop that dies, a bank and a consumer that live on.

use std::{
    fs::File,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use clap::Parser;
use sea_orm::{ConnectionTrait, Statement};
use stoa_kernel::{Ctx, Db, jobs};
use stoa_payments::sandbox::{Credentials, Totals};
use stoa_types::{Id, Sku};

use crate::{Plan, dice::Dice};

#[allow(dead_code, reason = "shared with tests that look at more of it")]
#[path = "../../../services/ordering/tests/ordering/offers.rs"]
mod offers;

use offers::{put_on_sale, seller};

const SECRET: [u8; 32] = [7; 32];
/// How long what a crash left open may take to be finished, beyond reservations that run out.
const PATIENCE: Duration = Duration::from_secs(240);

/// A PostgreSQL database of the run's own, dropped at the end.
pub struct Database {
    admin: String,
    name: String,
}

impl Database {
    pub async fn create() -> Self {
        let admin = std::env::var("STOA_TEST_POSTGRES_URL")
            .expect("STOA_TEST_POSTGRES_URL is not set: run this by `cargo xtask test --only crash`");
        let name = format!("stoa_crash_{}", uuid::Uuid::new_v4().simple());
        let server = Db::connect(&admin).await.expect("PostgreSQL answers");
        server.write().execute_unprepared(&format!("CREATE DATABASE \"{name}\"")).await.expect("a database");
        Self { admin, name }
    }

    fn url(&self) -> String {
        format!("{}/{}", self.admin.rsplit_once('/').expect("a database's URL").0, self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (admin, sql) = (self.admin.clone(), format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name));
        // The test's runtime is ending, so this needs one of its own.
        let _ = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async {
                    if let Ok(server) = Db::connect(&admin).await {
                        let _ = server.write().execute_unprepared(&sql).await;
                    }
                });
            }
        })
        .join();
    }
}

/// A process that does not outlive the test.
struct Process(Child);

impl Process {
    fn kill(&mut self) {
        // On Unix this is SIGKILL: the process gets no chance to tidy up.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A bank without a shop.
pub struct Bank {
    pub client: reqwest::Client,
    pub credentials: Credentials,
    folder: tempfile::TempDir,
    port: u16,
    webhook: String,
    process: Option<Process>,
}

impl Bank {
    pub async fn start(webhook: &str) -> Self {
        let mut dice = Dice::new(u64::from(std::process::id()));
        let mut bank = Self {
            client: client(),
            credentials: Credentials::derive(&SECRET),
            folder: tempfile::tempdir().expect("a folder"),
            port: free_port(&mut dice),
            webhook: webhook.to_owned(),
            process: None,
        };
        bank.restart().await;
        bank
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Kills it, if it runs, and starts it over the same books.
    pub async fn restart(&mut self) {
        self.process = None;
        let mut command = Command::new(env!("CARGO_BIN_EXE_stoa"));
        command
            .args(["sandbox", "--bind", &format!("127.0.0.1:{}", self.port), "--webhook", &self.webhook])
            .env("STOA_DATA", self.folder.path())
            .env("STOA_SECRET", hex::encode(SECRET))
            .env_remove("STOA_SANDBOX_URL")
            .stdout(Stdio::null());
        self.process = Some(Process(command.spawn().expect("the bank starts")));
        for _ in 0..500 {
            if self.client.get(self.url("/")).send().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the bank does not answer");
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
}

/// Everything there is in a run.
pub struct World {
    folder: tempfile::TempDir,
    shop_port: u16,
    bank_port: u16,
    reservation: u64,
    shop: Option<Process>,
    bank: Option<Process>,
    consumer: Option<Process>,
    pub db: Db,
    pub client: reqwest::Client,
    /// What is on sale, with the units that were there at first.
    pub offers: Vec<(Id<Sku>, i64)>,
    url: Option<String>,
    // Last, so that its connections are closed when it is dropped.
    _database: Option<Database>,
}

/// The program's own options, read as the program reads them.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    config: stoa::config::Config,
}

/// A port nobody listens on, and below those that the system gives to outgoing
/// connections, so that nobody takes it while the shop is dead.
fn free_port(dice: &mut Dice) -> u16 {
    (0..1000)
        .map(|_| 20_000 + dice.below(10_000) as u16)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

impl World {
    /// Stocks a shop, and starts the bank and the consumer.
    pub async fn build(plan: Plan, offers: usize, dice: &mut Dice, database: Option<Database>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let program = std::env::var("CARGO_BIN_EXE_stoa").unwrap_or(env!("CARGO_BIN_EXE_stoa").to_owned());
        let own = folder.path().join("stoa");
        // Held on to, so that a build in between does not put another in its place.
        if std::fs::hard_link(&program, &own).is_err() {
            std::fs::copy(&program, &own).expect("a copy of the program");
        }
        let url = database.as_ref().map(Database::url);
        let mut arguments = vec![
            "stoa".to_owned(),
            format!("--data={}", folder.path().display()),
            format!("--secret={}", hex::encode(SECRET)),
        ];
        arguments.extend(url.iter().map(|url| format!("--database-url={url}")));
        let config = Options::parse_from(arguments).config;
        let offers = stock(&config, plan, offers, dice).await;
        let db = Db::connect(&config.database_url()).await.expect("the database");
        let mut world = Self {
            shop_port: free_port(dice),
            bank_port: free_port(dice),
            reservation: plan.reservation,
            shop: None,
            bank: None,
            consumer: None,
            folder,
            db,
            client: client(),
            offers,
            url,
            _database: database,
        };
        let webhook = world.shop_url("/v1/payments/webhooks/sandbox");
        let bind = format!("127.0.0.1:{}", world.bank_port);
        world.bank = Some(world.spawn("bank", &["sandbox", "--bind", &bind, "--webhook", &webhook]));
        world.consumer = Some(world.spawn("consumer", &["events", "tail", "--last", "1000000"]));
        world
    }

    fn stoa(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.file("stoa"));
        command
            .args(arguments)
            .env("STOA_DATA", self.folder.path())
            .env("STOA_SECRET", hex::encode(SECRET))
            .env("STOA_SANDBOX_URL", self.bank_url(""))
            .env("STOA_PUBLIC_URL", self.shop_url(""))
            .env("STOA_RESERVATION_MINUTES", self.reservation.to_string())
            .env("STOA_API_RATE", "1000000")
            .env_remove("STOA_DATABASE_URL")
            .env("STOA_LOG", "warn,sqlx=error");
        if let Some(url) = &self.url {
            command.env("STOA_DATABASE_URL", url);
        }
        command
    }

    /// Runs in the background; what it prints is in `<name>.out`, what it logs in `<name>.log`.
    fn spawn(&self, name: &str, arguments: &[&str]) -> Process {
        let open = |kind: &str| {
            let path = self.file(&format!("{name}.{kind}"));
            File::options().create(true).append(true).open(path).expect("a file for what it says")
        };
        let mut command = self.stoa(arguments);
        command.stdin(Stdio::null()).stdout(open("out")).stderr(open("log"));
        Process(command.spawn().expect("stoa starts"))
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn shop_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.shop_port)
    }

    pub fn bank_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.bank_port)
    }

    /// Starts the shop without waiting for it.
    pub fn start(&mut self) {
        let bind = format!("127.0.0.1:{}", self.shop_port);
        self.shop = Some(self.spawn("shop", &["serve", "--bind", &bind]));
    }

    /// Kills it where it stands; the bank and the consumer live on.
    pub fn kill(&mut self) {
        self.shop = None;
    }

    pub async fn serve(&mut self) {
        self.start();
        self.ready().await;
    }

    pub async fn ready(&mut self) {
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until {
            let answer = self.client.get(self.shop_url("/readyz")).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            if let Some(Process(child)) = &mut self.shop
                && let Ok(Some(status)) = child.try_wait()
            {
                panic!("the shop ended by itself: {status}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the shop does not get ready");
    }

    /// The bank's books, asked of the bank.
    pub async fn bank_books(&self) -> Totals {
        let key = Credentials::derive(&SECRET).api_key;
        let answer = self.client.get(self.bank_url("/v1/ledger")).bearer_auth(key).send().await;
        answer.expect("the bank answers").json().await.expect("the bank's books")
    }

    /// A number from the shop's database; 0 for NULL.
    pub async fn number(&self, sql: &str) -> i64 {
        let sql = format!("SELECT CAST(({sql}) AS BIGINT) AS n");
        let row = self.db.read().query_one_raw(Statement::from_string(self.db.backend(), sql)).await;
        let row = row.expect("a query").expect("a row");
        row.try_get::<Option<i64>>("", "n").expect("a number").unwrap_or(0)
    }

    /// Waits until nothing that a crash left open is open any more.
    pub async fn left_to_its_workers(&self, plan: Plan) {
        let mut questions = vec![
            ("events to deliver", "SELECT COUNT(*) FROM outbox_event WHERE state = 'pending'"),
            (
                "jobs",
                "SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running') AND unique_key NOT LIKE 'cron:%'",
            ),
            (
                "jobs without a key",
                "SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running') AND unique_key IS NULL",
            ),
            (
                "payments without an outcome",
                "SELECT COUNT(*) FROM payment_intent WHERE state IN ('processing', 'requires_capture')",
            ),
            (
                "money being moved",
                "SELECT COUNT(*) FROM payment_intent WHERE capturing > 0 OR refunding > 0 OR void_state = 'requested'",
            ),
            ("orders not paid", "SELECT COUNT(*) FROM customer_order WHERE payment_status <> 'paid'"),
            ("mails to send", "SELECT COUNT(*) FROM notification WHERE state = 'queued'"),
        ];
        if plan.patient {
            questions.push(("units reserved", "SELECT SUM(reserved) FROM stock_level"));
            questions.push((
                "payments nobody pays",
                "SELECT COUNT(*) FROM payment_intent WHERE state = 'requires_payment_method'",
            ));
        }
        let reserved = if plan.patient { Duration::from_secs(60 * plan.reservation) } else { Duration::ZERO };
        let until = Instant::now() + PATIENCE + reserved;
        loop {
            let mut open = Vec::new();
            for (what, sql) in &questions {
                match self.number(sql).await {
                    0 => {}
                    count => open.push(format!("{count} {what}")),
                }
            }
            // What the bank has said yes to, or may still, has to become an order.
            let bank = self.bank_books().await.charges.into_iter();
            match bank.filter(|charge| matches!(charge.status.as_str(), "authorised" | "processing")).count()
            {
                0 => {}
                count => open.push(format!("{count} charges to take or release")),
            }
            if open.is_empty() {
                return;
            }
            assert!(Instant::now() < until, "still open after {PATIENCE:?}: {}", open.join(", "));
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// `stoa doctor` finds books, stock and audit whole, and no work given up.
    pub fn doctor(&self) {
        let output = self.stoa(&["doctor"]).output().expect("the doctor comes");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for name in ["shop.log", "bank.log", "consumer.log"] {
                let log = std::fs::read_to_string(self.file(name)).unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                eprintln!("--- the last of {name}\n{}", lines[lines.len().saturating_sub(80)..].join("\n"));
            }
        }
    }
}

/// Puts offers of a few sellers on sale; each sixth is scarce.
async fn stock(
    config: &stoa::config::Config,
    plan: Plan,
    offers: usize,
    dice: &mut Dice,
) -> Vec<(Id<Sku>, i64)> {
    let app = stoa::wire::app(config).await.expect("the shop's program");
    let ctx = Ctx::system(&app);
    let mut shops = Vec::new();
    for slug in ["kleio", "nessebar", "arta"] {
        shops.push(seller(&ctx, slug, 1000).await);
    }
    let mut made = Vec::new();
    for number in 0..offers {
        let units = if number % 6 == 5 { 5 } else { plan.checkouts as i64 * 3 };
        let price = 500 + dice.below(9000) as i64;
        let (shop, name) = (shops[number % shops.len()], format!("jug-{number}"));
        made.push((put_on_sale(&ctx, shop, &name, price, units).await.sku, units));
    }
    jobs::drain(&app).await.expect("what follows from it");
    made
}
