//! The order's record, drawn by the server: it only reads.

use leptos::prelude::*;
use stoa_ordering_types::orders::{OrderStatus, PaymentStatus};
use stoa_ui::{
    AddressText, Column, ColumnRole, DataTable, Drawn, Facts, Row, Section, SentParcel, Stage, Timeline,
    TimelineEvent, TotalLine, Totals, item_title,
};

use crate::{
    orders::{payment_badge, status_badge},
    text,
};

/// An order, ready to read.
pub struct Details {
    pub status: OrderStatus,
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
    pub steps: Vec<MoneyStep>,
    /// Newest first.
    pub timeline: Vec<Happening>,
}

/// One seller's part.
pub struct ParcelRecord {
    pub number: String,
    pub shop: String,
    pub status: OrderStatus,
    pub delivery: String,
    pub arrives: String,
    pub commission: Option<String>,
    pub lines: Vec<LineRecord>,
    pub shipments: Vec<ShipmentRecord>,
}

/// One line and where its units are.
pub struct LineRecord {
    pub title: String,
    pub detail: String,
    pub sku: String,
    pub quantity: i64,
    pub shipped: i64,
    pub cancelled: i64,
    pub refunded: i64,
    pub total: String,
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
        (text::order::status().to_owned(), status_badge(order.status)),
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
    let parcels = order.parcels.into_iter().map(|parcel| view! { <Parcel parcel=parcel/> }).collect_view();
    let events: Vec<TimelineEvent> = order.timeline.into_iter().map(happening).collect();
    let body = view! {
        {parcels}
        <Section title=text::order::payment()>
            <Totals lines=totals/>
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
    let columns = vec![
        Column::title(text::order::item()),
        Column::new(text::order::sku()),
        Column::new(text::order::quantity()).end().role(ColumnRole::Priority),
        Column::new(text::order::done()).end().role(ColumnRole::Priority),
        Column::new(text::order::cancelled_units()).end(),
        Column::new(text::order::refunded_units()).end(),
        Column::new(text::order::amount()).end().role(ColumnRole::Priority),
    ];
    let rows = parcel
        .lines
        .into_iter()
        .map(|line| {
            Row::new(
                "",
                vec![
                    item_title(line.title, line.detail),
                    line.sku.into_any(),
                    line.quantity.into_any(),
                    line.shipped.into_any(),
                    line.cancelled.into_any(),
                    line.refunded.into_any(),
                    line.total.into_any(),
                ],
            )
        })
        .collect();
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
    view! {
        <Section title=text::order::parcel(&parcel.shop, &parcel.number) end=status_badge(parcel.status)>
            <Facts facts=facts/>
            <div class="mt-4">
                <DataTable caption=text::order::lines() columns=columns rows=rows/>
            </div>
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
        Column::new(text::order::note()),
        Column::new(text::order::time()).role(ColumnRole::Priority),
    ];
    let rows = steps
        .into_iter()
        .map(|step| {
            Row::new(
                "",
                vec![
                    step_name(&step.kind).into_any(),
                    step_state(&step.state).into_any(),
                    step.amount.into_any(),
                    step.note.into_any(),
                    step.at.into_any(),
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

fn step_name(kind: &str) -> String {
    use text::order::step_kind as words;
    match kind {
        "attempt" => words::attempt().to_owned(),
        "capture" => words::capture().to_owned(),
        "refund" => words::refund().to_owned(),
        "void" => words::release().to_owned(),
        other => other.to_owned(),
    }
}

/// The provider's word for it, readable: `requires_action` is "Requires action".
fn step_state(state: &str) -> String {
    let words = state.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn happening(event: Happening) -> TimelineEvent {
    use text::order::event as words;
    let (title, stage) = match event.kind.as_str() {
        "placed" => (words::placed(), Stage::Done),
        "paid" => (words::paid(), Stage::Done),
        "payment_failed" => (words::payment_failed(), Stage::Stopped),
        "voided" => (words::voided(), Stage::Done),
        "shipped" => (words::shipped(), Stage::Done),
        "delivered" => (words::delivered(), Stage::Done),
        "cancelled" => (words::cancelled(), Stage::Stopped),
        "refund_requested" => (words::refund_requested(), Stage::InProgress),
        "refunded" => (words::refunded(), Stage::Done),
        "refund_failed" => (words::refund_failed(), Stage::Stopped),
        _ => ("", Stage::Done),
    };
    TimelineEvent {
        title: if title.is_empty() { event.kind.clone() } else { title.to_owned() },
        detail: event.detail,
        actor: event.actor,
        time: event.at,
        datetime: event.machine,
        stage,
        ..TimelineEvent::default()
    }
}
