//! From what happened to an order to a message about it.

use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::Deserialize;
use stoa_engagement_entities::notification;
use stoa_kernel::{Ctx, Event, Result, Tx, db, jobs, new_id};
use stoa_ordering::orders;
use stoa_types::{Id, Notification, Order, Shipment};

use super::model::Template;

/// What the events have in common.
#[derive(Deserialize)]
struct Data {
    order: Id<Order>,
    #[serde(default)]
    shipment: Option<Id<Shipment>>,
    #[serde(default)]
    amount: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
}

pub(super) async fn on_order(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let Some(template) = Template::for_event(&event.name) else { return Ok(()) };
    let data: Data = serde_json::from_value(event.data.clone())?;
    // Whoever made the event may speak another language than the buyer.
    let locale = orders::locale(tx, data.order).await?;
    let id = new_id::<Notification>();
    let row = notification::ActiveModel {
        id: Set(id.uuid()),
        event_id: Set(event.id),
        template: Set(template.name().to_owned()),
        channel: Set("email".to_owned()),
        order_id: Set(Some(data.order.uuid())),
        shipment_id: Set(data.shipment.map(Id::uuid)),
        amount: Set(data.amount),
        currency: Set(data.currency),
        recipient: Set(None),
        subject: Set(None),
        locale: Set(locale),
        state: Set("queued".to_owned()),
        reason: Set(None),
        created_at: Set(ctx.now),
        sent_at: Set(None),
    };
    use notification::Column::{Channel, EventId, Template as Name};
    let written = notification::Entity::insert(row)
        .on_conflict_do_nothing_on([EventId, Name, Channel])
        .exec_without_returning(tx)
        .await?;
    if db::inserted(&written) {
        jobs::enqueue(tx, ctx, super::send::SEND.kind, id).await?;
    }
    Ok(())
}
