//! Parcels: sent, and withdrawn before they are picked up.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};
use serde_json::{Value, json};
use stoa_fulfilment_entities::{fulfilment_line, fulfilment_order, shipment, shipment_line};
use stoa_fulfilment_types::{CreateShipment, FulfilmentState, LineQuantity, ShipmentState, ShipmentView};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, audit, events, new_id, text::nfc};
use stoa_types::{FulfilmentOrder, Id, Order, OrderLine, Seller, SellerOrder, Shipment, Sku};

use super::{
    ALREADY_PICKED_UP, SHIPPING_WRITE, TEXT_INVALID,
    fulfilments::{check_lines, left, lines_of, lock_orders, not_open, open_expr, plan, settle},
    holds::on_hold,
    model::Table,
    queries,
};
use crate::inventory;

/// Sends a parcel with the named lines, or with all that is open. Stock leaves in the
/// same transaction. The same idempotency key for the same fulfilment order answers the
/// shipment it made. [`super::ON_HOLD`] while the order is held.
pub async fn create_shipment(
    ctx: &Ctx,
    id: Id<FulfilmentOrder>,
    input: CreateShipment,
) -> Result<ShipmentView> {
    let scope = ctx.scope(SHIPPING_WRITE)?;
    let (carrier, number) = check(&input)?;
    let tx = ctx.db().begin().await?;
    let order = lock_orders(&tx, fulfilment_order::Column::Id.eq(id.uuid())).await?.pop();
    let order = order.ok_or_else(|| Error::not_found("fulfilment order"))?;
    scope.allows(Some(order.seller_id), "fulfilment order")?;
    if let Some(key) = &ctx.idempotency_key {
        let made = shipment::Entity::find()
            .filter(shipment::Column::FulfilmentOrderId.eq(order.id))
            .filter(shipment::Column::IdempotencyKey.eq(key))
            .one(&tx)
            .await?;
        if let Some(made) = made {
            tx.rollback().await?;
            return queries::after_change(ctx, Id::new(made.id)).await;
        }
    }
    let state = FulfilmentState::read(&order.state)?;
    if let (FulfilmentState::OnHold, Some(reason)) = (state, &order.hold_reason) {
        return Err(on_hold(reason));
    }
    if !matches!(state, FulfilmentState::Open | FulfilmentState::InProgress) {
        state.check(FulfilmentState::InProgress)?;
        return Err(Error::transition(super::INVALID_TRANSITION, state.name(), "shipped", &["open"]));
    }
    let rows = lines_of(&tx, fulfilment_line::Column::FulfilmentOrderId.eq(order.id)).await?;
    let lines = match input.lines {
        Some(lines) => plan(&rows, lines)?,
        None => rows
            .into_iter()
            .map(|row| {
                let units = left(&row);
                (row, units)
            })
            .filter(|(_, units)| *units > 0)
            .collect(),
    };
    for (row, units) in &lines {
        let done = fulfilment_line::Entity::update_many()
            .col_expr(
                fulfilment_line::Column::Shipped,
                Expr::col(fulfilment_line::Column::Shipped).add(*units),
            )
            .filter(fulfilment_line::Column::Id.eq(row.id))
            .filter(open_expr().gte(*units))
            .exec(&tx)
            .await?;
        if done.rows_affected != 1 {
            return Err(not_open(row.order_line_id, 0));
        }
    }
    let made = new_id::<Shipment>();
    let seller = Id::<Seller>::new(order.seller_id);
    let stock: Vec<(Id<Sku>, Id<Seller>, i64)> =
        lines.iter().map(|(row, units)| (Id::new(row.sku_id), seller, *units)).collect();
    inventory::ship(&tx, ctx, Id::new(order.order_id), &stock, &made.to_string()).await?;
    let parcel = shipment::ActiveModel {
        id: Set(made.uuid()),
        fulfilment_order_id: Set(order.id),
        order_id: Set(order.order_id),
        seller_order_id: Set(order.seller_order_id),
        seller_id: Set(order.seller_id),
        state: Set(ShipmentState::LabelPurchased.name().to_owned()),
        carrier: Set(carrier.clone()),
        tracking_number: Set(number.clone()),
        idempotency_key: Set(ctx.idempotency_key.clone()),
        last_event_at: Set(None),
        delivered_at: Set(None),
        version: Set(1),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    shipment::Entity::insert(parcel).exec_without_returning(&tx).await?;
    let contents = lines.iter().map(|(row, units)| shipment_line::ActiveModel {
        shipment_id: Set(made.uuid()),
        fulfilment_line_id: Set(row.id),
        order_line_id: Set(row.order_line_id),
        sku_id: Set(row.sku_id),
        quantity: Set(*units),
    });
    shipment_line::Entity::insert_many(contents).exec_without_returning(&tx).await?;
    let sent: Vec<LineQuantity> = lines
        .iter()
        .map(|(row, units)| LineQuantity { order_line: Id::new(row.order_line_id), quantity: *units })
        .collect();
    let data = facts(&order, made, &carrier, &number, &sent);
    let entry = audit::Entry::new("shipment.created", made).seller(Some(seller));
    audit::record(&tx, ctx, entry.facts(&data)).await?;
    events::emit(&tx, ctx, NewEvent::new("shipment.created", made, 1).seller(Some(seller)).data(data))
        .await?;
    settle(&tx, ctx, &order).await?;
    ctx.db().commit(tx).await?;
    queries::after_change(ctx, made).await
}

/// Withdraws a parcel the courier does not have yet: its lines are open again and its
/// stock is back where it came from. Again: the same answer. Later:
/// [`ALREADY_PICKED_UP`].
pub async fn cancel_shipment(ctx: &Ctx, id: Id<Shipment>) -> Result<ShipmentView> {
    let scope = ctx.scope(SHIPPING_WRITE)?;
    let tx = ctx.db().begin().await?;
    let seen = shipment::Entity::find_by_id(id.uuid())
        .one(&tx)
        .await?
        .ok_or_else(|| Error::not_found("shipment"))?;
    scope.allows(Some(seen.seller_id), "shipment")?;
    let order = lock_orders(&tx, fulfilment_order::Column::Id.eq(seen.fulfilment_order_id)).await?.pop();
    let order = order.ok_or_else(|| Error::not_found("shipment"))?;
    let parcel = lock_shipment(&tx, ctx, id).await?;
    let state = ShipmentState::read(&parcel.state)?;
    if state == ShipmentState::Cancelled {
        tx.rollback().await?;
        return queries::after_change(ctx, id).await;
    }
    if !state.next().contains(&ShipmentState::Cancelled) {
        return Err(ALREADY_PICKED_UP
            .error("The courier has this parcel already. It can't be withdrawn.")
            .fact("state", state.name()));
    }
    let contents = shipment_line::Entity::find()
        .filter(shipment_line::Column::ShipmentId.eq(parcel.id))
        .all(&tx)
        .await?;
    for line in &contents {
        let shipped = fulfilment_line::Column::Shipped;
        let done = fulfilment_line::Entity::update_many()
            .col_expr(shipped, Expr::col(shipped).sub(line.quantity))
            .filter(fulfilment_line::Column::Id.eq(line.fulfilment_line_id))
            .filter(shipped.gte(line.quantity))
            .exec(&tx)
            .await?;
        if done.rows_affected != 1 {
            return Err(Error::internal("a shipment holds more than its line has shipped"));
        }
    }
    let seller = Id::<Seller>::new(parcel.seller_id);
    let stock: Vec<(Id<Sku>, Id<Seller>, i64)> =
        contents.iter().map(|line| (Id::new(line.sku_id), seller, line.quantity)).collect();
    inventory::unship(&tx, ctx, Id::new(parcel.order_id), &stock, &id.to_string()).await?;
    shipment::Entity::update_many()
        .col_expr(shipment::Column::State, ShipmentState::Cancelled.name().into())
        .col_expr(shipment::Column::Version, Expr::col(shipment::Column::Version).add(1))
        .col_expr(shipment::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(shipment::Column::Id.eq(parcel.id))
        .filter(shipment::Column::Version.eq(parcel.version))
        .exec(&tx)
        .await?;
    let back: Vec<LineQuantity> = contents
        .iter()
        .map(|line| LineQuantity {
            order_line: Id::<OrderLine>::new(line.order_line_id),
            quantity: line.quantity,
        })
        .collect();
    let data = facts(&order, id, &parcel.carrier, &parcel.tracking_number, &back);
    audit::record(&tx, ctx, audit::Entry::new("shipment.cancelled", id).seller(Some(seller)).facts(&data))
        .await?;
    let event = NewEvent::new("shipment.cancelled", id, parcel.version + 1).seller(Some(seller));
    events::emit(&tx, ctx, event.data(data)).await?;
    settle(&tx, ctx, &order).await?;
    ctx.db().commit(tx).await?;
    queries::after_change(ctx, id).await
}

/// The shipment, locked.
pub(super) async fn lock_shipment(tx: &Tx, ctx: &Ctx, id: Id<Shipment>) -> Result<shipment::Model> {
    let mut query = shipment::Entity::find_by_id(id.uuid());
    if !ctx.db().is_sqlite() {
        query = query.lock(LockType::Update);
    }
    query.one(tx).await?.ok_or_else(|| Error::not_found("shipment"))
}

/// What events and audit say of a parcel.
fn facts(
    order: &fulfilment_order::Model,
    id: Id<Shipment>,
    carrier: &str,
    number: &str,
    lines: &[LineQuantity],
) -> Value {
    json!({
        "order": Id::<Order>::new(order.order_id),
        "seller_order": Id::<SellerOrder>::new(order.seller_order_id),
        "fulfilment": Id::<FulfilmentOrder>::new(order.id),
        "shipment": id,
        "carrier": carrier,
        "tracking_number": number,
        "lines": lines,
    })
}

fn check(input: &CreateShipment) -> Result<(String, String)> {
    let mut fields = Fields::default();
    let fits = |text: &str, most: usize| {
        (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
    };
    let (carrier, number) = (nfc(input.carrier.trim()), input.tracking_number.trim());
    fields.check(fits(&carrier, 60), "carrier", TEXT_INVALID, "Enter who carries it, like DHL.");
    fields.check(
        fits(number, 100),
        "tracking_number",
        TEXT_INVALID,
        "Enter the tracking number, as on the label.",
    );
    if let Some(lines) = &input.lines
        && let Err(error) = check_lines(lines)
    {
        fields.finish()?;
        return Err(error);
    }
    fields.finish()?;
    Ok((carrier.into_owned(), number.to_owned()))
}
