//! A category: its sub-categories and everything for sale in it.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use stoa_ui::{ShopPage, load, resource};

use crate::list::{LoadList, query_pairs, show};

/// `/{l}/c/{path}`
#[component]
pub fn CategoryPage() -> impl IntoView {
    let params = use_params_map();
    let query = query_pairs();
    let list = resource(
        move || (params.get().get("path").unwrap_or_default(), query()),
        |(path, query)| LoadList { path, query },
    );
    view! { <ShopPage>{load(list, show)}</ShopPage> }
}
