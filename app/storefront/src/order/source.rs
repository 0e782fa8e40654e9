//! The order as its page tells it.

use stoa_kernel::format;
use stoa_ordering_types::orders::{OrderLineView, OrderStatus, OrderView, PaymentStatus, SellerOrderView};
use stoa_types::{DateTime, Utc};

use super::{Happening, Kind, OrderContent, OrderParcel};
use crate::{
    checkout::bill::{self, Goods, Sums},
    text,
};

/// The view in the shopper's words.
pub(super) fn content(order: OrderView, locale: &str, now: DateTime<Utc>) -> OrderContent {
    let money = |amount| format::money(amount, locale);
    let totals = &order.totals;
    let address = &order.address;
    let country = stoa_ordering::carts::country_name(&address.country);
    OrderContent {
        title: title(&order),
        number: order.number.clone(),
        placed: format::day(order.placed_at),
        email: order.email.clone().unwrap_or_default(),
        address: vec![
            address.name.clone(),
            address.company.clone().unwrap_or_default(),
            address.street.clone(),
            address.extra.clone().unwrap_or_default(),
            format!("{} {}", address.postcode, address.city),
            country.trim_start_matches("the ").to_owned(),
        ],
        parcels: order.parcels.iter().map(|parcel| self::parcel(parcel, &order, locale, now)).collect(),
        delivery_to: text::cart::delivery_to(country),
        sums: Sums {
            items: money(totals.items),
            delivery: bill::delivery_price(totals.shipping, locale),
            total: money(totals.total),
            tax: money(totals.tax),
            refunded: if totals.refunded.is_zero() { String::new() } else { money(totals.refunded) },
            refunding: if totals.refunding.is_zero() { String::new() } else { money(totals.refunding) },
        },
    }
}

/// Thanks with the days everything that is still coming arrives in, unless the order has
/// come to nothing.
fn title(order: &OrderView) -> String {
    let name = order.address.name.split_whitespace().next().unwrap_or_default();
    if order.status == OrderStatus::Cancelled {
        return text::order::cancelled_title(&order.number);
    }
    if order.payment_status == PaymentStatus::Refunded {
        return text::order::refunded_title(&order.number);
    }
    let coming = order.parcels.iter().filter(|parcel| is_coming(parcel.status));
    // Days are promised again once the money is there.
    if coming.clone().any(|parcel| parcel.on_hold) {
        return text::order::held_title(&order.number);
    }
    let from = coming.clone().map(|parcel| parcel.arrives_from).min();
    let to = coming.map(|parcel| parcel.arrives_to).max();
    match (from, to) {
        (Some(from), Some(to)) => text::order::thanks(name, format::day_range(from, to)),
        _ => text::order::arrived(name),
    }
}

fn is_coming(status: OrderStatus) -> bool {
    !matches!(status, OrderStatus::Cancelled | OrderStatus::Delivered | OrderStatus::Completed)
}

fn parcel(parcel: &SellerOrderView, order: &OrderView, locale: &str, now: DateTime<Utc>) -> OrderParcel {
    let tracking = parcel
        .shipments
        .iter()
        .filter(|shipment| shipment.delivered_at.is_none())
        .find_map(|shipment| shipment.tracking_url.clone());
    OrderParcel {
        seller: parcel.seller_name.clone(),
        tracking: tracking.unwrap_or_default(),
        goods: parcel.lines.iter().map(|line| goods(line, locale)).collect(),
        events: events(parcel, order, now),
    }
}

fn goods(line: &OrderLineView, locale: &str) -> Goods {
    Goods {
        title: line.title.clone(),
        slug: line.slug.clone(),
        options: bill::options(&line.options, &line.personalisation),
        quantity: text::order::each(line.quantity, format::money(line.unit_price, locale)),
        amount: format::money(line.total, locale),
        note: if line.cancelled > 0 { text::order::line_cancelled(line.cancelled) } else { String::new() },
        picture: line.picture.clone(),
    }
}

fn happened(title: &str, at: DateTime<Utc>, kind: Kind) -> Happening {
    Happening {
        title: title.to_owned(),
        time: format::day(at),
        datetime: at.to_rfc3339(),
        kind,
        ..Happening::default()
    }
}

