//! Step 2: what is bought, where it goes, and the card. The card's form posts to the payment
//! provider; its number and CVC never reach this shop, so they cannot be shown again after a
//! decline: to keep them for a redisplay, this shop or an address would have to hold what only
//! the provider may. What is no secret survives: everything of the steps before, and the expiry,
//! which the provider hands back.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Banner, Button, ButtonKind, Disclosure, Field, FieldKind, PageError, PageForm, PageTitle, ShopPage,
    ShopTitle, SummaryRow, Tone, group_card_number, group_expiry, i18n::link, load, page::viewer, resource,
    use_form,
};

use super::{
    bill::{Goods, Sums, sum_list},
    delivery::{STEP, beside, folded, steps},
};
use crate::text;

/// What the step shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentStep {
    pub email: String,
    /// The address that was probably meant; empty where nothing looks wrong.
    pub meant: String,
    pub address: String,
    /// A sentence for each parcel.
    pub delivery: Vec<String>,
    pub goods: Vec<Goods>,
    pub sums: Sums,
    /// What is paid, formatted.
    pub amount: String,
    /// Where the card's form posts to, at the payment provider.
    pub hosted_url: String,
    /// Lets the provider know which payment the form pays.
    pub client_secret: String,
    /// Where the provider sends the shopper back to.
    pub return_url: String,
    /// Why the last card was declined, and what to do; empty where none was.
    pub declined: String,
    /// What is known of that card, such as "Visa ending 4242"; empty for nothing.
    pub card: String,
    /// For how long prices and stock are kept, as a sentence.
    pub kept: String,
    /// "Delivery to Greece".
    pub delivery_to: String,
}

/// `/{l}/checkout/payment`.
#[component]
pub fn PaymentPage() -> impl IntoView {
    let step = resource(|| (), |()| LoadPayment {});
    let query = use_query_map();
    let asked = |name: &str| query.with_untracked(|query| query.get(name)).unwrap_or_default();
    let back = Back {
        declined: !asked("declined").is_empty(),
        invalid: asked("invalid"),
        expiry: typed_expiry(&asked("expiry")).to_owned(),
    };
    let title = text::payment::title();
    let title = if back.declined || !back.invalid.is_empty() {
        stoa_ui::text::failure::error_prefix(title)
    } else {
        title.to_owned()
    };
    view! {
        <PageTitle text=title/>
        <ShopPage>
            {load(step, move |step| {
                let back = back.clone();
                step.map(move |step| payment_view(step, back))
            })}
        </ShopPage>
    }
}

/// What the provider sent the shopper back with, as the address says it.
#[derive(Debug, Clone)]
struct Back {
    declined: bool,
    /// The field that could not be read; empty for none.
    invalid: String,
    /// As typed; empty for none.
    expiry: String,
}

/// An expiry out of an address, if it looks like one: digits around a slash, and nothing for
/// whatever else somebody put there.
pub(super) fn typed_expiry(text: &str) -> &str {
    let looks = text.len() <= 7
        && text.matches('/').count() == 1
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/');
    if looks { text } else { "" }
}

fn payment_view(step: PaymentStep, back: Back) -> impl IntoView {
    let declined = match (back.declined, step.declined.is_empty()) {
        (true, true) => text::payment::declined().to_owned(),
        // The bank was not asked about what could not be read.
        _ if !back.invalid.is_empty() => String::new(),
        _ => step.declined,
    };
    let summary = beside(step.goods.clone(), step.sums.clone(), &step.delivery_to);
    view! {
        <div class=STEP>
            {folded(step.goods.clone(), step.sums.clone(), &step.delivery_to)}
            <div class="flex flex-col gap-6 min-w-0">
                {steps(2)}
                <ShopTitle title=text::payment::title()/>
                {(!step.meant.is_empty()).then(|| meant(step.meant))}
                // A parcel's days stand in a line of their own.
                <div class="whitespace-pre-line border-t border-line">
                    <SummaryRow label=text::payment::contact() value=step.email change_href=link("/checkout")/>
                    <SummaryRow label=text::payment::address() value=step.address change_href=link("/checkout")/>
                    <SummaryRow
                        label=text::payment::delivery()
                        value=step.delivery.join("\n")
                        change_href=link("/checkout")
                    />
                </div>
                <CardForm
                    hosted_url=step.hosted_url
                    client_secret=step.client_secret
                    return_url=step.return_url
                    amount=step.amount
                    declined=declined
                    card=step.card
                    invalid=back.invalid
                    expiry=back.expiry
                    sums=step.sums
                    delivery_to=step.delivery_to
                    kept=step.kept
                />
                {viewer().development.then(test_cards)}
            </div> {summary}
        </div>
    }
}

