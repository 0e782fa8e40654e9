//! Banners and the flash after a plain form.

use leptos::prelude::*;

use crate::icons::{self, Icon};
use crate::link::{LinkKind, link_class};

/// What a banner or toast reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Something to know.
    #[default]
    Info,
    /// It worked.
    Ok,
    /// Something needs care.
    Warn,
    /// It failed.
    Bad,
}

impl Tone {
    fn look(self) -> (&'static str, icons::Glyph, &'static str) {
        match self {
            Self::Info => (
                "flex items-start gap-3 rounded-md bg-info-soft px-4 py-3",
                icons::INFO,
                "text-info-fg mt-0.5",
            ),
            Self::Ok => {
                ("flex items-start gap-3 rounded-md bg-ok-soft px-4 py-3", icons::DONE, "text-ok-fg mt-0.5")
            }
            Self::Warn => (
                "flex items-start gap-3 rounded-md bg-warn-soft px-4 py-3",
                icons::WARNING,
                "text-warn-fg mt-0.5",
            ),
            Self::Bad => (
                "flex items-start gap-3 rounded-md bg-bad-soft px-4 py-3",
                icons::PROBLEM,
                "text-bad-fg mt-0.5",
            ),
        }
    }

    /// Failures interrupt, the rest waits its turn.
    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Bad => "alert",
            _ => "status",
        }
    }
}

/// One message over a page or section, with at most one action.
#[component]
pub fn Banner(
    /// What it reports.
    #[prop(optional)]
    tone: Tone,
    /// The message in a few words.
    #[prop(into)]
    title: String,
    /// Words of the action; empty for none.
    #[prop(optional, into)]
    action_label: String,
    /// Where the action leads.
    #[prop(optional, into)]
    action_href: String,
    /// Details below the title.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let (class, glyph, icon_class) = tone.look();
    view! {
        <div role=tone.role() class=class>
            <span class=icon_class>
                <Icon glyph=glyph/>
            </span>
            <div class="flex-1 min-w-0">
                <p class="font-semibold">{title}</p>
                {children.map(|children| view! { <div>{children()}</div> }.into_any())}
            </div>
            {(!action_label.is_empty())
                .then(|| {
                    view! {
                        <a href=action_href class=format!("font-semibold shrink-0 {}", link_class(LinkKind::Inline))>
                            {action_label}
                        </a>
                    }.into_any()
                })}
        </div>
    }
}

/// The result of a form sent without JavaScript, on top of the next page: the
/// past of the same verb ("Refunded €64.00").
#[component]
pub fn Flash(
    /// What it reports.
    #[prop(default = Tone::Ok)]
    tone: Tone,
    /// What happened.
    #[prop(into)]
    message: String,
    /// Words of a link; empty for none.
    #[prop(optional, into)]
    link_label: String,
    /// Where it leads.
    #[prop(optional, into)]
    link_href: String,
) -> impl IntoView {
    let (class, glyph, icon_class) = tone.look();
    view! {
        <div role=tone.role() class=class>
            <span class=icon_class>
                <Icon glyph=glyph/>
            </span>
            <p class="flex-1 min-w-0">{message}</p>
            {(!link_label.is_empty())
                .then(|| {
                    view! {
                        <a href=link_href class=format!("font-semibold shrink-0 {}", link_class(LinkKind::Inline))>
                            {link_label}
                        </a>
                    }.into_any()
                })}
        </div>
    }
}
