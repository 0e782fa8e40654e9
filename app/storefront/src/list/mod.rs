//! A list of products to narrow, order and page through: categories and search share it.
//! Everything it shows follows from the address; the server prepares all texts and links.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    AppliedFilter, AppliedFilters, Breadcrumbs, ButtonKind, Drawer, DrawerKind, Empty, EmptyKind, Facet,
    FacetKind, FacetValue, Facets, LinkButton, NavItem, PageError, PageTitle, Pages, SelectOption, ShopTitle,
    SortBy, icons,
};

use crate::{
    cards::{Card, Tile, grid, small_tiles},
    text,
};

#[cfg(feature = "ssr")]
mod asked;
#[cfg(feature = "ssr")]
mod source;

#[cfg(feature = "ssr")]
pub(crate) use asked::address;

/// A page of products with everything around it, ready to draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListView {
    pub title: String,
    /// "128 items".
    pub count: String,
    /// What the category is about; empty for none.
    pub lead: String,
    /// Words and addresses from the home page on; the last is the page itself.
    pub breadcrumb: Vec<(String, String)>,
    /// Heading of the tiles, for readers.
    pub tiles_title: String,
    pub tiles: Vec<Tile>,
    pub cards: Vec<Card>,
    pub groups: Vec<Group>,
    pub price: Option<PriceRange>,
    /// Words and addresses of the filters in use, each address without that filter.
    pub applied: Vec<(String, String)>,
    /// The page's path.
    pub action: String,
    /// What the filter form keeps.
    pub filter_keep: Vec<(String, String)>,
    /// What the order form keeps.
    pub sort_keep: Vec<(String, String)>,
    pub sort: String,
    pub clear_href: String,
    /// Leads to the filters on small screens, and back.
    pub sheet_href: String,
    pub close_href: String,
    pub sheet_open: bool,
    /// "Show 128 items".
    pub show_label: String,
    pub page: u32,
    pub pages: u32,
    /// The address of a page without its number.
    pub page_prefix: String,
    /// What stands there when nothing was found.
    pub nothing: Option<Nothing>,
}

/// Values to narrow by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The name in the address.
    pub name: String,
    pub label: String,
    pub values: Vec<GroupValue>,
}

/// A value to narrow by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupValue {
    pub value: String,
    pub label: String,
    /// Formatted.
    pub count: String,
    pub picked: bool,
}

/// The price filter as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRange {
    pub from: String,
    pub to: String,
    /// The currency's sign.
    pub unit: String,
}

/// Why a list is empty and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nothing {
    pub title: String,
    pub text: String,
    pub action_label: String,
    pub action_href: String,
}

/// Reads the query of the current address as `name=value`, in its order and not encoded.
pub(crate) fn query_pairs() -> impl Fn() -> Vec<String> + Copy + Send + Sync + 'static {
    let query = use_query_map();
    move || query.get().into_iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// Part of a shop list; `path` is a category's, empty for a search over everything.
#[server]
pub async fn load_list(
    #[server(default)] path: String,
    #[server(default)] query: Vec<String>,
) -> Result<ListView, PageError> {
    source::list(path, &query).await
}

