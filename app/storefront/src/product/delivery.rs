//! The part of the buy box that says when something arrives and what that costs.

use leptos::prelude::*;
use stoa_ui::{Button, ButtonKind, Drawn, Field, Keep, Select, SelectOption};

use crate::text;

/// When a product arrives where the visitor is, and how to ask for another place.
pub struct Delivery {
    /// "To 104 31, Greece."
    pub place: String,
    /// Days, the option's name and its price, cheapest first.
    pub ways: Vec<(String, String, String)>,
    /// From what value on it is free; empty where it never is or already is.
    pub free: String,
    pub country: String,
    pub postcode: String,
    /// Codes and names.
    pub countries: Vec<(String, String)>,
    /// Why what was asked for got no answer; the ways are then for where it was before.
    pub error: String,
}

/// `keep` are the choices that the page's address must not lose.
pub(super) fn draw(found: Delivery, action: String, keep: Vec<(String, String)>) -> Drawn {
    let ways = found
        .ways
        .into_iter()
        .map(|(days, name, price)| {
            view! {
                <li class="flex items-baseline justify-between gap-4">
                    <span>{days} <span class="block text-sm text-muted">{name}</span></span>
                    <span class="tabular-nums">{price}</span>
                </li>
            }
        })
        .collect_view();
    let countries = found.countries.into_iter().map(|(code, name)| SelectOption::new(code, name)).collect();
    let wrong = !found.error.is_empty();
    let view = view! {
        <section class="flex flex-col gap-3 border-t border-line pt-6">
            <h2 class="font-semibold">{text::product::delivery()}</h2>
            <ul class="flex flex-col gap-2">{ways}</ul>
            {(!found.free.is_empty()).then(|| view! { <p class="text-sm text-muted">{found.free}</p> })}
            <details open=wrong>
                <summary class="w-fit list-none cursor-pointer rounded-xs py-1 text-sm [&::-webkit-details-marker]:hidden">
                    {found.place} " "
                    <span class="underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2">
                        {text::product::other_place()}
                    </span>
                </summary>
                <form
                    method="get"
                    action=action
                    data-noscroll="true"
                    data-replace="true"
                    class="mt-4 grid grid-cols-[3fr_2fr] items-start gap-3"
                >
                    <Keep pairs=keep/>
                    <Select name="to" label=text::product::country() options=countries value=found.country/>
                    <Field
                        name="postcode"
                        label=text::product::postcode()
                        autocomplete="shipping postal-code"
                        value=found.postcode
                        error=found.error
                        max_length=12
                    />
                    <div class="col-span-2">
                        <Button kind=ButtonKind::Outline small=true>
                            {text::product::show_delivery()}
                        </Button>
                    </div>
                </form>
            </details>
        </section>
    };
    Drawn::of(view.into_any())
}
