//! REST routes of customers.

use axum::response::Response;
use http::StatusCode;
use stoa_identity_types::{
    ChangeEmail, ConfirmEmail, ConfirmSignUp, CustomerView, LinkSent, SignUp, SignedIn, UpdateCustomer,
};
use stoa_kernel::{
    Ctx, Result,
    http::{IfMatch, Json, Path, Router, Versioned},
};
use stoa_types::{Customer, Id, Problem};
use tower_sessions::Session;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{http_book, http_companies, http_privacy, http_staff};
use crate::auth::{Device, http::signed_in};

/// `/v1/customers`.
pub fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(create_customer))
        .routes(routes!(confirm_customer))
        .routes(routes!(get_customer, update_customer))
        .routes(routes!(change_customer_email))
        .routes(routes!(confirm_customer_email))
        .merge(http_book::routes())
        .merge(http_staff::routes())
        .merge(http_companies::routes())
        .merge(http_privacy::routes())
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

fn versioned(customer: CustomerView) -> Versioned<CustomerView> {
    let version = customer.version;
    Versioned(customer, version)
}

/// Look at a customer
///
/// For whoever it is. The platform's staff with `customers.read` see address and name masked.
#[utoipa::path(
    get,
    path = "/v1/customers/{customerId}",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    responses(
        (status = 200, body = CustomerView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_customer(ctx: Ctx, Path(id): Path<Id<Customer>>) -> Result<Versioned<CustomerView>> {
    super::get(&ctx, id).await.map(versioned)
}

/// Change a customer
///
/// Name and language; what is absent stays, and nothing else can be set. For whoever it is, and
/// for staff with `customers.write`. Needs `If-Match`.
#[utoipa::path(
    patch,
    path = "/v1/customers/{customerId}",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`"), ("If-Match" = String, Header, description = "ETag of the version you saw")),
    request_body = UpdateCustomer,
    responses(
        (status = 200, body = CustomerView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Another version than yours", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn update_customer(
    ctx: Ctx,
    Path(id): Path<Id<Customer>>,
    IfMatch(version): IfMatch,
    Json(input): Json<UpdateCustomer>,
) -> Result<Versioned<CustomerView>> {
    super::update(&ctx, id, version, &input).await.map(versioned)
}

/// Ask for another e-mail address
///
/// For the person alone, who proves who they are by password or code, or has stepped up in the
/// last ten minutes. A link goes to the new address, and word to the present one; nothing changes
/// before the link is used. The answer is the same for an address that belongs to somebody.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/email",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    request_body = ChangeEmail,
    responses(
        (status = 202, description = "A mail is on its way", body = LinkSent),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change_customer_email(
    ctx: Ctx,
    browser: Session,
    Path(id): Path<Id<Customer>>,
    Json(input): Json<ChangeEmail>,
) -> Result<(StatusCode, Json<LinkSent>)> {
    Ok((StatusCode::ACCEPTED, Json(super::change_email(&ctx, &browser, id, &input).await?)))
}

/// Confirm the new e-mail address
///
/// Uses the link up that was sent there. Ends every other session of the account. Needs no
/// permission but the link; one that was used or is over is 404.
#[utoipa::path(
    post,
    path = "/v1/customers/email/confirm",
    tag = "customers",
    request_body = ConfirmEmail,
    responses(
        (status = 204, description = "The account has the new address"),
        (status = 404, description = "No such link, or no longer", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The address has an account already", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn confirm_customer_email(
    ctx: Ctx,
    browser: Session,
    Json(input): Json<ConfirmEmail>,
) -> Result<StatusCode> {
    super::confirm_email(&ctx, Some(&browser), &input).await?;
    Ok(StatusCode::NO_CONTENT)
}
