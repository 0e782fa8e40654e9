use std::{path::Path, time::Duration};

use sea_orm::{ConnectionTrait, Statement};
use stoa_kernel::Db;
use stoa_migration::{Migrator, MigratorTrait};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Drops the test's PostgreSQL database at the end.
pub struct Guard(Option<(String, String)>);

impl Drop for Guard {
    fn drop(&mut self) {
        let Some((admin, name)) = self.0.take() else { return };
        // The test's runtime is ending, so this needs one of its own.
        let _ = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async {
                    if let Ok(db) = Db::connect(&admin).await {
                        let _ = db
                            .write()
                            .execute_unprepared(&format!("DROP DATABASE \"{name}\" WITH (FORCE)"))
                            .await;
                    }
                });
            }
        })
        .join();
    }
}

/// The template all tests of this process copy; made once.
static SQLITE: OnceCell<Vec<u8>> = OnceCell::const_new();
static POSTGRES: OnceCell<String> = OnceCell::const_new();

/// A migrated database of the test's own, which tells `seen` each statement.
pub async fn fresh(
    backend: Backend,
    folder: &Path,
    seen: impl Fn(&str) + Clone + Send + Sync + 'static,
) -> (Db, Guard) {
    let (db, guard) = copied(backend, folder).await;
    (db.observed(seen), guard)
}

async fn copied(backend: Backend, folder: &Path) -> (Db, Guard) {
    match backend {
        Backend::Sqlite => {
            let template = SQLITE.get_or_init(sqlite_template).await;
            let file = folder.join("stoa.db");
            std::fs::write(&file, template).expect("the template is copied");
            (Db::connect(&format!("sqlite:{}", file.display())).await.expect("the copy opens"), Guard(None))
        }
        Backend::Postgres => {
            let admin = admin_url();
            let template = POSTGRES.get_or_init(postgres_template).await;
            let name = new_name("test");
            let server = Db::connect(&admin).await.expect("PostgreSQL answers");
            // Two tests must not copy the template at the same moment.
            server
                .write()
                .execute_unprepared(&format!(
                    "CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" STRATEGY FILE_COPY"
                ))
                .await
                .expect("the template is copied");
            let db = Db::connect(&with_database(&admin, &name)).await.expect("the copy opens");
            (db, Guard(Some((admin, name))))
        }
    }
}

fn admin_url() -> String {
    std::env::var("STOA_TEST_POSTGRES_URL").expect(
        "STOA_TEST_POSTGRES_URL is not set: run tests by `cargo xtask test`, or start a server with \
         `cargo xtask postgres start` and export what it prints",
    )
}

fn with_database(admin: &str, name: &str) -> String {
    match admin.rsplit_once('/') {
        Some((server, _)) => format!("{server}/{name}"),
        None => admin.to_owned(),
    }
}

/// A migrated file's bytes.
async fn sqlite_template() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("template.db");
    let db = Db::connect(&format!("sqlite:{}", file.display())).await.expect("the template opens");
    Migrator::up(db.write(), None).await.expect("the template migrates");
    db.write().execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.expect("the template is complete");
    std::fs::read(&file).expect("the template is read")
}

async fn postgres_template() -> String {
    let admin = admin_url();
    let name = new_name("template");
    let server = Db::connect(&admin).await.expect("PostgreSQL answers");
    drop_stale(&server).await;
    server
        .write()
        .execute_unprepared(&format!("CREATE DATABASE \"{name}\""))
        .await
        .expect("the template is made");
    {
        let db = Db::connect(&with_database(&admin, &name)).await.expect("the template opens");
        Migrator::up(db.write(), None).await.expect("the template migrates");
        db.read().clone().close().await.expect("the template closes");
    }
    name
}

/// How long no run of tests takes: what is older was left behind by one that is over.
const STALE: Duration = Duration::from_secs(3 * 3600);

/// A name that tells when it was given.
fn new_name(of: &str) -> String {
    format!("stoa_{of}_{}", Uuid::now_v7().simple())
}

fn is_stale(name: &str) -> bool {
    let given = name.rsplit_once('_').and_then(|(_, id)| Uuid::parse_str(id).ok()?.get_timestamp());
    let now = Uuid::now_v7().get_timestamp().map(|now| now.to_unix().0);
    match (given, now) {
        (Some(given), Some(now)) => given.to_unix().0 + STALE.as_secs() < now,
        // A name that tells no time is none of ours today.
        (None, _) => true,
        _ => false,
    }
}

/// Drops what earlier runs have left: templates, and databases of tests that were killed.
async fn drop_stale(server: &Db) {
    let all = "SELECT datname FROM pg_database WHERE datname LIKE 'stoa\\_template\\_%' OR datname LIKE 'stoa\\_test\\_%'";
    let rows = server.read().query_all_raw(Statement::from_string(server.backend(), all)).await;
    for row in rows.expect("PostgreSQL lists its databases") {
        let name: String = row.try_get("", "datname").expect("a name");
        if is_stale(&name) {
            // Another process may be quicker.
            let drop = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
            let _ = server.write().execute_unprepared(&drop).await;
        }
    }
}
