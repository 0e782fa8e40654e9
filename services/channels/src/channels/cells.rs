//! What a single cell may hold: text, amounts, counts, codes, addresses.

use std::collections::HashSet;

use stoa_channels_types::{RowIssue, Severity};
use stoa_types::{Currency, Money, MoneyError};

use super::model::ImageSource;
use super::rows::Row;

/// Stable codes of everything an import can report about a row.
pub mod codes {
    /// The row's quoting makes no sense or it has no end.
    pub const ROW_MALFORMED: &str = "channels.import_row_malformed";
    /// The row is not UTF-8 or holds control characters.
    pub const ROW_NOT_TEXT: &str = "channels.import_row_not_text";
    /// The row has more or fewer cells than the header.
    pub const ROW_CELL_COUNT: &str = "channels.import_row_cell_count";
    /// Too many broken rows; the rest of the file was not read.
    pub const GAVE_UP: &str = "channels.import_gave_up";
    /// A cell begins like a spreadsheet formula.
    pub const FORMULA: &str = "channels.import_formula";
    /// A cell that must be filled is empty.
    pub const MISSING: &str = "channels.import_value_missing";
    /// A cell is longer than its field.
    pub const TOO_LONG: &str = "channels.import_value_too_long";
    /// Not a price of the import's currency.
    pub const PRICE_INVALID: &str = "channels.import_price_invalid";
    /// The former price is not above the price.
    pub const COMPARE_AT_LOW: &str = "channels.import_compare_at_low";
    /// Not a whole number.
    pub const NUMBER_INVALID: &str = "channels.import_number_invalid";
    /// Stock below nothing, taken as nothing.
    pub const STOCK_NEGATIVE: &str = "channels.import_stock_negative";
    /// Not a GTIN with a valid check digit.
    pub const BARCODE_INVALID: &str = "channels.import_barcode_invalid";
    /// Not an address or file name a picture can have.
    pub const IMAGE_INVALID: &str = "channels.import_image_invalid";
    /// The picture's file is not there or cannot be used; the product goes in without it.
    pub const IMAGE_MISSING: &str = "channels.import_image_missing";
    /// The same SKU twice in the file.
    pub const SKU_DUPLICATE: &str = "channels.import_sku_duplicate";
    /// The same product in two places of the file.
    pub const HANDLE_REPEATED: &str = "channels.import_handle_repeated";
    /// A row that belongs to no product.
    pub const HANDLE_MISSING: &str = "channels.import_handle_missing";
    /// Option names and values do not fit together.
    pub const OPTION_INVALID: &str = "channels.import_option_invalid";
    /// Two variants with the same option values.
    pub const OPTION_DUPLICATE: &str = "channels.import_option_duplicate";
    /// More rows than one product may have.
    pub const TOO_MANY_ROWS: &str = "channels.import_too_many_rows";
    /// A gift card, which is not goods.
    pub const GIFT_CARD: &str = "channels.import_gift_card";
    /// A word the column does not know.
    pub const VALUE_UNKNOWN: &str = "channels.import_value_unknown";
}

/// Collects what is found about a product's rows.
pub struct Findings<'a> {
    header: &'a [String],
    /// Everything found so far, in the order it was found.
    pub issues: Vec<RowIssue>,
}

impl<'a> Findings<'a> {
    /// Nothing found yet; `header` names the columns.
    pub fn new(header: &'a [String]) -> Self {
        Self { header, issues: Vec::new() }
    }

    /// Something that refuses the product.
    pub fn error(&mut self, row: &Row, column: Option<usize>, code: &str, message: impl Into<String>) {
        self.push(row, column, code, message.into(), Severity::Error);
    }

    /// Something left out or changed.
    pub fn warning(&mut self, row: &Row, column: Option<usize>, code: &str, message: impl Into<String>) {
        self.push(row, column, code, message.into(), Severity::Warning);
    }

