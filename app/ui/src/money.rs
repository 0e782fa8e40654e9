//! An amount of money as it is typed.

use leptos::prelude::*;

use crate::field::{CONTROL, FieldFrame, described_by, field_id};

/// The amount typed so far, moved by `steps` whole units, with the typed
/// decimals and decimal mark kept. `None` when it is not a plain amount.
///
/// The last `.` or `,` with one or two digits behind it is the decimal mark;
/// every other mark groups and is dropped. Never goes below zero.
pub fn step_amount(typed: &str, steps: i64) -> Option<String> {
    let typed = typed.trim();
    let (whole, mark, decimals) = match typed.rfind(['.', ',']) {
        Some(at) if matches!(typed.len() - at - 1, 1 | 2) => {
            (&typed[..at], typed[at..].chars().next(), typed[at + 1..].to_string())
        }
        _ => (typed, None, String::new()),
    };
    let digits: String =
        whole.chars().filter(|c| !matches!(c, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'')).collect();
    let units: i64 = if digits.is_empty() {
        0
    } else if digits.bytes().all(|b| b.is_ascii_digit()) {
        digits.parse().ok()?
    } else {
        return None;
    };
    if !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let moved = units.checked_add(steps)?;
    let (units, decimals) = if moved < 0 { (0, "0".repeat(decimals.len())) } else { (moved, decimals) };
    Some(match mark {
        Some(mark) => format!("{units}{mark}{decimals}"),
        None => units.to_string(),
    })
}

/// An amount: a text input with the currency beside it. Sends what was typed;
/// the server reads it by the locale and keeps minor units.
///
/// Up and Down move by 1.00, with Shift by 10.00, when hydrated.
#[component]
pub fn MoneyField(
    /// The form name.
    #[prop(into)]
    name: String,
    /// The label above it.
    #[prop(into)]
    label: String,
    /// ISO 4217 code or symbol shown beside the input.
    #[prop(into)]
    currency: String,
    /// The currency stands after the amount, as the locale has it.
    #[prop(optional)]
    currency_after: bool,
    /// The amount as the locale writes it, without currency.
    #[prop(optional, into)]
    value: String,
    /// The message below it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Help between label and input.
    #[prop(optional, into)]
    hint: String,
    /// Sets `required`.
    #[prop(optional)]
    required: bool,
    /// Marks it "(optional)".
    #[prop(optional)]
    optional: bool,
    /// Shows the value without letting it change.
    #[prop(optional)]
    read_only: bool,
    /// Keeps the label for readers only.
    #[prop(optional)]
    label_hidden: bool,
    /// Classes of the frame.
    #[prop(optional, into)]
    class: String,
) -> impl IntoView {
    let id = field_id(&name);
    let described = described_by(&id, !hint.is_empty(), error);
    // The unit belongs to the name a reader hears.
    let spoken = format!("{label}, {currency}");
    let unit = view! { <span class="text-sm text-muted" aria-hidden="true">{currency}</span> };
    let input = view! {
        <input
            type="text"
            inputmode="decimal"
            autocomplete="off"
            dir="ltr"
            id=id
            name=name.clone()
            value=value
            class=format!("{CONTROL} text-end tabular-nums")
            required=required
            readonly=read_only
            aria-label=spoken
            aria-invalid=move || error.get().map(|_| "true")
            aria-describedby=described
            on:keydown=move |event| {
                let step = match event.key().as_str() {
                    "ArrowUp" => 1,
                    "ArrowDown" => -1,
                    _ => return,
                };
                let step = if event.shift_key() { step * 10 } else { step };
                if read_only {
                    return;
                }
                let input = event_target::<leptos::web_sys::HtmlInputElement>(&event);
                if let Some(next) = step_amount(&input.value(), step) {
                    event.prevent_default();
                    input.set_value(&next);
                }
            }
        />
    };
    let row = "flex items-center gap-2";
    view! {
        <FieldFrame
            name=name
            label=label
            hint=hint
            error=error
            optional=optional
            label_hidden=label_hidden
            class=class
        >
            {if currency_after {
                view! { <div class=row>{input} {unit}</div> }.into_any()
            } else {
                view! { <div class=row>{unit} {input}</div> }.into_any()
            }}
        </FieldFrame>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_move_whole_units_and_keep_the_decimals() {
        assert_eq!(step_amount("64.00", 1).as_deref(), Some("65.00"));
        assert_eq!(step_amount("64,50", -10).as_deref(), Some("54,50"));
        assert_eq!(step_amount("1.234,56", 10).as_deref(), Some("1244,56"));
        assert_eq!(step_amount("1,234", 1).as_deref(), Some("1235"));
        assert_eq!(step_amount("", 1).as_deref(), Some("1"));
    }

    #[test]
    fn an_amount_stops_at_zero_and_words_are_left_alone() {
        assert_eq!(step_amount("0.40", -1).as_deref(), Some("0.00"));
        assert_eq!(step_amount("five", 1), None);
        assert_eq!(step_amount("-5", 1), None);
        assert_eq!(step_amount("9223372036854775807", 1), None);
    }
}
