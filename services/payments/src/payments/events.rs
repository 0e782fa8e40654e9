//! Jobs and schedules of payments.

use stoa_kernel::{BoxFuture, Cron, Ctx, Job, JobHandler, Result, jobs};
use stoa_types::{Id, Payment, Uuid};

use super::{capture, confirm, model, queries::row, refund, sweep, void, webhooks};

/// What is asked of the provider is asked again for about half a day; the sweeper takes
/// up what is given up.
const ATTEMPTS: i32 = 20;
/// Questions a shopper's silent payment is asked about in its first minute.
const QUICK: i64 = 5;

pub(super) const JOBS: &[JobHandler] = &[
    JobHandler {
        kind: "payments.capture",
        attempts: ATTEMPTS,
        run: |ctx, job| Box::pin(async move { capture::run(ctx, jobs::payload::<Uuid>(job)?).await }),
    },
    JobHandler {
        kind: "payments.refund",
        attempts: ATTEMPTS,
        run: |ctx, job| Box::pin(async move { refund::run(ctx, jobs::payload::<Uuid>(job)?).await }),
    },
    JobHandler {
        kind: "payments.void",
        attempts: ATTEMPTS,
        run: |ctx, job| Box::pin(async move { void::run(ctx, jobs::payload::<Id<Payment>>(job)?).await }),
    },
    JobHandler { kind: "payments.sync", attempts: 3, run: poll },
    JobHandler {
        kind: "payments.webhook",
        attempts: ATTEMPTS,
        run: |ctx, job| Box::pin(async move { webhooks::process(ctx, jobs::payload::<Uuid>(job)?).await }),
    },
    JobHandler {
        kind: "payments.sweep",
        attempts: 5,
        run: |ctx, _| Box::pin(async move { sweep::sweep(ctx).await.map(|_| ()) }),
    },
    JobHandler {
        kind: "payments.clean_up",
        attempts: 3,
        run: |ctx, _| Box::pin(async move { webhooks::clean_up(ctx).await }),
    },
];

pub(super) const CRONS: &[Cron] = &[
    Cron { name: "payments.sweep", schedule: "*/20 * * * * *", job: "payments.sweep" },
    Cron { name: "payments.clean_up", schedule: "23 3 * * *", job: "payments.clean_up" },
];

/// Asks about a payment whose attempt got no answer, a few times in the first minute.
fn poll<'a>(ctx: &'a Ctx, job: &'a Job) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let (id, asked): (Id<Payment>, i64) = jobs::payload(job)?;
        let done = sweep::refresh(ctx, row(ctx.db().read(), id).await?).await?;
        if model::read(&done.state)? == stoa_payments_types::PaymentState::Processing && asked < QUICK {
            let ctx = ctx.renewed();
            let tx = ctx.db().begin().await?;
            confirm::enqueue_sync(&tx, &ctx, id, asked + 1).await?;
            ctx.db().commit(tx).await?;
        }
        Ok(())
    })
}
