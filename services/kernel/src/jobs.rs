//! Jobs: enqueued in the transaction of the change, claimed by one worker, retried
//! with back-off, set aside as `dead` when they keep failing.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt, future::BoxFuture};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult,
    QueryFilter, QuerySelect, Statement, sea_query::Expr,
};
use serde::{Serialize, de::DeserializeOwned};
use stoa_kernel_entities::{cron_run, job};
use stoa_types::{Id, Job as JobKind, Uuid};
use tokio::sync::watch;

use crate::{App, Ctx, Error, Result, db, events, new_id};

/// A claimed job as its handler sees it.
pub type Job = job::Model;

/// How long a worker may go without a sign of life before another takes the job.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// Runs jobs of one kind. A handler may run twice (a crash after its effect), so it
/// must be repeatable.
pub struct JobHandler {
    /// `<service>.<what>`.
    pub kind: &'static str,
    pub attempts: i32,
    pub run: for<'a> fn(&'a Ctx, &'a Job) -> BoxFuture<'a, Result<()>>,
}

/// A schedule (UTC, five fields) that enqueues a job once per due minute, whichever
/// process comes first.
pub struct Cron {
    pub name: &'static str,
    pub schedule: &'static str,
    pub job: &'static str,
}

/// When and under which key a job is enqueued.
#[derive(Default)]
pub struct Options {
    /// Not before; now unless told.
    pub run_at: Option<DateTime<Utc>>,
    /// While a job with this key waits or runs, another is not enqueued.
    pub unique_key: Option<String>,
}

/// Enqueues in the caller's transaction.
pub async fn enqueue(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    kind: &'static str,
    payload: impl Serialize,
) -> Result<Id<JobKind>> {
    enqueue_with(conn, ctx, kind, payload, Options::default()).await
}

/// [`enqueue`] with a time or a key.
pub async fn enqueue_with(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    kind: &str,
    payload: impl Serialize,
    options: Options,
) -> Result<Id<JobKind>> {
    let handler =
        ctx.app.job_handler(kind).ok_or_else(|| Error::internal(format!("no handler for job {kind}")))?;
    let id = new_id::<JobKind>();
    let row = job::ActiveModel {
        id: Set(id.uuid()),
        kind: Set(kind.to_owned()),
        payload: Set(serde_json::to_value(payload)?),
        state: Set("queued".to_owned()),
        unique_key: Set(options.unique_key),
        run_at: Set(options.run_at.unwrap_or(ctx.now)),
        attempts: Set(0),
        max_attempts: Set(handler.attempts),
        locked_by: Set(None),
        locked_until: Set(None),
        progress_done: Set(0),
        progress_total: Set(None),
        last_error: Set(None),
        created_at: Set(ctx.now),
        finished_at: Set(None),
    };
    job::Entity::insert(row)
        .on_conflict_do_nothing_on([job::Column::UniqueKey])
        .exec_without_returning(conn)
        .await?;
    Ok(id)
}

/// The job's payload as `T`.
pub fn payload<T: DeserializeOwned>(job: &Job) -> Result<T> {
    Ok(serde_json::from_value(job.payload.clone())?)
}

/// Shows progress and keeps the job's lease alive.
pub async fn progress(ctx: &Ctx, job: &Job, done: i64, total: Option<i64>) -> Result<()> {
    job::Entity::update_many()
        .col_expr(job::Column::ProgressDone, done.into())
        .col_expr(job::Column::ProgressTotal, total.into())
        .col_expr(job::Column::LockedUntil, (ctx.app.now() + LEASE).into())
        .filter(job::Column::Id.eq(job.id))
        .exec(ctx.db().write())
        .await?;
    Ok(())
}

/// Claims the next due job, or one whose worker has gone silent.
async fn claim(app: &App, worker: &str) -> Result<Option<Job>> {
    let now = app.now();
    // A look by a reader first, so that an idle worker never takes the writer.
    let due = Condition::any()
        .add(job::Column::State.eq("queued").and(job::Column::RunAt.lte(now)))
        .add(job::Column::State.eq("running").and(job::Column::LockedUntil.lt(now)));
    let any =
        job::Entity::find().filter(due).select_only().column(job::Column::Id).limit(1).into_tuple::<Uuid>();
    if any.one(app.db.read()).await?.is_none() {
        return Ok(None);
    }
    let skip = if app.db.is_sqlite() { "" } else { " FOR UPDATE SKIP LOCKED" };
    let sql = format!(
        "UPDATE job SET state = 'running', locked_by = $1, locked_until = $2, attempts = attempts + 1 \
         WHERE id = (SELECT id FROM job WHERE (state = 'queued' AND run_at <= $3) \
                     OR (state = 'running' AND locked_until < $3) ORDER BY run_at, id LIMIT 1{skip}) \
         RETURNING *"
    );
    let values = [worker.into(), (now + LEASE).into(), now.into()];
    let row =
        app.db.write().query_one_raw(Statement::from_sql_and_values(app.db.backend(), sql, values)).await?;
    Ok(row.map(|row| Job::from_query_result(&row, "")).transpose()?)
}

