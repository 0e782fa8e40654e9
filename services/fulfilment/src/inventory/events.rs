//! Jobs and schedules of inventory.

use serde_json::json;
use stoa_kernel::{Cron, Ctx, JobHandler, Result, audit};

use super::{reservations::sweep, verify_ledger};

/// Closes reservations whose time is over; checks the ledger at night.
pub(super) const JOBS: &[JobHandler] = &[
    JobHandler {
        kind: "inventory.sweep",
        attempts: 3,
        run: |ctx, _| Box::pin(async move { sweep(ctx).await.map(|_| ()) }),
    },
    JobHandler {
        kind: "inventory.verify",
        attempts: 3,
        run: |ctx, _| Box::pin(async move { verify(ctx).await.map(|_| ()) }),
    },
];

/// Looks for counters that disagree with their movements and reports each to the log and
/// the audit trail; answers how many. Finding some is what the check is for, so it has not
/// failed.
async fn verify(ctx: &Ctx) -> Result<usize> {
    let found = verify_ledger(ctx).await?;
    if found.is_empty() {
        return Ok(0);
    }
    tracing::error!(counters = found.len(), "stock is not the sum of its movements");
    let tx = ctx.db().begin().await?;
    for mismatch in &found {
        tracing::error!(?mismatch, "stock is not the sum of its movements");
        let facts = json!({
            "location": mismatch.location, "counter": mismatch.counter, "stock": mismatch.stock,
            "ledger": mismatch.ledger, "promised": mismatch.promised,
        });
        let entry = audit::Entry::new("inventory.mismatch_found", mismatch.sku);
        audit::record(&tx, ctx, entry.facts(facts)).await?;
    }
    ctx.db().commit(tx).await?;
    Ok(found.len())
}

pub(super) const CRONS: &[Cron] = &[
    Cron { name: "inventory.sweep", schedule: "* * * * *", job: "inventory.sweep" },
    Cron { name: "inventory.verify", schedule: "41 2 * * *", job: "inventory.verify" },
];
