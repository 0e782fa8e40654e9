//! REST routes of staff: the index, what is masked, tags, notes, segments.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use stoa_identity_types::{
    AddNote, AddTag, AddToSegment, CreateSegment, CustomerQuery, CustomerRow, NoteView, Reveal, Revealed,
    SegmentView, Segments, StaffRecord,
};
use stoa_kernel::{
    Ctx, Result,
    http::{Json, Path, Query, Router},
    idempotency::Secret,
};
use stoa_types::{Customer, Id, Page, Problem, Segment};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(list_customers))
        .routes(routes!(reveal_customer))
        .routes(routes!(get_staff_record))
        .routes(routes!(add_customer_tag))
        .routes(routes!(delete_customer_tag))
        .routes(routes!(add_customer_note))
        .routes(routes!(list_segments, create_segment))
        .routes(routes!(add_segment_member))
        .routes(routes!(delete_segment_member))
}

/// List customers
///
/// Newest first, masked. Needs `customers.read` of the platform.
#[utoipa::path(
    get,
    path = "/v1/customers",
    tag = "customers",
    params(CustomerQuery),
    responses(
        (status = 200, body = Page<CustomerRow>),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such segment", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_customers(ctx: Ctx, Query(query): Query<CustomerQuery>) -> Result<Json<Page<CustomerRow>>> {
    super::list(&ctx, &query).await.map(Json)
}

/// Show what is masked
///
/// Who looked and why is in the audit trail. Needs `customers.reveal`.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/reveal",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    request_body = Reveal,
    responses(
        (status = 200, body = Revealed),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn reveal_customer(
    ctx: Ctx,
    Path(id): Path<Id<Customer>>,
    Json(input): Json<Reveal>,
) -> Result<Response> {
    let body = super::reveal(&ctx, id, &input).await?;
    let mut response = Json(body).into_response();
    // The answer is about a person: none is kept beside the key.
    response.extensions_mut().insert(Secret::ShownOnce);
    Ok(response)
}

/// Look at what staff keep about a customer
///
/// Tags, notes, segments and companies. Needs `customers.read` of the platform.
#[utoipa::path(
    get,
    path = "/v1/customers/{customerId}/staff-record",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    responses(
        (status = 200, body = StaffRecord),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_staff_record(ctx: Ctx, Path(id): Path<Id<Customer>>) -> Result<Json<StaffRecord>> {
    super::staff_record(&ctx, id).await.map(Json)
}

/// Put a tag on a customer
///
/// One that is on stays. Answers all of them. Needs `customers.write`.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/tags",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    request_body = AddTag,
    responses(
        (status = 200, body = Vec<String>),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There are fifty", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn add_customer_tag(
    ctx: Ctx,
    Path(id): Path<Id<Customer>>,
    Json(input): Json<AddTag>,
) -> Result<Json<Vec<String>>> {
    super::add_tag(&ctx, id, &input).await.map(Json)
}

/// Take a tag off a customer
///
/// Nothing happens where it is not on. Needs `customers.write`.
#[utoipa::path(
    delete,
    path = "/v1/customers/{customerId}/tags/{tag}",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`"), ("tag" = String, Path, description = "The tag")),
    responses(
        (status = 204, description = "It is off"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_customer_tag(ctx: Ctx, Path((id, tag)): Path<(Id<Customer>, String)>) -> Result<StatusCode> {
    super::remove_tag(&ctx, id, &tag).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Write a note about a customer
///
/// For staff alone. Needs `customers.write`.
#[utoipa::path(
    post,
    path = "/v1/customers/{customerId}/notes",
    tag = "customers",
    params(("customerId" = String, Path, description = "The customer, `cus_…`")),
    request_body = AddNote,
    responses(
        (status = 201, body = NoteView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn add_customer_note(
    ctx: Ctx,
    Path(id): Path<Id<Customer>>,
    Json(input): Json<AddNote>,
) -> Result<(StatusCode, Json<NoteView>)> {
    Ok((StatusCode::CREATED, Json(super::add_note(&ctx, id, &input).await?)))
}

/// List segments
///
/// By name. Needs `customers.read` of the platform.
#[utoipa::path(
    get,
    path = "/v1/segments",
    tag = "customers",
    responses(
        (status = 200, body = Segments),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_segments(ctx: Ctx) -> Result<Json<Segments>> {
    super::segments(&ctx).await.map(Json)
}

/// Make a segment
///
/// With a rule, whoever fits it is in; without one, customers are put in. Needs
/// `customers.write`.
#[utoipa::path(
    post,
    path = "/v1/segments",
    tag = "customers",
    request_body = CreateSegment,
    responses(
        (status = 201, body = SegmentView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Another has the name", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_segment(
    ctx: Ctx,
    Json(input): Json<CreateSegment>,
) -> Result<(StatusCode, Json<SegmentView>)> {
    Ok((StatusCode::CREATED, Json(super::create_segment(&ctx, &input).await?)))
}

/// Put a customer into a segment
///
/// One that is in stays. Needs `customers.write`.
#[utoipa::path(
    post,
    path = "/v1/segments/{segmentId}/members",
    tag = "customers",
    params(("segmentId" = String, Path, description = "The segment, `seg_…`")),
    request_body = AddToSegment,
    responses(
        (status = 204, description = "They are in"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The segment has a rule", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn add_segment_member(
    ctx: Ctx,
    Path(id): Path<Id<Segment>>,
    Json(input): Json<AddToSegment>,
) -> Result<StatusCode> {
    super::add_to_segment(&ctx, id, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a customer out of a segment
///
/// Nothing happens where they are not in. Needs `customers.write`.
#[utoipa::path(
    delete,
    path = "/v1/segments/{segmentId}/members/{customerId}",
    tag = "customers",
    params(("segmentId" = String, Path, description = "The segment, `seg_…`"), ("customerId" = String, Path, description = "The customer, `cus_…`")),
    responses(
        (status = 204, description = "They are out"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role can't do this", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_segment_member(
    ctx: Ctx,
    Path((id, customer)): Path<(Id<Segment>, Id<Customer>)>,
) -> Result<StatusCode> {
    super::remove_from_segment(&ctx, id, customer).await?;
    Ok(StatusCode::NO_CONTENT)
}
