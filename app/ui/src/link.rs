//! Links.

use leptos::prelude::*;

use crate::icons::{self, Icon};

/// What a link is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkKind {
    /// Within text: ink on a clay underline.
    #[default]
    Inline,
    /// The title of a row: semibold, underlined on hover.
    RowTitle,
    /// In lists of links (navigation, footers): underlined on hover.
    Plain,
    /// Back to the list one came from.
    Back,
}

/// The classes of a link of this kind.
pub fn link_class(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Inline => {
            "text-fg underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2 rounded-xs"
        }
        LinkKind::RowTitle => "font-semibold text-fg hover:underline underline-offset-4 rounded-xs",
        LinkKind::Plain => "text-fg hover:underline underline-offset-4 rounded-xs",
        LinkKind::Back => {
            "inline-flex items-center gap-1.5 min-h-6 text-sm text-muted hover:text-fg hover:underline underline-offset-4 rounded-xs"
        }
    }
}

/// A link; `new_tab` says so to readers.
#[component]
pub fn Link(
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// What it is for.
    #[prop(optional)]
    kind: LinkKind,
    /// Opens in a new tab and says so.
    #[prop(optional)]
    new_tab: bool,
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <a
            href=href
            class=link_class(kind)
            target=new_tab.then_some("_blank")
            rel=new_tab.then_some("noopener")
        >
            {(kind == LinkKind::Back).then(|| view! { <Icon glyph=icons::BACK small=true flip=true/> }.into_any())}
            {children()}
            {new_tab.then(|| view! { <span class="sr-only">" (opens in new tab)"</span> }.into_any())}
        </a>
    }
}
