//! One order with everything that belongs to it.

#[cfg(feature = "ssr")]
mod drawn;
mod record;
#[cfg(feature = "ssr")]
mod words;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};
use stoa_ordering_types::orders::OrderStatus;
use stoa_ui::{
    Button, ButtonKind, Dialog, DialogActions, Drawn, IdempotencyKey, LinkButton, PageForm, PageHeader,
    PageTitle, RecordLayout, TextArea, load, resource, use_form,
};

use crate::{
    orders::{held_badge, status_badge},
    refund::{RefundChoice, RefundDialog},
    text,
};
use record::{CancelHere, LoadOrderRecord};

/// An order, ready to read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrderRecord {
    pub id: String,
    pub number: String,
    pub status: OrderStatus,
    /// What has not left must not leave for now.
    pub on_hold: bool,
    /// Payment, buyer and address.
    pub facts: Drawn,
    /// Parcels, money and what happened.
    pub body: Drawn,
    /// Whether the reader may give money back and there is some.
    pub may_refund: bool,
    pub may_cancel: bool,
}

/// `/admin/orders/{id}?dialog=refund|cancel`
#[component]
pub fn OrderPage() -> impl IntoView {
    let params = use_params_map();
    let order = resource(
        move || params.with(|params| params.get("id")).unwrap_or_default(),
        |id| LoadOrderRecord { id },
    );
    load(order, |order| view! { <Record order=order/> })
}

#[component]
fn Record(order: OrderRecord) -> impl IntoView {
    let query = use_query_map();
    let (may_refund, may_cancel) = (order.may_refund, order.may_cancel);
    let dialog = {
        let id = order.id.clone();
        let number = order.number.clone();
        move || match query.with(|query| query.get("dialog")).as_deref() {
            Some("refund") if may_refund => {
                let choice = query.with(RefundChoice::read);
                view! { <RefundDialog order=id.clone() choice=choice/> }.into_any()
            }
            Some("cancel") if may_cancel => {
                view! { <CancelDialog order=id.clone() number=number.clone()/> }.into_any()
            }
            _ => ().into_any(),
        }
    };
    let action = |shown: bool, dialog: &str, label: &'static str| {
        let href = format!("/admin/orders/{}?dialog={dialog}", order.id);
        shown.then(move || {
            view! {
                <LinkButton href=href kind=ButtonKind::Outline>
                    {label}
                </LinkButton>
            }
            .into_any()
        })
    };
    let actions = [
        action(may_cancel, "cancel", text::order::cancel()),
        action(may_refund, "refund", text::order::refund()),
    ];
    view! {
        <PageTitle text=text::order::title(&order.number)/>
        <PageHeader
            title=text::order::title(&order.number)
            back_label=text::order::back()
            back_href="/admin/orders"
            badge=if order.on_hold { held_badge() } else { status_badge(order.status) }
        >
            {actions.into_iter().flatten().collect_view()}
        </PageHeader>
        <RecordLayout side=order.facts.view()>{order.body.view()}</RecordLayout>
        {dialog}
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
