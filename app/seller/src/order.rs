//! One order as its seller packs and sends it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_ordering_types::orders::OrderStatus;
use stoa_ui::{
    AddressText, Banner, Button, ButtonKind, Facts, Field, FieldKind, FormState, IdempotencyKey, PageError,
    PageForm, PageHeader, PageTitle, ParcelLine, RecordLayout, Section, Select, SelectOption, SentParcel,
    Tone, TotalLine, Totals, load, parcel_lines, resource, use_form_named,
};

use crate::{
    orders::{held_badge, status_badge},
    text,
};

/// The shop's part of an order, ready to read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OwnOrder {
    pub id: String,
    pub number: String,
    pub status: OrderStatus,
    pub placed: String,
    pub address: Vec<String>,
    pub phone: Option<String>,
    pub parcels: Vec<OwnParcel>,
    /// Codes and names of who may carry a parcel.
    pub carriers: Vec<(String, String)>,
}

/// What the shop sends in one go.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OwnParcel {
    pub number: String,
    /// Absent while the goods are not set aside yet.
    pub fulfilment: Option<String>,
    pub status: OrderStatus,
    /// What has not left must not leave for now.
    pub on_hold: bool,
    /// The money has gone back whole.
    pub refunded: bool,
    pub delivery: String,
    pub arrives: String,
    pub lines: Vec<OwnLine>,
    pub shipments: Vec<OwnShipment>,
    pub items: String,
    pub shipping: String,
    pub total: String,
    pub tax: String,
    pub commission: Option<String>,
}

/// A line to pack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OwnLine {
    pub id: String,
    pub title: String,
    /// Options and personalisation.
    pub detail: String,
    pub sku: String,
    pub quantity: i64,
    /// Units that can be sent now.
    pub open: i64,
    pub total: String,
}

/// A parcel on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OwnShipment {
    pub id: String,
    pub carrier: String,
    pub number: String,
    pub url: String,
    /// What is in it; empty where that is all there was to send.
    pub content: String,
    pub shipped: String,
    pub delivered: Option<String>,
    /// Whether it is on its way, so that it can be marked as delivered.
    pub under_way: bool,
}

/// `/seller/orders/{id}`
#[component]
pub fn OrderPage() -> impl IntoView {
    let params = use_params_map();
    let order = resource(
        move || params.with(|params| params.get("id")).unwrap_or_default(),
        |id| LoadOwnOrder { id },
    );
    load(order, |order| view! { <Record order=order/> })
}

#[component]
fn Record(order: OwnOrder) -> impl IntoView {
    let mut facts: Vec<(String, AnyView)> = vec![
        (text::order::placed().to_owned(), order.placed.clone().into_any()),
        (text::order::address().to_owned(), view! { <AddressText lines=order.address/> }.into_any()),
    ];
    if let Some(phone) = order.phone {
        facts.push((text::order::phone().to_owned(), phone.into_any()));
    }
    let carriers = StoredValue::new(order.carriers);
    let held = order.parcels.iter().any(|parcel| parcel.on_hold);
    let id = order.id;
    let parcels = order
        .parcels
        .into_iter()
        .map(|parcel| view! { <Parcel parcel=parcel order=id.clone() carriers=carriers.get_value()/> })
        .collect_view();
    view! {
        <PageTitle text=text::order::title(&order.number)/>
        <PageHeader
            title=text::order::title(&order.number)
            back_label=text::order::back()
            back_href="/seller/orders"
            badge=if held { held_badge() } else { status_badge(order.status) }
        />
        <RecordLayout side=view! { <Facts facts=facts/> }.into_any()>{parcels}</RecordLayout>
    }
}

