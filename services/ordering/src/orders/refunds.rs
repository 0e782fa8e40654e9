//! What of an order is given back: the door for the refund use case, which lives in a
//! higher area. Counters here are guarded, so that no two refunds together give back
//! more than was charged.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use stoa_fulfilment::shipping;
use stoa_kernel::{Ctx, Error, Fields, Result, Tx};
use stoa_ordering_entities::{order, order_line, seller_order};
use stoa_ordering_types::orders::OrderStatus;
use stoa_types::{Currency, Id, Money, Order, OrderLine, Payment, Refund, Seller, SellerOrder, Uuid};

use super::{
    codes,
    model::{Balance, Share, refunded_status},
    progress::{announce, lines, lock, note, parts, read},
};

/// What to give back of an order. Amounts are minor units of the order's currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefundAsk {
    /// Lines and units of each.
    pub lines: Vec<(Id<OrderLine>, i64)>,
    /// Parts whose whole delivery cost is given back.
    pub parcels: Vec<Id<SellerOrder>>,
    /// Delivery cost, spread over the parts by what is left of each.
    pub shipping: Option<i64>,
    /// A free amount, spread over the lines and then the delivery by what is left.
    pub amount: Option<i64>,
}

/// What a refund takes of one line, or of one part's delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundPart {
    /// None for delivery.
    pub order_line: Option<Id<OrderLine>>,
    pub seller_order: Id<SellerOrder>,
    pub seller: Id<Seller>,
    pub quantity: i64,
    pub amount: i64,
    /// The tax within `amount`.
    pub tax: i64,
    /// The marketplace's commission that is given back.
    pub commission: i64,
}

/// What is left to give back.
#[derive(Debug, Clone, PartialEq)]
pub struct Refundable {
    pub order: Id<Order>,
    pub payment: Id<Payment>,
    pub currency: Currency,
    pub lines: Vec<Leftover>,
    pub shipping: i64,
    pub total: i64,
}

/// What is left of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    pub order_line: Id<OrderLine>,
    pub title: String,
    pub options: String,
    pub quantity: i64,
    pub unit_price: i64,
    pub amount: i64,
}

/// What of the order can still be given back. No check of who asks.
pub async fn refundable(conn: &impl ConnectionTrait, id: Id<Order>) -> Result<Refundable> {
    let missing = || Error::not_found("order");
    let order = order::Entity::find_by_id(id.uuid()).one(conn).await?.ok_or_else(missing)?;
    let lines = lines(conn, order.id).await?;
    let shipping: i64 = parts(conn, order.id).await?.iter().map(|part| delivery(part).left()).sum();
    Ok(Refundable {
        order: id,
        payment: Id::new(order.payment_id),
        currency: order.currency.parse()?,
        shipping,
        total: shipping + lines.iter().map(|line| balance(line).left()).sum::<i64>(),
        lines: lines
            .into_iter()
            .map(|line| Leftover {
                order_line: Id::new(line.id),
                quantity: balance(&line).units_left(),
                unit_price: line.unit_price,
                amount: balance(&line).left(),
                title: line.title,
                options: line.options,
            })
            .collect(),
    })
}

fn balance(line: &order_line::Model) -> Balance {
    Balance {
        quantity: line.quantity,
        unit_price: line.unit_price,
        total: line.total_amount,
        tax: line.tax_amount,
        commission: line.commission_amount,
        refunded_quantity: line.refunded_quantity,
        refunded: line.refunded_amount,
        refunded_tax: line.refunded_tax,
        refunded_commission: line.refunded_commission,
    }
}

fn delivery(part: &seller_order::Model) -> Balance {
    Balance {
        total: part.shipping_amount,
        tax: part.shipping_tax_amount,
        refunded: part.refunded_shipping,
        refunded_tax: part.refunded_shipping_tax,
        ..Balance::default()
    }
}

