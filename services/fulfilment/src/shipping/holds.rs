//! Holds: what an order has not sent yet must not leave for now.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use stoa_fulfilment_entities::fulfilment_order;
use stoa_fulfilment_types::FulfilmentState;
use stoa_kernel::{Ctx, Error, NewEvent, Result, Tx, audit, events};
use stoa_types::{FulfilmentOrder, Id, Order, Seller, SellerOrder};

use super::{
    ON_HOLD,
    fulfilments::{lock_orders, settle},
    model::Table,
};

/// The hold of an order whose payment has fallen through.
pub const UNPAID: &str = "payment";

/// The hold of an order whose money has gone back whole.
pub const REFUNDED: &str = "refund";

/// Holds everything of an order, for every seller: what is open is `on_hold`, and so is
/// what a withdrawn parcel opens again. What is held already stays held for its reason.
pub async fn hold(tx: &Tx, ctx: &Ctx, order: Id<Order>, reason: &str) -> Result<()> {
    for row in lock_orders(tx, fulfilment_order::Column::OrderId.eq(order.uuid())).await? {
        // Nothing of a cancelled one can ever leave.
        if row.hold_reason.is_none() && row.state != FulfilmentState::Cancelled.name() {
            set(tx, ctx, row, Some(reason), "fulfilment.held", "fulfillment.held").await?;
        }
    }
    Ok(())
}

/// Ends the order's hold for this reason; one for another reason stays.
pub async fn release(tx: &Tx, ctx: &Ctx, order: Id<Order>, reason: &str) -> Result<()> {
    for row in lock_orders(tx, fulfilment_order::Column::OrderId.eq(order.uuid())).await? {
        if row.hold_reason.as_deref() == Some(reason) && row.state != FulfilmentState::Cancelled.name() {
            set(tx, ctx, row, None, "fulfilment.released", "fulfillment.released").await?;
        }
    }
    Ok(())
}

/// Writes the hold of a locked fulfilment order, and the state that follows.
async fn set(
    tx: &Tx,
    ctx: &Ctx,
    before: fulfilment_order::Model,
    hold: Option<&str>,
    action: &'static str,
    event: &'static str,
) -> Result<()> {
    let after = fulfilment_order::Model { hold_reason: hold.map(str::to_owned), ..before.clone() };
    let done = fulfilment_order::Entity::update_many()
        .col_expr(fulfilment_order::Column::HoldReason, Expr::value(after.hold_reason.clone()))
        .filter(fulfilment_order::Column::Id.eq(before.id))
        .filter(fulfilment_order::Column::Version.eq(before.version))
        .exec(tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(Error::internal("a fulfilment order changed under its lock"));
    }
    let state = settle(tx, ctx, &after).await?;
    let id = Id::<FulfilmentOrder>::new(before.id);
    let seller = Some(Id::<Seller>::new(before.seller_id));
    let facts = json!({
        "order": Id::<Order>::new(before.order_id),
        "seller_order": Id::<SellerOrder>::new(before.seller_order_id),
        "fulfilment": id,
        "reason": hold.map_or(before.hold_reason, |reason| Some(reason.to_owned())),
        "status": state,
    });
    audit::record(tx, ctx, audit::Entry::new(action, id).seller(seller).facts(&facts)).await?;
    let event = NewEvent::new(event, id, before.version + 1).seller(seller);
    events::emit(tx, ctx, event.data(facts)).await
}

/// The refusal while a hold lasts.
pub(super) fn on_hold(reason: &str) -> Error {
    let text = match reason {
        REFUNDED => "The money for this order has been given back. Don't send what is left of it.",
        _ => "The payment of this order has fallen through. Don't send it unless the money comes.",
    };
    ON_HOLD.error(text).fact("reason", reason)
}