#[component]
fn Parcel(parcel: OwnParcel, order: String, carriers: Vec<(String, String)>) -> impl IntoView {
    // What is left to pack, for the form below the table.
    let open: Vec<OwnLine> = parcel.lines.iter().filter(|line| line.open > 0).cloned().collect();
    let lines = parcel
        .lines
        .into_iter()
        .map(|line| ParcelLine {
            title: line.title,
            detail: line.detail,
            sku: line.sku,
            quantity: line.quantity,
            counts: vec![line.open],
            total: line.total,
        })
        .collect();
    let mut totals = vec![
        TotalLine::new(text::order::items_total(), parcel.items),
        TotalLine::new(text::order::delivery_total(), parcel.shipping),
        TotalLine::new(text::order::total(), parcel.total).note(text::order::tax_note(&parcel.tax)).total(),
    ];
    if let Some(commission) = parcel.commission {
        totals.push(TotalLine::new(text::order::commission(), commission));
    }
    let facts: Vec<(String, AnyView)> = vec![
        (text::order::delivery().to_owned(), parcel.delivery.into_any()),
        (text::order::arrives().to_owned(), parcel.arrives.into_any()),
    ];
    let shipments = {
        let order = order.clone();
        parcel
            .shipments
            .into_iter()
            .map(move |shipment| view! { <Sent shipment=shipment order=order.clone()/> })
            .collect_view()
    };
    let held = parcel.on_hold;
    let ship = parcel.fulfilment.filter(|_| !open.is_empty()).map(
        |fulfilment| view! { <ShipForm fulfilment=fulfilment order=order lines=open carriers=carriers/> },
    );
    let warning = if parcel.refunded { text::order::refunded() } else { text::order::held() };
    view! {
        <Section title=text::order::parcel(&parcel.number)>
            {held
                .then(|| {
                    view! {
                        <div class="mb-4">
                            <Banner tone=Tone::Warn title=warning/>
                        </div>
                    }
                })}
            <Facts facts=facts/>
            <div class="my-4">{parcel_lines(lines, &[text::order::to_ship()])}</div>
            // Below the column of amounts.
            <div class="md:ms-auto md:max-w-[20rem] md:pe-3">
                <Totals lines=totals/>
            </div>
            {shipments}
            {ship}
        </Section>
    }
}

#[component]
fn ShipForm(
    fulfilment: String,
    order: String,
    lines: Vec<OwnLine>,
    carriers: Vec<(String, String)>,
) -> impl IntoView {
    let form: FormState = use_form_named::<ShipParcel>(fulfilment.clone());
    // One unit leaves whole; there is nothing to choose.
    let single = matches!(lines.as_slice(), [line] if line.open == 1);
    let units = (!single).then(|| {
        let rows = lines.into_iter().map(|line| units_field(form, line)).collect_view();
        view! {
            <fieldset class="flex flex-col gap-3">
                <legend class="mb-1 text-sm font-semibold">{text::order::units()}</legend>
                <p class="text-sm text-muted">{text::order::units_hint()}</p>
                {rows}
            </fieldset>
        }
    });
    let options = carriers.into_iter().map(|(code, name)| SelectOption::new(code, name)).collect::<Vec<_>>();
    view! {
        <PageForm form=form class="mt-6 flex max-w-[26rem] flex-col gap-4">
            <h3 class="font-semibold">{text::order::ship()}</h3>
            <input type="hidden" name="order" value=order/>
            <input type="hidden" name="fulfilment" value=fulfilment/>
            <IdempotencyKey form=form/>
            {units}
            <Select
                name="carrier"
                label=text::order::carrier()
                options=options
                value=form.value("carrier")
                error=form.error("carrier")
                empty_label=text::order::carrier_choose()
                required=true
            />
            <Field
                name="tracking_number"
                label=text::order::tracking()
                hint=text::order::tracking_hint()
                kind=FieldKind::Code
                value=form.value("tracking_number")
                error=form.error("tracking_number")
                required=true
            />
            <div>
                <Button kind=ButtonKind::Ink pending=form.pending() pending_label=text::order::shipping()>
                    {text::order::ship_button()}
                </Button>
            </div>
        </PageForm>
    }
}

/// How many units of a line go into the parcel.
fn units_field(form: FormState, line: OwnLine) -> AnyView {
    let name = format!("units[{}]", line.id);
    let label = if line.detail.is_empty() { line.title } else { format!("{}, {}", line.title, line.detail) };
    view! {
        <Field
            label=label
            kind=FieldKind::Number
            unit=text::order::of_units(line.open)
            value=form.value_or(&name, line.open.to_string())
            error=form.error(&name)
            name=name.clone()
        />
    }
    .into_any()
}