/// What [`take_refund`] would take, without taking it: refused as that would be.
pub async fn quote_refund(
    conn: &impl ConnectionTrait,
    id: Id<Order>,
    ask: &RefundAsk,
) -> Result<Vec<RefundPart>> {
    let order = order::Entity::find_by_id(id.uuid()).one(conn).await?;
    let order = order.ok_or_else(|| Error::not_found("order"))?;
    let (lines, parts) = (lines(conn, order.id).await?, parts(conn, order.id).await?);
    let taken = share(&lines, &parts, ask, order.currency.parse()?)?;
    let amount: i64 = taken.iter().map(|part| part.amount).sum();
    let left = order.total_amount - order.refunded_amount;
    if amount <= left { Ok(taken) } else { Err(exceeds(left)) }
}

/// Takes what is asked for out of what is left and answers the shares; empty when
/// nothing was left of what was asked. 409 [`codes::EXCEEDS_REFUNDABLE`] when more is
/// asked for than is left; 422 for lines that are not the order's.
pub async fn take_refund(tx: &Tx, ctx: &Ctx, id: Id<Order>, ask: &RefundAsk) -> Result<Vec<RefundPart>> {
    let order = lock(tx, ctx, id).await?.ok_or_else(|| Error::not_found("order"))?;
    let (lines, parts) = (lines(tx, order.id).await?, parts(tx, order.id).await?);
    let taken = share(&lines, &parts, ask, order.currency.parse()?)?;
    for part in &taken {
        write(tx, part, 1).await?;
    }
    let amount: i64 = taken.iter().map(|part| part.amount).sum();
    let done = order::Entity::update_many()
        .col_expr(order::Column::RefundedAmount, Expr::col(order::Column::RefundedAmount).add(amount))
        .filter(order::Column::Id.eq(order.id))
        .filter(
            Expr::col(order::Column::RefundedAmount).add(amount).lte(Expr::col(order::Column::TotalAmount)),
        )
        .exec(tx)
        .await?;
    if done.rows_affected == 1 { Ok(taken) } else { Err(exceeds(order.total_amount - order.refunded_amount)) }
}

/// The shares of what is asked for.
fn share(
    lines: &[order_line::Model],
    parts: &[seller_order::Model],
    ask: &RefundAsk,
    currency: Currency,
) -> Result<Vec<RefundPart>> {
    let left: i64 = lines
        .iter()
        .map(|line| balance(line).left())
        .chain(parts.iter().map(|part| delivery(part).left()))
        .sum();
    let mut wanted: BTreeMap<Uuid, i64> = BTreeMap::new();
    let mut fields = Fields::default();
    for (place, (line, quantity)) in ask.lines.iter().enumerate() {
        let known = lines.iter().any(|row| row.id == line.uuid());
        fields.check(
            known,
            &format!("lines/{place}/order_line"),
            codes::LINES_INVALID,
            "Not a line of this order.",
        );
        let fine = (1..=1_000_000).contains(quantity);
        fields.check(fine, &format!("lines/{place}/quantity"), codes::LINES_INVALID, "Refund at least 1.");
        let sum = wanted.entry(line.uuid()).or_default();
        *sum = sum.saturating_add(*quantity);
    }
    fields.finish()?;

    let mut taken = Vec::new();
    for line in lines {
        let Some(quantity) = wanted.get(&line.id).copied() else { continue };
        let balance = balance(line);
        if quantity > balance.units_left() {
            return Err(exceeds(balance.left()));
        }
        taken.push(of_line(line, balance.take(quantity, balance.worth(quantity))));
    }
    if let Some(amount) = ask.amount {
        if amount < 0 || amount > left {
            return Err(exceeds(left));
        }
        let by_line: Vec<i64> = lines.iter().map(|line| balance(line).left()).collect();
        let items = Ord::min(amount, by_line.iter().sum::<i64>());
        for (line, amount) in lines.iter().zip(spread(items, &by_line, currency)) {
            taken.push(of_line(line, balance(line).take(0, amount)));
        }
        deliver(parts, amount - items, currency, &mut taken);
    }
    let named = |part: &&seller_order::Model| ask.parcels.contains(&Id::new(part.id));
    for part in parts.iter().filter(named) {
        taken.push(of_delivery(part, delivery(part).take(0, delivery(part).left())));
    }
    if let Some(amount) = ask.shipping {
        let rest: Vec<seller_order::Model> = parts.iter().filter(|part| !named(part)).cloned().collect();
        let most: i64 = rest.iter().map(|part| delivery(part).left()).sum();
        if amount < 0 || amount > most {
            return Err(exceeds(most));
        }
        deliver(&rest, amount, currency, &mut taken);
    }
    taken.retain(|part| part.amount > 0 || part.quantity > 0);
    Ok(taken)
}

