//! One writer and many readers on SQLite, one pool on PostgreSQL.

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

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
///
/// What [`Db::commit`] has answered survives a power cut. On SQLite a single statement on
/// [`Db::write`] does so with the next commit only: good for bookkeeping that may be lost
/// with the moment it was about (a claim, a lease, a kept answer), not for facts.
#[derive(Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// SQLite's; PostgreSQL makes commits durable itself.
    log: Option<Arc<Log>>,
    commits: watch::Sender<u64>,
}

impl Db {
    /// Opens `sqlite:PATH` (created if missing) or `postgres://…`.
    pub async fn connect(url: &str) -> Result<Self, DbErr> {
        let (read, write, log) = if url.starts_with("sqlite:") {
            let writer = sqlite(url, 1).await?;
            (sqlite(url, readers()).await?, writer, Some(Arc::new(Log::beside(sqlite_path(url)))))
        } else {
            let mut options = ConnectOptions::new(url);
            options.max_connections(20).sqlx_logging(false).acquire_timeout(Duration::from_secs(30));
            // The pool is the process's own: a ping before every use costs a round trip.
            options.test_before_acquire(false);
            let pool = Database::connect(options).await?;
            (pool.clone(), pool, None)
        };
        Ok(Self { read, write, log, commits: watch::Sender::new(0) })
    }

