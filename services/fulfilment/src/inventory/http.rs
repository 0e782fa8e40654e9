//! REST routes of inventory.

use serde::Deserialize;
use stoa_fulfilment_types::{
    AdjustStock, AvailabilityView, CreateReservation, Mismatch, ReservationView, StockView,
};
use stoa_kernel::{
    Ctx, Result,
    http::{Created, IdempotencyKey, Json, Path, Query, Router, Versioned},
};
use stoa_types::{Id, Location, Page, PageQuery, Problem, Reservation};
use utoipa::IntoParams;
use utoipa_axum::routes as paths;

/// The service's routes.
pub fn routes() -> Router {
    Router::new()
        .routes(paths!(list_inventory))
        .routes(paths!(adjust_inventory))
        .routes(paths!(list_inventory_mismatches))
        .routes(paths!(create_reservation))
        .routes(paths!(release_reservation))
        .routes(paths!(get_warehouse_availability))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct InventoryQuery {
    /// A SKU's id, or the seller's own code where the caller works for one seller.
    sku: Option<String>,
    /// A location's id.
    #[param(value_type = Option<String>)]
    location: Option<Id<Location>>,
    /// Cursor from `next` or `prev` of an earlier answer.
    after: Option<String>,
    /// Items a page, 1 to 100; 25 unless told.
    limit: Option<u32>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Cursor from `next` or `prev` of an earlier answer.
    after: Option<String>,
    /// Items a page, 1 to 100; 25 unless told.
    limit: Option<u32>,
}

/// Stock by SKU and location
///
/// Needs `inventory.read`. Sellers see their own.
#[utoipa::path(get, path = "/v1/inventory", tag = "inventory", params(InventoryQuery),
    responses((status = 200, body = Page<StockView>), (status = 404, body = Problem)))]
async fn list_inventory(ctx: Ctx, Query(query): Query<InventoryQuery>) -> Result<Json<Page<StockView>>> {
    let page = PageQuery { after: query.after, limit: query.limit };
    super::levels(&ctx, query.sku.as_deref(), query.location, &page).await.map(Json)
}

/// Add or take away units
///
/// Needs `inventory.adjust` and an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/inventory/{sku}/adjust", tag = "inventory", request_body = AdjustStock,
    params(("sku" = String, Path, description = "A SKU's id, or the seller's own code"),
        ("Idempotency-Key" = String, Header, description = "New for each action")),
    responses((status = 200, body = StockView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn adjust_inventory(
    ctx: Ctx,
    Path(sku): Path<String>,
    key: IdempotencyKey,
    Json(input): Json<AdjustStock>,
) -> Result<Versioned<StockView>> {
    let view = super::adjust(&ctx, &sku, input, &key.0).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// Counters that are not the sum of their movements
///
/// All of them. Needs `inventory.read` of the platform. Empty when the books agree.
#[utoipa::path(get, path = "/v1/inventory/mismatches", tag = "inventory",
    responses((status = 200, body = Page<Mismatch>), (status = 403, body = Problem)))]
async fn list_inventory_mismatches(ctx: Ctx) -> Result<Json<Page<Mismatch>>> {
    super::verify_ledger(&ctx).await.map(|found| Json(Page::whole(found)))
}

/// Reserve stock
///
/// All lines or none. Needs `inventory.reserve` and an `Idempotency-Key`. 409
/// `inventory.insufficient_stock` names what is short.
#[utoipa::path(post, path = "/v1/reservations", tag = "inventory", request_body = CreateReservation,
    params(("Idempotency-Key" = String, Header, description = "New for each action")),
    responses((status = 201, body = ReservationView), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create_reservation(
    ctx: Ctx,
    _key: IdempotencyKey,
    Json(input): Json<CreateReservation>,
) -> Result<Created<ReservationView>> {
    let body = super::create(&ctx, input).await?;
    Ok(Created { location: format!("/v1/reservations/{}", body.id), version: body.version, body })
}

/// Give reserved stock back
///
/// Needs `inventory.reserve`. Again: the same answer. After it became an order's: 409.
#[utoipa::path(post, path = "/v1/reservations/{id}/release", tag = "inventory",
    params(("id" = String, Path, description = "The reservation's id")),
    responses((status = 200, body = ReservationView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn release_reservation(
    ctx: Ctx,
    Path(id): Path<Id<Reservation>>,
) -> Result<Versioned<ReservationView>> {
    let view = super::give_back(&ctx, id).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// What a location can sell
///
/// Needs `inventory.read`. Another seller's location is 404.
#[utoipa::path(get, path = "/v1/warehouses/{id}/availability", tag = "inventory",
    params(("id" = String, Path, description = "The location's id"), ListQuery),
    responses((status = 200, body = Page<AvailabilityView>), (status = 404, body = Problem)))]
async fn get_warehouse_availability(
    ctx: Ctx,
    Path(id): Path<Id<Location>>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<AvailabilityView>>> {
    let page = PageQuery { after: query.after, limit: query.limit };
    super::warehouse(&ctx, id, &page).await.map(Json)
}
