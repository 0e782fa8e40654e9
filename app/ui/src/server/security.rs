//! Headers that narrow what a page may do, and the check that a change was asked for by one
//! of our own pages.
//!
//! **Cross-site requests.** Sessions live in cookies, which a browser attaches whoever asks.
//! Every request that may change something (all methods but GET, HEAD, OPTIONS and TRACE)
//! therefore has to show where it comes from: `Sec-Fetch-Site` must say `same-origin` (or
//! `none`, a request by the person through the browser itself), and `Origin` must name the
//! host that was asked. Browsers set both themselves and pages cannot forge them, so no token
//! is needed in forms; each one that is present must agree, and a request with neither is
//! refused, since nothing would then be known about it. Programs with an API key carry an
//! `Authorization` header and no cookie; they are not ridden this way and pass.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use super::{context::authority, problem::problem_response};
use crate::{PageError, text};

/// What the security middleware has to know about the installation.
#[derive(Debug, Clone)]
pub struct Security {
    /// Origin under which the site is seen, such as `https://shop.example`.
    pub public_url: String,
    /// Whether browsers shall be told to use HTTPS only (production behind HTTPS).
    pub https_only: bool,
    /// Origins beside the page's own that an answered form may lead to, such as the payment
    /// provider's.
    form_targets: Vec<String>,
}

impl Security {
    /// From the kernel's settings: HTTPS only in production and under an HTTPS address.
    pub fn from_settings(settings: &stoa_kernel::Settings) -> Self {
        let https_only = !settings.is_development() && settings.public_url.starts_with("https://");
        Self::new(&settings.public_url, https_only)
    }

    /// For a site seen under `public_url`.
    pub fn new(public_url: &str, https_only: bool) -> Self {
        // A shop reached under another name than its own leads to its own all the same.
        let form_targets = origin(public_url).into_iter().collect();
        Self { public_url: public_url.to_owned(), https_only, form_targets }
    }

    /// Lets forms lead to the origins of these addresses too; what is no address of the web is
    /// left out.
    #[must_use]
    pub fn leading_to<'a>(mut self, addresses: impl IntoIterator<Item = &'a str>) -> Self {
        self.form_targets.extend(addresses.into_iter().filter_map(origin));
        self
    }
}

/// Middleware for every route of the pages: the origin check on the way in, the headers on
/// the way out. Also without a cookie, so that nobody can be signed in as somebody else from
/// another site.
pub async fn secure(State(security): State<Security>, request: Request, next: Next) -> Response {
    let checked = check_origin(&security, request.method(), request.headers());
    answer(&security, checked, request, next).await
}

/// The same for the REST interface, where programs without cookies need not say where they
/// come from: only what a browser's cookie could authorise is checked.
pub async fn secure_api(State(security): State<Security>, request: Request, next: Next) -> Response {
    let checked = if request.headers().contains_key(header::COOKIE) {
        check_origin(&security, request.method(), request.headers())
    } else {
        Ok(())
    };
    answer(&security, checked, request, next).await
}

async fn answer(
    security: &Security,
    checked: Result<(), PageError>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(error) => problem_response(error, request.headers()),
    };
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY)
        && let Ok(policy) = HeaderValue::try_from(policy(security, None))
    {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if security.https_only {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    response
}

const FIXED: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    // Still sends the referring page to ourselves, which forms posted without WebAssembly need.
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "SAMEORIGIN"),
    ("cross-origin-opener-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
         microphone=(), midi=(), payment=(self), publickey-credentials-get=(self), usb=()",
    ),
];

/// The origin of an address of the web, as a policy names it.
fn origin(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

/// The content security policy. Scripts run by nonce or from our own files; inline style
/// attributes are allowed because charts and meters set sizes with them.
fn policy(security: &Security, nonce: Option<&str>) -> String {
    let targets: String = security.form_targets.iter().map(|origin| format!(" {origin}")).collect();
    let nonce = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{nonce}; style-src 'self'{nonce}; \
         style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'{reload}; \
         object-src 'none'; base-uri 'none'; form-action 'self'{targets}; frame-src 'self'; frame-ancestors 'self'",
        // cargo-leptos listens on a port of its own while developing.
        reload = if std::env::var_os("LEPTOS_WATCH").is_some() { " ws:" } else { "" },
    )
}

/// Gives the page being rendered its content security policy; called in Leptos' context.
pub fn provide_page_security(security: &Security) {
    let (Some(nonce), Some(options)) = (leptos::nonce::use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    if let Ok(policy) = HeaderValue::try_from(policy(security, Some(&nonce))) {
        options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Lets the forms of the page being rendered lead to this origin too: where another site is
/// answered by a form, and browsers hold a form's redirects against the policy.
pub fn forms_may_lead_to(origin: &str) {
    let Some(options) = use_context::<ResponseOptions>() else { return };
    let mut parts = options.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    let policy = parts.headers.get(header::CONTENT_SECURITY_POLICY).and_then(|value| value.to_str().ok());
    let wider = policy.zip(self::origin(origin)).map(|(policy, origin)| {
        policy.replacen("form-action 'self'", &format!("form-action 'self' {origin}"), 1)
    });
    if let Some(Ok(policy)) = wider.map(HeaderValue::try_from) {
        parts.headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Refuses a change that was not asked for by a page of this site; see the module.
fn check_origin(security: &Security, method: &Method, headers: &HeaderMap) -> Result<(), PageError> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE) {
        return Ok(());
    }
    if headers.contains_key(header::AUTHORIZATION) && !headers.contains_key(header::COOKIE) {
        return Ok(());
    }
    let foreign = || PageError::new(403, "request.foreign_origin", text::failure::foreign_origin_body());
    let site = headers.get("sec-fetch-site");
    let origin = headers.get(header::ORIGIN);
    if site.is_none() && origin.is_none() {
        return Err(PageError::new(403, "request.origin_unknown", text::failure::unknown_origin_body()));
    }
    if let Some(site) = site
        && site != "same-origin"
        && site != "none"
    {
        return Err(foreign());
    }
    if let Some(origin) = origin {
        let origin = origin.to_str().map_err(|_| foreign())?;
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let ours = origin.eq_ignore_ascii_case(&security.public_url)
            || url::Url::parse(origin)
                .ok()
                .and_then(|origin| authority(&origin))
                .zip(host)
                .is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host));
        if !ours {
            return Err(foreign());
        }
    }
    Ok(())
}
