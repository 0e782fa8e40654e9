//! Card number, expiry and CVC.

use leptos::prelude::*;

use crate::error_summary::{Issue, issue_of};
use crate::field::{CONTROL, FieldFrame, described_by, field_id};

/// The digits of a card number in the groups its brand prints: 4-6-5 for
/// American Express, fours for all others. Other characters are dropped, and
/// digits after the nineteenth.
pub fn group_card_number(typed: &str) -> String {
    let digits: Vec<char> = typed.chars().filter(char::is_ascii_digit).take(19).collect();
    let amex = digits.starts_with(&['3', '4']) || digits.starts_with(&['3', '7']);
    let mut grouped = String::with_capacity(digits.len() + 4);
    for (place, digit) in digits.iter().enumerate() {
        let gap = if amex { place == 4 || place == 10 } else { place > 0 && place % 4 == 0 };
        if gap {
            grouped.push(' ');
        }
        grouped.push(*digit);
    }
    grouped
}

/// The brand a card number begins like, as its owner calls it.
pub fn card_brand(typed: &str) -> Option<&'static str> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).take(4).collect();
    let head = |n: usize| digits.get(..n).and_then(|text| text.parse::<u32>().ok());
    match (head(1), head(2), head(4)) {
        (Some(4), _, _) => Some("Visa"),
        (_, Some(34 | 37), _) => Some("American Express"),
        (_, Some(51..=55), _) | (_, _, Some(2221..=2720)) => Some("Mastercard"),
        (_, Some(50 | 56..=58), _) | (_, _, Some(6304 | 6759 | 6761..=6763)) => Some("Maestro"),
        _ => None,
    }
}

/// An expiry as it is typed, `0427` or `04/27`, written "04 / 27".
pub fn group_expiry(typed: &str) -> String {
    let mut digits: String = typed.chars().filter(char::is_ascii_digit).take(4).collect();
    // A month of one digit was meant when it cannot start a two-digit one.
    if digits.starts_with(|c| ('2'..='9').contains(&c)) {
        digits.insert(0, '0');
        digits.truncate(4);
    }
    if digits.len() > 2 { format!("{} / {}", &digits[..2], &digits[2..]) } else { digits }
}

/// Card number, expiry and CVC, named `{prefix}[number]`, `[expiry]`, `[cvc]`.
/// Their values are never stored for a redisplay, so they start empty.
#[component]
pub fn CardFields(
    /// First part of the field names.
    #[prop(default = "card".to_string(), into)]
    prefix: String,
    /// Answers to correct, under the full field names.
    #[prop(optional, into)]
    issues: Signal<Vec<Issue>>,
) -> impl IntoView {
    let [number, expiry, cvc] = ["number", "expiry", "cvc"].map(|part| format!("{prefix}[{part}]"));
    let error = |name: &str| -> MaybeProp<String> {
        let name = name.to_string();
        Signal::derive(move || issue_of(&issues.get(), &name)).into()
    };
    let (number_error, expiry_error, cvc_error) = (error(&number), error(&expiry), error(&cvc));
    let describe = |name: &str, error: MaybeProp<String>| described_by(&field_id(name), false, error);
    let number_described = describe(&number, number_error);
    let expiry_described = describe(&expiry, expiry_error);
    let cvc_described = describe(&cvc, cvc_error);
    let brand = RwSignal::new(None::<&'static str>);
    view! {
        <div class="grid grid-cols-2 gap-4 items-start">
            <FieldFrame
                name=number.clone()
                label="Card number"
                error=number_error
                class="col-span-2"
            >
                <div class="relative">
                    <input
                        type="text"
                        inputmode="numeric"
                        autocomplete="cc-number"
                        dir="ltr"
                        id=field_id(&number)
                        name=number
                        required=true
                        maxlength="23"
                        class=format!("{CONTROL} tabular-nums")
                        aria-invalid=move || number_error.get().map(|_| "true")
                        aria-describedby=number_described
                        on:input=move |event| {
                            let input = event_target::<leptos::web_sys::HtmlInputElement>(&event);
                            let typed = input.value();
                            brand.set(card_brand(&typed));
                            let grouped = group_card_number(&typed);
                            // Only while typing at the end: moving the caret would be rude.
                            let end = u32::try_from(typed.len()).unwrap_or(u32::MAX);
                            if grouped != typed && input.selection_start().ok().flatten() == Some(end) {
                                input.set_value(&grouped);
                            }
                        }
                    />
                    <span class="pointer-events-none absolute inset-y-0 end-3 inline-flex items-center text-sm text-muted">
                        {move || brand.get()}
                    </span>
                </div>
            </FieldFrame>
            <FieldFrame name=expiry.clone() label="Expiry, MM / YY" error=expiry_error>
                <input
                    type="text"
                    inputmode="numeric"
                    autocomplete="cc-exp"
                    dir="ltr"
                    id=field_id(&expiry)
                    name=expiry
                    required=true
                    maxlength="7"
                    class=format!("{CONTROL} tabular-nums")
                    aria-invalid=move || expiry_error.get().map(|_| "true")
                    aria-describedby=expiry_described
                    on:change=move |event| {
                        let input = event_target::<leptos::web_sys::HtmlInputElement>(&event);
                        input.set_value(&group_expiry(&input.value()));
                    }
                />
            </FieldFrame>
            <FieldFrame name=cvc.clone() label="CVC" error=cvc_error>
                <input
                    type="text"
                    inputmode="numeric"
                    autocomplete="cc-csc"
                    dir="ltr"
                    id=field_id(&cvc)
                    name=cvc
                    required=true
                    maxlength="4"
                    class=format!("{CONTROL} tabular-nums")
                    aria-invalid=move || cvc_error.get().map(|_| "true")
                    aria-describedby=cvc_described
                />
            </FieldFrame>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_printed() {
        assert_eq!(group_card_number("4242424242424242"), "4242 4242 4242 4242");
        assert_eq!(group_card_number("4242-4242 4"), "4242 4242 4");
        assert_eq!(group_card_number("378282246310005"), "3782 822463 10005");
        assert_eq!(group_card_number("abc"), "");
        assert_eq!(group_card_number(&"1".repeat(40)).replace(' ', "").len(), 19);
    }

    #[test]
    fn brands_are_known_by_their_first_digits() {
        assert_eq!(card_brand("4"), Some("Visa"));
        assert_eq!(card_brand("55 55"), Some("Mastercard"));
        assert_eq!(card_brand("2221"), Some("Mastercard"));
        assert_eq!(card_brand("2220"), None);
        assert_eq!(card_brand("37"), Some("American Express"));
        assert_eq!(card_brand(""), None);
    }

    #[test]
    fn expiry_takes_what_people_type() {
        assert_eq!(group_expiry("0427"), "04 / 27");
        assert_eq!(group_expiry("4/27"), "04 / 27");
        assert_eq!(group_expiry("12 / 2027"), "12 / 20");
        assert_eq!(group_expiry("1"), "1");
    }
}
