//! Rules of carts without I/O.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use stoa_kernel::{Fields, Result};
use stoa_ordering_types::carts::{LineProblem, MAX_QUANTITY};
use stoa_types::{Currency, Money};

use super::{address::clean, codes};

/// Country a cart is worked out for until the shopper says where they are.
pub const DEFAULT_COUNTRY: &str = "GR";

/// Refuses what is no quantity: 422 naming `field`.
pub fn check_quantity(quantity: i64, least: i64, field: &str) -> Result<()> {
    let mut fields = Fields::default();
    let message = format!("Choose a quantity from {least} to {MAX_QUANTITY}.");
    fields.check((least..=MAX_QUANTITY).contains(&quantity), field, codes::QUANTITY, &message);
    fields.finish()
}

/// What one unit costs in the cart, given the price agreed to and the price now, and
/// what the shopper must hear about it. A fall is passed on at once; a rise changes
/// nothing until it is accepted.
pub fn effective_price(agreed: i64, now: Option<i64>, currency: Currency) -> (i64, Option<LineProblem>) {
    let money = |amount| Money::new(amount, currency);
    match now {
        None => (agreed, Some(LineProblem::Unavailable)),
        Some(now) if now < agreed => {
            (now, Some(LineProblem::PriceDown { from: money(agreed), to: money(now) }))
        }
        Some(now) if now > agreed => {
            (agreed, Some(LineProblem::PriceUp { from: money(agreed), to: money(now) }))
        }
        Some(_) => (agreed, None),
    }
}

/// The shopper's texts as they are kept: trimmed, empty ones dropped. 422 when there are
/// more than ten or one is too long.
pub fn check_personalisation(texts: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let mut fields = Fields::default();
    let long = texts.iter().any(|(name, text)| name.chars().count() > 50 || text.chars().count() > 300);
    fields.check(
        texts.len() <= 10 && !long,
        "personalisation",
        codes::PERSONALISATION,
        "Use up to 10 texts of up to 300 characters.",
    );
    fields.finish()?;
    let clean = texts.iter().map(|(name, text)| (clean(name, 50), clean(text, 300)));
    Ok(clean.filter(|(name, text)| !name.is_empty() && !text.is_empty()).collect())
}

/// What tells two lines of the same offer apart: empty without texts.
pub fn personalisation_key(texts: &BTreeMap<String, String>) -> String {
    if texts.is_empty() {
        return String::new();
    }
    let mut hash = Sha256::new();
    for part in texts.iter().flat_map(|(name, text)| [name, text]) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantities_outside_the_guards_are_refused() {
        for wrong in [-1, 0, 1000, 1_000_000_000, i64::MIN, i64::MAX] {
            assert!(check_quantity(wrong, 1, "quantity").is_err(), "{wrong}");
        }
        assert!(check_quantity(0, 0, "quantity").is_ok());
    }

    #[test]
    fn texts_differ_by_place_not_by_concatenation() {
        let of = |pairs: &[(&str, &str)]| {
            personalisation_key(&pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
        };
        assert_ne!(of(&[("ab", "c")]), of(&[("a", "bc")]));
        assert_eq!(of(&[("a", "1"), ("b", "2")]), of(&[("b", "2"), ("a", "1")]));
        assert_eq!(of(&[]), "");
    }

    proptest! {
        #[test]
        fn nobody_pays_more_than_agreed_without_being_asked(agreed in 0_i64..1_000_000, now in prop::option::of(0_i64..1_000_000)) {
            let (price, problem) = effective_price(agreed, now, Currency::EUR);
            prop_assert!(price <= agreed);
            if let Some(now) = now {
                prop_assert_eq!(price, agreed.min(now));
                prop_assert_eq!(problem.is_none(), agreed == now);
                prop_assert_eq!(problem.is_some_and(|problem| problem.blocks()), now > agreed);
            } else {
                prop_assert_eq!(problem, Some(LineProblem::Unavailable));
            }
        }
    }
}
