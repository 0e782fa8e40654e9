//! Finding one's way: headers, sidebars, breadcrumbs, footers.

use leptos::prelude::*;

use crate::field::given;
use crate::icons::{self, Glyph, Icon};
use crate::logo::{Logo, LogoMark};
use crate::search_box::SearchBox;

/// One place to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NavItem {
    /// Its words.
    pub label: String,
    /// Its address.
    pub href: String,
    /// Its icon (staff sidebar; needed there for the narrow form).
    pub icon: Option<Glyph>,
    /// How many wait there, formatted; empty for none.
    pub count: String,
    /// One is there now.
    pub current: bool,
}

impl NavItem {
    /// A place to go.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into(), ..Self::default() }
    }

    /// The same with an icon.
    pub fn icon(mut self, icon: Glyph) -> Self {
        self.icon = Some(icon);
        self
    }

    /// The same with a count.
    pub fn count(mut self, count: impl Into<String>) -> Self {
        self.count = count.into();
        self
    }

    /// The same marked as where one is.
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }
}

/// Places that belong together; an empty label shows none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NavGroup {
    /// Its words.
    pub label: String,
    /// The page of the group itself; empty for none.
    pub href: String,
    /// The places.
    pub items: Vec<NavItem>,
    /// One is somewhere in it now.
    pub current: bool,
}

impl NavGroup {
    /// A group of places.
    pub fn new(label: impl Into<String>, items: Vec<NavItem>) -> Self {
        Self { label: label.into(), items, ..Self::default() }
    }

    /// The same with a page of its own.
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = href.into();
        self
    }
}

/// Where one is: each ancestor as a link, the page itself last.
#[component]
pub fn Breadcrumbs(
    /// The ancestors, from the top; the last is the page itself.
    items: Vec<NavItem>,
) -> impl IntoView {
    let last = items.len().saturating_sub(1);
    view! {
        <nav aria-label="Breadcrumb" class="text-sm">
            <ol class="flex flex-wrap items-center gap-x-1.5 gap-y-1">
                {items
                    .into_iter()
                    .enumerate()
                    .map(|(place, item)| {
                        view! {
                            <li class="inline-flex items-center gap-1.5 min-h-6">
                                {(place > 0)
                                    .then(|| {
                                        view! {
                                            <span class="text-muted">
                                                <Icon glyph=icons::NEXT small=true flip=true/>
                                            </span>
                                        }.into_any()
                                    })}
                                {if place == last {
                                    view! {
                                        <span aria-current="page" class="text-muted">
                                            {item.label}
                                        </span>
                                    }
                                        .into_any()
                                } else {
                                    view! {
                                        <a href=item.href class="hover:underline underline-offset-4 rounded-xs">
                                            {item.label}
                                        </a>
                                    }
                                        .into_any()
                                }}
                            </li>
                        }.into_any()
                    })
                    .collect_view()}
            </ol>
        </nav>
    }
}

/// A vertical list of places with the current one marked: account pages,
/// reference, settings.
#[component]
pub fn SideNav(
    /// What it leads through, for readers: "Your account".
    #[prop(into)]
    label: String,
    /// The places, in groups.
    groups: Vec<NavGroup>,
) -> impl IntoView {
    view! {
        <nav aria-label=label class="flex flex-col gap-5 text-sm">
            {groups
                .into_iter()
                .map(|group| {
                    view! {
                        <div>
                            {given(group.label)
                                .map(|label| view! { <p class="px-3 pb-1 text-sm text-muted">{label}</p> }.into_any())}
                            <ul class="flex flex-col gap-px">
                                {group
                                    .items
                                    .into_iter()
                                    .map(|item| {
                                        view! {
                                            <li>
                                                <a
                                                    href=item.href
                                                    aria-current=item.current.then_some("page")
                                                    class="nav-item"
                                                >
                                                    {item.icon.map(|glyph| view! { <Icon glyph=glyph/> }.into_any())}
                                                    <span class="flex-1 min-w-0 wrap-anywhere">{item.label}</span>
                                                    {given(item.count)
                                                        .map(|count| {
                                                            view! { <span class="text-muted tabular-nums">{count}</span> }.into_any()
                                                        })}
                                                </a>
                                            </li>
                                        }.into_any()
                                    })
                                    .collect_view()}
                            </ul>
                        </div>
                    }.into_any()
                })
                .collect_view()}
        </nav>
    }
}

const BAR_LINK: &str =
    "inline-flex items-center gap-2 min-h-11 px-2 rounded-md text-sm font-semibold hover:bg-hover";

