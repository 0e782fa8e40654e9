//! What a search finds, or everything for sale when nothing is asked for.

use leptos::prelude::*;
use stoa_ui::{ShopPage, load};

use crate::list::{load_list, query_pairs, show};

/// `/{l}/search?q=`
#[component]
pub fn SearchPage() -> impl IntoView {
    let list = Resource::new(query_pairs(), |query| load_list(String::new(), query));
    view! { <ShopPage>{load(list, show)}</ShopPage> }
}
