//! News of parcels.

use chrono::TimeDelta;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use stoa_fulfilment_entities::{shipment, shipment_line, tracking_event};
use stoa_fulfilment_types::{LineQuantity, ShipmentState, ShipmentView, TrackingInput};
use stoa_kernel::{Ctx, Fields, NewEvent, Result, audit, db, events, text::nfc};
use stoa_types::{Id, Order, Seller, SellerOrder, Shipment, Uuid};

use super::{
    SHIPPING_WRITE, STATUS_INVALID, TEXT_INVALID,
    model::{Table, moved},
    queries,
    shipments::lock_shipment,
};

/// Records a piece of news; the same one again changes nothing, and late news is kept
/// without moving the parcel back.
pub async fn record_tracking(ctx: &Ctx, id: Id<Shipment>, input: TrackingInput) -> Result<ShipmentView> {
    let scope = ctx.scope(SHIPPING_WRITE)?;
    check(ctx, &input)?;
    let tx = ctx.db().begin().await?;
    let parcel = lock_shipment(&tx, ctx, id).await?;
    scope.allows(Some(parcel.seller_id), "shipment")?;
    let text = nfc(input.description.trim()).into_owned();
    let dedupe = match &input.event_id {
        Some(event) => format!("id:{}", event.trim()),
        None => format!("{}@{}", input.status.name(), input.occurred_at.timestamp_micros()),
    };
    let row = tracking_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        shipment_id: Set(parcel.id),
        status: Set(input.status.name().to_owned()),
        description: Set(text),
        place: Set(input
            .place
            .as_deref()
            .map(str::trim)
            .filter(|place| !place.is_empty())
            .map(str::to_owned)),
        dedupe_key: Set(dedupe),
        occurred_at: Set(input.occurred_at),
        recorded_at: Set(ctx.now),
    };
    let inserted = tracking_event::Entity::insert(row)
        .on_conflict_do_nothing_on([tracking_event::Column::ShipmentId, tracking_event::Column::DedupeKey])
        .exec_without_returning(&tx)
        .await?;
    if !db::inserted(&inserted) {
        tx.rollback().await?;
        return queries::after_change(ctx, id).await;
    }
    let state = ShipmentState::read(&parcel.state)?;
    let after = moved(state, parcel.last_event_at, input.status, input.occurred_at);
    let now = after.unwrap_or(state);
    let mut update = shipment::Entity::update_many()
        .col_expr(shipment::Column::Version, Expr::col(shipment::Column::Version).add(1))
        .col_expr(shipment::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(shipment::Column::Id.eq(parcel.id))
        .filter(shipment::Column::Version.eq(parcel.version));
    if let Some(after) = after {
        update = update
            .col_expr(shipment::Column::State, after.name().into())
            .col_expr(shipment::Column::LastEventAt, Expr::value(input.occurred_at));
        if after == ShipmentState::Delivered {
            update = update.col_expr(shipment::Column::DeliveredAt, Expr::value(input.occurred_at));
        }
    }
    update.exec(&tx).await?;
    let contents = shipment_line::Entity::find()
        .filter(shipment_line::Column::ShipmentId.eq(parcel.id))
        .all(&tx)
        .await?;
    let lines: Vec<LineQuantity> = contents
        .iter()
        .map(|line| LineQuantity { order_line: Id::new(line.order_line_id), quantity: line.quantity })
        .collect();
    let data = json!({
        "order": Id::<Order>::new(parcel.order_id),
        "seller_order": Id::<SellerOrder>::new(parcel.seller_order_id),
        "shipment": id,
        "status": now,
        "lines": lines,
    });
    let seller = Some(Id::<Seller>::new(parcel.seller_id));
    let entry = audit::Entry::new("shipment.tracking.updated", id).seller(seller);
    audit::record(&tx, ctx, entry.facts(json!({ "news": input.status, "status": now }))).await?;
    let event = NewEvent::new("shipment.tracking.updated", id, parcel.version + 1).seller(seller);
    events::emit(&tx, ctx, event.data(data)).await?;
    ctx.db().commit(tx).await?;
    queries::after_change(ctx, id).await
}

fn check(ctx: &Ctx, input: &TrackingInput) -> Result<()> {
    let mut fields = Fields::default();
    let news = !matches!(input.status, ShipmentState::Draft | ShipmentState::Cancelled);
    fields.check(news, "status", STATUS_INVALID, "Use a status that a courier reports, like in_transit.");
    let soon = input.occurred_at <= ctx.now + TimeDelta::days(1);
    fields.check(soon, "occurred_at", STATUS_INVALID, "This lies in the future.");
    let fits = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
    fields.check(fits(&input.description, 500), "description", TEXT_INVALID, "Use at most 500 characters.");
    fields.check(
        fits(input.place.as_deref().unwrap_or(""), 200),
        "place",
        TEXT_INVALID,
        "Use at most 200 characters.",
    );
    let id = input.event_id.as_deref().map(str::trim);
    let named = id.is_none_or(|id| !id.is_empty() && fits(id, 200));
    fields.check(named, "event_id", TEXT_INVALID, "Use 1 to 200 characters.");
    fields.finish()
}
