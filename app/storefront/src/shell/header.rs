//! Logo, search, account, cart and the category bar.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use serde::{Deserialize, Serialize};
use stoa_ui::{
    PageError, SearchBox,
    brand::Logo,
    i18n::link,
    icons::{self, Icon},
    page::Who,
    staff_shell::SignOut,
    viewer,
};

use crate::text;

/// What the header shows of the visitor's cart and of the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderView {
    /// Top categories: name and path below `/c/`.
    pub categories: Vec<(String, String)>,
    /// Units in the cart.
    pub cart_units: u32,
}

/// What the header shows; never fails, an empty bar is better than no page.
#[server]
pub async fn header_view() -> Result<HeaderView, PageError> {
    super::source::load().await
}

/// The number on the cart; pages that change the cart set it.
#[derive(Clone, Copy)]
pub struct CartCount(pub RwSignal<u32>);

#[component]
pub fn Header() -> impl IntoView {
    let header = Resource::new(|| (), |()| header_view());
    let viewer = viewer();
    let query = use_query_map().with_untracked(|query| query.get("q")).unwrap_or_default();
    let account = match viewer.who {
        Who::Visitor => view! {
            <a href=link("/sign-in") class=LINK>
                <Icon glyph=icons::PERSON/>
                <span class="max-md:sr-only">{text::shell::sign_in()}</span>
            </a>
        }
        .into_any(),
        who => {
            let portal = match who {
                Who::Seller => Some(("/seller", text::shell::seller_portal())),
                Who::Staff => Some(("/admin", text::shell::back_office())),
                _ => None,
            };
            view! {
                {portal.map(|(href, label)| view! { <a href=href rel="external" class=LINK>{label}</a> })}
                <SignOut/>
            }
            .into_any()
        }
    };
    view! {
        <header class="border-b border-line bg-page">
            <div class="mx-auto flex min-h-16 max-w-[1280px] flex-wrap items-center gap-x-4 px-4 md:flex-nowrap md:px-6">
                <a href=link("/") aria-label=text::shell::to_home() class="inline-flex min-h-11 items-center">
                    <Logo/>
                </a>
                <SearchBox
                    action=link("/search")
                    label=text::shell::search()
                    placeholder=text::shell::search_hint()
                    value=query
                    hot_key=true
                    id="site-search"
                    class="order-last w-full pb-3 md:order-none md:mx-auto md:max-w-[32rem] md:pb-0"
                />
                <div class="ms-auto flex items-center gap-4 md:ms-0">
                    {account}
                    <a href=link("/cart") class=LINK>
                        <Icon glyph=icons::CART/>
                        <span class="max-md:sr-only">{text::shell::cart()}</span>
                        <Suspense>
                            {move || Suspend::new(async move {
                                let units = header.await.map(|header| header.cart_units).unwrap_or_default();
                                view! { <CartUnits units=units/> }
                            })}
                        </Suspense>
                    </a>
                </div>
            </div>
            <Suspense>
                {move || Suspend::new(async move {
                    let categories = header.await.map(|header| header.categories).unwrap_or_default();
                    (!categories.is_empty()).then(|| view! { <CategoryBar categories=categories/> })
                })}
            </Suspense>
        </header>
    }
}

const LINK: &str = "inline-flex min-h-11 items-center gap-2 text-sm font-semibold underline-offset-4 hover:underline";

#[component]
fn CartUnits(units: u32) -> impl IntoView {
    let count = use_context::<CartCount>();
    if let Some(count) = count {
        count.0.set(units);
    }
    let shown = move || count.map_or(units, |count| count.0.get());
    view! {
        <span
            class="min-w-5 rounded-full bg-ink px-1.5 text-center text-xs text-on-ink"
            class:hidden=move || shown() == 0
        >
            <span aria-hidden="true">{shown}</span>
            <span class="sr-only">{move || text::shell::cart_units(i64::from(shown()))}</span>
        </span>
    }
}

#[component]
fn CategoryBar(categories: Vec<(String, String)>) -> impl IntoView {
    let path = use_location().pathname;
    view! {
        <nav aria-label=text::shell::categories() class="border-t border-line">
            <ul class="mx-auto flex max-w-[1280px] gap-6 overflow-x-auto px-4 md:px-6">
                {categories
                    .into_iter()
                    .map(|(name, category)| {
                        let href = link(&format!("/c/{category}"));
                        let here = href.clone();
                        let current = move || {
                            path.with(|path| path.strip_prefix(&here).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
                                .then_some("page")
                        };
                        view! {
                            <li class="shrink-0">
                                <a
                                    href=href
                                    aria-current=current
                                    class="inline-flex min-h-10 items-center text-sm underline-offset-4 hover:underline aria-[current=page]:font-semibold aria-[current=page]:text-brand-fg"
                                >
                                    {name}
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}
