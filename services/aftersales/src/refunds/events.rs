//! What cancelled orders and the provider's answers mean for refunds.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Deserialize;
use serde_json::json;
use stoa_aftersales_entities::{refund_line, refund_record};
use stoa_aftersales_types::refunds::{RefundReason, RefundState};
use stoa_kernel::{Ctx, Error, Event, NewEvent, Result, Subscriber, Tx, audit, events};
use stoa_ordering::orders::{self, RefundAsk, RefundPart};
use stoa_ordering_types::orders::LineQuantity;
use stoa_payments::{
    ledger::{self, Account, Journal},
    payments::{self, RefundRequest},
};
use stoa_types::{Id, Money, Order, Payment, Refund, SellerOrder};

use super::commands::{Wish, event_data, move_on, refund_in};

pub(super) const SUBSCRIBERS: &[Subscriber] = &[
    Subscriber {
        name: "refunds.on_order_cancelled",
        events: &["order.cancelled"],
        handle: |tx, ctx, event| Box::pin(cancelled(tx, ctx, event)),
    },
    Subscriber {
        name: "refunds.on_payment",
        events: &["payment.captured", "payment.failed"],
        handle: |tx, ctx, event| Box::pin(paid(tx, ctx, event)),
    },
    Subscriber {
        name: "refunds.on_outcome",
        events: &["payment.refunded", "payment.refund.failed"],
        handle: |tx, ctx, event| Box::pin(answered(tx, ctx, event)),
    },
];

fn data<T: for<'a> Deserialize<'a>>(event: &Event) -> Result<T> {
    serde_json::from_value(event.data.clone()).map_err(Error::internal)
}

#[derive(Deserialize)]
struct Cancelled {
    order: Id<Order>,
    lines: Vec<LineQuantity>,
    #[serde(default)]
    shipping: Vec<Id<SellerOrder>>,
}

/// What will not be sent is given back, less what was given back before.
async fn cancelled(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let Cancelled { order, lines, shipping } = data(event)?;
    let left = orders::refundable(tx, order).await?;
    let held = payments::find(tx, left.payment).await?.is_some_and(|intent| intent.state.is_paid());
    if !held {
        // The payment was lost: nothing was taken, so nothing goes back.
        return Ok(());
    }
    let lines = lines
        .into_iter()
        .filter_map(|line| {
            let most = left.lines.iter().find(|known| known.order_line == line.order_line)?.quantity;
            Some((line.order_line, line.quantity.min(most)))
        })
        .filter(|(_, quantity)| *quantity > 0)
        .collect();
    let ask = RefundAsk { lines, parcels: shipping, ..RefundAsk::default() };
    let key = format!("cancel:{}", event.id);
    let wish = Wish { key: &key, hash: "", shown: None, reason: RefundReason::Cancelled, note: None };
    refund_in(tx, ctx, order, &ask, wish).await.map(|_| ())
}

#[derive(Deserialize)]
struct Paid {
    payment: Id<Payment>,
    #[serde(default)]
    reason: String,
}

/// The money has been taken, or will never be: refunds that waited for it go on or fail.
async fn paid(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let Paid { payment, reason } = data(event)?;
    let waiting = refund_record::Entity::find()
        .filter(refund_record::Column::PaymentId.eq(payment.uuid()))
        .filter(refund_record::Column::State.eq(RefundState::Requested.as_str()))
        .all(tx)
        .await?;
    for record in waiting {
        if event.name == "payment.failed" {
            fail(tx, ctx, &record, &reason).await?;
        } else if move_on(tx, ctx, &record, RefundState::Submitted, None).await? {
            let amount = Money::new(record.amount, record.currency.parse()?);
            payments::request_refund(tx, ctx, RefundRequest { refund: Id::new(record.id), payment, amount })
                .await?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Answered {
    refund: Id<Refund>,
    #[serde(default)]
    reason: String,
}

async fn answered(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let Answered { refund, reason } = data(event)?;
    let Some(record) = refund_record::Entity::find_by_id(refund.uuid()).one(tx).await? else { return Ok(()) };
    if record.state != RefundState::Submitted.as_str() {
        return Ok(());
    }
    if event.name == "payment.refund.failed" {
        return fail(tx, ctx, &record, &reason).await;
    }
    if !move_on(tx, ctx, &record, RefundState::Succeeded, None).await? {
        return Ok(());
    }
    let (order, amount) =
        (Id::<Order>::new(record.order_id), Money::new(record.amount, record.currency.parse()?));
    let parts = parts(tx, &record).await?;
    book(tx, ctx, &record, &parts).await?;
    orders::settle_refund(tx, ctx, order, refund, &parts).await?;
    let data = event_data(refund, order, Id::new(record.payment_id), amount);
    audit::record(tx, ctx, audit::Entry::new("refund.succeeded", refund).facts(&data)).await?;
    events::emit(tx, ctx, NewEvent::new("refund.succeeded", refund, record.version + 1).data(data)).await
}

/// Seller and marketplace give their shares back; the other half of the entry is the
/// payment's own.
async fn book(tx: &Tx, ctx: &Ctx, record: &refund_record::Model, parts: &[RefundPart]) -> Result<()> {
    let refund = Id::<Refund>::new(record.id);
    let mut lines =
        vec![(Account::CustomerFunds, -record.amount), (Account::CommissionIncome, record.commission_amount)];
    for part in parts {
        lines.push((Account::SellerPayable(part.seller), part.amount - part.commission));
    }
    let journal = Journal {
        key: format!("refund:{refund}:shares"),
        description: "Refund, shares of sellers and marketplace".to_owned(),
        currency: record.currency.parse()?,
        lines,
        order: Some(Id::new(record.order_id)),
        payment: Some(Id::new(record.payment_id)),
        refund: Some(refund),
    };
    ledger::post(tx, ctx, journal).await.map(|_| ())
}

async fn parts(tx: &Tx, record: &refund_record::Model) -> Result<Vec<RefundPart>> {
    let rows =
        refund_line::Entity::find().filter(refund_line::Column::RefundId.eq(record.id)).all(tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| RefundPart {
            order_line: row.order_line_id.map(Id::new),
            seller_order: Id::new(row.seller_order_id),
            seller: Id::new(row.seller_id),
            quantity: row.quantity,
            amount: row.amount,
            tax: row.tax_amount,
            commission: row.commission_amount,
        })
        .collect())
}

/// The provider said no: the shares are free again and staff must look.
async fn fail(tx: &Tx, ctx: &Ctx, record: &refund_record::Model, reason: &str) -> Result<()> {
    if !move_on(tx, ctx, record, RefundState::Failed, Some(reason)).await? {
        return Ok(());
    }
    let (refund, order) = (Id::<Refund>::new(record.id), Id::<Order>::new(record.order_id));
    let amount = Money::new(record.amount, record.currency.parse()?);
    orders::give_back_refund(tx, ctx, order, &parts(tx, record).await?).await?;
    orders::note_refund(tx, ctx, order, refund, "refund_failed", amount, Some(reason)).await?;
    let mut data = event_data(refund, order, Id::new(record.payment_id), amount);
    data["reason"] = json!(reason);
    audit::record(tx, ctx, audit::Entry::new("refund.failed", refund).facts(&data)).await?;
    events::emit(tx, ctx, NewEvent::new("refund.failed", refund, record.version + 1).data(data)).await
}
