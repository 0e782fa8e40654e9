//! What tests of services stand on: an [`App`] over a fresh, migrated database of
//! either kind, and a client that talks to a router without a socket.
//!
//! ```ignore
//! stoa_testing::on_both!(selling_the_last_unit_twice_is_refused, MODULES, async |test: Test| { … });
//! ```

mod client;
mod database;
mod seen;

pub use client::{Answer, Client};
pub use database::Backend;
pub use seen::no_more_statements;

use std::{collections::HashSet, sync::Arc};

use chrono::TimeDelta;
use stoa_kernel::{
    Actor, App, Ctx, Module, Settings,
    app::Parts,
    jobs,
    ports::{FolderMailer, LocalBus, MemoryCache, MemoryRateLimiter, local_objects},
};
use stoa_types::{Id, Seller, Uuid};

/// One test's world; its folder is removed at the end.
pub struct Test {
    pub app: App,
    /// Stoa itself: may do everything.
    pub ctx: Ctx,
    folder: tempfile::TempDir,
    recorder: seen::Recorder,
    _database: database::Guard,
}

impl Test {
    /// A fresh, migrated database and an app of these modules over it. `parts` holds
    /// what `server` would wire for lower areas.
    pub async fn new(backend: Backend, modules: &[&'static Module], parts: axum::http::Extensions) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let recorder = seen::Recorder::default();
        let heard = recorder.clone();
        let (db, database) = database::fresh(backend, folder.path(), move |sql: &str| heard.hear(sql)).await;
        let settings = Settings::development(folder.path().to_owned());
        let app = App::new(Parts {
            objects: local_objects(&folder.path().join("objects")).expect("a folder for objects"),
            mail: Arc::new(
                FolderMailer::new("Stoa <shop@stoa.example>", folder.path().join("mail"))
                    .expect("a mail folder"),
            ),
            rate: Arc::new(MemoryRateLimiter::default()),
            cache: Arc::new(MemoryCache::default()),
            bus: Arc::new(LocalBus::default()),
            modules: modules.to_vec(),
            settings,
            db,
            parts,
        });
        let ctx = Ctx::system(&app);
        Self { app, ctx, folder, recorder, _database: database }
    }

    /// The system's context at the present moment.
    pub fn system(&self) -> Ctx {
        Ctx::system(&self.app)
    }

    /// A visitor without permissions.
    pub fn visitor(&self) -> Ctx {
        Ctx::visitor(&self.app)
    }

    /// A signed-in person with exactly these permissions, for one seller or the platform.
    pub fn person(&self, seller: Option<Id<Seller>>, permissions: &[stoa_kernel::Permission]) -> Ctx {
        Ctx {
            actor: Actor::User(Id::new(Uuid::new_v4())),
            permissions: Arc::new(
                permissions.iter().map(|permission| permission.0.to_owned()).collect::<HashSet<_>>(),
            ),
            seller,
            ..self.visitor()
        }
    }

    /// The folder the app keeps its data in.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Runs events and due jobs until nothing is left.
    pub async fn settle(&self) {
        jobs::drain(&self.app).await.expect("events and jobs run");
    }

    /// Moves the app's clock.
    pub fn travel(&self, by: TimeDelta) {
        self.app.travel(by);
    }

    /// Names of the events written so far, oldest first.
    pub async fn events(&self) -> Vec<String> {
        use sea_orm::{ConnectionTrait, Statement};
        let rows = self
            .app
            .db
            .read()
            .query_all_raw(Statement::from_string(
                self.app.db.backend(),
                "SELECT name FROM outbox_event ORDER BY id",
            ))
            .await
            .expect("the outbox");
        rows.iter().map(|row| row.try_get("", "name").expect("a name")).collect()
    }

    /// The first column of the first row of a query, such as a count.
    pub async fn scalar(&self, sql: &str) -> i64 {
        use sea_orm::{ConnectionTrait, Statement};
        let row = self
            .app
            .db
            .read()
            .query_one_raw(Statement::from_string(
                self.app.db.backend(),
                format!("SELECT CAST(({sql}) AS BIGINT) AS value"),
            ))
            .await
            .expect("the query runs")
            .expect("a row");
        row.try_get::<Option<i64>>("", "value").expect("a number").unwrap_or(0)
    }
}

/// Writes one test per database: `on_both!(name, MODULES, async |test| { … });`.
/// With parts: `on_both!(name, MODULES, parts(), async |test| { … });`.
#[macro_export]
macro_rules! on_both {
    ($name:ident, $modules:expr, $body:expr) => {
        $crate::on_both!($name, $modules, ::std::default::Default::default(), $body);
    };
    ($name:ident, $modules:expr, $parts:expr, $body:expr) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn run(backend: $crate::Backend) {
                let body: fn(&$crate::Test) -> ::stoa_kernel::BoxFuture<'_, ()> =
                    |test| Box::pin(async move { ($body)(test).await });
                let test = $crate::Test::new(backend, $modules, $parts).await;
                body(&test).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run($crate::Backend::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                run($crate::Backend::Postgres).await;
            }
        }
    };
}
