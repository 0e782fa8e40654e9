//! Routes of the OAuth 2 and OpenID Connect provider. What they refuse, they refuse in OAuth's
//! own form.

use axum::{
    body::Bytes,
    extract::RawQuery,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use stoa_identity_types::{ConnectedApps, Introspection, OAuthRefusal, TokenAnswer};
use stoa_kernel::{
    Ctx, Error, Result,
    http::{Json, Path, Router},
    idempotency::Secret,
};
use stoa_types::{Id, OAuthClient, Problem};
use tower_sessions::Session;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Answer, Begun, Refusal, inspect, token, token::Form};

const FORM: &str = "application/x-www-form-urlencoded";
/// Where the page of consent is, after the language.
const PAGE: &str = "/account/connect";

/// `/oauth/…`, `/.well-known/…` and `/v1/auth/connected-apps`.
pub fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(begin_authorization))
        .routes(routes!(exchange_token))
        .routes(routes!(introspect_token))
        .routes(routes!(revoke_token))
        .routes(routes!(get_user_info))
        .routes(routes!(get_key_set))
        .routes(routes!(get_openid_configuration))
        .routes(routes!(get_oauth_metadata))
        .routes(routes!(list_connected_apps))
        .routes(routes!(disconnect_app))
}

/// Ask a person for their consent
///
/// Where an app sends the browser (RFC 6749, section 4.1.1): `response_type=code`, `client_id`,
/// `redirect_uri` as registered, `scope`, `state`, `code_challenge` with
/// `code_challenge_method=S256`, and of OpenID Connect `nonce`, `prompt` and `max_age`. Leads
/// to the page of consent, or straight back to the app where the person agreed to as much
/// before. The answer at the app's address holds `code` or `error`, `state` and `iss`.
#[utoipa::path(
    get,
    path = "/oauth/authorize",
    tag = "auth",
    responses((status = 303, description = "To the page of consent, or back to the app")),
)]
async fn begin_authorization(ctx: Ctx, browser: Session, RawQuery(query): RawQuery) -> Result<Response> {
    let query = query.unwrap_or_default();
    let to = match super::begin(&ctx, &browser, &query).await? {
        Begun::Answered(to) => to,
        Begun::Ask => format!("/{}{PAGE}?{query}", ctx.locale),
    };
    let location = HeaderValue::try_from(to).map_err(Error::internal)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::CACHE_CONTROL, NO_STORE)])
        .into_response())
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Ask for tokens
///
/// By `grant_type`: `authorization_code` with `code`, `redirect_uri` and `code_verifier`;
/// `refresh_token` with `refresh_token`; `client_credentials`. A client with a secret sends it
/// by HTTP Basic or as `client_secret`, one without sends its `client_id`. A refresh token
/// works once; sent again after ten seconds, every token of its family ends. Takes no
/// `Idempotency-Key`.
#[utoipa::path(
    post,
    path = "/oauth/token",
    tag = "auth",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Tokens", body = TokenAnswer),
        (status = 400, description = "Refused, and why", body = OAuthRefusal),
        (status = 401, description = "`invalid_client`", body = OAuthRefusal),
    )
)]
async fn exchange_token(ctx: Ctx, headers: HeaderMap, body: Bytes) -> Response {
    let work = async { token::exchange(&ctx, &headers, &form(&headers, &body)?).await };
    answer(work.await.map(Json), &headers)
}

/// Ask what a token is worth
///
/// For the client that a token was given to, with its secret (RFC 7662): `token`. Takes no
/// `Idempotency-Key`.
#[utoipa::path(
    post,
    path = "/oauth/introspect",
    tag = "auth",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "What it is worth", body = Introspection),
        (status = 400, description = "`token` is missing", body = OAuthRefusal),
        (status = 401, description = "`invalid_client`", body = OAuthRefusal),
    )
)]
async fn introspect_token(ctx: Ctx, headers: HeaderMap, body: Bytes) -> Response {
    let work = async { inspect::introspect(&ctx, &headers, &form(&headers, &body)?).await };
    answer(work.await.map(Json), &headers)
}

/// Give a token back
///
/// Ends a token and every other of its family (RFC 7009): `token`. The answer is the same for
/// a token that is none. Takes no `Idempotency-Key`.
#[utoipa::path(
    post,
    path = "/oauth/revoke",
    tag = "auth",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "It works no more"),
        (status = 400, description = "`token` is missing", body = OAuthRefusal),
        (status = 401, description = "`invalid_client`", body = OAuthRefusal),
    )
)]
async fn revoke_token(ctx: Ctx, headers: HeaderMap, body: Bytes) -> Response {
    let work = async { inspect::revoke_token(&ctx, &headers, &form(&headers, &body)?).await };
    answer(work.await.map(|()| StatusCode::OK), &headers)
}

