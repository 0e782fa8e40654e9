//! Logo, search, account, cart and categories.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use serde::{Deserialize, Serialize};
use stoa_ui::{
    NavGroup, NavItem, PageError, StorefrontHeader, i18n::link, load_or, page::Who, resource, viewer,
};

use crate::{cart_panel, text};

/// A category in the bar, with the ones below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryLink {
    pub name: String,
    /// Below `/c/`, such as `kitchen/jugs`.
    pub path: String,
    pub children: Vec<CategoryLink>,
}

/// What the header shows of the catalogue and of the visitor's cart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteHeader {
    pub categories: Vec<CategoryLink>,
    /// Units in the cart.
    pub cart_units: u32,
    /// The cart beside the page, drawn; empty while it is closed.
    pub cart_panel: String,
}

/// What the header shows; with `close`, the page's address without it, also the cart beside
/// the page.
#[server]
pub async fn load_header(#[server(default)] close: String) -> Result<SiteHeader, PageError> {
    super::source::header(&close).await
}

/// The number on the cart, from context; pages that change the cart set it.
#[derive(Clone, Copy)]
pub struct CartCount(pub RwSignal<u32>);

/// Makes the header's number settable for the pages below.
pub(super) fn provide_cart_count() -> CartCount {
    let count = CartCount(RwSignal::new(0));
    provide_context(count);
    count
}

#[component]
pub fn Header(
    /// The number on the cart.
    count: CartCount,
) -> impl IntoView {
    let path = use_location().pathname;
    let query = use_query_map();
    let header = resource(
        move || {
            let mut query = query.get();
            match query.remove("panel") {
                Some(panel) if panel == ["cart"] => {
                    format!("{}{}", path.get_untracked(), query.to_query_string())
                }
                _ => String::new(),
            }
        },
        |close| LoadHeader { close },
    );
    let (account_href, account_label) = match viewer().who {
        Who::Visitor => (link("/sign-in"), text::shell::sign_in()),
        Who::Shopper => (link("/account"), text::shell::account()),
        Who::Seller => ("/seller".to_owned(), text::shell::seller_portal()),
        Who::Staff => ("/admin".to_owned(), text::shell::back_office()),
    };
    load_or(header, move |header| {
        // A header without its bar is better than no page.
        let header = header.unwrap_or_default();
        if count.0.get_untracked() != header.cart_units {
            count.0.set(header.cart_units);
        }
        let (account_href, categories) = (account_href.clone(), header.categories);
        let panel = (!header.cart_panel.is_empty()).then(|| cart_panel::panel(header.cart_panel));
        let bar = move || {
            // Another page marks another category, and closes an open panel.
            let here = path.get();
            view! {
                <StorefrontHeader
                    home_href=link("/")
                    search_action=link("/search")
                    query=query.with_untracked(|query| query.get("q")).unwrap_or_default()
                    categories=categories.iter().map(|category| group(category, &here)).collect()
                    cart_href=link("/cart")
                    cart_count=count.0
                    account_href=account_href.clone()
                    account_label=account_label
                />
            }
        };
        view! { {bar} {panel} }.into_any()
    })
}

fn group(category: &CategoryLink, here: &str) -> NavGroup {
    let href = link(&format!("/c/{}", category.path));
    let items = category
        .children
        .iter()
        .map(|child| {
            let href = link(&format!("/c/{}", child.path));
            let current = is_at(here, &href);
            NavItem::new(child.name.clone(), href).current(current)
        })
        .collect();
    let mut group = NavGroup::new(category.name.clone(), items).href(href.clone());
    group.current = is_at(here, &href);
    group
}

/// Whether the page at `here` is `href` or lies below it.
fn is_at(here: &str, href: &str) -> bool {
    here.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_is_current_on_the_pages_below_it() {
        assert!(is_at("/en-gb/c/kitchen", "/en-gb/c/kitchen"));
        assert!(is_at("/en-gb/c/kitchen/jugs", "/en-gb/c/kitchen"));
        assert!(!is_at("/en-gb/c/kitchenware", "/en-gb/c/kitchen"));
    }
}
