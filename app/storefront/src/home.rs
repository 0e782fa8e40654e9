//! The home page: the blocks the content team has set, or the shop itself while there are none.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_catalog_types::Picture;
use stoa_ui::{ButtonKind, Empty, LinkButton, PageError, PageTitle, ShopPage, ShopSection, load, resource};

use crate::{
    cards::{Card, Tile, grid, source, tiles},
    text,
};

/// A band of the home page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Band {
    /// The one large opening.
    Opening(Piece),
    Categories {
        heading: String,
        tiles: Vec<Tile>,
    },
    Products {
        heading: String,
        link_label: String,
        href: String,
        cards: Vec<Card>,
    },
    /// A maker's story; the maker's name may be empty.
    Story {
        piece: Piece,
        maker: String,
    },
}

/// Words with a picture and a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub heading: String,
    pub text: String,
    pub link_label: String,
    /// Ready to use; empty for none.
    pub href: String,
    pub picture: Option<Picture>,
}

/// `/{l}`
#[component]
pub fn HomePage() -> impl IntoView {
    let bands = resource(|| (), |()| LoadHome {});
    view! {
        <PageTitle text=text::home::title().to_owned()/>
        <ShopPage>{load(bands, show)}</ShopPage>
    }
}

fn show(bands: Vec<Band>) -> AnyView {
    let opening = bands.iter().position(|band| matches!(band, Band::Opening(_)));
    let bare = bands.is_empty();
    view! {
        {opening
            .is_none()
            .then(|| {
                view! {
                    <h1 tabindex="-1" class="display text-5xl pt-8 md:pt-16 outline-none">
                        {text::home::title()}
                    </h1>
                    <p class="mt-4 text-lg text-muted max-w-[48ch]">{text::home::lead()}</p>
                }.into_any()
            })}
        {bands
            .into_iter()
            .enumerate()
            .map(|(place, band)| match band {
                Band::Opening(piece) => piece_band(piece, opening == Some(place), String::new()),
                Band::Story { piece, maker } => piece_band(piece, false, maker),
                Band::Categories { heading, tiles: found } => {
                    view! { <ShopSection title=heading>{tiles(found)}</ShopSection> }.into_any()
                }
                Band::Products { heading, link_label, href, cards } => {
                    view! {
                        <ShopSection title=heading more_label=link_label more_href=href>
                            {grid(cards, false, false)}
                        </ShopSection>
                    }
                        .into_any()
                }
            })
            .collect_view()}
        {bare.then(|| view! { <Empty title=text::home::soon_title() text=text::home::soon_text()/> }.into_any())}
    }
    .into_any()
}

/// Words beside a picture; the opening carries the page's h1.
fn piece_band(piece: Piece, opening: bool, maker: String) -> AnyView {
    let heading = if opening {
        view! {
            <h1 tabindex="-1" class="display text-5xl outline-none">
                {piece.heading}
            </h1>
        }
        .into_any()
    } else {
        view! { <h2 class="display text-4xl">{piece.heading}</h2> }.into_any()
    };
    let link = (!piece.link_label.is_empty() && !piece.href.is_empty()).then(|| {
        let kind = if opening { ButtonKind::Brand } else { ButtonKind::Outline };
        view! {
            <div class="mt-8">
                <LinkButton href=piece.href kind=kind>
                    {piece.link_label}
                </LinkButton>
            </div>
        }
        .into_any()
    });
    let picture = piece.picture.as_ref().map(|picture| {
        view! {
            <div class="aspect-4/3 md:aspect-square lg:aspect-4/3 rounded-md bg-sunken overflow-clip">
                <stoa_ui::Picture
                    picture=source(picture)
                    sizes="(min-width: 48rem) 50vw, 100vw"
                    eager=opening
                    class="size-full object-cover"
                />
            </div>
        }
        .into_any()
    });
    let class = match (opening, picture.is_some()) {
        (true, true) => "grid md:grid-cols-2 gap-8 md:gap-12 items-center py-4 md:py-8",
        (true, false) => "py-8 md:py-16 max-w-[60rem]",
        (false, true) => "mt-16 md:mt-24 grid md:grid-cols-2 gap-8 md:gap-12 items-center",
        (false, false) => "mt-16 md:mt-24 max-w-[66ch]",
    };
    view! {
        <section class=class>
            <div>
                {heading} <p class="mt-4 text-lg text-muted max-w-[48ch]">{piece.text}</p>
                {(!maker.is_empty()).then(|| view! { <p class="mt-2">{text::home::by(&maker)}</p> }.into_any())} {link}
            </div>
            {picture}
        </section>
    }
    .into_any()
}

/// The bands of the home page.
#[server]
pub async fn load_home() -> Result<Vec<Band>, PageError> {
    use stoa_catalog::cms;
    use stoa_catalog_types::HomeBlock;

    let ctx = stoa_ui::server::ctx()?;
    let mut bands: Vec<Band> = Vec::new();
    for block in cms::home(&ctx).await?.blocks {
        bands.push(match block {
            HomeBlock::Hero { heading, text, link_label, href, picture } => {
                Band::Opening(Piece { heading, text, link_label, href: local(&href), picture })
            }
            HomeBlock::CategoryTiles { heading, tiles } if !tiles.is_empty() => Band::Categories {
                heading,
                tiles: tiles.into_iter().map(|tile| Tile::new(tile, &ctx.locale)).collect(),
            },
            HomeBlock::ProductRow { heading, link_label, href, products } if !products.is_empty() => {
                Band::Products {
                    heading,
                    link_label,
                    href: local(&href),
                    cards: products.into_iter().map(Card::from).collect(),
                }
            }
            HomeBlock::Story { heading, text, seller, link_label, href, picture } => Band::Story {
                piece: Piece { heading, text, link_label, href: local(&href), picture },
                maker: seller.map(|seller| seller.name).unwrap_or_default(),
            },
            HomeBlock::CategoryTiles { .. } | HomeBlock::ProductRow { .. } => continue,
        });
    }
    Ok(bands)
}

/// A block's address: paths inside the shop get the locale, others stay.
#[cfg(feature = "ssr")]
fn local(href: &str) -> String {
    if href.starts_with('/') { stoa_ui::i18n::link(href) } else { href.to_owned() }
}
