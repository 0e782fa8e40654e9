//! An order as different readers see it.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use stoa_fulfilment::shipping;
use stoa_fulfilment_types::{FulfilmentState, FulfilmentView, ShipmentState};
use stoa_kernel::{Ctx, Error, Result, Scope};
use stoa_ordering_entities::{order, order_event, order_line, seller_order};
use stoa_ordering_types::orders::{
    LineQuantity, OrderLineView, OrderTotals, OrderView, PaymentStatus, SellerOrderView, ShipmentSummary,
    TimelineEntry,
};
use stoa_types::{Currency, Id, Money, Order, Seller};

use super::progress::{lines, parts, read};

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// The buyer: everything but commission, internal notes and who did what.
    Shopper,
    /// Staff: everything; a seller: own parts.
    Staff(Scope),
}

/// The order as the reader sees it; 404 where a seller has no part in it.
pub(super) async fn load(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: Id<Order>,
    reader: Reader,
) -> Result<OrderView> {
    let missing = || Error::not_found("order");
    let order = order::Entity::find_by_id(id.uuid()).one(conn).await?.ok_or_else(missing)?;
    let scope = match reader {
        Reader::Shopper => Scope::Platform,
        Reader::Staff(scope) => scope,
    };
    let mut parts = parts(conn, order.id).await?;
    parts.retain(|part| scope.allows(Some(part.seller_id), "order").is_ok());
    if parts.is_empty() {
        return Err(missing());
    }
    let mut lines = lines(conn, order.id).await?;
    lines.retain(|line| scope.allows(Some(line.seller_id), "order").is_ok());
    let payment: PaymentStatus = read(&order.payment_status)?;
    // Only what has left, or is kept from leaving, is worth a look at the packing lists.
    let packed = if payment.holds() || lines.iter().any(|line| line.shipped_quantity > 0) {
        shipping::of_orders(conn, ctx, &[id]).await?
    } else {
        Vec::new()
    };
    let timeline = timeline(conn, &order, reader, scope).await?;
    build(order, parts, lines, packed, timeline, reader, scope)
}

async fn timeline(
    conn: &impl ConnectionTrait,
    order: &order::Model,
    reader: Reader,
    scope: Scope,
) -> Result<Vec<TimelineEntry>> {
    let rows = order_event::Entity::find()
        .filter(order_event::Column::OrderId.eq(order.id))
        .order_by_asc(order_event::Column::At)
        .order_by_asc(order_event::Column::Id)
        .all(conn)
        .await?;
    let shopper = reader == Reader::Shopper;
    let visible = |row: &order_event::Model| {
        let to_shopper = !shopper || row.public;
        // What concerns the whole order shows amounts of all sellers, so a seller reads
        // only that it happened.
        to_shopper
            && (scope == Scope::Platform || row.seller_id.is_none_or(|seller| scope.seller() == Some(seller)))
    };
    let seller_scope = scope != Scope::Platform;
    Ok(rows
        .into_iter()
        .filter(visible)
        .map(|row| TimelineEntry {
            at: row.at,
            actor: (!shopper && !seller_scope).then(|| row.actor.clone()),
            seller: row.seller_id.map(Id::new),
            data: if seller_scope && row.seller_id.is_none() { BTreeMap::new() } else { facts(&row.data) },
            kind: row.kind,
        })
        .collect())
}

