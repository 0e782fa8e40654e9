//! Checkboxes, radios and rows to choose from. The whole row is the target.

use leptos::prelude::*;

use crate::field::{FieldError, field_id, given};

/// One choice of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChoiceOption {
    /// What the form sends.
    pub value: String,
    /// The title.
    pub label: String,
    /// A second line; empty for none.
    pub note: String,
    /// A value at the row's end, such as a price; empty for none.
    pub end: String,
}

impl ChoiceOption {
    /// A choice sent as `value` and titled `label`.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), ..Self::default() }
    }

    /// The same with a second line.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// The same with a value at the row's end.
    pub fn end(mut self, end: impl Into<String>) -> Self {
        self.end = end.into();
        self
    }
}

#[component]
fn ChoiceText(label: String, note: String, end: String) -> impl IntoView {
    view! {
        <span class="flex-1 min-w-0">
            <span class="block">{label}</span>
            {(!note.is_empty()).then(|| view! { <span class="block text-sm text-muted">{note}</span> }.into_any())}
        </span>
        {(!end.is_empty()).then(|| view! { <span class="text-end whitespace-nowrap">{end}</span> }.into_any())}
    }
}

/// One yes-or-no answer. Unchecked sends nothing, as HTML does.
#[component]
pub fn Checkbox(
    /// The form name.
    #[prop(into)]
    name: String,
    /// The words beside it.
    #[prop(into)]
    label: String,
    /// What it sends when checked.
    #[prop(default = "true".to_string(), into)]
    value: String,
    /// Whether it starts checked.
    #[prop(optional)]
    checked: bool,
    /// A second line.
    #[prop(optional, into)]
    note: String,
    /// The message below it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Keeps the label for readers only (row selection).
    #[prop(optional)]
    label_hidden: bool,
) -> impl IntoView {
    let id = field_id(&name);
    let error_id = format!("{id}-error");
    view! {
        <div class="flex flex-col gap-1.5">
            <label class="inline-flex items-start gap-3 min-h-6 py-1 cursor-pointer">
                <input
                    type="checkbox"
                    class="choice choice-check"
                    id=id.clone()
                    name=name
                    value=value
                    checked=checked
                    aria-invalid=move || error.get().map(|_| "true")
                    aria-describedby=move || error.get().map(|_| error_id.clone())
                />
                {if label_hidden {
                    view! { <span class="sr-only">{label}</span> }.into_any()
                } else {
                    view! { <ChoiceText label=label note=note end=String::new()/> }.into_any()
                }}
            </label>
            <FieldError id=id error=error/>
        </div>
    }
}

const ROWS: &str = "rounded-md border border-line-strong bg-surface divide-y divide-line overflow-clip";
const ROW: &str = "flex items-start gap-3 px-4 py-3 compact:px-3 compact:py-2 cursor-pointer hover:bg-hover has-checked:bg-selected has-focus-visible:outline-2 has-focus-visible:outline-focus has-focus-visible:-outline-offset-2 [&_input]:outline-none first:rounded-t-md last:rounded-b-md";
const LOOSE: &str = "flex flex-col";
const LOOSE_ROW: &str = "flex items-start gap-3 py-1.5 coarse:py-2.5 cursor-pointer";

/// One answer out of a few, as radios: rows in one hairline box when `boxed`.
#[component]
pub fn RadioGroup(
    /// The form name.
    #[prop(into)]
    name: String,
    /// The question.
    #[prop(into)]
    legend: String,
    /// The answers, in order.
    options: Vec<ChoiceOption>,
    /// The chosen value.
    #[prop(optional, into)]
    value: String,
    /// The message below it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Help below the legend.
    #[prop(optional, into)]
    hint: String,
    /// Rows in a hairline box instead of loose lines.
    #[prop(optional)]
    boxed: bool,
    /// Keeps the legend for readers only.
    #[prop(optional)]
    legend_hidden: bool,
    /// Sends the form as soon as the choice changes, when hydrated.
    #[prop(optional)]
    auto_submit: bool,
) -> impl IntoView {
    let id = field_id(&name);
    let rows = options
        .into_iter()
        .enumerate()
        .map(|(place, option)| {
            // The first radio carries the group's id, so that an error links to it.
            let own = if place == 0 { id.clone() } else { format!("{id}-{place}") };
            let checked = option.value == value;
            view! {
                <label class=if boxed { ROW } else { LOOSE_ROW }>
                    <input
                        type="radio"
                        class="choice choice-radio"
                        id=own
                        name=name.clone()
                        value=option.value
                        checked=checked
                        on:change=move |event| {
                            if auto_submit {
                                crate::select::submit_form_of(&event);
                            }
                        }
                    />
                    <ChoiceText label=option.label note=option.note end=option.end/>
                </label>
            }
            .into_any()
        })
        .collect_view();
    view! { <ChoiceGroup id=id.clone() legend=legend hint=hint error=error boxed=boxed legend_hidden=legend_hidden>{rows}</ChoiceGroup> }
}

