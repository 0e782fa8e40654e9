//! The app's root: the router and what surrounds every page.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{Router, Routes},
    hooks::use_location,
};
use stoa_ui::{
    NotFound,
    brand::Logo,
    i18n::link,
    page::{CurrentPath, provide_page_state},
    text,
    toast::{ToastRegion, provide_toasts},
};

/// The whole app, on the server and in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_page_state();
    provide_toasts();
    let (routing, set_routing) = signal(false);
    view! {
        <Router set_is_routing=set_routing>
            <Frame routing=routing/>
        </Router>
    }
}

#[component]
fn Frame(
    /// True from a click until the next page stands.
    routing: ReadSignal<bool>,
) -> impl IntoView {
    let location = use_location();
    let (pathname, search) = (location.pathname, location.search);
    provide_context(CurrentPath(Signal::derive(move || {
        let query = search.get();
        if query.is_empty() { pathname.get() } else { format!("{}?{query}", pathname.get()) }
    })));
    focus_after_navigation(routing, pathname);
    view! {
        <Title text=text::shell::site()/>
        // `external`: the browser itself moves the focus, the router would only scroll.
        <a
            href="#main"
            rel="external"
            class="sr-only focus:not-sr-only focus:fixed focus:start-4 focus:top-2 focus:z-50 focus:rounded-md focus:bg-ink focus:px-4 focus:py-2 focus:font-semibold focus:text-on-ink"
        >
            {text::shell::skip()}
        </a>
        <div
            aria-hidden="true"
            class="pointer-events-none fixed inset-x-0 top-0 z-50 h-[3px] bg-brand"
            class=("opacity-0", move || !routing.get())
            class=("delay-300", routing)
            class=("transition-opacity", routing)
        ></div>
        <Routes fallback=Unknown>
            <stoa_seller::Routes/>
            <stoa_backoffice::Routes/>
            <stoa_developers::Routes/>
            <stoa_ui::dev::Routes/>
            <stoa_storefront::checkout::Routes/>
            <stoa_storefront::Routes/>
        </Routes>
        <ToastRegion/>
    }
}

/// After a navigation in the browser the focus goes to the new page's heading, which also
/// reads it out once. The first page keeps the browser's focus, and a page that only changed
/// its query keeps the person's.
fn focus_after_navigation(routing: ReadSignal<bool>, path: Memo<String>) {
    Effect::new(move |before: Option<(bool, String)>| {
        let now_routing = routing.get();
        let Some((was_routing, old_path)) = before else { return (now_routing, path.get_untracked()) };
        if now_routing || !was_routing {
            return (now_routing, old_path);
        }
        let new_path = path.get_untracked();
        if new_path != old_path {
            request_animation_frame(focus_heading);
        }
        (false, new_path)
    });
}

fn focus_heading() {
    use leptos::{wasm_bindgen::JsCast, web_sys::HtmlElement};
    let heading = document()
        .query_selector("main h1")
        .ok()
        .flatten()
        .and_then(|heading| heading.dyn_into::<HtmlElement>().ok());
    if let Some(heading) = heading {
        let _ = heading.set_attribute("tabindex", "-1");
        let _ = heading.focus();
    }
}

/// The page of an address that no surface knows.
#[component]
fn Unknown() -> impl IntoView {
    view! {
        <header class="border-b border-line">
            <div class="mx-auto flex h-14 max-w-[1280px] items-center px-4 md:px-6">
                <a href=link("/") rel="external" aria-label=text::shell::site()>
                    <Logo/>
                </a>
            </div>
        </header>
        <main id="main" tabindex="-1" class="outline-none">
            <NotFound/>
        </main>
    }
}
