//! Reading fulfilment orders and shipments.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stoa_fulfilment_entities::{fulfilment_line, fulfilment_order, shipment, shipment_line, tracking_event};
use stoa_fulfilment_types::{
    FulfilmentLineView, FulfilmentState, FulfilmentView, ShipmentLineView, ShipmentState, ShipmentView,
    TrackingEventView,
};
use stoa_kernel::{Ctx, Error, Result, Scope, page};
use stoa_types::{FulfilmentOrder, Id, Order, Page, PageQuery, Shipment, Uuid};

use super::{
    SHIPPING_READ,
    fulfilments::left,
    model::{Table, tracking_url},
};

/// A fulfilment order in scope, with its shipments.
pub async fn fulfilment(ctx: &Ctx, id: Id<FulfilmentOrder>) -> Result<FulfilmentView> {
    let scope = ctx.scope(SHIPPING_READ)?;
    let row = fulfilment_order::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let row = row.ok_or_else(|| Error::not_found("fulfilment order"))?;
    scope.allows(Some(row.seller_id), "fulfilment order")?;
    one(ctx, row).await
}

async fn one(ctx: &Ctx, row: fulfilment_order::Model) -> Result<FulfilmentView> {
    views(ctx.db().read(), vec![row]).await?.pop().ok_or_else(|| Error::not_found("fulfilment order"))
}

/// What a command answers with: whoever may do it sees what it did.
pub(super) async fn after_split(ctx: &Ctx, id: Id<FulfilmentOrder>) -> Result<FulfilmentView> {
    let row = fulfilment_order::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    one(ctx, row.ok_or_else(|| Error::not_found("fulfilment order"))?).await
}

/// What a command answers with, for a shipment.
pub(super) async fn after_change(ctx: &Ctx, id: Id<Shipment>) -> Result<ShipmentView> {
    let row = shipment::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let row = row.ok_or_else(|| Error::not_found("shipment"))?;
    parcels(ctx.db().read(), vec![row]).await?.pop().ok_or_else(|| Error::not_found("shipment"))
}

/// A shipment in scope, with its tracking.
pub async fn shipment(ctx: &Ctx, id: Id<Shipment>) -> Result<ShipmentView> {
    let scope = ctx.scope(SHIPPING_READ)?;
    let row = shipment::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let row = row.ok_or_else(|| Error::not_found("shipment"))?;
    scope.allows(Some(row.seller_id), "shipment")?;
    parcels(ctx.db().read(), vec![row]).await?.pop().ok_or_else(|| Error::not_found("shipment"))
}

/// Everything that is to be sent or was sent for these orders, oldest first. Whoever may
/// see the order may see this: the caller has checked.
pub async fn of_orders(
    conn: &impl ConnectionTrait,
    _ctx: &Ctx,
    orders: &[Id<Order>],
) -> Result<Vec<FulfilmentView>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let rows = fulfilment_order::Entity::find()
        .filter(fulfilment_order::Column::OrderId.is_in(orders.iter().map(|order| order.uuid())))
        .order_by_asc(fulfilment_order::Column::Id)
        .all(conn)
        .await?;
    views(conn, rows).await
}

/// Fulfilment orders in scope, newest first, of one order or in one state.
pub async fn list(
    ctx: &Ctx,
    order: Option<Id<Order>>,
    state: Option<FulfilmentState>,
    query: &PageQuery,
) -> Result<Page<FulfilmentView>> {
    use fulfilment_order::Column::{Id as RowId, OrderId, SellerId, State};
    let scope = ctx.scope(SHIPPING_READ)?;
    let limit = page::limit(query)?;
    let cursor = page::Cursor::<Uuid>::read(query)?;
    let mut rows = fulfilment_order::Entity::find();
    if let Scope::Seller(seller) = scope {
        rows = rows.filter(SellerId.eq(seller.uuid()));
    }
    if let Some(order) = order {
        rows = rows.filter(OrderId.eq(order.uuid()));
    }
    if let Some(state) = state {
        rows = rows.filter(State.eq(state.name()));
    }
    let rows = match &cursor {
        page::Cursor::Start => rows.order_by_desc(RowId),
        page::Cursor::After(id) => rows.filter(RowId.lt(*id)).order_by_desc(RowId),
        page::Cursor::Before(id) => rows.filter(RowId.gt(*id)).order_by_asc(RowId),
    };
    let found = rows.limit(limit + 1).all(ctx.db().read()).await?;
    let page = page::build(found, limit, &cursor, |row| row.id);
    let Page { items, next, prev, total } = page;
    Ok(Page { items: views(ctx.db().read(), items).await?, next, prev, total })
}

