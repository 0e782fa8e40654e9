//! Filters over a staff table: chips that open their editor.

use leptos::prelude::*;

use crate::button::Button;
use crate::choice::{CheckboxGroup, ChoiceOption, RadioGroup};
use crate::date::DateField;
use crate::field::{Field, FieldKind, field_id};
use crate::icons::{self, Icon};
use crate::search_box::Keep;

/// What a filter compares with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterKind {
    /// Contains these words.
    Text {
        /// The words.
        value: String,
    },
    /// Is one of these.
    Enum {
        /// Everything it can be.
        options: Vec<ChoiceOption>,
        /// What is asked for.
        chosen: Vec<String>,
    },
    /// An amount or number between two, sent as `{name}.from` and `{name}.to`.
    Range {
        /// The smallest, as typed.
        from: String,
        /// The largest, as typed.
        to: String,
        /// What it counts in: "EUR".
        unit: String,
    },
    /// A date between two, sent as `{name}.from` and `{name}.to`.
    Dates {
        /// The first day, as typed.
        from: String,
        /// The last day, as typed.
        to: String,
    },
    /// Yes or no.
    YesNo {
        /// `true`, `false`, or empty for either.
        value: String,
    },
}

/// One filter of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Its parameter, `f.status`.
    pub name: String,
    /// Its column's heading.
    pub label: String,
    /// What it asks for, in words: "is Paid, Held". Empty while it is not used.
    pub words: String,
    /// The page without it; only read while it is used.
    pub remove_href: String,
    /// How it compares.
    pub kind: FilterKind,
}

/// Whether `name` is a parameter of the filter `filter`.
fn belongs(name: &str, filter: &str) -> bool {
    name == filter || name.strip_prefix(filter).is_some_and(|rest| rest == ".from" || rest == ".to")
}

/// The chips of the filters in use, "Add filter" for the others, "Clear all".
/// Each editor is a GET form to `action`; it applies on Apply.
#[component]
pub fn FilterBar(
    /// The page of the table.
    #[prop(into)]
    action: String,
    /// Every filter the table has.
    filters: Vec<Filter>,
    /// All parameters of the page now, except the cursor. A filter's own are
    /// replaced by its form.
    #[prop(optional)]
    parameters: Vec<(String, String)>,
    /// The page without any filter.
    #[prop(into)]
    clear_href: String,
) -> impl IntoView {
    let (used, unused): (Vec<Filter>, Vec<Filter>) =
        filters.into_iter().partition(|filter| !filter.words.is_empty());
    let any = !used.is_empty();
    let keep_for = {
        let parameters = parameters.clone();
        move |filter: &str| -> Vec<(String, String)> {
            parameters.iter().filter(|(name, _)| !belongs(name, filter)).cloned().collect()
        }
    };
    let chips = used
        .into_iter()
        .map(|filter| {
            let id = format!("filter-{}", field_id(&filter.name));
            let keep = keep_for(&filter.name);
            let action = action.clone();
            let remove = format!("Remove filter {} {}", filter.label, filter.words);
            view! {
                <li class="inline-flex items-stretch rounded-md border border-line-strong bg-surface">
                    <button
                        type="button"
                        popovertarget=id.clone()
                        class="inline-flex items-center gap-1 min-h-(--ctl-sm) ps-2.5 pe-1.5 text-sm cursor-pointer rounded-s-md hover:bg-hover"
                    >
                        <span class="font-semibold">{filter.label.clone()}</span>
                        <span>{filter.words.clone()}</span>
                    </button>
                    <a
                        href=filter.remove_href.clone()
                        aria-label=remove
                        class="inline-grid place-items-center w-7 coarse:w-11 rounded-e-md text-muted hover:bg-hover hover:text-fg"
                    >
                        <Icon glyph=icons::CLOSE small=true/>
                    </a>
                    <div popover="auto" id=id class="panel">
                        <FilterForm action=action filter=filter keep=keep/>
                    </div>
                </li>
            }.into_any()
        })
        .collect_view();
    let more = (!unused.is_empty()).then(|| {
        view! {
            <li>
                <button
                    type="button"
                    popovertarget="add-filter"
                    class="inline-flex items-center gap-1.5 min-h-(--ctl-sm) px-2.5 text-sm font-semibold rounded-md cursor-pointer hover:bg-hover"
                >
                    <Icon glyph=icons::FILTER small=true/>
                    "Add filter"
                </button>
                <div popover="auto" id="add-filter" class="panel p-1 min-w-56">
                    {unused
                        .into_iter()
                        .map(|filter| {
                            let keep = keep_for(&filter.name);
                            let action = action.clone();
                            let label = filter.label.clone();
                            view! {
                                <details name="add-filter">
                                    <summary class="flex items-center min-h-(--ctl-sm) px-2.5 text-sm rounded-sm cursor-pointer list-none hover:bg-hover [&::-webkit-details-marker]:hidden">
                                        {label}
                                    </summary>
                                    <FilterForm action=action filter=filter keep=keep/>
                                </details>
                            }.into_any()
                        })
                        .collect_view()}
                </div>
            </li>
        }.into_any()
    });
    view! {
        <ul class="flex flex-wrap items-center gap-2" aria-label="Filters">
            {chips}
            {more}
            {any
                .then(|| {
                    view! {
                        <li>
                            <a
                                href=clear_href
                                class="inline-flex items-center min-h-(--ctl-sm) px-2.5 text-sm hover:underline underline-offset-4 rounded-sm"
                            >
                                "Clear all"
                            </a>
                        </li>
                    }.into_any()
                })}
        </ul>
    }
}

