//! What the cart, the checkout and the order show of goods and amounts, formatted by the
//! server.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ordering_types::carts::LinePicture;
use stoa_ui::{PictureSource, ProductLine, ProductLineView, TotalLine, Totals, i18n::link};

use crate::text;

/// One line of goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    pub title: String,
    /// Empty when its page is gone.
    pub slug: String,
    /// The variant and the shopper's own texts; empty for none.
    pub options: String,
    /// "2 × €24.00".
    pub quantity: String,
    pub amount: String,
    /// A second line; empty for none.
    pub note: String,
    pub picture: Option<LinePicture>,
}

/// What everything costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    pub items: String,
    pub delivery: String,
    pub total: String,
    pub tax: String,
    /// What was given back; empty for nothing.
    pub refunded: String,
    /// What is on its way back; empty for nothing.
    pub refunding: String,
}

/// The line for the component that draws it.
pub(crate) fn product_line(goods: Goods) -> ProductLineView {
    ProductLineView {
        href: if goods.slug.is_empty() { String::new() } else { link(&format!("/p/{}", goods.slug)) },
        title: goods.title,
        variant: goods.options,
        note: goods.note,
        picture: goods.picture.map(|picture| PictureSource {
            src: picture.src,
            srcset: picture.srcset.unwrap_or_default(),
            width: picture.width,
            height: picture.height,
            alt: picture.alt,
            ..PictureSource::default()
        }),
        amount: goods.amount,
        quantity: goods.quantity,
    }
}

/// Lines without controls, as in summaries.
pub(crate) fn goods_list(goods: Vec<Goods>) -> AnyView {
    let lines = goods
        .into_iter()
        .map(|goods| {
            view! {
                <li class="py-3">
                    <ProductLine product=product_line(goods) mini=true/>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! { <ul class="divide-y divide-line">{lines}</ul> }.into_any()
}

/// The sum with its tax; `delivery` names that line ("Delivery to Greece").
pub(crate) fn sum_list(sums: Sums, delivery: &str) -> AnyView {
    let mut lines = vec![
        TotalLine::new(text::cart::items(), sums.items),
        TotalLine::new(delivery, sums.delivery),
        TotalLine::new(text::cart::total(), sums.total).note(text::cart::tax(&sums.tax)).total(),
    ];
    if !sums.refunded.is_empty() {
        lines.push(TotalLine::new(text::order::refunded(), sums.refunded));
    }
    if !sums.refunding.is_empty() {
        lines.push(TotalLine::new(text::order::refunding(), sums.refunding));
    }
    view! { <Totals lines=lines/> }.into_any()
}

#[cfg(feature = "ssr")]
mod from_ordering {
    use std::collections::BTreeMap;

    use stoa_kernel::format;
    use stoa_ordering_types::carts::{CartLineView, CartView};
    use stoa_types::Money;

    use super::{Goods, Sums};
    use crate::text;

    /// The variant and the shopper's own texts in one line.
    pub(crate) fn options(options: &str, texts: &BTreeMap<String, String>) -> String {
        let own = texts.iter().map(|(name, value)| format!("{name}: {value}"));
        std::iter::once(options.to_owned())
            .filter(|text| !text.is_empty())
            .chain(own)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Delivery that costs nothing says so.
    pub(crate) fn delivery_price(price: Money, locale: &str) -> String {
        if price.is_zero() { text::cart::free().to_owned() } else { format::money(price, locale) }
    }

    impl Goods {
        pub(crate) fn of_cart(line: &CartLineView, locale: &str) -> Self {
            Self {
                title: line.title.clone(),
                slug: line.slug.clone(),
                options: options(&line.options, &line.personalisation),
                quantity: text::cart::each(line.quantity, format::money(line.unit_price, locale)),
                amount: format::money(line.total, locale),
                note: String::new(),
                picture: line.picture.clone(),
            }
        }
    }

    impl Sums {
        pub(crate) fn of_cart(cart: &CartView, locale: &str) -> Self {
            Self {
                items: format::money(cart.totals.items, locale),
                delivery: delivery_price(cart.totals.shipping, locale),
                total: format::money(cart.totals.total, locale),
                tax: format::money(cart.totals.tax, locale),
                refunded: String::new(),
                refunding: String::new(),
            }
        }
    }
}

#[cfg(feature = "ssr")]
pub(crate) use from_ordering::{delivery_price, options};
