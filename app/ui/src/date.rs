//! A date as people type it.

use leptos::prelude::*;

use crate::field::{CONTROL, FieldFrame, described_by, field_id};

/// A typed date, "14 May 2026", which the server reads; the zone is named for
/// times and deadlines.
#[component]
pub fn DateField(
    /// The form name.
    #[prop(into)]
    name: String,
    /// The label above it.
    #[prop(into)]
    label: String,
    /// The date as the locale writes it.
    #[prop(optional, into)]
    value: String,
    /// The message below it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Help between label and input.
    #[prop(default = "For example, 14 May 2026".to_string(), into)]
    hint: String,
    /// The time zone shown beside it: "CET".
    #[prop(optional, into)]
    zone: String,
    /// Sets `required`.
    #[prop(optional)]
    required: bool,
    /// Marks it "(optional)".
    #[prop(optional)]
    optional: bool,
    /// Classes of the frame.
    #[prop(optional, into)]
    class: String,
) -> impl IntoView {
    let id = field_id(&name);
    let described = described_by(&id, !hint.is_empty(), error);
    view! {
        <FieldFrame name=name.clone() label=label hint=hint error=error optional=optional class=class>
            <div class="flex items-center gap-2">
                <input
                    type="text"
                    autocomplete="off"
                    id=id
                    name=name
                    value=value
                    required=required
                    class=CONTROL
                    aria-invalid=move || error.get().map(|_| "true")
                    aria-describedby=described
                />
                {(!zone.is_empty())
                    .then(|| view! { <span class="text-sm text-muted whitespace-nowrap">{zone}</span> }.into_any())}
            </div>
        </FieldFrame>
    }
}
