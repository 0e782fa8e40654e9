//! What the storefront adds.

use leptos::prelude::*;

use super::{Example, pictures::still_life};
use crate::*;

fn cards() -> Vec<ProductCardView> {
    vec![
        ProductCardView {
            href: "#shop".into(),
            title: "Salt-glazed jug, 1 l".into(),
            maker: "Kleio".into(),
            price: PriceText { now: "€54.50".into(), was: "€64.00".into(), ..PriceText::default() },
            picture: Some(still_life("jug", "Salt-glazed jug, sand")),
            second: Some(still_life("bowl", "Salt-glazed jug from above")),
            flag: "−15%".into(),
            rating: Some(RatingText { average: "4.8".into(), count: "132".into() }),
            colours: ["#b9794f", "#7f8f8a", "#6d7a5a", "#e9e6df", "#211d1a"].map(String::from).to_vec(),
            ..ProductCardView::default()
        },
        ProductCardView {
            href: "#shop".into(),
            title: "Serving bowl in sea green, wide enough for a whole watermelon".into(),
            maker: "Ateliér Mara".into(),
            price: PriceText { now: "€38.00".into(), from: true, ..PriceText::default() },
            picture: Some(still_life("bowl", "Serving bowl, sea green")),
            rating: Some(RatingText { average: "4.6".into(), count: "41".into() }),
            ..ProductCardView::default()
        },
        ProductCardView {
            href: "#shop".into(),
            title: "Thyme honey".into(),
            maker: "Melissi".into(),
            price: PriceText {
                now: "€11.90".into(),
                per_unit: "€23.80 per kg".into(),
                ..PriceText::default()
            },
            picture: Some(still_life("bottle", "Thyme honey in a bottle")),
            flag: "New".into(),
            ..ProductCardView::default()
        },
        ProductCardView {
            href: "#shop".into(),
            title: "Walnut board".into(),
            maker: "Oak & Son".into(),
            price: PriceText::new("€72.00"),
            sold_out: true,
            ..ProductCardView::default()
        },
    ]
}

fn glaze() -> VariantOption {
    let value = |value: &str, label: &str, colour: &str| VariantValue {
        value: value.into(),
        label: label.into(),
        colour: colour.into(),
        ..VariantValue::default()
    };
    VariantOption {
        name: "dev-glaze".into(),
        label: "Glaze".into(),
        chosen: "sand".into(),
        look: VariantLook::Swatches,
        values: vec![
            value("sand", "Sand", "#b9794f"),
            value("sea", "Sea green", "#7f8f8a"),
            VariantValue { sold_out: true, ..value("iron", "Iron", "#3d3a38") },
        ],
    }
}

fn size() -> VariantOption {
    let value = |value: &str, label: &str| VariantValue {
        value: value.into(),
        label: label.into(),
        ..VariantValue::default()
    };
    VariantOption {
        name: "dev-size".into(),
        label: "Size".into(),
        chosen: "1l".into(),
        look: VariantLook::Pills,
        values: vec![
            value("05l", "0.5 l"),
            value("1l", "1 l"),
            VariantValue { impossible: "2 l is not made in Sand".into(), ..value("2l", "2 l") },
        ],
    }
}

#[component]
pub(super) fn FacetPanel(
    /// As in the sheet of a narrow screen.
    #[prop(optional)]
    sheet: bool,
) -> impl IntoView {
    let makers = [
        "Kleio",
        "Ateliér Mara",
        "Melissi",
        "Oak & Son",
        "Nordlys",
        "Rue Verte",
        "Tessuti Bo",
        "Lumen",
        "Hagia",
        "Ormos",
    ];
    let values = makers
        .into_iter()
        .enumerate()
        .map(|(place, maker)| FacetValue {
            value: maker.to_lowercase(),
            label: maker.into(),
            count: (48 - place * 4).to_string(),
            picked: place == 1,
        })
        .collect();
    let facets = vec![
        Facet { name: "dev-maker".into(), label: "Maker".into(), kind: FacetKind::Values(values) },
        Facet {
            name: "dev-price-range".into(),
            label: "Price".into(),
            kind: FacetKind::Between {
                from: "20".into(),
                to: String::new(),
                unit: "€".into(),
                histogram: vec![2, 8, 21, 34, 30, 18, 11, 6, 4, 1],
            },
        },
    ];
    if sheet {
        view! { <Facets action="/dev/ui" facets=facets submit_label="Show 128 items" id="sheet"/> }.into_any()
    } else {
        view! { <Facets action="/dev/ui" facets=facets auto_submit=true id="side"/> }.into_any()
    }
}

