//! The shop is killed again and again while people check out; the bank runs on.
//!
//! Afterwards every checkout is one paid order, or no order and no charge; stock equals
//! the sum of its ledger, the books balance, and no consumer has missed or doubled an event.

use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use stoa_kernel::Db;

const CHECKOUTS: usize = 200;
const AT_ONCE: usize = 16;
const KILLS: usize = 6;
const SECRET: &str = "0707070707070707070707070707070707070707070707070707070707070707";

/// The shop's and the bank's addresses, folder and database.
struct World {
    folder: tempfile::TempDir,
    database: Option<String>,
    shop: u16,
    bank: u16,
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

impl World {
    fn stoa(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stoa"));
        command
            .args(arguments)
            .env("STOA_DATA", self.folder.path())
            .env("STOA_SECRET", SECRET)
            .env("STOA_SANDBOX_URL", format!("http://127.0.0.1:{}", self.bank))
            .env("STOA_PUBLIC_URL", format!("http://127.0.0.1:{}", self.shop))
            .env("STOA_LOG", "error")
            .stdout(Stdio::null());
        if let Some(url) = &self.database {
            command.env("STOA_DATABASE_URL", url);
        }
        command
    }

    fn serve(&self) -> Child {
        self.stoa(&["serve", "--bind", &format!("127.0.0.1:{}", self.shop)]).spawn().expect("the shop starts")
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.shop)
    }

    fn database_url(&self) -> String {
        self.database.clone().unwrap_or_else(|| stoa_kernel::db::sqlite_url(self.folder.path()))
    }
}

async fn ready(world: &World, client: &reqwest::Client) {
    let until = Instant::now() + Duration::from_secs(60);
    while Instant::now() < until {
        if client.get(world.url("/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the shop does not get ready");
}

/// Sends until somebody answers for good: a dead or starting shop is tried again with the
/// same key, as a careful client does.
async fn call(
    client: &reqwest::Client,
    method: http::Method,
    url: &str,
    token: &str,
    key: &str,
    body: &Value,
) -> Option<(u16, Value)> {
    for _ in 0..60 {
        let request = client
            .request(method.clone(), url)
            .header("stoa-cart-token", token)
            .header("idempotency-key", key)
            .json(body);
        if let Ok(answer) = request.send().await {
            let status = answer.status().as_u16();
            if let Ok(value) = answer.json::<Value>().await
                && status < 500
                && value["code"] != "kernel.idempotency_key_running"
            {
                return Some((status, value));
            }
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    None
}

/// One checkout; every fourth shopper closes the browser right after paying.
async fn checkout(world: &World, client: &reqwest::Client, number: usize, sku: &str) {
    let key = |step: &str| format!("{step}-{number}");
    let body = json!({ "currency": "EUR", "country": "GR", "lines": [{ "sku": sku, "quantity": 1 }] });
    let Some((_, made)) =
        call(client, http::Method::POST, &world.url("/v1/carts"), "", &key("cart"), &body).await
    else {
        return;
    };
    let (Some(token), Some(cart)) = (made["token"].as_str(), made["id"].as_str()) else {
        panic!("no cart: {made}");
    };
    let body = json!({
        "email": format!("shopper{number}@example.com"),
        "address": { "name": "Ioanna Pappa", "street": "Ermou 1", "postcode": "105 63", "city": "Athens", "country": "GR" },
    });
    let path = world.url(&format!("/v1/carts/{cart}"));
    let Some((status, cart_view)) =
        call(client, http::Method::PATCH, &path, token, &key("patch"), &body).await
    else {
        return;
    };
    assert_eq!(status, 200, "{cart_view}");
    let Some((_, intent)) = call(
        client,
        http::Method::POST,
        &format!("{path}/checkout-intent"),
        token,
        &key("intent"),
        &json!({}),
    )
    .await
    else {
        return;
    };
    let Some(payment) = intent["payment"].as_str() else { panic!("no payment: {intent}") };
    let confirm =
        json!({ "payment_method": "tok_approved", "return_url": world.url("/en-gb/checkout/return") });
    let url = world.url(&format!("/v1/payments/{payment}/confirm"));
    if call(client, http::Method::POST, &url, token, &key("confirm"), &confirm).await.is_none()
        || number.is_multiple_of(4)
    {
        return;
    }
    let place = json!({ "cart": cart, "payment": payment });
    call(client, http::Method::POST, &world.url("/v1/orders"), token, &key("order"), &place).await;
}

async fn number(db: &Db, sql: &str) -> i64 {
    let statement = Statement::from_string(db.backend(), format!("SELECT CAST(({sql}) AS BIGINT) AS n"));
    let row = db.read().query_one_raw(statement).await.expect("a query").expect("a row");
    row.try_get::<Option<i64>>("", "n").expect("a number").unwrap_or(0)
}

async fn survive(database: Option<String>) {
    let world = Arc::new(World {
        folder: tempfile::tempdir().expect("a folder"),
        database,
        shop: free_port(),
        bank: free_port(),
    });
    assert!(world.stoa(&["seed", "demo", "--products", "12"]).status().expect("seed").success());
    let webhook = world.url("/v1/payments/webhooks/sandbox");
    let bind = format!("127.0.0.1:{}", world.bank);
    let mut bank =
        world.stoa(&["sandbox", "--bind", &bind, "--webhook", &webhook]).spawn().expect("the bank starts");
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().expect("a client");
    let mut shop = world.serve();
    ready(&world, &client).await;
    let db = Db::connect(&world.database_url()).await.expect("the database");
    let statement = Statement::from_string(
        db.backend(),
        "SELECT sku_id AS id FROM stock_level GROUP BY sku_id HAVING SUM(on_hand - allocated - reserved - safety) > 5",
    );
    let skus: Vec<String> = db
        .read()
        .query_all_raw(statement)
        .await
        .expect("stock")
        .iter()
        .map(|row| stoa_types::Id::<stoa_types::Sku>::new(row.try_get("", "id").expect("an id")).to_string())
        .collect();
    assert!(!skus.is_empty(), "the demo has stock");

    let next = Arc::new(AtomicUsize::new(0));
    let mut shoppers = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let (world, client, next, skus) = (world.clone(), client.clone(), next.clone(), skus.clone());
        shoppers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::SeqCst);
                if number >= CHECKOUTS {
                    return;
                }
                checkout(&world, &client, number, &skus[number % skus.len()]).await;
            }
        });
    }
    let mut kills = 0;
    while !shoppers.is_empty() {
        let pause = Duration::from_millis(600 + (kills as u64 * 377) % 900);
        tokio::select! {
            done = shoppers.join_next() => { if let Some(done) = done { done.expect("a shopper's steps are answered"); } }
            () = tokio::time::sleep(pause), if kills < KILLS => {
                shop.kill().expect("SIGKILL");
                shop.wait().expect("the shop is gone");
                kills += 1;
                shop = world.serve();
                ready(&world, &client).await;
            }
        }
    }
    assert_eq!(kills, KILLS, "the run was long enough to be killed {KILLS} times");

    // Left to its workers: what a crash left open is finished by sweepers and retries.
    let until = Instant::now() + Duration::from_secs(240);
    loop {
        let open = number(&db, "SELECT COUNT(*) FROM outbox_event WHERE state = 'pending'").await
            + number(&db, "SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')").await
            + number(
                &db,
                "SELECT COUNT(*) FROM payment_intent WHERE state IN ('processing', 'requires_capture')",
            )
            .await
            + number(&db, "SELECT COUNT(*) FROM customer_order WHERE payment_status <> 'paid'").await;
        if open == 0 {
            break;
        }
        assert!(Instant::now() < until, "{open} things are still open after four minutes");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    shop.kill().expect("stop");
    shop.wait().expect("stopped");
    bank.kill().expect("stop");
    bank.wait().expect("stopped");

    let orders = number(&db, "SELECT COUNT(*) FROM customer_order").await;
    assert!(orders > CHECKOUTS as i64 / 2, "only {orders} orders");
    assert_eq!(number(&db, "SELECT COUNT(DISTINCT cart_id) FROM customer_order").await, orders);
    let charged = charges(&world).await;
    assert_eq!(charged.0, orders, "as many charges as orders");
    assert_eq!(charged.1, number(&db, "SELECT SUM(total_amount) FROM customer_order").await, "to the cent");
    let mails = "SELECT COUNT(*) FROM notification WHERE template = 'order_confirmed' AND state = 'sent'";
    assert_eq!(number(&db, mails).await, orders, "one confirmation for each order");
    assert_eq!(number(&db, "SELECT COUNT(*) FROM outbox_event WHERE name = 'order.created'").await, orders);
    assert!(world.stoa(&["doctor"]).status().expect("doctor").success(), "books, stock and audit are whole");
}

