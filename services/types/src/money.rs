//! Money as whole minor units and an ISO 4217 currency; never a float.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An ISO 4217 currency code, such as `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const EUR: Self = Self(*b"EUR");
    pub const GBP: Self = Self(*b"GBP");
    pub const USD: Self = Self(*b"USD");

    /// The three capital letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the decimal point: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        self.iso().and_then(|iso| iso.exponent()).map_or(2, u32::from)
    }

    /// The sign shoppers know, such as `€`; the code where there is none.
    pub fn symbol(self) -> String {
        match self.iso().map(|iso| iso.symbol().to_string()) {
            Some(symbol) if !symbol.is_empty() => symbol,
            _ => self.code().to_owned(),
        }
    }

    fn iso(self) -> Option<iso_currency::Currency> {
        iso_currency::Currency::from_code(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let code = <[u8; 3]>::try_from(text.as_bytes()).map_err(|_| MoneyError::UnknownCurrency)?;
        let currency = Self(code);
        if std::str::from_utf8(&code).is_ok() && currency.iso().is_some() {
            Ok(currency)
        } else {
            Err(MoneyError::UnknownCurrency)
        }
    }
}
impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Why a sum could not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("amounts of two currencies cannot be added")]
    CurrencyMismatch,
    #[error("the amount is too large")]
    Overflow,
    #[error("unknown currency: use an ISO 4217 code such as EUR")]
    UnknownCurrency,
    #[error("not an amount")]
    NotAnAmount,
}

/// An amount in minor units (cents, pence, yen) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Whole minor units: 9130 is €91.30.
    pub amount: i64,
    /// ISO 4217 code.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "EUR"))]
    pub currency: Currency,
}

impl Money {
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    pub fn is_zero(self) -> bool {
        self.amount == 0
    }

    /// `self + other`; refuses unlike currencies and overflow.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(amount, self.currency))
    }

    /// `self - other`; refuses unlike currencies and overflow.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let amount = self.amount.checked_sub(other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(amount, self.currency))
    }

    /// `self × count`.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        let amount = self.amount.checked_mul(count).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(amount, self.currency))
    }

    /// The sum of `parts`, zero of `currency` when there are none.
    pub fn sum(currency: Currency, parts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        parts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    /// `basis_points` of the amount (10 000 is all of it), rounded half away from zero.
    pub fn share(self, basis_points: i64) -> Result<Self, MoneyError> {
        let exact = i128::from(self.amount) * i128::from(basis_points);
        let amount = i64::try_from(divide_round(exact, 10_000)).map_err(|_| MoneyError::Overflow)?;
        Ok(Self::new(amount, self.currency))
    }

    /// The part of a gross amount that is tax at `basis_points` (2 000 is 20 %):
    /// gross × rate ÷ (1 + rate), rounded half away from zero once for the whole amount.
    pub fn tax_included(self, basis_points: i64) -> Result<Self, MoneyError> {
        let exact = i128::from(self.amount) * i128::from(basis_points);
        let amount = i64::try_from(divide_round(exact, 10_000 + i128::from(basis_points)))
            .map_err(|_| MoneyError::Overflow)?;
        Ok(Self::new(amount, self.currency))
    }

    /// Splits the amount by `weights` so that the parts sum to the whole: every
    /// part gets its share rounded towards zero, and the minor units left over go
    /// one each to the largest remainders (the earlier part first on a tie).
    /// All-zero weights share evenly; no weights give no parts.
    pub fn allocate(self, weights: &[u64]) -> Vec<Self> {
        if weights.is_empty() {
            return Vec::new();
        }
        let even = vec![1_u64; weights.len()];
        let weights = if weights.iter().all(|weight| *weight == 0) { &even } else { weights };
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        let whole = i128::from(self.amount.unsigned_abs());
        let mut parts: Vec<(i128, i128)> = weights
            .iter()
            .map(|weight| {
                let exact = whole * i128::from(*weight);
                (exact / total, exact % total)
            })
            .collect();
        let left = whole - parts.iter().map(|part| part.0).sum::<i128>();
        let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
        by_remainder.sort_by_key(|place| (-parts[*place].1, *place));
        for place in by_remainder.into_iter().take(left as usize) {
            parts[place].0 += 1;
        }
        let sign = if self.amount < 0 { -1 } else { 1 };
        // A part is never larger than the whole, so it fits.
        parts.into_iter().map(|part| Self::new((sign * part.0) as i64, self.currency)).collect()
    }

    /// The amount as a plain decimal, such as `91.30`, `-0.05` or `500` (JPY).
    pub fn decimal(self) -> String {
        let exponent = self.currency.exponent() as usize;
        let sign = if self.amount < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.amount.unsigned_abs(), width = exponent + 1);
        let (whole, part) = digits.split_at(digits.len() - exponent);
        if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
    }

    /// Reads a plain decimal such as `91.3` exactly; more digits than the currency
    /// has are refused unless they are zeros.
    pub fn parse_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent = currency.exponent() as usize;
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (kept, extra) = part.split_at_checked(exponent.min(part.len())).ok_or(MoneyError::NotAnAmount)?;
        if (whole.is_empty() && part.is_empty())
            || !all_digits(whole)
            || !all_digits(part)
            || extra.bytes().any(|b| b != b'0')
        {
            return Err(MoneyError::NotAnAmount);
        }
        let minor: i64 = format!("{whole}{kept:0<exponent$}").parse().map_err(|_| MoneyError::Overflow)?;
        Ok(Self::new(sign * minor, currency))
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::CurrencyMismatch) }
    }
}