/// Any number of answers, as checkboxes that share a name.
#[component]
pub fn CheckboxGroup(
    /// The form name, shared by all.
    #[prop(into)]
    name: String,
    /// The question.
    #[prop(into)]
    legend: String,
    /// The answers, in order.
    options: Vec<ChoiceOption>,
    /// The chosen values.
    #[prop(optional)]
    values: Vec<String>,
    /// The message below it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Help below the legend.
    #[prop(optional, into)]
    hint: String,
    /// Rows in a hairline box instead of loose lines.
    #[prop(optional)]
    boxed: bool,
    /// Keeps the legend for readers only.
    #[prop(optional)]
    legend_hidden: bool,
) -> impl IntoView {
    let id = field_id(&name);
    let rows = options
        .into_iter()
        .enumerate()
        .map(|(place, option)| {
            let own = if place == 0 { id.clone() } else { format!("{id}-{place}") };
            let checked = values.contains(&option.value);
            view! {
                <label class=if boxed { ROW } else { LOOSE_ROW }>
                    <input
                        type="checkbox"
                        class="choice choice-check"
                        id=own
                        name=name.clone()
                        value=option.value
                        checked=checked
                    />
                    <ChoiceText label=option.label note=option.note end=option.end/>
                </label>
            }
            .into_any()
        })
        .collect_view();
    view! { <ChoiceGroup id=id.clone() legend=legend hint=hint error=error boxed=boxed legend_hidden=legend_hidden>{rows}</ChoiceGroup> }
}

#[component]
fn ChoiceGroup(
    id: String,
    legend: String,
    hint: String,
    error: MaybeProp<String>,
    boxed: bool,
    legend_hidden: bool,
    children: Children,
) -> impl IntoView {
    let described = crate::field::described_by(&id, !hint.is_empty(), error);
    view! {
        <fieldset class="flex flex-col gap-1.5 min-w-0" aria-describedby=described>
            <legend class=if legend_hidden {
                "sr-only"
            } else {
                "text-sm font-semibold mb-1.5"
            }>{legend}</legend>
            {(!hint.is_empty())
                .then(|| {
                    view! {
                        <p id=format!("{id}-hint") class="text-sm text-muted -mt-1.5">
                            {hint}
                        </p>
                    }.into_any()
                })}
            <div class=if boxed { ROWS } else { LOOSE }>{children()}</div>
            <FieldError id=id error=error/>
        </fieldset>
    }
}

/// A radio row that opens more below it while chosen, such as a payment method
/// with its card fields. Put several with one `name` into a `fieldset`.
#[component]
pub fn ChoiceRow(
    /// The form name, shared by the rows of one question.
    #[prop(into)]
    name: String,
    /// What this row sends.
    #[prop(into)]
    value: String,
    /// The title.
    #[prop(into)]
    label: String,
    /// A second line.
    #[prop(optional, into)]
    note: String,
    /// A value at the row's end.
    #[prop(optional, into)]
    end: String,
    /// Whether it is the chosen one.
    #[prop(optional)]
    checked: bool,
    /// What shows below while it is chosen.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let id = format!("{}-{}", field_id(&name), field_id(&value));
    view! {
        <div class="group border-b border-line last:border-b-0">
            <label class=ROW>
                <input
                    type="radio"
                    class="choice choice-radio"
                    id=given(id)
                    name=name
                    value=value
                    checked=checked
                />
                <ChoiceText label=label note=note end=end/>
            </label>
            {children
                .map(|children| {
                    view! {
                        <div class="hidden group-has-checked:block px-4 pb-4 pt-1 compact:px-3 bg-selected">
                            {children()}
                        </div>
                    }.into_any()
                })}
        </div>
    }
}

/// The box that [`ChoiceRow`]s stand in, with the question as its legend.
#[component]
pub fn ChoiceRows(
    /// The question.
    #[prop(into)]
    legend: String,
    /// Keeps the legend for readers only.
    #[prop(optional)]
    legend_hidden: bool,
    /// The rows.
    children: Children,
) -> impl IntoView {
    view! {
        <fieldset class="min-w-0">
            <legend class=if legend_hidden {
                "sr-only"
            } else {
                "text-sm font-semibold mb-1.5"
            }>{legend}</legend>
            <div class="rounded-md border border-line-strong bg-surface overflow-clip">{children()}</div>
        </fieldset>
    }
}
