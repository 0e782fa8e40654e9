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
    IdempotencyKey, LinkButton, MoneyField, PageError, PageForm, Select, SelectOption, TextArea, Tone, load,
    resource, use_form,
};

use crate::text;

/// What to give back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefundScope {
    /// Everything that is left.
    #[default]
    Whole,
    /// Units of lines, and delivery.
    Some,
    /// An amount of the staff's own.
    Amount,
}

/// What to give back, as the address says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundChoice {
    #[serde(default)]
    pub scope: RefundScope,
    /// Line ids and units, such as `oln_1:2,oln_2:1`.
    #[serde(default)]
    pub units: String,
    /// The delivery cost that is left.
    #[serde(default)]
    pub shipping: bool,
    /// As typed, in the order's currency.
    #[serde(default)]
    pub amount: String,
}

impl RefundChoice {
    /// Everything, unless the address says `scope=some` with units (`u.{line}`) and delivery,
    /// or `scope=amount`.
    pub fn read(query: &ParamsMap) -> Self {
        let scope = match query.get("scope").as_deref() {
            Some("some") => RefundScope::Some,
            Some("amount") => RefundScope::Amount,
            _ => return Self::default(),
        };
        let units: Vec<String> = query
            .clone()
            .into_iter()
            .filter_map(|(name, value)| {
                let line = name.strip_prefix("u.")?.to_owned();
                let count: u32 = value.trim().parse().ok().filter(|count| *count > 0)?;
                Some(format!("{line}:{count}"))
            })
            .collect();
        Self {
            scope,
            units: units.join(","),
            shipping: query.get("shipping").is_some(),
            amount: query.get("amount").unwrap_or_default(),
        }
    }
}

/// What the dialog shows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RefundOffer {
    pub choice: RefundChoice,
    /// What the choice comes to, as it is read and in minor units.
    pub amount: String,
    pub minor: i64,
    /// What the confirmed form sends: units of lines, delivery and a free amount, both in
    /// minor units.
    pub units: String,
    pub delivery: i64,
    pub free: i64,
    pub currency: String,
    /// Why the choice cannot be refunded; empty where it can.
    pub problem: String,
    pub lines: Vec<OfferedLine>,
    /// Delivery cost left; absent when none is.
    pub shipping: Option<String>,
    /// All that is left, as it is read; empty when nothing is.
    pub left: String,
    /// The currency's sign.
    pub symbol: String,
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

/// Why money goes back, in words.
pub fn reason_label(reason: RefundReason) -> &'static str {
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
    let offer =
        resource(move || (id.clone(), choice.clone()), |(order, choice)| LoadRefundOffer { order, choice });
    load(offer, move |offer| dialog(order.clone(), offer))
}

fn dialog(order: String, offer: RefundOffer) -> AnyView {
    let close = format!("/admin/orders/{order}");
    if offer.left.is_empty() {
        return view! {
            <Dialog title=text::refund::nothing_title() close_href=close.clone()>
                <p>{text::refund::nothing_body()}</p>
                <DialogActions>
                    <LinkButton href=close kind=ButtonKind::Outline>{text::refund::back()}</LinkButton>
                </DialogActions>
            </Dialog>
        }
        .into_any();
    }
    let confirm = if offer.problem.is_empty() {
        confirm(&order, &offer)
    } else {
        view! { <Banner tone=Tone::Warn title=offer.problem.clone()/> }.into_any()
    };
    let title = if offer.problem.is_empty() {
        text::refund::title(&offer.amount)
    } else {
        text::refund::title_open().to_owned()
    };
    let scope = offer.choice.scope;
    let some = some(&offer);
    let amount = view! {
        <MoneyField
            name="amount"
            label=text::refund::amount()
            hint=text::refund::amount_hint(&offer.left)
            currency=offer.symbol.clone()
            value=offer.choice.amount.clone()
        />
    }
    .into_any();
    let all = (scope != RefundScope::Whole).then(|| {
        view! {
            <LinkButton href=format!("{close}?dialog=refund") kind=ButtonKind::Outline small=true>
                {text::refund::choose_all(&offer.left)}
            </LinkButton>
        }
    });
    view! {
        <Dialog title=title close_href=close.clone() wide=true>
            {confirm}
            <div class="mt-6 flex flex-col gap-3">
                {all.map(|all| view! { <div>{all}</div> })}
                {choose(close.clone(), "some", text::refund::choose(), scope == RefundScope::Some, some)}
                {choose(close.clone(), "amount", text::refund::choose_amount(), scope == RefundScope::Amount, amount)}
            </div>
        </Dialog>
    }
    .into_any()
}

