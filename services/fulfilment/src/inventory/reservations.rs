//! Reservations: all lines or none, for a while, and their end.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde_json::{Value, json};
use stoa_fulfilment_entities::{allocation, reservation, reservation_line};
use stoa_fulfilment_types::{CreateReservation, ReservationLineView, ReservationState, ReservationView};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Scope, Tx, db, events, new_id};
use stoa_types::{DateTime, Id, Location, Order, Reservation, Seller, Sku, Utc, Uuid};

use super::{
    INVENTORY_RESERVE, QUANTITY_INVALID, RESERVATION_OVER, TEXT_INVALID,
    model::{Counters, LARGEST_QUANTITY, MOST_LINES, take},
    shelf::{Place, Shelf, expired, insufficient, of_reservation, set_held},
};

/// What to hold, for whom and until when.
pub struct NewReservation {
    /// What it is for, such as the cart's id. At most one active reservation has it.
    pub reference: String,
    /// SKU, its seller, units (at least 1). The same SKU on two lines is summed.
    pub lines: Vec<(Id<Sku>, Id<Seller>, i64)>,
    pub expires_at: DateTime<Utc>,
}

/// Holds all lines or, with [`super::INSUFFICIENT_STOCK`], none; then nothing was
/// written. Replaces the active reservation of the same reference, whose units count
/// as free meanwhile. Two at once for one reference must queue on a row of the
/// caller's; otherwise the second is refused.
pub async fn reserve(tx: &Tx, ctx: &Ctx, new: NewReservation) -> Result<Id<Reservation>> {
    reserve_for(tx, ctx, new, None).await
}

