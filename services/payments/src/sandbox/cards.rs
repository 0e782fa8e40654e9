//! Which card and which token does what.

/// What a card makes the sandbox do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// The bank says yes.
    Approve,
    /// The bank says no, with this code.
    Decline(&'static str),
    /// The bank asks the shopper on a page of its own.
    Challenge,
    /// The bank says yes, but nobody hears: no answer in time and no message. Found by
    /// asking how the payment stands.
    Silent,
    /// No outcome at first; the bank says yes later, by message.
    Late,
}

impl Scenario {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Decline(_) => "decline",
            Self::Challenge => "challenge",
            Self::Silent => "silent",
            Self::Late => "late",
        }
    }
}

/// A test card.
pub struct TestCard {
    pub number: &'static str,
    pub brand: &'static str,
    /// Stands for the card where a token is asked for.
    pub token: &'static str,
    pub scenario: Scenario,
    /// What it shows, for people.
    pub shows: &'static str,
}

/// All test cards. Any expiry in the future and any security code will do.
pub const CARDS: &[TestCard] = &[
    TestCard {
        number: "4242424242424242",
        brand: "visa",
        token: "tok_approved",
        scenario: Scenario::Approve,
        shows: "Approved",
    },
    TestCard {
        number: "5555555555554444",
        brand: "mastercard",
        token: "tok_approved_mastercard",
        scenario: Scenario::Approve,
        shows: "Approved, Mastercard",
    },
    TestCard {
        number: "4000000000000002",
        brand: "visa",
        token: "tok_declined",
        scenario: Scenario::Decline("card_declined"),
        shows: "Declined",
    },
    TestCard {
        number: "4000000000009995",
        brand: "visa",
        token: "tok_insufficient_funds",
        scenario: Scenario::Decline("insufficient_funds"),
        shows: "Declined: not enough money",
    },
    TestCard {
        number: "4000002500003155",
        brand: "visa",
        token: "tok_challenge",
        scenario: Scenario::Challenge,
        shows: "The bank asks you first",
    },
    TestCard {
        number: "4000000000000119",
        brand: "visa",
        token: "tok_timeout",
        scenario: Scenario::Silent,
        shows: "Approved, but the answer never comes",
    },
    TestCard {
        number: "4000000000000077",
        brand: "visa",
        token: "tok_late",
        scenario: Scenario::Late,
        shows: "Approved some seconds later",
    },
];

/// The card of a token.
pub fn by_token(token: &str) -> Option<&'static TestCard> {
    CARDS.iter().find(|card| card.token == token)
}

/// The card of a number as typed, with spaces or dashes.
pub fn by_number(typed: &str) -> Option<&'static TestCard> {
    let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    CARDS.iter().find(|card| card.number == digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_card_has_a_number_that_passes_the_check_and_a_token_of_its_own() {
        for (place, card) in CARDS.iter().enumerate() {
            assert!(crate::payments::holds_card_number(card.number.as_bytes()), "{}", card.number);
            assert!(
                CARDS[place + 1..]
                    .iter()
                    .all(|other| other.token != card.token && other.number != card.number)
            );
            assert_eq!(by_number(card.number).map(|found| found.token), Some(card.token));
        }
        assert!(by_number("4242 4242-4242 4242").is_some());
    }
}
