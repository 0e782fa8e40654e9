//! Reading stock.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stoa_fulfilment_entities::{location, stock_level};
use stoa_fulfilment_types::{AvailabilityView, StockView};
use stoa_kernel::{Ctx, Error, Result, Scope, page};
use stoa_types::{Id, Location, Page, PageQuery, Sku, Uuid};

use super::{INVENTORY_READ, model::sellable, reservations::free_to};

/// What can be promised of each SKU; every asked SKU is in the answer. Reservations
/// whose time is over count for nothing.
pub async fn available(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    skus: &[Id<Sku>],
) -> Result<HashMap<Id<Sku>, i64>> {
    count(conn, ctx, skus, None).await
}

/// [`available`] as the holder of `reference` sees it: its own active reservation does
/// not count against it.
pub async fn available_to(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    skus: &[Id<Sku>],
    reference: &str,
) -> Result<HashMap<Id<Sku>, i64>> {
    count(conn, ctx, skus, Some(reference)).await
}

async fn count(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    skus: &[Id<Sku>],
    reference: Option<&str>,
) -> Result<HashMap<Id<Sku>, i64>> {
    let mut totals: HashMap<Id<Sku>, i64> = skus.iter().map(|sku| (*sku, 0)).collect();
    if skus.is_empty() {
        return Ok(totals);
    }
    let ids: Vec<Uuid> = totals.keys().map(|sku| sku.uuid()).collect();
    let rows: Vec<(Uuid, Uuid, i64, i64, i64, i64)> = stock_level::Entity::find()
        .select_only()
        .columns([
            stock_level::Column::SkuId,
            stock_level::Column::LocationId,
            stock_level::Column::OnHand,
            stock_level::Column::Reserved,
            stock_level::Column::Allocated,
            stock_level::Column::Safety,
        ])
        .filter(stock_level::Column::SkuId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    // Nothing reserved means nothing to look for.
    let mut free: HashMap<(Uuid, Uuid), i64> = HashMap::new();
    if rows.iter().any(|row| row.3 > 0) {
        for (sku, location, units) in free_to(conn, ctx, &ids, reference).await? {
            *free.entry((sku, location)).or_default() += units;
        }
    }
    for (sku, location, on_hand, reserved, allocated, safety) in rows {
        let live = reserved - free.get(&(sku, location)).copied().unwrap_or(0);
        *totals.entry(Id::new(sku)).or_default() += sellable(on_hand, live, allocated, safety);
    }
    Ok(totals)
}

/// Units that lie on the shelf, all locations together; every asked SKU is in the answer.
pub async fn on_hand(conn: &impl ConnectionTrait, skus: &[Id<Sku>]) -> Result<HashMap<Id<Sku>, i64>> {
    let mut totals: HashMap<Id<Sku>, i64> = skus.iter().map(|sku| (*sku, 0)).collect();
    let rows: Vec<(Uuid, i64)> = stock_level::Entity::find()
        .select_only()
        .columns([stock_level::Column::SkuId, stock_level::Column::OnHand])
        .filter(stock_level::Column::SkuId.is_in(totals.keys().map(|sku| sku.uuid())))
        .into_tuple()
        .all(conn)
        .await?;
    for (sku, units) in rows {
        *totals.entry(Id::new(sku)).or_default() += units;
    }
    Ok(totals)
}

/// Stock rows in scope, by SKU and location; `sku` is an id or the seller's own code.
pub async fn levels(
    ctx: &Ctx,
    sku: Option<&str>,
    location: Option<Id<Location>>,
    query: &PageQuery,
) -> Result<Page<StockView>> {
    let scope = ctx.scope(INVENTORY_READ)?;
    let sku = match sku {
        None => None,
        Some(text) => Some(stoa_catalog::products::resolve_sku(ctx.db().read(), ctx, text).await?.uuid()),
    };
    let mut rows = stock_level::Entity::find();
    if let Scope::Seller(seller) = scope {
        rows = rows.filter(stock_level::Column::SellerId.eq(seller.uuid()));
    }
    if let Some(sku) = sku {
        rows = rows.filter(stock_level::Column::SkuId.eq(sku));
    }
    if let Some(location) = location {
        rows = rows.filter(stock_level::Column::LocationId.eq(location.uuid()));
    }
    paged(ctx, rows, query).await
}

/// What a location can sell of each SKU it keeps; reservations whose time is over count
/// for nothing.
pub async fn warehouse(ctx: &Ctx, id: Id<Location>, query: &PageQuery) -> Result<Page<AvailabilityView>> {
    let scope = ctx.scope(INVENTORY_READ)?;
    let place = location::Entity::find_by_id(id.uuid())
        .one(ctx.db().read())
        .await?
        .ok_or_else(|| Error::not_found("location"))?;
    scope.allows(Some(place.seller_id), "location")?;
    let rows = stock_level::Entity::find().filter(stock_level::Column::LocationId.eq(id.uuid()));
    let page = paged(ctx, rows, query).await?;
    Ok(page.map(|row| AvailabilityView { sku: row.sku, available: row.available.max(0) }))
}

async fn paged(
    ctx: &Ctx,
    rows: sea_orm::Select<stock_level::Entity>,
    query: &PageQuery,
) -> Result<Page<StockView>> {
    use stock_level::Column::{LocationId, SkuId};
    let limit = page::limit(query)?;
    let cursor = page::Cursor::<(Uuid, Uuid)>::read(query)?;
    let rows = match &cursor {
        page::Cursor::Start => rows.order_by_asc(SkuId).order_by_asc(LocationId),
        page::Cursor::After((sku, location)) => rows
            .filter(
                Condition::any()
                    .add(SkuId.gt(*sku))
                    .add(Condition::all().add(SkuId.eq(*sku)).add(LocationId.gt(*location))),
            )
            .order_by_asc(SkuId)
            .order_by_asc(LocationId),
        page::Cursor::Before((sku, location)) => rows
            .filter(
                Condition::any()
                    .add(SkuId.lt(*sku))
                    .add(Condition::all().add(SkuId.eq(*sku)).add(LocationId.lt(*location))),
            )
            .order_by_desc(SkuId)
            .order_by_desc(LocationId),
    };
    let found = rows.limit(limit + 1).all(ctx.db().read()).await?;
    let page = page::build(found, limit, &cursor, |row| (row.sku_id, row.location_id));
    let ids: Vec<Uuid> = page.items.iter().filter(|row| row.reserved > 0).map(|row| row.sku_id).collect();
    let mut free: HashMap<(Uuid, Uuid), i64> = HashMap::new();
    if !ids.is_empty() {
        for (sku, location, units) in free_to(ctx.db().read(), ctx, &ids, None).await? {
            *free.entry((sku, location)).or_default() += units;
        }
    }
    Ok(page.map(|mut row| {
        row.reserved -= free.get(&(row.sku_id, row.location_id)).copied().unwrap_or(0);
        view(row)
    }))
}

/// A stock row as it is shown.
pub(super) fn view(row: stock_level::Model) -> StockView {
    StockView {
        sku: Id::new(row.sku_id),
        location: Id::new(row.location_id),
        seller: Id::new(row.seller_id),
        on_hand: row.on_hand,
        reserved: row.reserved,
        allocated: row.allocated,
        safety: row.safety,
        available: row.on_hand - row.allocated - row.reserved - row.safety,
        version: row.version,
        updated_at: row.updated_at,
    }
}
