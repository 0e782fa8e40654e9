//! A category: its sub-categories and everything for sale in it.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use stoa_ui::{ShopPage, load};

use crate::list::{load_list, query_pairs, show};

/// `/{l}/c/{path}`
#[component]
pub fn CategoryPage() -> impl IntoView {
    let params = use_params_map();
    let query = query_pairs();
    let list = Resource::new(
        move || (params.get().get("path").unwrap_or_default(), query()),
        |(path, query)| load_list(path, query),
    );
    view! { <ShopPage>{load(list, show)}</ShopPage> }
}
