//! A postal address: one full name, postcode before city, the rest behind a
//! link.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error_summary::{Issue, issue_of};
use crate::field::{Field, FieldKind};
use crate::select::{Select, SelectOption};

/// The answers of an address form, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressValues {
    /// The whole name, in one field.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Flat or floor.
    pub line2: String,
    /// Company.
    pub company: String,
    /// Postcode.
    pub postcode: String,
    /// City.
    pub city: String,
    /// Region, where the country has one.
    pub region: String,
    /// ISO 3166 alpha-2 country.
    pub country: String,
    /// Telephone.
    pub phone: String,
}

/// An address. Field names are `{prefix}[name]`, `[line1]`, `[line2]`,
/// `[company]`, `[postcode]`, `[city]`, `[region]`, `[country]`, `[phone]`.
#[component]
pub fn Address(
    /// First part of the field names.
    #[prop(default = "addr".to_string(), into)]
    prefix: String,
    /// What it starts with.
    #[prop(optional)]
    values: AddressValues,
    /// The countries one can choose; with one or none the country is text.
    #[prop(optional)]
    countries: Vec<SelectOption>,
    /// Answers to correct, under the full field names.
    #[prop(optional, into)]
    issues: Signal<Vec<Issue>>,
    /// The question, for readers.
    #[prop(default = "Address".to_string(), into)]
    legend: String,
    /// First word of the autocomplete tokens: `shipping` or `billing`.
    #[prop(default = "shipping".to_string(), into)]
    purpose: String,
    /// Why a telephone number is needed; empty asks for none.
    #[prop(optional, into)]
    phone_reason: String,
    /// Label of the region, where the country needs one; empty asks for none.
    #[prop(optional, into)]
    region_label: String,
    /// An example of the country's postcode: "like 104 31".
    #[prop(optional, into)]
    postcode_hint: String,
) -> impl IntoView {
    let field = {
        let prefix = prefix.clone();
        move |part: &str| format!("{prefix}[{part}]")
    };
    let error = {
        let field = field.clone();
        move |part: &str| {
            let name = field(part);
            Signal::derive(move || issue_of(&issues.get(), &name))
        }
    };
    let token = move |part: &str| format!("{purpose} {part}");
    let more_open = !values.line2.is_empty()
        || !values.company.is_empty()
        || issues
            .with_untracked(|all| all.iter().any(|i| i.name == field("line2") || i.name == field("company")));
    let country = match countries.len() {
        0 | 1 => {
            let (code, label) = countries
                .into_iter()
                .next()
                .map(|only| (only.value, only.label))
                .unwrap_or_else(|| (values.country.clone(), values.country.clone()));
            view! {
                <input type="hidden" name=field("country") value=code/>
                {(!label.is_empty())
                    .then(|| view! { <p class="text-sm">"Delivering to " <span class="font-semibold">{label}</span></p> }.into_any())}
            }
            .into_any()
        }
        _ => view! {
            <Select
                name=field("country")
                label="Country"
                options=countries
                value=values.country.clone()
                autocomplete=token("country")
                error=error("country")
            />
        }
        .into_any(),
    };
    view! {
        <fieldset class="flex flex-col gap-4 min-w-0">
            <legend class="sr-only">{legend}</legend>
            {country}
            <Field
                name=field("name")
                label="Full name"
                value=values.name
                autocomplete=token("name")
                required=true
                error=error("name")
            />
            <Field
                name=field("line1")
                label="Street and number"
                value=values.line1
                autocomplete=token("address-line1")
                required=true
                error=error("line1")
            />
            <details class="group" open=more_open>
                <summary class="inline-flex items-center min-h-6 text-sm cursor-pointer underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2 rounded-xs list-none [&::-webkit-details-marker]:hidden">
                    "Add flat, floor or company"
                </summary>
                <div class="flex flex-col gap-4 pt-4">
                    <Field
                        name=field("line2")
                        label="Flat or floor"
                        value=values.line2
                        autocomplete=token("address-line2")
                        optional=true
                        error=error("line2")
                    />
                    <Field
                        name=field("company")
                        label="Company"
                        value=values.company
                        autocomplete=token("organization")
                        optional=true
                        error=error("company")
                    />
                </div>
            </details>
            <div class="grid grid-cols-[minmax(7rem,2fr)_3fr] gap-4 items-start">
                <Field
                    name=field("postcode")
                    label="Postcode"
                    value=values.postcode
                    autocomplete=token("postal-code")
                    placeholder=postcode_hint
                    required=true
                    error=error("postcode")
                />
                <Field
                    name=field("city")
                    label="City"
                    value=values.city
                    autocomplete=token("address-level2")
                    required=true
                    error=error("city")
                />
            </div>
            {(!region_label.is_empty())
                .then(|| {
                    view! {
                        <Field
                            name=field("region")
                            label=region_label
                            value=values.region
                            autocomplete=token("address-level1")
                            required=true
                            error=error("region")
                        />
                    }.into_any()
                })}
            {(!phone_reason.is_empty())
                .then(|| {
                    view! {
                        <Field
                            name=field("phone")
                            label="Phone"
                            hint=phone_reason
                            kind=FieldKind::Tel
                            value=values.phone
                            autocomplete=token("tel")
                            required=true
                            error=error("phone")
                        />
                    }.into_any()
                })}
        </fieldset>
    }
}

/// An address as text, one line each, empty lines left out.
#[component]
pub fn AddressText(
    /// The lines, as the country writes them.
    lines: Vec<String>,
) -> impl IntoView {
    view! {
        <address class="not-italic">
            {lines
                .into_iter()
                .filter(|line| !line.is_empty())
                .map(|line| view! { <span class="block">{line}</span> }.into_any())
                .collect_view()}
        </address>
    }
}
