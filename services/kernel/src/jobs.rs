//! Jobs: enqueued in the transaction of the change, claimed by one worker, retried
//! with back-off, set aside as `dead` when they keep failing, until [`retry`] puts them
//! back.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt, StreamExt, future::BoxFuture};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult,
    QueryFilter, QuerySelect, Statement, sea_query::Expr,
};
use serde::{Serialize, de::DeserializeOwned};
use stoa_kernel_entities::{cron_run, idempotency_key, job};
use stoa_types::{Id, Job as JobKind, Uuid};
use tokio::sync::watch;

use crate::{App, Ctx, Error, Result, db, events, new_id};

/// A claimed job as its handler sees it.
pub type Job = job::Model;

/// How long a worker may go without a sign of life before another takes the job.
const LEASE: TimeDelta = TimeDelta::seconds(20);
/// How often a worker gives one.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// How often a job's worker may be killed beyond the job's own attempts: often it is not
/// the job's fault, but one that takes its process along must not do so for ever.
const DEATHS: i32 = 10;
/// Length of a slot of the schedules.
const SLOT: i64 = 20;
/// Topic of the bus on which a process without workers says that there may be work.
const WORK: &str = "work";
/// Commits within this time are looked at, or told to others, once.
const TOGETHER: Duration = Duration::from_millis(50);
/// What [`drain`] calls itself.
const DRAIN: &str = "drain";

/// Runs jobs of one kind. A handler may run twice (a crash after its effect), so it
/// must be repeatable.
pub struct JobHandler {
    /// `<service>.<what>`.
    pub kind: &'static str,
    pub attempts: i32,
    pub run: for<'a> fn(&'a Ctx, &'a Job) -> BoxFuture<'a, Result<()>>,
}

/// A schedule in UTC that enqueues a job once per due slot of 20 seconds, whichever
/// process comes first. Five fields mean whole minutes; a sixth in front counts seconds,
/// of which 0, 20 and 40 are ever due.
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
    /// For work nobody waits for: it runs when nothing else is due, and never takes the
    /// last free worker.
    pub background: bool,
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
        background: Set(options.background),
        trace: Set(ctx.trace.clone()),
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

/// Shows how far a long job is; `stoa jobs list` tells it. Of a job that another worker has
/// taken over meanwhile nothing is written.
pub async fn progress(ctx: &Ctx, job: &Job, done: i64, total: i64) -> Result<()> {
    job::Entity::update_many()
        .col_expr(job::Column::ProgressDone, done.into())
        .col_expr(job::Column::ProgressTotal, Some(total).into())
        .filter(job::Column::Id.eq(job.id))
        .filter(job::Column::Attempts.eq(job.attempts))
        .exec(ctx.db().write())
        .await?;
    Ok(())
}

/// Puts a job that failed for good back in line, or all of them, with all its attempts
/// before it; answers how many. Others are left alone.
pub async fn retry(ctx: &Ctx, which: Option<Id<JobKind>>) -> Result<u64> {
    let mut update = job::Entity::update_many()
        .col_expr(job::Column::State, "queued".into())
        .col_expr(job::Column::Attempts, 0.into())
        .col_expr(job::Column::RunAt, ctx.now.into())
        .filter(job::Column::State.eq("dead"));
    if let Some(id) = which {
        update = update.filter(job::Column::Id.eq(id.uuid()));
    }
    Ok(update.exec(ctx.db().write()).await?.rows_affected)
}

/// Claims the next due job, or one whose worker has gone silent.
async fn claim(app: &App, worker: Worker<'_>) -> Result<Option<Job>> {
    let now = app.now();
    // A look by a reader first, so that an idle worker never takes the writer.
    let due = Condition::any()
        .add(job::Column::State.eq("queued").and(job::Column::RunAt.lte(now)))
        .add(job::Column::State.eq("running").and(job::Column::LockedUntil.lt(now)));
    let mut any = job::Entity::find().filter(due).select_only().column(job::Column::Id).limit(1);
    if !worker.background {
        any = any.filter(job::Column::Background.eq(false));
    }
    let any = any.into_tuple::<Uuid>();
    if any.one(app.db.read()).await?.is_none() {
        return Ok(None);
    }
    let skip = if app.db.is_sqlite() { "" } else { " FOR UPDATE SKIP LOCKED" };
    let which = if worker.background { "" } else { "NOT background AND " };
    let sql = format!(
        "UPDATE job SET state = 'running', locked_by = $1, locked_until = $2, attempts = attempts + 1 \
         WHERE id = (SELECT id FROM job WHERE {which}((state = 'queued' AND run_at <= $3) \
                     OR (state = 'running' AND locked_until < $3)) \
                     ORDER BY background, run_at, id LIMIT 1{skip}) \
         RETURNING *"
    );
    let values = [worker.name.into(), (now + LEASE).into(), now.into()];
    let row =
        app.db.write().query_one_raw(Statement::from_sql_and_values(app.db.backend(), sql, values)).await?;
    Ok(row.map(|row| Job::from_query_result(&row, "")).transpose()?)
}

/// Who works on a job.
#[derive(Debug, Clone, Copy)]
pub struct Worker<'a> {
    pub name: &'a str,
    /// Takes background jobs, too.
    pub background: bool,
}