fn divide_round(value: i128, by: i128) -> i128 {
    let half = by / 2;
    if value < 0 { (value - half) / by } else { (value + half) / by }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unlike_currencies_are_never_added() {
        let sum = Money::new(1, Currency::EUR).plus(Money::new(1, Currency::USD));
        assert_eq!(sum, Err(MoneyError::CurrencyMismatch));
    }

    #[test]
    fn decimals_follow_the_currency() {
        let yen: Currency = "JPY".parse().unwrap();
        let dinar: Currency = "KWD".parse().unwrap();
        assert_eq!(Money::new(500, yen).decimal(), "500");
        assert_eq!(Money::new(1005, dinar).decimal(), "1.005");
        assert_eq!(Money::new(-5, Currency::EUR).decimal(), "-0.05");
        assert_eq!(Money::parse_decimal("12.5", Currency::EUR).unwrap().amount, 1250);
        assert_eq!(Money::parse_decimal("12.500", Currency::EUR).unwrap().amount, 1250);
        assert_eq!(Money::parse_decimal("12.505", Currency::EUR), Err(MoneyError::NotAnAmount));
        for wrong in ["", ".", "-", "1e3", "1,5", "٣", "12€"] {
            assert!(Money::parse_decimal(wrong, Currency::EUR).is_err(), "{wrong}");
        }
        assert!("EURO".parse::<Currency>().is_err());
        assert!("eur".parse::<Currency>().is_err());
    }

    #[test]
    fn included_tax_is_rounded_once() {
        assert_eq!(Money::new(12_000, Currency::EUR).tax_included(2_000).unwrap().amount, 2_000);
        assert_eq!(Money::new(999, Currency::EUR).tax_included(1_900).unwrap().amount, 160);
    }

    proptest! {
        #[test]
        fn allocate_loses_no_cent(amount in -1_000_000_000_i64..1_000_000_000, weights in prop::collection::vec(0_u64..1_000_000, 1..20)) {
            let whole = Money::new(amount, Currency::EUR);
            let parts = whole.allocate(&weights);
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(Money::sum(Currency::EUR, parts.iter().copied()).unwrap(), whole);
            prop_assert!(parts.iter().all(|part| part.amount.signum() * amount.signum() >= 0));
        }

        #[test]
        fn decimal_text_round_trips(amount: i64) {
            prop_assume!(amount != i64::MIN);
            let money = Money::new(amount, Currency::EUR);
            prop_assert_eq!(Money::parse_decimal(&money.decimal(), Currency::EUR).unwrap(), money);
        }
    }
}
