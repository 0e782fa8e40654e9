//! Where a visitor wants things sent, remembered from the first time it is told, so that no
//! page asks twice: a cookie with country and postcode.

use axum::http::{HeaderValue, header, request::Parts};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use stoa_kernel::Ctx;
use stoa_ui::PageError;

const NAME: &str = "stoa_place";
/// 180 days.
const SECONDS: u32 = 180 * 24 * 60 * 60;

/// A country, and a postcode as that country writes it (empty where only the country is
/// known). What is read from a cookie may be anything: the service judges it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub country: String,
    pub postcode: String,
}

impl Place {
    /// The one the visitor told us earlier.
    pub fn kept() -> Option<Self> {
        let parts = use_context::<Parts>()?;
        let own = parts.extensions.get::<Ctx>()?.app.settings.cookie(NAME);
        let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == own)
            .and_then(|(_, value)| Self::read(value))
    }

    /// Remembers it in the visitor's browser.
    pub fn keep(&self, ctx: &Ctx) -> Result<(), PageError> {
        keep_cookie(ctx, NAME, &self.write(), SECONDS)
    }

    /// `GR_104_31`: cookies know no spaces.
    fn write(&self) -> String {
        format!("{}_{}", self.country, self.postcode.replace(' ', "_"))
    }

    fn read(value: &str) -> Option<Self> {
        let (country, postcode) = value.split_once('_')?;
        let plain =
            |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter));
        (country.len() == 2 && postcode.len() <= 12 && plain(country) && plain(postcode))
            .then(|| Self { country: country.to_owned(), postcode: postcode.replace('_', " ") })
    }
}

/// Gives the visitor's browser a cookie that only this site's pages send back and no script
/// reads.
pub(crate) fn keep_cookie(ctx: &Ctx, name: &str, value: &str, seconds: u32) -> Result<(), PageError> {
    let name = ctx.app.settings.cookie(name);
    let secure = if ctx.app.settings.is_https() { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax; HttpOnly{secure}");
    let cookie = HeaderValue::try_from(cookie).map_err(|_| PageError::internal("request.cookie"))?;
    let options =
        use_context::<ResponseOptions>().ok_or_else(|| PageError::internal("request.context_missing"))?;
    options.append_header(header::SET_COOKIE, cookie);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_cookie() {
        for (country, postcode) in [("GR", "104 31"), ("NL", "1012 AB"), ("PT", "1000-001"), ("DE", "")] {
            let place = Place { country: country.to_owned(), postcode: postcode.to_owned() };
            let written = place.write();
            assert!(!written.contains(' '), "{written}");
            assert_eq!(Place::read(&written), Some(place));
        }
    }

    #[test]
    fn what_is_no_place_is_none() {
        for value in ["", "GR", "Greece_10431", "GR_<script>", "GR_1234567890123"] {
            assert_eq!(Place::read(value), None, "{value}");
        }
    }
}