/// The storefront's header: logo, search, account, cart, and the category bar.
/// Categories with places below open a panel on click.
#[component]
pub fn StorefrontHeader(
    /// The home page: `/en-gb`.
    #[prop(into)]
    home_href: String,
    /// The search page.
    #[prop(into)]
    search_action: String,
    /// The query now.
    #[prop(optional, into)]
    query: String,
    /// The categories.
    categories: Vec<NavGroup>,
    /// The cart.
    #[prop(into)]
    cart_href: String,
    /// How many things are in it.
    #[prop(optional, into)]
    cart_count: Signal<u32>,
    /// The account or sign-in page.
    #[prop(into)]
    account_href: String,
    /// "Sign in", or the name.
    #[prop(into)]
    account_label: String,
) -> impl IntoView {
    let bar = categories
        .iter()
        .cloned()
        .enumerate()
        .map(|(place, group)| {
            let id = format!("category-{place}");
            if group.items.is_empty() {
                view! {
                    <li>
                        <a href=group.href aria-current=group.current.then_some("page") class="category-link">
                            {group.label}
                        </a>
                    </li>
                }
                .into_any()
            } else {
                view! {
                    <li>
                        <button
                            type="button"
                            popovertarget=id.clone()
                            aria-current=group.current.then_some("true")
                            class="category-link cursor-pointer"
                        >
                            {group.label.clone()}
                            <span class="text-muted">
                                <Icon glyph=icons::CHEVRON_DOWN small=true/>
                            </span>
                        </button>
                        <div popover="auto" id=id class="panel p-4">
                            <a
                                href=group.href
                                class="block px-2 py-1.5 font-semibold rounded-sm hover:bg-hover"
                            >
                                {format!("All in {}", group.label)}
                            </a>
                            <ul class="grid sm:grid-cols-2 gap-x-4 min-w-56 sm:min-w-96">
                                {group
                                    .items
                                    .into_iter()
                                    .map(|item| {
                                        view! {
                                            <li>
                                                <a
                                                    href=item.href
                                                    aria-current=item.current.then_some("page")
                                                    class="block px-2 py-1.5 rounded-sm hover:bg-hover aria-[current=page]:text-brand-fg"
                                                >
                                                    {item.label}
                                                </a>
                                            </li>
                                        }.into_any()
                                    })
                                    .collect_view()}
                            </ul>
                        </div>
                    </li>
                }
                .into_any()
            }
        })
        .collect_view();
    let drawer = categories
        .into_iter()
        .map(|group| {
            if group.items.is_empty() {
                view! {
                    <li class="border-b border-line">
                        <a href=group.href class="flex items-center min-h-12 font-semibold">
                            {group.label}
                        </a>
                    </li>
                }
                .into_any()
            } else {
                let all = format!("All in {}", group.label);
                view! {
                    <li class="border-b border-line">
                        <details class="group/nav">
                            <summary class="flex items-center justify-between min-h-12 font-semibold cursor-pointer list-none [&::-webkit-details-marker]:hidden">
                                {group.label}
                                <span class="text-muted group-open/nav:rotate-180">
                                    <Icon glyph=icons::CHEVRON_DOWN small=true/>
                                </span>
                            </summary>
                            <ul class="pb-2">
                                <li>
                                    <a href=group.href class="flex items-center min-h-11">
                                        {all}
                                    </a>
                                </li>
                                {group
                                    .items
                                    .into_iter()
                                    .map(|item| {
                                        view! {
                                            <li>
                                                <a href=item.href class="flex items-center min-h-11">
                                                    {item.label}
                                                </a>
                                            </li>
                                        }.into_any()
                                    })
                                    .collect_view()}
                            </ul>
                        </details>
                    </li>
                }
                .into_any()
            }
        })
        .collect_view();
    let account_spoken = account_label.clone();
    view! {
        <header class="bg-surface border-b border-line">
            <div class="mx-auto max-w-[80rem] px-4 md:px-6 flex flex-wrap items-center gap-x-2 md:gap-x-6 md:h-16">
                <div class="flex items-center gap-1 h-14 md:h-16">
                    <button
                        type="button"
                        popovertarget="site-nav"
                        aria-label="Categories"
                        class="lg:hidden -ms-2.5 inline-grid place-items-center size-11 rounded-md cursor-pointer hover:bg-hover"
                    >
                        <Icon glyph=icons::NAV/>
                    </button>
                    <a href=home_href.clone() class="inline-flex items-center min-h-11 pb-1 rounded-sm">
                        <Logo width=80/>
                    </a>
                </div>
                <div class="order-last md:order-none w-full md:w-auto md:flex-1 pb-3 md:pb-0">
                    <SearchBox
                        action=search_action
                        label="Search Stoa"
                        placeholder="Search"
                        value=query
                        hot_key=true
                        small=true
                        id="site-search"
                        class="md:max-w-[34rem] md:mx-auto"
                    />
                </div>
                <div class="ms-auto md:ms-0 flex items-center gap-1 -me-2">
                    <a href=account_href class=BAR_LINK>
                        <Icon glyph=icons::PERSON/>
                        <span class="max-sm:sr-only max-w-40 truncate">{account_spoken}</span>
                    </a>
                    <a href=cart_href class=BAR_LINK>
                        <Icon glyph=icons::CART/>
                        <span class="max-sm:sr-only">"Cart"</span>
                        <span class="tabular-nums min-w-4">
                            {move || {
                                let count = cart_count.get();
                                (count > 0)
                                    .then(|| {
                                        view! {
                                            <span class="sr-only">", items: "</span>
                                            <span>{count.to_string()}</span>
                                        }.into_any()
                                    })
                            }}
                        </span>
                    </a>
                </div>
            </div>
            <nav aria-label="Categories" class="max-md:hidden border-t border-line">
                <ul class="category-bar mx-auto max-w-[80rem] px-4 flex gap-x-1">{bar}</ul>
            </nav>
            <nav popover="auto" id="site-nav" aria-label="All categories" class="side-sheet">
                <div class="flex items-center justify-between h-14 px-4 border-b border-line">
                    <a href=home_href class="inline-flex pb-1">
                        <Logo width=72/>
                    </a>
                    <button
                        type="button"
                        popovertarget="site-nav"
                        popovertargetaction="hide"
                        aria-label="Close"
                        class="inline-grid place-items-center size-11 -me-2.5 rounded-md cursor-pointer hover:bg-hover"
                    >
                        <Icon glyph=icons::CLOSE/>
                    </button>
                </div>
                <ul class="px-4 pb-6">{drawer}</ul>
            </nav>
        </header>
    }
}