/// What happened to this parcel, oldest first, and what is still to come.
fn events(parcel: &SellerOrderView, order: &OrderView, now: DateTime<Utc>) -> Vec<Happening> {
    let mut all: Vec<(DateTime<Utc>, Happening)> = order
        .timeline
        .iter()
        .filter(|entry| entry.seller.is_none_or(|seller| seller == parcel.seller))
        .filter_map(|entry| {
            let (title, kind) = match entry.kind.as_str() {
                "placed" => (text::order::placed(), Kind::Done),
                "paid" => (text::order::paid(), Kind::Done),
                "payment_failed" => (text::order::payment_failed(), Kind::Wrong),
                "voided" => (text::order::voided(), Kind::Stopped),
                "cancelled" => (text::order::cancelled(), Kind::Stopped),
                "refund_requested" => (text::order::refund_requested(), Kind::Done),
                "refunded" => (text::order::refund_done(), Kind::Done),
                "refund_failed" => (text::order::refund_failed(), Kind::Wrong),
                // Parcels tell themselves that they were shipped and delivered.
                _ => return None,
            };
            Some((entry.at, happened(title, entry.at, kind)))
        })
        .collect();
    for shipment in parcel.shipments.iter().filter(|shipment| shipment.status != "cancelled") {
        let number = shipment.tracking_number.clone().unwrap_or_default();
        let shipped = Happening {
            detail: text::order::shipped_by(
                stoa_fulfilment::shipping::carrier_name(&shipment.carrier),
                number,
            )
            .trim_end_matches([',', ' '])
            .to_owned(),
            tracking: shipment.tracking_url.clone().unwrap_or_default(),
            ..happened(text::order::shipped(), shipment.shipped_at, Kind::Done)
        };
        all.push((shipment.shipped_at, shipped));
        if let Some(at) = shipment.delivered_at {
            all.push((at, happened(text::order::delivered(), at, Kind::Done)));
        }
    }
    all.sort_by_key(|(at, _)| *at);
    let mut events: Vec<Happening> = all.into_iter().map(|(_, event)| event).collect();
    events.extend(to_come(parcel, order.payment_status, now));
    events
}

