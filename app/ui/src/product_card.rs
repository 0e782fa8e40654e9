//! A product in a list.

use leptos::prelude::*;

use crate::field::given;
use crate::icons::{self, Icon};
use crate::picture::{Picture, PictureSource};
use crate::price::{Price, PriceText};
use crate::rating::{Rating, RatingText};
use crate::variant_picker::Swatch;

/// What a card shows of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductCardView {
    /// The product's page.
    pub href: String,
    /// Its title.
    pub title: String,
    /// Its maker.
    pub maker: String,
    /// Its price.
    pub price: PriceText,
    /// Its picture; without one the card shows plain stone.
    pub picture: Option<PictureSource>,
    /// A second picture, shown on hover.
    pub second: Option<PictureSource>,
    /// One flag at most: "New", "−20%". Empty for none.
    pub flag: String,
    /// Its rating, once it has one.
    pub rating: Option<RatingText>,
    /// Colours it comes in, `#rrggbb`; the first four show.
    pub colours: Vec<String>,
    /// Cannot be bought now.
    pub sold_out: bool,
}

const SIZES: &str = "(min-width: 90rem) 296px, (min-width: 64rem) 22vw, (min-width: 48rem) 30vw, 46vw";

/// A product in a grid: one link over the whole card. `eager` for those of the
/// first row.
#[component]
pub fn ProductCard(
    /// The product.
    product: ProductCardView,
    /// Its picture loads at once and first.
    #[prop(optional)]
    eager: bool,
    /// Heading level 2 instead of 3: the list stands directly under the h1.
    #[prop(optional)]
    top_level: bool,
) -> impl IntoView {
    let link = view! {
        <a
            href=product.href
            class="after:absolute after:inset-0 after:content-[''] group-hover/card:underline underline-offset-4 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-offset-2 focus-visible:after:outline-focus focus-visible:after:rounded-md"
        >
            {product.title}
        </a>
    };
    let heading = if top_level {
        view! { <h2 class="line-clamp-2 text-balance">{link}</h2> }.into_any()
    } else {
        view! { <h3 class="line-clamp-2 text-balance">{link}</h3> }.into_any()
    };
    let second = product.second.map(|mut picture| {
        picture.alt = String::new();
        view! {
            <span class="absolute inset-0 opacity-0 transition-opacity duration-(--dur-2) group-hover/card:opacity-100 coarse:hidden">
                <Picture picture=picture sizes=SIZES class="size-full object-cover"/>
            </span>
        }.into_any()
    });
    view! {
        <article class="group/card relative flex flex-col gap-3 min-w-0">
            <div class="relative aspect-4/5 rounded-md bg-sunken overflow-clip">
                {match product.picture {
                    Some(picture) => {
                        view! {
                            <Picture picture=picture sizes=SIZES eager=eager class="size-full object-cover"/>
                        }
                            .into_any()
                    }
                    None => {
                        view! {
                            <span class="grid place-items-center size-full text-muted">
                                <Icon glyph=icons::IMAGE/>
                            </span>
                        }
                            .into_any()
                    }
                }}
                {second}
                {given(product.flag)
                    .map(|flag| {
                        view! {
                            <span class="absolute top-2 start-2 inline-flex items-center h-6 px-2 rounded-xs bg-surface text-fg text-sm font-semibold">
                                {flag}
                            </span>
                        }.into_any()
                    })}
            </div>
            <div class="flex flex-col gap-0.5">
                {heading}
                <p class="text-sm text-muted">{product.maker}</p>
                <Price price=product.price/>
                {product
                    .sold_out
                    .then(|| view! { <p class="text-sm text-muted">"Sold out"</p> }.into_any())}
                {product.rating.map(|rating| view! { <Rating rating=rating/> }.into_any())}
                {(!product.colours.is_empty())
                    .then(|| {
                        let more = product.colours.len().saturating_sub(4);
                        view! {
                            <p class="flex items-center gap-1 pt-1">
                                <span class="sr-only">
                                    {format!("In {} colours", product.colours.len())}
                                </span>
                                {product
                                    .colours
                                    .into_iter()
                                    .take(4)
                                    .map(|colour| view! { <Swatch colour=colour/> }.into_any())
                                    .collect_view()}
                                {(more > 0)
                                    .then(|| {
                                        view! {
                                            <span class="text-xs text-muted" aria-hidden="true">
                                                {format!("+{more}")}
                                            </span>
                                        }.into_any()
                                    })}
                            </p>
                        }.into_any()
                    })}
            </div>
        </article>
    }
}

