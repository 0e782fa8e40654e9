//! Reading refunds.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use stoa_aftersales_entities::{refund_line, refund_record};
use stoa_aftersales_types::refunds::{RefundLineView, RefundView, Refundable, RefundableLine};
use stoa_kernel::{Ctx, Error, Result, Scope};
use stoa_ordering::orders;
use stoa_types::{Id, Money, Order, Refund};

use super::READ;

/// What of an order can still be given back. Needs `refunds.read` of the platform.
pub async fn refundable(ctx: &Ctx, order: Id<Order>) -> Result<Refundable> {
    let Scope::Platform = ctx.scope(READ)? else { return Err(Error::not_found("order")) };
    let left = orders::refundable(ctx.db().read(), order).await?;
    let money = |amount| Money::new(amount, left.currency);
    Ok(Refundable {
        order,
        payment: left.payment,
        shipping: money(left.shipping),
        total: money(left.total),
        lines: left
            .lines
            .iter()
            .map(|line| RefundableLine {
                order_line: line.order_line,
                title: line.title.clone(),
                options: line.options.clone(),
                quantity: line.quantity,
                unit_price: money(line.unit_price),
                amount: money(line.amount),
            })
            .collect(),
    })
}

/// A refund. Needs `refunds.read`; a seller sees own shares.
pub async fn get(ctx: &Ctx, id: Id<Refund>) -> Result<RefundView> {
    let scope = ctx.scope(READ)?;
    load(ctx.db().read(), scope, id).await
}

/// An order's refunds, oldest first. Needs `refunds.read`; a seller sees own shares.
pub async fn of_order(ctx: &Ctx, order: Id<Order>) -> Result<Vec<RefundView>> {
    let scope = ctx.scope(READ)?;
    let conn = ctx.db().read();
    let records = refund_record::Entity::find()
        .filter(refund_record::Column::OrderId.eq(order.uuid()))
        .order_by_asc(refund_record::Column::Id)
        .all(conn)
        .await?;
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    let lines = refund_line::Entity::find()
        .filter(refund_line::Column::RefundId.is_in(ids))
        .order_by_asc(refund_line::Column::Id)
        .all(conn)
        .await?;
    let of = |id| lines.iter().filter(|line| line.refund_id == id).cloned().collect();
    records.into_iter().filter_map(|record| view(of(record.id), record, scope).transpose()).collect()
}

pub(super) async fn load(conn: &impl ConnectionTrait, scope: Scope, id: Id<Refund>) -> Result<RefundView> {
    let missing = || Error::not_found("refund");
    let record = refund_record::Entity::find_by_id(id.uuid()).one(conn).await?.ok_or_else(missing)?;
    let lines = refund_line::Entity::find()
        .filter(refund_line::Column::RefundId.eq(record.id))
        .order_by_asc(refund_line::Column::Id)
        .all(conn)
        .await?;
    view(lines, record, scope)?.ok_or_else(missing)
}

/// The refund as the scope sees it; none where a seller has no share in it.
fn view(
    mut lines: Vec<refund_line::Model>,
    record: refund_record::Model,
    scope: Scope,
) -> Result<Option<RefundView>> {
    lines.retain(|line| scope.allows(Some(line.seller_id), "refund").is_ok());
    if lines.is_empty() {
        return Ok(None);
    }
    let currency = record.currency.parse()?;
    let money = |amount| Money::new(amount, currency);
    let sum = |of: fn(&refund_line::Model) -> i64| money(lines.iter().map(of).sum());
    let word = |text: &str| Error::internal(format!("unknown word in the database: {text}"));
    let whole = scope == Scope::Platform;
    Ok(Some(RefundView {
        id: Id::new(record.id),
        order: Id::new(record.order_id),
        payment: Id::new(record.payment_id),
        version: record.version,
        state: record.state.parse().map_err(|()| word(&record.state))?,
        reason: record.reason.parse().map_err(|()| word(&record.reason))?,
        note: record.note.filter(|_| whole),
        amount: sum(|line| line.amount),
        items: sum(|line| if line.order_line_id.is_some() { line.amount } else { 0 }),
        shipping: sum(|line| if line.order_line_id.is_none() { line.amount } else { 0 }),
        tax: sum(|line| line.tax_amount),
        commission: sum(|line| line.commission_amount),
        failure: record.failure.filter(|_| whole),
        requested_by: record.requested_by,
        requested_at: record.requested_at,
        settled_at: record.settled_at,
        lines: lines
            .iter()
            .map(|line| RefundLineView {
                order_line: line.order_line_id.map(Id::new),
                seller_order: Id::new(line.seller_order_id),
                seller: Id::new(line.seller_id),
                quantity: line.quantity,
                amount: money(line.amount),
                tax: money(line.tax_amount),
                commission: money(line.commission_amount),
            })
            .collect(),
    }))
}