/// Spreads delivery cost over the parts by what is left of each.
fn deliver(parts: &[seller_order::Model], amount: i64, currency: Currency, taken: &mut Vec<RefundPart>) {
    let left: Vec<i64> = parts.iter().map(|part| delivery(part).left()).collect();
    for (part, amount) in parts.iter().zip(spread(amount, &left, currency)) {
        taken.push(of_delivery(part, delivery(part).take(0, amount)));
    }
}

/// Shares an amount by weights without loss; no share exceeds its weight as long as the
/// amount does not exceed their sum.
fn spread(amount: i64, weights: &[i64], currency: Currency) -> Vec<i64> {
    if amount == 0 {
        return vec![0; weights.len()];
    }
    let weights: Vec<u64> = weights.iter().map(|weight| Ord::max(*weight, 0).unsigned_abs()).collect();
    Money::new(amount, currency).allocate(&weights).into_iter().map(|part| part.amount).collect()
}

fn of_line(line: &order_line::Model, share: Share) -> RefundPart {
    RefundPart {
        order_line: Some(Id::new(line.id)),
        seller_order: Id::new(line.seller_order_id),
        seller: Id::new(line.seller_id),
        quantity: share.quantity,
        amount: share.amount,
        tax: share.tax,
        commission: share.commission,
    }
}

fn of_delivery(part: &seller_order::Model, share: Share) -> RefundPart {
    RefundPart {
        order_line: None,
        seller_order: Id::new(part.id),
        seller: Id::new(part.seller_id),
        quantity: 0,
        amount: share.amount,
        tax: share.tax,
        commission: 0,
    }
}

fn exceeds(left: i64) -> Error {
    codes::EXCEEDS_REFUNDABLE
        .error("That is more than can still be refunded.")
        .fact("refundable", Ord::max(left, 0))
}

/// Adds a part to (sign 1) or takes it from (sign -1) the counters, within their guards.
async fn write(tx: &Tx, part: &RefundPart, sign: i64) -> Result<()> {
    let (quantity, amount) = (part.quantity * sign, part.amount * sign);
    let rows = match part.order_line {
        Some(line) => {
            use order_line::Column as C;
            order_line::Entity::update_many()
                .col_expr(C::RefundedQuantity, Expr::col(C::RefundedQuantity).add(quantity))
                .col_expr(C::RefundedAmount, Expr::col(C::RefundedAmount).add(amount))
                .col_expr(C::RefundedTax, Expr::col(C::RefundedTax).add(part.tax * sign))
                .col_expr(C::RefundedCommission, Expr::col(C::RefundedCommission).add(part.commission * sign))
                .filter(C::Id.eq(line.uuid()))
                .filter(Expr::col(C::RefundedQuantity).add(quantity).lte(Expr::col(C::Quantity)))
                .filter(Expr::col(C::RefundedAmount).add(amount).lte(Expr::col(C::TotalAmount)))
                .filter(Expr::col(C::RefundedAmount).add(amount).gte(0))
                .exec(tx)
                .await?
                .rows_affected
        }
        None => {
            use seller_order::Column as C;
            seller_order::Entity::update_many()
                .col_expr(C::RefundedShipping, Expr::col(C::RefundedShipping).add(amount))
                .col_expr(C::RefundedShippingTax, Expr::col(C::RefundedShippingTax).add(part.tax * sign))
                .filter(C::Id.eq(part.seller_order.uuid()))
                .filter(Expr::col(C::RefundedShipping).add(amount).lte(Expr::col(C::ShippingAmount)))
                .filter(Expr::col(C::RefundedShipping).add(amount).gte(0))
                .exec(tx)
                .await?
                .rows_affected
        }
    };
    if rows == 1 { Ok(()) } else { Err(exceeds(0)) }
}

