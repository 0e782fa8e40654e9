//! `/` and the visitor's preferences.

use axum::{
    Form,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use stoa_kernel::Ctx;
use stoa_types::Currency;

use super::{
    context::{cookie, referring_page},
    state::{CURRENCY, DENSITY, LOCALE, THEME},
};
use crate::{i18n::Locale, page::Theme};

/// The locale a request is answered in: the address says it, else the cookie, else what the
/// browser prefers, else the default.
pub(super) fn locale_of(path: &str, headers: &HeaderMap) -> Locale {
    path.split('/')
        .nth(1)
        .and_then(Locale::from_code)
        .or_else(|| cookie(headers, LOCALE).and_then(Locale::from_code))
        .or_else(|| Locale::from_accept_language(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?))
        .unwrap_or_default()
}

/// `GET /`: 302 to the home page in the visitor's language.
pub async fn root(request: Request) -> Response {
    let locale = locale_of("", request.headers());
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let location = format!("/{}{query}", locale.code());
    (
        StatusCode::FOUND,
        [
            (header::LOCATION, HeaderValue::try_from(location).unwrap_or(HeaderValue::from_static("/en-gb"))),
            (header::VARY, HeaderValue::from_static("cookie, accept-language")),
            (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        ],
    )
        .into_response()
}

/// What the preference forms of footer and profile send; absent fields stay as they are.
#[derive(Debug, Default, Deserialize)]
pub struct Preferences {
    theme: Option<String>,
    density: Option<String>,
    locale: Option<String>,
    currency: Option<String>,
}

/// `POST /preferences`: keeps the choices in cookies for a year and goes back to the page,
/// in the chosen language. Values we don't know change nothing.
pub async fn preferences(
    ctx: Option<axum::Extension<Ctx>>,
    headers: HeaderMap,
    Form(chosen): Form<Preferences>,
) -> Response {
    let secure = ctx.is_some_and(|ctx| ctx.app.settings.public_url.starts_with("https://"));
    let mut answer = HeaderMap::new();
    let mut keep = |name: &str, value: &str| {
        let secure = if secure { "; Secure" } else { "" };
        if let Ok(line) = HeaderValue::try_from(format!(
            "{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}"
        )) {
            answer.append(header::SET_COOKIE, line);
        }
    };
    if let Some(theme) = chosen.theme.as_deref().and_then(Theme::from_name) {
        keep(THEME, theme.name());
    }
    if let Some(density) = chosen.density.filter(|density| density == "compact" || density == "comfortable") {
        keep(DENSITY, &density);
    }
    if let Some(currency) = chosen.currency.as_deref().and_then(|code| code.parse::<Currency>().ok()) {
        keep(CURRENCY, &currency.to_string());
    }
    let locale = chosen.locale.as_deref().and_then(Locale::from_code);
    if let Some(locale) = locale {
        keep(LOCALE, locale.code());
    }
    let page = referring_page(&headers)
        .map_or_else(|| "/".to_owned(), |page| page[url::Position::BeforePath..].to_owned());
    let target = locale.map_or_else(|| page.clone(), |locale| in_locale(&page, locale));
    if let Ok(location) = HeaderValue::try_from(target) {
        answer.insert(header::LOCATION, location);
    }
    (StatusCode::SEE_OTHER, answer).into_response()
}

/// The same page in another language; staff pages have no language in their address.
fn in_locale(page: &str, locale: Locale) -> String {
    let rest = page.trim_start_matches('/');
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match Locale::from_code(&rest[..end]) {
        Some(_) => format!("/{}{}", locale.code(), &rest[end..]),
        None => page.to_owned(),
    }
}
