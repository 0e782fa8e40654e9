//! Reading an order for its page, and cancelling it there.

use leptos::prelude::*;
use stoa_ui::PageError;

use super::OrderRecord;
#[cfg(feature = "ssr")]
use super::{
    drawn::{self, Details, Happening, MoneyStep, ParcelRecord, ShipmentRecord},
    words,
};
#[cfg(feature = "ssr")]
use crate::text;

/// Everything about one order.
#[server]
pub async fn load_order_record(id: String) -> Result<OrderRecord, PageError> {
    use stoa_kernel::format;
    use stoa_payments::payments;
    use stoa_ui::{ParcelLine, item_detail};

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let mut order = stoa_ordering::orders::get(&ctx, id).await?;
    order.address.country = stoa_ordering::carts::country_name(&order.address.country).to_owned();
    let money = |amount| format::money(amount, &ctx.locale);
    let steps = match order.payment {
        Some(payment) if ctx.may(payments::PAYMENTS_READ) => {
            payments::steps(ctx.db().read(), &ctx, payment).await?
        }
        _ => Vec::new(),
    };
    let open = order
        .parcels
        .iter()
        .flat_map(|parcel| &parcel.lines)
        .any(|line| line.quantity > line.shipped + line.cancelled);
    let actors = actor_names(&ctx, &order.timeline).await?;
    let mut timeline: Vec<Happening> = order
        .timeline
        .into_iter()
        .map(|entry| {
            let amount = entry.data.get("amount").and_then(|amount| amount.parse().ok()).map(|amount| {
                let currency =
                    entry.data.get("currency").and_then(|code| code.parse().ok()).unwrap_or(order.currency);
                money(stoa_types::Money::new(amount, currency))
            });
            let fact = |name| entry.data.get(name).cloned().unwrap_or_default();
            // A refund's reason is a word of ours, a cancellation's is what somebody wrote.
            let reason = words::reason(&fact("reason"));
            let carrier = stoa_fulfilment::shipping::carrier_name(&fact("carrier")).to_owned();
            let detail: Vec<String> = amount
                .into_iter()
                .chain([carrier, fact("tracking_number"), reason])
                .filter(|part| !part.is_empty())
                .collect();
            // Parcels are sent and brought by others; the order only hears of it.
            let heard = matches!(entry.kind.as_str(), "shipped" | "delivered" | "shipment_cancelled");
            let actor = entry.actor.filter(|actor| !(heard && actor == "system"));
            Happening {
                kind: entry.kind,
                detail: detail.join(", "),
                actor: actor.map(|actor| actors.get(&actor).cloned().unwrap_or(actor)).unwrap_or_default(),
                at: format::date_time(entry.at),
                machine: entry.at.to_rfc3339(),
            }
        })
        .collect();
    timeline.reverse();
    let on_hold = order.parcels.iter().any(|parcel| parcel.on_hold);
    let parcels = order
        .parcels
        .into_iter()
        .map(|parcel| ParcelRecord {
            shipments: parcel
                .shipments
                .iter()
                .filter(|shipment| shipment.status != "cancelled")
                .map(|shipment| sent(&parcel, shipment))
                .collect(),
            number: parcel.number,
            shop: parcel.seller_name,
            status: parcel.status,
            on_hold: parcel.on_hold,
            delivery: format!("{}, {}", parcel.delivery_name, money(parcel.shipping)),
            arrives: format::day_range(parcel.arrives_from, parcel.arrives_to),
            commission: parcel.commission.map(money),
            lines: parcel
                .lines
                .into_iter()
                .map(|line| ParcelLine {
                    detail: item_detail(&line.options, &line.personalisation),
                    title: line.title,
                    sku: line.sku_code,
                    quantity: line.quantity,
                    counts: vec![line.shipped, line.cancelled, line.refunded],
                    total: money(line.total),
                })
                .collect(),
        })
        .collect();
    let totals = order.totals;
    let given = totals.refunded.amount + totals.refunding.amount;
    // Nothing is offered that would be refused: money has to be held, and some of it left.
    let left = order.payment_status.returnable() && given < totals.total.amount;
    let may_refund = left && ctx.may(stoa_aftersales::refunds::WRITE);
    let (facts, body) = drawn::draw(Details {
        payment: order.payment_status,
        placed: format::date_time(order.placed_at),
        email: order.email,
        address: order.address.lines(),
        phone: order.address.phone.filter(|phone| !phone.is_empty()),
        parcels,
        items: money(totals.items),
        shipping: money(totals.shipping),
        tax: money(totals.tax),
        total: money(totals.total),
        refunded: (!totals.refunded.is_zero()).then(|| money(totals.refunded)),
        refunding: (!totals.refunding.is_zero()).then(|| money(totals.refunding)),
        steps: steps
            .into_iter()
            .map(|step| MoneyStep {
                kind: step.kind,
                state: step.state,
                amount: money(step.amount),
                note: step.note.unwrap_or_default(),
                at: format::date_time(step.at),
            })
            .collect(),
        timeline,
    });
    Ok(OrderRecord {
        id: order.id.to_string(),
        number: order.number,
        status: order.status,
        on_hold,
        facts,
        body,
        may_refund,
        may_cancel: open && ctx.may(stoa_ordering::orders::CANCEL),
    })
}

