//! The customer's record, drawn by the server: it only reads.

use std::collections::HashMap;

use leptos::prelude::*;
use stoa_identity_types::{
    AddressUse, AddressView, Channel, CompanyRole, ConsentPurpose, ContactMethodView, CustomerConsents,
    CustomerView, MembershipView, NoteView, SegmentView,
};
use stoa_kernel::{Ctx, format};
use stoa_ordering::orders::CustomerValue;
use stoa_ordering_types::orders::OrderRow;
use stoa_ui::{AddressText, Badge, Column, ColumnRole, DataTable, Drawn, Facts, Row, Section, Stage};

use crate::{
    orders::{held_badge, status_badge},
    text,
};

/// Who they are, what they are worth, where they belong.
pub fn facts(
    ctx: &Ctx,
    customer: CustomerView,
    value: CustomerValue,
    segments: Vec<SegmentView>,
    companies: Vec<MembershipView>,
) -> Drawn {
    let verified =
        if customer.email_verified { text::customer::verified() } else { text::customer::unverified() };
    let email = view! {
        <bdi>{customer.email}</bdi>
        <span class="block text-muted">{verified}</span>
    }
    .into_any();
    let worth = if value.orders == 0 {
        view! { <span class="text-muted">{text::customer::nothing()}</span> }.into_any()
    } else {
        let totals = value.totals.into_iter().map(|total| format::money(total, &ctx.locale));
        let totals = totals.collect::<Vec<_>>().join(", ");
        view! {
            <span class="font-semibold">{totals}</span>
            <span class="block text-muted">{text::customer::orders_count(value.orders)}</span>
        }
        .into_any()
    };
    let mut facts: Vec<(String, AnyView)> = vec![
        (text::customer::value().to_owned(), worth),
        (text::customer::email().to_owned(), email),
        (text::customer::since().to_owned(), format::date(customer.created_at).into_any()),
    ];
    if let Some(locale) = customer.locale {
        facts.push((text::customer::locale().to_owned(), locale.into_any()));
    }
    let segments = if segments.is_empty() {
        text::customer::segments_none().to_owned()
    } else {
        segments.into_iter().map(|segment| segment.name).collect::<Vec<_>>().join(", ")
    };
    facts.push((text::customer::segments().to_owned(), segments.into_any()));
    if !companies.is_empty() {
        let role = |role| match role {
            CompanyRole::Admin => text::customer::admin(),
            CompanyRole::Buyer => text::customer::buyer(),
            CompanyRole::Approver => text::customer::approver(),
        };
        let companies = companies
            .into_iter()
            .map(|part| text::customer::company_role(&part.name, role(part.role)))
            .collect::<Vec<_>>()
            .join("; ");
        facts.push((text::customer::companies().to_owned(), companies.into_any()));
    }
    let id =
        view! { <span class="font-mono text-xs wrap-anywhere">{customer.id.to_string()}</span> }.into_any();
    facts.push((text::customer::id().to_owned(), id));
    Drawn::of(view! { <Facts facts=facts/> }.into_any())
}

/// Orders, addresses, phones, consents.
pub fn body(
    ctx: &Ctx,
    orders: Vec<OrderRow>,
    addresses: Vec<AddressView>,
    phones: Vec<ContactMethodView>,
    consents: CustomerConsents,
) -> Drawn {
    let orders = orders_table(ctx, orders);
    Drawn::of(
        view! {
            <Section title=text::customer::orders()>{orders}</Section>
            <Section title=text::customer::addresses()>{address_list(addresses)}</Section>
            <Section title=text::customer::phones()>{phone_list(phones)}</Section>
            <Section title=text::customer::consents()>{consent_table(consents)}</Section>
        }
        .into_any(),
    )
}

fn none(words: &'static str) -> AnyView {
    view! { <p class="text-muted">{words}</p> }.into_any()
}

