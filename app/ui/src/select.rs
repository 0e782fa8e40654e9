//! The native select, styled closed.

use leptos::prelude::*;

use crate::field::{FieldFrame, described_by, field_id, given};
use crate::icons::{self, Icon};

/// One choice of a select: what is sent and what is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectOption {
    /// What the form sends.
    pub value: String,
    /// What the shopper reads.
    pub label: String,
}

impl SelectOption {
    /// A choice sent as `value` and read as `label`.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// Submits the form of the control an event came from, when it has one.
pub(crate) fn submit_form_of(event: &leptos::ev::Event) {
    use leptos::wasm_bindgen::JsCast;
    let Some(target) = event.target() else { return };
    let Ok(element) = target.dyn_into::<leptos::web_sys::Element>() else {
        return;
    };
    let Ok(Some(form)) = element.closest("form") else {
        return;
    };
    if let Ok(form) = form.dyn_into::<leptos::web_sys::HtmlFormElement>() {
        // A browser that cannot is left with the visible button.
        let _ = form.request_submit();
    }
}

/// A choice among more than eight; below that prefer radios.
#[component]
pub fn Select(
    /// The form name.
    #[prop(into)]
    name: String,
    /// The label above it.
    #[prop(into)]
    label: String,
    /// The choices, in order.
    options: Vec<SelectOption>,
    /// The chosen value.
    #[prop(optional, into)]
    value: String,
    /// The message below it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Help between label and control.
    #[prop(optional, into)]
    hint: String,
    /// A first choice with an empty value, such as "Choose a country".
    #[prop(optional, into)]
    empty_label: String,
    /// The autocomplete token.
    #[prop(optional, into)]
    autocomplete: String,
    /// Sets `required`.
    #[prop(optional)]
    required: bool,
    /// Marks it "(optional)".
    #[prop(optional)]
    optional: bool,
    /// Keeps the label for readers only.
    #[prop(optional)]
    label_hidden: bool,
    /// Sends the form as soon as the choice changes, when hydrated. Give the
    /// form a `noscript:inline-flex hidden` button for the rest.
    #[prop(optional)]
    auto_submit: bool,
    /// The lower height.
    #[prop(optional)]
    small: bool,
    /// Classes of the frame.
    #[prop(optional, into)]
    class: String,
) -> impl IntoView {
    let id = field_id(&name);
    let described = described_by(&id, !hint.is_empty(), error);
    let control = if small {
        "block w-full appearance-none cursor-pointer min-h-(--ctl-sm) rounded-md border border-control bg-surface ps-2.5 pe-8 text-sm text-fg hover:border-fg aria-invalid:border-2 aria-invalid:border-bad scroll-my-24"
    } else {
        "block w-full appearance-none cursor-pointer min-h-(--ctl) rounded-md border border-control bg-surface ps-3 compact:ps-2.5 pe-9 text-(length:--ctl-text) text-fg hover:border-fg aria-invalid:border-2 aria-invalid:border-bad scroll-my-24"
    };
    view! {
        <FieldFrame
            name=name.clone()
            label=label
            hint=hint
            error=error
            optional=optional
            label_hidden=label_hidden
            class=class
        >
            <div class="relative">
                <select
                    id=id
                    name=name
                    class=control
                    required=required
                    autocomplete=given(autocomplete)
                    aria-invalid=move || error.get().map(|_| "true")
                    aria-describedby=described
                    on:change=move |event| {
                        if auto_submit {
                            submit_form_of(&event);
                        }
                    }
                >
                    {(!empty_label.is_empty())
                        .then(|| {
                            view! { <option value="" selected=value.is_empty()>{empty_label}</option> }.into_any()
                        })}
                    {options
                        .into_iter()
                        .map(|option| {
                            let selected = option.value == value;
                            view! {
                                <option value=option.value selected=selected>
                                    {option.label}
                                </option>
                            }.into_any()
                        })
                        .collect_view()}
                </select>
                <span class="pointer-events-none absolute inset-y-0 end-2.5 grid place-items-center text-muted">
                    <Icon glyph=icons::CHEVRON_DOWN small=true/>
                </span>
            </div>
        </FieldFrame>
    }
}
