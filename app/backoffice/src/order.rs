//! One order with everything that belongs to it.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};
use stoa_ordering_types::orders::{OrderStatus, PaymentStatus};
use stoa_ui::{
    AddressText, Button, ButtonKind, Column, ColumnRole, DataTable, Dialog, DialogActions, Facts,
    IdempotencyKey, Link, LinkButton, PageError, PageForm, PageHeader, PageTitle, RecordLayout, Row, Section,
    Stage, TextArea, Timeline, TimelineEvent, TotalLine, Totals, load, use_form,
};

use crate::{
    orders::{payment_badge, status_badge},
    refund::{RefundChoice, RefundDialog},
    text,
};

/// An order, ready to read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrderRecord {
    pub id: String,
    pub number: String,
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
    pub may_refund: bool,
    pub may_cancel: bool,
}

/// One seller's part.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShipmentRecord {
    pub label: String,
    pub url: Option<String>,
    pub shipped: String,
}

/// What happened to the payment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MoneyStep {
    pub kind: String,
    pub state: String,
    pub amount: String,
    pub note: String,
    pub at: String,
}

/// What happened to the order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Happening {
    pub kind: String,
    pub detail: String,
    pub actor: String,
    pub at: String,
    pub machine: String,
}

/// `/admin/orders/{id}?dialog=refund|cancel`
#[component]
pub fn OrderPage() -> impl IntoView {
    let params = use_params_map();
    let order =
        Resource::new(move || params.with(|params| params.get("id")).unwrap_or_default(), load_order_record);
    load(order, |order| view! { <Record order=order/> })
}

#[component]
fn Record(order: OrderRecord) -> impl IntoView {
    let query = use_query_map();
    let dialog = {
        let id = order.id.clone();
        let number = order.number.clone();
        move || match query.with(|query| query.get("dialog")).as_deref() {
            Some("refund") if order.may_refund => {
                let choice = query.with(RefundChoice::read);
                view! { <RefundDialog order=id.clone() choice=choice/> }.into_any()
            }
            Some("cancel") if order.may_cancel => {
                view! { <CancelDialog order=id.clone() number=number.clone()/> }.into_any()
            }
            _ => ().into_any(),
        }
    };
    let here = format!("/admin/orders/{}", order.id);
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
    let may_refund = order.may_refund;
    let may_cancel = order.may_cancel;
    view! {
        <PageTitle text=text::order::title(&order.number)/>
        <PageHeader
            title=text::order::title(&order.number)
            back_label=text::order::back()
            back_href="/admin/orders"
        >
            {may_cancel
                .then(|| {
                    view! {
                        <LinkButton href=format!("{here}?dialog=cancel") kind=ButtonKind::Outline>
                            {text::order::cancel()}
                        </LinkButton>
                    }
                })}
            {may_refund
                .then(|| {
                    view! {
                        <LinkButton href=format!("{here}?dialog=refund") kind=ButtonKind::Outline>
                            {text::order::refund()}
                        </LinkButton>
                    }
                })}
        </PageHeader>
        <RecordLayout side=view! { <Facts facts=facts/> }.into_any()>
            {parcels}
            <Section title=text::order::payment()>
                <Totals lines=totals/>
                {steps(order.steps)}
            </Section>
            <Section title=text::order::timeline()>
                <Timeline label=text::order::timeline() events=events/>
            </Section>
        </RecordLayout>
        {dialog}
    }
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
            let detail = (!line.detail.is_empty())
                .then(|| view! { <span class="block text-sm text-muted">{line.detail}</span> });
            Row::new(
                "",
                vec![
                    view! { <span>{line.title}{detail}</span> }.into_any(),
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
            let label = match shipment.url {
                Some(url) => view! { <Link href=url new_tab=true>{shipment.label}</Link> }.into_any(),
                None => shipment.label.into_any(),
            };
            view! {
                <p class="mt-3 text-sm">
                    {label} " " <span class="text-muted">{text::order::shipment_times(&shipment.shipped)}</span>
                </p>
            }
        })
        .collect_view();
    view! {
        <Section title=text::order::parcel(&parcel.shop, &parcel.number) end=status_badge(parcel.status)>
            <Facts facts=facts/>
            <DataTable caption=text::order::lines() columns=columns rows=rows/>
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
                    step.kind.into_any(),
                    step.state.into_any(),
                    step.amount.into_any(),
                    step.note.into_any(),
                    step.at.into_any(),
                ],
            )
        })
        .collect();
    view! { <DataTable caption=text::order::payment_steps() columns=columns rows=rows/> }.into_any()
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