/// Puts back what a refund that failed had taken. The caller does it once per refund.
pub async fn give_back_refund(tx: &Tx, ctx: &Ctx, id: Id<Order>, taken: &[RefundPart]) -> Result<()> {
    let order = lock(tx, ctx, id).await?.ok_or_else(|| Error::not_found("order"))?;
    for part in taken {
        write(tx, part, -1).await?;
    }
    let amount: i64 = taken.iter().map(|part| part.amount).sum();
    order::Entity::update_many()
        .col_expr(order::Column::RefundedAmount, Expr::col(order::Column::RefundedAmount).sub(amount))
        .filter(order::Column::Id.eq(order.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The provider has given back what was taken: moves the amounts, the payment status and
/// the timeline; once everything has gone back, what has not left stays. The caller does it
/// once per refund.
pub async fn settle_refund(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Order>,
    refund: Id<Refund>,
    taken: &[RefundPart],
) -> Result<()> {
    use seller_order::Column as C;
    let order = lock(tx, ctx, id).await?.ok_or_else(|| Error::not_found("order"))?;
    let amount = Money::new(taken.iter().map(|part| part.amount).sum(), order.currency.parse()?);
    let mut shares: BTreeMap<Uuid, i64> = BTreeMap::new();
    for part in taken {
        *shares.entry(part.seller_order.uuid()).or_default() += part.amount;
    }
    for (part, share) in shares {
        seller_order::Entity::update_many()
            .col_expr(C::SettledRefundAmount, Expr::col(C::SettledRefundAmount).add(share))
            .filter(C::Id.eq(part))
            .exec(tx)
            .await?;
    }
    let given = order.settled_refund_amount + amount.amount;
    let status = refunded_status(order.total_amount, given);
    let version = order.version + 1;
    order::Entity::update_many()
        .col_expr(order::Column::SettledRefundAmount, given.into())
        .col_expr(order::Column::PaymentStatus, status.as_str().into())
        .col_expr(order::Column::Version, version.into())
        .col_expr(order::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(order::Column::Id.eq(order.id))
        .exec(tx)
        .await?;
    note_refund(tx, ctx, id, refund, "refunded", amount, None).await?;
    let line_status: OrderStatus = read(&order.status)?;
    // Nobody pays any more for what has not been sent.
    if status.holds() && line_status.waits() {
        shipping::hold(tx, ctx, id, shipping::REFUNDED).await?;
    }
    announce(tx, ctx, &order, version, line_status, status.as_str()).await
}

/// Adds what happens to a refund to the order's timeline: `refund_requested`, `refunded`,
/// `refund_failed`. Only what has come to pass is shown to the shopper.
pub async fn note_refund(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Order>,
    refund: Id<Refund>,
    kind: &str,
    amount: Money,
    reason: Option<&str>,
) -> Result<()> {
    let data = json!({
        "refund": refund, "amount": amount.amount.to_string(), "currency": amount.currency, "reason": reason,
    });
    // Kept from sellers: the amount may hold other sellers' parts. Theirs are in the lines.
    note(tx, ctx, id, None, kind, kind == "refunded", data).await
}
