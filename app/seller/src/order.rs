//! One order as its seller packs and sends it.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_ordering_types::orders::OrderStatus;
use stoa_ui::{
    AddressText, Button, ButtonKind, Column, ColumnRole, DataTable, Facts, Field, FieldKind, FormState,
    IdempotencyKey, Link, PageError, PageForm, PageHeader, PageTitle, RecordLayout, Row, Section, Select,
    SelectOption, TotalLine, Totals, load, use_form_named,
};

use crate::{orders::status_badge, text};

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
    pub delivery: String,
    pub arrives: String,
    pub lines: Vec<OwnLine>,
    /// Units still to leave.
    pub open: i64,
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
    pub title: String,
    /// Options and personalisation.
    pub detail: String,
    pub sku: String,
    pub quantity: i64,
    pub open: i64,
    pub total: String,
}

/// A parcel on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OwnShipment {
    pub id: String,
    pub carrier: String,
    pub number: String,
    pub url: Option<String>,
    pub shipped: String,
    pub delivered: Option<String>,
    /// Whether it is on its way, so that it can be marked as delivered.
    pub under_way: bool,
}

/// `/seller/orders/{id}`
#[component]
pub fn OrderPage() -> impl IntoView {
    let params = use_params_map();
    let order =
        Resource::new(move || params.with(|params| params.get("id")).unwrap_or_default(), load_own_order);
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
            badge=status_badge(order.status)
        />
        <RecordLayout side=view! { <Facts facts=facts/> }.into_any()>{parcels}</RecordLayout>
    }
}

