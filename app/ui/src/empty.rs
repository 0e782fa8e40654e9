//! Empty states: colonnade line art, one sentence, one action.

use leptos::prelude::*;

use crate::button::{ButtonKind, LinkButton};
use crate::field::given;

/// Why there is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmptyKind {
    /// Nothing was made yet.
    #[default]
    FirstUse,
    /// Nothing matches what was asked for.
    NoMatch,
    /// Everything is dealt with.
    Done,
    /// One may not see it.
    NoAccess,
    /// It could not be loaded.
    Failed,
}

/// The line art, 96 by 64: a colonnade that tells why.
#[component]
fn EmptyArt(kind: EmptyKind) -> impl IntoView {
    // Roof, three columns and floor; each state changes what stands between.
    let extra = match kind {
        EmptyKind::FirstUse => r#"<path d="M62.5 34v12M56.5 40h12" class="stroke-brand" stroke-width="2"/>"#,
        EmptyKind::NoMatch => {
            r#"<circle cx="61" cy="38" r="6.5" class="stroke-brand" stroke-width="2"/><path d="m66 43 5 5" class="stroke-brand" stroke-width="2"/>"#
        }
        EmptyKind::Done => r#"<path d="m56 40 5 5 9-10" class="stroke-brand" stroke-width="2"/>"#,
        EmptyKind::NoAccess => {
            r#"<path d="M52.5 56V31M57.5 56V31M62.5 56V31M67.5 56V31M72.5 56V31" class="stroke-brand"/>"#
        }
        EmptyKind::Failed => r#"<path d="m57 35 11 11M68 35 57 46" class="stroke-brand" stroke-width="2"/>"#,
    };
    let house = r#"<path d="M4 8h88v8H4z"/><path d="M10 21h10v35H10zM30 21h10v35H30zM78 21h10v35H78z" /><path d="M13.5 24v29M16.5 24v29M33.5 24v29M36.5 24v29M81.5 24v29M84.5 24v29" stroke-opacity=".45"/><path d="M2 56.5h92M6 60.5h84"/>"#;
    view! {
        <svg
            width="96"
            height="64"
            viewBox="0 0 96 64"
            fill="none"
            stroke="currentColor"
            stroke-width="1.25"
            aria-hidden="true"
            class="text-muted"
            inner_html=format!("{house}{extra}")
        ></svg>
    }
}

/// What stands where a list would: why it is empty and what to do.
#[component]
pub fn Empty(
    /// Why there is nothing.
    #[prop(optional)]
    kind: EmptyKind,
    /// What there is not: "No orders yet".
    #[prop(into)]
    title: String,
    /// One sentence; for no match it repeats the query.
    #[prop(optional, into)]
    text: String,
    /// Words of the action; empty for none.
    #[prop(optional, into)]
    action_label: String,
    /// Where it leads.
    #[prop(optional, into)]
    action_href: String,
    /// Another action of your own below.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="flex flex-col items-center text-center gap-2 py-12 px-4">
            <EmptyArt kind=kind/>
            <h2 class="mt-3 text-lg font-semibold text-balance">{title}</h2>
            {given(text).map(|text| view! { <p class="text-muted max-w-[44ch] text-balance">{text}</p> }.into_any())}
            {given(action_label)
                .map(|label| {
                    view! {
                        <div class="mt-3">
                            <LinkButton href=action_href kind=ButtonKind::Outline>
                                {label}
                            </LinkButton>
                        </div>
                    }.into_any()
                })}
            {children.map(|children| view! { <div class="mt-3">{children()}</div> }.into_any())}
        </div>
    }
}
