//! The frame of the developer portal.

use leptos::prelude::*;
use leptos_router::{components::Outlet, hooks::use_location};
use stoa_ui::{Logo, i18n::link, staff_shell::FlashMessage};

use crate::text;

/// Top bar around the current page; readable signed out.
#[component]
pub fn Shell() -> impl IntoView {
    let path = use_location().pathname;
    let item = move |label: &'static str, href: &'static str, below: bool| {
        let current = move || {
            let path = path.get();
            let path = path.trim_end_matches('/');
            (path == href || (below && path.starts_with(href))).then_some("page")
        };
        view! {
            <li>
                <a
                    href=href
                    aria-current=current
                    class="inline-flex min-h-10 items-center text-sm underline-offset-4 hover:underline aria-[current=page]:font-semibold aria-[current=page]:text-brand-fg"
                >
                    {label}
                </a>
            </li>
        }
    };
    view! {
        <header class="border-b border-line">
            <div class="mx-auto flex min-h-14 max-w-[80rem] flex-wrap items-center gap-x-6 px-4 md:px-6">
                <a href=link("/") rel="external" aria-label=text::shell::to_shop()>
                    <Logo/>
                </a>
                <nav aria-label=text::shell::navigation()>
                    <ul class="flex flex-wrap gap-x-5">
                        {item(text::shell::home(), "/developers", false)}
                        {item(text::shell::reference(), "/developers/reference", true)}
                        {item(text::shell::apps(), "/developers/apps", true)}
                    </ul>
                </nav>
            </div>
        </header>
        <main id="main" tabindex="-1" class="min-h-[50vh] outline-none">
            <div class="mx-auto max-w-[80rem] px-4 md:px-6">
                <FlashMessage/>
            </div>
            <Outlet/>
        </main>
    }
}
