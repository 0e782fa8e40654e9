//! Middleware that finds out who asks and puts the [`Ctx`] into the request.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use stoa_identity::{
    apps,
    auth::{self, Device},
};
use stoa_kernel::{App, Ctx, Result, http::with_request_id, ports::Rate};
use tower_sessions::Session;

/// Name of the cookie that carries a guest's cart.
pub const CART_COOKIE: &str = "stoa_cart";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the middleware needs to know beside the app.
#[derive(Clone)]
pub struct Caller {
    pub app: App,
    pub api_rate: u32,
    pub trust_proxy: bool,
}

/// Builds the context, runs the request under its id and writes the access log.
pub async fn middleware(State(state): State<Caller>, request: Request, next: Next) -> Response {
    let began = std::time::Instant::now();
    let mut ctx = Ctx::visitor(&state.app);
    ctx.request_id = sent_id(request.headers()).unwrap_or(ctx.request_id);
    let id = ctx.request_id.clone();
    // In parts, because a body cannot be shared between threads while we look things up.
    let (mut parts, body) = request.into_parts();
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let work = async {
        match identify(&state, &mut ctx, &parts).await {
            Ok(()) => {
                let agent = parts
                    .headers
                    .get(header::USER_AGENT)
                    .and_then(|value| value.to_str().ok())
                    .map(str::to_owned);
                let device = Device { address: address(&state, &parts), user_agent: agent };
                parts.extensions.insert(device);
                parts.extensions.insert(ctx);
                next.run(Request::from_parts(parts, body)).await
            }
            Err(error) => error.into_response(),
        }
    };
    let mut response = with_request_id(id.clone(), work).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    tracing::info!(target: "stoa::access", %method, path, status = response.status().as_u16(), ms = began.elapsed().as_millis() as u64, request_id = %id);
    response
}

/// An id the caller sent, if it is short and plain enough for a log.
fn sent_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(&REQUEST_ID)?.to_str().ok()?;
    let plain = (8..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then(|| text.to_owned())
}

async fn identify(state: &Caller, ctx: &mut Ctx, request: &Parts) -> Result<()> {
    let headers = &request.headers;
    let path = request.uri.path();
    ctx.idempotency_key = stoa_kernel::http::idempotency_key(headers)?;
    ctx.trace = headers
        .get("traceparent")
        .and_then(|value| value.to_str().ok())
        .filter(|text| text.len() <= 64)
        .map(str::to_owned);
    ctx.cart_token = headers
        .get("stoa-cart-token")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
        .or_else(|| cookie(headers, CART_COOKIE))
        .filter(|token| token.len() <= 128);
    ctx.locale = locale_of(path)
        .map(str::to_owned)
        .or_else(|| cookie(headers, "stoa_locale"))
        .filter(|l| l.len() <= 16)
        .unwrap_or(ctx.locale.clone());
    if let Some(Ok(currency)) = cookie(headers, "stoa_currency").map(|code| code.parse()) {
        ctx.currency = currency;
    }
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.strip_prefix("Bearer "));
    let api = path.starts_with("/v1/");
    if api {
        apps::refuse_key_in_query(request.uri.query())?;
        limit(state, request).await?;
    }
    let principal = match bearer {
        Some(key) => Some(auth::principal_of_key(&state.app, key.trim()).await?),
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
    if let Some(principal) = principal {
        *ctx = principal.act(ctx.clone());
    }
    Ok(())
}

/// One allowance for each address.
async fn limit(state: &Caller, request: &Parts) -> Result<()> {
    let rate = Rate { name: "api", count: state.api_rate, per: std::time::Duration::from_secs(60) };
    let address = address(state, request).map_or_else(|| "local".to_owned(), |address| address.to_string());
    state.app.rate.check(rate, &address).await
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

/// `en-gb` of `/en-gb/cart`.
fn locale_of(path: &str) -> Option<&str> {
    let first = path.strip_prefix('/')?.split('/').next()?;
    let (language, region) = first.split_once('-')?;
    let lower = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    (lower(language) && lower(region)).then_some(first)
}
