//! REST routes of what belongs to a customer: addresses, phone numbers, consents.

use http::StatusCode;
use serde::Deserialize;
use stoa_identity_types::{
    AddAddress, AddContactMethod, AddressView, Addresses, ChangeAddress, ConsentSource, ContactMethodView,
    ContactMethods, CustomerConsent, CustomerConsents, RecordConsent, VerifyContactMethod,
};
use stoa_kernel::{
    Ctx, Result,
    http::{Created, IfMatch, Json, Path, Query, Router, Versioned},
};
use stoa_types::{Address, ContactMethod, Customer, Id, Problem};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(list_addresses, add_address))
        .routes(routes!(get_address, update_address, delete_address))
        .routes(routes!(list_contact_methods, add_contact_method))
        .routes(routes!(resend_contact_code))
        .routes(routes!(verify_contact_method))
        .routes(routes!(delete_contact_method))
        .routes(routes!(list_consents, record_consent))
        .routes(routes!(unsubscribe))
}

fn versioned(address: AddressView) -> Versioned<AddressView> {
    let version = address.version;
    Versioned(address, version)
}

/// List a customer's addresses
///
/// The whole book, at most 50. For whoever it is; the platform's staff with `customers.read` see
/// it masked.
#[utoipa::path(
    get,
    path = "/v1/customers/{customerId}/addresses",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    responses(
        (status = 200, body = Addresses),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_addresses(ctx: Ctx, Path(id): Path<Id<Customer>>) -> Result<Json<Addresses>> {
    super::addresses(&ctx, id).await.map(Json)
}

/// Add an address
///
/// By the rules of its country. The first of a book is its default. For whoever it is, and for
/// staff with `customers.write`.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/addresses",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    request_body = AddAddress,
    responses(
        (status = 201, body = AddressView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The book is full", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn add_address(
    ctx: Ctx,
    Path(id): Path<Id<Customer>>,
    Json(input): Json<AddAddress>,
) -> Result<Created<AddressView>> {
    let body = super::add_address(&ctx, id, &input).await?;
    Ok(Created { location: format!("/v1/customers/{id}/addresses/{}", body.id), version: body.version, body })
}

/// Look at an address
///
/// As the list shows it. For whoever it is, and for staff with `customers.read`.
#[utoipa::path(
    get,
    path = "/v1/customers/{customerId}/addresses/{addressId}",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`"), ("addressId" = String, Path, description = "The address, `adr_…`")),
    responses(
        (status = 200, body = AddressView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_address(
    ctx: Ctx,
    Path((id, address)): Path<(Id<Customer>, Id<Address>)>,
) -> Result<Versioned<AddressView>> {
    super::address(&ctx, id, address).await.map(versioned)
}

/// Change an address
///
/// Orders keep what they were placed with. For whoever it is, and for staff with
/// `customers.write`. Needs `If-Match`.
#[utoipa::path(
    patch,
    path = "/v1/customers/{customerId}/addresses/{addressId}",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`"), ("addressId" = String, Path, description = "The address, `adr_…`"), ("If-Match" = String, Header, description = "ETag of the version you saw")),
    request_body = ChangeAddress,
    responses(
        (status = 200, body = AddressView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Another version than yours", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn update_address(
    ctx: Ctx,
    Path((id, address)): Path<(Id<Customer>, Id<Address>)>,
    IfMatch(version): IfMatch,
    Json(input): Json<ChangeAddress>,
) -> Result<Versioned<AddressView>> {
    super::change_address(&ctx, id, address, version, &input).await.map(versioned)
}

/// Take an address out of the book
///
/// Nothing happens where it is out already. For whoever it is, and for staff with
/// `customers.write`.
#[utoipa::path(
    delete,
    path = "/v1/customers/{customerId}/addresses/{addressId}",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`"), ("addressId" = String, Path, description = "The address, `adr_…`")),
    responses(
        (status = 204, description = "It is out"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_address(
    ctx: Ctx,
    Path((id, address)): Path<(Id<Customer>, Id<Address>)>,
) -> Result<StatusCode> {
    super::remove_address(&ctx, id, address).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List a customer's phone numbers
///
/// For whoever it is; the platform's staff with `customers.read` see them masked.
#[utoipa::path(
    get,
    path = "/v1/customers/{customerId}/contact-methods",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    responses(
        (status = 200, body = ContactMethods),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_contact_methods(ctx: Ctx, Path(id): Path<Id<Customer>>) -> Result<Json<ContactMethods>> {
    super::contact_methods(&ctx, id).await.map(Json)
}

/// Add a phone number
///
/// For one purpose. A code is sent there, which counts for ten minutes. For the person alone.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/contact-methods",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    request_body = AddContactMethod,
    responses(
        (status = 201, description = "Added; confirm it by the code", body = ContactMethodView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is there already, or there are ten", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No text messages can be sent", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn add_contact_method(
    ctx: Ctx,
    Path(id): Path<Id<Customer>>,
    Json(input): Json<AddContactMethod>,
) -> Result<(StatusCode, Json<ContactMethodView>)> {
    Ok((StatusCode::CREATED, Json(super::add_contact_method(&ctx, id, &input).await?)))
}

/// Send another code
///
/// To a number that is not confirmed yet; the last code counts no more. For the person alone.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/contact-methods/{contactMethodId}/code",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`"), ("contactMethodId" = String, Path, description = "The number, `ctm_…`")),
    responses(
        (status = 202, description = "A message is on its way", body = ContactMethodView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is confirmed already", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No text messages can be sent", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn resend_contact_code(
    ctx: Ctx,
    Path((id, method)): Path<(Id<Customer>, Id<ContactMethod>)>,
) -> Result<(StatusCode, Json<ContactMethodView>)> {
    Ok((StatusCode::ACCEPTED, Json(super::resend_code(&ctx, id, method).await?)))
}

/// Confirm a phone number
///
/// By the code that was sent there; five tries. For the person alone.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/contact-methods/{contactMethodId}/verify",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`"), ("contactMethodId" = String, Path, description = "The number, `ctm_…`")),
    request_body = VerifyContactMethod,
    responses(
        (status = 200, body = ContactMethodView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The code is over", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not the code", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn verify_contact_method(
    ctx: Ctx,
    Path((id, method)): Path<(Id<Customer>, Id<ContactMethod>)>,
    Json(input): Json<VerifyContactMethod>,
) -> Result<Json<ContactMethodView>> {
    super::verify_contact_method(&ctx, id, method, &input).await.map(Json)
}

/// Take a phone number away
///
/// Nothing happens where it is gone already. For the person alone.
#[utoipa::path(
    delete,
    path = "/v1/customers/{customerId}/contact-methods/{contactMethodId}",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`"), ("contactMethodId" = String, Path, description = "The number, `ctm_…`")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_contact_method(
    ctx: Ctx,
    Path((id, method)): Path<(Id<Customer>, Id<ContactMethod>)>,
) -> Result<StatusCode> {
    super::remove_contact_method(&ctx, id, method).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List what a customer agreed to
///
/// How it stands with every purpose and channel, and everything they ever said. For whoever it
/// is, and for the platform's staff with `customers.read`.
#[utoipa::path(
    get,
    path = "/v1/customers/{customerId}/consents",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    responses(
        (status = 200, body = CustomerConsents),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_consents(ctx: Ctx, Path(id): Path<Id<Customer>>) -> Result<Json<CustomerConsents>> {
    super::consents(&ctx, id).await.map(Json)
}

/// Give or withdraw a consent
///
/// Recorded with the version of the sentence, the channel and the time; no record is ever
/// altered. For whoever it is, and for staff with `customers.write`, who write down what they
/// were told.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/consents",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    request_body = RecordConsent,
    responses(
        (status = 201, description = "Recorded", body = CustomerConsent),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn record_consent(
    ctx: Ctx,
    Path(id): Path<Id<Customer>>,
    Json(input): Json<RecordConsent>,
) -> Result<(StatusCode, Json<CustomerConsent>)> {
    Ok((StatusCode::CREATED, Json(super::record_consent(&ctx, id, &input, ConsentSource::Api).await?)))
}

/// What an unsubscribe link ends with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    #[serde(default)]
    token: String,
}

/// Unsubscribe
///
/// What a mail program posts to when its reader uses its own button (RFC 8058); the body
/// `List-Unsubscribe=One-Click` is not looked at. Needs no permission but the link, which stays
/// good. Takes no `Idempotency-Key`.
#[utoipa::path(
    post,
    path = "/v1/customers/unsubscribe",
    operation_id = "unsubscribe_customer",
    tag = "customers",
    params(("token" = Option<String>, Query, description = "What the link ends with")),
    responses(
        (status = 204, description = "Nothing more is sent about this"),
        (status = 404, description = "The link is damaged", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn unsubscribe(ctx: Ctx, Query(Token { token }): Query<Token>) -> Result<StatusCode> {
    super::unsubscribe(&ctx, &token, ConsentSource::OneClick).await?;
    Ok(StatusCode::NO_CONTENT)
}
