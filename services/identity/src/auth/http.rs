//! REST routes of sign-in.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use stoa_identity_types::{SignIn, SignedIn};
use stoa_kernel::{
    Ctx, Error, Result,
    http::{Json, Router},
    idempotency::ShownOnce,
};
use stoa_types::Problem;
use tower_sessions::Session;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Device, session, sign_in};

/// `/v1/auth/login` and `/v1/auth/logout`.
pub fn routes() -> Router {
    OpenApiRouter::new().routes(routes!(create_session)).routes(routes!(delete_session))
}

/// Sign in
///
/// Signs a person in and sets the session cookie. Needs no permission. A wrong password and
/// an unknown address get the same answer; after several failures the next attempt has to
/// wait for `Retry-After` seconds. Takes no `Idempotency-Key`.
#[utoipa::path(
    post,
    path = "/v1/auth/login",
    tag = "auth",
    request_body = SignIn,
    responses(
        (status = 200, description = "Signed in; the session is in the cookie", body = SignedIn),
        (status = 401, description = "Address and password don't go together", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_session(
    ctx: Ctx,
    browser: Session,
    device: Device,
    Json(input): Json<SignIn>,
) -> Result<Response> {
    let principal = sign_in(&ctx, &input, &device).await?;
    session::start(&ctx, &browser, &principal, &device).await?;
    let body = principal.signed_in().ok_or_else(|| Error::internal("a person signed in"))?;
    let mut response = Json(body).into_response();
    // Should a client send a key all the same, nobody's name is kept with the answer.
    response.extensions_mut().insert(ShownOnce);
    Ok(response)
}

/// Sign out
///
/// Ends the session of the cookie. Needs no permission; answers the same when nobody was
/// signed in. Takes no `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "auth", responses((status = 204, description = "Signed out")))]
async fn delete_session(_ctx: Ctx, browser: Session) -> Result<StatusCode> {
    session::end(&browser).await?;
    Ok(StatusCode::NO_CONTENT)
}