/// Runs one due job; false when there was none.
pub async fn work_once(app: &App, worker: &str) -> Result<bool> {
    let Some(job) = claim(app, worker).await? else { return Ok(false) };
    let ctx = Ctx::system(app);
    let outcome = match app.job_handler(&job.kind) {
        None => Err(Error::internal(format!("no handler for job {}", job.kind))),
        Some(handler) => {
            let run = std::panic::AssertUnwindSafe((handler.run)(&ctx, &job)).catch_unwind();
            let lease = keep_lease(app, job.id);
            tokio::select! {
                outcome = run => outcome.unwrap_or_else(|_| Err(Error::internal("the job panicked"))),
                error = lease => Err(error),
            }
        }
    };
    finish(app, &job, outcome).await?;
    Ok(true)
}

/// Renews the lease while the handler runs; only ends by failing.
async fn keep_lease(app: &App, id: Uuid) -> Error {
    loop {
        tokio::time::sleep(Duration::from_secs(40)).await;
        let renewed = job::Entity::update_many()
            .col_expr(job::Column::LockedUntil, (app.now() + LEASE).into())
            .filter(job::Column::Id.eq(id))
            .exec(app.db.write())
            .await;
        if let Err(error) = renewed {
            return error.into();
        }
    }
}

async fn finish(app: &App, job: &Job, outcome: Result<()>) -> Result<()> {
    let now = app.now();
    let update = job::Entity::update_many()
        .filter(job::Column::Id.eq(job.id))
        .filter(job::Column::Attempts.eq(job.attempts));
    let none: Option<String> = None;
    let update = match outcome {
        Ok(()) => update
            .col_expr(job::Column::State, "done".into())
            .col_expr(job::Column::UniqueKey, Expr::value(none))
            .col_expr(job::Column::FinishedAt, now.into()),
        Err(error) => {
            let dead = job.attempts >= job.max_attempts;
            tracing::warn!(kind = %job.kind, attempt = job.attempts, dead, %error, "job failed");
            let state = if dead { "dead" } else { "queued" };
            let mut update = update
                .col_expr(job::Column::State, state.into())
                .col_expr(job::Column::RunAt, (now + events::back_off(job.attempts)).into())
                .col_expr(
                    job::Column::LastError,
                    error.to_string().chars().take(2000).collect::<String>().into(),
                );
            if dead {
                update = update.col_expr(job::Column::UniqueKey, Expr::value(none));
            }
            update
        }
    };
    update.exec(app.db.write()).await?;
    Ok(())
}

/// Enqueues what the schedules say is due in this minute.
pub async fn tick(app: &App) -> Result<()> {
    let ctx = Ctx::system(app);
    // Schedules have whole minutes; a slot is named by its beginning.
    let slot = DateTime::from_timestamp(ctx.now.timestamp().div_euclid(60) * 60, 0).unwrap_or(ctx.now);
    for cron in app.modules.iter().flat_map(|module| module.crons) {
        let schedule: croner::Cron =
            cron.schedule.parse().map_err(|_| Error::internal(format!("bad schedule of {}", cron.name)))?;
        if !schedule.is_time_matching(&slot).unwrap_or(false) {
            continue;
        }
        let tx = app.db.begin().await?;
        let row = cron_run::ActiveModel { name: Set(cron.name.to_owned()), slot: Set(slot) };
        let first =
            cron_run::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&tx).await?;
        if db::inserted(&first) {
            cron_run::Entity::delete_many()
                .filter(cron_run::Column::Name.eq(cron.name))
                .filter(cron_run::Column::Slot.lt(slot - TimeDelta::days(1)))
                .exec(&tx)
                .await?;
            let options = Options { unique_key: Some(format!("cron:{}", cron.name)), ..Options::default() };
            enqueue_with(&tx, &ctx, cron.job, serde_json::Value::Null, options).await?;
            app.db.commit(tx).await?;
        } else {
            tx.rollback().await?;
        }
    }
    Ok(())
}

/// Runs relay, schedules and `workers` job loops until `stop` turns true.
pub async fn run(app: App, workers: usize, stop: watch::Receiver<bool>) {
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(drive(app.clone(), stop.clone(), "relay", |app| async move {
        Ok(events::relay_once(&app).await? > 0)
    }));
    for number in 0..workers.max(1) {
        let name = format!("{}-{number}", std::process::id());
        tasks.spawn(drive(app.clone(), stop.clone(), "worker", move |app| {
            let name = name.clone();
            async move { work_once(&app, &name).await }
        }));
    }
    let (app, mut stop) = (app, stop);
    tasks.spawn(async move {
        while !*stop.borrow() {
            if let Err(error) = tick(&app).await {
                tracing::error!(%error, "schedules not run");
            }
            tokio::select! {
                _ = tokio::time::sleep(Duration::from_secs(20)) => {}
                _ = stop.changed() => {}
            }
        }
    });
    while tasks.join_next().await.is_some() {}
}

/// Repeats `step` while it finds work, then waits for a commit, a second, or the stop.
async fn drive<F, Fut>(app: App, mut stop: watch::Receiver<bool>, what: &'static str, step: F)
where
    F: Fn(App) -> Fut,
    Fut: Future<Output = Result<bool>>,
{
    let mut commits = app.db.commits();
    while !*stop.borrow() {
        commits.mark_unchanged();
        match step(app.clone()).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(what, %error, "background step failed"),
        }
        tokio::select! {
            _ = commits.changed() => {}
            _ = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Runs everything that is due until nothing is left: for tests and the command line.
/// Jobs that wait for a later time stay.
pub async fn drain(app: &App) -> Result<()> {
    loop {
        let mut busy = events::relay_once(app).await? > 0;
        while work_once(app, "drain").await? {
            busy = true;
        }
        if !busy {
            return Ok(());
        }
    }
}
