//! Changing what lies on the shelf.

use std::collections::BTreeSet;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use serde_json::json;
use stoa_fulfilment_entities::{location, stock_level, stock_movement};
use stoa_fulfilment_types::{AdjustStock, StockView};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Scope, Tx, audit, db, events, text::nfc};
use stoa_types::{Id, Location, Seller, Sku, Uuid};

use super::{
    INVENTORY_ADJUST, QUANTITY_INVALID, TEXT_INVALID,
    model::{Counters, LARGEST_DELTA},
    queries::view,
    shelf::Shelf,
};

/// The code of the location a seller starts with.
const FIRST: &str = "main";

/// Adds `delta` units (takes away when negative) at the seller's first location, which
/// is made on first use. The same `key` for the same SKU changes stock once. Asks no
/// permission: the caller has.
pub async fn adjust_in(
    tx: &Tx,
    ctx: &Ctx,
    sku: Id<Sku>,
    seller: Id<Seller>,
    delta: i64,
    reason: &str,
    key: &str,
) -> Result<()> {
    let location = ensure_row(tx, ctx, sku.uuid(), seller.uuid()).await?;
    adjust_at(tx, ctx, sku.uuid(), location, delta, reason, key).await
}

/// Makes the seller's first location hold exactly `on_hand` units; true when that
/// changed something. `key` names this action, as in [`adjust_in`].
pub async fn set_in(
    tx: &Tx,
    ctx: &Ctx,
    sku: Id<Sku>,
    seller: Id<Seller>,
    on_hand: i64,
    reason: &str,
    key: &str,
) -> Result<bool> {
    let location = ensure_row(tx, ctx, sku.uuid(), seller.uuid()).await?;
    let shelf = Shelf::lock(tx, ctx, &BTreeSet::from([sku.uuid()]), None).await?;
    let stored = shelf.row((sku.uuid(), location)).map_or(0, |row| row.on_hand);
    if stored == on_hand {
        return Ok(false);
    }
    adjust_on(shelf, tx, ctx, sku.uuid(), location, on_hand - stored, reason, key).await
}

/// Changes stock for a caller of the API, at one location; the same idempotency key
/// again changes nothing. `sku` is an id, or the seller's own code.
pub async fn adjust(ctx: &Ctx, sku: &str, input: AdjustStock, key: &str) -> Result<StockView> {
    let scope = ctx.scope(INVENTORY_ADJUST)?;
    let mut fields = Fields::default();
    let fits = input.delta != 0 && input.delta.unsigned_abs() <= LARGEST_DELTA as u64;
    fields.check(
        fits,
        "delta",
        QUANTITY_INVALID,
        "Enter a whole number other than 0, at most 1,000,000,000 either way.",
    );
    let reason = &*nfc(input.reason.trim());
    let said = (1..=500).contains(&reason.chars().count()) && !reason.chars().any(char::is_control);
    fields.check(said, "reason", TEXT_INVALID, "Say why, in 1 to 500 characters.");
    fields.finish()?;
    db::repeat(|| adjust_once(ctx, sku, &input, reason, key, scope)).await
}

async fn adjust_once(
    ctx: &Ctx,
    sku: &str,
    input: &AdjustStock,
    reason: &str,
    key: &str,
    scope: Scope,
) -> Result<StockView> {
    let sku = stoa_catalog::products::resolve_sku(ctx.db().read(), ctx, sku).await?;
    let seller = stoa_catalog::products::sku_seller(ctx.db().read(), sku).await?;
    scope.allows(Some(seller.uuid()), "SKU")?;
    let tx = ctx.db().begin().await?;
    let location = match input.location {
        None => ensure_row(&tx, ctx, sku.uuid(), seller.uuid()).await?,
        Some(id) => {
            let row = location::Entity::find_by_id(id.uuid()).one(&tx).await?;
            let row = row
                .filter(|row| row.seller_id == seller.uuid())
                .ok_or_else(|| Error::not_found("location"))?;
            insert_row(&tx, ctx, sku.uuid(), row.id, row.seller_id).await?;
            row.id
        }
    };
    let who = format!("api:{}:{key}", ctx.actor);
    adjust_at(&tx, ctx, sku.uuid(), location, input.delta, reason, &who).await?;
    let row = stock_level::Entity::find_by_id((sku.uuid(), location))
        .one(&tx)
        .await?
        .ok_or_else(|| Error::not_found("stock"))?;
    let entry =
        audit::Entry::new("inventory.adjusted", sku).seller(Some(seller)).reason(Some(reason.to_owned()));
    let facts =
        json!({ "location": Id::<Location>::new(location), "delta": input.delta, "on_hand": row.on_hand });
    audit::record(&tx, ctx, entry.facts(facts)).await?;
    ctx.db().commit(tx).await?;
    Ok(view(row))
}

