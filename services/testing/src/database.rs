use std::path::{Path, PathBuf};

use sea_orm::ConnectionTrait;
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
static SQLITE: OnceCell<PathBuf> = OnceCell::const_new();
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
            std::fs::copy(template, &file).expect("the template is copied");
            (Db::connect(&format!("sqlite:{}", file.display())).await.expect("the copy opens"), Guard(None))
        }
        Backend::Postgres => {
            let admin = admin_url();
            let template = POSTGRES.get_or_init(postgres_template).await;
            let name = format!("stoa_test_{}", Uuid::new_v4().simple());
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

async fn sqlite_template() -> PathBuf {
    let file = std::env::temp_dir().join(format!("stoa-template-{}.db", Uuid::new_v4().simple()));
    let db = Db::connect(&format!("sqlite:{}", file.display())).await.expect("the template opens");
    Migrator::up(db.write(), None).await.expect("the template migrates");
    db.write().execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.expect("the template is complete");
    file
}

async fn postgres_template() -> String {
    let admin = admin_url();
    // One template per build of the migrations and process; stale ones are removed by name.
    let name = format!("stoa_template_{}", Uuid::new_v4().simple());
    let server = Db::connect(&admin).await.expect("PostgreSQL answers");
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