#[component]
pub(super) fn CartLines() -> impl IntoView {
    let line = |title: &str, variant: &str, amount: &str, object: &str| ProductLineView {
        href: "#shop".into(),
        title: title.into(),
        variant: variant.into(),
        note: "From Kleio".into(),
        picture: Some(still_life(object, "")),
        amount: amount.into(),
        ..ProductLineView::default()
    };
    view! {
        <ul class="divide-y divide-line">
            <li class="py-4 first:pt-0">
                <ProductLine product=line("Salt-glazed jug", "Sand, 1 l", "€54.50", "jug")>
                    <div class="flex flex-wrap items-center gap-4 pt-1">
                        <Quantity name="dev-line-1" label="Quantity of Salt-glazed jug" value=1 max=6 small=true/>
                        <button type="button" class="min-h-6 text-sm underline underline-offset-4 cursor-pointer rounded-xs">
                            "Remove"<span class="sr-only">" Salt-glazed jug"</span>
                        </button>
                    </div>
                </ProductLine>
            </li>
            <li class="py-4">
                <ProductLine product=line("Serving bowl", "Sea green", "€31.90", "bowl")>
                    <p class="text-sm font-semibold text-bad-fg">"Only 1 is left. We changed your order to 1."</p>
                </ProductLine>
            </li>
        </ul>
    }
}

