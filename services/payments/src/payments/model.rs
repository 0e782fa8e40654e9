//! Pure rules of payments: states, schedules and words.

use chrono::{DateTime, TimeDelta, Utc};
use stoa_kernel::{Error, Result};
use stoa_payments_types::{DeclineView, PaymentState};

use super::INVALID_TRANSITION;

/// Every state with its stored name.
const STATES: [(PaymentState, &str); 13] = [
    (PaymentState::RequiresPaymentMethod, "requires_payment_method"),
    (PaymentState::RequiresConfirmation, "requires_confirmation"),
    (PaymentState::RequiresCustomerAction, "requires_customer_action"),
    (PaymentState::Processing, "processing"),
    (PaymentState::RequiresCapture, "requires_capture"),
    (PaymentState::PartiallyCaptured, "partially_captured"),
    (PaymentState::PartiallyCapturedAndCapturable, "partially_captured_and_capturable"),
    (PaymentState::Succeeded, "succeeded"),
    (PaymentState::Failed, "failed"),
    (PaymentState::Cancelled, "cancelled"),
    (PaymentState::CancelledPostCapture, "cancelled_post_capture"),
    (PaymentState::Expired, "expired"),
    (PaymentState::Conflicted, "conflicted"),
];

/// As stored.
pub fn name(state: PaymentState) -> &'static str {
    STATES.iter().find(|(known, _)| *known == state).map_or("", |(_, name)| name)
}

/// The state of a stored name.
pub fn read(text: &str) -> Result<PaymentState> {
    let found = STATES.iter().find(|(_, name)| *name == text);
    found.map(|(state, _)| *state).ok_or_else(|| Error::internal(format!("unknown payment state {text}")))
}

/// What may follow a state.
pub fn next(state: PaymentState) -> &'static [PaymentState] {
    use PaymentState::{
        Cancelled, CancelledPostCapture, Conflicted, Expired, Failed, PartiallyCaptured,
        PartiallyCapturedAndCapturable, Processing, RequiresCapture, RequiresConfirmation,
        RequiresCustomerAction, RequiresPaymentMethod, Succeeded,
    };
    match state {
        RequiresPaymentMethod => &[
            RequiresConfirmation,
            RequiresCustomerAction,
            Processing,
            RequiresCapture,
            Failed,
            Cancelled,
            Expired,
            Conflicted,
        ],
        RequiresConfirmation => &[
            RequiresPaymentMethod,
            RequiresCustomerAction,
            Processing,
            RequiresCapture,
            Failed,
            Cancelled,
            Expired,
            Conflicted,
        ],
        RequiresCustomerAction => {
            &[RequiresPaymentMethod, Processing, RequiresCapture, Failed, Cancelled, Expired, Conflicted]
        }
        Processing => &[
            RequiresPaymentMethod,
            RequiresCustomerAction,
            RequiresCapture,
            Failed,
            Cancelled,
            Expired,
            Conflicted,
        ],
        RequiresCapture => {
            &[PartiallyCaptured, PartiallyCapturedAndCapturable, Succeeded, Cancelled, Failed, Conflicted]
        }
        PartiallyCapturedAndCapturable => &[PartiallyCaptured, Succeeded, CancelledPostCapture, Conflicted],
        Conflicted => &[RequiresCapture, Succeeded, Failed, Cancelled],
        PartiallyCaptured | Succeeded | Failed | Cancelled | CancelledPostCapture | Expired => &[],
    }
}

/// 409 with what is allowed, unless `to` may follow `from`.
pub fn check(from: PaymentState, to: PaymentState) -> Result<()> {
    if next(from).contains(&to) {
        return Ok(());
    }
    let allowed: Vec<&str> = next(from).iter().map(|state| name(*state)).collect();
    Err(Error::transition(INVALID_TRANSITION, name(from), name(to), &allowed))
}

/// The state by what was taken of an authorised amount.
pub fn by_captured(amount: i64, captured: i64) -> PaymentState {
    if captured >= amount {
        PaymentState::Succeeded
    } else if captured > 0 {
        PaymentState::PartiallyCapturedAndCapturable
    } else {
        PaymentState::RequiresCapture
    }
}

/// When the provider is asked next: soon while it owes an answer, seldom while the
/// shopper thinks, never once settled. `asked` counts the questions so far.
pub fn next_sync(state: PaymentState, asked: i32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let first = match state {
        PaymentState::Processing => 2,
        PaymentState::RequiresCustomerAction => 30,
        PaymentState::RequiresPaymentMethod | PaymentState::RequiresConfirmation => 60,
        _ => return None,
    };
    let doubled = first << asked.clamp(0, 9);
    Some(now + TimeDelta::seconds(doubled.min(600)))
}

/// A provider's decline in the shopper's words.
pub fn decline(code: &str) -> DeclineView {
    let message = match code {
        "insufficient_funds" => {
            "Your bank declined this card: there isn't enough money on it. Nothing was taken. Try another card or method."
        }
        "expired_card" => "This card has expired. Nothing was taken. Try another card or method.",
        "challenge_failed" => {
            "Your bank couldn't confirm that it's you. Nothing was taken. Try again or use another card."
        }
        "provider_refused" => {
            "The payment couldn't be started. Nothing was taken. Try again or use another card."
        }
        _ => "Your bank declined this card. Nothing was taken. Try another card or method.",
    };
    DeclineView { code: code.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_one_name_and_reads_back() {
        for (state, text) in STATES {
            assert_eq!((name(state), read(text).unwrap()), (text, state));
            assert!(!next(state).contains(&state), "{text} follows itself");
        }
    }

    #[test]
    fn money_is_never_lost_by_a_state_that_follows() {
        // From where money was taken nothing leads to where none is.
        for (state, text) in STATES {
            let taken = matches!(
                state,
                PaymentState::Succeeded
                    | PaymentState::PartiallyCaptured
                    | PaymentState::PartiallyCapturedAndCapturable
            );
            let lost = next(state).iter().any(|after| {
                matches!(after, PaymentState::Failed | PaymentState::Cancelled | PaymentState::Expired)
            });
            assert!(!(taken && lost), "{text}");
        }
    }

    #[test]
    fn an_unsettled_payment_is_always_asked_about_again_and_a_settled_one_never() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        for (state, text) in STATES {
            for asked in [0, 5, 50] {
                let due = next_sync(state, asked, now);
                assert_eq!(due.is_some(), state.is_unsettled(), "{text}");
                assert!(due.is_none_or(|due| due > now && due <= now + TimeDelta::minutes(10)), "{text}");
            }
        }
    }
}
