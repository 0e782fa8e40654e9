//! What a search finds, or everything for sale when nothing is asked for.

use leptos::prelude::*;
use stoa_ui::{ShopPage, load, resource};

use crate::list::{LoadList, query_pairs, show};

/// `/{l}/search?q=`
#[component]
pub fn SearchPage() -> impl IntoView {
    let list = resource(query_pairs(), |query| LoadList { path: String::new(), query });
    view! { <ShopPage>{load(list, show)}</ShopPage> }
}