async fn reserve_for(
    tx: &Tx,
    ctx: &Ctx,
    new: NewReservation,
    owner: Option<Uuid>,
) -> Result<Id<Reservation>> {
    let mut wanted: BTreeMap<Uuid, i64> = BTreeMap::new();
    for (sku, _, quantity) in &new.lines {
        let units = wanted.entry(sku.uuid()).or_default();
        *units = units.saturating_add(*quantity);
        if *quantity < 1 || *units > LARGEST_QUANTITY {
            return Err(QUANTITY_INVALID.error("Reserve at least 1 and at most 1,000,000 of each."));
        }
    }
    let old = reservation::Entity::find()
        .filter(reservation::Column::ActiveReference.eq(&new.reference))
        .one(tx)
        .await?
        .map(|row| row.id);
    let mut skus: BTreeSet<Uuid> = wanted.keys().copied().collect();
    if let Some(old) = old {
        skus.extend(lines_of(tx, old).await?.iter().map(|line| line.sku_id));
    }
    let mut shelf = Shelf::lock(tx, ctx, &skus, old).await?;
    // Read again now that nobody else can change it.
    let replaced = match old {
        Some(old) => Ending::of(tx, old, &mut shelf, ctx, "release").await?,
        None => None,
    };
    let mut short = Vec::new();
    let mut taken = Vec::new();
    for (sku, quantity) in wanted {
        match take(&shelf.places(sku), quantity) {
            Some(places) => taken.extend(places),
            None => short.push((sku, shelf.available(sku))),
        }
    }
    if !short.is_empty() {
        return Err(insufficient(&short));
    }
    if let Some(replaced) = replaced {
        replaced.write(tx, ctx, ReservationState::Released, "replaced").await?;
    }
    let id = new_id::<Reservation>();
    let row = reservation::ActiveModel {
        id: Set(id.uuid()),
        reference: Set(new.reference.clone()),
        active_reference: Set(Some(new.reference.clone())),
        state: Set(ReservationState::Active.as_str().to_owned()),
        order_id: Set(None),
        seller_id: Set(owner),
        expires_at: Set(new.expires_at),
        version: Set(1),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    let inserted = reservation::Entity::insert(row)
        .on_conflict_do_nothing_on([reservation::Column::ActiveReference])
        .exec_without_returning(tx)
        .await?;
    if !db::inserted(&inserted) {
        return Err(stoa_kernel::error::codes::CONFLICT
            .error("Another request is reserving for the same purpose. Try again."));
    }
    let mut lines = Vec::with_capacity(taken.len());
    for (place, quantity) in &taken {
        let operation = format!("reserve:{}:1", id.uuid());
        shelf.shift(*place, "reserve", Counters::reserved(*quantity), &operation, ctx, None)?;
        let seller = shelf.row(*place).map_or(Uuid::nil(), |row| row.seller_id);
        lines.push(reservation_line::ActiveModel {
            reservation_id: Set(id.uuid()),
            sku_id: Set(place.0),
            location_id: Set(place.1),
            seller_id: Set(seller),
            quantity: Set(*quantity),
            held: Set(true),
        });
    }
    if !lines.is_empty() {
        reservation_line::Entity::insert_many(lines).exec_without_returning(tx).await?;
    }
    shelf.save(tx, ctx).await?;
    let data = json!({
        "reservation": id,
        "reference": new.reference,
        "expires_at": new.expires_at,
        "lines": taken.iter().map(|(place, units)| line_json(*place, *units)).collect::<Vec<_>>(),
    });
    events::emit(tx, ctx, NewEvent::new("stock.reserved", id, 1).data(data)).await?;
    Ok(id)
}

/// Moves the end of a reservation. One that ran out takes its stock again, or is
/// refused with [`super::INSUFFICIENT_STOCK`] before anything was written.
pub async fn extend(tx: &Tx, ctx: &Ctx, id: Id<Reservation>, until: DateTime<Utc>) -> Result<()> {
    let (row, lines, mut shelf) = open(tx, ctx, id).await?;
    if !matches!(row.state.as_str(), "active" | "expired") {
        return Err(over(&row));
    }
    retake(&mut shelf, ctx, &row, &lines, Counters::reserved)?;
    for line in lines.iter().filter(|line| !line.held) {
        set_held(tx, row.id, place(line), true).await?;
    }
    shelf.save(tx, ctx).await?;
    change(tx, ctx, &row, ReservationState::Active, None, Some(until)).await
}

/// Turns a reservation into the order's allocation, in the transaction that places the
/// order. One that ran out takes its stock again; when that is gone it is refused with
/// [`super::INSUFFICIENT_STOCK`] and nothing was written, so the transaction may go on.
/// The same order again changes nothing.
pub async fn commit(tx: &Tx, ctx: &Ctx, id: Id<Reservation>, order: Id<Order>) -> Result<()> {
    let (row, lines, mut shelf) = open(tx, ctx, id).await?;
    match row.state.as_str() {
        "committed" if row.order_id == Some(order.uuid()) => return Ok(()),
        "active" | "expired" => {}
        _ => return Err(over(&row)),
    }
    retake(&mut shelf, ctx, &row, &lines, Counters::allocated)?;
    for line in lines.iter().filter(|line| line.held) {
        let moved = Counters { on_hand: 0, reserved: -line.quantity, allocated: line.quantity };
        shelf.shift(place(line), "allocate", moved, &format!("allocate:{}", row.id), ctx, None)?;
    }
    let allocations = lines.iter().map(|line| allocation::ActiveModel {
        order_id: Set(order.uuid()),
        sku_id: Set(line.sku_id),
        location_id: Set(line.location_id),
        seller_id: Set(line.seller_id),
        quantity: Set(line.quantity),
        shipped: Set(0),
        released: Set(0),
    });
    // An order may commit more than one reservation, as when a line is added to it.
    use allocation::Column::{LocationId, OrderId, Quantity, SkuId};
    let add = OnConflict::columns([OrderId, SkuId, LocationId])
        .value(Quantity, Expr::col((allocation::Entity, Quantity)).add(Expr::cust("excluded.quantity")))
        .to_owned();
    if !lines.is_empty() {
        allocation::Entity::insert_many(allocations).on_conflict(add).exec_without_returning(tx).await?;
        reservation_line::Entity::update_many()
            .col_expr(reservation_line::Column::Held, false.into())
            .filter(reservation_line::Column::ReservationId.eq(row.id))
            .exec(tx)
            .await?;
    }
    shelf.save(tx, ctx).await?;
    change(tx, ctx, &row, ReservationState::Committed, Some(order), None).await
}

/// Gives a reservation's units back. Released or expired ones stay as they are; a
/// committed one is refused with [`RESERVATION_OVER`].
pub async fn release(tx: &Tx, ctx: &Ctx, id: Id<Reservation>) -> Result<()> {
    let (row, _, mut shelf) = open(tx, ctx, id).await?;
    match row.state.as_str() {
        "active" => {}
        "committed" => return Err(over(&row)),
        _ => return Ok(()),
    }
    if let Some(ending) = Ending::of(tx, row.id, &mut shelf, ctx, "release").await? {
        shelf.save(tx, ctx).await?;
        ending.write(tx, ctx, ReservationState::Released, "released").await?;
    }
    Ok(())
}

/// Closes reservations whose time is over and gives back what they still hold; answers
/// how many. Each in a transaction of its own.
pub async fn sweep(ctx: &Ctx) -> Result<u64> {
    let due: Vec<Uuid> = reservation::Entity::find()
        .select_only()
        .column(reservation::Column::Id)
        .filter(reservation::Column::State.eq("active"))
        .filter(reservation::Column::ExpiresAt.lte(ctx.now))
        .order_by_asc(reservation::Column::ExpiresAt)
        .limit(500)
        .into_tuple()
        .all(ctx.db().read())
        .await?;
    let mut closed = 0;
    for id in due {
        let tx = ctx.db().begin().await?;
        let (row, _, mut shelf) = open(&tx, ctx, Id::new(id)).await?;
        if row.state != "active" || row.expires_at > ctx.now {
            tx.rollback().await?;
            continue;
        }
        if let Some(ending) = Ending::of(&tx, id, &mut shelf, ctx, "expire").await? {
            shelf.save(&tx, ctx).await?;
            ending.write(&tx, ctx, ReservationState::Expired, "expired").await?;
            closed += 1;
        }
        ctx.db().commit(tx).await?;
    }
    Ok(closed)
}

/// Makes a reservation for a caller of the API. A seller reserves its own SKUs only.
pub async fn create(ctx: &Ctx, input: CreateReservation) -> Result<ReservationView> {
    let scope = ctx.scope(INVENTORY_RESERVE)?;
    let mut fields = Fields::default();
    let reference = input.reference.trim();
    let fits = (1..=100).contains(&reference.chars().count()) && !reference.chars().any(char::is_control);
    fields.check(fits, "reference", TEXT_INVALID, "Say what it is for, in 1 to 100 characters.");
    let count = (1..=MOST_LINES).contains(&input.lines.len());
    fields.check(count, "lines", QUANTITY_INVALID, "Send 1 to 200 lines.");
    let seconds = input.expires_in_seconds.unwrap_or(ctx.app.settings.reservation.num_seconds());
    fields.check(
        (60..=86_400).contains(&seconds),
        "expires_in_seconds",
        QUANTITY_INVALID,
        "Use 60 to 86,400 seconds.",
    );
    let texts: Vec<String> = input.lines.iter().map(|line| line.sku.clone()).collect();
    let known = stoa_catalog::products::resolve_skus(ctx.db().read(), ctx, &texts).await?;
    let mut lines = Vec::with_capacity(input.lines.len());
    for (number, line) in input.lines.iter().enumerate() {
        let whole = (1..=LARGEST_QUANTITY).contains(&line.quantity);
        fields.check(whole, &format!("lines/{number}/quantity"), QUANTITY_INVALID, "Reserve 1 to 1,000,000.");
        match known.get(&line.sku) {
            Some((sku, seller)) if scope.allows(Some(seller.uuid()), "SKU").is_ok() => {
                lines.push((*sku, *seller, line.quantity))
            }
            _ => fields.add(
                format!("lines/{number}/sku"),
                stoa_kernel::error::codes::NOT_FOUND,
                "There is no such SKU.",
            ),
        }
    }
    fields.finish()?;
    // One caller's references are not another's.
    let owner = scope.seller();
    let owned = format!(
        "{}/{reference}",
        owner.map_or_else(|| "api".to_owned(), |seller| Id::<Seller>::new(seller).to_string())
    );
    let tx = ctx.db().begin().await?;
    let expires_at = ctx.now + TimeDelta::seconds(seconds);
    let id = reserve_for(&tx, ctx, NewReservation { reference: owned, lines, expires_at }, owner).await?;
    let view = view(&tx, id).await?;
    ctx.db().commit(tx).await?;
    Ok(view)
}

/// Releases a reservation for a caller of the API; the same again changes nothing.
pub async fn give_back(ctx: &Ctx, id: Id<Reservation>) -> Result<ReservationView> {
    let scope = ctx.scope(INVENTORY_RESERVE)?;
    let tx = ctx.db().begin().await?;
    let row = reservation::Entity::find_by_id(id.uuid())
        .one(&tx)
        .await?
        .ok_or_else(|| Error::not_found("reservation"))?;
    if let Scope::Seller(_) = scope {
        scope.allows(row.seller_id, "reservation")?;
    }
    release(&tx, ctx, id).await?;
    let view = view(&tx, id).await?;
    ctx.db().commit(tx).await?;
    Ok(view)
}

async fn view(tx: &Tx, id: Id<Reservation>) -> Result<ReservationView> {
    let row = reservation::Entity::find_by_id(id.uuid())
        .one(tx)
        .await?
        .ok_or_else(|| Error::not_found("reservation"))?;
    let lines = lines_of(tx, row.id).await?;
    Ok(ReservationView {
        id,
        reference: row.reference.split_once('/').map_or(row.reference.as_str(), |(_, text)| text).to_owned(),
        state: state_of(&row.state),
        expires_at: row.expires_at,
        lines: lines
            .iter()
            .map(|line| ReservationLineView {
                sku: Id::new(line.sku_id),
                location: Id::new(line.location_id),
                seller: Id::new(line.seller_id),
                quantity: line.quantity,
            })
            .collect(),
        version: row.version,
    })
}

fn state_of(text: &str) -> ReservationState {
    [ReservationState::Active, ReservationState::Committed, ReservationState::Released]
        .into_iter()
        .find(|state| state.as_str() == text)
        .unwrap_or(ReservationState::Expired)
}

fn place(line: &reservation_line::Model) -> Place {
    (line.sku_id, line.location_id)
}

fn line_json(place: Place, units: i64) -> Value {
    json!({ "sku": Id::<Sku>::new(place.0), "location": Id::<Location>::new(place.1), "quantity": units })
}

async fn lines_of(tx: &Tx, id: Uuid) -> Result<Vec<reservation_line::Model>> {
    Ok(reservation_line::Entity::find()
        .filter(reservation_line::Column::ReservationId.eq(id))
        .order_by_asc(reservation_line::Column::SkuId)
        .order_by_asc(reservation_line::Column::LocationId)
        .all(tx)
        .await?)
}

/// The reservation with its stock rows locked. Which SKUs it has never changes; its
/// state is read after the lock.
async fn open(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Reservation>,
) -> Result<(reservation::Model, Vec<reservation_line::Model>, Shelf)> {
    let skus: BTreeSet<Uuid> = lines_of(tx, id.uuid()).await?.iter().map(|line| line.sku_id).collect();
    let shelf = Shelf::lock(tx, ctx, &skus, Some(id.uuid())).await?;
    let row = reservation::Entity::find_by_id(id.uuid())
        .one(tx)
        .await?
        .ok_or_else(|| Error::not_found("reservation"))?;
    let lines = lines_of(tx, id.uuid()).await?;
    Ok((row, lines, shelf))
}

/// Takes again what was given back when the time was over, straight into the counter
/// where it belongs now.
fn retake(
    shelf: &mut Shelf,
    ctx: &Ctx,
    row: &reservation::Model,
    lines: &[reservation_line::Model],
    into: fn(i64) -> Counters,
) -> Result<()> {
    let lost: Vec<_> = lines.iter().filter(|line| !line.held).collect();
    let short: Vec<(Uuid, i64)> = lost
        .iter()
        .filter(|line| shelf.row(place(line)).is_none_or(|row| sellable_of(&row) < line.quantity))
        .map(|line| (line.sku_id, shelf.available(line.sku_id)))
        .collect();
    if !short.is_empty() {
        return Err(insufficient(&short));
    }
    for line in lost {
        let change = into(line.quantity);
        let kind = if change.allocated != 0 { "allocate" } else { "reserve" };
        let operation = format!("{kind}:{}:{}", row.id, row.version + 1);
        shelf.shift(place(line), kind, change, &operation, ctx, None)?;
    }
    Ok(())
}

fn sellable_of(row: &stoa_fulfilment_entities::stock_level::Model) -> i64 {
    super::model::sellable(row.on_hand, row.reserved, row.allocated, row.safety)
}

fn over(row: &reservation::Model) -> Error {
    RESERVATION_OVER.error("This reservation is over. Make a new one.").fact("state", &row.state)
}

/// Writes the new state; the version filter would catch a change past the lock.
async fn change(
    tx: &Tx,
    ctx: &Ctx,
    row: &reservation::Model,
    to: ReservationState,
    order: Option<Id<Order>>,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    let active = (to == ReservationState::Active).then(|| row.reference.clone());
    let mut update = reservation::Entity::update_many()
        .col_expr(reservation::Column::State, to.as_str().into())
        .col_expr(reservation::Column::ActiveReference, active.into())
        .col_expr(reservation::Column::Version, Expr::col(reservation::Column::Version).add(1))
        .col_expr(reservation::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(reservation::Column::Id.eq(row.id))
        .filter(reservation::Column::Version.eq(row.version));
    if let Some(order) = order {
        update = update.col_expr(reservation::Column::OrderId, Expr::value(order.uuid()));
    }
    if let Some(until) = until {
        update = update.col_expr(reservation::Column::ExpiresAt, Expr::value(until));
    }
    match update.exec(tx).await?.rows_affected {
        1 => Ok(()),
        _ => Err(over(row)),
    }
}

/// A reservation whose units are being given back.
struct Ending {
    row: reservation::Model,
    lines: Vec<reservation_line::Model>,
}

impl Ending {
    /// Notes on the shelf that the units come back; `None` when it is not active.
    async fn of(tx: &Tx, id: Uuid, shelf: &mut Shelf, ctx: &Ctx, kind: &str) -> Result<Option<Self>> {
        let Some(row) = reservation::Entity::find_by_id(id).one(tx).await? else { return Ok(None) };
        if row.state != "active" {
            return Ok(None);
        }
        let lines = lines_of(tx, id).await?;
        let operation = format!("{kind}:{id}:{}", row.version);
        for line in lines.iter().filter(|line| line.held) {
            shelf.shift(place(line), kind, Counters::reserved(-line.quantity), &operation, ctx, None)?;
        }
        Ok(Some(Self { row, lines }))
    }

    async fn write(self, tx: &Tx, ctx: &Ctx, to: ReservationState, reason: &str) -> Result<()> {
        reservation_line::Entity::update_many()
            .col_expr(reservation_line::Column::Held, false.into())
            .filter(reservation_line::Column::ReservationId.eq(self.row.id))
            .exec(tx)
            .await?;
        change(tx, ctx, &self.row, to, None, None).await?;
        let id = Id::<Reservation>::new(self.row.id);
        let data = json!({
            "reservation": id,
            "reference": self.row.reference,
            "reason": reason,
            "lines": self.lines.iter().map(|line| line_json(place(line), line.quantity)).collect::<Vec<_>>(),
        });
        events::emit(tx, ctx, NewEvent::new("stock.released", id, self.row.version + 1).data(data)).await
    }
}

/// Units that expired reservations still hold, by SKU; `None` counts every reservation
/// of this reference as free too.
pub(super) async fn free_to(
    conn: &impl sea_orm::ConnectionTrait,
    ctx: &Ctx,
    skus: &[Uuid],
    reference: Option<&str>,
) -> Result<Vec<(Uuid, Uuid, i64)>> {
    let mut free = sea_orm::Condition::any().add(expired(ctx));
    if let Some(reference) = reference {
        let own = sea_orm::Condition::all()
            .add(reservation_line::Column::Held.eq(true))
            .add(reservation::Column::ActiveReference.eq(reference));
        free = free.add(own);
    }
    Ok(reservation_line::Entity::find()
        .join(JoinType::InnerJoin, of_reservation())
        .select_only()
        .columns([
            reservation_line::Column::SkuId,
            reservation_line::Column::LocationId,
            reservation_line::Column::Quantity,
        ])
        .filter(reservation_line::Column::SkuId.is_in(skus.iter().copied()))
        .filter(free)
        .into_tuple()
        .all(conn)
        .await?)
}