/// Who has signed in
///
/// For an access token with the scope `openid`: `sub`, and with `profile` and `email` the name
/// and the address (OpenID Connect Core, section 5.3).
#[utoipa::path(
    get,
    path = "/oauth/userinfo",
    tag = "auth",
    responses(
        (status = 200, description = "Claims about the person", body = serde_json::Value),
        (status = 401, description = "The token doesn't work", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_user_info(ctx: Ctx, headers: HeaderMap) -> Response {
    let token = crate::apps::bearer(&headers).unwrap_or_default();
    match inspect::user_info(&ctx.app, &token).await {
        Ok(claims) => ([(header::CACHE_CONTROL, NO_STORE)], axum::Json(claims)).into_response(),
        Err(error) => {
            let mut response = error.into_response();
            if response.status() == StatusCode::UNAUTHORIZED {
                let value = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
            }
            response
        }
    }
}

/// The keys that tokens are signed with
///
/// Public keys (RFC 7517). A new key is here an hour before it signs, and an old one a day
/// after it last did.
#[utoipa::path(
    get,
    path = "/oauth/jwks",
    tag = "auth",
    responses((status = 200, description = "A key set", body = serde_json::Value)),
)]
async fn get_key_set(ctx: Ctx) -> Result<Response> {
    Ok(public(super::key_set(&ctx.app).await?))
}

/// What the provider can do
///
/// The discovery document of OpenID Connect.
#[utoipa::path(
    get,
    path = "/.well-known/openid-configuration",
    tag = "auth",
    responses((status = 200, description = "The discovery document", body = serde_json::Value)),
)]
async fn get_openid_configuration(ctx: Ctx) -> Result<Response> {
    Ok(public(super::discovery(&ctx.app)?))
}

/// What the provider can do, for OAuth
///
/// The same document at the path of RFC 8414.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    tag = "auth",
    responses((status = 200, description = "The metadata", body = serde_json::Value)),
)]
async fn get_oauth_metadata(ctx: Ctx) -> Result<Response> {
    Ok(public(super::discovery(&ctx.app)?))
}

/// Which apps act for you
///
/// The apps that the person signed in lets act for them, the newest first; at most 100.
#[utoipa::path(
    get,
    path = "/v1/auth/connected-apps",
    tag = "auth",
    responses(
        (status = 200, body = ConnectedApps),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_connected_apps(ctx: Ctx) -> Result<Json<ConnectedApps>> {
    Ok(Json(ConnectedApps { items: super::list_connected_apps(&ctx).await? }))
}

/// Take a consent back
///
/// Ends every token that the client has for the person signed in.
#[utoipa::path(
    delete,
    path = "/v1/auth/connected-apps/{clientId}",
    tag = "auth",
    params(("clientId" = String, Path, description = "The client, `oac_…`")),
    responses(
        (status = 204, description = "Taken back"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing to take back", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn disconnect_app(ctx: Ctx, Path(client): Path<Id<OAuthClient>>) -> Result<StatusCode> {
    super::disconnect_app(&ctx, client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Documents that clients may keep for a while, and pages of other sites may read.
fn public(document: serde_json::Value) -> Response {
    let keep = HeaderValue::from_static("public, max-age=300");
    let anybody = HeaderValue::from_static("*");
    let headers = [(header::CACHE_CONTROL, keep), (header::ACCESS_CONTROL_ALLOW_ORIGIN, anybody)];
    (headers, axum::Json(document)).into_response()
}

fn form(headers: &HeaderMap, body: &Bytes) -> Answer<Form> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !body.is_empty() && !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(Refusal::Said("invalid_request", "Send a form: application/x-www-form-urlencoded."));
    }
    Form::parse(body)
}

/// The answer, which nobody keeps (RFC 6749, section 5.1), or the refusal.
fn answer(answer: Answer<impl IntoResponse>, headers: &HeaderMap) -> Response {
    let mut response = match answer {
        Ok(body) => body.into_response(),
        Err(Refusal::Failed(error)) => error.into_response(),
        Err(refusal) => {
            let nobody = refusal.is("invalid_client");
            let status = if nobody { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
            let mut response = (status, axum::Json(refusal.body())).into_response();
            if nobody && headers.contains_key(header::AUTHORIZATION) {
                let value = HeaderValue::from_static("Basic realm=\"Stoa\", charset=\"UTF-8\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
            }
            response
        }
    };
    // Should a client send a key all the same, no token is kept with the answer.
    response.extensions_mut().insert(Secret::ShownOnce);
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