/// The storefront's footer: groups of links, then settings (locale, currency,
/// theme) as children.
#[component]
pub fn StorefrontFooter(
    /// The groups: help, selling, legal.
    groups: Vec<NavGroup>,
    /// The last line: who runs the shop.
    #[prop(optional, into)]
    note: String,
    /// Locale, currency and theme.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <footer class="mt-16 md:mt-24 border-t border-line bg-sunken">
            <div class="mx-auto max-w-[80rem] px-4 md:px-6 py-10 md:py-16 grid grid-cols-2 md:grid-cols-4 gap-x-6 gap-y-8">
                {groups
                    .into_iter()
                    .map(|group| {
                        view! {
                            <nav aria-label=group.label.clone()>
                                <p class="font-semibold mb-2">{group.label.clone()}</p>
                                <ul class="text-sm">
                                    {group
                                        .items
                                        .into_iter()
                                        .map(|item| {
                                            view! {
                                                <li>
                                                    <a
                                                        href=item.href
                                                        class="inline-flex items-center min-h-8 coarse:min-h-11 hover:underline underline-offset-4 rounded-xs"
                                                    >
                                                        {item.label}
                                                    </a>
                                                </li>
                                            }.into_any()
                                        })
                                        .collect_view()}
                                </ul>
                            </nav>
                        }.into_any()
                    })
                    .collect_view()}
                {children
                    .map(|children| {
                        view! { <div class="col-span-2 flex flex-col gap-4 w-full max-w-[28rem] md:justify-self-end">{children()}</div> }
                            .into_any()
                    })}
            </div>
            <div class="mx-auto max-w-[80rem] px-4 md:px-6 pb-8 flex items-center gap-4">
                <LogoMark size=16/>
                <p class="text-sm text-muted">{note}</p>
            </div>
        </footer>
    }
}

/// The header of checkout: logo and the way back, nothing else.
#[component]
pub fn CheckoutHeader(
    /// The home page.
    #[prop(into)]
    home_href: String,
    /// The cart.
    #[prop(into)]
    cart_href: String,
) -> impl IntoView {
    view! {
        <header class="bg-surface border-b border-line">
            <div class="mx-auto max-w-[80rem] px-4 md:px-6 h-14 flex items-center justify-between gap-4">
                <a href=home_href class="inline-flex items-center min-h-11 pb-1 rounded-sm">
                    <Logo width=72/>
                </a>
                <a href=cart_href class="inline-flex items-center gap-1.5 min-h-11 text-sm hover:underline underline-offset-4 rounded-xs">
                    <Icon glyph=icons::BACK small=true flip=true/>
                    "Back to cart"
                </a>
            </div>
        </header>
    }
}
