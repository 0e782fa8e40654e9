//! Descriptions brought into safe HTML.

use std::collections::{HashMap, HashSet};

/// Cleans descriptions by an allow-list.
pub struct Descriptions {
    allowed: ammonia::Builder<'static>,
}

impl Descriptions {
    /// With the elements a product description needs and no others: no
    /// styles, no scripts, no pictures, no frames; links that pass nothing on.
    pub fn new() -> Self {
        let mut allowed = ammonia::Builder::empty();
        allowed
            .tags(HashSet::from([
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
                "blockquote",
                "a",
                "table",
                "thead",
                "tbody",
                "tr",
                "th",
                "td",
                "dl",
                "dt",
                "dd",
                "hr",
            ]))
            .clean_content_tags(HashSet::from([
                "script", "style", "iframe", "object", "template", "noscript", "svg", "math", "title",
            ]))
            .tag_attributes(HashMap::from([
                ("a", HashSet::from(["href"])),
                ("td", HashSet::from(["colspan", "rowspan"])),
                ("th", HashSet::from(["colspan", "rowspan"])),
            ]))
            .url_schemes(HashSet::from(["http", "https", "mailto"]))
            .url_relative(ammonia::UrlRelative::Deny)
            .link_rel(Some("nofollow noopener"));
        Self { allowed }
    }

    /// Safe HTML. Text without markup becomes paragraphs.
    pub fn clean(&self, text: &str) -> String {
        let text = text.trim();
        if text.contains('<') && text.contains('>') {
            return self.allowed.clean(text).to_string().trim().to_owned();
        }
        let mut html = String::with_capacity(text.len() + 16);
        for paragraph in text.replace("\r\n", "\n").split("\n\n").map(str::trim).filter(|p| !p.is_empty()) {
            // Cleaning escapes what is text and keeps entities as they are.
            let lines: Vec<String> =
                paragraph.lines().map(|line| self.allowed.clean(line.trim()).to_string()).collect();
            html.push_str("<p>");
            html.push_str(&lines.join("<br>"));
            html.push_str("</p>");
        }
        html
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn descriptions_keep_structure_and_lose_danger() {
        let html = Descriptions::new();
        for (given, expected) in [
            ("Plain text", "<p>Plain text</p>"),
            ("One\nline\n\nTwo", "<p>One<br>line</p><p>Two</p>"),
            ("a < b & c", "<p>a &lt; b &amp; c</p>"),
            ("<p>Kept <b>bold</b></p>", "<p>Kept <b>bold</b></p>"),
            ("<p onclick=\"x()\" style=\"color:red\">Hi</p><script>alert(1)</script>", "<p>Hi</p>"),
            ("<img src=x onerror=alert(1)>text", "text"),
            ("<a href=\"javascript:alert(1)\">x</a>", "<a rel=\"nofollow noopener\">x</a>"),
            ("<svg><script>alert(1)</script></svg>ok", "ok"),
            ("", ""),
        ] {
            assert_eq!(html.clean(given), expected, "{given}");
        }
    }

    proptest! {
        /// Nothing that runs gets through the description.
        #[test]
        fn no_script_survives(text in "[<>a-z/\"'= ]{0,60}(<script>|<img onerror=|<a href=javascript:|<style>)[<>a-z()/\"'= ]{0,60}") {
            let clean = Descriptions::new().clean(&text).to_lowercase();
            prop_assert!(!clean.contains("<script") && !clean.contains("<img") && !clean.contains("<style"));
            prop_assert!(!clean.contains("href=\"javascript"));
        }
    }
}