/// Asks whether the email address was a slip of the finger.
fn meant(email: String) -> impl IntoView {
    let form = use_form::<UseEmail>();
    view! {
        <PageForm form=form class="flex flex-wrap items-center gap-x-4 gap-y-2">
            <p>{text::payment::meant(&email)}</p>
            <input type="hidden" name="email" value=email/>
            <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                {text::payment::use_it()}
            </Button>
        </PageForm>
    }
}

/// The form that posts to the payment provider.
#[component]
fn CardForm(
    hosted_url: String,
    client_secret: String,
    return_url: String,
    amount: String,
    /// Why the last card was declined; empty where none was.
    declined: String,
    /// What is known of that card; empty for nothing.
    card: String,
    /// The field the provider could not read; empty for none.
    invalid: String,
    /// The expiry to begin with; empty for none.
    expiry: String,
    /// What is paid for, repeated above the button where the summary is far away.
    sums: Sums,
    delivery_to: String,
    /// For how long prices and stock are kept.
    kept: String,
) -> impl IntoView {
    let pending = RwSignal::new(false);
    let slow = RwSignal::new(false);
    // A page restored by the browser's back button is not paying any more.
    Effect::new(move |_| {
        let shown = window_event_listener_untyped("pageshow", move |_| {
            pending.set(false);
            slow.set(false);
        });
        on_cleanup(move || shown.remove());
    });
    let error = |field: &str, message: &str| (invalid == field).then(|| message.to_owned());
    let number_error = error("number", text::payment::number_invalid());
    let expiry_error = error("expiry", text::payment::expiry_invalid());
    let cvc_error = error("cvc", text::payment::cvc_invalid());
    view! {
        <form
            id="card"
            method="post"
            action=hosted_url
            class="flex flex-col gap-6 scroll-mt-6"
            on:submit=move |event| {
                if pending.get_untracked() {
                    event.prevent_default();
                    return;
                }
                pending.set(true);
                set_timeout(move || { slow.try_set(true); }, std::time::Duration::from_secs(8));
            }
        >
            <input type="hidden" name="client_secret" value=client_secret autocomplete="off"/>
            <input type="hidden" name="return_url" value=return_url/>
            {(!declined.is_empty()).then(|| refusal(declined, card))}
            <fieldset class="grid grid-cols-2 gap-4 items-start min-w-0" on:input=group_digits>
                <legend class="mb-3 font-semibold">{text::payment::card()}</legend>
                <Field
                    name="number"
                    label=text::payment::card_number()
                    kind=FieldKind::Number
                    autocomplete="cc-number"
                    max_length=23
                    error=number_error
                    required=true
                    class="col-span-2"
                />
                <Field
                    name="expiry"
                    label=text::payment::expiry()
                    autocomplete="cc-exp"
                    max_length=7
                    value=expiry
                    error=expiry_error
                    required=true
                />
                <Field
                    name="cvc"
                    label=text::payment::cvc()
                    kind=FieldKind::Number
                    autocomplete="cc-csc"
                    max_length=4
                    error=cvc_error
                    required=true
                />
            </fieldset>
            <div class="lg:hidden border-t border-line pt-4">{sum_list(sums, &delivery_to)}</div>
            <p class="text-sm text-muted">{text::payment::terms()} " " {kept}</p>
            <Button
                kind=ButtonKind::Brand
                block=true
                pending=pending
                pending_label=text::payment::paying(&amount)
            >
                {text::payment::pay(&amount)}
            </Button>
            <p role="status" class="text-sm empty:hidden">
                {move || (pending.get() && slow.get()).then(text::payment::slow)}
            </p>
        </form>
    }
}

