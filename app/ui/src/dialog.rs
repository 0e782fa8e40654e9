//! Dialogs and what they share with drawers: opened by an address, closed by
//! going to another one.

use leptos::prelude::*;

use crate::button::IconLink;
use crate::field::given;
use crate::icons;

/// Turns an open `dialog` into a modal one where scripts run: focus is trapped,
/// the page behind is inert, Esc follows the close link, and the focus returns
/// to where it was.
pub(crate) fn make_modal(dialog: NodeRef<leptos::html::Dialog>, close_id: String) {
    // Everything of the browser's belongs to the effect, which the server never runs: there the
    // owner is cleaned up by another thread than the one that made it.
    Effect::new(move |_| {
        use leptos::wasm_bindgen::JsCast;
        let Some(dialog) = dialog.get() else { return };
        let opener = document()
            .active_element()
            .and_then(|element| element.dyn_into::<leptos::web_sys::HtmlElement>().ok());
        let opener = StoredValue::new_local(opener);
        on_cleanup(move || {
            if let Some(element) = opener.try_get_value().flatten() {
                // Once the dialog is gone: until then the page behind takes no focus.
                set_timeout(
                    move || {
                        let _ = element.focus();
                    },
                    std::time::Duration::ZERO,
                );
            }
        });
        // It comes open, from the server as from here; only a closed one can become modal. After a
        // navigation it may not stand in the page yet: then it could be closed but not shown.
        let show = move || {
            if dialog.is_connected() {
                dialog.close();
                let _ = dialog.show_modal();
            }
        };
        request_animation_frame(show);
    });
    Effect::new(move |_| {
        use leptos::wasm_bindgen::{JsCast, closure::Closure};
        let Some(dialog) = dialog.get() else { return };
        let close_id = close_id.clone();
        let cancel =
            Closure::<dyn FnMut(leptos::web_sys::Event)>::new(move |event: leptos::web_sys::Event| {
                // A file input inside fires the same event.
                let own = event.target().zip(event.current_target()).is_some_and(|(a, b)| a == b);
                if !own {
                    return;
                }
                event.prevent_default();
                if let Some(link) = document()
                    .get_element_by_id(&close_id)
                    .and_then(|link| link.dyn_into::<leptos::web_sys::HtmlElement>().ok())
                {
                    link.click();
                }
            });
        let _ = dialog.add_event_listener_with_callback("cancel", cancel.as_ref().unchecked_ref());
        // The listener lives as long as the dialog does.
        cancel.forget();
    });
}

/// A dialog that is open because the address says so (`?dialog=`). The title
/// asks the question, with the amount; children are the body and, last,
/// [`DialogActions`].
#[component]
pub fn Dialog(
    /// The question.
    #[prop(into)]
    title: String,
    /// The same page without the dialog.
    #[prop(into)]
    close_href: String,
    /// Id, when a page could show two.
    #[prop(default = "dialog".to_string(), into)]
    id: String,
    /// Room for a form of several fields.
    #[prop(optional)]
    wide: bool,
    /// Body and actions.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Dialog>::new();
    let close_id = format!("{id}-close");
    let title_id = format!("{id}-title");
    make_modal(node, close_id.clone());
    view! {
        <a
            href=close_href.clone()
            class="fixed inset-0 z-40 bg-scrim"
            tabindex="-1"
            aria-hidden="true"
        ></a>
        <dialog
            node_ref=node
            open=true
            id=given(id)
            closedby="any"
            aria-labelledby=title_id.clone()
            class=if wide {
                "modal fixed inset-0 z-50 m-auto w-[min(40rem,calc(100vw-2rem))] h-fit max-h-[calc(100dvh-2rem)] overflow-y-auto rounded-lg bg-raised text-fg shadow-3 p-6"
            } else {
                "modal fixed inset-0 z-50 m-auto w-[min(28rem,calc(100vw-2rem))] h-fit max-h-[calc(100dvh-2rem)] overflow-y-auto rounded-lg bg-raised text-fg shadow-3 p-6"
            }
        >
            <div class="flex items-start gap-4 mb-3">
                <h2 id=title_id.clone() class="flex-1 text-lg font-semibold text-balance">
                    {title}
                </h2>
                <span class="-mt-1.5 -me-2">
                    <IconLink
                        href=close_href
                        label="Close"
                        glyph=icons::CLOSE
                        small=true
                        id=close_id
                    />
                </span>
            </div>
            {children()}
        </dialog>
    }
}

/// The buttons of a dialog: the safe one first and focused, then the verb.
#[component]
pub fn DialogActions(
    /// The buttons.
    children: Children,
) -> impl IntoView {
    view! { <div class="flex flex-wrap justify-end gap-2 mt-6 max-sm:flex-col max-sm:items-stretch">{children()}</div> }
}