/// The seller's first location, made if there is none.
pub async fn location_of(tx: &Tx, ctx: &Ctx, seller: Id<Seller>) -> Result<Id<Location>> {
    let known: Option<Uuid> = location::Entity::find()
        .select_only()
        .column(location::Column::Id)
        .filter(location::Column::SellerId.eq(seller.uuid()))
        .order_by_asc(location::Column::Id)
        .into_tuple()
        .one(tx)
        .await?;
    if let Some(id) = known {
        return Ok(Id::new(id));
    }
    // The seller's own id: two at once make the same row.
    let id = seller.uuid();
    let row = location::ActiveModel {
        id: Set(id),
        seller_id: Set(seller.uuid()),
        code: Set(FIRST.to_owned()),
        name: Set("Main location".to_owned()),
        created_at: Set(ctx.now),
    };
    // Whichever of its two unique keys the other one meets first.
    location::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(Id::new(id))
}

async fn ensure_row(tx: &Tx, ctx: &Ctx, sku: Uuid, seller: Uuid) -> Result<Uuid> {
    let location = location_of(tx, ctx, Id::new(seller)).await?.uuid();
    insert_row(tx, ctx, sku, location, seller).await?;
    Ok(location)
}

async fn insert_row(tx: &Tx, ctx: &Ctx, sku: Uuid, location: Uuid, seller: Uuid) -> Result<()> {
    let row = stock_level::ActiveModel {
        sku_id: Set(sku),
        location_id: Set(location),
        seller_id: Set(seller),
        on_hand: Set(0),
        reserved: Set(0),
        allocated: Set(0),
        safety: Set(0),
        version: Set(0),
        updated_at: Set(ctx.now),
    };
    stock_level::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(tx).await?;
    Ok(())
}

async fn adjust_at(
    tx: &Tx,
    ctx: &Ctx,
    sku: Uuid,
    location: Uuid,
    delta: i64,
    reason: &str,
    key: &str,
) -> Result<()> {
    let shelf = Shelf::lock(tx, ctx, &BTreeSet::from([sku]), None).await?;
    adjust_on(shelf, tx, ctx, sku, location, delta, reason, key).await.map(|_| ())
}

#[allow(clippy::too_many_arguments, reason = "the row, the change and its name")]
async fn adjust_on(
    mut shelf: Shelf,
    tx: &Tx,
    ctx: &Ctx,
    sku: Uuid,
    location: Uuid,
    delta: i64,
    reason: &str,
    key: &str,
) -> Result<bool> {
    let operation = format!("adjust:{key}");
    if done_before(tx, &operation, sku).await? {
        return Ok(false);
    }
    shelf.shift((sku, location), "adjust", Counters::on_hand(delta), &operation, ctx, Some(reason))?;
    let row = shelf.row((sku, location)).ok_or_else(|| Error::internal("no stock row"))?;
    let available = shelf.available(sku);
    shelf.save(tx, ctx).await?;
    let data = json!({
        "sku": Id::<Sku>::new(sku),
        "location": Id::<Location>::new(location),
        "delta": delta,
        "on_hand": row.on_hand,
        "available": available,
    });
    let event = NewEvent::new("inventory.adjusted", Id::<Sku>::new(sku), row.version + 1)
        .seller(Some(Id::new(row.seller_id)));
    events::emit(tx, ctx, event.data(data)).await?;
    Ok(true)
}

/// Whether this operation has moved this SKU already. Certain, since its rows are locked.
pub(super) async fn done_before(tx: &Tx, operation: &str, sku: Uuid) -> Result<bool> {
    let found: Option<Uuid> = stock_movement::Entity::find()
        .select_only()
        .column(stock_movement::Column::Id)
        .filter(stock_movement::Column::Operation.eq(operation))
        .filter(stock_movement::Column::SkuId.eq(sku))
        .limit(1)
        .into_tuple()
        .one(tx)
        .await?;
    Ok(found.is_some())
}
