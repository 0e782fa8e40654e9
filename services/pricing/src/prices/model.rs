//! Rules of prices without a database.

use stoa_kernel::{Fields, Result};
use stoa_pricing_types::SetPrice;

use super::{COMPARE_AT_LOW, CURRENCY_MISMATCH, NEGATIVE, TOO_HIGH};

/// A thousand million in major units of most currencies; more is a slip, and sums of
/// such amounts still fit.
pub(super) const HIGHEST: i64 = 100_000_000_000;

/// Checks a price; `at` is where it stands in the request, such as `prices/3/`.
pub(super) fn check(price: &SetPrice, at: &str, fields: &mut Fields) {
    let amount = price.price.amount;
    fields.check(amount >= 0, &format!("{at}amount"), NEGATIVE, "A price is 0 or more.");
    let was = price.compare_at.map_or(amount, |was| was.amount);
    fields.check(
        amount <= HIGHEST && was <= HIGHEST,
        &format!("{at}amount"),
        TOO_HIGH,
        "This price is too high to be meant.",
    );
    if let Some(was) = price.compare_at {
        let field = format!("{at}compare_at");
        if fields.check(
            was.currency == price.price.currency,
            &field,
            CURRENCY_MISMATCH,
            "Give both prices in one currency.",
        ) {
            fields.check(
                was.amount > amount,
                &field,
                COMPARE_AT_LOW,
                "The former price lies above the present one.",
            );
        }
    }
}

/// [`check`] for one price alone.
pub(super) fn checked(price: &SetPrice) -> Result<()> {
    let mut fields = Fields::default();
    check(price, "", &mut fields);
    fields.finish()
}

/// The price for a number of pieces: the tier that begins highest without being above
/// it; of two, the one that began to hold last.
pub(super) fn tier<T>(
    tiers: impl IntoIterator<Item = T>,
    quantity: i64,
    begins: impl Fn(&T) -> (i64, i64),
) -> Option<T> {
    tiers.into_iter().filter(|tier| begins(tier).0 <= quantity).max_by_key(|tier| begins(tier))
}

#[cfg(test)]
mod tests {
    use stoa_types::{Currency, Money};

    use super::*;

    fn price(amount: i64, was: Option<Money>) -> SetPrice {
        SetPrice { price: Money::new(amount, Currency::EUR), compare_at: was }
    }

    #[test]
    fn e4_2_impossible_prices_are_refused() {
        let code =
            |price| checked(&price).map_err(|error| error.problem(None).errors[0].code.clone()).unwrap_err();
        assert_eq!(code(price(-1, None)), NEGATIVE.name);
        assert_eq!(code(price(100, Some(Money::new(100, Currency::EUR)))), COMPARE_AT_LOW.name);
        assert_eq!(code(price(100, Some(Money::new(200, Currency::USD)))), CURRENCY_MISMATCH.name);
        assert_eq!(code(price(i64::MAX, None)), TOO_HIGH.name);
        assert!(
            checked(&price(0, None)).is_ok()
                && checked(&price(100, Some(Money::new(101, Currency::EUR)))).is_ok()
        );
    }

    #[test]
    fn the_highest_reached_tier_wins() {
        let tiers = [(1, 500), (10, 450), (100, 400)];
        let at = |quantity| tier(tiers, quantity, |tier| (tier.0, 0)).map(|tier| tier.1);
        assert_eq!([at(1), at(9), at(10), at(1000)], [Some(500), Some(500), Some(450), Some(400)]);
        assert_eq!(at(0), None);
    }
}
