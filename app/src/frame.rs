//! The app's root: the router and what surrounds every page.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{Router, Routes},
    hooks::use_location,
};
use stoa_ui::{
    Logo, NotFound, ToastRegion,
    i18n::link,
    page::{CurrentPath, provide_page_state},
    provide_toasts,
    surface::Table,
    text,
};

/// The whole app, on the server and in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_page_state();
    provide_toasts();
    let (routing, set_routing) = signal(false);
    #[cfg(not(feature = "ssr"))]
    leave_surfaces_by_loading();
    view! {
        <Router set_is_routing=set_routing>
            <Frame routing=routing/>
        </Router>
    }
}

/// Takes over the page that the server has rendered. The parts that it is in are loaded first,
/// so that hydration is one step and the page never half alive; Leptos' own way of loading them
/// in between (`hydrate_lazy`) would also need every view's code for waiting.
#[cfg(feature = "hydrate")]
pub async fn hydrate() {
    let address = window().location().pathname().unwrap_or_default();
    table().load(&address).await;
    leptos::mount::hydrate_body(App);
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
    #[cfg(not(feature = "ssr"))]
    follow_get_forms();
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
            <Pages/>
        </Routes>
        <ToastRegion/>
    }
}

#[component(transparent)]
fn Pages() -> Table {
    table()
}

/// Every surface's pages. The storefront comes last: its first segment is a parameter.
pub(crate) fn table() -> Table {
    Table::new(vec![
        stoa_seller::routes(),
        stoa_backoffice::routes(),
        stoa_developers::routes(),
        crate::dev::routes(),
        stoa_storefront::checkout::routes(),
        stoa_storefront::routes(),
    ])
}

/// A link to another surface, or to what is no page of the app, loads it from the server: its
/// frame, density and guard differ. Registered before the router's own listener, which
/// leaves external links alone.
#[cfg(not(feature = "ssr"))]
fn leave_surfaces_by_loading() {
    use leptos::{
        wasm_bindgen::JsCast,
        web_sys::{Element, HtmlAnchorElement},
    };
    let listener = window_event_listener(leptos::ev::click, |event| {
        let link = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|element| element.closest("a[href]").ok().flatten())
            .and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
        let (Some(link), Ok(here)) = (link, window().location().pathname()) else { return };
        if surface_of(&here) != surface_of(&link.pathname()) {
            link.set_rel("external");
        }
    });
    on_cleanup(move || listener.remove());
}

/// A form that asks (search, filters, sort) becomes a navigation in the browser instead of a
/// new document. `data-noscroll` keeps the place, `data-replace` the history.
#[cfg(not(feature = "ssr"))]
fn follow_get_forms() {
    use leptos::{
        form::form_data_from_event,
        wasm_bindgen::JsCast,
        web_sys::{HtmlFormElement, Url, UrlSearchParams},
    };
    use leptos_router::{NavigateOptions, hooks::use_navigate};
    let navigate = use_navigate();
    let listener = window_event_listener(leptos::ev::submit, move |event| {
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        let (Some(form), false) = (form, event.default_prevented()) else { return };
        // A button that sends the form elsewhere is left to the browser.
        let elsewhere = event
            .submitter()
            .is_some_and(|button| button.has_attribute("formaction") || button.has_attribute("formmethod"));
        let (Ok(url), Ok(here)) = (Url::new(&form.action()), window().location().href()) else { return };
        let Ok(here) = Url::new(&here) else { return };
        if elsewhere
            || !form.method().eq_ignore_ascii_case("get")
            || !form.target().is_empty()
            || url.origin() != here.origin()
            || surface_of(&url.pathname()) != surface_of(&here.pathname())
        {
            return;
        }
        let Ok(data) = form_data_from_event(&event) else { return };
        // A button without a name comes along as a nameless pair.
        data.delete("");
        let Ok(query) = UrlSearchParams::new_with_str_sequence_sequence(&data) else { return };
        event.prevent_default();
        let options = NavigateOptions {
            scroll: !form.has_attribute("data-noscroll"),
            replace: form.has_attribute("data-replace"),
            ..NavigateOptions::default()
        };
        navigate(&format!("{}?{}", url.pathname(), String::from(query.to_string())), options);
    });
    on_cleanup(move || listener.remove());
}

/// Which surface an address belongs to, by its first segment.
#[cfg_attr(feature = "ssr", allow(dead_code, reason = "the browser asks"))]
fn surface_of(path: &str) -> &str {
    let first = path.split('/').nth(1).unwrap_or_default();
    if stoa_ui::i18n::Locale::from_code(first).is_some() { "shop" } else { first }
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
            <div class="mx-auto flex h-14 max-w-[80rem] items-center px-4 md:px-6">
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

#[cfg(test)]
mod tests {
    use super::surface_of;

    #[test]
    fn addresses_belong_to_surfaces() {
        assert_eq!(surface_of("/en-gb/cart"), surface_of("/en-gb"));
        assert_ne!(surface_of("/en-gb/cart"), surface_of("/seller"));
        assert_ne!(surface_of("/seller/orders"), surface_of("/admin/orders"));
        assert_ne!(surface_of("/en-gb"), surface_of("/v1/openapi.json"));
    }
}