#[component]
fn Sent(shipment: OwnShipment, order: String) -> impl IntoView {
    let form = use_form_named::<MarkDelivered>(shipment.id.clone());
    let times = match &shipment.delivered {
        Some(delivered) => text::order::delivered_at(delivered),
        None => text::order::shipped_at(&shipment.shipped),
    };
    let deliver = shipment.under_way.then(|| {
        view! {
            <PageForm form=form>
                <input type="hidden" name="order" value=order/>
                <input type="hidden" name="shipment" value=shipment.id/>
                <Button
                    kind=ButtonKind::Outline
                    small=true
                    pending=form.pending()
                    pending_label=text::order::delivering()
                >
                    {text::order::deliver()}
                </Button>
            </PageForm>
        }
    });
    view! {
        <SentParcel
            title=text::order::sent(&shipment.carrier)
            tracking=text::order::track(&shipment.number)
            url=shipment.url
            content=shipment.content
            times=times
        >
            {deliver}
        </SentParcel>
    }
}

/// The shop's part of an order.
#[server]
pub async fn load_own_order(id: String) -> Result<OwnOrder, PageError> {
    use stoa_fulfilment::shipping::{CARRIERS, carrier_name};
    use stoa_kernel::format;
    use stoa_ordering_types::orders::{LineState, PaymentStatus};
    use stoa_ui::item_detail;

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let mut order = stoa_ordering::orders::get(&ctx, id).await?;
    order.address.country = stoa_ordering::carts::country_name(&order.address.country).to_owned();
    let money = |amount| format::money(amount, &ctx.locale);
    let parcels = order
        .parcels
        .into_iter()
        .map(|parcel| {
            let lines: Vec<OwnLine> = parcel
                .lines
                .iter()
                .map(|line| {
                    let ready = line.state != LineState::Placed && !parcel.on_hold;
                    OwnLine {
                        id: line.id.to_string(),
                        title: line.title.clone(),
                        detail: item_detail(&line.options, &line.personalisation),
                        sku: line.sku_code.clone(),
                        quantity: line.quantity,
                        open: if ready { (line.quantity - line.cancelled - line.shipped).max(0) } else { 0 },
                        total: money(line.total),
                    }
                })
                .collect();
            let shipments = parcel
                .shipments
                .iter()
                .filter(|shipment| shipment.status != "cancelled")
                .map(|shipment| OwnShipment {
                    id: shipment.id.to_string(),
                    carrier: carrier_name(&shipment.carrier).to_owned(),
                    number: shipment.tracking_number.clone().unwrap_or_default(),
                    url: shipment.tracking_url.clone().unwrap_or_default(),
                    content: parcel.content_of(shipment).join(", "),
                    shipped: format::date_time(shipment.shipped_at),
                    under_way: shipment.delivered_at.is_none() && shipment.status != "returned",
                    delivered: shipment.delivered_at.map(format::date_time),
                })
                .collect();
            OwnParcel {
                shipments,
                number: parcel.number,
                fulfilment: parcel.fulfilment.map(|id| id.to_string()),
                status: parcel.status,
                on_hold: parcel.on_hold,
                refunded: order.payment_status == PaymentStatus::Refunded,
                delivery: parcel.delivery_name,
                arrives: format::day_range(parcel.arrives_from, parcel.arrives_to),
                lines,
                items: money(parcel.items),
                shipping: money(parcel.shipping),
                total: money(parcel.total),
                tax: money(parcel.tax),
                commission: parcel.commission.map(money),
            }
        })
        .collect();
    Ok(OwnOrder {
        id: order.id.to_string(),
        number: order.number,
        status: order.status,
        placed: format::date_time(order.placed_at),
        address: order.address.lines(),
        phone: order.address.phone.filter(|phone| !phone.is_empty()),
        parcels,
        carriers: CARRIERS.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect(),
    })
}

