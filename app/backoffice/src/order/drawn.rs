//! The order's record, drawn by the server: it only reads.

use leptos::prelude::*;
use stoa_ordering_types::orders::{OrderStatus, PaymentStatus};
use stoa_ui::{
    AddressText, Badge, Column, ColumnRole, DataTable, Drawn, Facts, ParcelLine, Row, Section, SentParcel,
    Timeline, TimelineEvent, TotalLine, Totals, item_title, parcel_lines,
};

use super::words;
use crate::{
    orders::{held_badge, payment_badge, status_badge},
    text,
};

/// An order, ready to read.
pub struct Details {
    pub payment: PaymentStatus,
    pub placed: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub address: Vec<String>,
    pub parcels: Vec<ParcelRecord>,
    pub items: String,
    pub shipping: String,
    pub tax: String,
    pub total: String,
    /// Absent while nothing was given back.
    pub refunded: Option<String>,
    /// Absent while nothing is on its way back.
    pub refunding: Option<String>,
    pub steps: Vec<MoneyStep>,
    /// Newest first.
    pub timeline: Vec<Happening>,
}

/// One seller's part.
pub struct ParcelRecord {
    pub number: String,
    pub shop: String,
    pub status: OrderStatus,
    /// What has not left must not leave for now.
    pub on_hold: bool,
    pub delivery: String,
    pub arrives: String,
    pub commission: Option<String>,
    /// With units shipped, cancelled and refunded.
    pub lines: Vec<ParcelLine>,
    pub shipments: Vec<ShipmentRecord>,
}

/// A parcel on its way.
pub struct ShipmentRecord {
    pub carrier: String,
    pub number: String,
    pub url: String,
    /// What is in it; empty where that is all of the part.
    pub content: String,
    pub times: String,
}

/// What happened to the payment.
pub struct MoneyStep {
    pub kind: String,
    pub state: String,
    pub amount: String,
    pub note: String,
    pub at: String,
}

/// What happened to the order.
pub struct Happening {
    pub kind: String,
    pub detail: String,
    pub actor: String,
    pub at: String,
    pub machine: String,
}

/// What stands beside the record, and the record.
pub fn draw(order: Details) -> (Drawn, Drawn) {
    let mut facts: Vec<(String, AnyView)> = vec![
        (text::order::payment().to_owned(), payment_badge(order.payment)),
        (text::order::placed().to_owned(), order.placed.into_any()),
    ];
    if let Some(email) = order.email {
        facts.push((text::order::email().to_owned(), email.into_any()));
    }
    if let Some(phone) = order.phone {
        facts.push((text::order::phone().to_owned(), phone.into_any()));
    }
    facts.push((text::order::address().to_owned(), view! { <AddressText lines=order.address/> }.into_any()));
    let mut totals = vec![
        TotalLine::new(text::order::items_total(), order.items),
        TotalLine::new(text::order::delivery(), order.shipping),
        TotalLine::new(text::order::total(), order.total).note(text::order::tax_note(&order.tax)).total(),
    ];
    if let Some(refunded) = order.refunded {
        totals.push(TotalLine::new(text::order::refunded(), refunded));
    }
    if let Some(refunding) = order.refunding {
        totals.push(TotalLine::new(text::order::refunding(), refunding));
    }
    let parcels = order.parcels.into_iter().map(|parcel| view! { <Parcel parcel=parcel/> }).collect_view();
    let events: Vec<TimelineEvent> = order.timeline.into_iter().map(happening).collect();
    let body = view! {
        {parcels}
        <Section title=text::order::payment()>
            <div class="md:max-w-[26rem]">
                <Totals lines=totals/>
            </div>
            {steps(order.steps)}
        </Section>
        <Section title=text::order::timeline()>
            <Timeline label=text::order::timeline() events=events/>
        </Section>
    };
    (Drawn::of(view! { <Facts facts=facts/> }.into_any()), Drawn::of(body.into_any()))
}

#[component]
fn Parcel(parcel: ParcelRecord) -> impl IntoView {
    let counts = [text::order::done(), text::order::cancelled_units(), text::order::refunded_units()];
    let mut facts: Vec<(String, AnyView)> = vec![
        (text::order::delivery().to_owned(), parcel.delivery.into_any()),
        (text::order::promised().to_owned(), parcel.arrives.into_any()),
    ];
    if let Some(commission) = parcel.commission {
        facts.push((text::order::commission().to_owned(), commission.into_any()));
    }
    let shipments = parcel
        .shipments
        .into_iter()
        .map(|shipment| {
            view! {
                <SentParcel
                    title=text::order::sent(&shipment.carrier)
                    tracking=text::order::track(&shipment.number)
                    url=shipment.url
                    content=shipment.content
                    times=shipment.times
                />
            }
        })
        .collect_view();
    let badge = if parcel.on_hold { held_badge() } else { status_badge(parcel.status) };
    view! {
        <Section title=text::order::parcel(&parcel.shop, &parcel.number) end=badge>
            <Facts facts=facts/>
            <div class="mt-4">{parcel_lines(parcel.lines, &counts)}</div>
            {shipments}
        </Section>
    }
}

fn steps(steps: Vec<MoneyStep>) -> AnyView {
    if steps.is_empty() {
        return view! { <p class="mt-4 text-sm text-muted">{text::order::no_steps()}</p> }.into_any();
    }
    let columns = vec![
        Column::title(text::order::step()),
        Column::new(text::order::state()).role(ColumnRole::Status),
        Column::new(text::order::amount()).end().role(ColumnRole::Priority),
        Column::new(text::order::time()).role(ColumnRole::Priority),
    ];
    let rows = steps
        .into_iter()
        .map(|step| {
            let (state, stage) = words::state(&step.kind, &step.state);
            Row::new(
                "",
                vec![
                    item_title(words::step(&step.kind), words::note(&step.note)),
                    view! { <Badge stage=stage label=state/> }.into_any(),
                    step.amount.into_any(),
                    view! { <span class="whitespace-nowrap">{step.at}</span> }.into_any(),
                ],
            )
        })
        .collect();
    view! {
        <div class="mt-4">
            <DataTable caption=text::order::payment_steps() columns=columns rows=rows/>
        </div>
    }
    .into_any()
}

fn happening(event: Happening) -> TimelineEvent {
    let (title, stage) = words::event(&event.kind);
    TimelineEvent {
        title,
        detail: event.detail,
        actor: event.actor,
        time: event.at,
        datetime: event.machine,
        stage,
        ..TimelineEvent::default()
    }
}
