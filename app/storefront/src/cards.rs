//! Products, categories and pictures in lists: what the server sends and how it is drawn.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_catalog_types::{Picture, PictureFormat};
use stoa_ui::{
    ButtonKind, LinkButton, PictureSource, PriceText, ProductCard, ProductCardView, ProductGrid, i18n::link,
};

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
            .into_any()
        })
        .collect_view();
    view! { <ProductGrid beside_facets=beside_facets>{cards}</ProductGrid> }.into_any()
}

/// Products in a grid further down a page, drawn by the server.
#[cfg(feature = "ssr")]
pub(crate) fn drawn_grid(cards: Vec<stoa_catalog_types::ProductCard>) -> stoa_ui::Drawn {
    if cards.is_empty() {
        return stoa_ui::Drawn::default();
    }
    stoa_ui::Drawn::of(grid(cards.into_iter().map(Card::from).collect(), false, false))
}

/// Categories as large tiles, for a page that opens with them.
pub(crate) fn tiles(tiles: Vec<Tile>) -> AnyView {
    let class = columns(tiles.len());
    tile_list(
        tiles,
        class,
        "group/tile relative flex flex-col gap-2 min-w-0",
        "aspect-square min-h-0 rounded-md bg-sunken overflow-clip",
        "(min-width: 64rem) 22vw, (min-width: 48rem) 30vw, 46vw",
    )
}

/// A grid whose last row does not leave one of `count` tiles alone, where there is a choice:
/// nine would in rows of two and of four.
fn columns(count: usize) -> String {
    let phone = if count % 2 == 1 && count % 3 != 1 { "grid-cols-3" } else { "grid-cols-2" };
    let tablet = if count % 3 == 1 { "md:grid-cols-4" } else { "md:grid-cols-3" };
    let desk = if count % 4 == 1 { "lg:grid-cols-5" } else { "lg:grid-cols-4" };
    format!("grid {phone} {tablet} {desk} gap-x-4 gap-y-6 md:gap-x-6")
}

/// The same in little room, above a list: what is for sale stays in sight. Where no category
/// has a picture, they are words in a row.
pub(crate) fn small_tiles(tiles: Vec<Tile>) -> AnyView {
    if tiles.iter().all(|tile| tile.picture.is_none()) {
        return words(tiles);
    }
    tile_list(
        tiles,
        "grid grid-cols-2 md:grid-cols-3 lg:grid-cols-4 gap-x-4 gap-y-3 md:gap-x-6".to_owned(),
        "group/tile relative flex items-center gap-3 min-w-0 min-h-11",
        "shrink-0 size-14 md:size-16 rounded-md bg-sunken overflow-clip",
        "64px",
    )
}

fn words(tiles: Vec<Tile>) -> AnyView {
    let words = tiles
        .into_iter()
        .map(|tile| {
            view! {
                <li>
                    <LinkButton href=link(&format!("/c/{}", tile.path)) kind=ButtonKind::Outline small=true>
                        {tile.name}
                    </LinkButton>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! { <ul class="flex flex-wrap gap-2">{words}</ul> }.into_any()
}

fn tile_list(
    tiles: Vec<Tile>,
    list: String,
    tile: &'static str,
    frame: &'static str,
    sizes: &'static str,
) -> AnyView {
    let tiles = tiles
        .into_iter()
        .map(|found| {
            let picture = found.picture.as_ref().map(|picture| {
                let picture = PictureSource { alt: String::new(), ..source(picture) };
                view! {
                    <div class=frame>
                        <stoa_ui::Picture picture=picture sizes=sizes class="size-full object-cover"/>
                    </div>
                }.into_any()
            });
            view! {
                <li class=tile>
                    {picture}
                    <p class="min-w-0">
                        <a
                            href=link(&format!("/c/{}", found.path))
                            class="font-semibold after:absolute after:inset-0 after:content-[''] group-hover/tile:underline underline-offset-4 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-offset-2 focus-visible:after:outline-focus focus-visible:after:rounded-md"
                        >
                            {found.name}
                        </a>
                        // The number never stands alone on a line.
                        "\u{a0}"
                        <span class="ms-1 text-sm text-muted tabular-nums">{found.count}</span>
                    </p>
                </li>
            }.into_any()
        })
        .collect_view();
    view! { <ul class=list>{tiles}</ul> }.into_any()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tile_stands_alone_in_its_row() {
        for count in [2, 3, 5, 6, 8, 9, 10, 11, 12] {
            for name in columns(count).split(' ').filter(|name| name.contains("grid-cols-")) {
                let row: usize = name.rsplit('-').next().unwrap_or_default().parse().expect("a number");
                assert_ne!(count % row, 1, "{count} in {name}");
            }
        }
    }
}
