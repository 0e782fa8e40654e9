//! The refund dialog of an order. What to give back is chosen by the address, so that the
//! button that confirms always names the amount it moves.
// A form's server function takes one argument for each field.
#![allow(clippy::too_many_arguments)]

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use stoa_aftersales_types::refunds::RefundReason;
use stoa_ui::{
    Banner, Button, ButtonKind, Checkbox, Dialog, DialogActions, Disclosure, Field, FieldKind,
    IdempotencyKey, LinkButton, PageError, PageForm, Select, SelectOption, TextArea, Tone, load, use_form,
};

use crate::text;

/// What to give back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundChoice {
    /// Everything that is left.
    #[serde(default)]
    pub whole: bool,
    /// Line ids and units, such as `oln_1:2,oln_2:1`.
    #[serde(default)]
    pub units: String,
    /// The delivery cost that is left.
    #[serde(default)]
    pub shipping: bool,
}

impl RefundChoice {
    /// Everything, unless the address names units (`u.{line}`) or delivery.
    pub fn read(query: &ParamsMap) -> Self {
        if query.get("scope").as_deref() != Some("some") {
            return Self { whole: true, ..Self::default() };
        }
        let units: Vec<String> = query
            .clone()
            .into_iter()
            .filter_map(|(name, value)| {
                let line = name.strip_prefix("u.")?.to_owned();
                let count: u32 = value.trim().parse().ok().filter(|count| *count > 0)?;
                Some(format!("{line}:{count}"))
            })
            .collect();
        Self { whole: false, units: units.join(","), shipping: query.get("shipping").is_some() }
    }

    /// Lines and how many units of each.
    #[cfg(feature = "ssr")]
    fn lines(&self) -> Vec<(&str, i64)> {
        let pairs = self.units.split(',').filter_map(|pair| pair.split_once(':'));
        pairs.filter_map(|(line, count)| Some((line, count.parse().ok()?))).collect()
    }
}

/// What the dialog shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefundOffer {
    pub choice: RefundChoice,
    /// The chosen amount, as it is read and in minor units.
    pub amount: String,
    pub minor: i64,
    pub lines: Vec<OfferedLine>,
    /// Delivery cost left; absent when none is.
    pub shipping: Option<String>,
    /// Whether anything at all is left.
    pub any_left: bool,
}

/// A line that can still be given back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfferedLine {
    pub id: String,
    pub title: String,
    pub units: i64,
    pub chosen: i64,
    pub left: String,
}

fn reason_label(reason: RefundReason) -> &'static str {
    use text::refund::why;
    match reason {
        RefundReason::Cancelled => why::cancelled(),
        RefundReason::Returned => why::returned(),
        RefundReason::Damaged => why::damaged(),
        RefundReason::Lost => why::lost(),
        RefundReason::Goodwill => why::goodwill(),
        RefundReason::Other => why::another(),
    }
}

/// The dialog, open while the address says `?dialog=refund`.
#[component]
pub fn RefundDialog(
    /// The order's id.
    order: String,
    /// What the address asks for.
    choice: RefundChoice,
) -> impl IntoView {
    let id = order.clone();
    let offer = Resource::new(
        move || (id.clone(), choice.clone()),
        |(order, choice)| load_refund_offer(order, choice),
    );
    load(offer, move |offer| view! { <Offer order=order.clone() offer=offer/> })
}

