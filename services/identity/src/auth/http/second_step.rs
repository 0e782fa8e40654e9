//! REST routes of the second step, of remembered browsers and of stepping up.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use stoa_identity_types::{
    RememberedDevices, SecondFactorSetup, SecondFactorView, SignedIn, StepUp, StepUpView, TakeSecondStep,
    VerifyCode,
};
use stoa_kernel::{
    Ctx, Error, Result,
    http::{Json, Path, Router},
    idempotency::Secret,
};
use stoa_types::{Id, Problem, RememberedDevice};
use tower_sessions::Session;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::auth::{Device, remembered, second_factor, step_up};

pub(super) fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(verify_mfa))
        .routes(routes!(get_second_factor, start_second_factor))
        .routes(routes!(confirm_second_factor))
        .routes(routes!(remove_second_factor))
        .routes(routes!(list_remembered_devices))
        .routes(routes!(forget_remembered_device))
        .routes(routes!(get_step_up, step_up))
}

/// Take the second step
///
/// Signs the person in whose first step this browser took in the last ten minutes, by a code
/// of their authenticator app or a recovery code. A code works once. With `remember` the
/// answer sets a cookie, and this browser is not asked again for 30 days. Takes no
/// `Idempotency-Key`.
#[utoipa::path(
    post,
    path = "/v1/auth/mfa/verify",
    tag = "auth",
    request_body = TakeSecondStep,
    responses(
        (status = 200, description = "Signed in; the session is in the cookie", body = SignedIn),
        (status = 401, description = "The first step is missing or too long ago", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The code is wrong or was used", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn verify_mfa(
    ctx: Ctx,
    browser: Session,
    device: Device,
    Json(input): Json<TakeSecondStep>,
) -> Result<Response> {
    let (principal, remembered) = second_factor::verify(&ctx, &browser, &input, &device).await?;
    let mut response = super::known(&principal, StatusCode::OK)?;
    if let Some(remembered) = remembered {
        let cookie = HeaderValue::try_from(remembered.cookie(&ctx.app)).map_err(Error::internal)?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Whether the second step is on
///
/// For the person signed in.
#[utoipa::path(
    get,
    path = "/v1/auth/second-factor",
    tag = "auth",
    responses(
        (status = 200, body = SecondFactorView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_second_factor(ctx: Ctx) -> Result<Json<SecondFactorView>> {
    Ok(Json(second_factor::view(&ctx).await?))
}

/// Begin setting up the second step
///
/// For the person signed in, after a step-up. Answers what the authenticator app needs and the
/// recovery codes; sign-in asks for nothing yet.
#[utoipa::path(
    post,
    path = "/v1/auth/second-factor",
    tag = "auth",
    responses(
        (status = 201, description = "Begun; confirm it with a code", body = SecondFactorSetup),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A step-up is needed first", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is on already", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn start_second_factor(ctx: Ctx, browser: Session) -> Result<Response> {
    let body = second_factor::start(&ctx, &browser).await?;
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    response.extensions_mut().insert(Secret::ShownOnce);
    Ok(response)
}

/// Turn the second step on
///
/// Proven by a code of the app. Ends every other session of the person signed in.
#[utoipa::path(
    post,
    path = "/v1/auth/second-factor/confirm",
    tag = "auth",
    request_body = VerifyCode,
    responses(
        (status = 204, description = "Sign-in asks for the second step from now on"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing was begun", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The code is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn confirm_second_factor(
    ctx: Ctx,
    browser: Session,
    Json(input): Json<VerifyCode>,
) -> Result<StatusCode> {
    second_factor::confirm(&ctx, &browser, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Turn the second step off
///
/// For the person signed in, after a step-up by the second step itself.
#[utoipa::path(
    post,
    path = "/v1/auth/second-factor/remove",
    tag = "auth",
    responses(
        (status = 204, description = "Sign-in asks for the password alone"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A step-up is needed first", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "It is not on", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove_second_factor(ctx: Ctx, browser: Session) -> Result<StatusCode> {
    second_factor::remove(&ctx, &browser).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Browsers that are not asked for the second step
///
/// Those of the person signed in, the most recently used first; at most 100.
#[utoipa::path(
    get,
    path = "/v1/auth/remembered-devices",
    tag = "auth",
    responses(
        (status = 200, body = RememberedDevices),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_remembered_devices(ctx: Ctx, device: Device) -> Result<Json<RememberedDevices>> {
    Ok(Json(remembered::list(&ctx, &device).await?))
}

/// Ask a browser for the second step again
///
/// Forgets one remembered browser of the person signed in.
#[utoipa::path(
    delete,
    path = "/v1/auth/remembered-devices/{deviceId}",
    tag = "auth",
    params(("deviceId" = String, Path, description = "The remembered browser, `rdv_…`")),
    responses(
        (status = 204, description = "It is asked at the next sign-in"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None of yours", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn forget_remembered_device(ctx: Ctx, Path(id): Path<Id<RememberedDevice>>) -> Result<StatusCode> {
    remembered::revoke(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a step-up is needed
///
/// Until when the person signed in need not prove themselves again, and by what they can.
#[utoipa::path(
    get,
    path = "/v1/auth/step-up",
    tag = "auth",
    responses(
        (status = 200, body = StepUpView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_step_up(ctx: Ctx, browser: Session) -> Result<Json<StepUpView>> {
    Ok(Json(step_up::view(&ctx, &browser).await?))
}

/// Step up
///
/// Proves who the person signed in is by a code or, where no second step is turned on, by the
/// password; what answers 403 `auth.step_up_required` can be done for ten minutes. A passkey
/// does the same at `/v1/auth/passkeys/step-up`.
#[utoipa::path(
    post,
    path = "/v1/auth/step-up",
    tag = "auth",
    request_body = StepUp,
    responses(
        (status = 204, description = "Proven; the session has a new cookie"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Wrong, missing, or not enough for this account", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn step_up(ctx: Ctx, browser: Session, Json(input): Json<StepUp>) -> Result<StatusCode> {
    step_up::confirm(&ctx, &browser, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}
