//! Text as it comes in from outside.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The text in Unicode's composed form (NFC), in which `é` is one character however it
/// was typed, so that equal words are equal in the database, in a unique index and to a
/// limit on their length. Every use case brings text to this form before it checks or
/// keeps it. What is composed already, as nearly all text is, is not copied.
pub fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x10_text_is_composed_and_what_is_composed_is_left_alone() {
        assert_eq!(nfc("Cafe\u{301} Zu\u{308}rich"), "Café Zürich");
        assert_eq!(nfc("\u{1100}\u{1161}"), "가", "Hangul typed by its letters");
        assert_eq!(nfc("\u{212b}"), "Å", "a sign that is another letter's twin");
        assert!(matches!(nfc("Café"), Cow::Borrowed(_)));
        assert_eq!(nfc("ﬁ ²"), "ﬁ ²", "how a text looks is not changed");
    }
}