/// The form that moves the money.
fn confirm(order: &str, offer: &RefundOffer) -> AnyView {
    let form = use_form::<RefundHere>();
    let reasons = RefundReason::ALL
        .iter()
        .map(|reason| SelectOption::new(reason.as_str(), reason_label(*reason)))
        .collect::<Vec<_>>();
    let note = match offer.choice.scope {
        RefundScope::Whole => text::refund::whole(),
        RefundScope::Some => text::refund::some(),
        RefundScope::Amount => text::refund::free(),
    };
    let hidden = [
        ("order", order.to_owned()),
        ("units", offer.units.clone()),
        ("delivery", offer.delivery.to_string()),
        ("free", offer.free.to_string()),
        ("minor", offer.minor.to_string()),
        ("currency", offer.currency.clone()),
    ];
    let hidden = hidden
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    let close = format!("/admin/orders/{order}");
    let (confirm, pending) = (text::refund::confirm(&offer.amount), text::refund::pending(&offer.amount));
    view! {
        <PageForm form=form class="flex flex-col gap-4">
            <p>{note} " " {text::refund::for_good()}</p>
            {hidden}
            <IdempotencyKey form=form/>
            <Select
                name="reason"
                label=text::refund::reason()
                options=reasons
                value=form.value_or("reason", RefundReason::Goodwill.as_str())
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
                <LinkButton href=close kind=ButtonKind::Outline autofocus=true>
                    {text::refund::close()}
                </LinkButton>
                <Button kind=ButtonKind::Danger pending=form.pending() pending_label=pending>
                    {confirm}
                </Button>
            </DialogActions>
        </PageForm>
    }
    .into_any()
}

/// Units of lines and delivery to choose from.
fn some(offer: &RefundOffer) -> AnyView {
    let lines = offer
        .lines
        .iter()
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
    let chosen = offer.choice.shipping;
    let shipping = offer.shipping.as_ref().map(|left| {
        view! { <Checkbox name="shipping" label=text::refund::shipping(left) checked=chosen/> }
    });
    view! {
        {lines}
        {shipping}
    }
    .into_any()
}

/// A way of choosing; asking for it changes the address and with it the amount above.
fn choose(
    action: String,
    scope: &'static str,
    summary: &'static str,
    open: bool,
    fields: AnyView,
) -> AnyView {
    view! {
        <Disclosure summary=summary open=open>
            <form action=action method="get" class="flex flex-col gap-4">
                <input type="hidden" name="dialog" value="refund"/>
                <input type="hidden" name="scope" value=scope/>
                {fields}
                <div>
                    <Button kind=ButtonKind::Outline>{text::refund::update()}</Button>
                </div>
            </form>
        </Disclosure>
    }
    .into_any()
}

/// Line ids and units, such as `oln_1:2,oln_2:1`.
#[cfg(feature = "ssr")]
fn read_units(units: &str) -> Vec<stoa_aftersales_types::refunds::RefundUnits> {
    use stoa_aftersales_types::refunds::RefundUnits;
    let pairs = units.split(',').filter_map(|pair| pair.split_once(':'));
    pairs
        .filter_map(|(line, count)| {
            Some(RefundUnits { order_line: line.parse().ok()?, quantity: count.parse().ok()? })
        })
        .collect()
}

