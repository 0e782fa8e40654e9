//! Narrowing a category or search: groups of values with counts.

use leptos::prelude::*;

use crate::button::{Button, ButtonKind};
use crate::field::{Field, FieldKind, field_id};
use crate::icons::{self, Icon};
use crate::search_box::Keep;
use crate::select::{Select, SelectOption};

/// One value of a facet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FacetValue {
    /// What the form sends.
    pub value: String,
    /// Its name.
    pub label: String,
    /// How many items have it, formatted.
    pub count: String,
    /// Whether it is picked.
    pub picked: bool,
}

/// What a facet narrows by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FacetKind {
    /// Any of these values. They never move when picked.
    Values(Vec<FacetValue>),
    /// Between two amounts, sent as `{name}.from` and `{name}.to`.
    Between {
        /// The smallest, as typed.
        from: String,
        /// The largest, as typed.
        to: String,
        /// What it counts in: "€".
        unit: String,
        /// How many items fall into each of some equal steps; empty draws none.
        histogram: Vec<u32>,
    },
}

/// One group of a facet panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// The form name.
    pub name: String,
    /// Its heading.
    pub label: String,
    /// What it narrows by.
    pub kind: FacetKind,
}

/// Values shown before "Show more".
const TOP: usize = 8;

/// The facet panel: one GET form. At the side of a list give it `auto_submit`;
/// in a sheet its button says how many items it will show.
#[component]
pub fn Facets(
    /// The page of the list.
    #[prop(into)]
    action: String,
    /// The groups.
    facets: Vec<Facet>,
    /// Other parameters to keep (sort, query).
    #[prop(optional)]
    keep: Vec<(String, String)>,
    /// The words of the button: "Show 128 items".
    #[prop(default = "Show items".to_string(), into)]
    submit_label: String,
    /// Sends the form on each pick, when hydrated.
    #[prop(optional)]
    auto_submit: bool,
    /// Tells two panels on one page apart.
    #[prop(default = "facets".to_string(), into)]
    id: String,
) -> impl IntoView {
    view! {
        <form method="get"
            action=action
            data-noscroll="true"
            class="flex flex-col"
            aria-label="Narrow the list"
        >
            <Keep pairs=keep/>
            {facets
                .into_iter()
                .map(|facet| {
                    let id = format!("{id}-{}", field_id(&facet.name));
                    view! { <FacetGroup facet=facet id=id auto_submit=auto_submit/> }.into_any()
                })
                .collect_view()}
            <div class=if auto_submit { "pt-4 hidden noscript:block" } else { "sticky -bottom-4 -mb-4 bg-raised py-4" }>
                <Button kind=if auto_submit { ButtonKind::Outline } else { ButtonKind::Ink } block=true>
                    {submit_label}
                </Button>
            </div>
        </form>
    }
}

#[component]
fn FacetGroup(facet: Facet, id: String, auto_submit: bool) -> impl IntoView {
    let name = facet.name;
    let content = match facet.kind {
        FacetKind::Values(values) => {
            let item = {
                let name = name.clone();
                move |place: usize, value: FacetValue| {
                    view! {
                        <label class="flex items-center gap-3 min-h-9 coarse:min-h-11 cursor-pointer group/row">
                            <input
                                type="checkbox"
                                class="choice choice-check"
                                id=format!("{id}-{place}")
                                name=name.clone()
                                value=value.value
                                checked=value.picked
                                on:change=move |event| {
                                    if auto_submit {
                                        crate::select::submit_form_of(&event);
                                    }
                                }
                            />
                            <span class="flex-1 min-w-0 group-hover/row:underline underline-offset-4">{value.label}</span>
                            <span class="text-sm text-muted tabular-nums">{value.count}</span>
                        </label>
                    }
                }
            };
            let more_picked = values.iter().skip(TOP).any(|value| value.picked);
            let mut values = values.into_iter().enumerate();
            let top: Vec<_> = values.by_ref().take(TOP).map(|(place, value)| item(place, value)).collect();
            let rest: Vec<_> = values.map(|(place, value)| item(place, value)).collect();
            let rest_count = rest.len();
            view! {
                {top}
                {(rest_count > 0)
                    .then(|| {
                        view! {
                            <details open=more_picked class="group/more">
                                <summary class="inline-flex items-center min-h-9 text-sm cursor-pointer list-none hover:underline underline-offset-4 rounded-xs [&::-webkit-details-marker]:hidden">
                                    <span class="group-open/more:hidden">{format!("Show {rest_count} more")}</span>
                                    <span class="hidden group-open/more:inline">"Show fewer"</span>
                                </summary>
                                {rest}
                            </details>
                        }.into_any()
                    })}
            }
            .into_any()
        }
        FacetKind::Between { from, to, unit, histogram } => view! {
            {(!histogram.is_empty()).then(|| view! { <Histogram counts=histogram/> }.into_any())}
            <div class="grid grid-cols-[1fr_1fr_auto] items-end gap-2">
                <Field
                    name=format!("{name}.from")
                    label=format!("From, {unit}")
                    value=from
                    kind=FieldKind::Decimal
                />
                <Field
                    name=format!("{name}.to")
                    label=format!("To, {unit}")
                    value=to
                    kind=FieldKind::Decimal
                />
                <Button kind=ButtonKind::Outline>"Set"</Button>
            </div>
        }
        .into_any(),
    };
    view! {
        <fieldset class="border-b border-line py-4 first:pt-0 min-w-0">
            <legend class="sr-only">{facet.label.clone()}</legend>
            <details open=true class="group/facet">
                <summary class="flex items-center justify-between min-h-9 font-semibold cursor-pointer list-none rounded-xs [&::-webkit-details-marker]:hidden">
                    {facet.label}
                    <span class="text-muted transition-transform duration-(--dur-2) group-open/facet:rotate-180">
                        <Icon glyph=icons::CHEVRON_DOWN small=true/>
                    </span>
                </summary>
                <div class="pt-1">{content}</div>
            </details>
        </fieldset>
    }
}

