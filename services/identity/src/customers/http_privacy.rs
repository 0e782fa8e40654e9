//! REST routes of what people ask about their data, and of merging two records of one person.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use stoa_identity_types::{
    CustomerView, DataRequestQuery, DataRequestRow, DataRequestView, DataRequests, ExportFile,
    MergeCustomers, MergeFrom, MergePreview, RequestKind, RequestToken,
};
use stoa_kernel::{
    Ctx, Error, Result,
    http::{Json, Path, Query, Router},
};
use stoa_types::{Customer, DataRequest, Id, Page, Problem};
use tower_sessions::Session;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::ExportedFile;

pub(super) fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(list_data_exports, create_data_export))
        .routes(routes!(get_data_export_file))
        .routes(routes!(get_data_export_file_by_link))
        .routes(routes!(list_erasure_requests, create_erasure_request))
        .routes(routes!(cancel_erasure_request))
        .routes(routes!(confirm_erasure_request))
        .routes(routes!(cancel_erasure_request_by_link))
        .routes(routes!(list_data_requests))
        .routes(routes!(preview_customer_merge))
        .routes(routes!(merge_customers))
}

/// List copies of the data
///
/// What was asked for, the newest first. For whoever it is, and for staff with `customers.read`.
#[utoipa::path(
    get,
    path = "/v1/customers/{customerId}/data-exports",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    responses(
        (status = 200, body = DataRequests),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_data_exports(ctx: Ctx, Path(id): Path<Id<Customer>>) -> Result<Json<DataRequests>> {
    super::requests(&ctx, id, RequestKind::Export).await.map(Json)
}

/// Ask for a copy of the data
///
/// Everything held about the person, put together by a job; a mail says when it is there. For
/// whoever it is, having proved who they are in the last ten minutes, and for staff with
/// `customers.write`, who never get it themselves. While one is being made that one is answered.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/data-exports",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    responses(
        (status = 202, description = "It is being made", body = DataRequestView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this, or who one is was not proved lately", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_data_export(
    ctx: Ctx,
    browser: Session,
    Path(id): Path<Id<Customer>>,
) -> Result<(StatusCode, Json<DataRequestView>)> {
    Ok((StatusCode::ACCEPTED, Json(super::ask_export(&ctx, &browser, id).await?)))
}

/// Fetch a copy of the data
///
/// For the person alone, having proved who they are in the last ten minutes. A copy is there for
/// a week.
#[utoipa::path(
    get,
    path = "/v1/customers/{customerId}/data-exports/{requestId}/file",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`"), ("requestId" = String, Path, description = "The request, `drq_…`"), ExportFile),
    responses(
        (status = 200, description = "The copy", body = String, content_type = "application/octet-stream"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this, or who one is was not proved lately", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such copy, no longer there, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_data_export_file(
    ctx: Ctx,
    browser: Session,
    Path((id, request)): Path<(Id<Customer>, Id<DataRequest>)>,
    Query(asked): Query<ExportFile>,
) -> Result<Response> {
    let file = super::export_file(&ctx, &browser, id, request, asked.format.unwrap_or_default()).await?;
    Ok(download(file))
}

/// Saved by a browser, never shown, and kept by nobody in between.
fn download(file: ExportedFile) -> Response {
    let mut response = file.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.mime));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(name) = HeaderValue::try_from(format!("attachment; filename=\"{}\"", file.name)) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// Fetch a copy by its link
///
/// For somebody without an account: the link in the mail proves the address. Whoever has an
/// account signs in.
#[utoipa::path(
    get,
    path = "/v1/customers/data-exports/file",
    tag = "customers",
    params(ExportFile),
    responses(
        (status = 200, description = "The copy", body = String, content_type = "application/octet-stream"),
        (status = 404, description = "No such link, or no longer", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_data_export_file_by_link(ctx: Ctx, Query(asked): Query<ExportFile>) -> Result<Response> {
    let token = asked.token.ok_or_else(|| Error::not_found("copy"))?;
    let file = super::export_file_by_link(&ctx, &token, asked.format.unwrap_or_default()).await?;
    Ok(download(file))
}

/// List erasure requests
///
/// The newest first, and what would keep an erasure now. For whoever it is, and for staff with
/// `customers.read`.
#[utoipa::path(
    get,
    path = "/v1/customers/{customerId}/erasure-requests",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    responses(
        (status = 200, body = DataRequests),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_erasure_requests(ctx: Ctx, Path(id): Path<Id<Customer>>) -> Result<Json<DataRequests>> {
    super::requests(&ctx, id, RequestKind::Erasure).await.map(Json)
}

/// Ask for erasure
///
/// A mail goes to the customer; nothing happens before its link is used, and then not for a week.
/// For whoever it is, having proved who they are in the last ten minutes, and for staff with
/// `customers.write`. Asked again before it is confirmed, the mail comes again.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/erasure-requests",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    responses(
        (status = 202, description = "A mail is on its way", body = DataRequestView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this, or who one is was not proved lately", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "One is confirmed already", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_erasure_request(
    ctx: Ctx,
    browser: Session,
    Path(id): Path<Id<Customer>>,
) -> Result<(StatusCode, Json<DataRequestView>)> {
    Ok((StatusCode::ACCEPTED, Json(super::ask_erasure(&ctx, &browser, id).await?)))
}

/// Call an erasure off
///
/// For whoever it is, and for staff with `customers.write`.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/erasure-requests/{requestId}/cancel",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`"), ("requestId" = String, Path, description = "The request, `drq_…`")),
    responses(
        (status = 200, body = DataRequestView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is over", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn cancel_erasure_request(
    ctx: Ctx,
    Path((id, request)): Path<(Id<Customer>, Id<DataRequest>)>,
) -> Result<Json<DataRequestView>> {
    super::cancel_erasure(&ctx, id, request).await.map(Json)
}

/// Confirm an erasure
///
/// By the link in the mail; a second time changes nothing. Needs no permission but the link. It is
/// carried out a week later, once nothing such as an open order keeps it.
#[utoipa::path(
    post,
    path = "/v1/customers/erasure-requests/confirm",
    tag = "customers",
    request_body = RequestToken,
    responses(
        (status = 200, body = DataRequestView),
        (status = 404, description = "No such link, or no longer", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn confirm_erasure_request(ctx: Ctx, Json(input): Json<RequestToken>) -> Result<Json<DataRequestView>> {
    super::confirm_erasure(&ctx, &input.token).await.map(Json)
}

/// Call an erasure off by its link
///
/// Needs no permission but the link from one of the mails about it.
#[utoipa::path(
    post,
    path = "/v1/customers/erasure-requests/cancel",
    tag = "customers",
    request_body = RequestToken,
    responses(
        (status = 200, body = DataRequestView),
        (status = 404, description = "No such link, or no longer", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is over", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn cancel_erasure_request_by_link(
    ctx: Ctx,
    Json(input): Json<RequestToken>,
) -> Result<Json<DataRequestView>> {
    super::cancel_erasure_by_link(&ctx, &input.token).await.map(Json)
}

/// List data requests
///
/// What people asked about their data, masked, with the law's limit of a month. Needs
/// `customers.read` of the platform.
#[utoipa::path(
    get,
    path = "/v1/data-requests",
    tag = "customers",
    params(DataRequestQuery),
    responses(
        (status = 200, body = Page<DataRequestRow>),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this, or who one is was not proved lately", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_data_requests(
    ctx: Ctx,
    Query(query): Query<DataRequestQuery>,
) -> Result<Json<Page<DataRequestRow>>> {
    super::data_requests(&ctx, &query).await.map(Json)
}

/// Preview a merge
///
/// What would move into this record from the other, what would be lost, and what speaks against
/// it. Needs `customers.read` of the platform.
#[utoipa::path(
    get,
    path = "/v1/customers/{customerId}/merge-preview",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`"), MergeFrom),
    responses(
        (status = 200, body = MergePreview),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this, or who one is was not proved lately", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn preview_customer_merge(
    ctx: Ctx,
    Path(id): Path<Id<Customer>>,
    Query(query): Query<MergeFrom>,
) -> Result<Json<MergePreview>> {
    super::preview_merge(&ctx, id, query.from).await.map(Json)
}

/// Merge two customers
///
/// Everything of the one goes to the other. The one is blanked and its sign-in ends. Needs
/// `customers.write` of the platform, and the versions that were previewed.
#[utoipa::path(
    post,
    path = "/v1/customers:merge",
    tag = "customers",
    request_body = MergeCustomers,
    responses(
        (status = 200, description = "The record that stays, masked", body = CustomerView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this, or who one is was not proved lately", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Something speaks against it", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Another version than yours", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn merge_customers(ctx: Ctx, Json(input): Json<MergeCustomers>) -> Result<Json<CustomerView>> {
    super::merge_customers(&ctx, &input).await.map(Json)
}
