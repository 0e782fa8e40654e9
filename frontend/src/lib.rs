//! The entry point of the browser's half: takes over the page the server has rendered.

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the script in the document.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    // Set before the router sets its own: an action that leads elsewhere loads the page anew,
    // so that its message, the sign-in state and the cart are what the server says.
    let _ = leptos::server_fn::redirect::set_redirect_hook(|location| {
        let here = window().location();
        let target = location.split_once('#').map_or(location, |(path, _)| path);
        let same = here.pathname().unwrap_or_default() + &here.search().unwrap_or_default() == target;
        // Assigning an address that differs in its fragment only would not load anything.
        let _ = if same && location.contains('#') { here.reload() } else { here.set_href(location) };
    });
    // Says when it is done: until then a click on a button is the browser's, afterwards it is
    // ours, and tests must not guess which.
    leptos::__reexports::wasm_bindgen_futures::spawn_local(async {
        stoa_app::hydrate().await;
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "");
        }
    });
}