/// Sends these units of a parcel; everything that has not left yet when none are named.
#[server]
pub async fn ship_parcel(
    #[server(default)] order: String,
    #[server(default)] fulfilment: String,
    #[server(default)] units: BTreeMap<String, String>,
    #[server(default)] carrier: String,
    #[server(default)] tracking_number: String,
    #[server(default)] idempotency_key: String,
) -> Result<(), PageError> {
    use stoa_fulfilment::shipping::{self, CARRIERS};
    use stoa_fulfilment_types::{CreateShipment, LineQuantity};
    use stoa_kernel::Ctx;
    use stoa_types::FieldError;

    let known = CARRIERS.iter().find(|(code, _)| *code == carrier);
    let mut lines: Vec<LineQuantity> = Vec::with_capacity(units.len());
    let mut errors: Vec<FieldError> = Vec::new();
    let mut wrong = |field: &str, code: &str, message: &str| {
        let (field, code, message) = (field.to_owned(), code.to_owned(), message.to_owned());
        errors.push(FieldError { field, code, message });
    };
    for (line, typed) in &units {
        match (line.parse(), typed.trim().parse::<i64>()) {
            (Ok(_), Ok(0)) => {}
            (Ok(order_line), Ok(quantity)) => lines.push(LineQuantity { order_line, quantity }),
            _ => wrong(&units_name(line), "shipping.units_invalid", text::order::units_wrong()),
        }
    }
    if known.is_none() {
        wrong("carrier", "shipping.carrier_missing", text::order::carrier_missing());
    }
    if tracking_number.trim().is_empty() {
        wrong("tracking_number", "shipping.tracking_number_missing", text::order::tracking_missing());
    }
    if let (Some(line), true) = (units.keys().next(), lines.is_empty() && errors.is_empty()) {
        let (code, message) = ("shipping.units_missing".to_owned(), text::order::units_missing().to_owned());
        errors.push(FieldError { field: units_name(line), code, message });
    }
    if !errors.is_empty() {
        return Err(PageError::invalid(errors));
    }
    let order: stoa_types::Id<stoa_types::Order> = order.parse().map_err(|_| PageError::not_found())?;
    let fulfilment = fulfilment.parse().map_err(|_| PageError::not_found())?;
    let ctx = stoa_ui::server::ctx()?;
    let ctx = Ctx { idempotency_key: Some(idempotency_key).filter(|key| !key.is_empty()), ..ctx };
    let name = known.map_or(carrier.clone(), |(_, name)| (*name).to_owned());
    let input = CreateShipment {
        carrier,
        tracking_number: tracking_number.trim().to_owned(),
        lines: (!units.is_empty()).then_some(lines),
    };
    let sent = shipping::create_shipment(&ctx, fulfilment, input).await;
    sent.map_err(|error| {
        // More than is left of a line belongs below its number.
        let line = error.facts().get("order_line").map(|line| units_name(line));
        PageError::from(match line {
            Some(line) => error.field(&line),
            None => error,
        })
    })?;
    // The order learns by its event what has left, and the page that follows shows it.
    stoa_kernel::events::deliver_now(&ctx).await;
    stoa_ui::server::redirect_to(&format!("/seller/orders/{order}"), text::order::shipped_flash(&name)).await
}

#[cfg(feature = "ssr")]
fn units_name(line: &str) -> String {
    format!("units/{line}")
}

/// Records that a parcel has arrived.
#[server]
pub async fn mark_delivered(
    #[server(default)] order: String,
    #[server(default)] shipment: String,
) -> Result<(), PageError> {
    use stoa_fulfilment_types::{ShipmentState, TrackingInput};

    let order: stoa_types::Id<stoa_types::Order> = order.parse().map_err(|_| PageError::not_found())?;
    let shipment = shipment.parse().map_err(|_| PageError::not_found())?;
    let ctx = stoa_ui::server::ctx()?;
    let news = TrackingInput {
        status: ShipmentState::Delivered,
        occurred_at: ctx.now,
        description: String::new(),
        place: None,
        event_id: Some("marked-delivered".to_owned()),
    };
    stoa_fulfilment::shipping::record_tracking(&ctx, shipment, news).await?;
    stoa_kernel::events::deliver_now(&ctx).await;
    stoa_ui::server::redirect_to(&format!("/seller/orders/{order}"), text::order::delivered_flash()).await
}
