//! REST routes of companies.

use http::StatusCode;
use stoa_identity_types::{CompanyView, CreateCompany, SetMember, UpdateCompany};
use stoa_kernel::{
    Ctx, Result,
    http::{Created, IfMatch, Json, Path, Router, Versioned},
};
use stoa_types::{Company, Customer, Id, Problem};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(create_company))
        .routes(routes!(get_company, update_company))
        .routes(routes!(set_company_member))
        .routes(routes!(delete_company_member))
}

fn versioned(company: CompanyView) -> Versioned<CompanyView> {
    let version = company.version;
    Versioned(company, version)
}

/// Make a company
///
/// For whoever is signed in, who becomes its first admin, and for staff with `customers.write`, who
/// name one.
#[utoipa::path(
    post,
    path = "/v1/companies",
    tag = "customers",
    request_body = CreateCompany,
    responses(
        (status = 201, body = CompanyView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_company(ctx: Ctx, Json(input): Json<CreateCompany>) -> Result<Created<CompanyView>> {
    let body = super::create_company(&ctx, &input).await?;
    Ok(Created { location: format!("/v1/companies/{}", body.id), version: body.version, body })
}

/// Look at a company
///
/// For its members, and for the platform's staff with `customers.read`.
#[utoipa::path(
    get,
    path = "/v1/companies/{companyId}",
    tag = "customers",
    params(("companyId" = String, Path, description = "The company, `cmp_…`")),
    responses(
        (status = 200, body = CompanyView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_company(ctx: Ctx, Path(id): Path<Id<Company>>) -> Result<Versioned<CompanyView>> {
    super::company(&ctx, id).await.map(versioned)
}

/// Change a company
///
/// Name and tax id. For its admins, and for staff with `customers.write`. Needs `If-Match`.
#[utoipa::path(
    patch,
    path = "/v1/companies/{companyId}",
    tag = "customers",
    params(("companyId" = String, Path, description = "The company, `cmp_…`"), ("If-Match" = String, Header, description = "ETag of the version you saw")),
    request_body = UpdateCompany,
    responses(
        (status = 200, body = CompanyView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Another version than yours", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn update_company(
    ctx: Ctx,
    Path(id): Path<Id<Company>>,
    IfMatch(version): IfMatch,
    Json(input): Json<UpdateCompany>,
) -> Result<Versioned<CompanyView>> {
    super::update_company(&ctx, id, version, &input).await.map(versioned)
}

/// Take a member in
///
/// Or change their part. For the company's admins, and for staff with `customers.write`.
#[utoipa::path(
    post,
    path = "/v1/companies/{companyId}/members",
    tag = "customers",
    params(("companyId" = String, Path, description = "The company, `cmp_…`")),
    request_body = SetMember,
    responses(
        (status = 200, body = CompanyView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The last admin", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something is missing or wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn set_company_member(
    ctx: Ctx,
    Path(id): Path<Id<Company>>,
    Json(input): Json<SetMember>,
) -> Result<Versioned<CompanyView>> {
    super::set_member(&ctx, id, &input).await.map(versioned)
}

/// Take a member out
///
/// Nothing happens for whoever is none. For the company's admins, for staff with
/// `customers.write`, and for the member.
#[utoipa::path(
    delete,
    path = "/v1/companies/{companyId}/members/{customerId}",
    tag = "customers",
    params(("companyId" = String, Path, description = "The company, `cmp_…`"), ("customerId" = String, Path, description = "The customer, `cus_…`")),
    responses(
        (status = 204, description = "They are out"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The last admin", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_company_member(
    ctx: Ctx,
    Path((id, member)): Path<(Id<Company>, Id<Customer>)>,
) -> Result<StatusCode> {
    super::remove_member(&ctx, id, member).await?;
    Ok(StatusCode::NO_CONTENT)
}
