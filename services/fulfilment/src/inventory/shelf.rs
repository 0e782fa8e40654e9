//! The one place where counters change: locked rows, guarded statements, movements.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef,
    sea_query::{Expr, LockType},
};
use stoa_fulfilment_entities::{reservation, reservation_line, stock_level, stock_movement};
use stoa_kernel::{Ctx, Error, Result, Tx, new_id};
use stoa_types::{Id, Sku, StockMovement, Uuid};

use super::{
    INSUFFICIENT_STOCK,
    model::{Counters, sellable},
};

/// A SKU at a location.
pub(super) type Place = (Uuid, Uuid);

/// The stock rows of some SKUs, locked for this transaction.
///
/// Decide with [`Shelf::available`] and [`Shelf::places`], change with
/// [`Shelf::shift`], then [`Shelf::save`]: nothing is written before that, so a
/// refusal leaves the transaction clean.
pub(super) struct Shelf {
    rows: BTreeMap<Place, Row>,
    movements: Vec<stock_movement::ActiveModel>,
    /// Lines of expired reservations whose units were counted as free.
    freed: Vec<(Uuid, Place)>,
}

struct Row {
    stored: stock_level::Model,
    change: Counters,
    /// Whether the change was said to fit into what is available.
    guarded: bool,
}

impl Shelf {
    /// Locks the rows of these SKUs, in order, and frees what expired reservations
    /// still hold of them. `keep` is a reservation whose units stay held.
    pub async fn lock(tx: &Tx, ctx: &Ctx, skus: &BTreeSet<Uuid>, keep: Option<Uuid>) -> Result<Self> {
        let mut query = stock_level::Entity::find()
            .filter(stock_level::Column::SkuId.is_in(skus.iter().copied()))
            .order_by_asc(stock_level::Column::SkuId)
            .order_by_asc(stock_level::Column::LocationId);
        if !ctx.db().is_sqlite() {
            query = query.lock(LockType::Update);
        }
        let rows = query.all(tx).await?;
        let rows = rows
            .into_iter()
            .map(|stored| {
                (
                    (stored.sku_id, stored.location_id),
                    Row { stored, change: Counters::default(), guarded: false },
                )
            })
            .collect();
        let mut shelf = Self { rows, movements: Vec::new(), freed: Vec::new() };
        shelf.free_expired(tx, ctx, skus, keep).await?;
        Ok(shelf)
    }

    /// Gives back what reservations past their time hold. Their own rows are the
    /// sweeper's to close: touching them here could deadlock with another shopper who
    /// holds the rows of their other SKUs.
    async fn free_expired(
        &mut self,
        tx: &Tx,
        ctx: &Ctx,
        skus: &BTreeSet<Uuid>,
        keep: Option<Uuid>,
    ) -> Result<()> {
        let mut query = reservation_line::Entity::find()
            .join(JoinType::InnerJoin, of_reservation())
            .select_only()
            .columns([
                reservation_line::Column::ReservationId,
                reservation_line::Column::SkuId,
                reservation_line::Column::LocationId,
                reservation_line::Column::Quantity,
            ])
            .column(reservation::Column::Version)
            .filter(expired(ctx))
            .filter(reservation_line::Column::SkuId.is_in(skus.iter().copied()));
        if let Some(keep) = keep {
            query = query.filter(reservation_line::Column::ReservationId.ne(keep));
        }
        let lines: Vec<(Uuid, Uuid, Uuid, i64, i64)> = query.into_tuple().all(tx).await?;
        for (reservation, sku, location, quantity, version) in lines {
            let operation = format!("expire:{reservation}:{version}");
            self.shift((sku, location), "expire", Counters::reserved(-quantity), &operation, ctx, None)?;
            self.freed.push((reservation, (sku, location)));
        }
        Ok(())
    }

    /// What can be promised of a SKU, all its locations together.
    pub fn available(&self, sku: Uuid) -> i64 {
        self.places(sku).iter().map(|(_, units)| units).sum()
    }

    /// What each location of a SKU can promise, in the order in which it is taken.
    pub fn places(&self, sku: Uuid) -> Vec<(Place, i64)> {
        self.of(sku).map(|(place, row)| (*place, row.sellable())).collect()
    }

    /// The row as it will be, with the changes so far.
    pub fn row(&self, place: Place) -> Option<stock_level::Model> {
        self.rows.get(&place).map(Row::changed)
    }

    fn of(&self, sku: Uuid) -> impl Iterator<Item = (&Place, &Row)> {
        self.rows.range((sku, Uuid::nil())..=(sku, Uuid::max()))
    }

    /// Notes a change and its movement. What takes from availability is checked again
    /// by the statement that writes it.
    pub fn shift(
        &mut self,
        place: Place,
        kind: &str,
        change: Counters,
        operation: &str,
        ctx: &Ctx,
        reason: Option<&str>,
    ) -> Result<()> {
        let row =
            self.rows.get_mut(&place).ok_or_else(|| Error::internal("a stock row that was not locked"))?;
        row.change = row.change.plus(change);
        row.guarded |= kind != "adjust" && change.effect() < 0;
        self.movements.push(stock_movement::ActiveModel {
            id: Set(new_id::<StockMovement>().uuid()),
            sku_id: Set(place.0),
            location_id: Set(place.1),
            seller_id: Set(row.stored.seller_id),
            kind: Set(kind.to_owned()),
            delta_on_hand: Set(change.on_hand),
            delta_reserved: Set(change.reserved),
            delta_allocated: Set(change.allocated),
            operation: Set(operation.to_owned()),
            reason: Set(reason.map(str::to_owned)),
            actor: Set(ctx.actor.to_string()),
            at: Set(ctx.now),
        });
        Ok(())
    }

