//! REST routes of media, and the files.

use axum::{body::Bytes, extract::DefaultBodyLimit};
use serde::{Deserialize, Serialize};
use stoa_catalog_types::{AssetView, DerivativeView};
use stoa_kernel::{
    Ctx, Result,
    http::{Created, Json, Path, Query, Router},
};
use stoa_types::{Asset, Id, Problem, Seller};
use utoipa_axum::routes;

use super::{MediaMeta, TOO_LARGE};

/// The routes.
pub fn routes() -> Router {
    let upload = Router::new().routes(routes!(create_asset)).layer(DefaultBodyLimit::disable());
    Router::new()
        .merge(upload)
        .routes(routes!(get_asset))
        .routes(routes!(list_asset_derivatives))
        .routes(routes!(transcode_asset))
        .merge(super::file_route())
}

/// Whose file it is and how it is called.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Upload {
    /// The seller it belongs to; a seller's own when left out.
    #[param(value_type = Option<String>)]
    seller: Option<Id<Seller>>,
    /// The file's name, for people.
    file_name: Option<String>,
}

/// The files of an asset.
#[derive(Serialize, utoipa::ToSchema)]
struct Derivatives {
    items: Vec<DerivativeView>,
}

/// Upload a picture
///
/// Send the bytes of a JPEG, PNG, WebP or GIF as the body. The same bytes are stored
/// once. Needs `media.write`.
#[utoipa::path(post, path = "/v1/assets", tag = "media", params(Upload),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = AssetView), (status = 413, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem)))]
async fn create_asset(
    ctx: Ctx,
    Query(query): Query<Upload>,
    request: axum::extract::Request,
) -> Result<Created<AssetView>> {
    ctx.require(super::WRITE)?;
    let limit = ctx.app.settings.upload_limit;
    let too_large = |_| {
        TOO_LARGE.error(format!("A picture may have up to {} MB.", limit / 1024 / 1024)).fact("limit", limit)
    };
    let bytes: Bytes = axum::body::to_bytes(request.into_body(), limit as usize).await.map_err(too_large)?;
    let meta = MediaMeta { seller: query.seller, file_name: query.file_name };
    let body = super::store(&ctx, bytes.to_vec(), meta).await?;
    Ok(Created { location: format!("/v1/assets/{}", body.id), version: 1, body })
}

/// Get an asset
///
/// Needs `media.read`.
#[utoipa::path(get, path = "/v1/assets/{assetId}", tag = "media", params(("assetId" = String, Path)),
    responses((status = 200, body = AssetView), (status = 404, body = Problem)))]
async fn get_asset(ctx: Ctx, Path(id): Path<Id<Asset>>) -> Result<Json<AssetView>> {
    Ok(Json(super::get(&ctx, id).await?))
}

/// List an asset's derivatives
///
/// Needs `media.read`.
#[utoipa::path(get, path = "/v1/assets/{assetId}/derivatives", tag = "media", params(("assetId" = String, Path)),
    responses((status = 200, body = Derivatives), (status = 404, body = Problem)))]
async fn list_asset_derivatives(ctx: Ctx, Path(id): Path<Id<Asset>>) -> Result<Json<Derivatives>> {
    Ok(Json(Derivatives { items: super::derivatives(&ctx, id).await? }))
}

/// Make an asset's derivatives anew
///
/// Answers at once; a job does the work. Needs `media.write`.
#[utoipa::path(post, path = "/v1/assets/{assetId}/transcode", tag = "media", params(("assetId" = String, Path)),
    responses((status = 200, body = AssetView), (status = 404, body = Problem)))]
async fn transcode_asset(ctx: Ctx, Path(id): Path<Id<Asset>>) -> Result<Json<AssetView>> {
    Ok(Json(super::transcode(&ctx, id).await?))
}