async fn views(
    conn: &impl ConnectionTrait,
    rows: Vec<fulfilment_order::Model>,
) -> Result<Vec<FulfilmentView>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let lines = fulfilment_line::Entity::find()
        .filter(fulfilment_line::Column::FulfilmentOrderId.is_in(ids.iter().copied()))
        .order_by_asc(fulfilment_line::Column::Id)
        .all(conn)
        .await?;
    let sent = shipment::Entity::find()
        .filter(shipment::Column::FulfilmentOrderId.is_in(ids))
        .order_by_asc(shipment::Column::Id)
        .all(conn)
        .await?;
    let mut shipments: HashMap<Uuid, Vec<ShipmentView>> = HashMap::new();
    for view in parcels(conn, sent).await? {
        shipments.entry(view.fulfilment.uuid()).or_default().push(view);
    }
    let mut by_order: HashMap<Uuid, Vec<FulfilmentLineView>> = HashMap::new();
    for line in lines {
        let open = left(&line);
        by_order.entry(line.fulfilment_order_id).or_default().push(FulfilmentLineView {
            order_line: Id::new(line.order_line_id),
            sku: Id::new(line.sku_id),
            title: line.title,
            quantity: line.quantity,
            shipped: line.shipped,
            cancelled: line.cancelled,
            open,
        });
    }
    rows.into_iter()
        .map(|row| {
            Ok(FulfilmentView {
                id: Id::new(row.id),
                order: Id::new(row.order_id),
                seller_order: Id::new(row.seller_order_id),
                seller: Id::new(row.seller_id),
                state: FulfilmentState::read(&row.state)?,
                hold: row.hold_reason,
                delivery: row.delivery,
                ship_to: row.ship_to,
                lines: by_order.remove(&row.id).unwrap_or_default(),
                shipments: shipments.remove(&row.id).unwrap_or_default(),
                version: row.version,
                created_at: row.created_at,
            })
        })
        .collect()
}

async fn parcels(conn: &impl ConnectionTrait, rows: Vec<shipment::Model>) -> Result<Vec<ShipmentView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let contents = shipment_line::Entity::find()
        .filter(shipment_line::Column::ShipmentId.is_in(ids.iter().copied()))
        .order_by_asc(shipment_line::Column::FulfilmentLineId)
        .all(conn)
        .await?;
    let news = tracking_event::Entity::find()
        .filter(tracking_event::Column::ShipmentId.is_in(ids))
        .order_by_desc(tracking_event::Column::OccurredAt)
        .order_by_desc(tracking_event::Column::Id)
        .all(conn)
        .await?;
    let mut lines: HashMap<Uuid, Vec<ShipmentLineView>> = HashMap::new();
    for line in contents {
        lines.entry(line.shipment_id).or_default().push(ShipmentLineView {
            order_line: Id::new(line.order_line_id),
            sku: Id::new(line.sku_id),
            quantity: line.quantity,
        });
    }
    let mut tracking: HashMap<Uuid, Vec<TrackingEventView>> = HashMap::new();
    for event in news {
        tracking.entry(event.shipment_id).or_default().push(TrackingEventView {
            status: ShipmentState::read(&event.status)?,
            description: event.description,
            place: event.place,
            occurred_at: event.occurred_at,
        });
    }
    rows.into_iter()
        .map(|row| {
            Ok(ShipmentView {
                id: Id::new(row.id),
                fulfilment: Id::new(row.fulfilment_order_id),
                order: Id::new(row.order_id),
                seller_order: Id::new(row.seller_order_id),
                seller: Id::new(row.seller_id),
                state: ShipmentState::read(&row.state)?,
                tracking_url: tracking_url(&row.carrier, &row.tracking_number),
                carrier: row.carrier,
                tracking_number: row.tracking_number,
                lines: lines.remove(&row.id).unwrap_or_default(),
                tracking: tracking.remove(&row.id).unwrap_or_default(),
                version: row.version,
                created_at: row.created_at,
                delivered_at: row.delivered_at,
            })
        })
        .collect()
}
