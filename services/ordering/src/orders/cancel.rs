//! Cancelling what has not been shipped.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use stoa_fulfilment::shipping;
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Scope, Tx, audit, events};
use stoa_ordering_entities::{order_event, order_line};
use stoa_ordering_types::orders::{CancelOrder, LineQuantity, OrderStatus, OrderView};
use stoa_types::{Id, Order, OrderLine, Payment, Seller, SellerOrder, Uuid};

use super::{
    CANCEL, codes,
    model::{allowed, roll_up},
    progress::{lines, lock, note, parts, settle, units},
    view,
};
use crate::carts::clean;

/// Cancels lines in part or whole, everything open when none is named: stock and packing
/// lists are given back in the same transaction; the money follows through
/// `order.cancelled`, since it is asked for together with the order and so is refunded,
/// never voided. A part with nothing left to send gives its delivery cost back, too.
///
/// Needs `orders.cancel`. The same `key` again does nothing twice. 409
/// [`codes::NOT_OPEN`] when units have left or were cancelled; 422 for lines that are
/// not the order's.
pub async fn cancel(ctx: &Ctx, id: Id<Order>, input: CancelOrder, key: Option<&str>) -> Result<OrderView> {
    let scope = ctx.scope(CANCEL)?;
    let tx = ctx.db().begin().await?;
    cancel_in(&tx, ctx, scope, id, input, key).await?;
    let view = view::load(&tx, ctx, id, view::Reader::Staff(scope)).await?;
    ctx.db().commit(tx).await?;
    Ok(view)
}

/// [`cancel`] in the caller's transaction, for a caller who may.
pub(super) async fn cancel_in(
    tx: &Tx,
    ctx: &Ctx,
    scope: Scope,
    id: Id<Order>,
    input: CancelOrder,
    key: Option<&str>,
) -> Result<()> {
    let missing = || Error::not_found("order");
    let order = lock(tx, ctx, id).await?.ok_or_else(missing)?;
    let all = lines(tx, order.id).await?;
    let own: Vec<&order_line::Model> =
        all.iter().filter(|line| scope.allows(Some(line.seller_id), "order").is_ok()).collect();
    if own.is_empty() {
        return Err(missing());
    }
    if let Some(key) = key
        && done_before(tx, &order.id, key).await?
    {
        return Ok(());
    }
    let wanted = choose(&own, &input.lines)?;
    if wanted.is_empty() {
        let status = roll_up(own.iter().map(|line| units(line)));
        if status == OrderStatus::Cancelled && input.lines.is_empty() {
            return Ok(());
        }
        return Err(Error::transition(codes::INVALID_TRANSITION, status.as_str(), "cancelled", &[]));
    }
    // Names this cancelling for stock and packing lists, which count it once.
    let name = format!("cancel:{id}:{}", key.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned));
    let pairs: Vec<(Id<OrderLine>, i64)> =
        wanted.iter().map(|(line, count)| (Id::new(line.id), *count)).collect();
    shipping::cancel_lines(tx, ctx, id, &pairs, &name).await?;
    for (line, count) in &wanted {
        use order_line::Column as C;
        let done = order_line::Entity::update_many()
            .col_expr(C::CancelledQuantity, Expr::col(C::CancelledQuantity).add(*count))
            .col_expr(C::AllocatedQuantity, Expr::col(C::AllocatedQuantity).sub(*count))
            .filter(C::Id.eq(line.id))
            .filter(
                Expr::col(C::CancelledQuantity)
                    .add(Expr::col(C::ShippedQuantity))
                    .add(*count)
                    .lte(Expr::col(C::Quantity)),
            )
            .exec(tx)
            .await?;
        if done.rows_affected != 1 {
            return Err(not_open(line));
        }
    }
    let reason = input.reason.as_deref().map(|text| clean(text, 300)).filter(|text| !text.is_empty());
    let status = settle(tx, ctx, &order).await?;
    announce(tx, ctx, &order, &wanted, status, reason, key).await
}

