//! The frame of the checkout.

use leptos::prelude::*;
use leptos_router::components::Outlet;
use stoa_ui::{
    CheckoutHeader,
    i18n::link,
    icons::{self, Icon},
    staff_shell::FlashMessage,
};

use crate::text;

/// A header without navigation around the current step: the way out is the logo and the cart.
#[component]
pub fn Shell() -> impl IntoView {
    view! {
        <CheckoutHeader home_href=link("/") cart_href=link("/cart")/>
        <main id="main" tabindex="-1" class="min-h-[50vh] outline-none">
            <div class="mx-auto max-w-[80rem] px-4 md:px-6">
                <FlashMessage/>
            </div>
            <Outlet/>
        </main>
        <footer class="border-t border-line">
            <p class="mx-auto flex max-w-[80rem] items-center gap-2 px-4 py-6 text-sm text-muted md:px-6">
                <Icon glyph=icons::LOCK small=true/>
                {text::shell::secure()}
            </p>
        </footer>
    }
}
