//! REST routes of customers.

use axum::response::Response;
use http::StatusCode;
use stoa_identity_types::{ConfirmSignUp, LinkSent, SignUp, SignedIn};
use stoa_kernel::{
    Ctx, Result,
    http::{Json, Router},
};
use stoa_types::Problem;
use tower_sessions::Session;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::auth::{Device, http::signed_in};

/// `/v1/customers`.
pub fn routes() -> Router {
    OpenApiRouter::new().routes(routes!(create_customer)).routes(routes!(confirm_customer))
}

/// Sign up
///
/// Asks for an account. A mail goes to the address; the account is made when its link comes
/// back with the password. Needs no permission. The answer is the same for an address that is
/// registered already, whose owner gets a mail that says so.
#[utoipa::path(
    post,
    path = "/v1/customers",
    tag = "customers",
    request_body = SignUp,
    responses(
        (status = 202, description = "A mail is on its way", body = LinkSent),
        (status = 422, description = "Something is missing or too weak", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many accounts were asked for", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_customer(ctx: Ctx, Json(input): Json<SignUp>) -> Result<(StatusCode, Json<LinkSent>)> {
    Ok((StatusCode::ACCEPTED, Json(super::sign_up(&ctx, &input).await?)))
}

/// Confirm the address
///
/// Makes the account that was asked for, and sets the session cookie. Needs no permission
/// but the link and the password that was chosen. A link that was used or is over is 404.
#[utoipa::path(
    post,
    path = "/v1/customers/confirm",
    tag = "customers",
    request_body = ConfirmSignUp,
    responses(
        (status = 201, description = "The account is there; the session is in the cookie", body = SignedIn),
        (status = 404, description = "No such link, or no longer", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The address has an account already", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not the password that was chosen", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn confirm_customer(
    ctx: Ctx,
    browser: Session,
    device: Device,
    Json(input): Json<ConfirmSignUp>,
) -> Result<Response> {
    let principal = super::confirm_sign_up(&ctx, &input, &device).await?;
    signed_in(&ctx, &browser, &principal, &device, StatusCode::CREATED).await
}
