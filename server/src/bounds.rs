//! What holds for every request, whatever its route: what its address may say, how often a
//! network may ask and how long an answer may take; and what every answer carries.

use std::{panic::AssertUnwindSafe, time::Duration};

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};
use stoa_kernel::{Actor, Ctx, Error, Result, error::codes, ports::Rate};
use stoa_ui::{PageError, i18n::Locale, server::problem_response};

/// How long an answer may take; beyond it the work is dropped, and what it had not
/// committed is undone.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same for a request that brings a file, which a slow line takes long to send.
const PATIENCE_WITH_FILES: Duration = Duration::from_secs(15 * 60);
/// Forms sent from one network: whatever is no `GET` and no call of the REST interface.
const FORMS: Rate = Rate { name: "forms", count: 300, per: Duration::from_secs(60) };
/// First segments, after the language, of pages that show somebody's own things.
const PERSONAL: &[&str] = &["account", "admin", "cart", "checkout", "order", "seller", "sign-in"];

/// Whether this is a call of the REST interface, or of the OAuth provider by a program.
pub fn is_api(path: &str) -> bool {
    let of_programs = path.starts_with("/oauth/") && path != "/oauth/authorize";
    path.starts_with("/v1/") || of_programs || path.starts_with("/.well-known/")
}

/// Refuses an address that holds a NUL: no text of ours does, and PostgreSQL stores none.
pub fn check_address(parts: &Parts) -> Result<()> {
    let nul = |text: &str| text.contains("%00");
    if nul(parts.uri.path()) || parts.uri.query().is_some_and(nul) {
        return Err(codes::MALFORMED.error("The address holds a NUL character (%00)."));
    }
    Ok(())
}

/// Takes one from the network's allowance: of calls (`api_rate` a minute) or of forms.
pub async fn check_rate(ctx: &Ctx, parts: &Parts, api_rate: u32) -> Result<()> {
    let network = ctx.network.as_deref().unwrap_or_default();
    if is_api(parts.uri.path()) {
        let rate = Rate { name: "api", count: api_rate, per: Duration::from_secs(60) };
        return ctx.app.rate.check(rate, network).await;
    }
    match parts.method {
        Method::GET | Method::HEAD | Method::OPTIONS => Ok(()),
        _ => ctx.limit(FORMS).await,
    }
}

/// Lets the request be answered, in time and without taking the connection along when a
/// handler panics.
pub async fn answer(request: Request, next: Next) -> Response {
    let files = brings_files(request.uri().path(), request.headers());
    answer_within(if files { PATIENCE_WITH_FILES } else { PATIENCE }, request, next).await
}

async fn answer_within(patience: Duration, request: Request, next: Next) -> Response {
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    // What a handler has shared is guarded by locks and transactions, not by its stack.
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(patience, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let said = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("a panic without words");
            refuse(Error::internal(format!("panicked: {said}")), &path, &headers)
        }
        Err(_) => {
            let error = codes::TIMED_OUT.error("That took too long and was given up. Try again.");
            refuse(error, &path, &headers)
        }
    }
}

fn brings_files(path: &str, headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    path == "/v1/assets" || kind.is_some_and(|kind| kind.starts_with("multipart/"))
}

/// The refusal as a problem document for programs and as a page for people.
pub fn refuse(error: Error, path: &str, headers: &HeaderMap) -> Response {
    if is_api(path) {
        return error.into_response();
    }
    let wait = error.facts().get("retry_after").and_then(|text| HeaderValue::from_str(text).ok());
    let mut response = problem_response(PageError::from(error), headers);
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    response
}

