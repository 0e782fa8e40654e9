//! The job that renders and sends.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use stoa_engagement_entities::notification;
use stoa_kernel::{Ctx, Job, JobHandler, NewEvent, Result, events, format, jobs, ports::Mail};
use stoa_ordering::orders;
use stoa_ordering_types::orders::{OrderLineView, OrderView, SellerOrderView};
use stoa_types::{Id, Money, Notification, Order, Shipment};

use super::{
    TEMPLATE_BROKEN,
    model::{Facts, Line, Parcel, Template, render},
};

pub(super) const SEND: JobHandler =
    JobHandler { kind: "notifications.send", attempts: 8, run: |ctx, job| Box::pin(send(ctx, job)) };

async fn send(ctx: &Ctx, job: &Job) -> Result<()> {
    let id: Id<Notification> = jobs::payload(job)?;
    let Some(row) = notification::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await? else {
        return Ok(());
    };
    let (Some(template), Some(order)) = (Template::parse(&row.template), row.order_id) else { return Ok(()) };
    if row.state != "queued" {
        return Ok(());
    }
    let order = orders::for_mail(ctx.db().read(), ctx, Id::<Order>::new(order)).await?;
    let Some(recipient) = order.email.clone() else {
        return record(ctx, id, Outcome::Skipped("the order has no address to write to")).await;
    };
    let parcels = match row.shipment_id {
        None => order.parcels.iter().map(|parcel| promised(parcel, &row.locale)).collect(),
        Some(shipment) => match sent(&order, Id::new(shipment), &row.locale) {
            Some(parcel) => vec![parcel],
            None => return record(ctx, id, Outcome::Skipped("the parcel was withdrawn")).await,
        },
    };
    let amount = match (row.amount, row.currency.as_deref().and_then(|code| code.parse().ok())) {
        (Some(amount), Some(currency)) => Some(Money::new(amount, currency)),
        _ => None,
    };
    let facts = facts(ctx, &order, parcels, amount, &row.locale);
    let message = render(template, &facts).map_err(|error| TEMPLATE_BROKEN.error(error.to_string()))?;
    let mail = Mail {
        id: id.to_string(),
        to: recipient.clone(),
        subject: message.subject.clone(),
        text: message.text,
        html: message.html,
    };
    match ctx.app.mail.send(&mail).await {
        Ok(()) => record(ctx, id, Outcome::Sent { recipient, subject: message.subject }).await,
        Err(error) if job.attempts >= job.max_attempts => {
            record(ctx, id, Outcome::Failed(error.to_string())).await?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

/// Whether the message still waits to be sent.
pub(super) async fn is_queued(ctx: &Ctx, id: Id<Notification>) -> Result<bool> {
    let row = notification::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    Ok(row.is_some_and(|row| row.state == "queued"))
}

pub(super) enum Outcome {
    Sent { recipient: String, subject: String },
    Skipped(&'static str),
    Failed(String),
}

/// Writes how it went, once: whoever comes second finds the row no longer queued.
pub(super) async fn record(ctx: &Ctx, id: Id<Notification>, outcome: Outcome) -> Result<()> {
    use notification::Column;
    let tx = ctx.db().begin().await?;
    let update = notification::Entity::update_many()
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.eq("queued"));
    let (update, event) = match &outcome {
        Outcome::Sent { recipient, subject } => (
            update
                .col_expr(Column::State, "sent".into())
                .col_expr(Column::Recipient, recipient.clone().into())
                .col_expr(Column::Subject, subject.clone().into())
                .col_expr(Column::SentAt, Expr::value(ctx.now)),
            Some("notification.sent"),
        ),
        Outcome::Skipped(reason) => (
            update.col_expr(Column::State, "skipped".into()).col_expr(Column::Reason, (*reason).into()),
            None,
        ),
        Outcome::Failed(reason) => (
            update.col_expr(Column::State, "failed".into()).col_expr(Column::Reason, reason.clone().into()),
            Some("notification.failed"),
        ),
    };
    let changed = update.exec(&tx).await?.rows_affected == 1;
    if let Some(name) = event.filter(|_| changed) {
        events::emit(&tx, ctx, NewEvent::new(name, id, 1).data(serde_json::json!({ "notification": id })))
            .await?;
    }
    ctx.db().commit(tx).await?;
    Ok(())
}

/// One seller's part, as it was ordered.
fn promised(parcel: &SellerOrderView, locale: &str) -> Parcel {
    let line = |line: &OrderLineView| Line {
        title: line.title.clone(),
        options: line.options.clone(),
        quantity: line.quantity,
        total: format::money(line.total, locale),
    };
    Parcel {
        seller: parcel.seller_name.clone(),
        arrives: format::day_range(parcel.arrives_from, parcel.arrives_to),
        carrier: None,
        tracking_number: None,
        tracking_url: None,
        lines: parcel.lines.iter().map(line).collect(),
    }
}

/// One parcel that left, with what lies in it; none if it was withdrawn meanwhile.
fn sent(order: &OrderView, shipment: Id<Shipment>, locale: &str) -> Option<Parcel> {
    let found = order.parcels.iter().find_map(|parcel| {
        parcel.shipments.iter().find(|sent| sent.id == shipment).map(|sent| (parcel, sent))
    });
    let (parcel, sent) = found?;
    let packed = |line: &OrderLineView| {
        let own = sent.lines.iter().filter(|packed| packed.order_line == line.id);
        let quantity: i64 = own.map(|packed| packed.quantity).sum();
        let total = Money::new(line.unit_price.amount * quantity, line.unit_price.currency);
        (quantity > 0).then(|| Line {
            title: line.title.clone(),
            options: line.options.clone(),
            quantity,
            total: format::money(total, locale),
        })
    };
    Some(Parcel {
        carrier: Some(stoa_fulfilment::shipping::carrier_name(&sent.carrier).to_owned()),
        tracking_number: sent.tracking_number.clone(),
        tracking_url: sent.tracking_url.clone(),
        lines: parcel.lines.iter().filter_map(packed).collect(),
        ..promised(parcel, locale)
    })
}

fn facts(ctx: &Ctx, order: &OrderView, parcels: Vec<Parcel>, amount: Option<Money>, locale: &str) -> Facts {
    let money = |money: Money| format::money(money, locale);
    let address = &order.address;
    let place = format!("{} {}", address.postcode, address.city);
    Facts {
        name: address.name.clone(),
        number: order.number.clone(),
        link: format!(
            "{}/{locale}/order/{}",
            ctx.app.settings.public_url,
            orders::access_token(&ctx.app, order.id)
        ),
        parcels,
        total: money(order.totals.total),
        tax: money(order.totals.tax),
        shipping: money(order.totals.shipping),
        amount: amount.map(money),
        address: vec![
            address.name.clone(),
            address.street.clone(),
            place.trim().to_owned(),
            address.country.clone(),
        ],
    }
}