fn orders_table(ctx: &Ctx, orders: Vec<OrderRow>) -> AnyView {
    if orders.is_empty() {
        return none(text::customer::orders_none());
    }
    let columns = vec![
        Column::title(text::customer::order()),
        Column::new(text::customer::status()).role(ColumnRole::Status),
        Column::new(text::customer::placed()).role(ColumnRole::Priority),
        Column::new(text::customer::total()).end().role(ColumnRole::Priority),
    ];
    let rows = orders
        .into_iter()
        .map(|order| {
            let badge = if order.on_hold() { held_badge() } else { status_badge(order.status) };
            Row::new(
                format!("/admin/orders/{}", order.id),
                vec![
                    order.number.into_any(),
                    badge,
                    format::date_time(order.placed_at).into_any(),
                    format::money(order.total, &ctx.locale).into_any(),
                ],
            )
        })
        .collect();
    view! { <DataTable caption=text::customer::orders_caption() columns=columns rows=rows/> }.into_any()
}

fn address_list(addresses: Vec<AddressView>) -> AnyView {
    if addresses.is_empty() {
        return none(text::customer::addresses_none());
    }
    let rows = addresses
        .into_iter()
        .map(|item| {
            let uses = item
                .default_for
                .iter()
                .map(|of| match of {
                    AddressUse::Shipping => text::customer::for_shipping(),
                    AddressUse::Billing => text::customer::for_billing(),
                })
                .collect::<Vec<_>>()
                .join(", ");
            view! {
                <li class="py-3">
                    {(!uses.is_empty()).then(|| view! { <p class="text-sm font-semibold">{uses}</p> })}
                    <AddressText lines=item.lines/>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="divide-y divide-line border-y border-line">{rows}</ul> }.into_any()
}

fn phone_list(phones: Vec<ContactMethodView>) -> AnyView {
    if phones.is_empty() {
        return none(text::customer::phones_none());
    }
    let rows = phones
        .into_iter()
        .map(|method| {
            let badge = if method.verified_at.is_some() {
                view! { <Badge stage=Stage::Done label=text::customer::verified()/> }.into_any()
            } else {
                view! { <Badge stage=Stage::NotStarted label=text::customer::unverified()/> }.into_any()
            };
            view! {
                <li class="flex items-center justify-between gap-4 py-2">
                    <bdi dir="ltr">{method.phone}</bdi>
                    {badge}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="divide-y divide-line border-y border-line">{rows}</ul> }.into_any()
}

fn consent_table(consents: CustomerConsents) -> AnyView {
    if consents.history.is_empty() {
        return none(text::customer::consents_none());
    }
    let columns = vec![
        Column::title(text::customer::purpose()),
        Column::new(text::customer::status()).role(ColumnRole::Status),
        Column::new(text::customer::channel()).role(ColumnRole::Priority),
        Column::new(text::customer::text_version()),
        Column::new(text::customer::when()).role(ColumnRole::Priority),
    ];
    let rows = consents
        .history
        .into_iter()
        .map(|said| {
            let purpose = match said.purpose {
                ConsentPurpose::News => text::customer::news(),
                ConsentPurpose::Recommendations => text::customer::recommendations(),
                ConsentPurpose::Research => text::customer::research(),
            };
            let channel = match said.channel {
                Channel::Email => text::customer::by_email(),
                Channel::Sms => text::customer::by_sms(),
            };
            let badge = if said.given {
                view! { <Badge stage=Stage::Done label=text::customer::given()/> }.into_any()
            } else {
                view! { <Badge stage=Stage::Stopped label=text::customer::taken_back()/> }.into_any()
            };
            Row::new(
                "",
                vec![
                    purpose.into_any(),
                    badge,
                    channel.into_any(),
                    text::customer::version(said.text_version).into_any(),
                    format::date_time(said.at).into_any(),
                ],
            )
        })
        .collect();
    view! { <DataTable caption=text::customer::consents_caption() columns=columns rows=rows/> }.into_any()
}

/// What staff wrote down, the newest first; `authors` are names by what the note says.
pub fn notes(notes: Vec<NoteView>, authors: &HashMap<String, String>) -> Drawn {
    if notes.is_empty() {
        return Drawn::of(none(text::customer::notes_none()));
    }
    let rows = notes
        .into_iter()
        .map(|note| {
            let author = authors.get(&note.author).filter(|name| !name.is_empty()).cloned();
            let by = text::customer::by(author.unwrap_or(note.author), format::date_time(note.at));
            view! {
                <li class="py-3">
                    <p class="whitespace-pre-line wrap-anywhere">{note.text}</p>
                    <p class="text-sm text-muted">{by}</p>
                </li>
            }
        })
        .collect_view();
    Drawn::of(view! { <ul class="divide-y divide-line border-y border-line">{rows}</ul> }.into_any())
}