/// Says how the answer may be kept where its handler did not: what is somebody's own by
/// nobody, other pages by the browser that asks again each time (they show who is signed in
/// and how full the cart is).
pub fn keep(path: &str, response: &mut Response) {
    let headers = response.headers_mut();
    if headers.contains_key(header::CACHE_CONTROL) {
        return;
    }
    let page =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let own = is_api(path) || path.starts_with("/api/") || (page && is_personal(path));
    let value = match (own, page) {
        (true, _) => "private, no-store",
        (false, true) => "private, no-cache",
        (false, false) => return,
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
}

fn is_personal(path: &str) -> bool {
    let mut segments = path.split('/').skip(1);
    let first = segments.next().unwrap_or_default();
    let segment =
        if Locale::from_code(first).is_some() { segments.next().unwrap_or_default() } else { first };
    // Where keys are shown.
    PERSONAL.contains(&segment) || path.starts_with("/developers/apps")
}

/// The path as logs may show it: the token of an order's link opens that order.
pub fn loggable(path: &str) -> String {
    match path.split_once("/order/") {
        Some((before, token)) if !is_api(path) && !token.is_empty() => format!("{before}/order/…"),
        _ => path.to_owned(),
    }
}

/// Whether this request signs somebody out.
pub fn signs_out(ctx: &Ctx, parts: &Parts) -> bool {
    parts.method == Method::POST
        && matches!(parts.uri.path(), "/sign-out" | "/v1/auth/logout")
        && matches!(ctx.actor, Actor::User(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b7_a_link_that_opens_an_order_is_not_logged() {
        assert_eq!(loggable("/en-gb/order/b3JkXzAx.c2ln"), "/en-gb/order/…");
        assert_eq!(loggable("/en-gb/order/b3JkXzAx.c2ln/thanks"), "/en-gb/order/…");
        assert_eq!(loggable("/v1/orders/ord_01"), "/v1/orders/ord_01");
        assert_eq!(loggable("/en-gb/orders"), "/en-gb/orders");
    }

    #[test]
    fn b8_own_things_are_kept_nowhere() {
        for path in [
            "/en-gb/cart",
            "/en-gb/checkout/payment",
            "/en-gb/order/x",
            "/seller",
            "/admin/orders",
            "/en-gb/account",
        ] {
            assert!(is_personal(path), "{path}");
        }
        for path in ["/", "/en-gb", "/en-gb/p/cart", "/en-gb/search", "/de-de/cartoons"] {
            assert!(!is_personal(path), "{path}");
        }
    }

    #[test]
    fn nul_is_refused_wherever_it_stands() {
        let parts = |uri: &str| http::Request::get(uri).body(()).expect("a request").into_parts().0;
        for uri in ["/en-gb/p/%00", "/v1/products?q=a%00b"] {
            assert!(check_address(&parts(uri)).is_err(), "{uri}");
        }
        assert!(check_address(&parts("/en-gb/search?q=100%25%20")).is_ok());
    }

    #[tokio::test]
    async fn who_panics_or_dawdles_is_answered_for() {
        use axum::{Router, body::Body, middleware::from_fn, routing::get};
        use tower::ServiceExt;

        let panics = || async {
            if true {
                panic!("a secret")
            }
        };
        let dawdles = std::future::pending::<()>;
        let router = Router::new()
            .route("/v1/panics", get(panics))
            .route("/panics", get(panics))
            .route("/v1/dawdles", get(dawdles))
            .layer(from_fn(|request: Request, next: Next| {
                answer_within(Duration::from_millis(50), request, next)
            }));
        for (path, status, kind) in [
            ("/v1/panics", 500, "application/problem+json"),
            ("/panics", 500, "text/html; charset=utf-8"),
            ("/v1/dawdles", 408, "application/problem+json"),
        ] {
            let request = http::Request::get(path).header(header::ACCEPT, "text/html").body(Body::empty());
            let answer = router.clone().oneshot(request.expect("a request")).await.expect("an answer");
            assert_eq!(answer.status(), status, "{path}");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], kind, "{path}");
            let body = axum::body::to_bytes(answer.into_body(), 100_000).await.expect("a body");
            assert!(!String::from_utf8_lossy(&body).contains("secret"), "{path}");
        }
    }
}