#[component]
fn FilterForm(action: String, filter: Filter, keep: Vec<(String, String)>) -> impl IntoView {
    let from = format!("{}.from", filter.name);
    let to = format!("{}.to", filter.name);
    let editor = match filter.kind {
        FilterKind::Text { value } => view! {
            <Field name=filter.name label=format!("{} contains", filter.label) value=value/>
        }
        .into_any(),
        FilterKind::Enum { options, chosen } => view! {
            <CheckboxGroup
                name=filter.name
                legend=format!("{} is", filter.label)
                options=options
                values=chosen
            />
        }
        .into_any(),
        FilterKind::Range { from: low, to: high, unit } => view! {
            <fieldset class="flex flex-col gap-2">
                <legend class="text-sm font-semibold mb-1.5">{format!("{}, {unit}", filter.label)}</legend>
                <div class="grid grid-cols-2 gap-2 max-w-64">
                    <Field name=from label="From" value=low kind=FieldKind::Decimal/>
                    <Field name=to label="To" value=high kind=FieldKind::Decimal/>
                </div>
            </fieldset>
        }
        .into_any(),
        FilterKind::Dates { from: first, to: last } => view! {
            <fieldset class="flex flex-col gap-2">
                <legend class="text-sm font-semibold mb-1.5">{filter.label}</legend>
                <DateField name=from label="From" value=first/>
                <DateField name=to label="To" value=last hint=""/>
            </fieldset>
        }
        .into_any(),
        FilterKind::YesNo { value } => view! {
            <RadioGroup
                name=filter.name
                legend=filter.label
                options=vec![ChoiceOption::new("true", "Yes"), ChoiceOption::new("false", "No")]
                value=value
            />
        }
        .into_any(),
    };
    view! {
        <leptos_router::components::Form action=action attr:class="flex flex-col gap-3 p-3 min-w-56">
            <Keep pairs=keep/>
            {editor}
            <Button small=true>"Apply"</Button>
        </leptos_router::components::Form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_owns_its_name_and_its_ends() {
        assert!(belongs("f.total", "f.total"));
        assert!(belongs("f.total.from", "f.total"));
        assert!(!belongs("f.totals", "f.total"));
        assert!(!belongs("sort", "f.total"));
    }
}
