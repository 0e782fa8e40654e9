//! Status badges: a shape and a word. Only what needs somebody gets a tint.

use leptos::prelude::*;

/// How far a thing has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Ring: not started.
    #[default]
    NotStarted,
    /// Half: in progress.
    InProgress,
    /// Dot: done.
    Done,
    /// Triangle, loud: needs attention.
    NeedsAttention,
    /// Square, loud: stopped or failed.
    Stopped,
    /// Dash: not applicable.
    NotApplicable,
}

/// The 9 px shape of a stage.
#[component]
pub fn StageGlyph(
    /// The stage.
    stage: Stage,
) -> impl IntoView {
    let shape = match stage {
        Stage::NotStarted => {
            r#"<circle cx="4.5" cy="4.5" r="3.75" fill="none" stroke="currentColor" stroke-width="1.5"/>"#
        }
        Stage::InProgress => {
            r#"<circle cx="4.5" cy="4.5" r="3.75" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M4.5.75a3.75 3.75 0 0 1 0 7.5z" fill="currentColor"/>"#
        }
        Stage::Done => r#"<circle cx="4.5" cy="4.5" r="4.5" fill="currentColor"/>"#,
        Stage::NeedsAttention => r#"<path d="M4.5 0 9 8.5H0z" fill="currentColor"/>"#,
        Stage::Stopped => r#"<path d="M.5.5h8v8h-8z" fill="currentColor"/>"#,
        Stage::NotApplicable => r#"<path d="M0 3.75h9v1.5H0z" fill="currentColor"/>"#,
    };
    view! { <svg width="9" height="9" viewBox="0 0 9 9" aria-hidden="true" class="shrink-0" inner_html=shape></svg> }
}

/// A status: glyph and word.
#[component]
pub fn Badge(
    /// How far it has come.
    stage: Stage,
    /// The word.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let class = match stage {
        Stage::NeedsAttention => {
            "inline-flex items-center gap-1.5 h-6 px-2 rounded-xs bg-warn-soft text-warn-fg text-sm font-semibold whitespace-nowrap"
        }
        Stage::Stopped => {
            "inline-flex items-center gap-1.5 h-6 px-2 rounded-xs bg-bad-soft text-bad-fg text-sm font-semibold whitespace-nowrap"
        }
        Stage::NotApplicable | Stage::NotStarted => {
            "inline-flex items-center gap-1.5 h-6 text-sm text-muted whitespace-nowrap"
        }
        Stage::InProgress | Stage::Done => "inline-flex items-center gap-1.5 h-6 text-sm whitespace-nowrap",
    };
    view! {
        <span class=class>
            <StageGlyph stage=stage/>
            {label}
        </span>
    }
}
