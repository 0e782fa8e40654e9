//! Products, categories and pictures in lists: what the server sends and how it is drawn.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_catalog_types::{Picture, PictureFormat};
use stoa_ui::{PictureSource, PriceText, ProductCard, ProductCardView, ProductGrid, i18n::link};

/// A product in a grid, its texts formatted by the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub slug: String,
    pub title: String,
    pub maker: String,
    pub price: Cost,
    pub picture: Option<Picture>,
    /// One short word over the picture; empty for none.
    pub flag: String,
    pub sold_out: bool,
}

/// A price in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    pub now: String,
    /// The former price while it is reduced; empty otherwise.
    pub was: String,
    /// The cheapest of several.
    pub from: bool,
}

/// A category as a tile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    pub name: String,
    /// Below `/c/`.
    pub path: String,
    /// How many items, formatted; empty for none.
    pub count: String,
    pub picture: Option<Picture>,
}

impl Cost {
    /// The same for the price component.
    pub(crate) fn text(self) -> PriceText {
        PriceText { now: self.now, was: self.was, from: self.from, ..PriceText::default() }
    }
}

/// The addresses of a picture's files.
pub(crate) fn source(picture: &Picture) -> PictureSource {
    PictureSource {
        src: picture.src(),
        srcset: picture.srcset(PictureFormat::Webp),
        avif_srcset: picture.srcset(PictureFormat::Avif),
        width: picture.width,
        height: picture.height,
        alt: picture.alt.clone(),
    }
}

/// Products in a grid. `first` when the list stands directly under the h1: its first row
/// loads at once and its titles are of level 2.
pub(crate) fn grid(cards: Vec<Card>, first: bool, beside_facets: bool) -> AnyView {
    let cards = cards
        .into_iter()
        .enumerate()
        .map(|(place, card)| {
            let product = ProductCardView {
                href: link(&format!("/p/{}", card.slug)),
                title: card.title,
                maker: card.maker,
                price: card.price.text(),
                picture: card.picture.as_ref().map(source),
                flag: card.flag,
                sold_out: card.sold_out,
                ..ProductCardView::default()
            };
            view! {
                <li>
                    <ProductCard product=product eager=first && place < 4 top_level=first/>
                </li>
            }
        })
        .collect_view();
    view! { <ProductGrid beside_facets=beside_facets>{cards}</ProductGrid> }.into_any()
}

/// Categories as tiles.
pub(crate) fn tiles(tiles: Vec<Tile>) -> AnyView {
    let tiles = tiles
        .into_iter()
        .map(|tile| {
            let picture = tile.picture.as_ref().map(|picture| {
                let picture = PictureSource { alt: String::new(), ..source(picture) };
                view! {
                    <div class="aspect-4/3 rounded-md bg-sunken overflow-clip">
                        <stoa_ui::Picture
                            picture=picture
                            sizes="(min-width: 64rem) 22vw, (min-width: 48rem) 30vw, 46vw"
                            class="size-full object-cover"
                        />
                    </div>
                }
            });
            view! {
                <li class="group/tile relative flex flex-col gap-2 min-w-0">
                    {picture}
                    <p class="flex flex-wrap items-baseline gap-x-2">
                        <a
                            href=link(&format!("/c/{}", tile.path))
                            class="font-semibold after:absolute after:inset-0 after:content-[''] group-hover/tile:underline underline-offset-4"
                        >
                            {tile.name}
                        </a>
                        <span class="text-sm text-muted tabular-nums">{tile.count}</span>
                    </p>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="grid grid-cols-2 md:grid-cols-3 lg:grid-cols-4 gap-4 md:gap-6">{tiles}</ul> }
        .into_any()
}

#[cfg(feature = "ssr")]
mod from_catalog {
    use stoa_catalog_types::{CategoryNode, CategoryTile, PriceTag, ProductCard};

    use super::{Card, Cost, Tile};
    use crate::text;

    impl From<PriceTag> for Cost {
        fn from(price: PriceTag) -> Self {
            Self { now: price.now_text, was: price.was_text.unwrap_or_default(), from: price.from }
        }
    }

    impl From<ProductCard> for Card {
        fn from(card: ProductCard) -> Self {
            let flag = match (card.reduced_percent, card.new) {
                (0, true) => text::product::flag_new().to_owned(),
                (0, false) => String::new(),
                (percent, _) => text::product::flag_reduced(percent),
            };
            Self {
                slug: card.slug,
                title: card.title,
                maker: card.maker,
                price: card.price.into(),
                picture: card.picture,
                flag,
                sold_out: !card.in_stock,
            }
        }
    }

    impl Tile {
        /// The tile of a category with what is in it; `locale` writes the count.
        pub(crate) fn new(tile: CategoryTile, locale: &str) -> Self {
            let count = i64::try_from(tile.count).unwrap_or(i64::MAX);
            Self {
                name: tile.category.name,
                path: tile.category.path,
                count: if count == 0 { String::new() } else { stoa_kernel::format::number(count, locale) },
                picture: tile.picture,
            }
        }

        /// The tile of a category known by name only.
        pub(crate) fn plain(node: &CategoryNode) -> Self {
            Self {
                name: node.category.name.clone(),
                path: node.category.path.clone(),
                count: String::new(),
                picture: None,
            }
        }
    }
}
