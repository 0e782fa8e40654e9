//! Details one can open.

use leptos::prelude::*;

use crate::icons::{self, Icon};

/// A heading that opens what is below it, between hairlines.
#[component]
pub fn Disclosure(
    /// The heading.
    #[prop(into)]
    summary: String,
    /// A value at the heading's end, such as a total; empty for none.
    #[prop(optional, into)]
    end: String,
    /// Starts open.
    #[prop(optional)]
    open: bool,
    /// What it opens.
    children: Children,
) -> impl IntoView {
    view! {
        <details open=open class="group/disclosure border-b border-line">
            <summary class="flex items-center gap-3 min-h-12 compact:min-h-10 py-2 font-semibold cursor-pointer list-none rounded-xs hover:text-brand-fg [&::-webkit-details-marker]:hidden">
                <span class="flex-1 min-w-0">{summary}</span>
                {(!end.is_empty()).then(|| view! { <span class="tabular-nums">{end}</span> }.into_any())}
                <span class="text-muted transition-transform duration-(--dur-2) group-open/disclosure:rotate-180">
                    <Icon glyph=icons::CHEVRON_DOWN small=true/>
                </span>
            </summary>
            <div class="pb-5 max-w-[66ch]">{children()}</div>
        </details>
    }
}
