//! The frame of the checkout.

use leptos::prelude::*;
use leptos_router::components::Outlet;
use stoa_ui::{
    brand::Logo,
    i18n::link,
    icons::{self, Icon},
    staff_shell::FlashMessage,
};

use crate::text;

/// A header without navigation around the current step: the way out is the logo and the cart.
#[component]
pub fn Shell() -> impl IntoView {
    view! {
        <header class="border-b border-line">
            <div class="mx-auto flex h-14 max-w-[1280px] items-center justify-between gap-4 px-4 md:px-6">
                <a href=link("/") aria-label=text::shell::to_home()>
                    <Logo/>
                </a>
                <a
                    href=link("/cart")
                    class="inline-flex min-h-11 items-center gap-2 text-sm underline-offset-4 hover:underline"
                >
                    <Icon glyph=icons::CART/>
                    {text::shell::back_to_cart()}
                </a>
            </div>
        </header>
        <main id="main" tabindex="-1" class="mx-auto max-w-[1280px] px-4 pb-24 outline-none md:px-6">
            <FlashMessage/>
            <Outlet/>
        </main>
        <footer class="border-t border-line">
            <p class="mx-auto flex max-w-[1280px] items-center gap-2 px-4 py-6 text-sm text-muted md:px-6">
                <Icon glyph=icons::LOCK small=true/>
                {text::shell::secure()}
            </p>
        </footer>
    }
}
