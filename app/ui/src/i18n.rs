//! Which language a page speaks: the locale prefix of storefront paths, and what the
//! functions made from the message files (`app/locales`) ask at run time.
//!
//! A page's locale never changes while it lives: another locale is another address and so
//! another document. Messages are therefore plain functions, not signals.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A language and region with message files of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Locale {
    #[default]
    #[serde(rename = "en-gb")]
    EnGb,
}

impl Locale {
    /// Every locale, the default one first.
    pub const ALL: &[Locale] = &[Locale::EnGb];

    /// Lower-case BCP 47, as in paths, cookies and `Ctx::locale`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::EnGb => "en-gb",
        }
    }

    /// The `lang` attribute.
    pub const fn lang(self) -> &'static str {
        match self {
            Self::EnGb => "en-GB",
        }
    }

    /// The `dir` attribute.
    pub const fn dir(self) -> &'static str {
        match self {
            Self::EnGb => "ltr",
        }
    }

    /// Its name in its own language, for the switcher.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnGb => "English",
        }
    }

    /// The locale with this code, in any case.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|locale| locale.code().eq_ignore_ascii_case(code))
    }

    /// The first locale of an `Accept-Language` header that we speak: the exact tag, else
    /// one of the same language. Quality values order the tags; 0 excludes one.
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut wanted: Vec<(f32, &str)> = header
            .split(',')
            .filter_map(|part| {
                let mut pieces = part.trim().split(';');
                let tag = pieces.next()?.trim();
                let quality = pieces
                    .find_map(|piece| piece.trim().strip_prefix("q="))
                    .map_or(Some(1.0), |q| q.parse().ok())?;
                (!tag.is_empty() && quality > 0.0).then_some((quality, tag))
            })
            .collect();
        // Stable: tags of equal quality keep the browser's order.
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        wanted.into_iter().find_map(|(_, tag)| {
            Self::from_code(tag).or_else(|| {
                let language = tag.split('-').next()?;
                Self::ALL.iter().copied().find(|locale| {
                    locale.code().split('-').next().is_some_and(|own| own.eq_ignore_ascii_case(language))
                })
            })
        })
    }
}

#[cfg(target_arch = "wasm32")]
static CURRENT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

/// Makes `locale` the one messages come in: on the server for the page being rendered, in
/// the browser for the document.
pub fn provide_locale(locale: Locale) {
    #[cfg(target_arch = "wasm32")]
    if let Some(index) = Locale::ALL.iter().position(|own| *own == locale) {
        CURRENT.store(index, std::sync::atomic::Ordering::Relaxed);
    }
    provide_context(locale);
}

/// The locale of the current page, or of the person a server function runs for.
pub fn locale() -> Locale {
    #[cfg(target_arch = "wasm32")]
    {
        // Event handlers run outside of any owner, so the browser does not ask the context.
        Locale::ALL.get(CURRENT.load(std::sync::atomic::Ordering::Relaxed)).copied().unwrap_or_default()
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        if let Some(locale) = use_context::<Locale>() {
            return locale;
        }
        #[cfg(feature = "ssr")]
        if let Ok(ctx) = crate::server::ctx() {
            return Locale::from_code(&ctx.locale).unwrap_or_default();
        }
        Locale::default()
    }
}

/// The CLDR plural category of a whole number.
pub fn plural(locale: Locale, count: i64) -> &'static str {
    match locale {
        Locale::EnGb if count == 1 => "one",
        Locale::EnGb => "other",
    }
}

/// A storefront address in the current locale: `link("/cart")` is `/en-gb/cart`.
pub fn link(path: &str) -> String {
    format!("/{}{}", locale().code(), if path == "/" { "" } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_language_orders_by_quality_and_falls_back_to_the_language() {
        assert_eq!(Locale::from_accept_language("en-GB,en;q=0.9"), Some(Locale::EnGb));
        assert_eq!(Locale::from_accept_language("zz, en-US;q=0.3"), Some(Locale::EnGb));
        assert_eq!(Locale::from_accept_language("en;q=0, zz"), None);
        assert_eq!(Locale::from_accept_language(""), None);
        assert_eq!(Locale::from_accept_language("en;q=much"), None);
    }

    #[test]
    fn messages_count() {
        assert_eq!(crate::text::failure::check_answers(1), "Check 1 answer.");
        assert_eq!(crate::text::failure::check_answers(3), "Check 3 answers.");
    }
}