/// The distribution of items over a range, as bars.
#[component]
fn Histogram(counts: Vec<u32>) -> impl IntoView {
    let top = counts.iter().copied().max().unwrap_or(0).max(1);
    let width = counts.len() * 10;
    let bars = counts
        .into_iter()
        .enumerate()
        .map(|(place, count)| {
            // Whole units: the picture must be the same on server and client.
            let height = (u64::from(count) * 40).div_ceil(u64::from(top)).min(40);
            view! {
                <rect
                    x=(place * 10 + 1).to_string()
                    y=(40 - height).to_string()
                    width="8"
                    height=height.to_string()
                />
            }
            .into_any()
        })
        .collect_view();
    view! {
        <svg
            viewBox=format!("0 0 {width} 40")
            preserveAspectRatio="none"
            aria-hidden="true"
            class="block w-full h-10 mb-3 fill-line-strong"
        >
            {bars}
        </svg>
    }
}

/// A filter in use, over the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedFilter {
    /// What it asks for: "Glaze: Sand".
    pub label: String,
    /// The page without it.
    pub remove_href: String,
}

/// The filters in use, each with its remove link, and "Clear filters".
#[component]
pub fn AppliedFilters(
    /// The filters, in the order picked.
    filters: Vec<AppliedFilter>,
    /// The page without any.
    #[prop(into)]
    clear_href: String,
) -> impl IntoView {
    (!filters.is_empty()).then(|| {
        view! {
            <ul class="flex flex-wrap items-center gap-2" aria-label="Filters in use">
                {filters
                    .into_iter()
                    .map(|filter| {
                        view! {
                            <li>
                                <a
                                    href=filter.remove_href
                                    class="inline-flex items-center gap-1.5 min-h-8 coarse:min-h-11 ps-3 pe-2 rounded-md border border-line-strong bg-surface text-sm hover:bg-hover"
                                >
                                    <span class="sr-only">"Remove "</span>
                                    {filter.label}
                                    <span class="text-muted">
                                        <Icon glyph=icons::CLOSE small=true/>
                                    </span>
                                </a>
                            </li>
                        }.into_any()
                    })
                    .collect_view()}
                <li>
                    <a
                        href=clear_href
                        class="inline-flex items-center min-h-8 coarse:min-h-11 px-2 text-sm underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2 rounded-xs"
                    >
                        "Clear filters"
                    </a>
                </li>
            </ul>
        }.into_any()
    })
}

/// The order of a list: a select that sends itself, with a button for those
/// without JavaScript.
#[component]
pub fn SortBy(
    /// The page of the list.
    #[prop(into)]
    action: String,
    /// The orders.
    options: Vec<SelectOption>,
    /// The order now.
    #[prop(optional, into)]
    value: String,
    /// Other parameters to keep.
    #[prop(optional)]
    keep: Vec<(String, String)>,
    /// The parameter.
    #[prop(default = "sort".to_string(), into)]
    name: String,
) -> impl IntoView {
    view! {
        <form method="get"
            action=action
            data-noscroll="true"
            class="inline-flex flex-wrap items-center justify-end gap-2"
        >
            <Keep pairs=keep/>
            <span class="text-sm text-muted whitespace-nowrap" aria-hidden="true">
                "Sort by"
            </span>
            <Select
                name=name
                label="Sort by"
                label_hidden=true
                options=options
                value=value
                auto_submit=true
                small=true
                class="min-w-40"
            />
            <crate::quantity::UpdateButton label="Sort"/>
        </form>
    }
}
