//! Middleware that finds out who asks and puts the [`Ctx`] into the request.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{self, InvalidHeaderValue},
    request::Parts,
};
use stoa_identity::{
    access, apps,
    auth::{self, Device},
};
use stoa_kernel::{App, Ctx, ErrorKind, Result, http::with_request_id, ports::network};
use stoa_ui::{i18n::Locale, server::SetUpFirst};
use tower_sessions::Session;
use tracing::Instrument as _;

use crate::{bounds, support};

/// Name of the cookie that carries a guest's cart, before its prefix under TLS
/// ([`stoa_kernel::Settings::cookie`]).
pub const CART_COOKIE: &str = "stoa_cart";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What the middleware needs to know beside the app.
#[derive(Clone)]
pub struct Caller {
    pub app: App,
    /// Calls of the REST interface a minute that one network may make.
    pub api_rate: u32,
    /// Whether the caller's address is what a proxy wrote.
    pub trust_proxy: bool,
}

/// Builds the context, runs the request under its id and writes the access log.
pub async fn middleware(State(state): State<Caller>, request: Request, next: Next) -> Response {
    let began = std::time::Instant::now();
    let mut ctx = Ctx::visitor(&state.app);
    ctx.request_id = sent_id(request.headers()).unwrap_or(ctx.request_id);
    ctx.trace = sent_trace(request.headers()).or_else(new_trace);
    let id = ctx.request_id.clone();
    let trace = ctx.trace.as_deref().and_then(trace_id).unwrap_or_default().to_owned();
    // What is logged on the way tells the same trace.
    let span = tracing::error_span!("request", trace);
    // In parts, because a body cannot be shared between threads while we look things up.
    let (mut parts, body) = request.into_parts();
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let work = async {
        match identify(&state, &mut ctx, &parts).await {
            Ok(true) => {
                parts.extensions.insert(SetUpFirst);
            }
            Ok(false) => {}
            Err(error) => {
                let unknown = error.kind() == ErrorKind::Unauthenticated;
                let mut response = bounds::refuse(error, &path, &parts.headers);
                if unknown {
                    // Only what came as a bearer's is refused so early (RFC 6750, section 3).
                    let value = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
                }
                return response;
            }
        }
        let fits = support::check(&ctx, &method, &path);
        let asked = bounds::loggable(&path);
        let noted = access::note_support(&ctx, method.as_str(), &asked, fits.is_ok()).await;
        if let Err(error) = noted.and(fits) {
            return bounds::refuse(error, &path, &parts.headers);
        }
        let leaves = bounds::signs_out(&ctx, &parts).then(|| no_cart(&state.app));
        let device = Device::new(address(&state, &parts), &parts.headers);
        parts.extensions.insert(device);
        parts.extensions.insert(ctx);
        let mut response = bounds::answer(Request::from_parts(parts, body), next).await;
        if let Some(Ok(cookie)) = leaves.filter(|_| !is_failure(response.status())) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    };
    let mut response = with_request_id(id.clone(), work.instrument(span)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    bounds::keep(&path, &mut response);
    let path = bounds::loggable(&path);
    tracing::info!(target: "stoa::access", %method, path, status = response.status().as_u16(), ms = began.elapsed().as_millis() as u64, request_id = %id, trace);
    response
}

fn is_failure(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// Takes the cart's cookie away: with it the next person at this browser would find what
/// was typed into the checkout.
fn no_cart(app: &App) -> Result<HeaderValue, InvalidHeaderValue> {
    let secure = if app.settings.is_https() { "; Secure" } else { "" };
    let name = app.settings.cookie(CART_COOKIE);
    HeaderValue::try_from(format!("{name}=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly{secure}"))
}

/// An id the caller sent, if it is short and plain enough for a log.
fn sent_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(&REQUEST_ID)?.to_str().ok()?;
    let plain = (8..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then(|| text.to_owned())
}

/// The `traceparent` the caller sent, if it is one (W3C Trace Context); a later version of
/// it as far as this one goes.
fn sent_trace(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(&TRACEPARENT)?.to_str().ok()?;
    let mut parts = text.split('-');
    let mut part = |length: usize| {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        parts.next().filter(|part| part.len() == length && part.bytes().all(digit))
    };
    let (version, trace, parent, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    let nothing = |part: &str| part.bytes().all(|byte| byte == b'0');
    let more = parts.next().is_some();
    if version == "ff" || (version == "00" && more) || nothing(trace) || nothing(parent) {
        return None;
    }
    Some(format!("00-{trace}-{parent}-{flags}"))
}

/// A trace of our own for a request that came without one; nobody is asked to record it.
fn new_trace() -> Option<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).ok()?;
    let (trace, parent) = bytes.split_at(16);
    Some(format!("00-{}-{}-00", hex::encode(trace), hex::encode(parent)))
}

/// The part of a `traceparent` that its whole trace shares.
fn trace_id(traceparent: &str) -> Option<&str> {
    traceparent.split('-').nth(1)
}

/// Finds out who asks; `true` when they have to set up a second step before their role counts.
async fn identify(state: &Caller, ctx: &mut Ctx, request: &Parts) -> Result<bool> {
    bounds::check_address(request)?;
    let headers = &request.headers;
    let path = request.uri.path();
    ctx.network = Some(network(address(state, request)));
    ctx.idempotency_key = stoa_kernel::http::idempotency_key(headers)?;
    ctx.cart_token = headers
        .get("stoa-cart-token")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
        .or_else(|| cookie(headers, &state.app.settings.cookie(CART_COOKIE)))
        .filter(|token| token.len() <= 128);
    // Only languages we speak: the locale goes into links, texts and formats.
    let locale = path.split('/').nth(1).and_then(Locale::from_code);
    let locale = locale.or_else(|| Locale::from_code(&cookie(headers, "stoa_locale")?));
    ctx.locale = locale.unwrap_or_default().code().to_owned();
    if let Some(Ok(currency)) = cookie(headers, "stoa_currency").map(|code| code.parse()) {
        ctx.currency = currency;
    }
    let bearer = apps::bearer(headers);
    if bounds::is_api(path) {
        apps::refuse_key_in_query(request.uri.query())?;
    }
    bounds::check_rate(ctx, request, state.api_rate).await?;
    let principal = match bearer {
        Some(text) => Some(apps::principal_of_bearer(&state.app, &text, address(state, request)).await?),
        None => {
            match request.extensions.get::<Session>() {
                // Without a cookie there is no session, and nothing to look up.
                Some(session) if headers.contains_key(header::COOKIE) => {
                    auth::principal_of_session(&state.app, session).await?
                }
                _ => None,
            }
        }
    };
    let sets_up_first = principal.as_ref().is_some_and(|principal| principal.second_step_missing);
    if let Some(principal) = principal {
        *ctx = principal.act(ctx.clone());
    }
    Ok(sets_up_first)
}

/// The caller's address; behind a trusted proxy the one it wrote last.
fn address(state: &Caller, request: &Parts) -> Option<IpAddr> {
    let forwarded =
        || request.headers.get("x-forwarded-for")?.to_str().ok()?.rsplit(',').next()?.trim().parse().ok();
    let socket = || request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if state.trust_proxy { forwarded().or_else(socket) } else { socket() }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_a_trace_is_taken_for_one() {
        let sent = |text: &str| {
            let value = HeaderValue::from_str(text).ok()?;
            sent_trace(&HeaderMap::from_iter([(TRACEPARENT, value)]))
        };
        let right = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(sent(right).as_deref(), Some(right));
        let later = right.replacen("00", "01", 1) + "-more";
        assert_eq!(sent(&later).as_deref(), Some(right), "a later version, as far as it is known");
        for wrong in [
            "",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(sent(wrong), None, "{wrong}");
        }
        let (one, other) = (new_trace().unwrap_or_default(), new_trace().unwrap_or_default());
        assert_ne!(trace_id(&one), trace_id(&other));
        assert_eq!(sent(&one), Some(one), "ours is one");
    }
}