/// Who did what, by name; what is no person keeps a word.
#[cfg(feature = "ssr")]
async fn actor_names(
    ctx: &stoa_kernel::Ctx,
    timeline: &[stoa_ordering_types::orders::TimelineEntry],
) -> Result<std::collections::HashMap<String, String>, PageError> {
    use stoa_types::{ApiKey, Id, User};

    let mut names = std::collections::HashMap::new();
    for actor in timeline.iter().filter_map(|entry| entry.actor.as_ref()) {
        if names.contains_key(actor) {
            continue;
        }
        let name = match actor.as_str() {
            "system" => text::order::actor::system().to_owned(),
            "visitor" => text::order::actor::visitor().to_owned(),
            id => match id.parse::<Id<User>>() {
                // Kept in memory for a while: a few people do all of it.
                Ok(user) => stoa_identity::auth::principal_of_user(&ctx.app, user)
                    .await?
                    .map_or_else(|| text::order::actor::gone().to_owned(), |person| person.name),
                Err(_) if id.parse::<Id<ApiKey>>().is_ok() => text::order::actor::program().to_owned(),
                Err(_) => id.to_owned(),
            },
        };
        names.insert(actor.clone(), name);
    }
    Ok(names)
}

/// A parcel that has left, ready to read.
#[cfg(feature = "ssr")]
fn sent(
    parcel: &stoa_ordering_types::orders::SellerOrderView,
    shipment: &stoa_ordering_types::orders::ShipmentSummary,
) -> ShipmentRecord {
    use stoa_kernel::format;

    let shipped = format::date_time(shipment.shipped_at);
    ShipmentRecord {
        carrier: stoa_fulfilment::shipping::carrier_name(&shipment.carrier).to_owned(),
        number: shipment.tracking_number.clone().unwrap_or_default(),
        url: shipment.tracking_url.clone().unwrap_or_default(),
        content: parcel.content_of(shipment).join(", "),
        times: match shipment.delivered_at {
            Some(delivered) => text::order::delivered_times(&shipped, format::date_time(delivered)),
            None => text::order::shipment_times(&shipped),
        },
    }
}

/// Cancels what has not been shipped.
#[server]
pub async fn cancel_here(
    #[server(default)] order: String,
    #[server(default)] reason: String,
    #[server(default)] idempotency_key: String,
) -> Result<(), PageError> {
    use stoa_ordering_types::orders::CancelOrder;

    let ctx = stoa_ui::server::ctx()?;
    let id: stoa_types::Id<stoa_types::Order> = order.parse().map_err(|_| PageError::not_found())?;
    let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let input = CancelOrder { lines: Vec::new(), reason: given(reason) };
    let key = given(idempotency_key);
    stoa_ordering::orders::cancel(&ctx, id, input, key.as_deref()).await?;
    stoa_ui::server::redirect_to(&format!("/admin/orders/{id}"), text::order::cancelled_flash()).await
}