/// What can be given back, and what the choice comes to.
#[server]
pub async fn load_refund_offer(order: String, choice: RefundChoice) -> Result<RefundOffer, PageError> {
    use stoa_aftersales::refunds;
    use stoa_aftersales_types::refunds::CreateRefund;
    use stoa_kernel::format;
    use stoa_types::Money;

    let ctx = stoa_ui::server::ctx()?;
    let order = order.parse().map_err(|_| PageError::not_found())?;
    let left = refunds::refundable(&ctx, order).await?;
    let currency = left.total.currency;
    let money = |amount| format::money(amount, &ctx.locale);
    let input = match choice.scope {
        RefundScope::Whole => left.everything(RefundReason::default()),
        RefundScope::Some => CreateRefund {
            lines: read_units(&choice.units),
            shipping: (choice.shipping && !left.shipping.is_zero()).then_some(left.shipping),
            ..CreateRefund::default()
        },
        RefundScope::Amount => CreateRefund {
            amount: Some(
                Money::parse_decimal(&choice.amount.trim().replace(',', "."), currency)
                    .unwrap_or(Money::zero(currency)),
            ),
            ..CreateRefund::default()
        },
    };
    let (amount, problem) = match refunds::quote(&ctx, order, &input).await {
        Ok(amount) => (amount, String::new()),
        Err(error) if error.is(refunds::EXCEEDS_REFUNDABLE) => {
            (Money::zero(currency), text::refund::exceeds(money(left.total)))
        }
        Err(error) if left.total.is_zero() || matches!(error.problem(None).status, 409 | 422) => {
            let problem = error.problem(None);
            let first = problem.errors.into_iter().next().map(|field| field.message);
            (Money::zero(currency), first.unwrap_or(problem.detail))
        }
        Err(error) => return Err(error.into()),
    };
    let chosen = |id| choice_of(&input, id);
    Ok(RefundOffer {
        amount: money(amount),
        minor: amount.amount,
        units: input
            .lines
            .iter()
            .map(|line| format!("{}:{}", line.order_line, line.quantity))
            .collect::<Vec<_>>()
            .join(","),
        delivery: input.shipping.map_or(0, |shipping| shipping.amount),
        free: input.amount.map_or(0, |amount| amount.amount),
        currency: currency.code().to_owned(),
        symbol: currency.symbol(),
        problem,
        left: if left.total.is_zero() { String::new() } else { money(left.total) },
        shipping: (!left.shipping.is_zero()).then(|| money(left.shipping)),
        lines: left
            .lines
            .iter()
            .filter(|line| line.quantity > 0)
            .map(|line| OfferedLine {
                title: if line.options.is_empty() {
                    line.title.clone()
                } else {
                    format!("{}, {}", line.title, line.options)
                },
                units: line.quantity,
                chosen: if choice.scope == RefundScope::Some { chosen(line.order_line) } else { 0 },
                left: money(line.amount),
                id: line.order_line.to_string(),
            })
            .collect(),
        choice,
    })
}

#[cfg(feature = "ssr")]
fn choice_of(
    input: &stoa_aftersales_types::refunds::CreateRefund,
    line: stoa_types::Id<stoa_types::OrderLine>,
) -> i64 {
    input.lines.iter().filter(|units| units.order_line == line).map(|units| units.quantity).sum()
}

/// Gives the chosen part of an order back. `minor` is the amount the button named: when the
/// order has changed since, nothing moves.
#[server]
pub async fn refund_here(
    #[server(default)] order: String,
    #[server(default)] units: String,
    #[server(default)] delivery: i64,
    #[server(default)] free: i64,
    #[server(default)] minor: i64,
    #[server(default)] currency: String,
    #[server(default)] reason: String,
    #[server(default)] note: String,
    #[server(default)] idempotency_key: String,
) -> Result<(), PageError> {
    use stoa_aftersales::refunds;
    use stoa_aftersales_types::refunds::CreateRefund;
    use stoa_kernel::{Error, error::codes::KEY_MISSING, format};
    use stoa_types::{Currency, Money};

    let ctx = stoa_ui::server::ctx()?;
    let id: stoa_types::Id<stoa_types::Order> = order.parse().map_err(|_| PageError::not_found())?;
    if idempotency_key.is_empty() {
        return Err(KEY_MISSING.error(text::refund::changed()).into());
    }
    let currency: Currency = currency.parse().map_err(Error::from)?;
    let some = |amount: i64| (amount != 0).then_some(Money::new(amount, currency));
    let input = CreateRefund {
        lines: read_units(&units),
        shipping: some(delivery),
        amount: some(free),
        reason: reason.parse().unwrap_or_default(),
        note: Some(note.trim().to_owned()).filter(|note| !note.is_empty()),
    };
    let shown = Money::new(minor, currency);
    let refund = refunds::refund_as_shown(&ctx, id, input, shown, &idempotency_key).await?;
    let amount = format::money(refund.amount, &ctx.locale);
    stoa_ui::server::redirect_to(&format!("/admin/orders/{id}"), text::refund::flash(&amount)).await
}