#[component]
fn Offer(order: String, offer: RefundOffer) -> impl IntoView {
    let form = use_form::<RefundHere>();
    let close = format!("/admin/orders/{order}");
    if !offer.any_left {
        return view! {
            <Dialog title=text::refund::nothing_title() close_href=close.clone()>
                <p>{text::refund::nothing_body()}</p>
                <DialogActions>
                    <LinkButton href=close kind=ButtonKind::Outline>{text::refund::close()}</LinkButton>
                </DialogActions>
            </Dialog>
        }
        .into_any();
    }
    let reasons = RefundReason::ALL
        .iter()
        .map(|reason| SelectOption::new(reason.as_str(), reason_label(*reason)))
        .collect::<Vec<_>>();
    let reason = form.value_or("reason", RefundReason::Goodwill.as_str());
    let pending_label = text::refund::pending(&offer.amount);
    let confirm_label = text::refund::confirm(&offer.amount);
    let keep_href = close.clone();
    let confirm = if offer.minor > 0 {
        view! {
            <PageForm form=form class="flex flex-col gap-4">
                <p>{if offer.choice.whole { text::refund::whole() } else { text::refund::some() }}</p>
                <input type="hidden" name="order" value=order.clone()/>
                <input type="hidden" name="whole" value=offer.choice.whole.to_string()/>
                <input type="hidden" name="units" value=offer.choice.units.clone()/>
                <input type="hidden" name="shipping" value=offer.choice.shipping.to_string()/>
                <input type="hidden" name="minor" value=offer.minor.to_string()/>
                <IdempotencyKey form=form/>
                <Select
                    name="reason"
                    label=text::refund::reason()
                    options=reasons
                    value=reason
                    error=form.error("reason")
                    required=true
                />
                <TextArea
                    name="note"
                    label=text::refund::note()
                    optional=true
                    value=form.value("note")
                    error=form.error("note")
                />
                <DialogActions>
                    <LinkButton href=keep_href kind=ButtonKind::Outline autofocus=true>
                        {text::refund::close()}
                    </LinkButton>
                    <Button
                        kind=ButtonKind::Danger
                        pending=form.pending()
                        pending_label=pending_label
                    >
                        {confirm_label}
                    </Button>
                </DialogActions>
            </PageForm>
        }
        .into_any()
    } else {
        view! { <Banner tone=Tone::Warn title=text::refund::choice_wrong()/> }.into_any()
    };
    let lines = offer
        .lines
        .into_iter()
        .map(|line| {
            view! {
                <Field
                    name=format!("u.{}", line.id)
                    label=text::refund::units(&line.title)
                    hint=text::refund::left(line.units.to_string(), &line.left)
                    kind=FieldKind::Number
                    value=line.chosen.to_string()
                />
            }
        })
        .collect_view();
    let shipping_chosen = offer.choice.shipping;
    let shipping = offer.shipping.map(|left| {
        view! { <Checkbox name="shipping" value="true" label=text::refund::shipping(&left) checked=shipping_chosen/> }
    });
    view! {
        <Dialog title=text::refund::title(&offer.amount) close_href=close.clone() wide=true>
            {confirm}
            <div class="mt-6">
                <Disclosure summary=text::refund::choose() open=!offer.choice.whole>
                    <form action=close method="get" class="flex flex-col gap-4">
                        <input type="hidden" name="dialog" value="refund"/>
                        <input type="hidden" name="scope" value="some"/>
                        {lines}
                        {shipping}
                        <div>
                            <Button kind=ButtonKind::Outline>{text::refund::update()}</Button>
                        </div>
                    </form>
                </Disclosure>
            </div>
        </Dialog>
    }
    .into_any()
}

/// The amount of a choice in minor units: the last units of a line are worth all that is
/// left of it.
#[cfg(feature = "ssr")]
fn worth(left: &stoa_aftersales_types::refunds::Refundable, choice: &RefundChoice) -> i64 {
    if choice.whole {
        return left.total.amount;
    }
    let lines: i64 = choice
        .lines()
        .into_iter()
        .filter_map(|(id, units)| {
            let line = left.lines.iter().find(|line| line.order_line.to_string() == id)?;
            let worth = if units >= line.quantity {
                line.amount.amount
            } else {
                line.unit_price.amount.saturating_mul(units)
            };
            Some(worth.min(line.amount.amount))
        })
        .sum();
    lines + if choice.shipping { left.shipping.amount } else { 0 }
}

