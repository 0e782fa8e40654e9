//! The command that moves line states by hand.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use stoa_kernel::{Ctx, Error, Fields, Result, Tx, audit};
use stoa_ordering_entities::{order, order_line};
use stoa_ordering_types::orders::{CancelOrder, LineQuantity, LineState, OrderView, SetStatus};
use stoa_types::{Id, Order, Seller};

use super::{
    CANCEL, WRITE, cancel, codes,
    model::allowed,
    progress::{lines, lock, note, settle, units},
    view,
};

/// Moves lines to a state: `delivered` where no courier tells us, `cancelled` before they
/// ship. The order's own status follows from its lines. All lines in the caller's scope
/// when none is named.
///
/// Needs `orders.write`, and `orders.cancel` to cancel. 412 when the order has another version; 409
/// [`codes::INVALID_TRANSITION`] with what is allowed, [`codes::NEEDS_SHIPMENT`] for
/// `shipped`; 422 for a word that is no state.
pub async fn set_status(ctx: &Ctx, id: Id<Order>, version: i64, input: SetStatus) -> Result<OrderView> {
    let scope = ctx.scope(WRITE)?;
    // An order of placed lines is called new.
    let word = if input.status == "new" { "placed" } else { input.status.as_str() };
    let Ok(to) = word.parse::<LineState>() else {
        let mut fields = Fields::default();
        fields.add("status", codes::STATUS_UNKNOWN, "Use delivered or cancelled.");
        return Err(Error::invalid(fields.into_inner()));
    };
    if to == LineState::Cancelled {
        ctx.require(CANCEL)?;
    }
    let tx = ctx.db().begin().await?;
    let missing = || Error::not_found("order");
    let order = lock(&tx, ctx, id).await?.ok_or_else(missing)?;
    let own: Vec<order_line::Model> = lines(&tx, order.id)
        .await?
        .into_iter()
        .filter(|line| scope.allows(Some(line.seller_id), "order").is_ok())
        .collect();
    if own.is_empty() {
        return Err(missing());
    }
    if order.version != version {
        return Err(Error::stale(order.version));
    }
    let mut chosen = own;
    if !input.lines.is_empty() {
        let mut fields = Fields::default();
        for (place, line) in input.lines.iter().enumerate() {
            let known = chosen.iter().any(|row| row.id == line.uuid());
            fields.check(known, &format!("lines/{place}"), codes::LINES_INVALID, "Not a line of this order.");
        }
        fields.finish()?;
        chosen.retain(|row| input.lines.contains(&Id::new(row.id)));
    } else {
        // What was cancelled is not meant when the whole order is.
        chosen.retain(|row| units(row).state() != LineState::Cancelled);
    }
    check(&chosen, to, &input.status)?;
    match to {
        LineState::Delivered => deliver(&tx, ctx, &order, &chosen).await?,
        LineState::Cancelled => {
            let lines = chosen
                .iter()
                .map(|row| LineQuantity { order_line: Id::new(row.id), quantity: units(row).open() })
                .collect();
            let input = CancelOrder { lines, reason: input.reason };
            cancel::cancel_in(&tx, ctx, scope, id, input, None).await?;
        }
        _ => {
            return Err(codes::NEEDS_SHIPMENT
                .error("Ship it instead: goods leave with a shipment and its tracking number."));
        }
    }
    let view = view::load(&tx, ctx, id, view::Reader::Staff(scope)).await?;
    ctx.db().commit(tx).await?;
    Ok(view)
}

/// Every chosen line must be able to go there.
fn check(chosen: &[order_line::Model], to: LineState, word: &str) -> Result<()> {
    let refuse = |from: LineState| {
        let next: Vec<&str> = allowed(from).iter().map(|state| state.as_str()).collect();
        Err(Error::transition(codes::INVALID_TRANSITION, from.as_str(), word, &next))
    };
    if chosen.is_empty() {
        return refuse(LineState::Cancelled);
    }
    for row in chosen {
        let from = units(row).state();
        if !allowed(from).contains(&to) {
            return refuse(from);
        }
    }
    Ok(())
}

async fn deliver(tx: &Tx, ctx: &Ctx, order: &order::Model, chosen: &[order_line::Model]) -> Result<()> {
    use order_line::Column as C;
    let id = Id::<Order>::new(order.id);
    for row in chosen {
        order_line::Entity::update_many()
            .col_expr(C::DeliveredQuantity, Expr::col(C::ShippedQuantity))
            .filter(C::Id.eq(row.id))
            .exec(tx)
            .await?;
    }
    let mut sellers: Vec<_> = chosen.iter().map(|row| row.seller_id).collect();
    sellers.sort();
    sellers.dedup();
    for seller in sellers {
        note(tx, ctx, id, Some(Id::<Seller>::new(seller)), "delivered", true, json!({})).await?;
    }
    let facts = json!({ "lines": chosen.iter().map(|row| Id::<stoa_types::OrderLine>::new(row.id)).collect::<Vec<_>>() });
    audit::record(tx, ctx, audit::Entry::new("order.delivered", id).facts(facts)).await?;
    settle(tx, ctx, order).await?;
    Ok(())
}
