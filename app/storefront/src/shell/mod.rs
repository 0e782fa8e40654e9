//! The frame of the storefront: header, category bar, footer.

use leptos::prelude::*;
use leptos_router::components::Outlet;
use stoa_ui::staff_shell::FlashMessage;

mod footer;
mod header;

pub use header::{HeaderView, header_view};

/// Header and footer around the current page.
#[component]
pub fn Shell() -> impl IntoView {
    view! {
        <header::Header/>
        <main id="main" tabindex="-1" class="mx-auto max-w-[1280px] px-4 pb-24 outline-none md:px-6">
            <FlashMessage/>
            <Outlet/>
        </main>
        <footer::Footer/>
    }
}