/// Lines with how many units of each to cancel.
fn choose<'a>(
    own: &[&'a order_line::Model],
    named: &[LineQuantity],
) -> Result<Vec<(&'a order_line::Model, i64)>> {
    if named.is_empty() {
        let open = own.iter().map(|line| (*line, units(line).open()));
        return Ok(open.filter(|(_, open)| *open > 0).collect());
    }
    let mut sums: BTreeMap<Uuid, i64> = BTreeMap::new();
    let mut fields = Fields::default();
    for (place, item) in named.iter().enumerate() {
        let known = own.iter().any(|line| line.id == item.order_line.uuid());
        fields.check(
            known,
            &format!("lines/{place}/order_line"),
            codes::LINES_INVALID,
            "Not a line of this order.",
        );
        let fine = (1..=1_000_000).contains(&item.quantity);
        fields.check(fine, &format!("lines/{place}/quantity"), codes::LINES_INVALID, "Cancel at least 1.");
        let sum = sums.entry(item.order_line.uuid()).or_default();
        *sum = sum.saturating_add(item.quantity);
    }
    fields.finish()?;
    let mut chosen = Vec::new();
    for line in own {
        let Some(count) = sums.get(&line.id) else { continue };
        if *count > units(line).open() {
            return Err(not_open(line));
        }
        chosen.push((*line, *count));
    }
    Ok(chosen)
}

fn not_open(line: &order_line::Model) -> Error {
    let open = units(line).open();
    let state = units(line).state();
    let next: Vec<&str> = allowed(state).iter().map(|state| state.as_str()).collect();
    codes::NOT_OPEN
        .error(match open {
            0 => format!("{} has left already or was cancelled. What arrives can be returned.", line.title),
            open => format!("Only {open} of {} can still be cancelled.", line.title),
        })
        .fact("order_line", Id::<OrderLine>::new(line.id))
        .fact("open", open)
        .fact("allowed", next.join(","))
}

async fn done_before(tx: &Tx, order: &Uuid, key: &str) -> Result<bool> {
    let before = order_event::Entity::find()
        .filter(order_event::Column::OrderId.eq(*order))
        .filter(order_event::Column::Kind.eq("cancelled"))
        .all(tx)
        .await?;
    Ok(before.iter().any(|event| event.data["key"] == key))
}

/// Timeline, audit and event, each seller's part apart so that nobody reads another's.
async fn announce(
    tx: &Tx,
    ctx: &Ctx,
    order: &stoa_ordering_entities::order::Model,
    cancelled: &[(&order_line::Model, i64)],
    status: OrderStatus,
    reason: Option<String>,
    key: Option<&str>,
) -> Result<()> {
    let id = Id::<Order>::new(order.id);
    let mut emptied = Vec::new();
    let mut touched = Vec::new();
    for part in parts(tx, order.id).await? {
        let count: i64 = cancelled
            .iter()
            .filter(|(line, _)| line.seller_order_id == part.id)
            .map(|(_, count)| count)
            .sum();
        if count == 0 {
            continue;
        }
        touched.push(Id::<SellerOrder>::new(part.id));
        if part.status == OrderStatus::Cancelled.as_str() {
            emptied.push(Id::<SellerOrder>::new(part.id));
        }
        let data = json!({ "quantity": count.to_string(), "reason": reason.clone().unwrap_or_default(), "key": key });
        note(tx, ctx, id, Some(Id::<Seller>::new(part.seller_id)), "cancelled", true, data).await?;
    }
    let lines: Vec<LineQuantity> = cancelled
        .iter()
        .map(|(line, count)| LineQuantity { order_line: Id::new(line.id), quantity: *count })
        .collect();
    let data = json!({
        "order": id, "payment": Id::<Payment>::new(order.payment_id), "seller_orders": touched,
        "lines": lines, "shipping": emptied, "complete": status == OrderStatus::Cancelled,
    });
    audit::record(tx, ctx, audit::Entry::new("order.cancelled", id).reason(reason).facts(&data)).await?;
    // `settle` has used the version after the one that was read.
    events::emit(tx, ctx, NewEvent::new("order.cancelled", id, order.version + 1).data(data)).await
}
