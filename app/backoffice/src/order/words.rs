//! What happened to an order and its money, in the words of whoever reads it. The services keep
//! short names; one that is not known here is shown as written, readable.

use stoa_ui::Stage;

use crate::{refund::reason_label, text};

/// What was asked of the bank.
pub(super) fn step(kind: &str) -> String {
    use text::order::step_kind as words;
    match kind {
        "attempt" => words::reservation().to_owned(),
        "capture" => words::payment().to_owned(),
        "refund" => words::refund().to_owned(),
        "void" => words::release().to_owned(),
        other => readable(other),
    }
}

/// How far it has come, and how that is marked. A declined card calls for nobody: the shopper has
/// been told.
pub(super) fn state(kind: &str, state: &str) -> (String, Stage) {
    use text::order::step_state as words;
    let (label, stage) = match (kind, state) {
        ("attempt", "started" | "processing") | (_, "requested") => (words::waiting(), Stage::InProgress),
        ("attempt", "challenged") => (words::asked(), Stage::InProgress),
        ("attempt", "authorised") => (words::reserved(), Stage::Done),
        ("attempt", "declined") => (words::declined(), Stage::NotApplicable),
        ("attempt", "abandoned") => (words::abandoned(), Stage::NotApplicable),
        ("capture", "succeeded") => (words::taken(), Stage::Done),
        ("refund", "succeeded") => (words::refunded(), Stage::Done),
        ("void", "done") => (words::released(), Stage::Done),
        (_, "failed") => (words::failed(), Stage::Stopped),
        (_, other) => return (readable(other), Stage::InProgress),
    };
    (label.to_owned(), stage)
}

/// What is added to a step: the card, or why it went wrong.
pub(super) fn note(note: &str) -> String {
    let card = note
        .rsplit_once(' ')
        .filter(|(_, end)| end.len() == 4 && end.bytes().all(|digit| digit.is_ascii_digit()));
    match card {
        Some((brand, end)) => text::order::card(readable(brand), end),
        None => reason(note),
    }
}

/// Why money moved or did not. What somebody wrote stays as it is.
pub(super) fn reason(code: &str) -> String {
    use text::order::why as words;
    if let Ok(reason) = code.parse() {
        return reason_label(reason).to_owned();
    }
    match code {
        "insufficient_funds" => words::insufficient_funds().to_owned(),
        "card_declined" => words::card_declined().to_owned(),
        "expired_card" => words::expired_card().to_owned(),
        "challenge_failed" => words::challenge_failed().to_owned(),
        "provider_refused" => words::provider_refused().to_owned(),
        "authorisation_lost" => words::reservation_lost().to_owned(),
        "voided_by_provider" => words::released_by_bank().to_owned(),
        "capture_refused" => words::not_taken().to_owned(),
        "expired" => words::not_paid().to_owned(),
        other => readable(other),
    }
}

/// What happened to the order, and how it is marked.
pub(super) fn event(kind: &str) -> (String, Stage) {
    use text::order::event as words;
    let (title, stage) = match kind {
        "placed" => (words::placed(), Stage::Done),
        "paid" => (words::paid(), Stage::Done),
        "payment_failed" => (words::payment_failed(), Stage::Stopped),
        "voided" => (words::voided(), Stage::Done),
        "shipped" => (words::shipped(), Stage::Done),
        "shipment_cancelled" => (words::shipment_cancelled(), Stage::Stopped),
        "delivered" => (words::delivered(), Stage::Done),
        "cancelled" => (words::cancelled(), Stage::Stopped),
        "refund_requested" => (words::refund_requested(), Stage::InProgress),
        "refunded" => (words::refunded(), Stage::Done),
        "refund_failed" => (words::refund_failed(), Stage::Stopped),
        other => return (readable(other), Stage::Done),
    };
    (title.to_owned(), stage)
}

/// A short name as a sentence begins: `requires_action` is "Requires action". Words of people
/// stay as they wrote them.
fn readable(name: &str) -> String {
    let short = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !short {
        return name.to_owned();
    }
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_said_without_the_services_names() {
        let said = |kind, name| (step(kind), state(kind, name).0);
        let pair = |step: &str, state: &str| (step.to_owned(), state.to_owned());
        assert_eq!(said("attempt", "authorised"), pair("Reservation", "Reserved"));
        assert_eq!(said("capture", "succeeded"), pair("Payment", "Taken"));
        assert_eq!(said("capture", "requested"), pair("Payment", "Waiting for the bank"));
        assert_eq!(said("refund", "succeeded"), pair("Refund", "Refunded"));
        assert_eq!(said("void", "done"), pair("Release", "Released"));
        assert_eq!(state("refund", "failed").1, Stage::Stopped);
    }

    #[test]
    fn a_note_is_the_card_or_why_it_went_wrong() {
        assert_eq!(note("visa 4242"), "Visa ending 4242");
        assert_eq!(note("insufficient_funds"), "Not enough money on the card");
        assert_eq!(note("do_not_honour"), "Do not honour");
        assert_eq!(note(""), "");
    }

    #[test]
    fn what_somebody_wrote_stays_as_it_is() {
        assert_eq!(reason("The shopper rang: wrong colour"), "The shopper rang: wrong colour");
        assert_eq!(reason("damaged"), text::refund::why::damaged());
        assert_eq!(event("restocked_by_hand").0, "Restocked by hand");
    }
}
