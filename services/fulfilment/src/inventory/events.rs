//! Jobs and schedules of inventory.

use stoa_kernel::{Cron, Error, JobHandler};

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
        run: |ctx, _| {
            Box::pin(async move {
                let found = verify_ledger(ctx).await?;
                for mismatch in &found {
                    tracing::error!(?mismatch, "stock is not the sum of its movements");
                }
                // A failed job is seen by an operator; a line in a log is not.
                if found.is_empty() {
                    Ok(())
                } else {
                    Err(Error::internal(format!("{} counters disagree", found.len())))
                }
            })
        },
    },
];

pub(super) const CRONS: &[Cron] = &[
    Cron { name: "inventory.sweep", schedule: "* * * * *", job: "inventory.sweep" },
    Cron { name: "inventory.verify", schedule: "41 2 * * *", job: "inventory.verify" },
];
