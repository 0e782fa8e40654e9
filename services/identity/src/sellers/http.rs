//! REST routes of sellers.

use serde::Deserialize;
use stoa_identity_types::{CreateSeller, SellerView};
use stoa_kernel::{
    Ctx, Result,
    http::{Created, IdempotencyKey, Json, Path, Query, Router, Versioned},
};
use stoa_types::{Id, Page, PageQuery, Problem, Seller};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{commands, queries};

/// `/v1/sellers` and below.
pub fn routes() -> Router {
    OpenApiRouter::new().routes(routes!(list_sellers, create_seller)).routes(routes!(get_seller))
}

/// Which page of sellers.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SellersQuery {
    /// Cursor from `next` or `prev` of an earlier answer.
    after: Option<String>,
    /// Items a page, 1 to 100; 25 unless told.
    limit: Option<u32>,
}

/// List sellers
///
/// Sellers in the order of their slugs. Needs no permission; `details` are there for
/// platform staff with `sellers.read`, and for a seller on its own record. Sellers who are
/// not live are shown to these alone.
#[utoipa::path(
    get,
    path = "/v1/sellers",
    tag = "sellers",
    params(SellersQuery),
    responses(
        (status = 200, description = "A page of sellers", body = Page<SellerView>),
        (status = 400, description = "Damaged cursor or unknown parameter", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_sellers(ctx: Ctx, Query(query): Query<SellersQuery>) -> Result<Json<Page<SellerView>>> {
    let page = PageQuery { after: query.after, limit: query.limit };
    Ok(Json(queries::list(&ctx, &page).await?))
}

/// Onboard a seller
///
/// Needs `sellers.write`, and an `Idempotency-Key`.
#[utoipa::path(
    post,
    path = "/v1/sellers",
    tag = "sellers",
    params(("Idempotency-Key" = String, Header, description = "New for each seller")),
    request_body = CreateSeller,
    responses(
        (status = 201, description = "On board, active and online", body = SellerView),
        (status = 403, description = "Without `sellers.write`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`sellers.slug_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Every wrong field", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_seller(
    ctx: Ctx,
    _key: IdempotencyKey,
    Json(input): Json<CreateSeller>,
) -> Result<Created<SellerView>> {
    let body = commands::create(&ctx, input).await?;
    let version = body.details.as_ref().map_or(1, |details| details.version);
    Ok(Created { location: format!("/v1/sellers/{}", body.id), version, body })
}

/// Get a seller
///
/// Needs no permission for a live seller; see the list for who sees more.
#[utoipa::path(
    get,
    path = "/v1/sellers/{sellerId}",
    tag = "sellers",
    params(("sellerId" = Id<Seller>, Path, description = "The seller's id")),
    responses(
        (status = 200, description = "The seller", body = SellerView),
        (status = 404, description = "No such seller, or not one you may know of", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_seller(ctx: Ctx, Path(id): Path<Id<Seller>>) -> Result<axum::response::Response> {
    use axum::response::IntoResponse;
    let seller = queries::get(&ctx, id).await?;
    // Only who sees the version can send it back.
    Ok(match &seller.details {
        Some(details) => {
            let version = details.version;
            Versioned(seller, version).into_response()
        }
        None => Json(seller).into_response(),
    })
}
