//! The frame of the storefront: header with categories, footer.

use leptos::prelude::*;
use leptos_router::components::Outlet;
use stoa_ui::staff_shell::FlashMessage;

mod footer;
mod header;
#[cfg(feature = "ssr")]
mod source;

pub use header::CartCount;

/// Header and footer around the current page.
#[component]
pub fn Shell() -> impl IntoView {
    let count = header::provide_cart_count();
    view! {
        <header::Header count=count/>
        <main id="main" tabindex="-1" class="min-h-[50vh] outline-none">
            <div class="mx-auto max-w-[80rem] px-4 md:px-6">
                <FlashMessage/>
            </div>
            <Outlet/>
        </main>
        <footer::Footer/>
    }
}