/// What became of the last card, right above the fields for the next.
fn refusal(declined: String, card: String) -> AnyView {
    let card = (!card.is_empty()).then(|| format!("{} ", text::payment::declined_card(card)));
    view! {
        <Banner tone=Tone::Bad title=declined>
            <p>{card} {text::payment::number_not_kept()}</p>
        </Banner>
    }
    .into_any()
}

/// Writes a card's number and expiry as they stand on the card, while they are typed at their
/// end: nobody's cursor is moved away from a correction.
fn group_digits(event: leptos::ev::Event) {
    use leptos::{wasm_bindgen::JsCast, web_sys::HtmlInputElement};

    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = input else { return };
    let typed = input.value();
    let grouped = match input.name().as_str() {
        "number" => group_card_number(&typed),
        "expiry" => group_expiry(&typed),
        _ => return,
    };
    let at_end = input.selection_start().ok().flatten() == u32::try_from(typed.chars().count()).ok();
    if at_end && grouped != typed {
        input.set_value(&grouped);
    }
}

/// The cards of the test bank, for people who develop.
fn test_cards() -> impl IntoView {
    let cards = [
        ("4242 4242 4242 4242", text::payment::test_approved()),
        ("5555 5555 5555 4444", text::payment::test_approved()),
        ("4000 0000 0000 0002", text::payment::test_declined()),
        ("4000 0000 0000 9995", text::payment::test_funds()),
        ("4000 0025 0000 3155", text::payment::test_challenge()),
        ("4000 0000 0000 0119", text::payment::test_timeout()),
        ("4000 0000 0000 0077", text::payment::test_late()),
    ];
    let rows = cards
        .into_iter()
        .map(|(number, outcome)| {
            view! {
                <li class="flex flex-wrap gap-x-4">
                    <span class="font-mono">{number}</span>
                    <span class="text-muted">{outcome}</span>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <Disclosure summary=text::payment::test_cards()>
            <p class="text-sm text-muted pb-2">{text::payment::test_note()}</p>
            <ul class="flex flex-col gap-1 text-sm">{rows}</ul>
        </Disclosure>
    }
}

/// Takes another email address for the visitor's cart.
#[server]
pub async fn use_email(#[server(default)] email: String) -> Result<(), PageError> {
    use stoa_ordering::carts;
    use stoa_ordering_types::carts::UpdateCart;

    let ctx = stoa_ui::server::ctx()?;
    let cart = carts::current(&ctx).await?.ok_or_else(PageError::not_found)?;
    let input = UpdateCart { email: Some(email), ..UpdateCart::default() };
    carts::update(&ctx, cart.id, None, input).await?;
    stoa_ui::server::redirect_to_quietly(&link("/checkout/payment"))
}

/// Freezes the cart (prices, stock, amount) and prepares its payment at the provider. What
/// stands in the way leads to the page where it can be changed.
#[server]
pub async fn load_payment() -> Result<Option<PaymentStep>, PageError> {
    use stoa_kernel::format;
    use stoa_ordering::carts;
    use stoa_payments::payments;
    use stoa_payments_types::PaymentState as State;
    use stoa_ui::server::{redirect_to, redirect_to_quietly};

    let ctx = stoa_ui::server::ctx()?;
    let cart = carts::current(&ctx).await?.filter(|cart| cart.items > 0 && !cart.blocked);
    let Some(cart) = cart else {
        redirect_to_quietly(&link("/cart"))?;
        return Ok(None);
    };
    let (Some(email), Some(address)) = (cart.email.clone(), cart.address.clone()) else {
        redirect_to_quietly(&link("/checkout"))?;
        return Ok(None);
    };
    let back =
        |payment: stoa_types::Id<stoa_types::Payment>| link(&format!("/checkout/return?payment={payment}"));
    let frozen = match carts::checkout_intent(&ctx, cart.id, &cart.version.to_string()).await {
        Ok(frozen) => frozen,
        Err(error) => {
            let error = PageError::from(error);
            match (error.status(), error.0.code.as_str()) {
                // Paying is under way already: wait for it instead of paying twice.
                (409, "payments.intent_processing" | "payments.invalid_transition") => {
                    if let Some(intent) = payments::of_cart(ctx.db().read(), cart.id).await? {
                        redirect_to_quietly(&back(intent.id))?;
                        return Ok(None);
                    }
                    return Err(error);
                }
                (409, _) => redirect_to(&link("/cart"), error.0.detail).await?,
                (422, _) => redirect_to(&link("/checkout"), error.0.detail).await?,
                _ => return Err(error),
            }
            return Ok(None);
        }
    };
    let payment = payments::prepare(&ctx, frozen.payment).await?;
    let payable = matches!(payment.state, State::RequiresPaymentMethod | State::RequiresConfirmation);
    let (true, Some(hosted_url), Some(client_secret)) = (payable, payment.hosted_url, payment.client_secret)
    else {
        redirect_to_quietly(&back(frozen.payment))?;
        return Ok(None);
    };
    let locale = ctx.locale.to_string();
    let parts = [&address.name, &address.street];
    let place = format!("{} {}", address.postcode, address.city);
    let more = [address.extra.as_ref(), address.company.as_ref()];
    let address = parts
        .into_iter()
        .chain(more.into_iter().flatten())
        .map(String::as_str)
        .chain([place.as_str(), carts::country_name(&address.country).trim_start_matches("the ")])
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let delivery = cart
        .parcels
        .iter()
        .filter_map(|parcel| {
            let chosen = parcel.chosen.as_ref()?;
            let option = parcel.options.iter().find(|option| &option.code == chosen)?;
            let days = format::day_range(option.arrives_from, option.arrives_to);
            Some(text::payment::delivery_row(days, &parcel.seller_name))
        })
        .collect();
    Ok(Some(PaymentStep {
        meant: carts::meant_email(&email).unwrap_or_default(),
        email,
        address,
        delivery,
        goods: cart
            .parcels
            .iter()
            .flat_map(|parcel| {
                let chosen =
                    parcel.options.iter().find(|option| Some(&option.code) == parcel.chosen.as_ref());
                let arrives = chosen.map(|option| {
                    text::cart::delivery_from(format::day_range(option.arrives_from, option.arrives_to))
                });
                let note = arrives.unwrap_or_default();
                parcel
                    .lines
                    .iter()
                    .map(|line| Goods { note: note.clone(), ..Goods::of_cart(line, &locale) })
                    .collect::<Vec<_>>()
            })
            .collect(),
        sums: Sums::of_cart(&cart, &locale),
        delivery_to: super::delivery::delivery_to(&cart.country),
        amount: format::money(frozen.amount, &locale),
        hosted_url,
        client_secret,
        return_url: format!("{}{}", ctx.app.settings.public_url.trim_end_matches('/'), back(frozen.payment)),
        card: payment.card.filter(|_| payment.decline.is_some()).map(card_name).unwrap_or_default(),
        declined: payment.decline.map(|decline| decline.message).unwrap_or_default(),
        // Rounded down: what is promised is kept.
        kept: text::payment::kept((frozen.expires_at - ctx.now).num_minutes().max(1)),
    }))
}

/// A card as its owner calls it: "Visa ending 4242".
#[cfg(feature = "ssr")]
fn card_name(card: stoa_payments_types::CardView) -> String {
    let brand = match card.brand.as_str() {
        "visa" => "Visa",
        "mastercard" => "Mastercard",
        "amex" => "American Express",
        "maestro" => "Maestro",
        _ => text::payment::card(),
    };
    text::payment::card_ending(brand, card.last4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_expiry_comes_back_from_an_address() {
        for (text, expected) in [("12/40", "12/40"), ("1/2040", "1/2040"), ("13/20", "13/20")] {
            assert_eq!(typed_expiry(text), expected);
        }
        for text in ["", "4242424242424242", "1240", "12//40", "12/20400", "<b>/1", "12/40&declined=1"] {
            assert_eq!(typed_expiry(text), "", "{text}");
        }
    }
}