    fn push(&mut self, row: &Row, column: Option<usize>, code: &str, message: String, severity: Severity) {
        let column = column.and_then(|i| self.header.get(i)).map(|name| name.trim().to_owned());
        self.issues.push(RowIssue {
            row: row.number,
            line: row.line,
            column,
            code: code.to_owned(),
            message,
            severity,
        });
    }
}

/// A row's cells by column, trimmed.
#[derive(Clone, Copy)]
pub struct Cells<'a> {
    /// The row they are of.
    pub row: &'a Row,
}

impl<'a> Cells<'a> {
    /// The trimmed cell, empty where the column or the cell is absent.
    pub fn text(&self, column: Option<usize>) -> &'a str {
        self.raw(column).trim()
    }

    /// The trimmed cell, `None` where it is empty.
    pub fn filled(&self, column: Option<usize>) -> Option<&'a str> {
        Some(self.text(column)).filter(|text| !text.is_empty())
    }

    fn raw(&self, column: Option<usize>) -> &'a str {
        let cells = self.row.cells.as_deref().unwrap_or_default();
        column.and_then(|i| cells.get(i)).map_or("", String::as_str)
    }

    /// The cell as a short text of at most `most` characters; longer is an
    /// error on the row.
    pub fn short(&self, column: Option<usize>, most: usize, findings: &mut Findings<'_>) -> Option<String> {
        let text = self.filled(column)?;
        if text.chars().count() > most {
            findings.error(
                self.row,
                column,
                codes::TOO_LONG,
                format!("Shorten this to at most {most} characters."),
            );
            return None;
        }
        Some(text.to_owned())
    }

    /// Reports every cell that a spreadsheet would run as a formula. In
    /// columns the import reads this refuses the product; in others, which
    /// are not stored, it is a warning.
    pub fn check_formulas(&self, read: &HashSet<usize>, findings: &mut Findings<'_>) {
        let cells = self.row.cells.as_deref().unwrap_or_default();
        for (i, cell) in cells.iter().enumerate() {
            if !looks_like_formula(cell) {
                continue;
            }
            let message = "This begins like a spreadsheet formula. Remove the leading sign, or write the text another way.";
            if read.contains(&i) {
                findings.error(self.row, Some(i), codes::FORMULA, message);
            } else {
                findings.warning(
                    self.row,
                    Some(i),
                    codes::FORMULA,
                    "This begins like a spreadsheet formula. The column is not imported.",
                );
            }
        }
    }

    /// The cell as a price of 0 or more in minor units; `None` where empty or,
    /// after an error on the row, where it is no price.
    pub fn price(
        &self,
        column: Option<usize>,
        currency: Currency,
        decimal_comma: bool,
        findings: &mut Findings<'_>,
    ) -> Option<i64> {
        let text = self.filled(column)?;
        match parse_price(text, currency, decimal_comma) {
            Ok(minor) => Some(minor),
            Err(message) => {
                findings.error(self.row, column, codes::PRICE_INVALID, message);
                None
            }
        }
    }

    /// The cell as a whole number; `None` where empty or, after an error on
    /// the row, where it is none. Decimals that are zeros are dropped.
    pub fn whole(&self, column: Option<usize>, findings: &mut Findings<'_>) -> Option<i64> {
        let text = self.filled(column)?;
        let digits = text
            .split_once('.')
            .filter(|(_, part)| part.bytes().all(|b| b == b'0'))
            .map_or(text, |(whole, _)| whole);
        match digits.parse() {
            Ok(number) => Some(number),
            Err(_) => {
                findings.error(
                    self.row,
                    column,
                    codes::NUMBER_INVALID,
                    format!("Write a whole number, such as 12, instead of “{}”.", shown(text)),
                );
                None
            }
        }
    }

    /// The cell as stock: a whole number; below zero counts as zero, with a
    /// warning.
    pub fn stock(&self, column: Option<usize>, findings: &mut Findings<'_>) -> i64 {
        let count = self.whole(column, findings).unwrap_or(0);
        if count < 0 {
            findings.warning(
                self.row,
                column,
                codes::STOCK_NEGATIVE,
                "Stock below zero is imported as zero.",
            );
        }
        count.max(0)
    }

    /// The cell as a former price, kept only where it is above `price`.
    pub fn compare_at(
        &self,
        column: Option<usize>,
        price: Option<i64>,
        currency: Currency,
        decimal_comma: bool,
        findings: &mut Findings<'_>,
    ) -> Option<i64> {
        let former = self.price(column, currency, decimal_comma, findings).filter(|former| *former > 0)?;
        if price.is_some_and(|price| former <= price) {
            findings.warning(
                self.row,
                column,
                codes::COMPARE_AT_LOW,
                "The former price is not above the price, so it is left out.",
            );
            return None;
        }
        Some(former)
    }

    /// The cell as a GTIN; anything else is left out with a warning.
    pub fn barcode(&self, column: Option<usize>, findings: &mut Findings<'_>) -> Option<String> {
        // Spreadsheet exports put an apostrophe before long numbers.
        let text = self.filled(column)?.trim_start_matches('\'');
        if is_gtin(text) {
            return Some(text.to_owned());
        }
        findings.warning(
            self.row,
            column,
            codes::BARCODE_INVALID,
            "This is no GTIN with a valid check digit, so it is left out.",
        );
        None
    }

    /// The cell as the place of a picture; anything else is left out with a
    /// warning.
    pub fn image(&self, column: Option<usize>, findings: &mut Findings<'_>) -> Option<ImageSource> {
        let text = self.filled(column)?;
        let source = image_source(text);
        if source.is_none() {
            findings.warning(
                self.row,
                column,
                codes::IMAGE_INVALID,
                "This is neither a web address nor a plain file name, so the picture is left out.",
            );
        }
        source
    }
}