/// The list as a page.
pub(crate) fn show(list: ListView) -> AnyView {
    let facets = facets(&list.groups, list.price.as_ref());
    let beside = !facets.is_empty() && !list.sheet_open;
    let filters = match list.applied.len() {
        0 => text::category::filters().to_owned(),
        count => text::category::filters_in_use(count),
    };
    let sheet = list.sheet_open.then(|| {
        let (action, keep, label) = (list.action.clone(), list.filter_keep.clone(), list.show_label.clone());
        let facets = facets.clone();
        view! {
            <Drawer
                title=text::category::filters()
                kind=DrawerKind::Sheet
                close_href=list.close_href.clone()
                id="filters"
            >
                <Facets action=action facets=facets keep=keep submit_label=label id="sheet"/>
            </Drawer>
        }
        .into_any()
    });
    let aside = beside.then(|| {
        view! {
            <aside class="hidden lg:block w-[16.5rem] shrink-0" aria-label=text::category::filters()>
                <Facets
                    action=list.action.clone()
                    facets=facets.clone()
                    keep=list.filter_keep.clone()
                    submit_label=list.show_label.clone()
                    auto_submit=true
                />
            </aside>
        }
        .into_any()
    });
    let sorts = [
        ("featured", text::category::sort::featured()),
        ("newest", text::category::sort::newest()),
        ("price-asc", text::category::sort::price_asc()),
        ("price-desc", text::category::sort::price_desc()),
    ];
    let sorts = sorts.map(|(value, label)| SelectOption::new(value, label)).to_vec();
    let applied =
        list.applied.into_iter().map(|(label, remove_href)| AppliedFilter { label, remove_href }).collect();
    let tools = (list.nothing.is_none() || !facets.is_empty()).then(|| {
        view! {
            <div class="sticky lg:static top-0 z-10 mt-6 flex flex-wrap items-center justify-between gap-x-4 gap-y-2 min-h-12 py-1 bg-page border-b border-line">
                <div class="lg:hidden">
                    <LinkButton href=list.sheet_href kind=ButtonKind::Outline small=true icon=icons::FILTER>
                        {filters}
                    </LinkButton>
                </div>
                <div class="ms-auto">
                    <SortBy action=list.action.clone() options=sorts value=list.sort keep=list.sort_keep/>
                </div>
            </div>
        }.into_any()
    });
    let empty_handed = list.nothing.is_some() && list.breadcrumb.is_empty();
    let found = match list.nothing {
        Some(nothing) => view! {
            <Empty
                kind=EmptyKind::NoMatch
                title=nothing.title
                text=nothing.text
                action_label=nothing.action_label
                action_href=nothing.action_href
            />
        }
        .into_any(),
        None => grid(list.cards, true, beside),
    };
    let crumbs =
        list.breadcrumb.into_iter().map(|(label, href)| NavItem::new(label, href)).collect::<Vec<_>>();
    // Ways on: above what was found, below what was not.
    let ways = (!list.tiles.is_empty()).then(|| {
        let heading = empty_handed
            .then(|| view! { <h2 class="mb-4 text-lg font-semibold">{list.tiles_title.clone()}</h2> });
        view! {
            <nav class=if empty_handed { "mt-10" } else { "mt-6" } aria-label=list.tiles_title>
                {heading} {small_tiles(list.tiles)}
            </nav>
        }
    });
    let (above, below) = if empty_handed { (None, ways) } else { (ways, None) };
    view! {
        <PageTitle text=list.title.clone()/>
        {(!crumbs.is_empty()).then(|| view! { <Breadcrumbs items=crumbs/> }.into_any())}
        <div class="mt-2">
            <ShopTitle title=list.title.clone() count=list.count/>
        </div>
        {(!list.lead.is_empty()).then(|| view! { <p class="mt-2 text-muted max-w-[66ch]">{list.lead}</p> }.into_any())}
        {above}
        {tools}
        <div class="mt-6 flex items-start gap-8">
            {aside}
            <div class="flex-1 min-w-0 flex flex-col gap-6">
                <AppliedFilters filters=applied clear_href=list.clear_href/>
                {found}
                <div class="mt-4">
                    <Pages
                        page=list.page
                        last=list.pages
                        href_prefix=list.page_prefix
                        label=text::category::pages(&list.title)
                    />
                </div>
            </div>
        </div>
        {below}
        {sheet}
    }
    .into_any()
}

fn facets(groups: &[Group], price: Option<&PriceRange>) -> Vec<Facet> {
    let mut facets: Vec<Facet> = groups
        .iter()
        .map(|group| Facet {
            name: group.name.clone(),
            label: group.label.clone(),
            kind: FacetKind::Values(
                group
                    .values
                    .iter()
                    .map(|value| FacetValue {
                        value: value.value.clone(),
                        label: value.label.clone(),
                        count: value.count.clone(),
                        picked: value.picked,
                    })
                    .collect(),
            ),
        })
        .collect();
    if let Some(price) = price {
        facets.push(Facet {
            name: "price".to_owned(),
            label: text::category::price().to_owned(),
            kind: FacetKind::Between {
                from: price.from.clone(),
                to: price.to.clone(),
                unit: price.unit.clone(),
                histogram: Vec::new(),
            },
        });
    }
    facets
}
