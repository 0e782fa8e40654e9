//! What happened, when, and by whom.

use leptos::prelude::*;

use crate::badge::{Stage, StageGlyph};
use crate::field::given;
use crate::link::{LinkKind, link_class};

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineEvent {
    /// What happened: verb and object.
    pub title: String,
    /// More about it; empty for none.
    pub detail: String,
    /// Who did it; empty for nobody named.
    pub actor: String,
    /// When, as it is read, with the zone on staff pages. Empty when it is yet
    /// to come.
    pub time: String,
    /// When, for machines (RFC 3339).
    pub datetime: String,
    /// How long ago, shown on hover; empty for none.
    pub relative: String,
    /// How far it has come.
    pub stage: Stage,
    /// Words of a link, such as "Track parcel"; empty for none.
    pub link_label: String,
    /// Where it leads.
    pub link_href: String,
}

/// The events in the order given: oldest first for shoppers, newest first for
/// staff.
#[component]
pub fn Timeline(
    /// The events.
    events: Vec<TimelineEvent>,
    /// What it is about, for readers: "Parcel from Kleio".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <ol aria-label=label class="timeline">
            {events
                .into_iter()
                .map(|event| {
                    let to_come = event.time.is_empty();
                    // What goes wrong is no less worth reading because it has no hour.
                    let quiet = to_come && !matches!(event.stage, Stage::NeedsAttention | Stage::Stopped);
                    let glyph = match event.stage {
                        Stage::NeedsAttention => "timeline-glyph text-warn-fg",
                        Stage::Stopped => "timeline-glyph text-bad-fg",
                        _ if to_come => "timeline-glyph text-control",
                        _ => "timeline-glyph",
                    };
                    view! {
                        <li class="timeline-event">
                            <span class=glyph>
                                <StageGlyph stage=event.stage/>
                            </span>
                            <div class="min-w-0 pb-5">
                                <p class=if quiet { "text-muted" } else { "font-semibold" }>
                                    {event.title}
                                </p>
                                {(!event.detail.is_empty())
                                    .then(|| view! { <p class="text-sm wrap-anywhere">{event.detail}</p> }.into_any())}
                                {(!to_come)
                                    .then(|| {
                                        view! {
                                            <p class="text-sm text-muted">
                                                <time datetime=given(event.datetime) title=given(event.relative)>
                                                    {event.time}
                                                </time>
                                                {(!event.actor.is_empty())
                                                    .then(|| view! { " by " <span>{event.actor}</span> }.into_any())}
                                            </p>
                                        }.into_any()
                                    })}
                                {(!event.link_label.is_empty())
                                    .then(|| {
                                        view! {
                                            <a
                                                href=event.link_href
                                                class=format!("inline-block mt-1 text-sm {}", link_class(LinkKind::Inline))
                                            >
                                                {event.link_label}
                                            </a>
                                        }.into_any()
                                    })}
                            </div>
                        </li>
                    }.into_any()
                })
                .collect_view()}
        </ol>
    }
}