#[component]
fn Parcel(parcel: OwnParcel, order: String, carriers: Vec<(String, String)>) -> impl IntoView {
    let columns = vec![
        Column::title(text::order::item()),
        Column::new(text::order::sku()),
        Column::new(text::order::quantity()).end().role(ColumnRole::Priority),
        Column::new(text::order::to_ship()).end().role(ColumnRole::Priority),
        Column::new(text::order::amount()).end().role(ColumnRole::Priority),
    ];
    let rows = parcel
        .lines
        .into_iter()
        .map(|line| {
            let detail = (!line.detail.is_empty())
                .then(|| view! { <span class="block text-sm text-muted">{line.detail}</span> });
            Row::new(
                "",
                vec![
                    view! { <span>{line.title}{detail}</span> }.into_any(),
                    line.sku.into_any(),
                    line.quantity.into_any(),
                    line.open.into_any(),
                    line.total.into_any(),
                ],
            )
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
    let ship = parcel
        .fulfilment
        .filter(|_| parcel.open > 0)
        .map(|fulfilment| view! { <ShipForm fulfilment=fulfilment order=order carriers=carriers/> });
    view! {
        <Section title=text::order::parcel(&parcel.number) end=status_badge(parcel.status)>
            <Facts facts=facts/>
            <DataTable caption=text::order::lines() columns=columns rows=rows/>
            <Totals lines=totals/>
            {shipments}
            {ship}
        </Section>
    }
}

#[component]
fn ShipForm(fulfilment: String, order: String, carriers: Vec<(String, String)>) -> impl IntoView {
    let form: FormState = use_form_named::<ShipParcel>(fulfilment.clone());
    let options = carriers.into_iter().map(|(code, name)| SelectOption::new(code, name)).collect::<Vec<_>>();
    view! {
        <PageForm form=form class="mt-6 flex max-w-[26rem] flex-col gap-4">
            <h3 class="font-semibold">{text::order::ship()}</h3>
            <p class="text-sm text-muted">{text::order::ship_note()}</p>
            <input type="hidden" name="order" value=order/>
            <input type="hidden" name="fulfilment" value=fulfilment/>
            <IdempotencyKey form=form/>
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
                <Button kind=ButtonKind::Brand pending=form.pending() pending_label=text::order::shipping()>
                    {text::order::ship_button()}
                </Button>
            </div>
        </PageForm>
    }
}

#[component]
fn Sent(shipment: OwnShipment, order: String) -> impl IntoView {
    let form = use_form_named::<MarkDelivered>(shipment.id.clone());
    let number = shipment.number.clone();
    let tracking = match shipment.url {
        Some(url) => view! { <Link href=url new_tab=true>{text::order::track(&number)}</Link> }.into_any(),
        None => number.into_any(),
    };
    let times = match &shipment.delivered {
        Some(delivered) => text::order::delivered_at(delivered),
        None => text::order::shipped_at(&shipment.shipped),
    };
    view! {
        <div class="mt-6 flex flex-wrap items-center justify-between gap-4 border-t border-line pt-4">
            <div class="text-sm">
                <p class="font-semibold">{text::order::sent(&shipment.carrier)}</p>
                <p>{tracking}</p>
                <p class="text-muted">{times}</p>
            </div>
            {shipment
                .under_way
                .then(|| {
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
                })}
        </div>
    }
}

/// The shop's part of an order.
#[server]
pub async fn load_own_order(id: String) -> Result<OwnOrder, PageError> {
    use stoa_fulfilment::shipping::CARRIERS;
    use stoa_kernel::format;
    use stoa_ordering_types::orders::LineState;

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let order = stoa_ordering::orders::get(&ctx, id).await?;
    let money = |amount| format::money(amount, &ctx.locale);
    let carrier_name = |code: &str| {
        CARRIERS
            .iter()
            .find(|(known, _)| *known == code)
            .map_or_else(|| code.to_owned(), |(_, name)| (*name).to_owned())
    };
    let address = order.address;
    let lines = [
        Some(address.name),
        address.company,
        Some(address.street),
        address.extra,
        Some(format!("{} {}", address.postcode, address.city)),
        address.region,
        Some(address.country),
    ];
    let parcels = order
        .parcels
        .into_iter()
        .map(|parcel| {
            let lines: Vec<OwnLine> = parcel
                .lines
                .iter()
                .map(|line| {
                    let mut detail: Vec<String> = vec![line.options.clone()];
                    detail
                        .extend(line.personalisation.iter().map(|(name, value)| format!("{name}: {value}")));
                    detail.retain(|part| !part.is_empty());
                    let ready = line.state != LineState::Placed;
                    OwnLine {
                        title: line.title.clone(),
                        detail: detail.join(", "),
                        sku: line.sku_code.clone(),
                        quantity: line.quantity,
                        open: if ready { (line.quantity - line.cancelled - line.shipped).max(0) } else { 0 },
                        total: money(line.total),
                    }
                })
                .collect();
            OwnParcel {
                number: parcel.number,
                fulfilment: parcel.fulfilment.map(|id| id.to_string()),
                status: parcel.status,
                delivery: parcel.delivery_name,
                arrives: format::day_range(parcel.arrives_from, parcel.arrives_to),
                open: lines.iter().map(|line| line.open).sum(),
                lines,
                shipments: parcel
                    .shipments
                    .into_iter()
                    .filter(|shipment| shipment.status != "cancelled")
                    .map(|shipment| OwnShipment {
                        id: shipment.id.to_string(),
                        carrier: carrier_name(&shipment.carrier),
                        number: shipment.tracking_number.unwrap_or_default(),
                        url: shipment.tracking_url,
                        shipped: format::date_time(shipment.shipped_at),
                        under_way: shipment.delivered_at.is_none() && shipment.status != "returned",
                        delivered: shipment.delivered_at.map(format::date_time),
                    })
                    .collect(),
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
        address: lines.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect(),
        phone: address.phone.filter(|phone| !phone.is_empty()),
        parcels,
        carriers: CARRIERS.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect(),
    })
}

/// Sends everything of a parcel that has not left yet.
#[server]
pub async fn ship_parcel(
    #[server(default)] order: String,
    #[server(default)] fulfilment: String,
    #[server(default)] carrier: String,
    #[server(default)] tracking_number: String,
    #[server(default)] idempotency_key: String,
) -> Result<(), PageError> {
    use stoa_fulfilment::shipping::{self, CARRIERS};
    use stoa_fulfilment_types::CreateShipment;
    use stoa_kernel::Ctx;
    use stoa_types::FieldError;

    let known = CARRIERS.iter().find(|(code, _)| *code == carrier);
    let errors: Vec<FieldError> = [
        ("carrier", known.is_none(), text::order::carrier_missing()),
        ("tracking_number", tracking_number.trim().is_empty(), text::order::tracking_missing()),
    ]
    .into_iter()
    .filter(|(_, wrong, _)| *wrong)
    .map(|(field, _, message)| FieldError {
        field: field.to_owned(),
        code: format!("shipping.{field}_missing"),
        message: message.to_owned(),
    })
    .collect();
    if !errors.is_empty() {
        return Err(PageError::invalid(errors));
    }
    let order: stoa_types::Id<stoa_types::Order> = order.parse().map_err(|_| PageError::not_found())?;
    let fulfilment = fulfilment.parse().map_err(|_| PageError::not_found())?;
    let ctx = stoa_ui::server::ctx()?;
    let ctx = Ctx { idempotency_key: Some(idempotency_key).filter(|key| !key.is_empty()), ..ctx };
    let name = known.map_or(carrier.clone(), |(_, name)| (*name).to_owned());
    let input = CreateShipment { carrier, tracking_number: tracking_number.trim().to_owned(), lines: None };
    shipping::create_shipment(&ctx, fulfilment, input).await?;
    stoa_ui::server::redirect_to(&format!("/seller/orders/{order}"), text::order::shipped_flash(&name)).await
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
    stoa_ui::server::redirect_to(&format!("/seller/orders/{order}"), text::order::delivered_flash()).await
}