/// What can be given back, and what the choice comes to.
#[server]
pub async fn load_refund_offer(order: String, choice: RefundChoice) -> Result<RefundOffer, PageError> {
    use stoa_kernel::format;
    use stoa_types::Money;

    let ctx = stoa_ui::server::ctx()?;
    let order = order.parse().map_err(|_| PageError::not_found())?;
    let left = stoa_aftersales::refunds::refundable(&ctx, order).await?;
    let minor = worth(&left, &choice);
    let money = |amount| format::money(amount, &ctx.locale);
    let chosen: Vec<(String, i64)> =
        choice.lines().into_iter().map(|(id, units)| (id.to_owned(), units)).collect();
    Ok(RefundOffer {
        amount: money(Money::new(minor, left.total.currency)),
        minor,
        any_left: left.total.amount > 0,
        shipping: (left.shipping.amount > 0).then(|| money(left.shipping)),
        lines: left
            .lines
            .iter()
            .filter(|line| line.quantity > 0)
            .map(|line| {
                let id = line.order_line.to_string();
                let chosen = chosen.iter().find(|(known, _)| *known == id).map_or(0, |(_, units)| *units);
                OfferedLine {
                    title: if line.options.is_empty() {
                        line.title.clone()
                    } else {
                        format!("{}, {}", line.title, line.options)
                    },
                    units: line.quantity,
                    chosen: chosen.min(line.quantity),
                    left: money(line.amount),
                    id,
                }
            })
            .collect(),
        choice,
    })
}

/// Gives the chosen part of an order back. `minor` is the amount the button named: when the
/// order has changed since, nothing moves.
#[server]
pub async fn refund_here(
    #[server(default)] order: String,
    #[server(default)] whole: bool,
    #[server(default)] units: String,
    #[server(default)] shipping: bool,
    #[server(default)] minor: i64,
    #[server(default)] reason: String,
    #[server(default)] note: String,
    #[server(default)] idempotency_key: String,
) -> Result<(), PageError> {
    use stoa_aftersales::refunds;
    use stoa_aftersales_types::refunds::{CreateRefund, RefundUnits};
    use stoa_kernel::format;

    let ctx = stoa_ui::server::ctx()?;
    let id: stoa_types::Id<stoa_types::Order> = order.parse().map_err(|_| PageError::not_found())?;
    if idempotency_key.is_empty() {
        return Err(PageError::new(400, "refunds.key_missing", text::refund::changed()));
    }
    let choice = RefundChoice { whole, units, shipping };
    let left = refunds::refundable(&ctx, id).await?;
    let goods = worth(&left, &RefundChoice { shipping: false, ..choice.clone() });
    // More units than are left: a repeated submit, which the service knows by its key, or
    // one it refuses.
    let beyond = choice.lines().into_iter().any(|(line, units)| {
        left.lines.iter().any(|known| known.order_line.to_string() == line && units > known.quantity)
    });
    let named = if choice.shipping { goods <= minor } else { goods == minor };
    if !choice.whole && !beyond && !named {
        return Err(PageError::new(409, "refunds.changed", text::refund::changed()));
    }
    // Together with the goods exactly what the button named.
    let delivery = stoa_types::Money::new((minor - goods).max(0), left.total.currency);
    let lines: Vec<RefundUnits> = choice
        .lines()
        .into_iter()
        .filter_map(|(line, quantity)| Some(RefundUnits { order_line: line.parse().ok()?, quantity }))
        .collect();
    let input = CreateRefund {
        lines,
        shipping: (choice.shipping && !choice.whole).then_some(delivery),
        amount: choice.whole.then_some(stoa_types::Money::new(minor, left.total.currency)),
        reason: reason.parse().unwrap_or_default(),
        note: Some(note.trim().to_owned()).filter(|note| !note.is_empty()),
    };
    let refund = refunds::refund_order(&ctx, id, input, &idempotency_key).await?;
    let amount = format::money(refund.amount, &ctx.locale);
    stoa_ui::server::redirect_to(&format!("/admin/orders/{id}"), text::refund::flash(&amount)).await
}
