//! Paths within one's own site.

/// Whether `path` stays on this site: a path, and nothing that a browser would read as another
/// host. The one rule for every place that somebody may be led to by what an address or a form
/// says.
///
/// Browsers read `\` as `/` and drop tabs and line breaks (WHATWG URL, "special" schemes), so
/// neither is allowed.
pub fn is_local_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(|c| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12.M3, 12.E5
    #[test]
    fn only_paths_of_this_site_are_local() {
        for path in ["/", "/seller/orders?status=late", "/en-gb/p/jug#reviews"] {
            assert!(is_local_path(path), "{path}");
        }
        for path in [
            "",
            "seller",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "https://stoa.example@evil.example",
            "javascript:alert(1)",
            "/a\r\nset-cookie: b",
            "/ b",
        ] {
            assert!(!is_local_path(path), "{path:?}");
        }
    }
}
