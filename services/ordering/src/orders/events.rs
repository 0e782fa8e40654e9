//! What payments and parcels mean for orders.

use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde::Deserialize;
use serde_json::json;
use stoa_fulfilment::shipping;
use stoa_identity::customers;
use stoa_kernel::{Ctx, Error, Event, Result, Subscriber, Tx, audit, jobs};
use stoa_ordering_entities::{order, order_event, order_line};
use stoa_ordering_types::orders::{LineQuantity, OrderStatus, PaymentStatus};
use stoa_payments::{
    ledger::{self, Account, Journal},
    payments,
};
use stoa_types::{Customer, Id, Order, Payment, Seller, SellerOrder, Shipment};

use super::{
    model::payment_moved,
    progress::{announce, lock, note, parts, read, settle},
};

pub(super) const SUBSCRIBERS: &[Subscriber] = &[
    Subscriber {
        name: "orders.on_payment_authorized",
        events: &["payment.authorized"],
        handle: |tx, ctx, event| Box::pin(authorized(tx, ctx, event)),
    },
    Subscriber {
        name: "orders.on_payment",
        events: &["payment.captured", "payment.failed", "payment.voided"],
        handle: |tx, ctx, event| Box::pin(paid(tx, ctx, event)),
    },
    Subscriber {
        name: "orders.on_shipment",
        events: &["shipment.created", "shipment.cancelled"],
        handle: |tx, ctx, event| Box::pin(shipped(tx, ctx, event)),
    },
    Subscriber {
        name: "orders.on_tracking",
        events: &["shipment.tracking.updated"],
        handle: |tx, ctx, event| Box::pin(tracked(tx, ctx, event)),
    },
    Subscriber {
        name: "orders.on_guest_linked",
        events: &[customers::GUEST_LINKED],
        handle: |tx, ctx, event| Box::pin(guest_linked(tx, ctx, event)),
    },
];

#[derive(Deserialize)]
struct Linked {
    customer: Id<Customer>,
    guest: Id<Customer>,
}