#[component]
fn CancelDialog(order: String, number: String) -> impl IntoView {
    let form = use_form::<CancelHere>();
    let close = format!("/admin/orders/{order}");
    view! {
        <Dialog title=text::order::cancel_title() close_href=close.clone()>
            <PageForm form=form class="flex flex-col gap-4">
                <p>{text::order::title(&number)} ". " {text::order::cancel_body()}</p>
                <input type="hidden" name="order" value=order/>
                <IdempotencyKey form=form/>
                <TextArea
                    name="reason"
                    label=text::order::cancel_reason()
                    optional=true
                    value=form.value("reason")
                    error=form.error("reason")
                />
                <DialogActions>
                    <LinkButton href=close kind=ButtonKind::Outline autofocus=true>{text::order::keep()}</LinkButton>
                    <Button kind=ButtonKind::Danger pending=form.pending() pending_label=text::order::cancelling()>
                        {text::order::cancel_confirm()}
                    </Button>
                </DialogActions>
            </PageForm>
        </Dialog>
    }
}

/// Everything about one order.
#[server]
pub async fn load_order_record(id: String) -> Result<OrderRecord, PageError> {
    use stoa_kernel::format;
    use stoa_payments::payments;

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let order = stoa_ordering::orders::get(&ctx, id).await?;
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
    let mut timeline: Vec<Happening> = order
        .timeline
        .into_iter()
        .map(|entry| {
            let amount = entry.data.get("amount").and_then(|amount| amount.parse().ok()).map(|amount| {
                let currency =
                    entry.data.get("currency").and_then(|code| code.parse().ok()).unwrap_or(order.currency);
                money(stoa_types::Money::new(amount, currency))
            });
            let given = ["carrier", "tracking_number", "reason"]
                .into_iter()
                .filter_map(|name| entry.data.get(name).cloned());
            let detail: Vec<String> =
                amount.into_iter().chain(given).filter(|part| !part.is_empty()).collect();
            Happening {
                kind: entry.kind,
                detail: detail.join(", "),
                actor: entry.actor.unwrap_or_default(),
                at: format::date_time(entry.at),
                machine: entry.at.to_rfc3339(),
            }
        })
        .collect();
    timeline.reverse();
    let parcels = order
        .parcels
        .into_iter()
        .map(|parcel| ParcelRecord {
            number: parcel.number,
            shop: parcel.seller_name,
            status: parcel.status,
            delivery: format!("{}, {}", parcel.delivery_name, money(parcel.shipping)),
            arrives: format::day_range(parcel.arrives_from, parcel.arrives_to),
            commission: parcel.commission.map(money),
            lines: parcel
                .lines
                .into_iter()
                .map(|line| {
                    let mut detail = vec![line.options];
                    detail
                        .extend(line.personalisation.iter().map(|(name, value)| format!("{name}: {value}")));
                    detail.retain(|part| !part.is_empty());
                    LineRecord {
                        title: line.title,
                        detail: detail.join(", "),
                        sku: line.sku_code,
                        quantity: line.quantity,
                        shipped: line.shipped,
                        cancelled: line.cancelled,
                        refunded: line.refunded,
                        total: money(line.total),
                    }
                })
                .collect(),
            shipments: parcel
                .shipments
                .into_iter()
                .map(|shipment| ShipmentRecord {
                    label: text::order::shipment(
                        &shipment.carrier,
                        shipment.tracking_number.unwrap_or_default(),
                    ),
                    url: shipment.tracking_url,
                    shipped: format::date_time(shipment.shipped_at),
                })
                .collect(),
        })
        .collect();
    let totals = order.totals;
    Ok(OrderRecord {
        id: order.id.to_string(),
        number: order.number,
        status: order.status,
        payment: order.payment_status,
        placed: format::date_time(order.placed_at),
        email: order.email,
        phone: address.phone.filter(|phone| !phone.is_empty()),
        address: lines.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect(),
        parcels,
        items: money(totals.items),
        shipping: money(totals.shipping),
        tax: money(totals.tax),
        total: money(totals.total),
        refunded: (!totals.refunded.is_zero()).then(|| money(totals.refunded)),
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
        may_refund: ctx.may(stoa_aftersales::refunds::WRITE),
        may_cancel: open && ctx.may(stoa_ordering::orders::WRITE),
    })
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
