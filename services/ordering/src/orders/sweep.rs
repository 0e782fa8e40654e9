//! Work that places orders nobody has come back for.

use chrono::TimeDelta;
use stoa_kernel::{Cron, Ctx, ErrorKind, JobHandler, Result, db, jobs};
use stoa_payments::payments;
use stoa_types::{Id, Payment};

use super::{codes, complete::complete_in};

/// How long the shopper's own return and the provider's message have the first turn.
const GRACE: TimeDelta = TimeDelta::seconds(30);

pub(super) const JOBS: &[JobHandler] = &[
    JobHandler {
        kind: "orders.complete",
        attempts: 12,
        run: |ctx, job| Box::pin(async move { place(ctx, jobs::payload(job)?).await }),
    },
    JobHandler {
        kind: "orders.sweep",
        attempts: 3,
        run: |ctx, _| Box::pin(async move { sweep(ctx).await.map(|_| ()) }),
    },
];

pub(super) const CRONS: &[Cron] =
    &[Cron { name: "orders.sweep", schedule: "* * * * *", job: "orders.sweep" }];

/// Completes one payment. A refusal has given the money back and is an outcome, not a
/// failure.
async fn place(ctx: &Ctx, payment: Id<Payment>) -> Result<()> {
    db::repeat(|| place_once(ctx, payment)).await
}

async fn place_once(ctx: &Ctx, payment: Id<Payment>) -> Result<()> {
    let tx = ctx.db().begin().await?;
    match complete_in(&tx, ctx, payment).await {
        Ok(_) => Ok(ctx.db().commit(tx).await?),
        Err(error) if error.is(codes::NOT_PAID) || error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Completes every authorised payment no order has; answers how many were looked at. One
/// that fails does not keep the others.
pub async fn sweep(ctx: &Ctx) -> Result<u64> {
    let waiting = payments::unclaimed(ctx.db().read(), ctx.now - GRACE).await?;
    for intent in &waiting {
        if let Err(error) = place(&ctx.renewed(), intent.id).await {
            tracing::error!(payment = %intent.id, %error, "a paid cart could not become an order");
        }
    }
    Ok(waiting.len() as u64)
}
