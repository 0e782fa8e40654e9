//! The bar at the end of a long form.

use leptos::prelude::*;

use crate::button::{Button, ButtonKind, LinkButton};

/// Save and Discard at the end of a form, sticky at the bottom. Where scripts
/// run it says when something was changed and guards against leaving.
///
/// Stands inside the form it saves.
#[component]
pub fn SaveBar(
    /// The page without the changes.
    #[prop(into)]
    discard_href: String,
    /// The primary label: "Save product".
    #[prop(default = "Save".to_string(), into)]
    label: String,
    /// True while saving.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// More buttons before the primary one.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let bar = NodeRef::<leptos::html::Div>::new();
    let changed = RwSignal::new(false);
    Effect::new(move |_| {
        use leptos::wasm_bindgen::{JsCast, closure::Closure};
        let Some(form) = bar.get().and_then(|bar| bar.closest("form").ok().flatten()) else {
            return;
        };
        let note = Closure::<dyn FnMut()>::new(move || changed.set(true));
        let _ = form.add_event_listener_with_callback("input", note.as_ref().unchecked_ref());
        let sent = Closure::<dyn FnMut()>::new(move || changed.set(false));
        let _ = form.add_event_listener_with_callback("submit", sent.as_ref().unchecked_ref());
        // The listeners live as long as the form does.
        note.forget();
        sent.forget();
    });
    Effect::new(move |_| {
        let leave = window_event_listener(leptos::ev::beforeunload, move |event| {
            if changed.get_untracked() && !pending.get_untracked() {
                event.prevent_default();
            }
        });
        on_cleanup(move || leave.remove());
    });
    view! {
        <div
            node_ref=bar
            role="region"
            aria-label="Unsaved changes"
            class="sticky bottom-0 z-10 -mx-4 md:-mx-6 px-4 md:px-6 py-3 flex flex-wrap items-center gap-3 border-t border-line bg-surface"
        >
            <p role="status" class="text-sm text-muted me-auto">
                {move || if changed.get() { "Unsaved changes" } else { "" }}
            </p>
            <LinkButton href=discard_href kind=ButtonKind::Quiet>"Discard"</LinkButton>
            {children.map(|children| children())}
            <Button pending=pending pending_label="Saving">{label}</Button>
        </div>
    }
}