    /// Writes counters and movements, and tells the catalogue which SKUs can be bought
    /// now and could not before, or the other way round.
    pub async fn save(self, tx: &Tx, ctx: &Ctx) -> Result<()> {
        let mut before: BTreeMap<Uuid, i64> = BTreeMap::new();
        let mut after: BTreeMap<Uuid, i64> = BTreeMap::new();
        for (place, row) in &self.rows {
            let stored = &row.stored;
            *before.entry(place.0).or_default() +=
                sellable(stored.on_hand, stored.reserved, stored.allocated, stored.safety);
            *after.entry(place.0).or_default() += row.sellable();
            if row.change != Counters::default() {
                row.write(tx, ctx).await?;
            }
        }
        for (reservation, place) in self.freed {
            set_held(tx, reservation, place, false).await?;
        }
        if !self.movements.is_empty() {
            stock_movement::Entity::insert_many(self.movements).exec_without_returning(tx).await?;
        }
        for (sku, units) in after {
            let had = before.get(&sku).copied().unwrap_or(0) > 0;
            if had != (units > 0) {
                stoa_catalog::offers::record_stock(tx, ctx, Id::<Sku>::new(sku), units > 0).await?;
            }
        }
        Ok(())
    }
}

impl Row {
    fn changed(&self) -> stock_level::Model {
        let mut row = self.stored.clone();
        row.on_hand += self.change.on_hand;
        row.reserved += self.change.reserved;
        row.allocated += self.change.allocated;
        row
    }

    fn sellable(&self) -> i64 {
        let row = self.changed();
        sellable(row.on_hand, row.reserved, row.allocated, row.safety)
    }

    /// One statement: the counters move only if the result is allowed.
    async fn write(&self, tx: &Tx, ctx: &Ctx) -> Result<()> {
        use stock_level::Column::{
            Allocated, LocationId, OnHand, Reserved, Safety, SkuId, UpdatedAt, Version,
        };
        let change = self.change;
        let mut update = stock_level::Entity::update_many()
            .col_expr(OnHand, Expr::col(OnHand).add(change.on_hand))
            .col_expr(Reserved, Expr::col(Reserved).add(change.reserved))
            .col_expr(Allocated, Expr::col(Allocated).add(change.allocated))
            .col_expr(Version, Expr::col(Version).add(1))
            .col_expr(UpdatedAt, Expr::value(ctx.now))
            .filter(SkuId.eq(self.stored.sku_id))
            .filter(LocationId.eq(self.stored.location_id))
            .filter(Expr::col(Reserved).add(change.reserved).gte(0))
            .filter(Expr::col(Allocated).add(change.allocated).gte(0));
        if self.guarded && change.effect() < 0 {
            let available =
                Expr::col(OnHand).sub(Expr::col(Allocated)).sub(Expr::col(Reserved)).sub(Expr::col(Safety));
            update = update.filter(available.gte(-change.effect()));
        }
        if update.exec(tx).await?.rows_affected == 1 {
            return Ok(());
        }
        Err(insufficient(&[(self.stored.sku_id, 0)]))
    }
}

/// 409 naming every SKU that is short and what it has.
pub(super) fn insufficient(short: &[(Uuid, i64)]) -> Error {
    let wire = |sku: &Uuid| Id::<Sku>::new(*sku).to_string();
    let list: Vec<String> = short.iter().map(|(sku, units)| format!("{}={units}", wire(sku))).collect();
    let (sku, available) = short.first().map_or((String::new(), 0), |(sku, units)| (wire(sku), *units));
    let detail = match available {
        0 => "This is sold out.".to_owned(),
        1 => "Only 1 is left.".to_owned(),
        units => format!("Only {units} are left."),
    };
    INSUFFICIENT_STOCK
        .error(detail)
        .fact("sku", sku)
        .fact("available", available)
        .fact("shortages", list.join(","))
}

/// Lines that still hold units although their reservation's time is over.
pub(super) fn expired(ctx: &Ctx) -> Condition {
    Condition::all()
        .add(reservation_line::Column::Held.eq(true))
        .add(reservation::Column::State.eq("active"))
        .add(reservation::Column::ExpiresAt.lte(ctx.now))
}

/// The join from a line to its reservation.
pub(super) fn of_reservation() -> RelationDef {
    reservation_line::Entity::belongs_to(reservation::Entity)
        .from(reservation_line::Column::ReservationId)
        .to(reservation::Column::Id)
        .into()
}

/// Says whether a line holds its units. The caller has locked the stock row.
pub(super) async fn set_held(tx: &Tx, reservation: Uuid, (sku, location): Place, held: bool) -> Result<()> {
    let done = reservation_line::Entity::update_many()
        .col_expr(reservation_line::Column::Held, held.into())
        .filter(reservation_line::Column::ReservationId.eq(reservation))
        .filter(reservation_line::Column::SkuId.eq(sku))
        .filter(reservation_line::Column::LocationId.eq(location))
        .filter(reservation_line::Column::Held.eq(!held))
        .exec(tx)
        .await?;
    if done.rows_affected == 1 {
        Ok(())
    } else {
        Err(Error::internal("a reservation line changed under its lock"))
    }
}
