//! Choosing among the variants of a product.

use leptos::prelude::*;

use crate::field::{field_id, given};
use crate::quantity::UpdateButton;
use crate::search_box::Keep;

/// One value of an option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VariantValue {
    /// What the form sends.
    pub value: String,
    /// Its name.
    pub label: String,
    /// A colour of the swatch (`#rrggbb`); empty for none.
    pub colour: String,
    /// Sold out: still selectable, so that one can ask to be told.
    pub sold_out: bool,
    /// Not made in this combination: dimmed, with the reason. Empty when it is.
    pub impossible: String,
}

/// How an option's values are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VariantLook {
    /// Words in pills.
    #[default]
    Pills,
    /// A colour beside each word.
    Swatches,
    /// An even grid of short words.
    Sizes,
}

/// One option of a product, such as Glaze, with its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VariantOption {
    /// The form name.
    pub name: String,
    /// The option's name.
    pub label: String,
    /// The chosen value.
    pub chosen: String,
    /// How it is drawn.
    pub look: VariantLook,
    /// The values, in order.
    pub values: Vec<VariantValue>,
}

/// A colour as a small disc. Drawn as SVG, so that no inline style is needed.
#[component]
pub fn Swatch(
    /// `#rrggbb`.
    #[prop(into)]
    colour: String,
) -> impl IntoView {
    view! {
        <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" class="shrink-0">
            <circle cx="8" cy="8" r="7.5" fill=colour stroke="currentColor" stroke-opacity=".35"/>
        </svg>
    }
}

/// The options of a product as radio groups in a GET form to the product's own
/// page. A choice navigates at once when hydrated; an Update button does it
/// without JavaScript.
#[component]
pub fn VariantPicker(
    /// The product's page.
    #[prop(into)]
    action: String,
    /// The options, in order.
    options: Vec<VariantOption>,
    /// Other parameters to keep.
    #[prop(optional)]
    keep: Vec<(String, String)>,
) -> impl IntoView {
    view! {
        <form method="get"
            action=action
            data-noscroll="true"
            data-replace="true"
            class="flex flex-col gap-6"
        >
            <Keep pairs=keep/>
            {options
                .into_iter()
                .map(|option| view! { <VariantGroup option=option/> }.into_any())
                .collect_view()}
            <div class="hidden noscript:block">
                <UpdateButton/>
            </div>
        </form>
    }
}

#[component]
fn VariantGroup(option: VariantOption) -> impl IntoView {
    let chosen_label =
        option.values.iter().find(|value| value.value == option.chosen).map(|value| value.label.clone());
    let list = match option.look {
        VariantLook::Sizes => "grid grid-cols-[repeat(auto-fill,minmax(3.5rem,1fr))] gap-2",
        VariantLook::Pills | VariantLook::Swatches => "flex flex-wrap gap-2",
    };
    let name = option.name;
    let chosen = option.chosen;
    let look = option.look;
    view! {
        <fieldset class="min-w-0">
            <legend class="mb-2">
                <span class="font-semibold">{option.label}</span>
                {chosen_label.map(|label| view! { ": " <span>{label}</span> }.into_any())}
            </legend>
            <div class=list>
                {option
                    .values
                    .into_iter()
                    .map(|value| {
                        let checked = value.value == chosen;
                        let id = format!("{}-{}", field_id(&name), field_id(&value.value));
                        let pill = match (value.sold_out, value.impossible.is_empty()) {
                            (_, false) => {
                                "relative inline-flex items-center justify-center gap-2 min-h-11 px-4 rounded-md border border-line bg-sunken text-muted cursor-pointer has-checked:border-ink has-checked:ring-1 has-checked:ring-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus"
                            }
                            (true, true) => {
                                "relative inline-flex items-center justify-center gap-2 min-h-11 px-4 rounded-md border border-dashed border-control bg-surface text-muted line-through cursor-pointer hover:bg-hover has-checked:border-ink has-checked:ring-1 has-checked:ring-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus"
                            }
                            (false, true) => {
                                "relative inline-flex items-center justify-center gap-2 min-h-11 px-4 rounded-md border border-control bg-surface cursor-pointer hover:bg-hover has-checked:border-ink has-checked:ring-1 has-checked:ring-ink has-checked:font-semibold has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus"
                            }
                        };
                        let note = if !value.impossible.is_empty() {
                            Some(value.impossible.clone())
                        } else if value.sold_out {
                            Some("sold out".to_string())
                        } else {
                            None
                        };
                        view! {
                            <label class=pill title=given(value.impossible)>
                                <input
                                    type="radio"
                                    class="sr-only"
                                    id=id
                                    name=name.clone()
                                    value=value.value
                                    checked=checked
                                    on:change=|event| crate::select::submit_form_of(&event)
                                />
                                {(look == VariantLook::Swatches && !value.colour.is_empty())
                                    .then(|| view! { <Swatch colour=value.colour/> }.into_any())}
                                <span>{value.label}</span>
                                {note
                                    .map(|note| {
                                        view! { <span class="sr-only">{format!(", {note}")}</span> }.into_any()
                                    })}
                            </label>
                        }.into_any()
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}