    /// Tells `seen` every statement that is sent from now on, in transactions too: for tests
    /// that count them. Clones made before stay as they are.
    pub fn observed(mut self, seen: impl Fn(&str) + Clone + Send + Sync + 'static) -> Self {
        for connection in [&mut self.read, &mut self.write] {
            let seen = seen.clone();
            connection.set_metric_callback(move |info| seen(&info.statement.sql));
        }
        self
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

    /// Commits, durably, and wakes whoever waits for events and jobs in this process.
    pub async fn commit(&self, tx: Tx) -> Result<(), DbErr> {
        tx.commit().await?;
        self.make_durable().await?;
        self.wake();
        Ok(())
    }

    /// [`Self::commit`] for what nobody outside is told about: on SQLite it becomes durable
    /// with the next commit, and a power cut before that undoes it as a whole.
    pub async fn commit_inside(&self, tx: Tx) -> Result<(), DbErr> {
        tx.commit().await?;
        self.wake();
        Ok(())
    }

    fn wake(&self) {
        self.commits.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Returns when everything committed so far survives a power cut: for what leaves the
    /// program because of what was read, unless a [`Self::commit`] comes between. Workers do
    /// it before each job.
    pub async fn make_durable(&self) -> Result<(), DbErr> {
        match &self.log {
            Some(log) => log.sync().await,
            None => Ok(()),
        }
    }

    /// How many calls of [`Self::make_durable`] were answered after a sync; `None` where the
    /// database makes commits durable itself.
    pub fn synced(&self) -> Option<u64> {
        self.log.as_ref().map(|log| log.served.load(Ordering::SeqCst))
    }

    /// Changes whenever this process has committed.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }
}

/// SQLite's write-ahead log. Connections write it without waiting for the disk
/// (`synchronous=NORMAL`); whoever has to wait does so here, and one sync serves everybody
/// who committed before it began. While it runs, the writer is free for others.
///
/// SQLite itself syncs the log before a checkpoint and after it begins anew, so syncing it
/// from outside is all that `synchronous=FULL` does beyond that.
struct Log {
    /// Makes what the log holds at this moment safe. Blocks.
    sync: Arc<dyn Fn() -> io::Result<()> + Send + Sync>,
    /// How many have asked, each after its commit.
    asked: AtomicU64,
    /// How many of them are served.
    served: AtomicU64,
    /// Held while syncing.
    turn: tokio::sync::Mutex<()>,
}

impl Log {
    fn beside(database: &str) -> Self {
        let file = PathBuf::from(format!("{database}-wal"));
        // Opened anew each time: SQLite replaces the file when its last connection closes.
        Self::new(move || match OpenOptions::new().write(true).open(&file) {
            Ok(log) => log.sync_data(),
            // Without a log everything is in the database, synced.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        })
    }

    fn new(sync: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self {
            sync: Arc::new(sync),
            asked: AtomicU64::new(0),
            served: AtomicU64::new(0),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// Returns after a sync that began after the call.
    async fn sync(&self) -> Result<(), DbErr> {
        let own = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let _turn = self.turn.lock().await;
        if self.served.load(Ordering::SeqCst) >= own {
            return Ok(());
        }
        let all = self.asked.load(Ordering::SeqCst);
        let sync = self.sync.clone();
        tokio::task::spawn_blocking(move || sync())
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| DbErr::Custom(format!("the database's log can't be synced: {error}")))?;
        self.served.store(all, Ordering::SeqCst);
        Ok(())
    }
}

/// Runs a use case, and up to seven times more while the database undoes its transaction
/// in favour of somebody else's ([`codes::BUSY`]). For use cases that are repeatable as a
/// whole: what they did outside of the transaction that was undone is done again.
pub async fn repeat<T, F, Fut>(mut use_case: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    // One import in another order than shoppers takes a second to lose against each of them,
    // and each of them to lose against it: with few attempts somebody loses them all.
    let began = tokio::time::Instant::now();
    for pause in [10, 50, 250, 500, 1000, 1000, 1000] {
        match use_case().await {
            Err(error) if error.is(codes::BUSY) && began.elapsed() < PATIENCE => {
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

/// After this nobody is kept waiting by another attempt: each may wait for a lock itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// Rows inserted by one statement: far from both databases' limits of bound values.
pub(crate) const ROWS: usize = 500;

/// The URL of the SQLite file in a data folder.
pub fn sqlite_url(data: &Path) -> String {
    format!("sqlite:{}", data.join("stoa.db").display())
}

fn readers() -> u32 {
    std::thread::available_parallelism().map_or(4, |cores| cores.get() as u32 * 2).max(4)
}

/// The file of `sqlite:PATH` or `sqlite://PATH?…`.
fn sqlite_path(url: &str) -> &str {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    path.split('?').next().unwrap_or(path)
}

async fn sqlite(url: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", sqlite_path(url)));
    options
        .max_connections(connections)
        .min_connections(1)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(60))
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "NORMAL")
                .pragma("foreign_keys", "ON")
                .pragma("busy_timeout", "30000")
                .pragma("cache_size", "-8000")
                .pragma("temp_store", "MEMORY")
                .statement_cache_capacity(512)
        });
    Database::connect(options).await
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A log whose syncs say when they begin and end when they are let.
    fn watched() -> (Arc<Log>, mpsc::Receiver<()>, mpsc::Sender<io::Result<()>>) {
        let (begun, begins) = mpsc::channel();
        let (end, ends) = mpsc::channel();
        let (begun, ends) = (std::sync::Mutex::new(begun), std::sync::Mutex::new(ends));
        let log = Log::new(move || {
            begun.lock().unwrap().send(()).unwrap();
            ends.lock().unwrap().recv().unwrap()
        });
        (Arc::new(log), begins, end)
    }

    fn ask(log: &Arc<Log>) -> tokio::task::JoinHandle<Result<(), DbErr>> {
        let log = log.clone();
        tokio::spawn(async move { log.sync().await })
    }

    async fn asked(log: &Log, count: u64) {
        while log.asked.load(Ordering::SeqCst) < count {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_sync_serves_everybody_who_asked_before_it_began_and_nobody_after() {
        let (log, begins, end) = watched();
        let first = ask(&log);
        begins.recv().unwrap();
        let others: Vec<_> = (0..50).map(|_| ask(&log)).collect();
        asked(&log, 51).await;
        end.send(Ok(())).unwrap();
        first.await.unwrap().unwrap();
        // They asked while the first ran, which may have missed what they wrote.
        begins.recv().unwrap();
        assert!(others.iter().all(|other| !other.is_finished()));
        end.send(Ok(())).unwrap();
        for other in others {
            other.await.unwrap().unwrap();
        }
        assert!(begins.try_recv().is_err(), "two syncs in all");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_sync_that_fails_serves_nobody() {
        let (log, begins, end) = watched();
        let first = ask(&log);
        begins.recv().unwrap();
        end.send(Err(io::Error::other("the disk is gone"))).unwrap();
        assert!(first.await.unwrap().is_err());
        let second = ask(&log);
        begins.recv().unwrap();
        end.send(Ok(())).unwrap();
        second.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_commit_syncs_the_log_beside_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let url = sqlite_url(folder.path());
        let db = Db::connect(&url).await.unwrap();
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared("CREATE TABLE t (id INTEGER)").await.unwrap();
        db.commit(tx).await.unwrap();
        assert_eq!(db.synced(), Some(1));
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared("INSERT INTO t VALUES (1)").await.unwrap();
        db.commit_inside(tx).await.unwrap();
        assert_eq!(db.synced(), Some(1), "left to the next commit");
        // The log is where it is looked for: beside the file, and not empty.
        assert!(folder.path().join("stoa.db-wal").metadata().unwrap().len() > 0);
    }
}