/// Captured charges at the bank and their sum.
async fn charges(world: &World) -> (i64, i64) {
    use stoa_payments::sandbox::{Credentials, Sandbox, SandboxConfig};
    let mut secret = [0; 32];
    hex::decode_to_slice(SECRET, &mut secret).expect("a secret");
    let config = SandboxConfig::new(
        world.folder.path().join("sandbox.db"),
        String::new(),
        Credentials::derive(&secret),
    );
    let totals =
        Sandbox::open(config).await.expect("the bank's file").ledger().await.expect("the bank's books");
    let captured: Vec<i64> =
        totals.charges.iter().map(|charge| charge.captured).filter(|amount| *amount > 0).collect();
    (captured.len() as i64, captured.iter().sum())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_checkouts_survive_a_shop_that_keeps_dying_on_sqlite() {
    survive(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_checkouts_survive_a_shop_that_keeps_dying_on_postgresql() {
    let admin =
        std::env::var("STOA_TEST_POSTGRES_URL").expect("STOA_TEST_POSTGRES_URL: run by `cargo xtask test`");
    let name = format!("stoa_crash_{}", uuid::Uuid::now_v7().simple());
    let server = Db::connect(&admin).await.expect("PostgreSQL answers");
    server.write().execute_unprepared(&format!("CREATE DATABASE \"{name}\"")).await.expect("a database");
    let url = format!("{}/{name}", admin.rsplit_once('/').expect("a URL").0);
    survive(Some(url)).await;
    server
        .write()
        .execute_unprepared(&format!("DROP DATABASE \"{name}\" WITH (FORCE)"))
        .await
        .expect("dropped");
}
