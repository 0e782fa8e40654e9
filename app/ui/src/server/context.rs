//! What the request being answered brings along.

use http::{HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use stoa_kernel::Ctx;
use stoa_types::{Id, User};

use crate::{
    PageError,
    page::{STEP_UP, sign_in_link, step_up_link},
};

/// Who asks, in which language, when, and the way to the database: the first argument of
/// every service function. Works in server functions and while a page is rendered.
pub fn ctx() -> Result<Ctx, PageError> {
    extension::<Ctx>()
}

/// The signed-in person, or the 401 that leads to sign-in.
pub fn signed_in(ctx: &Ctx) -> Result<Id<User>, PageError> {
    Ok(ctx.user()?)
}

/// Whatever middleware put into the request's extensions under this type.
pub fn extension<T: Clone + Send + Sync + 'static>() -> Result<T, PageError> {
    with_context::<Parts, _>(|parts| parts.extensions.get::<T>().cloned())
        .flatten()
        .ok_or_else(|| PageError::internal("request.context_missing"))
}

/// The id of the request, quoted by error pages.
pub fn request_id() -> Option<String> {
    ctx().ok().map(|ctx| ctx.request_id).or_else(stoa_kernel::http::request_id)
}

/// Sets the HTTP status of the page being rendered. A redirect set before stays.
pub fn set_status(status: u16) {
    let (Some(options), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) else {
        return;
    };
    let mut parts = options.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !parts.status.is_some_and(|current| current.is_redirection()) {
        parts.status = Some(status);
    }
}

/// The status of a page that failed; nobody signed in means a redirect to sign-in and back, and
/// somebody who has to prove who they are is led there and back.
pub fn fail(error: &PageError) {
    let door = match error.status() {
        401 => Some(sign_in_link as fn(&str) -> String),
        _ if error.0.code == STEP_UP => Some(step_up_link as fn(&str) -> String),
        _ => None,
    };
    if let Some(door) = door
        && let Some(path) =
            with_context::<Parts, _>(|parts| parts.uri.path_and_query().map(ToString::to_string)).flatten()
        && let Some(options) = use_context::<ResponseOptions>()
        && let Ok(location) = HeaderValue::from_str(&door(&path))
    {
        options.insert_header(header::LOCATION, location);
        options.set_status(StatusCode::FOUND);
        return;
    }
    set_status(error.status());
}

/// 128 random bits in hex.
pub fn random_id() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness the machine cannot serve sessions either; a key that repeats would
    // be worse than none.
    getrandom::fill(&mut bytes).expect("the operating system's random source answers");
    hex::encode(bytes)
}

/// The value of a cookie in these headers.
pub(super) fn cookie<'a>(headers: &'a http::HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Whether the client wants a page rather than data.
pub(super) fn accepts_html(headers: &http::HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("text/html"))
}

/// Path and query of the page the request came from, when that page is ours.
pub(super) fn referring_page(headers: &http::HeaderMap) -> Option<url::Url> {
    let referer = url::Url::parse(headers.get(header::REFERER)?.to_str().ok()?).ok()?;
    let host = headers.get(header::HOST)?.to_str().ok()?;
    (authority(&referer)?.eq_ignore_ascii_case(host)).then_some(referer)
}

/// `host` or `host:port`, as in a `Host` header.
pub(super) fn authority(url: &url::Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}
