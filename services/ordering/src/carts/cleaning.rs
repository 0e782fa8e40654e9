//! Forgetting carts nobody came back to.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};
use stoa_kernel::{Cron, Ctx, JobHandler, Result};
use stoa_ordering_entities::{cart, cart_checkout, cart_line};
use stoa_payments::payments;
use stoa_types::{Id, Uuid};

pub(super) const JOBS: &[JobHandler] = &[JobHandler {
    kind: "carts.clean_up",
    attempts: 3,
    run: |ctx, _| Box::pin(async move { clean_up(ctx).await.map(|_| ()) }),
}];

pub(super) const CRONS: &[Cron] =
    &[Cron { name: "carts.clean_up", schedule: "11 3 * * *", job: "carts.clean_up" }];

/// Carts deleted in one transaction, so that the writer is free in between.
const PORTION: u64 = 200;

/// Deletes open carts that nobody has changed for `keep_carts`, with their lines and
/// checkouts; answers how many. One with a payment that is not over stays: somebody may
/// come back from the bank. They hold no stock and were nobody's order, so nobody is told.
async fn clean_up(ctx: &Ctx) -> Result<u64> {
    let before = ctx.now - ctx.app.settings.keep_carts;
    let idle = || {
        cart::Entity::find()
            .select_only()
            .column(cart::Column::Id)
            .filter(cart::Column::State.eq("open"))
            .filter(cart::Column::UpdatedAt.lt(before))
            .order_by_asc(cart::Column::Id)
    };
    let mut deleted = 0;
    let mut last = Uuid::nil();
    loop {
        let seen: Vec<Uuid> =
            idle().filter(cart::Column::Id.gt(last)).limit(PORTION).into_tuple().all(ctx.db().read()).await?;
        let Some(end) = seen.last() else { return Ok(deleted) };
        last = *end;
        let tx = ctx.db().begin().await?;
        // Whoever changes a cart takes its row first; once it is ours, it is idle or not.
        let mut locked = idle().filter(cart::Column::Id.is_in(seen));
        if !ctx.db().is_sqlite() {
            locked = locked.lock(LockType::Update);
        }
        let carts: Vec<Id<_>> = locked.into_tuple().all(&tx).await?.into_iter().map(Id::new).collect();
        let live = payments::with_live(&tx, &carts).await?;
        let over: Vec<Uuid> =
            carts.iter().filter(|cart| !live.contains(cart)).map(|cart| cart.uuid()).collect();
        cart_line::Entity::delete_many()
            .filter(cart_line::Column::CartId.is_in(over.iter().copied()))
            .exec(&tx)
            .await?;
        cart_checkout::Entity::delete_many()
            .filter(cart_checkout::Column::CartId.is_in(over.iter().copied()))
            .exec(&tx)
            .await?;
        let done = cart::Entity::delete_many().filter(cart::Column::Id.is_in(over)).exec(&tx).await?;
        ctx.db().commit(tx).await?;
        deleted += done.rows_affected;
    }
}
