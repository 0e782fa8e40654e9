//! REST routes of the product catalogue.

use serde::Serialize;
use stoa_catalog_types::{
    AttachMedia, CreateProduct, MediaView, ProductQuery, ProductSummary, ProductView, SkuView, UpdateProduct,
    UpdateSku, VariantInput,
};
use stoa_kernel::{
    Ctx, Result,
    http::{Created, IfMatch, Json, Path, Query, Router, Versioned},
};
use stoa_types::{Asset, Id, Page, Problem, Product};
use utoipa_axum::routes;

/// The routes.
pub fn routes() -> Router {
    Router::new()
        .routes(routes!(list_products, create_product))
        .routes(routes!(get_product, update_product))
        .routes(routes!(publish_product))
        .routes(routes!(archive_product))
        .routes(routes!(list_product_skus, create_product_sku))
        .routes(routes!(update_product_sku))
        .routes(routes!(create_product_media))
        .routes(routes!(delete_product_media))
}

/// A list that is not paged: a product has only so many SKUs.
#[derive(Serialize, utoipa::ToSchema)]
struct Skus {
    items: Vec<SkuView>,
}

/// List products
///
/// Visitors see published products; callers with `products.read` see their own, staff
/// all of them. Prices and stock are those of the caller's currency.
#[utoipa::path(get, path = "/v1/products", tag = "products", params(ProductQuery),
    responses((status = 200, body = Page<ProductSummary>), (status = 400, body = Problem), (status = 422, body = Problem)))]
async fn list_products(ctx: Ctx, Query(query): Query<ProductQuery>) -> Result<Json<Page<ProductSummary>>> {
    Ok(Json(super::list(&ctx, &query).await?))
}

/// Create a product
///
/// Makes a draft. Needs `products.write`.
#[utoipa::path(post, path = "/v1/products", tag = "products", request_body = CreateProduct,
    responses((status = 201, body = ProductView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create_product(ctx: Ctx, Json(input): Json<CreateProduct>) -> Result<Created<ProductView>> {
    let body = super::create(&ctx, input).await?;
    Ok(Created { location: format!("/v1/products/{}", body.id), version: body.version, body })
}

/// Get a product
///
/// Published products are for everybody; others need `products.read`.
#[utoipa::path(get, path = "/v1/products/{productId}", tag = "products", params(("productId" = String, Path)),
    responses((status = 200, body = ProductView), (status = 404, body = Problem)))]
async fn get_product(ctx: Ctx, Path(id): Path<Id<Product>>) -> Result<Versioned<ProductView>> {
    let view = super::get(&ctx, id).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// Update a product
///
/// Send `If-Match` with the version you changed. Needs `products.write`.
#[utoipa::path(patch, path = "/v1/products/{productId}", tag = "products",
    params(("productId" = String, Path), ("If-Match" = String, Header)), request_body = UpdateProduct,
    responses((status = 200, body = ProductView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 412, body = Problem), (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn update_product(
    ctx: Ctx,
    Path(id): Path<Id<Product>>,
    IfMatch(version): IfMatch,
    Json(input): Json<UpdateProduct>,
) -> Result<Versioned<ProductView>> {
    let view = super::update(&ctx, id, version, input).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// Publish a product
///
/// Refused with everything that is missing: a priced variant, a picture, a category.
/// Needs `products.publish`.
#[utoipa::path(post, path = "/v1/products/{productId}/publish", tag = "products", params(("productId" = String, Path)),
    responses((status = 200, body = ProductView), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn publish_product(ctx: Ctx, Path(id): Path<Id<Product>>) -> Result<Versioned<ProductView>> {
    let view = super::publish(&ctx, id).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// Archive a product
///
/// Needs `products.publish`.
#[utoipa::path(post, path = "/v1/products/{productId}/archive", tag = "products", params(("productId" = String, Path)),
    responses((status = 200, body = ProductView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn archive_product(ctx: Ctx, Path(id): Path<Id<Product>>) -> Result<Versioned<ProductView>> {
    let view = super::archive(&ctx, id).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// List a product's SKUs
///
/// Visible like the product.
#[utoipa::path(get, path = "/v1/products/{productId}/skus", tag = "products", params(("productId" = String, Path)),
    responses((status = 200, body = Skus), (status = 404, body = Problem)))]
async fn list_product_skus(ctx: Ctx, Path(id): Path<Id<Product>>) -> Result<Json<Skus>> {
    Ok(Json(Skus { items: super::skus(&ctx, id).await? }))
}

/// Add a variant with its SKU
///
/// Needs `products.write`.
#[utoipa::path(post, path = "/v1/products/{productId}/skus", tag = "products", params(("productId" = String, Path)),
    request_body = VariantInput,
    responses((status = 201, body = SkuView), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create_product_sku(
    ctx: Ctx,
    Path(id): Path<Id<Product>>,
    Json(input): Json<VariantInput>,
) -> Result<Created<SkuView>> {
    let body = super::add_sku(&ctx, id, input).await?;
    Ok(Created { location: format!("/v1/products/{id}/skus/{}", body.id), version: body.version, body })
}

/// Update a SKU and its variant
///
/// Send `If-Match` with the SKU's version you changed. Needs `products.write`.
#[utoipa::path(patch, path = "/v1/products/{productId}/skus/{sku}", tag = "products",
    params(("productId" = String, Path), ("sku" = String, Path, description = "A SKU's id, or the seller's own code"),
        ("If-Match" = String, Header)),
    request_body = UpdateSku,
    responses((status = 200, body = SkuView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 412, body = Problem), (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn update_product_sku(
    ctx: Ctx,
    Path((id, sku)): Path<(Id<Product>, String)>,
    IfMatch(version): IfMatch,
    Json(input): Json<UpdateSku>,
) -> Result<Versioned<SkuView>> {
    ctx.require(super::WRITE)?;
    let sku = super::resolve_sku(ctx.db().read(), &ctx, &sku).await?;
    let view = super::update_sku(&ctx, id, sku, version, input).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// Add a picture to a product
///
/// A stored asset, or the address of a picture to be fetched. Needs `products.write`.
#[utoipa::path(post, path = "/v1/products/{productId}/media", tag = "products", params(("productId" = String, Path)),
    request_body = AttachMedia,
    responses((status = 201, body = MediaView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn create_product_media(
    ctx: Ctx,
    Path(id): Path<Id<Product>>,
    Json(input): Json<AttachMedia>,
) -> Result<Created<MediaView>> {
    let body = super::attach_media(&ctx, id, input).await?;
    Ok(Created { location: format!("/v1/assets/{}", body.picture.asset), version: 1, body })
}

/// Take a picture off a product
///
/// The asset itself stays. Needs `products.write`.
#[utoipa::path(delete, path = "/v1/products/{productId}/media/{assetId}", tag = "products",
    params(("productId" = String, Path), ("assetId" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete_product_media(
    ctx: Ctx,
    Path((id, asset)): Path<(Id<Product>, Id<Asset>)>,
) -> Result<axum::http::StatusCode> {
    super::detach_media(&ctx, id, asset).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}
