//! Pages for those who work on Stoa, in development only.

use leptos::prelude::*;
use leptos_router::components::Outlet;
use stoa_ui::{NotFound, viewer};

stoa_ui::surface! {
    dev, at = "/dev", shell = Shell;
    dev_ui "/ui" => Components,
}

/// Shows the pages in development and nothing elsewhere.
#[component]
fn Shell() -> impl IntoView {
    if viewer().development {
        view! {
            <main id="main" tabindex="-1" class="outline-none">
                <Outlet/>
            </main>
        }
        .into_any()
    } else {
        view! {
            <main id="main" tabindex="-1" class="px-4 outline-none">
                <NotFound/>
            </main>
        }
        .into_any()
    }
}

/// `/dev/ui`: every component in every state.
#[component]
fn Components() -> impl IntoView {
    view! { <stoa_ui::dev::DevUi/> }
}
