//! Keeps card numbers out: a body that holds one is refused before anything reads it.

use axum::extract::{FromRequest, Request};
use http_body_util::{BodyExt, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;
use stoa_kernel::{Error, Result, error::codes, http::Json};

use super::CARD_NUMBER_REFUSED;

/// No request of payments is larger.
const LIMIT: usize = 64 * 1024;

/// A JSON body without a card number anywhere in it, else 422
/// `payments.card_number_refused`. Nothing of the body is logged or answered.
pub struct TokenOnly<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for TokenOnly<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let bytes = Limited::new(body, LIMIT)
            .collect()
            .await
            .map_err(|_| codes::TOO_LARGE.error("The body is too large."))?
            .to_bytes();
        if holds_card_number(&bytes) {
            return Err(CARD_NUMBER_REFUSED.error(
                "This looks like a card number. Send it to the payment provider's form and send us the token it gives.",
            ));
        }
        let request = Request::from_parts(parts, axum::body::Body::from(bytes));
        let Json(value) = Json::<T>::from_request(request, state).await?;
        Ok(Self(value))
    }
}

/// Whether a body holds 13 to 19 digits that pass the check of card numbers, with or
/// without spaces and dashes between them.
pub fn holds_card_number(body: &[u8]) -> bool {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => in_value(&value),
        Err(_) => in_text(&String::from_utf8_lossy(body)),
    }
}

fn in_value(value: &Value) -> bool {
    match value {
        Value::String(text) => in_text(text),
        Value::Number(number) => in_text(&number.to_string()),
        Value::Array(items) => items.iter().any(in_value),
        Value::Object(members) => members.iter().any(|(name, value)| in_text(name) || in_value(value)),
        Value::Null | Value::Bool(_) => false,
    }
}

fn in_text(text: &str) -> bool {
    // Words between anything but digits, spaces and dashes; each a list of digit groups.
    text.split(|c: char| !(c.is_ascii_digit() || c == ' ' || c == '-'))
        .map(|run| run.split([' ', '-']).filter(|group| !group.is_empty()).collect::<Vec<_>>())
        .any(|groups| (0..groups.len()).any(|start| starts_card(&groups[start..])))
}

/// Whether the first groups together are a card number: `4242 4242 4242 4242 12` holds
/// one although the whole is none.
fn starts_card(groups: &[&str]) -> bool {
    let mut digits = String::new();
    for group in groups {
        digits.push_str(group);
        if digits.len() > 19 {
            return false;
        }
        if digits.len() >= 13 && luhn(&digits) {
            return true;
        }
    }
    false
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match place % 2 {
                0 => digit,
                _ if digit > 4 => digit * 2 - 9,
                _ => digit * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10) && digits.bytes().any(|byte| byte != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_found_wherever_it_hides() {
        for body in [
            r#"{"payment_method":"4242424242424242"}"#,
            r#"{"payment_method":"4242 4242-4242 4242"}"#,
            r#"{"payment_method":"card 4000000000000002 12/29"}"#,
            r#"{"payment_method":"4242 4242 4242 4242 12 29"}"#,
            r#"{"payment_method":4242424242424242}"#,
            r#"{"a":[{"b":"\u0034242424242424242"}]}"#,
            r#"{"378282246310005":1}"#,
            "number=6011000990139424&x",
        ] {
            assert!(holds_card_number(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn tokens_ids_and_amounts_are_no_card_numbers() {
        for body in [
            r#"{"payment_method":"tok_approved"}"#,
            r#"{"payment_method":"4242424242424241"}"#,
            r#"{"cart":"crt_01k9zz9s4xf1v8q2b3n4m5p6r7"}"#,
            r#"{"amount":4242}"#,
            r#"{"x":"424242424242"}"#,
            r#"{"x":"0000000000000000"}"#,
        ] {
            assert!(!holds_card_number(body.as_bytes()), "{body}");
        }
    }
}
