//! One writer and many readers on SQLite, one pool on PostgreSQL.

use std::{path::Path, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    RuntimeErr, SqlErr, SqliteTransactionMode, TransactionOptions, TransactionTrait, TryInsertResult, sqlx,
};
use tokio::sync::watch;

use crate::error::{Result, codes};

/// An open transaction. Dropped without [`Db::commit`] it rolls back.
pub type Tx = DatabaseTransaction;

/// The database: `read()` for queries outside a transaction, `begin()` for changes.
///
/// On SQLite every transaction is `BEGIN IMMEDIATE` on the one writer connection,
/// so a function that holds a [`Tx`] must never open a second one: it would wait
/// for itself. Pass the transaction instead.
#[derive(Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    commits: watch::Sender<u64>,
}

impl Db {
    /// Opens `sqlite:PATH` (created if missing) or `postgres://…`.
    pub async fn connect(url: &str) -> Result<Self, DbErr> {
        let (read, write) = if url.starts_with("sqlite:") {
            let writer = sqlite(url, 1, "FULL").await?;
            (sqlite(url, readers(), "NORMAL").await?, writer)
        } else {
            let mut options = ConnectOptions::new(url);
            options.max_connections(20).sqlx_logging(false).acquire_timeout(Duration::from_secs(30));
            // The pool is the process's own: a ping before every use costs a round trip.
            options.test_before_acquire(false);
            let pool = Database::connect(options).await?;
            (pool.clone(), pool)
        };
        Ok(Self { read, write, commits: watch::Sender::new(0) })
    }

    /// Connection for queries outside a transaction.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Connection for a single statement that needs no transaction of its own.
    pub fn write(&self) -> &DatabaseConnection {
        &self.write
    }

    pub fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    pub fn is_sqlite(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    /// Begins a transaction: IMMEDIATE on SQLite, READ COMMITTED on PostgreSQL.
    pub async fn begin(&self) -> Result<Tx, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: self.is_sqlite().then_some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        self.write.begin_with_options(options).await
    }

    /// Commits and wakes whoever waits for events and jobs in this process.
    pub async fn commit(&self, tx: Tx) -> Result<(), DbErr> {
        tx.commit().await?;
        self.commits.send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }

    /// Changes whenever this process has committed.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }
}

/// Runs a use case, and up to three times more while the database undoes its transaction
/// in favour of somebody else's ([`codes::BUSY`]). For use cases that are repeatable as a
/// whole: what they did outside of the transaction that was undone is done again.
pub async fn repeat<T, F, Fut>(mut use_case: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    for pause in [10, 50, 250] {
        match use_case().await {
            Err(error) if error.is(codes::BUSY) => {
                tracing::debug!(%error, "tried again");
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            outcome => return outcome,
        }
    }
    use_case().await
}

/// Whether the database undid the transaction because of another one: a deadlock, a
/// serialisation failure or a lock timeout on PostgreSQL, a file that another process
/// writes on SQLite. The same again may succeed.
pub fn gave_way(error: &DbErr) -> bool {
    let Some(code) = database_code(error) else { return false };
    match code.parse::<u32>() {
        // SQLite's extended codes: the low byte is SQLITE_BUSY or SQLITE_LOCKED.
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6),
        _ => matches!(code.as_str(), "40001" | "40P01" | "55P03"),
    }
}

/// Whether the database could not be reached, is starting or stopping, or has no
/// connection left.
pub fn is_out_of_reach(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => {
            use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls, WorkerCrashed};
            matches!(**source, Io(_) | Tls(_) | PoolTimedOut | PoolClosed | WorkerCrashed)
                || database_code(error)
                    .is_some_and(|code| code.starts_with("57P") || code.starts_with("08") || code == "53300")
        }
        _ => false,
    }
}

/// Whether a value was refused that no column of its type can hold (SQLSTATE class 22:
/// a NUL character in text, a time or number out of range).
pub fn is_impossible_value(error: &DbErr) -> bool {
    database_code(error).is_some_and(|code| code.len() == 5 && code.starts_with("22"))
}

/// SQLSTATE on PostgreSQL, the extended result code on SQLite.
fn database_code(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source))
        | DbErr::Conn(RuntimeErr::SqlxError(source)) => {
            source.as_database_error()?.code().map(|code| code.into_owned())
        }
        _ => None,
    }
}

/// Whether an insert or update broke a unique index. On PostgreSQL the transaction
/// is lost then; use `ON CONFLICT DO NOTHING` where it must go on.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Whether an insert with `on_conflict_do_nothing…` wrote its row.
pub fn inserted(result: &TryInsertResult<u64>) -> bool {
    matches!(result, TryInsertResult::Inserted(1))
}

/// ` FOR UPDATE` where the database has row locks; SQLite's one writer needs none.
pub fn for_update(conn: &impl ConnectionTrait) -> &'static str {
    if conn.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" }
}

/// Rows inserted by one statement: far from both databases' limits of bound values.
pub(crate) const ROWS: usize = 500;

/// The URL of the SQLite file in a data folder.
pub fn sqlite_url(data: &Path) -> String {
    format!("sqlite:{}", data.join("stoa.db").display())
}

fn readers() -> u32 {
    std::thread::available_parallelism().map_or(4, |cores| cores.get() as u32 * 2).max(4)
}

async fn sqlite(url: &str, connections: u32, synchronous: &'static str) -> Result<DatabaseConnection, DbErr> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let mut options =
        ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.split('?').next().unwrap_or(path)));
    options
        .max_connections(connections)
        .min_connections(1)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(60))
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", synchronous)
                .pragma("foreign_keys", "ON")
                .pragma("busy_timeout", "30000")
                .pragma("cache_size", "-8000")
                .pragma("temp_store", "MEMORY")
                .statement_cache_capacity(512)
        });
    Database::connect(options).await
}
