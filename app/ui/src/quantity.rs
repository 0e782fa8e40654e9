//! How many: a number between two buttons.

use leptos::prelude::*;

use crate::field::{FieldError, field_id};
use crate::icons::{self, Icon};

/// `wanted` brought between `min` and `max` (`max` 0 means no limit).
pub fn within(wanted: i64, min: u32, max: u32) -> u32 {
    let top = if max == 0 { u32::MAX } else { max.max(min) };
    u32::try_from(wanted.max(0)).unwrap_or(u32::MAX).clamp(min, top)
}

/// A quantity. The number input works by itself; the two buttons appear where
/// scripts run. Removing a line is a link of its own, so `min` is at least 1.
///
/// With `auto_submit` a change sends the form when hydrated; add
/// [`UpdateButton`] to the form for everybody else.
#[component]
pub fn Quantity(
    /// The form name.
    #[prop(into)]
    name: String,
    /// What is counted, for readers: "Quantity of Salt-glazed jug".
    #[prop(into)]
    label: String,
    /// Shows the label above, as in a form; elsewhere it is for readers.
    #[prop(optional)]
    label_shown: bool,
    /// How many now.
    #[prop(default = 1)]
    value: u32,
    /// The fewest.
    #[prop(default = 1)]
    min: u32,
    /// The most; 0 for no limit.
    #[prop(optional)]
    max: u32,
    /// What to say at the limit: "Only 3 left".
    #[prop(optional, into)]
    max_note: String,
    /// The message below it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// The lower height, for table cells.
    #[prop(optional)]
    small: bool,
    /// Sends the form when the number changes.
    #[prop(optional)]
    auto_submit: bool,
    /// Id of the input, when the name is used twice on a page.
    #[prop(optional, into)]
    id: String,
) -> impl IntoView {
    let id = if id.is_empty() { field_id(&name) } else { id };
    let input = NodeRef::<leptos::html::Input>::new();
    let count = RwSignal::new(within(i64::from(value), min, max));
    let note_id = format!("{id}-note");
    let error_id = format!("{id}-error");
    let at_max = {
        let noted = !max_note.is_empty();
        move || noted && max > 0 && count.get() >= max
    };
    let set = move |wanted: i64| {
        let next = within(wanted, min, max);
        count.set(next);
        if let Some(input) = input.get_untracked() {
            input.set_value(&next.to_string());
            if auto_submit && let Some(form) = input.form() {
                let _ = form.request_submit();
            }
        }
    };
    let (frame, button, number) = if small {
        (
            "inline-flex items-stretch min-h-(--ctl-sm) rounded-md border border-control bg-surface has-aria-invalid:border-2 has-aria-invalid:border-bad",
            "noscript:hidden inline-grid place-items-center w-8 coarse:w-11 cursor-pointer rounded-sm hover:bg-hover aria-disabled:text-muted aria-disabled:cursor-default focus-visible:-outline-offset-2",
            "quantity w-10 noscript:w-18 bg-transparent text-center tabular-nums text-sm focus-visible:-outline-offset-2",
        )
    } else {
        (
            "inline-flex items-stretch min-h-(--ctl) rounded-md border border-control bg-surface has-aria-invalid:border-2 has-aria-invalid:border-bad",
            "noscript:hidden inline-grid place-items-center w-11 cursor-pointer rounded-sm hover:bg-hover aria-disabled:text-muted aria-disabled:cursor-default focus-visible:-outline-offset-2",
            "quantity w-12 noscript:w-20 bg-transparent text-center tabular-nums text-(length:--ctl-text) focus-visible:-outline-offset-2",
        )
    };
    view! {
        <div class="flex flex-col gap-1.5 items-start">
            {label_shown
                .then(|| {
                    view! {
                        <label for=id.clone() class="text-sm font-semibold">
                            {label.clone()}
                        </label>
                    }.into_any()
                })}
            <div class=frame role="group" aria-label=label.clone()>
                <button
                    type="button"
                    class=button
                    aria-label="One fewer"
                    aria-controls=id.clone()
                    aria-disabled=move || (count.get() <= min).then_some("true")
                    on:click=move |_| set(i64::from(count.get_untracked()) - 1)
                >
                    <Icon glyph=icons::MINUS small=true/>
                </button>
                <input
                    node_ref=input
                    type="number"
                    inputmode="numeric"
                    id=id.clone()
                    name=name
                    value=value.to_string()
                    min=min.to_string()
                    max=(max > 0).then(|| max.to_string())
                    step="1"
                    class=number
                    aria-label=label.clone()
                    aria-invalid=move || error.get().map(|_| "true")
                    aria-describedby={
                        let note_id = note_id.clone();
                        let error_id = error_id.clone();
                        move || {
                            if error.get().is_some() {
                                Some(error_id.clone())
                            } else {
                                at_max().then(|| note_id.clone())
                            }
                        }
                    }
                    on:change=move |event| {
                        let typed = event_target_value(&event).trim().parse::<i64>();
                        set(typed.unwrap_or(i64::from(count.get_untracked())));
                    }
                    on:keydown=move |event| {
                        let by = match event.key().as_str() {
                            "PageUp" => 10,
                            "PageDown" => -10,
                            _ => return,
                        };
                        event.prevent_default();
                        set(i64::from(count.get_untracked()) + by);
                    }
                />
                <button
                    type="button"
                    class=button
                    aria-label="One more"
                    aria-controls=id.clone()
                    aria-disabled=move || (max > 0 && count.get() >= max).then_some("true")
                    on:click=move |_| set(i64::from(count.get_untracked()) + 1)
                >
                    <Icon glyph=icons::PLUS small=true/>
                </button>
            </div>
            <div role="status" class="text-sm text-muted empty:hidden" id=note_id>
                {move || at_max().then(|| max_note.clone())}
            </div>
            <FieldError id=id error=error/>
        </div>
    }
}

/// The button of a form that sends itself where scripts run: shown only where
/// they do not.
#[component]
pub fn UpdateButton(
    /// Its words.
    #[prop(default = "Update".to_string(), into)]
    label: String,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            class="hidden noscript:inline-flex items-center justify-center min-h-(--ctl-sm) px-3.5 rounded-md border border-control bg-surface text-sm font-semibold cursor-pointer hover:bg-hover"
        >
            {label}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_stays_between_its_limits() {
        assert_eq!(within(0, 1, 3), 1);
        assert_eq!(within(2, 1, 3), 2);
        assert_eq!(within(9, 1, 3), 3);
        assert_eq!(within(-4, 1, 0), 1);
        assert_eq!(within(i64::MAX, 1, 0), u32::MAX);
    }

    #[test]
    fn a_limit_below_the_minimum_does_not_panic() {
        assert_eq!(within(5, 2, 1), 2);
    }
}
