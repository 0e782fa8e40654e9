//! Money, numbers and dates as a locale writes them. The server formats; pages and
//! mails receive strings, so the browser can never disagree.

use chrono::{DateTime, Datelike, Utc};
use stoa_types::Money;

/// Decimal mark, group mark, whether the currency stands behind.
fn marks(locale: &str) -> (char, char, bool) {
    match locale.split('-').next().unwrap_or("en") {
        "de" | "el" => (',', '.', true),
        "fr" => (',', '\u{202f}', true),
        _ => ('.', ',', false),
    }
}

/// `€1,234.50` in English, `1.234,50 €` in German.
pub fn money(money: Money, locale: &str) -> String {
    let (decimal, group, behind) = marks(locale);
    let text = money.decimal();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("\u{2212}", rest),
        None => ("", text.as_str()),
    };
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let mut number = grouped(whole, group);
    if let Some(part) = part {
        number.push(decimal);
        number.push_str(part);
    }
    let symbol = money.currency.symbol();
    let wide = symbol.chars().all(|letter| letter.is_ascii_alphabetic());
    match (behind, wide) {
        (true, _) => format!("{sign}{number}\u{a0}{symbol}"),
        (false, true) => format!("{sign}{symbol}\u{a0}{number}"),
        (false, false) => format!("{sign}{symbol}{number}"),
    }
}

/// `12,408` in English.
pub fn number(value: i64, locale: &str) -> String {
    let sign = if value < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", grouped(&value.unsigned_abs().to_string(), marks(locale).1))
}

fn grouped(digits: &str, mark: char) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

/// `Thu 14 May`, for shoppers.
pub fn day(time: DateTime<Utc>) -> String {
    time.format("%a %-d %b").to_string()
}

/// `14 May 2026`.
pub fn date(time: DateTime<Utc>) -> String {
    time.format("%-d %b %Y").to_string()
}

/// `14 May 2026, 14:02 UTC`, for staff.
pub fn date_time(time: DateTime<Utc>) -> String {
    time.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// `Thu 14 to Sat 16 May`, or both months where they differ.
pub fn day_range(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    if from.date_naive() == to.date_naive() {
        day(from)
    } else if from.month() == to.month() {
        format!("{} to {}", from.format("%a %-d"), day(to))
    } else {
        format!("{} to {}", day(from), day(to))
    }
}

#[cfg(test)]
mod tests {
    use stoa_types::Currency;

    use super::*;

    #[test]
    fn money_is_written_as_the_locale_does() {
        let price = Money::new(123_450, Currency::EUR);
        assert_eq!(money(price, "en-gb"), "€1,234.50");
        assert_eq!(money(price, "de-de"), "1.234,50\u{a0}€");
        assert_eq!(money(Money::new(-5, Currency::EUR), "en-gb"), "\u{2212}€0.05");
        assert_eq!(money(Money::new(1_234_567, "JPY".parse().unwrap()), "en-gb"), "¥1,234,567");
        assert_eq!(number(12_408, "en-gb"), "12,408");
    }
}