/// Runs one due job; false when there was none.
pub async fn work_once(app: &App, worker: Worker<'_>) -> Result<bool> {
    let Some(job) = claim(app, worker).await? else { return Ok(false) };
    // What a handler sends out may rest on rows whose commit waited for no sync. A power cut
    // after a bank was asked must not undo the row whose id it was asked under.
    app.db.make_durable().await?;
    // What a job does belongs to the trace of what asked for it.
    let ctx = Ctx { trace: job.trace.clone(), ..Ctx::system(app) };
    let outcome = match app.job_handler(&job.kind) {
        None => Err(Error::internal(format!("no handler for job {}", job.kind))),
        Some(_) if job.attempts > job.max_attempts.saturating_add(DEATHS) => {
            Err(Error::internal("its worker was killed time and again"))
        }
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
        tokio::time::sleep(SIGN_OF_LIFE).await;
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

/// Enqueues what the schedules say is due in this slot.
pub async fn tick(app: &App) -> Result<()> {
    let ctx = Ctx::system(app);
    // A slot is named by its beginning.
    let slot = DateTime::from_timestamp(ctx.now.timestamp().div_euclid(SLOT) * SLOT, 0).unwrap_or(ctx.now);
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
            app.db.commit_inside(tx).await?;
        } else {
            tx.rollback().await?;
        }
    }
    Ok(())
}

/// Frees what a killed process left claimed: its jobs and the keys of its requests. Only
/// where this process is known to be the one that serves, before it takes requests;
/// elsewhere their leases end by themselves.
pub async fn take_over(app: &App) -> Result<()> {
    let jobs = job::Entity::update_many()
        .col_expr(job::Column::LockedUntil, Expr::value(app.now() - LEASE))
        .filter(job::Column::State.eq("running"))
        .filter(job::Column::LockedBy.ne(DRAIN))
        .exec(app.db.write())
        .await?;
    let keys = idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::Status.is_null())
        .exec(app.db.write())
        .await?;
    if jobs.rows_affected + keys.rows_affected > 0 {
        tracing::info!(
            jobs = jobs.rows_affected,
            requests = keys.rows_affected,
            "took over what was running when the last process ended"
        );
    }
    Ok(())
}

/// Runs relay, schedules and `workers` job loops until `stop` turns true. Where there are
/// several, the first leaves background jobs to the others.
pub async fn run(app: App, workers: usize, stop: watch::Receiver<bool>) {
    let mut tasks = tokio::task::JoinSet::new();
    let told = watch::Sender::new(());
    tasks.spawn(drive(app.clone(), stop.clone(), told.subscribe(), "relay", |app| async move {
        Ok(events::relay_once(&app).await? >= events::BATCH)
    }));
    for number in 0..workers.max(1) {
        let name = format!("{}-{number}", std::process::id());
        let background = number > 0 || workers <= 1;
        tasks.spawn(drive(app.clone(), stop.clone(), told.subscribe(), "worker", move |app| {
            let name = name.clone();
            async move { work_once(&app, Worker { name: &name, background }).await }
        }));
    }
    tasks.spawn(listen(app.clone(), stop.clone(), told));
    let (app, mut stop) = (app, stop);
    tasks.spawn(async move {
        while !*stop.borrow() {
            if let Err(error) = tick(&app).await {
                tracing::error!(%error, "schedules not run");
            }
            tokio::select! {
                // Twice a slot, so that none passes unseen.
                _ = tokio::time::sleep(Duration::from_secs(SLOT as u64 / 2)) => {}
                _ = stop.changed() => {}
            }
        }
    });
    while tasks.join_next().await.is_some() {}
}

/// Tells the workers of other processes, by the bus, that this one has committed: for a
/// process that has none itself. They would look each second anyway.
pub async fn announce(app: App, mut stop: watch::Receiver<bool>) {
    let mut commits = app.db.commits();
    while !*stop.borrow() {
        tokio::select! {
            _ = commits.changed() => {}
            _ = stop.changed() => continue,
        }
        if let Err(error) = app.bus.publish(WORK, &[]).await {
            tracing::debug!(%error, "other processes not told of work");
        }
        tokio::time::sleep(TOGETHER).await;
    }
}

/// Passes on what other processes announce.
async fn listen(app: App, mut stop: watch::Receiver<bool>, told: watch::Sender<()>) {
    while !*stop.borrow() {
        let mut words = match app.bus.subscribe(WORK).await {
            Ok(words) => words,
            Err(error) => {
                tracing::warn!(%error, "announcements of work not heard, will be tried again");
                tokio::select! {
                    _ = tokio::time::sleep(Duration::from_secs(30)) => continue,
                    _ = stop.changed() => continue,
                }
            }
        };
        loop {
            tokio::select! {
                word = words.next() => match word {
                    Some(_) => { told.send_replace(()); }
                    None => break,
                },
                _ = stop.changed() => return,
            }
        }
    }
}

/// Repeats `step` while it finds work, then waits for a commit of this process, word of
/// another, a second, or the stop.
async fn drive<F, Fut>(
    app: App,
    mut stop: watch::Receiver<bool>,
    mut told: watch::Receiver<()>,
    what: &'static str,
    step: F,
) where
    F: Fn(App) -> Fut,
    Fut: Future<Output = Result<bool>>,
{
    let mut commits = app.db.commits();
    while !*stop.borrow() {
        commits.mark_unchanged();
        told.mark_unchanged();
        let looked = tokio::time::Instant::now();
        match step(app.clone()).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(what, %error, "background step failed"),
        }
        tokio::select! {
            _ = commits.changed() => {}
            Ok(()) = told.changed() => {}
            _ = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => {}
        }
        // The first commit is looked at at once, those close behind it together: a look
        // costs as much for one as for many.
        tokio::time::sleep_until(looked + TOGETHER).await;
    }
}

/// Runs everything that is due until nothing is left: for tests and the command line.
/// Jobs that wait for a later time stay.
pub async fn drain(app: &App) -> Result<()> {
    loop {
        let mut busy = events::relay_once(app).await? > 0;
        while work_once(app, Worker { name: DRAIN, background: true }).await? {
            busy = true;
        }
        if !busy {
            return Ok(());
        }
    }
}
