//! The logo.

use leptos::prelude::*;

/// The mark: a roof over columns, the wide gap is the doorway. Decoration; the link around it
/// is labelled.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="block size-6 shrink-0" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M1 2h14v2H1z" fill="var(--brand)"></path>
            <path d="M1 6h3v8H1zM5 6h3v8H5zM12 6h3v8h-3z" fill="var(--fg)"></path>
        </svg>
    }
}

/// Mark and name.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <span class="inline-flex items-center gap-2">
            <Mark/>
            <span class="display text-xl leading-none" aria-hidden="true">"stoa"</span>
        </span>
    }
}
