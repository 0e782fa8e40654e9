//! A setting that takes effect at once.

use leptos::prelude::*;

use crate::field::field_id;

/// A switch inside a form of its own: pressing it submits the form with the
/// value it would change to (`true` or `false`), with or without JavaScript.
#[component]
pub fn Switch(
    /// The form name.
    #[prop(into)]
    name: String,
    /// What it switches.
    #[prop(into)]
    label: String,
    /// Whether it is on now; give a signal to show it before the server answers.
    #[prop(optional, into)]
    on: Signal<bool>,
    /// A second line.
    #[prop(optional, into)]
    note: String,
) -> impl IntoView {
    let label_id = format!("{}-label", field_id(&name));
    view! {
        <div class="flex items-start justify-between gap-4 py-2">
            <span class="min-w-0">
                <span id=label_id.clone() class="block">{label}</span>
                {(!note.is_empty())
                    .then(|| view! { <span class="block text-sm text-muted">{note}</span> }.into_any())}
            </span>
            <span class="inline-flex items-center gap-2 shrink-0">
                <span class="text-sm text-muted" aria-hidden="true">
                    {move || if on.get() { "On" } else { "Off" }}
                </span>
                <button
                    type="submit"
                    role="switch"
                    id=field_id(&name)
                    name=name
                    value=move || (!on.get()).to_string()
                    aria-checked=move || on.get().to_string()
                    aria-labelledby=label_id
                    class="group inline-flex items-center w-11 h-6 shrink-0 rounded-full border border-control bg-surface px-0.5 cursor-pointer transition-colors duration-(--dur-2) aria-checked:bg-ink aria-checked:border-ink"
                >
                    <span class="size-4 rounded-full bg-control transition-transform duration-(--dur-2) ease-out group-aria-checked:bg-on-ink group-aria-checked:translate-x-5.5 rtl:group-aria-checked:-translate-x-5.5 forced-colors:bg-[CanvasText]"></span>
                </button>
            </span>
        </div>
    }
}
