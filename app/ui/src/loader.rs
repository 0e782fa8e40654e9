//! What shows while something loads: only on client navigation, never in the
//! first HTML of main content.

use leptos::prelude::*;

/// Three columns that fade in turn; appears after 400 ms.
#[component]
pub fn Loader(
    /// What loads: "Loading orders".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <div role="status" class="loader">
            <span class="sr-only">{label}</span>
            <svg width="28" height="16" viewBox="0 0 28 16" aria-hidden="true" class="fill-fg">
                <rect x="0" width="4" height="16"/>
                <rect x="12" width="4" height="16"/>
                <rect x="24" width="4" height="16"/>
            </svg>
        </div>
    }
}

/// Rows of a table to come, in their exact height.
#[component]
pub fn SkeletonRows(
    /// How many.
    #[prop(default = 5)]
    rows: u8,
    /// What loads: "Loading orders".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <div aria-busy="true">
            <span class="sr-only" role="status">
                {label}
            </span>
            {(0..rows)
                .map(|_| {
                    view! {
                        <div class="flex items-center gap-6 h-(--row) border-b border-line" aria-hidden="true">
                            <span class="h-3 w-32 rounded-xs bg-press"></span>
                            <span class="h-3 flex-1 rounded-xs bg-sunken"></span>
                            <span class="h-3 w-20 rounded-xs bg-sunken"></span>
                        </div>
                    }.into_any()
                })
                .collect_view()}
        </div>
    }
}

/// Product cards to come.
#[component]
pub fn SkeletonCards(
    /// How many.
    #[prop(default = 8)]
    cards: u8,
    /// What loads.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <div aria-busy="true">
            <span class="sr-only" role="status">
                {label}
            </span>
            <div
                class="grid grid-cols-2 md:grid-cols-3 lg:grid-cols-4 gap-x-4 md:gap-x-6 gap-y-8 md:gap-y-10"
                aria-hidden="true"
            >
                {(0..cards)
                    .map(|_| {
                        view! {
                            <div class="flex flex-col gap-3">
                                <span class="aspect-4/5 rounded-md bg-sunken"></span>
                                <span class="h-4 w-3/4 rounded-xs bg-press"></span>
                                <span class="h-3 w-1/2 rounded-xs bg-sunken"></span>
                            </div>
                        }.into_any()
                    })
                    .collect_view()}
            </div>
        </div>
    }
}
