//! Where the bank sends the shopper back to: asks what became of the payment and makes the
//! order.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{ButtonKind, LinkButton, Loader, PageError, PageTitle, ShopPage, ShopTitle, load, resource};

#[cfg(feature = "ssr")]
use stoa_ui::i18n::link;

use crate::text;

/// Looks, 2 seconds apart, before the page says that it may take longer.
#[cfg(feature = "ssr")]
const LOOKS: u32 = 30;

/// A payment whose outcome is still open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Address of this page for the next look.
    pub again: String,
    /// Seconds until then.
    pub seconds: u32,
    /// More than a minute has passed.
    pub long: bool,
    /// Where the bank asks the shopper something; empty when it does not.
    pub challenge: String,
}

/// `/{l}/checkout/return?payment=`: leads on to the order, back to the payment, or waits.
#[component]
pub fn ReturnPage() -> impl IntoView {
    let query = use_query_map();
    let outcome = resource(
        move || {
            query.with(|query| {
                let get = |name: &str| query.get(name).unwrap_or_default();
                let looks = get("looks").parse::<u32>().unwrap_or(0);
                (get("payment"), get("payment_result"), get("field"), get("expiry"), looks)
            })
        },
        |(payment, result, field, expiry, looks)| SettlePayment { payment, result, field, expiry, looks },
    );
    view! {
        <PageTitle text=text::payment::wait_title().to_owned()/>
        <ShopPage>{load(outcome, |waiting| waiting.map(waiting_view))}</ShopPage>
    }
}

fn waiting_view(waiting: Waiting) -> impl IntoView {
    let refresh = format!("{};url={}", waiting.seconds, waiting.again);
    let asked = !waiting.challenge.is_empty();
    view! {
        // While the bank asks, the shopper is to answer and not to be led away.
        {(!asked).then(|| view! { <leptos_meta::Meta http_equiv="refresh" content=refresh/> }.into_any())}
        <div class="mx-auto max-w-[35rem] py-8 md:py-16 flex flex-col gap-6" role="status">
            <ShopTitle title=text::payment::wait_title()/>
            {if asked {
                view! {
                    <p>{text::payment::answer()}</p>
                    <p>
                        <a
                            href=waiting.challenge
                            rel="external"
                            class=stoa_ui::link_class(stoa_ui::LinkKind::Inline)
                        >
                            {text::payment::answer_link()}
                        </a>
                    </p>
                }
                    .into_any()
            } else if waiting.long {
                view! {
                    <p>{text::payment::wait_long()}</p>
                }
                    .into_any()
            } else {
                view! {
                    <Loader label=text::payment::wait_title()/>
                    <p>{text::payment::wait_text()}</p>
                }
                    .into_any()
            }}
            <p>
                <LinkButton href=waiting.again kind=ButtonKind::Outline attr:rel="external">
                    {text::payment::look_again()}
                </LinkButton>
            </p>
        </div>
    }
}

/// Asks the provider and acts on the answer: an order leads to its page, a refusal back to
/// the payment, with what was typed there and is no secret; what is still open is answered.
/// `result`, `field` and `expiry` come from the address and only choose the words, never the
/// outcome.
#[server]
pub async fn settle_payment(
    #[server(default)] payment: String,
    #[server(default)] result: String,
    #[server(default)] field: String,
    #[server(default)] expiry: String,
    #[server(default)] looks: u32,
) -> Result<Option<Waiting>, PageError> {
    use stoa_ordering::orders;
    use stoa_payments::payments;
    use stoa_payments_types::PaymentState as State;
    use stoa_types::{Id, Payment};
    use stoa_ui::server::{redirect_to, redirect_to_quietly};

    let ctx = stoa_ui::server::ctx()?;
    let id: Id<Payment> = payment.parse().map_err(|_| PageError::not_found())?;
    let seen = payments::sync(&ctx, id).await?;
    let expiry = match super::payment::typed_expiry(&expiry) {
        "" => String::new(),
        expiry => format!("&expiry={expiry}"),
    };
    // To the card, where what went wrong is said.
    let back_to_card =
        |reason: String| redirect_to_quietly(&format!("{}?{reason}{expiry}#card", link("/checkout/payment")));
    match seen.state {
        state if state.is_paid() => {
            match orders::complete(&ctx, id).await {
                Ok(order) => {
                    let token = orders::access_token(&ctx.app, order.id);
                    redirect_to_quietly(&link(&format!("/order/{token}")))?;
                }
                // Nothing was taken: the cart says what has changed.
                Err(error) => {
                    let error = PageError::from(error);
                    if error.status() != 409 {
                        return Err(error);
                    }
                    if error.0.code == "orders.not_paid" {
                        return Ok(Some(waiting(&payment, looks, String::new())));
                    }
                    redirect_to(&link("/cart"), error.0.detail).await?;
                }
            }
            Ok(None)
        }
        State::Processing | State::Conflicted => Ok(Some(waiting(&payment, looks, String::new()))),
        State::RequiresCustomerAction => {
            Ok(Some(waiting(&payment, looks, seen.challenge_url.unwrap_or_default())))
        }
        State::RequiresPaymentMethod | State::RequiresConfirmation if result == "invalid" => {
            let field = match field.as_str() {
                "expiry" => "expiry",
                "cvc" => "cvc",
                _ => "number",
            };
            back_to_card(format!("invalid={field}"))?;
            Ok(None)
        }
        State::RequiresPaymentMethod | State::RequiresConfirmation | State::Failed => {
            if seen.decline.is_some() || seen.state == State::Failed {
                back_to_card("declined=1".to_owned())?;
            } else {
                redirect_to_quietly(&link("/checkout/payment"))?;
            }
            Ok(None)
        }
        _ => {
            // A payment that is over may have had its order: then that is the answer.
            if let Some(order) = orders::of_payment(&ctx, id).await? {
                let token = orders::access_token(&ctx.app, order);
                redirect_to_quietly(&link(&format!("/order/{token}")))?;
            } else {
                redirect_to(&link("/cart"), text::payment::over()).await?;
            }
            Ok(None)
        }
    }
}

#[cfg(feature = "ssr")]
fn waiting(payment: &str, looks: u32, challenge: String) -> Waiting {
    let next = looks.saturating_add(1);
    let again = link(&format!("/checkout/return?payment={payment}&looks={next}"));
    let long = looks >= LOOKS;
    Waiting { again, seconds: if long { 15 } else { 2 }, long, challenge }
}
