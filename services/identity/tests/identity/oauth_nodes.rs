//! Several processes of one installation: what one of them ends, the others refuse within seconds.

use std::{
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use stoa_identity::{
    apps::{create_app_key, delete_app, principal_of_bearer, revoke_key, rotate_key},
    auth::CACHED,
    oauth::{disconnect_app, revoke_client},
};
use stoa_identity_types::{CreateAppKey, NewKey, RoleName, RotateKey};
use stoa_kernel::{
    App, Db, Settings,
    app::Parts,
    ports::{FolderMailer, LocalBus, MemoryCache, MemoryRateLimiter, local_objects},
};
use stoa_testing::{Test, on_both};
use stoa_types::{App as RegisteredApp, Id};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::{
    ALL, acting,
    oauth_support::{Program, agree, client, client_with, registered, session},
    user,
};

/// What the other process is told: where the database and the data are, and what to show there.
const ORDER: &str = "STOA_TEST_OTHER_NODE";
/// "Within seconds": what a process believes at most, and time for a busy machine.
const SECONDS: Duration = CACHED.saturating_add(Duration::from_secs(2));

/// Where a test's database is, for another process.
async fn address(test: &Test) -> String {
    if test.app.db.backend() == sea_orm::DbBackend::Sqlite {
        return format!("sqlite:{}", test.folder().join("stoa.db").display());
    }
    let sql = Statement::from_string(test.app.db.backend(), "SELECT current_database()");
    let row = test.app.db.read().query_one_raw(sql).await.unwrap().unwrap();
    let name: String = row.try_get_by_index(0).unwrap();
    let server = std::env::var("STOA_TEST_POSTGRES_URL").unwrap();
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

async fn made(test: &Test, app: Id<RegisteredApp>) -> NewKey {
    let scopes = vec!["orders.read".to_owned()];
    let input = CreateAppKey { name: "Stock".to_owned(), scopes, ..CreateAppKey::default() };
    create_app_key(&test.system(), &session(&test.app), app, input).await.expect("a key")
}

// 45.M3, 45.M4, 45.E2, 45.M6: a process that uses a key or token all the time learns of its end.
on_both!(what_one_process_ends_the_others_refuse_within_seconds, ALL, async |test: &Test| {
    let (program, system, browser) = (Program::new(test), test.system(), session(&test.app));
    let app = registered(test, "Stock", None).await;
    let (revoked, leaked) = (made(test, app).await, made(test, app).await);
    let gone = registered(test, "Old", None).await;
    let orphan = made(test, gone).await;
    let person = acting(test, &user(test, "ana@stoa.example", RoleName::Shopper, None).await).await;
    let connected = client(test, &[]).await;
    let code = agree(test, &person, &connected, "openid").await;
    let of_person = program.redeem(&connected, &code).await.text("access_token");
    let own = client_with(test, &["orders.read"], true, true).await;
    let of_app = program.form("/oauth/token", &own, &[("grant_type", "client_credentials")]).await;
    let shown = [&revoked.secret, &leaked.secret, &orphan.secret, &of_person, &of_app.text("access_token")];

    let order = json!({ "database": address(test).await, "data": test.folder(), "shown": shown });
    let mut other = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "oauth_nodes::the_other_process", "--ignored", "--nocapture"])
        .env(ORDER, order.to_string())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    let mut answers = async || loop {
        let line = lines.next_line().await.unwrap().expect("the other process goes on");
        if let Some((_, answer)) = line.split_once("answers ") {
            return serde_json::from_str::<Vec<Value>>(answer).unwrap();
        }
    };
    assert_eq!(answers().await, ["works"; 5], "there as here");

    revoke_key(&system, revoked.view.id).await.unwrap();
    rotate_key(&system, &browser, app, leaked.view.id, RotateKey { overlap_seconds: 0 }).await.unwrap();
    delete_app(&system, gone).await.unwrap();
    disconnect_app(&person, connected.view.id).await.unwrap();
    revoke_client(&system, own.view.app, own.view.id).await.unwrap();
    let ended = Instant::now();
    for secret in shown {
        assert!(principal_of_bearer(&test.app, secret, None).await.is_err(), "here at once");
    }
    let over = [
        "apps.key_revoked",
        "apps.key_expired",
        "apps.key_revoked",
        "auth.token_invalid",
        "auth.token_invalid",
    ];
    while answers().await != over {}
    assert!(ended.elapsed() < SECONDS, "{:?}", ended.elapsed());
    assert!(other.wait().await.unwrap().success());
});

/// Shows what it was told to, again and again, as somebody's program would, and says what comes of
/// it until nothing works any more. Its clock jumps a minute each second, so that it also writes
/// down the use of the keys, which must not make what it believes of them any younger.
#[tokio::test]
#[ignore = "the other process of what_one_process_ends_the_others_refuse_within_seconds"]
async fn the_other_process() {
    let order: Value = serde_json::from_str(&std::env::var(ORDER).unwrap()).unwrap();
    let data = std::path::PathBuf::from(order["data"].as_str().unwrap());
    let app = App::new(Parts {
        objects: local_objects(&data.join("objects")).unwrap(),
        mail: Arc::new(FolderMailer::new("Stoa <shop@stoa.example>", data.join("mail")).unwrap()),
        rate: Arc::new(MemoryRateLimiter::default()),
        cache: Arc::new(MemoryCache::default()),
        bus: Arc::new(LocalBus::default()),
        modules: ALL.to_vec(),
        settings: Settings::development(data),
        db: Db::connect(order["database"].as_str().unwrap()).await.unwrap(),
        parts: Default::default(),
    });
    let mut last = Vec::new();
    let began = Instant::now();
    let mut jumps = 0;
    while began.elapsed() < Duration::from_secs(30) {
        let mut now = Vec::new();
        for shown in order["shown"].as_array().unwrap() {
            let answer = principal_of_bearer(&app, shown.as_str().unwrap(), None).await;
            now.push(answer.map_or_else(|error| error.code(), |_| "works"));
        }
        if now != last {
            println!("answers {}", json!(now));
        }
        if !now.contains(&"works") {
            return;
        }
        last = now;
        tokio::time::sleep(Duration::from_millis(50)).await;
        // Not so far that a token ends by itself.
        if began.elapsed().as_secs() > jumps && jumps < 8 {
            jumps += 1;
            app.travel(chrono::TimeDelta::seconds(61));
        }
    }
    panic!("still: {last:?}");
}