/// What stands out for a parcel, in the order it will happen; trouble first.
fn to_come(parcel: &SellerOrderView, payment: PaymentStatus, now: DateTime<Utc>) -> Vec<Happening> {
    let mut events = Vec::new();
    let mut put = |title: &str, kind: Kind| {
        events.push(Happening { title: title.to_owned(), kind, ..Happening::default() });
    };
    for shipment in &parcel.shipments {
        match shipment.status.as_str() {
            "exception" => put(text::order::trouble(), Kind::Wrong),
            "returned" => put(text::order::sent_back(), Kind::Wrong),
            "out_for_delivery" => put(text::order::out_for_delivery(), Kind::Done),
            _ => {}
        }
    }
    if !is_coming(parcel.status) {
        return events;
    }
    let open = parcel.lines.iter().any(|line| line.shipped + line.cancelled < line.quantity);
    let under_way = parcel.shipments.iter().any(|shipment| shipment.delivered_at.is_none());
    if parcel.on_hold {
        if payment == PaymentStatus::Refunded {
            put(text::order::not_sent(), Kind::Stopped);
        } else {
            put(text::order::held(), Kind::Wrong);
        }
        if !under_way {
            return events;
        }
    } else if parcel.shipments.is_empty() {
        put(&text::order::to_ship(&parcel.seller_name), Kind::ToCome);
    } else if open {
        put(&text::order::to_ship_rest(&parcel.seller_name), Kind::ToCome);
    }
    let days = format::day_range(parcel.arrives_from, parcel.arrives_to);
    // The last day is a day, not a moment: late only once it is over.
    if parcel.arrives_to.date_naive() < now.date_naive() {
        put(&text::order::late(days), Kind::Wrong);
    } else {
        put(&text::order::to_arrive(days), Kind::ToCome);
    }
    events
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use stoa_ordering_types::orders::{OrderStatus, OrderView, PaymentStatus, SellerOrderView};
    use stoa_types::{
        DateTime, Id, Order, OrderLine, Product, Seller, SellerOrder, Shipment, Sku, Utc, Uuid,
    };

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    /// A part of two units, `shipped` of them sent, with shipments in these states.
    fn part(status: &str, shipped: i64, shipments: &[&str]) -> SellerOrderView {
        let euros = json!({ "amount": 100, "currency": "EUR" });
        let nil = Uuid::nil();
        let shipments: Vec<Value> = shipments
            .iter()
            .map(|state| {
                json!({
                    "id": Id::<Shipment>::new(nil), "carrier": "Argo", "tracking_number": null,
                    "tracking_url": null, "status": state, "shipped_at": "2026-05-12T08:00:00Z",
                    "delivered_at": null, "lines": [],
                })
            })
            .collect();
        let line = json!({
            "id": Id::<OrderLine>::new(nil), "product": Id::<Product>::new(nil), "sku": Id::<Sku>::new(nil),
            "sku_code": "J", "title": "Jug", "slug": "jug", "options": "", "personalisation": {},
            "picture": null, "state": "allocated", "quantity": 2, "shipped": shipped, "delivered": 0,
            "cancelled": 0, "refunded": 0, "unit_price": euros, "total": euros, "refunded_amount": euros,
            "tax_rate_bp": 2400, "tax": euros, "commission": null,
        });
        serde_json::from_value(json!({
            "id": Id::<SellerOrder>::new(nil), "number": "K-1", "seller": Id::<Seller>::new(nil),
            "seller_name": "Kleio", "seller_slug": "kleio", "status": status, "on_hold": false, "fulfilment": null,
            "delivery": "standard", "delivery_name": "Standard delivery",
            "arrives_from": "2026-05-14T00:00:00Z", "arrives_to": "2026-05-16T00:00:00Z", "lines": [line],
            "items": euros, "shipping": euros, "shipping_refunded": euros, "tax": euros, "total": euros,
            "commission": null, "shipments": shipments,
        }))
        .expect("a part of an order")
    }

    /// An order of these parts, whose payment stands so.
    fn order(parcels: &[SellerOrderView], status: &str, payment: &str) -> OrderView {
        let euros = json!({ "amount": 100, "currency": "EUR" });
        let placed = "2026-05-11T08:00:00Z";
        serde_json::from_value(json!({
            "id": Id::<Order>::new(Uuid::nil()), "number": "K7QM-2XPAC", "version": 1, "status": status,
            "payment_status": payment, "currency": "EUR", "email": null, "customer": null, "parcels": parcels,
            "address": { "name": "Ioanna Pappa", "street": "Ermou 1", "postcode": "105 63", "city": "Athens", "country": "GR" },
            "totals": { "items": euros, "shipping": euros, "tax": euros, "total": euros, "refunded": euros, "refunding": euros },
            "payment": null, "cart": null, "timeline": [], "placed_at": placed, "paid_at": null, "updated_at": placed,
        }))
        .expect("an order")
    }

    fn said(part: &SellerOrderView, payment: PaymentStatus, now: &str) -> Vec<(String, Kind)> {
        to_come(part, payment, at(now)).into_iter().map(|event| (event.title, event.kind)).collect()
    }

    fn told(part: &SellerOrderView, now: &str) -> Vec<(String, Kind)> {
        said(part, PaymentStatus::Paid, now)
    }

    #[test]
    fn what_stands_out_is_said_until_it_has_come() {
        let arrives = (text::order::to_arrive("Thu 14 to Sat 16 May"), Kind::ToCome);
        let packs = (text::order::to_ship("Kleio"), Kind::ToCome);
        assert_eq!(told(&part("processing", 0, &[]), "2026-05-12T09:00:00Z"), [packs, arrives.clone()]);
        let rest = (text::order::to_ship_rest("Kleio"), Kind::ToCome);
        let some = part("partially_shipped", 1, &["in_transit"]);
        assert_eq!(told(&some, "2026-05-12T09:00:00Z"), [rest, arrives.clone()]);
        assert_eq!(told(&part("shipped", 2, &["in_transit"]), "2026-05-16T23:59:00Z"), [arrives]);
        assert_eq!(told(&part("delivered", 2, &["delivered"]), "2026-05-20T00:00:00Z"), []);
    }

    #[test]
    fn nothing_is_promised_of_what_is_on_hold() {
        let now = "2026-05-12T09:00:00Z";
        let none = SellerOrderView { on_hold: true, ..part("processing", 0, &[]) };
        let some = SellerOrderView { on_hold: true, ..part("partially_shipped", 1, &["in_transit"]) };
        let mut there = SellerOrderView { on_hold: true, ..part("partially_shipped", 1, &["delivered"]) };
        there.shipments[0].delivered_at = Some(at("2026-05-12T08:00:00Z"));
        for (payment, why) in [
            (PaymentStatus::Failed, (text::order::held().to_owned(), Kind::Wrong)),
            (PaymentStatus::Refunded, (text::order::not_sent().to_owned(), Kind::Stopped)),
        ] {
            assert_eq!(said(&none, payment, now), std::slice::from_ref(&why));
            // What is under way still arrives, and what has arrived does not do it again.
            let arrives = (text::order::to_arrive("Thu 14 to Sat 16 May"), Kind::ToCome);
            assert_eq!(said(&some, payment, now), [why.clone(), arrives]);
            assert_eq!(said(&there, payment, now), [why]);
        }
    }

    #[test]
    fn a_title_promises_only_what_comes() {
        let held = SellerOrderView { on_hold: true, ..part("processing", 0, &[]) };
        let packed = part("processing", 0, &[]);
        let there = part("delivered", 2, &["delivered"]);
        let gone = part("cancelled", 0, &[]);
        let titled = |parcels: &[&SellerOrderView], status: OrderStatus, payment: PaymentStatus| {
            let parcels: Vec<SellerOrderView> = parcels.iter().map(|part| (*part).clone()).collect();
            title(&order(&parcels, status.as_str(), payment.as_str()))
        };
        let thanks = text::order::thanks("Ioanna", "Thu 14 to Sat 16 May");
        let (refunded, partly) = (PaymentStatus::Refunded, PaymentStatus::PartiallyRefunded);
        let number = "K7QM-2XPAC";
        assert_eq!(titled(&[&packed], OrderStatus::Processing, PaymentStatus::Paid), thanks);
        assert_eq!(titled(&[&packed, &gone], OrderStatus::Processing, partly), thanks);
        assert_eq!(
            titled(&[&held], OrderStatus::Processing, PaymentStatus::Failed),
            text::order::held_title(number)
        );
        for parcels in [&[&held] as &[_], &[&there], &[&there, &held]] {
            assert_eq!(
                titled(parcels, OrderStatus::PartiallyShipped, refunded),
                text::order::refunded_title(number)
            );
        }
        assert_eq!(titled(&[&gone], OrderStatus::Cancelled, refunded), text::order::cancelled_title(number));
        assert_eq!(titled(&[&there, &gone], OrderStatus::Delivered, partly), text::order::arrived("Ioanna"));
    }

    #[test]
    fn a_carrier_is_named() {
        let mut sent = part("shipped", 2, &["in_transit"]);
        let with = |sent: &SellerOrderView| {
            let whole = order(std::slice::from_ref(sent), "shipped", "paid");
            let events = events(sent, &whole, at("2026-05-12T09:00:00Z"));
            events.into_iter().map(|event| event.detail).find(|detail| !detail.is_empty())
        };
        assert_eq!(with(&sent), Some("With Argo".to_owned()));
        sent.shipments[0].carrier = "royal-mail".to_owned();
        sent.shipments[0].tracking_number = Some("AB12".to_owned());
        assert_eq!(with(&sent), Some("With Royal Mail, AB12".to_owned()));
    }

    #[test]
    fn late_and_troubled_parcels_are_said_to_be() {
        let late = (text::order::late("Thu 14 to Sat 16 May"), Kind::Wrong);
        assert_eq!(told(&part("shipped", 2, &["in_transit"]), "2026-05-17T00:00:00Z"), [late]);
        let trouble = told(&part("shipped", 2, &["exception"]), "2026-05-13T00:00:00Z");
        assert_eq!(trouble[0], (text::order::trouble().to_owned(), Kind::Wrong));
        let back = told(&part("shipped", 2, &["returned"]), "2026-05-13T00:00:00Z");
        assert_eq!(back[0].0, text::order::sent_back());
    }
}
