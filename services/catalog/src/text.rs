//! Text as it comes in: trimmed, capped, without control characters; HTML made safe.

use std::sync::LazyLock;

use stoa_kernel::text::nfc;

/// One line: runs of white space become one space. None when it is too long or holds
/// control characters.
pub(crate) fn line(text: &str, longest: usize) -> Option<String> {
    let text = nfc(text);
    if text.chars().any(|letter| letter.is_control() && !letter.is_whitespace()) {
        return None;
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (line.chars().count() <= longest).then_some(line)
}

/// The form in which two texts count as the same: trimmed, lower case.
pub(crate) fn key(text: &str) -> String {
    nfc(text.trim()).to_lowercase()
}

/// Lower-case ASCII words joined by hyphens, at most 80 characters; empty when the
/// text has no letter or digit.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in deunicode::deunicode(&nfc(text)).chars() {
        if slug.len() >= 80 {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if letter != '\'' && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Whether the text is a slug as it stands.
pub(crate) fn is_slug(text: &str) -> bool {
    !text.is_empty() && slug(text) == text
}

/// Lower case without accents, as searched in.
pub(crate) fn searchable(text: &str) -> String {
    deunicode::deunicode(&nfc(text)).to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Longest HTML kept, in characters.
pub(crate) const LONGEST_HTML: usize = 100_000;

/// Plain formatting only: no script, style, handler, frame or foreign picture.
/// Links may not pass the shop's standing on.
pub(crate) fn safe_html(html: &str) -> String {
    static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
        let mut builder = ammonia::Builder::empty();
        builder
            .tags(
                [
                    "p",
                    "br",
                    "ul",
                    "ol",
                    "li",
                    "strong",
                    "b",
                    "em",
                    "i",
                    "u",
                    "s",
                    "sub",
                    "sup",
                    "h2",
                    "h3",
                    "h4",
                    "h5",
                    "h6",
                    "blockquote",
                    "a",
                    "table",
                    "thead",
                    "tbody",
                    "tr",
                    "th",
                    "td",
                    "caption",
                    "dl",
                    "dt",
                    "dd",
                    "hr",
                    "code",
                    "pre",
                    "div",
                    "span",
                ]
                .into(),
            )
            .clean_content_tags(["script", "style", "iframe", "object", "template", "noscript"].into())
            .tag_attributes([("a", ["href", "title"].into()), ("th", ["scope"].into())].into())
            .url_schemes(["http", "https", "mailto", "tel"].into())
            .link_rel(Some("nofollow noopener"));
        builder
    });
    // A page has one h1, its title.
    let html = nfc(html).replace("<h1", "<h2").replace("</h1", "</h2");
    CLEANER.clean(html.trim()).to_string().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_plain_ascii() {
        assert_eq!(slug("  Salt-glazed jug, 1 l — Κανάτι! "), "salt-glazed-jug-1-l-kanati");
        assert_eq!(slug("Maker's mug"), "makers-mug");
        assert_eq!(slug("!!!"), "");
        assert!(slug(&"long ".repeat(60)).len() <= 80);
        assert!(is_slug("oak-board") && !is_slug("Oak board") && !is_slug("-oak"));
    }

    #[test]
    fn script_and_handlers_never_survive() {
        let html = "<h1>Jug</h1><p onclick=\"x()\">Hello <b>you</b><script>alert(1)</script><img src=x onerror=alert(1)>\
                    <a href=\"javascript:alert(1)\">a</a><a href=\"https://example.org\" style=\"x\">b</a></p><iframe src=//evil></iframe>";
        let safe = safe_html(html);
        for evil in ["script", "alert", "onclick", "onerror", "javascript", "iframe", "style", "<img", "<h1"]
        {
            assert!(!safe.contains(evil), "{evil} in {safe}");
        }
        assert!(safe.contains("<b>you</b>") && safe.contains("https://example.org"));
        assert_eq!(safe_html(&safe), safe, "cleaning twice changes nothing");
    }

    #[test]
    fn a_line_has_no_control_characters_and_an_end() {
        assert_eq!(line("  a \n b ", 10).as_deref(), Some("a b"));
        assert_eq!(line("a\u{7}b", 10), None);
        assert_eq!(line("abcdef", 5), None);
    }

    #[test]
    fn x10_one_word_typed_in_two_ways_is_one_word() {
        let (typed, composed) = ("Cafe\u{301}", "Café");
        assert_eq!(line(typed, 4).as_deref(), Some(composed), "and four characters long");
        assert_eq!(key(typed), key(composed));
        assert_eq!(safe_html(&format!("<p>{typed}</p>")), format!("<p>{composed}</p>"));
        assert_eq!((slug(typed), searchable(typed)), (slug(composed), searchable(composed)));
    }
}
