//! The search box.

use leptos::prelude::*;

use crate::field::{field_id, given};
use crate::icons::{self, Icon};

/// A search form: GET to `action` with the query under `name`. With `hot_key`
/// the `/` key moves to it when hydrated.
#[component]
pub fn SearchBox(
    /// The page that answers.
    #[prop(into)]
    action: String,
    /// What is searched, for readers: "Search Stoa".
    #[prop(into)]
    label: String,
    /// The query's name.
    #[prop(default = "q".to_string(), into)]
    name: String,
    /// The query now.
    #[prop(optional, into)]
    value: String,
    /// Words in the empty box.
    #[prop(optional, into)]
    placeholder: String,
    /// Other parameters to keep.
    #[prop(optional)]
    keep: Vec<(String, String)>,
    /// `/` moves here.
    #[prop(optional)]
    hot_key: bool,
    /// The lower height.
    #[prop(optional)]
    small: bool,
    /// Id of the input, when a page has two boxes.
    #[prop(optional, into)]
    id: String,
    /// Classes of the form (width).
    #[prop(optional, into)]
    class: String,
) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    let spoken = label.clone();
    let id = if id.is_empty() { field_id(&name) } else { id };
    if hot_key {
        Effect::new(move |_| {
            let handle = window_event_listener(leptos::ev::keydown, move |event| {
                if event.key() != "/" || event.ctrl_key() || event.meta_key() || event.alt_key() {
                    return;
                }
                if typing_somewhere() {
                    return;
                }
                if let Some(input) = input.get_untracked() {
                    event.prevent_default();
                    let _ = input.focus();
                    input.select();
                }
            });
            on_cleanup(move || handle.remove());
        });
    }
    let (height, text) = if small {
        (
            "relative flex items-center min-h-(--ctl-sm)",
            "w-full min-h-(--ctl-sm) rounded-md border border-control bg-surface ps-9 pe-3 text-sm text-fg placeholder:text-muted hover:border-fg",
        )
    } else {
        (
            "relative flex items-center min-h-(--ctl)",
            "w-full min-h-(--ctl) rounded-md border border-control bg-surface ps-10 pe-3 text-(length:--ctl-text) text-fg placeholder:text-muted hover:border-fg",
        )
    };
    view! {
        <form method="get"
            action=action
            role="search"
            aria-label=spoken
            class=format!("min-w-0 {class}")
        >
            <Keep pairs=keep/>
            <div class=height>
                <span class="pointer-events-none absolute start-3 text-muted">
                    <Icon glyph=icons::SEARCH small=small/>
                </span>
                <input
                    node_ref=input
                    type="search"
                    enterkeyhint="search"
                    id=id
                    name=name
                    value=value
                    aria-label=label.clone()
                    placeholder=given(placeholder)
                    autocomplete="off"
                    class=text
                />
                <button type="submit" class="sr-only">
                    "Search"
                </button>
            </div>
        </form>
    }
}

/// Parameters that a GET form passes on unchanged.
#[component]
pub fn Keep(
    /// Names and values.
    pairs: Vec<(String, String)>,
) -> impl IntoView {
    pairs
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> }.into_any())
        .collect_view()
}

/// Whether the focus is in something that takes text.
pub(crate) fn typing_somewhere() -> bool {
    document().active_element().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            || element.has_attribute("contenteditable")
    })
}