#[component]
pub(super) fn Shop() -> impl IntoView {
    let categories = vec![
        NavGroup::new(
            "Kitchen",
            ["Jugs", "Bowls", "Boards", "Knives", "Textiles"]
                .map(|label| NavItem::new(label, "#shop"))
                .to_vec(),
        )
        .href("#shop"),
        NavGroup::new("Pantry", vec![NavItem::new("Honey", "#shop"), NavItem::new("Oil", "#shop")])
            .href("#shop"),
        NavGroup { current: true, ..NavGroup::new("Shops", Vec::new()).href("#shop") },
        NavGroup::new("Journal", Vec::new()).href("#shop"),
    ];
    let footer = ["Help", "Selling", "Legal"].map(|label| {
        NavGroup::new(
            label,
            vec![NavItem::new("Delivery and returns", "#shop"), NavItem::new("Contact", "#shop")],
        )
    });
    view! {
        <Example name="Header">
            <div class="border border-line">
                <StorefrontHeader
                    home_href="#shop"
                    search_action="/dev/ui"
                    categories=categories
                    cart_href="#shop"
                    cart_count=2
                    account_href="#shop"
                    account_label="Sign in"
                />
            </div>
        </Example>
        <Example name="List: breadcrumb, title, applied filters, facets, grid, pages">
            <div class="flex flex-col gap-5">
                <Breadcrumbs items=vec![
                    NavItem::new("Home", "#shop"),
                    NavItem::new("Kitchen", "#shop"),
                    NavItem::new("Jugs", ""),
                ]/>
                <div class="flex flex-wrap items-center justify-between gap-3">
                    <AppliedFilters
                        filters=vec![
                            AppliedFilter { label: "Maker: Ateliér Mara".into(), remove_href: "#shop".into() },
                            AppliedFilter { label: "From €20".into(), remove_href: "#shop".into() },
                        ]
                        clear_href="#shop"
                    />
                    <SortBy
                        action="/dev/ui"
                        name="dev-sort"
                        options=vec![SelectOption::new("", "Recommended"), SelectOption::new("price", "Price, low to high")]
                    />
                </div>
                <div class="grid lg:grid-cols-[16.5rem_1fr] gap-10 items-start">
                    <FacetPanel/>
                    <ProductGrid beside_facets=true>
                        {cards()
                            .into_iter()
                            .map(|card| view! { <li><ProductCard product=card/></li> })
                            .collect_view()}
                    </ProductGrid>
                </div>
                <Pages page=4 last=12 href_prefix="/dev/ui?page="/>
            </div>
        </Example>
        <Example name="Product: gallery and buy box">
            <div class="grid md:grid-cols-2 lg:grid-cols-[7fr_5fr] gap-x-12 gap-y-6 items-start">
                <Gallery
                    label="Pictures of Salt-glazed jug"
                    pictures=vec![
                        still_life("jug", "Salt-glazed jug, sand"),
                        still_life("bowl", "From above"),
                        still_life("bottle", "Beside a bottle"),
                        still_life("board", "On a board"),
                    ]
                />
                <div class="flex flex-col gap-6">
                    <div class="flex flex-col gap-2">
                        <p class="display text-3xl">"Salt-glazed jug"</p>
                        <p class="text-muted">"by " <Link href="#shop">"Kleio"</Link></p>
                        <Rating rating=RatingText { average: "4.8".into(), count: "132".into() } href="#shop"/>
                    </div>
                    <Price
                        large=true
                        price=PriceText {
                            now: "€54.50".into(),
                            was: "€64.00".into(),
                            note: "incl. VAT".into(),
                            lowest: "€52.00".into(),
                            ..PriceText::default()
                        }
                    />
                    <VariantPicker action="/dev/ui" options=vec![glaze(), size()]/>
                    <div class="flex flex-wrap items-start gap-3">
                        <Quantity name="dev-buy" label="Quantity of Salt-glazed jug" max=6/>
                        <div class="flex-1 min-w-48">
                            <Button kind=ButtonKind::Brand block=true plain=true>"Add to cart"</Button>
                        </div>
                    </div>
                    <div class="border-t border-line">
                        <Disclosure summary="Delivery and returns" open=true>
                            <p>"Arrives Thu 14 to Sat 16 May for €4.90. Send it back within 30 days."</p>
                        </Disclosure>
                        <Disclosure summary="Care">"Goes into the dishwasher."</Disclosure>
                    </div>
                    <RatingSummary
                        rating=RatingText { average: "4.8".into(), count: "132".into() }
                        counts=[104, 20, 5, 2, 1]
                        href_prefix="/dev/ui?stars="
                    />
                </div>
            </div>
        </Example>
        <Example name="Cart lines">
            <div class="max-w-[30rem]"><CartLines/></div>
        </Example>
        <Example name="Parcel timeline">
            <Timeline label="Parcel from Kleio" events=parcel()/>
        </Example>
        <Example name="Footer">
            <StorefrontFooter groups=footer.to_vec() note="Stoa, a marketplace in one program"/>
        </Example>
    }
}

fn parcel() -> Vec<TimelineEvent> {
    let event = |title: &str, detail: &str, time: &str, stage: Stage| TimelineEvent {
        title: title.into(),
        detail: detail.into(),
        time: time.into(),
        stage,
        ..TimelineEvent::default()
    };
    vec![
        TimelineEvent {
            datetime: "2026-05-12T08:14:00Z".into(),
            ..event("Order placed", "", "Tue 12 May, 10:14", Stage::Done)
        },
        TimelineEvent {
            link_label: "Track parcel".into(),
            link_href: "#shop".into(),
            ..event("Handed to Argo", "AR 1290 4471 GR", "Wed 13 May, 16:40", Stage::Done)
        },
        event(
            "Delivery delayed",
            "Ferries are held back by wind.",
            "Thu 14 May, 9:05",
            Stage::NeedsAttention,
        ),
        event("Arrives Fri 15 to Mon 18 May", "", "", Stage::NotStarted),
    ]
}