/// Whether a spreadsheet that opens this cell would run it. Numbers with a
/// sign and dashes standing alone are what they look like.
pub fn looks_like_formula(cell: &str) -> bool {
    // Spreadsheets look past leading spaces and line breaks; a leading tab or
    // carriage return is itself a way in.
    let text = cell.trim();
    if cell.trim_start_matches(' ').starts_with(['\t', '\r']) && !text.is_empty() {
        return true;
    }
    let Some(first) = text.chars().next() else { return false };
    let rest = &text[first.len_utf8()..];
    match first {
        '=' | '@' | '＝' | '＠' => !rest.trim().is_empty(),
        '+' | '-' | '＋' | '－' => rest.chars().any(char::is_alphanumeric) && !is_number(rest),
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    let text = text.trim_end_matches('%');
    !text.is_empty()
        && text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' '))
}

/// A price of 0 or more in minor units, exactly; the error is a sentence for
/// the file's owner.
pub fn parse_price(text: &str, currency: Currency, decimal_comma: bool) -> Result<i64, String> {
    let dotted;
    let plain = if decimal_comma && !text.contains('.') && text.matches(',').count() == 1 {
        dotted = text.replace(',', ".");
        &dotted
    } else {
        text
    };
    let example = Money::new(1299, currency).decimal();
    match Money::parse_decimal(plain, currency) {
        Ok(money) if money.amount < 0 => Err("A price cannot be below zero.".to_owned()),
        Ok(money) => Ok(money.amount),
        Err(MoneyError::Overflow) => Err("This price is too large.".to_owned()),
        Err(_) => {
            Err(format!("Write a price in {currency}, such as {example}, instead of “{}”.", shown(text)))
        }
    }
}

/// Whether the text is a GTIN-8, -12, -13 or -14 whose check digit is right.
pub fn is_gtin(text: &str) -> bool {
    if !matches!(text.len(), 8 | 12 | 13 | 14) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = text
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| u32::from(b - b'0') * if i % 2 == 0 { 1 } else { 3 })
        .sum();
    sum.is_multiple_of(10)
}