/// The text facts of a timeline entry, without what only we use.
fn facts(data: &serde_json::Value) -> BTreeMap<String, String> {
    let Some(data) = data.as_object() else { return BTreeMap::new() };
    data.iter()
        .filter(|(name, _)| *name != "key")
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

fn build(
    order: order::Model,
    parts: Vec<seller_order::Model>,
    lines: Vec<order_line::Model>,
    packed: Vec<FulfilmentView>,
    timeline: Vec<TimelineEntry>,
    reader: Reader,
    scope: Scope,
) -> Result<OrderView> {
    let currency: Currency = order.currency.parse()?;
    let money = |amount| Money::new(amount, currency);
    let shopper = reader == Reader::Shopper;
    let whole = scope == Scope::Platform;
    let decided: i64 = lines
        .iter()
        .map(|line| line.refunded_amount)
        .chain(parts.iter().map(|part| part.refunded_shipping))
        .sum();
    let settled: i64 = parts.iter().map(|part| part.settled_refund_amount).sum();
    let totals = if whole {
        OrderTotals {
            items: money(order.items_amount),
            shipping: money(order.shipping_amount),
            tax: money(order.tax_amount),
            total: money(order.total_amount),
            refunded: money(order.settled_refund_amount),
            refunding: money(order.refunded_amount - order.settled_refund_amount),
        }
    } else {
        let sum = |of: fn(&seller_order::Model) -> i64| money(parts.iter().map(of).sum());
        OrderTotals {
            items: sum(|part| part.items_amount),
            shipping: sum(|part| part.shipping_amount),
            tax: sum(|part| part.tax_amount),
            total: sum(|part| part.total_amount),
            refunded: money(settled),
            refunding: money(decided - settled),
        }
    };
    let own = parts.first().filter(|_| !whole).map(|part| (part.number.clone(), part.status.clone()));
    let (number, status) = own.unwrap_or((order.number, order.status));
    let mut by_part: BTreeMap<_, Vec<order_line::Model>> = BTreeMap::new();
    for line in lines {
        by_part.entry(line.seller_order_id).or_default().push(line);
    }
    let parcels = parts
        .into_iter()
        .map(|part| {
            let lines = by_part.remove(&part.id).unwrap_or_default();
            part_view(part, lines, &packed, currency, shopper)
        })
        .collect::<Result<_>>()?;
    Ok(OrderView {
        id: Id::new(order.id),
        number,
        version: order.version,
        status: read(&status)?,
        payment_status: read(&order.payment_status)?,
        currency,
        email: whole.then_some(order.email),
        customer: order.customer_id.filter(|_| whole).map(Id::new),
        address: serde_json::from_value(order.address)?,
        parcels,
        totals,
        payment: whole.then(|| Id::new(order.payment_id)),
        cart: whole.then(|| Id::new(order.cart_id)),
        timeline,
        placed_at: order.placed_at,
        paid_at: order.paid_at,
        updated_at: order.updated_at,
    })
}

fn part_view(
    part: seller_order::Model,
    lines: Vec<order_line::Model>,
    packed: &[FulfilmentView],
    currency: Currency,
    shopper: bool,
) -> Result<SellerOrderView> {
    let money = |amount| Money::new(amount, currency);
    let packed = || packed.iter().filter(|packing| packing.seller_order.uuid() == part.id);
    let on_hold = packed().any(|packing| packing.state == FulfilmentState::OnHold);
    let shipments = packed()
        .flat_map(|packing| &packing.shipments)
        .filter(|shipment| shipment.state != ShipmentState::Cancelled)
        .map(|shipment| ShipmentSummary {
            id: shipment.id,
            carrier: shipment.carrier.clone(),
            tracking_number: Some(shipment.tracking_number.clone()).filter(|number| !number.is_empty()),
            tracking_url: shipment.tracking_url.clone(),
            status: serde_json::to_value(shipment.state)
                .ok()
                .and_then(|state| state.as_str().map(str::to_owned))
                .unwrap_or_default(),
            shipped_at: shipment.created_at,
            delivered_at: shipment.delivered_at,
            lines: shipment
                .lines
                .iter()
                .map(|line| LineQuantity { order_line: line.order_line, quantity: line.quantity })
                .collect(),
        })
        .collect();
    Ok(SellerOrderView {
        id: Id::new(part.id),
        number: part.number,
        seller: Id::<Seller>::new(part.seller_id),
        seller_name: part.seller_name,
        seller_slug: part.seller_slug,
        status: read(&part.status)?,
        on_hold,
        fulfilment: part.fulfilment_id.map(Id::new),
        delivery: part.delivery,
        delivery_name: part.delivery_name,
        arrives_from: part.arrives_from,
        arrives_to: part.arrives_to,
        items: money(part.items_amount),
        shipping: money(part.shipping_amount),
        shipping_refunded: money(part.refunded_shipping),
        tax: money(part.tax_amount),
        total: money(part.total_amount),
        commission: (!shopper).then(|| money(part.commission_amount)),
        shipments,
        lines: lines.into_iter().map(|line| line_view(line, currency, shopper)).collect::<Result<_>>()?,
    })
}

fn line_view(line: order_line::Model, currency: Currency, shopper: bool) -> Result<OrderLineView> {
    let money = |amount| Money::new(amount, currency);
    Ok(OrderLineView {
        id: Id::new(line.id),
        product: Id::new(line.product_id),
        sku: Id::new(line.sku_id),
        sku_code: line.sku_code,
        title: line.title,
        slug: line.slug,
        options: line.options,
        personalisation: serde_json::from_value(line.personalisation)?,
        picture: line.picture.map(serde_json::from_value).transpose()?,
        state: read(&line.state)?,
        quantity: line.quantity,
        shipped: line.shipped_quantity,
        delivered: line.delivered_quantity,
        cancelled: line.cancelled_quantity,
        refunded: line.refunded_quantity,
        unit_price: money(line.unit_price),
        total: money(line.total_amount),
        refunded_amount: money(line.refunded_amount),
        tax_rate_bp: line.tax_bp,
        tax: money(line.tax_amount),
        commission: (!shopper).then(|| money(line.commission_amount)),
    })
}
