//! The address of the server functions: for the browser's WebAssembly half and for plain
//! forms alike.
//!
//! Leptos answers a plain form itself by a redirect to the referring page with the error in
//! the address, which loses what was typed and breaks when a status is set. So a plain form
//! is run as if it had been fetched, and its answer is turned into a 303 here:
//!
//! * its sender has to prove who they are first: what was typed is kept likewise, and the browser
//!   goes to the page for that, which leads back;
//! * refused: what was typed (without secrets) and the problem go into the session for ten
//!   minutes, and the browser goes back to the page with `?form=…`;
//! * done: to where the function redirected, else back to the page.
//!
//! A fetch gets the status of its problem.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use stoa_kernel::Ctx;
use stoa_types::Problem;
use tower_sessions::Session;
use url::Url;

use super::{
    context::{accepts_html, random_id, referring_page},
    problem::problem_response,
    session::{FORM_SECONDS, keep_form},
};
use crate::{
    PageError,
    form::{FORM_NAME, StoredForm},
    page::{STEP_UP, sign_in_link, step_up_link},
    text,
};

/// The most bytes of a form, with and without WebAssembly.
const FORM_LIMIT: usize = 1024 * 1024;
/// The header by which a server function marks its answer as an error.
const ERROR: &str = "serverfnerror";
const REDIRECT: &str = "serverfnredirect";

/// Answers one request to a server function. `context` is provided to the function, as it is
/// to the pages.
pub async fn handle_server_function(
    context: impl Fn() + Clone + Send + 'static,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    // Leptos would read a body of any size, and answers what is none of ours in its own words.
    let refused = |error: PageError| problem_response(error, &headers);
    if leptos::server_fn::axum::get_server_fn_service(request.uri().path(), request.method().clone())
        .is_none()
    {
        return refused(PageError::not_found());
    }
    let (parts, body) = request.into_parts();
    let bytes = match read(body).await {
        Ok(bytes) => bytes,
        Err(error) => return refused(error),
    };
    if parts.method == Method::POST && accepts_html(&parts.headers) {
        return plain_form(context, parts, bytes).await.unwrap_or_else(refused);
    }
    let request = Request::from_parts(parts, Body::from(bytes));
    with_status(leptos_axum::handle_server_fns_with_context(context, request).await.into_response()).await
}

/// The whole body: 413 beyond what a form may hold.
async fn read(body: Body) -> Result<Bytes, PageError> {
    match Limited::new(body, FORM_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(PageError::new(413, "request.too_large", text::failure::too_large_body()))
        }
        Err(_) => Err(PageError::new(400, "request.malformed", text::failure::malformed_body())),
    }
}

/// Sets the status of the problem a function failed with.
async fn with_status(response: Response) -> Response {
    if !response.headers().contains_key(ERROR) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    if let Some(status) = problem_of(&bytes).and_then(|problem| StatusCode::from_u16(problem.status).ok()) {
        parts.status = status;
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}

fn problem_of(bytes: &[u8]) -> Option<Problem> {
    serde_json::from_slice(bytes).ok()
}

async fn plain_form(
    context: impl Fn() + Clone + Send + 'static,
    mut parts: Parts,
    bytes: Bytes,
) -> Result<Response, PageError> {
    let headers = parts.headers.clone();
    let encoding =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if encoding.split(';').next().is_none_or(|kind| kind.trim() != "application/x-www-form-urlencoded") {
        return Err(PageError::new(415, "request.wrong_encoding", text::failure::wrong_encoding_body()));
    }
    let action = parts.uri.path().to_owned();
    let ctx = parts.extensions.get::<Ctx>().cloned();
    let session = parts.extensions.get::<Session>().cloned();
    // Seen as a fetch, the function answers with its result instead of a redirect of its own.
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let request = Request::from_parts(parts, Body::from(bytes.clone()));
    let response = leptos_axum::handle_server_fns_with_context(context, request).await.into_response();

    let back = referring_page(&headers);
    if !response.headers().contains_key(ERROR) && response.status().as_u16() < 400 {
        let target = response
            .headers()
            .get(header::LOCATION)
            .cloned()
            .or_else(|| HeaderValue::try_from(page_with_form(back.as_ref()?, None)).ok());
        return Ok(see_other(response, target.unwrap_or(HeaderValue::from_static("/"))));
    }

    let status = response.status();
    let (answer, body) = response.into_parts();
    let answered = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let problem = problem_of(&answered).unwrap_or_else(|| match status.as_u16() {
        // No function has this address.
        400 | 404 => *PageError::not_found().0,
        _ => *PageError::internal("request.failed").0,
    });
    let Some(back) = back else { return Err(problem.into()) };
    if problem.status == 401 && ctx.as_ref().is_none_or(|ctx| ctx.user().is_err()) {
        let next = page_with_form(&back, None);
        if let Ok(location) = HeaderValue::try_from(sign_in_link(&next))
            && !back.path().ends_with("/sign-in")
        {
            return Ok(see_other(Response::from_parts(answer, Body::empty()), location));
        }
    }
    let (Some(ctx), Some(session)) = (ctx, session) else { return Err(problem.into()) };
    let (name, values) = what_was_typed(&bytes);
    let now = ctx.now.timestamp();
    let proves_first = problem.code == STEP_UP;
    let form = StoredForm { id: random_id(), action, name, values, problem, expires: now + FORM_SECONDS };
    let mut target = page_with_form(&back, Some(&form.id));
    if proves_first {
        target = step_up_link(&target);
    }
    keep_form(&session, form, now).await?;
    let target = HeaderValue::try_from(target).unwrap_or(HeaderValue::from_static("/"));
    Ok(see_other(Response::from_parts(answer, Body::empty()), target))
}

/// 303 to `location`, keeping what the function set beside it, such as cookies.
fn see_other(response: Response, location: HeaderValue) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::SEE_OTHER;
    for name in [ERROR, REDIRECT, "content-type", "content-length"] {
        parts.headers.remove(name);
    }
    parts.headers.insert(header::LOCATION, location);
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Response::from_parts(parts, Body::empty())
}