#[derive(Deserialize)]
struct Money {
    payment: Id<Payment>,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct Parcel {
    order: Id<Order>,
    seller_order: Id<SellerOrder>,
    shipment: Id<Shipment>,
    #[serde(default)]
    carrier: String,
    #[serde(default)]
    tracking_number: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    lines: Vec<LineQuantity>,
}

fn data<T: for<'a> Deserialize<'a>>(event: &Event) -> Result<T> {
    serde_json::from_value(event.data.clone()).map_err(Error::internal)
}

/// An account has proved the address of a guest: what that one bought is the account's. The
/// orders themselves stay as they are, so a second time changes nothing.
async fn guest_linked(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let Linked { customer, guest } = data(event)?;
    let moved = order::Entity::update_many()
        .col_expr(order::Column::CustomerId, Expr::value(Some(customer.uuid())))
        .filter(order::Column::CustomerId.eq(guest.uuid()))
        .exec(tx)
        .await?;
    if moved.rows_affected == 0 {
        return Ok(());
    }
    let facts = json!({ "guest": guest, "orders": moved.rows_affected });
    audit::record(tx, ctx, audit::Entry::new("customer.orders_linked", customer).facts(facts)).await
}

/// The money is there: unless the shopper's own return has placed the order already, a
/// job does. Not here: the relay handles many events in one transaction, and holding the
/// stock of several orders at once would lock others out. For an order whose money had
/// fallen through it is good news.
async fn authorized(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let Money { payment, .. } = data(event)?;
    if super::queries::of_payment_in(tx, payment).await?.is_some() {
        return paid(tx, ctx, event).await;
    }
    let options =
        jobs::Options { unique_key: Some(format!("orders.complete:{payment}")), ..Default::default() };
    jobs::enqueue_with(tx, ctx, "orders.complete", payment, options).await.map(|_| ())
}

/// What the payment says now. Its news may come twice and in any order: what is older than
/// what the order knows changes nothing. While the money has fallen through, nothing of the
/// order may leave.
async fn paid(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let Money { payment, reason } = data(event)?;
    let Some(id) = super::queries::of_payment_in(tx, payment).await? else { return Ok(()) };
    let Some(order) = lock(tx, ctx, id).await? else { return Ok(()) };
    let newer = order::Entity::update_many()
        .col_expr(order::Column::PaymentVersion, event.subject_version.into())
        .filter(order::Column::Id.eq(order.id))
        .filter(order::Column::PaymentVersion.lt(event.subject_version))
        .exec(tx)
        .await?;
    if newer.rows_affected != 1 {
        return Ok(());
    }
    let before: PaymentStatus = read(&order.payment_status)?;
    let Some(status) = payment_moved(before, &event.name) else { return Ok(()) };
    let version = order.version + 1;
    let paid_at = (status == PaymentStatus::Paid).then_some(ctx.now);
    order::Entity::update_many()
        .col_expr(order::Column::PaymentStatus, status.as_str().into())
        .col_expr(order::Column::PaidAt, Expr::value(paid_at))
        .col_expr(order::Column::Version, version.into())
        .col_expr(order::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(order::Column::Id.eq(order.id))
        .exec(tx)
        .await?;
    if status.holds() {
        shipping::hold(tx, ctx, id, shipping::UNPAID).await?;
    } else if before.holds() {
        shipping::release(tx, ctx, id, shipping::UNPAID).await?;
    }
    let kind = match status {
        PaymentStatus::Paid => Some("paid"),
        PaymentStatus::Voided => Some("voided"),
        PaymentStatus::Failed => Some("payment_failed"),
        _ => None,
    };
    match status {
        PaymentStatus::Paid => split(tx, ctx, &order, payment).await?,
        PaymentStatus::Authorized => capture_again(tx, ctx, &order, payment).await?,
        _ => {}
    }
    let facts =
        json!({ "amount": order.total_amount.to_string(), "currency": order.currency, "reason": reason });
    if let Some(kind) = kind {
        note(tx, ctx, id, None, kind, status == PaymentStatus::Paid, facts).await?;
    }
    let change = json!({ "payment_status": { "before": before, "after": status } });
    audit::record(tx, ctx, audit::Entry::new("order.payment_changed", id).facts(change)).await?;
    let line_status: OrderStatus = read(&order.status)?;
    announce(tx, ctx, &order, version, line_status, status.as_str()).await
}

/// Asks for the money of an order whose first capture came to nothing. One that is under
/// way already is the one.
async fn capture_again(tx: &Tx, ctx: &Ctx, order: &order::Model, payment: Id<Payment>) -> Result<()> {
    let amount = stoa_types::Money::new(order.total_amount, order.currency.parse()?);
    match payments::request_capture(tx, ctx, payment, amount).await {
        Err(error) if error.is(payments::CAPTURE_EXCEEDS_AUTHORISED) => Ok(()),
        other => other,
    }
}

/// Books whose the captured money is: each seller's part less commission, and the
/// commission, by the amounts stored when the order was placed.
async fn split(tx: &Tx, ctx: &Ctx, order: &order::Model, payment: Id<Payment>) -> Result<()> {
    let id = Id::<Order>::new(order.id);
    let mut lines = vec![(Account::CustomerFunds, order.total_amount)];
    let mut commission = 0;
    for part in parts(tx, order.id).await? {
        commission += part.commission_amount;
        lines.push((
            Account::SellerPayable(Id::new(part.seller_id)),
            part.commission_amount - part.total_amount,
        ));
    }
    lines.push((Account::CommissionIncome, -commission));
    let journal = Journal {
        key: format!("sale:{id}"),
        description: format!("Order {}", order.number),
        currency: order.currency.parse()?,
        lines,
        order: Some(id),
        payment: Some(payment),
        refund: None,
    };
    ledger::post(tx, ctx, journal).await.map(|_| ())
}

/// A parcel has left, or was withdrawn before the courier had it.
async fn shipped(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    use order_line::Column as C;
    let parcel: Parcel = data(event)?;
    let Some(order) = lock(tx, ctx, parcel.order).await? else { return Ok(()) };
    let left = event.name == "shipment.created";
    for line in &parcel.lines {
        let change = if left { line.quantity } else { -line.quantity };
        let after = || Expr::col(C::ShippedQuantity).add(change);
        let done = order_line::Entity::update_many()
            .col_expr(C::ShippedQuantity, after())
            .filter(C::Id.eq(line.order_line.uuid()))
            .filter(C::OrderId.eq(order.id))
            .filter(after().lte(Expr::col(C::Quantity).sub(Expr::col(C::CancelledQuantity))))
            .filter(after().gte(Expr::col(C::DeliveredQuantity)))
            .exec(tx)
            .await?;
        if done.rows_affected != 1 {
            return Err(Error::internal(format!(
                "parcel {} does not fit order line {}",
                parcel.shipment, line.order_line
            )));
        }
    }
    let facts = json!({
        "shipment": parcel.shipment, "carrier": parcel.carrier, "tracking_number": parcel.tracking_number,
        "quantity": parcel.lines.iter().map(|line| line.quantity).sum::<i64>().to_string(),
    });
    let kind = if left { "shipped" } else { "shipment_cancelled" };
    note(tx, ctx, parcel.order, seller(event, &parcel, tx).await?, kind, true, facts).await?;
    settle(tx, ctx, &order).await.map(|_| ())
}

/// News of a parcel; only its arrival moves the order. More news of an arrived parcel
/// changes nothing.
async fn tracked(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    use order_line::Column as C;
    let parcel: Parcel = data(event)?;
    if parcel.status != "delivered" {
        return Ok(());
    }
    let Some(order) = lock(tx, ctx, parcel.order).await? else { return Ok(()) };
    let shipment = parcel.shipment.to_string();
    let before = order_event::Entity::find()
        .filter(order_event::Column::OrderId.eq(order.id))
        .filter(order_event::Column::Kind.eq("delivered"))
        .all(tx)
        .await?;
    if before.iter().any(|event| event.data["shipment"] == shipment.as_str()) {
        return Ok(());
    }
    for row in super::progress::lines(tx, order.id).await? {
        let arrived = parcel
            .lines
            .iter()
            .filter(|line| line.order_line.uuid() == row.id)
            .map(|line| line.quantity)
            .sum::<i64>();
        // Staff may have said so before the courier: then it is counted already.
        let delivered = Ord::min(row.shipped_quantity, row.delivered_quantity + arrived);
        if delivered != row.delivered_quantity {
            order_line::Entity::update_many()
                .col_expr(C::DeliveredQuantity, delivered.into())
                .filter(C::Id.eq(row.id))
                .exec(tx)
                .await?;
        }
    }
    let facts = json!({
        "shipment": parcel.shipment, "quantity": parcel.lines.iter().map(|line| line.quantity).sum::<i64>().to_string(),
    });
    note(tx, ctx, parcel.order, seller(event, &parcel, tx).await?, "delivered", true, facts).await?;
    settle(tx, ctx, &order).await.map(|_| ())
}

/// The seller the parcel is from.
async fn seller(event: &Event, parcel: &Parcel, tx: &Tx) -> Result<Option<Id<Seller>>> {
    if let Some(seller) = event.seller_id {
        return Ok(Some(Id::new(seller)));
    }
    let part =
        stoa_ordering_entities::seller_order::Entity::find_by_id(parcel.seller_order.uuid()).one(tx).await?;
    Ok(part.map(|part| Id::new(part.seller_id)))
}
