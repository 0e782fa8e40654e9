//! The home page.

use leptos::prelude::*;
use stoa_ui::{PageTitle, ShopPage};

use crate::text;

/// `/{l}`
#[component]
pub fn HomePage() -> impl IntoView {
    view! {
        <PageTitle text=text::home::title().to_owned()/>
        <ShopPage>
            <h1 tabindex="-1" class="display text-5xl py-16 outline-none">{text::home::title()}</h1>
        </ShopPage>
    }
}