/// Path and query of the page with `form` set to `id`, or without it.
fn page_with_form(page: &Url, id: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in page.query_pairs().filter(|(name, _)| name != "form") {
        query.append_pair(&name, &value);
    }
    if let Some(id) = id {
        query.append_pair("form", id);
    }
    let query = query.finish();
    if query.is_empty() { page.path().to_owned() } else { format!("{}?{query}", page.path()) }
}

/// The form's name and the values that may be kept.
fn what_was_typed(body: &[u8]) -> (String, Vec<(String, String)>) {
    let mut form = String::new();
    let mut values = Vec::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        if name == FORM_NAME {
            form = value.into_owned();
        } else if name != "idempotency_key" && !is_sensitive(&name) {
            values.push((name.into_owned(), value.into_owned()));
        }
    }
    (form, values)
}

/// Whether a field of this name must never be stored: secrets, card data, documents. Names
/// are compared by their words, so that `shipping[city]` is not taken for a `pin` nor a
/// tracking number for a card's.
fn is_sensitive(name: &str) -> bool {
    const WHOLE: &[&str] = &["account", "code", "exp", "expiry", "holder", "number"];
    const WORDS: &[&str] =
        &["bic", "cc", "csc", "document", "otp", "pan", "passcode", "passport", "passphrase", "pin", "pwd"];
    const PARTS: &[&str] = &["password", "passwd", "secret", "token", "card", "cvc", "cvv", "iban"];
    let name = name.to_ascii_lowercase();
    WHOLE.contains(&name.as_str())
        || name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| WORDS.contains(&word))
        || PARTS.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_kept_but_addresses_are() {
        for name in [
            "password",
            "new_password",
            "card[number]",
            "cardNumber",
            "cvc",
            "cc-exp",
            "api_token",
            "pin",
            "client_secret",
            "number",
            "code",
        ] {
            assert!(is_sensitive(name), "{name}");
        }
        for name in [
            "email",
            "addr[postcode]",
            "shipping[city]",
            "postcode",
            "title",
            "tracking_number",
            "sku_code",
            "quantity",
            "note",
        ] {
            assert!(!is_sensitive(name), "{name}");
        }
    }

    #[test]
    fn the_page_keeps_its_query() {
        let page = Url::parse("http://localhost/en-gb/checkout?step=2&form=old").expect("an address");
        assert_eq!(page_with_form(&page, Some("new")), "/en-gb/checkout?step=2&form=new");
        assert_eq!(page_with_form(&page, None), "/en-gb/checkout?step=2");
        let plain = Url::parse("http://localhost/en-gb/checkout").expect("an address");
        assert_eq!(page_with_form(&plain, None), "/en-gb/checkout");
    }
}
