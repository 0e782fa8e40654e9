//! What the session keeps between a POST and the page after it: a message, refused forms.

use http::{HeaderValue, header, request::Parts};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use tower_sessions::Session;

use crate::{PageError, form::StoredForm, page::is_local_path};

const FLASH: &str = "page.flash";
const FORMS: &str = "page.forms";
/// Refused forms kept per visitor; a fourth pushes the oldest out.
const KEPT_FORMS: usize = 3;
/// How long a refused form is kept, in seconds.
pub(super) const FORM_SECONDS: i64 = 600;

fn unavailable(_: tower_sessions::session::Error) -> PageError {
    PageError::internal("session.unavailable")
}

/// Shows `message` once on the next page.
pub async fn flash(message: impl Into<String>) -> Result<(), PageError> {
    let session = super::extension::<Session>()?;
    session.insert(FLASH, message.into()).await.map_err(unavailable)
}

/// Ends a server function by leading to `path` (of this site), where `message` shows once.
pub async fn redirect_to(path: &str, message: impl Into<String>) -> Result<(), PageError> {
    flash(message).await?;
    redirect_to_quietly(path)
}

/// Ends a server function by leading to `path` of this site.
pub fn redirect_to_quietly(path: &str) -> Result<(), PageError> {
    let location = HeaderValue::from_str(path).ok().filter(|_| is_local_path(path));
    let (Some(location), Some(options)) = (location, use_context::<ResponseOptions>()) else {
        return Err(PageError::internal("request.bad_redirect"));
    };
    lead(&options, location);
    Ok(())
}

/// The adapter of the server functions turns this into 303, or leaves it to the browser's half
/// to follow.
fn lead(options: &ResponseOptions, location: HeaderValue) {
    options.insert_header(header::LOCATION, location);
    options.insert_header(header::HeaderName::from_static("serverfnredirect"), HeaderValue::from_static(""));
    if with_context::<Parts, _>(|parts| parts.method == http::Method::GET).unwrap_or(false) {
        options.set_status(http::StatusCode::FOUND);
    }
}

/// Ends a server function, or the page being rendered, by leading to another site's address:
/// one that the caller has checked, never one that somebody typed.
pub fn redirect_away(address: &str) -> Result<(), PageError> {
    let there = url::Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let location = there.and_then(|_| HeaderValue::from_str(address).ok());
    let (Some(location), Some(options)) = (location, use_context::<ResponseOptions>()) else {
        return Err(PageError::internal("request.bad_redirect"));
    };
    lead(&options, location);
    Ok(())
}

/// Takes the message for the page being shown.
pub(super) async fn take_flash(session: &Session) -> Option<String> {
    session.remove::<String>(FLASH).await.ok().flatten()
}

/// Keeps a refused form; `now` in Unix seconds.
pub(super) async fn keep_form(session: &Session, form: StoredForm, now: i64) -> Result<(), PageError> {
    let mut forms: Vec<StoredForm> = session.get(FORMS).await.map_err(unavailable)?.unwrap_or_default();
    forms.retain(|kept| kept.expires > now && (kept.action != form.action || kept.name != form.name));
    forms.push(form);
    if forms.len() > KEPT_FORMS {
        forms.remove(0);
    }
    session.insert(FORMS, forms).await.map_err(unavailable)
}

/// The refused form with this id, while it is kept; `now` in Unix seconds.
pub(super) async fn find_form(session: &Session, id: &str, now: i64) -> Option<StoredForm> {
    let forms: Vec<StoredForm> = session.get(FORMS).await.ok().flatten()?;
    forms.into_iter().find(|form| form.id == id && form.expires > now)
}
