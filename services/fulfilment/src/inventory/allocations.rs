//! What orders are promised, and how it leaves or comes back.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, sea_query::Expr};
use stoa_fulfilment_entities::allocation;
use stoa_kernel::{Ctx, Error, Result, Tx};
use stoa_types::{Id, Order, Seller, Sku, Uuid};

use super::{
    NOT_ALLOCATED,
    levels::done_before,
    model::{Counters, take},
    shelf::Shelf,
};

/// What happens to an order's units.
#[derive(Clone, Copy)]
enum Act {
    Deallocate,
    Ship,
    Unship,
}

impl Act {
    const fn kind(self) -> &'static str {
        match self {
            Self::Deallocate => "deallocate",
            Self::Ship => "ship",
            Self::Unship => "unship",
        }
    }

    const fn change(self, units: i64) -> Counters {
        match self {
            Self::Deallocate => Counters::allocated(-units),
            Self::Ship => Counters { on_hand: -units, reserved: 0, allocated: -units },
            Self::Unship => Counters { on_hand: units, reserved: 0, allocated: units },
        }
    }

    /// Units of an allocation this can be done to.
    const fn open(self, row: &allocation::Model) -> i64 {
        match self {
            Self::Deallocate | Self::Ship => row.quantity - row.shipped - row.released,
            Self::Unship => row.shipped,
        }
    }
}

/// Gives units the order no longer wants back to the locations they were promised at.
/// Repeatable by `key`; refused with [`NOT_ALLOCATED`] when the order waits for fewer.
pub async fn deallocate(
    tx: &Tx,
    ctx: &Ctx,
    order: Id<Order>,
    lines: &[(Id<Sku>, Id<Seller>, i64)],
    key: &str,
) -> Result<()> {
    run(tx, ctx, order, lines, key, Act::Deallocate).await
}

/// Takes units off the shelf that leave with a parcel. Repeatable by `key`.
pub async fn ship(
    tx: &Tx,
    ctx: &Ctx,
    order: Id<Order>,
    lines: &[(Id<Sku>, Id<Seller>, i64)],
    key: &str,
) -> Result<()> {
    run(tx, ctx, order, lines, key, Act::Ship).await
}

/// Puts units of a withdrawn parcel back and promises them to the order again.
/// Repeatable by `key`.
pub async fn unship(
    tx: &Tx,
    ctx: &Ctx,
    order: Id<Order>,
    lines: &[(Id<Sku>, Id<Seller>, i64)],
    key: &str,
) -> Result<()> {
    run(tx, ctx, order, lines, key, Act::Unship).await
}

async fn run(
    tx: &Tx,
    ctx: &Ctx,
    order: Id<Order>,
    lines: &[(Id<Sku>, Id<Seller>, i64)],
    key: &str,
    act: Act,
) -> Result<()> {
    let mut wanted: BTreeMap<Uuid, i64> = BTreeMap::new();
    for (sku, _, units) in lines {
        if *units < 1 {
            return Err(Error::internal("a line without units"));
        }
        *wanted.entry(sku.uuid()).or_default() += units;
    }
    let skus: BTreeSet<Uuid> = wanted.keys().copied().collect();
    let mut shelf = Shelf::lock(tx, ctx, &skus, None).await?;
    let rows = allocation::Entity::find()
        .filter(allocation::Column::OrderId.eq(order.uuid()))
        .filter(allocation::Column::SkuId.is_in(skus))
        .order_by_asc(allocation::Column::LocationId)
        .all(tx)
        .await?;
    let operation = format!("{}:{}:{key}", act.kind(), order.uuid());
    let mut moves = Vec::new();
    for (sku, units) in wanted {
        if done_before(tx, &operation, sku).await? {
            continue;
        }
        let places: Vec<(Uuid, i64)> =
            rows.iter().filter(|row| row.sku_id == sku).map(|row| (row.location_id, act.open(row))).collect();
        let taken = take(&places, units).ok_or_else(|| {
            let open: i64 = places.iter().map(|(_, open)| open).sum();
            NOT_ALLOCATED
                .error("The order does not wait for that many.")
                .fact("sku", Id::<Sku>::new(sku))
                .fact("open", open)
        })?;
        moves.extend(taken.into_iter().map(|(location, units)| ((sku, location), units)));
    }
    for (place, units) in moves {
        write(tx, order, place, units, act).await?;
        shelf.shift(place, act.kind(), act.change(units), &operation, ctx, None)?;
    }
    shelf.save(tx, ctx).await
}

/// One guarded statement: never more than the order has there.
async fn write(tx: &Tx, order: Id<Order>, (sku, location): (Uuid, Uuid), units: i64, act: Act) -> Result<()> {
    use allocation::Column::{LocationId, OrderId, Quantity, Released, Shipped, SkuId};
    let own = allocation::Entity::update_many()
        .filter(OrderId.eq(order.uuid()))
        .filter(SkuId.eq(sku))
        .filter(LocationId.eq(location));
    let open = Expr::col(Quantity).sub(Expr::col(Shipped)).sub(Expr::col(Released));
    let update = match act {
        Act::Deallocate => own.col_expr(Released, Expr::col(Released).add(units)).filter(open.gte(units)),
        Act::Ship => own.col_expr(Shipped, Expr::col(Shipped).add(units)).filter(open.gte(units)),
        Act::Unship => {
            own.col_expr(Shipped, Expr::col(Shipped).sub(units)).filter(Expr::col(Shipped).gte(units))
        }
    };
    match update.exec(tx).await?.rows_affected {
        1 => Ok(()),
        _ => Err(Error::internal("an allocation changed under its lock")),
    }
}
