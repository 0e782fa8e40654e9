//! Prices, as the server formatted them.

use leptos::prelude::*;

use crate::field::given;

/// A price in words and numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceText {
    /// What it costs now.
    pub now: String,
    /// What it cost before, while on sale; empty otherwise.
    pub was: String,
    /// The cheapest of several: reads "From".
    pub from: bool,
    /// Price per unit: "€12.40 per kg". Empty for none.
    pub per_unit: String,
    /// Lowest price of the last 30 days; empty for none.
    pub lowest: String,
    /// What is included: "incl. VAT". Empty for none.
    pub note: String,
}

impl PriceText {
    /// A plain price.
    pub fn new(now: impl Into<String>) -> Self {
        Self { now: now.into(), ..Self::default() }
    }
}

/// A price. On sale it reads "Now €54.50, was €64.00".
#[component]
pub fn Price(
    /// The price.
    price: PriceText,
    /// The large one of a product page.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let sale = !price.was.is_empty();
    let now = if sale {
        view! {
            <ins class="no-underline text-brand-fg font-semibold tabular-nums">
                <span class="sr-only">"Now "</span>
                {price.now}
                <span class="sr-only">", "</span>
            </ins>
            " "
            <del class="text-muted font-normal tabular-nums">
                <span class="sr-only">"was "</span>
                {price.was}
            </del>
        }
        .into_any()
    } else {
        view! {
            {price.from.then(|| view! { <span class="font-normal">"From "</span> }.into_any())}
            <span class="font-semibold tabular-nums">{price.now}</span>
        }
        .into_any()
    };
    let extra = [price.note, price.per_unit].into_iter().filter_map(given).collect::<Vec<_>>().join(", ");
    view! {
        <div>
            <p class=if large { "text-xl" } else { "" }>{now}</p>
            {given(extra).map(|text| view! { <p class="text-sm text-muted">{text}</p> }.into_any())}
            {given(price.lowest)
                .map(|lowest| {
                    view! {
                        <p class="text-sm text-muted tabular-nums">
                            {format!("Lowest price in 30 days: {lowest}")}
                        </p>
                    }.into_any()
                })}
        </div>
    }
}

/// One line of a sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TotalLine {
    /// What it is.
    pub label: String,
    /// How much, formatted.
    pub amount: String,
    /// A second line below the label; empty for none.
    pub note: String,
    /// The sum itself.
    pub total: bool,
}

impl TotalLine {
    /// A line.
    pub fn new(label: impl Into<String>, amount: impl Into<String>) -> Self {
        Self { label: label.into(), amount: amount.into(), ..Self::default() }
    }

    /// The same with a second line.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// The sum.
    pub fn total(mut self) -> Self {
        self.total = true;
        self
    }
}

/// A sum: items, delivery, tax, total.
#[component]
pub fn Totals(
    /// The lines, the total last.
    lines: Vec<TotalLine>,
) -> impl IntoView {
    view! {
        <dl class="flex flex-col gap-2">
            {lines
                .into_iter()
                .map(|line| {
                    let row = if line.total {
                        "flex items-baseline justify-between gap-4 pt-3 mt-1 border-t border-line text-lg font-semibold"
                    } else {
                        "flex items-baseline justify-between gap-4"
                    };
                    view! {
                        <div class=row>
                            <dt>
                                {line.label}
                                {given(line.note)
                                    .map(|note| {
                                        view! { <span class="block text-sm font-normal text-muted">{note}</span> }.into_any()
                                    })}
                            </dt>
                            <dd class="tabular-nums whitespace-nowrap">{line.amount}</dd>
                        </div>
                    }.into_any()
                })
                .collect_view()}
        </dl>
    }
}