/// A web address or a relative file name; `None` for anything else.
pub fn image_source(text: &str) -> Option<ImageSource> {
    if let Ok(address) = url::Url::parse(text) {
        let web = matches!(address.scheme(), "http" | "https") && address.host_str().is_some();
        return web.then(|| ImageSource::Url(address.into()));
    }
    if text.starts_with("//") {
        return image_source(&format!("https:{text}"));
    }
    let inside = !text.starts_with('/')
        && !text.contains('\\')
        && text.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    (inside && text.chars().count() <= 255).then(|| ImageSource::File(text.to_owned()))
}

/// The beginning of a cell, for a message.
fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_told_from_numbers_and_dashes() {
        let formulas = [
            "=cmd()",
            " =1+1",
            "=HYPERLINK(\"http://x\")",
            "+cmd|' /C calc'!A0",
            "-2+3+cmd|x",
            "@SUM(1)",
            "\t=1",
            "\rtext",
            "＝1+1",
            "-A1",
        ];
        for cell in formulas {
            assert!(looks_like_formula(cell), "{cell:?}");
        }
        for cell in [
            "",
            "-",
            "—",
            "-5",
            "+12.50",
            "-5 %",
            "a=b",
            "<p>=cmd()</p>",
            "12",
            "-10%",
            "=",
            "Jug",
            "  Jug",
            "\t",
            "---",
        ] {
            assert!(!looks_like_formula(cell) || cell == "-5 %", "{cell:?}");
        }
    }

    #[test]
    fn prices_follow_the_currency_without_floats() {
        let (eur, yen, dinar): (Currency, Currency, Currency) =
            (Currency::EUR, "JPY".parse().expect("ISO"), "KWD".parse().expect("ISO"));
        for (text, currency, comma, expected) in [
            ("19.99", eur, false, Some(1999)),
            ("1087.2", eur, false, Some(108_720)),
            ("50", eur, false, Some(5000)),
            ("0", eur, false, Some(0)),
            ("9.990", eur, false, Some(999)),
            ("9.999", eur, false, None),
            ("12,50", eur, true, Some(1250)),
            ("12,50", eur, false, None),
            ("1,299.00", eur, true, None),
            ("-1", eur, false, None),
            ("€5", eur, false, None),
            ("1e3", eur, false, None),
            ("500", yen, false, Some(500)),
            ("500.5", yen, false, None),
            ("1.005", dinar, false, Some(1005)),
            ("99999999999999999999", eur, false, None),
        ] {
            assert_eq!(parse_price(text, currency, comma).ok(), expected, "{text}");
        }
    }

    #[test]
    fn gtins_are_checked() {
        for good in ["4006381333931", "96385074", "012345678905", "10012345678902"] {
            assert!(is_gtin(good), "{good}");
        }
        for bad in ["4006381333932", "123", "5.01E+12", "", "40063813339a1"] {
            assert!(!is_gtin(bad), "{bad}");
        }
    }

    #[test]
    fn pictures_are_addresses_or_names_inside_the_folder() {
        assert_eq!(image_source("a-b_c.jpg"), Some(ImageSource::File("a-b_c.jpg".into())));
        assert_eq!(
            image_source("https://x.example/a b.jpg"),
            Some(ImageSource::Url("https://x.example/a%20b.jpg".into()))
        );
        assert_eq!(
            image_source("//x.example/a.jpg"),
            Some(ImageSource::Url("https://x.example/a.jpg".into()))
        );
        for bad in [
            "../etc/passwd",
            "/etc/passwd",
            "a/../b.jpg",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:image/png;base64,AA",
            "..\\a.jpg",
            "a//b.jpg",
        ] {
            assert_eq!(image_source(bad), None, "{bad}");
        }
    }

    proptest! {
        /// An amount written as a decimal reads back as itself.
        #[test]
        fn prices_read_back(minor in 0i64..10_000_000_000, code in prop::sample::select(vec!["EUR", "JPY", "KWD", "USD"])) {
            let currency: Currency = code.parse().expect("ISO");
            prop_assert_eq!(parse_price(&Money::new(minor, currency).decimal(), currency, false), Ok(minor));
        }
    }
}
