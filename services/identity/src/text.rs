//! Single lines of text as people type them.

use stoa_kernel::text::nfc;

/// The line without space around it; `None` when it is empty, longer than `max`
/// characters, or holds a control character.
pub(crate) fn line(text: &str, max: usize) -> Option<String> {
    let text = nfc(text.trim());
    let fits = !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control);
    fits.then(|| text.into_owned())
}

/// Text of several lines, trimmed; the empty text is `Some(None)`, a bad one `None`.
pub(crate) fn paragraph(text: &str, max: usize) -> Option<Option<String>> {
    let text = nfc(text.trim()).replace("\r\n", "\n");
    let fits = text.chars().count() <= max && !text.chars().any(|c| c.is_control() && c != '\n');
    fits.then(|| (!text.is_empty()).then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_overlong_text_are_refused() {
        assert_eq!(line("  Kleio  ", 10).as_deref(), Some("Kleio"));
        assert_eq!(line("Žofie Å", 7).as_deref(), Some("Žofie Å"));
        assert_eq!(
            line("Z\u{30c}ofie A\u{30a}", 7).as_deref(),
            Some("Žofie Å"),
            "X10: composed, then counted"
        );
        for wrong in ["", "   ", "a\u{0}b", "a\nb", "12345678901"] {
            assert_eq!(line(wrong, 10), None, "{wrong:?}");
        }
        assert_eq!(paragraph(" one\r\ntwo ", 10), Some(Some("one\ntwo".to_owned())));
        assert_eq!(paragraph("  ", 10), Some(None));
        assert_eq!(paragraph("a\u{7}", 10), None);
    }
}