/// The grid of a shop list: 2, 3 or 4 columns.
#[component]
pub fn ProductGrid(
    /// Beside a facet column: one column fewer on large screens.
    #[prop(optional)]
    beside_facets: bool,
    /// The cards, each in a `li`.
    children: Children,
) -> impl IntoView {
    let class = if beside_facets {
        "grid grid-cols-2 md:grid-cols-3 2xl:grid-cols-4 gap-x-4 md:gap-x-6 gap-y-8 md:gap-y-10"
    } else {
        "grid grid-cols-2 md:grid-cols-3 lg:grid-cols-4 gap-x-4 md:gap-x-6 gap-y-8 md:gap-y-10"
    };
    view! { <ul class=class>{children()}</ul> }
}

/// A product as a line: cart, order, search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductLineView {
    /// The product's page; empty for none.
    pub href: String,
    /// Its title.
    pub title: String,
    /// The chosen variant: "Sand, 1 l". Empty for none.
    pub variant: String,
    /// The maker or code below; empty for none.
    pub note: String,
    /// Its picture.
    pub picture: Option<PictureSource>,
    /// What the line costs, formatted; empty for none.
    pub amount: String,
    /// How many, in words: "2 × €24.00". Empty for none.
    pub quantity: String,
}

/// One product as a line. Children stand below: quantity, remove, alerts.
#[component]
pub fn ProductLine(
    /// The product.
    product: ProductLineView,
    /// A smaller picture: summaries and staff pages.
    #[prop(optional)]
    mini: bool,
    /// What stands below.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let frame = if mini {
        "shrink-0 self-start w-14 aspect-4/5 rounded-sm bg-sunken overflow-clip"
    } else {
        "shrink-0 self-start w-20 md:w-24 aspect-4/5 rounded-sm bg-sunken overflow-clip"
    };
    view! {
        <div class="flex gap-4 min-w-0">
            <div class=frame>
                {product
                    .picture
                    .map(|mut picture| {
                        picture.alt = String::new();
                        view! { <Picture picture=picture sizes="96px" class="size-full object-cover"/> }.into_any()
                    })}
            </div>
            <div class="flex-1 min-w-0 flex flex-col gap-1">
                <div class="flex items-start justify-between gap-4">
                    <div class="min-w-0">
                        <p class="font-semibold wrap-anywhere">
                            {match given(product.href) {
                                Some(href) => {
                                    view! {
                                        <a href=href class="hover:underline underline-offset-4 rounded-xs">
                                            {product.title}
                                        </a>
                                    }
                                        .into_any()
                                }
                                None => product.title.into_any(),
                            }}
                        </p>
                        {given(product.variant).map(|text| view! { <p class="text-sm">{text}</p> }.into_any())}
                        {given(product.note).map(|text| view! { <p class="text-sm text-muted">{text}</p> }.into_any())}
                    </div>
                    <div class="text-end whitespace-nowrap">
                        {given(product.amount).map(|text| view! { <p class="tabular-nums">{text}</p> }.into_any())}
                        {given(product.quantity)
                            .map(|text| view! { <p class="text-sm text-muted tabular-nums">{text}</p> }.into_any())}
                    </div>
                </div>
                {children.map(|children| children())}
            </div>
        </div>
    }
}
