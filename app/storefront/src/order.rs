//! The order's page: thanks, and where everything is. Whoever has the address may read it.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    AddressText, PageError, PageTitle, Section, ShopPage, ShopTitle, Stage, Timeline, TimelineEvent, load,
};

use crate::{
    checkout::bill::{Goods, Sums, goods_list, sum_list},
    text,
};

/// The order as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderContent {
    pub title: String,
    pub number: String,
    pub placed: String,
    pub email: String,
    pub address: Vec<String>,
    pub parcels: Vec<OrderParcel>,
    pub sums: Sums,
}

/// One seller's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderParcel {
    pub seller: String,
    pub goods: Vec<Goods>,
    pub events: Vec<Happening>,
}

/// Something that happened or is to come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    pub title: String,
    pub detail: String,
    /// Empty while it is to come.
    pub time: String,
    /// RFC 3339.
    pub datetime: String,
    pub kind: Kind,
    /// The carrier's page; empty for none.
    pub tracking: String,
}

/// How a happening is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    #[default]
    Done,
    ToCome,
    Wrong,
    Stopped,
}

/// `/{l}/order/{token}`.
#[component]
pub fn OrderPage() -> impl IntoView {
    let params = use_params_map();
    let order =
        Resource::new(move || params.with(|params| params.get("token")).unwrap_or_default(), load_order_page);
    view! { <ShopPage>{load(order, order_view)}</ShopPage> }
}

fn order_view(order: OrderContent) -> impl IntoView {
    let parcels = order.parcels.into_iter().map(parcel_view).collect_view();
    view! {
        <leptos_meta::Meta name="robots" content="noindex"/>
        <PageTitle text=order.title.clone()/>
        <div class="py-6 flex flex-col gap-2">
            <ShopTitle title=order.title/>
            <p class="text-muted">{text::order::number(&order.number, order.placed)}</p>
            {(!order.email.is_empty()).then(|| view! { <p>{text::order::emailed(&order.email)}</p> })}
            <p class="text-sm text-muted">{text::order::keep_link()}</p>
        </div>
        <div class="grid gap-8 pb-8 lg:grid-cols-[minmax(0,1fr)_20rem] lg:gap-16">
            <div class="flex flex-col gap-8 min-w-0">{parcels}</div>
            <div class="flex flex-col gap-6">
                <Section title=text::order::totals()>{sum_list(order.sums)}</Section>
                <Section title=text::order::address()>
                    <AddressText lines=order.address/>
                </Section>
                <Section title=text::order::help()>
                    <p>{text::order::help_text(&order.number)}</p>
                </Section>
            </div>
        </div>
    }
}

fn parcel_view(parcel: OrderParcel) -> impl IntoView {
    let title = text::order::parcel(&parcel.seller);
    let events = parcel
        .events
        .into_iter()
        .map(|event| TimelineEvent {
            title: event.title,
            detail: event.detail,
            time: event.time,
            datetime: event.datetime,
            stage: match event.kind {
                Kind::Done => Stage::Done,
                Kind::ToCome => Stage::NotStarted,
                Kind::Wrong => Stage::NeedsAttention,
                Kind::Stopped => Stage::Stopped,
            },
            link_label: if event.tracking.is_empty() {
                String::new()
            } else {
                text::order::tracking().to_owned()
            },
            link_href: event.tracking,
            ..TimelineEvent::default()
        })
        .collect();
    view! {
        <Section title=title.clone()>
            <Timeline label=title events=events/>
            {goods_list(parcel.goods)}
        </Section>
    }
}

/// The order an address opens; 404 for any other.
#[server]
pub async fn load_order_page(token: String) -> Result<OrderContent, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let page = stoa_ordering::orders::order_page(&ctx, &token).await?;
    Ok(source::content(page.order, ctx.locale.as_ref()))
}

#[cfg(feature = "ssr")]
mod source {
    use stoa_kernel::format;
    use stoa_ordering_types::orders::{
        OrderLineView, OrderStatus, OrderView, SellerOrderView, TimelineEntry,
    };
    use stoa_types::{DateTime, Utc};

    use super::{Goods, Happening, Kind, OrderContent, OrderParcel, Sums};
    use crate::{checkout::bill, text};

    /// The view in the shopper's words.
    pub(super) fn content(order: OrderView, locale: &str) -> OrderContent {
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
            parcels: order.parcels.iter().map(|parcel| self::parcel(parcel, &order, locale)).collect(),
            sums: Sums {
                items: money(totals.items),
                delivery: bill::delivery_price(totals.shipping, locale),
                total: money(totals.total),
                tax: money(totals.tax),
                refunded: if totals.refunded.is_zero() { String::new() } else { money(totals.refunded) },
            },
        }
    }

    /// Thanks with the days everything that is still coming arrives in.
    fn title(order: &OrderView) -> String {
        let name = order.address.name.split_whitespace().next().unwrap_or_default();
        if order.status == OrderStatus::Cancelled {
            return text::order::cancelled_title(&order.number);
        }
        let coming = order.parcels.iter().filter(|parcel| is_coming(parcel.status));
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

    fn parcel(parcel: &SellerOrderView, order: &OrderView, locale: &str) -> OrderParcel {
        OrderParcel {
            seller: parcel.seller_name.clone(),
            goods: parcel.lines.iter().map(|line| goods(line, locale)).collect(),
            events: events(parcel, &order.timeline),
        }
    }

    fn goods(line: &OrderLineView, locale: &str) -> Goods {
        Goods {
            title: line.title.clone(),
            slug: line.slug.clone(),
            options: bill::options(&line.options, &line.personalisation),
            quantity: text::order::each(line.quantity, format::money(line.unit_price, locale)),
            amount: format::money(line.total, locale),
            note: if line.cancelled > 0 {
                text::order::line_cancelled(line.cancelled)
            } else {
                String::new()
            },
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
    fn events(parcel: &SellerOrderView, timeline: &[TimelineEntry]) -> Vec<Happening> {
        let mut all: Vec<(DateTime<Utc>, Happening)> = timeline
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
                detail: text::order::shipped_by(&shipment.carrier, number)
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
        if is_coming(parcel.status) {
            let to_come = |title: String| Happening { title, kind: Kind::ToCome, ..Happening::default() };
            if parcel.shipments.is_empty() {
                events.push(to_come(text::order::to_ship(&parcel.seller_name)));
            }
            events.push(to_come(text::order::to_arrive(format::day_range(
                parcel.arrives_from,
                parcel.arrives_to,
            ))));
        }
        events
    }
}
