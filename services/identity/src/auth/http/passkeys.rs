//! REST routes of passkeys.

use axum::response::Response;
use http::StatusCode;
use stoa_identity_types::{AddPasskey, PasskeyOptions, PasskeyView, Passkeys, SignedIn, UsePasskey};
use stoa_kernel::{
    Ctx, Result,
    http::{Json, Path, Router},
};
use stoa_types::{Id, Passkey, Problem};
use tower_sessions::Session;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::auth::{Device, passkeys};

pub(super) fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(list_passkeys, add_passkey))
        .routes(routes!(begin_passkey))
        .routes(routes!(remove_passkey))
        .routes(routes!(challenge_passkey))
        .routes(routes!(sign_in_by_passkey))
        .routes(routes!(step_up_by_passkey))
}

/// One's passkeys
///
/// Those of the person signed in, the newest first.
#[utoipa::path(
    get,
    path = "/v1/auth/passkeys",
    tag = "auth",
    responses(
        (status = 200, body = Passkeys),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_passkeys(ctx: Ctx) -> Result<Json<Passkeys>> {
    Ok(Json(passkeys::list(&ctx).await?))
}

/// Begin adding a passkey
///
/// Answers what to hand to `navigator.credentials.create()`. For the person signed in, after a
/// step-up.
#[utoipa::path(
    post,
    path = "/v1/auth/passkeys/begin",
    tag = "auth",
    responses(
        (status = 200, description = "Good for one answer, within half an hour", body = PasskeyOptions),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A step-up is needed first", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There can be no more, or none here", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn begin_passkey(ctx: Ctx, browser: Session) -> Result<Json<PasskeyOptions>> {
    Ok(Json(passkeys::begin_adding(&ctx, &browser).await?))
}

/// Add a passkey
///
/// Takes what the browser made of the options. For the person signed in, after a step-up.
#[utoipa::path(
    post,
    path = "/v1/auth/passkeys",
    tag = "auth",
    request_body = AddPasskey,
    responses(
        (status = 201, description = "It signs its owner in from now on", body = PasskeyView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A step-up is needed first", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There can be no more", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not what was asked for", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn add_passkey(
    ctx: Ctx,
    browser: Session,
    Json(input): Json<AddPasskey>,
) -> Result<(StatusCode, Json<PasskeyView>)> {
    Ok((StatusCode::CREATED, Json(passkeys::add(&ctx, &browser, &input).await?)))
}

/// Remove a passkey
///
/// One of the person signed in, after a step-up. The only way somebody signs in stays.
#[utoipa::path(
    delete,
    path = "/v1/auth/passkeys/{passkeyId}",
    tag = "auth",
    params(("passkeyId" = String, Path, description = "The passkey, `psk_…`")),
    responses(
        (status = 204, description = "It signs nobody in any more"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A step-up is needed first", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No passkey of yours", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is the only way of signing in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove_passkey(ctx: Ctx, browser: Session, Path(id): Path<Id<Passkey>>) -> Result<StatusCode> {
    passkeys::remove(&ctx, &browser, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask for a passkey
///
/// Answers what to hand to `navigator.credentials.get()`, to sign in or to step up. Names
/// nobody. Needs no permission.
#[utoipa::path(
    post,
    path = "/v1/auth/passkeys/challenge",
    tag = "auth",
    responses(
        (status = 200, description = "Good for one answer, within half an hour", body = PasskeyOptions),
        (status = 409, description = "There are no passkeys here", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn challenge_passkey(ctx: Ctx, browser: Session) -> Result<Json<PasskeyOptions>> {
    Ok(Json(passkeys::begin_using(&ctx, &browser).await?))
}

/// Sign in by a passkey
///
/// Signs its owner in, both steps taken, and sets the session cookie. Needs no permission.
#[utoipa::path(
    post,
    path = "/v1/auth/passkeys/sign-in",
    tag = "auth",
    request_body = UsePasskey,
    responses(
        (status = 200, description = "Signed in; the session is in the cookie", body = SignedIn),
        (status = 401, description = "No passkey of ours, or not what was asked for", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_in_by_passkey(
    ctx: Ctx,
    browser: Session,
    device: Device,
    Json(input): Json<UsePasskey>,
) -> Result<Response> {
    super::known(&passkeys::sign_in(&ctx, &browser, &input, &device).await?, StatusCode::OK)
}

/// Step up by a passkey
///
/// Proves who the person signed in is, by a passkey of theirs.
#[utoipa::path(
    post,
    path = "/v1/auth/passkeys/step-up",
    tag = "auth",
    request_body = UsePasskey,
    responses(
        (status = 204, description = "Proven; the session has a new cookie"),
        (status = 401, description = "Nobody is signed in, or it is no passkey of theirs", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn step_up_by_passkey(ctx: Ctx, browser: Session, Json(input): Json<UsePasskey>) -> Result<StatusCode> {
    passkeys::confirm(&ctx, &browser, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}
