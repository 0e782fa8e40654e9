//! REST routes of shipping.

use serde::Deserialize;
use stoa_fulfilment_types::{
    CreateFulfilment, CreateShipment, DeliveryOption, FulfilmentState, FulfilmentView, RateRequest,
    ShipmentView, TrackingEventView, TrackingInput,
};
use stoa_kernel::{
    Ctx, Result,
    http::{Created, IdempotencyKey, Json, Path, Query, Router, Versioned},
};
use stoa_types::{FulfilmentOrder, Id, Order, Page, PageQuery, Problem, Shipment};
use utoipa::IntoParams;
use utoipa_axum::routes as paths;

/// The service's routes.
pub fn routes() -> Router {
    Router::new()
        .routes(paths!(list_fulfillments, create_fulfillment))
        .routes(paths!(get_fulfillment))
        .routes(paths!(create_shipment))
        .routes(paths!(get_shipment))
        .routes(paths!(cancel_shipment))
        .routes(paths!(list_shipment_tracking, create_shipment_tracking))
        .routes(paths!(quote_carrier_rates))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FulfillmentQuery {
    /// An order's id.
    #[param(value_type = Option<String>)]
    order: Option<Id<Order>>,
    /// One state.
    state: Option<FulfilmentState>,
    /// Cursor from `next` or `prev` of an earlier answer.
    after: Option<String>,
    /// Items a page, 1 to 100; 25 unless told.
    limit: Option<u32>,
}

/// What is to be sent
///
/// Needs `shipping.read`. Sellers see their own.
#[utoipa::path(get, path = "/v1/fulfillments", tag = "shipping", params(FulfillmentQuery),
    responses((status = 200, body = Page<FulfilmentView>)))]
async fn list_fulfillments(
    ctx: Ctx,
    Query(query): Query<FulfillmentQuery>,
) -> Result<Json<Page<FulfilmentView>>> {
    let page = PageQuery { after: query.after, limit: query.limit };
    super::list(&ctx, query.order, query.state, &page).await.map(Json)
}

/// Pack some lines apart
///
/// Moves open units of one seller to a fulfilment order of their own. Orders come with
/// one per seller already. Needs `shipping.write` and an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/fulfillments", tag = "shipping", request_body = CreateFulfilment,
    params(("Idempotency-Key" = String, Header, description = "New for each action")),
    responses((status = 201, body = FulfilmentView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn create_fulfillment(
    ctx: Ctx,
    _key: IdempotencyKey,
    Json(input): Json<CreateFulfilment>,
) -> Result<Created<FulfilmentView>> {
    let body = super::split(&ctx, input).await?;
    Ok(Created { location: format!("/v1/fulfillments/{}", body.id), version: body.version, body })
}

/// A fulfilment order
///
/// Needs `shipping.read`. Another seller's is 404.
#[utoipa::path(get, path = "/v1/fulfillments/{id}", tag = "shipping",
    params(("id" = String, Path, description = "The fulfilment order's id")),
    responses((status = 200, body = FulfilmentView), (status = 404, body = Problem)))]
async fn get_fulfillment(ctx: Ctx, Path(id): Path<Id<FulfilmentOrder>>) -> Result<Versioned<FulfilmentView>> {
    let view = super::fulfilment(&ctx, id).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// Send a parcel
///
/// All that is open, or the lines named. Needs `shipping.write` and an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/fulfillments/{id}/shipments", tag = "shipping", request_body = CreateShipment,
    params(("id" = String, Path, description = "The fulfilment order's id"),
        ("Idempotency-Key" = String, Header, description = "New for each action")),
    responses((status = 201, body = ShipmentView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn create_shipment(
    ctx: Ctx,
    Path(id): Path<Id<FulfilmentOrder>>,
    key: IdempotencyKey,
    Json(input): Json<CreateShipment>,
) -> Result<Created<ShipmentView>> {
    let ctx = Ctx { idempotency_key: Some(key.0), ..ctx };
    let body = super::create_shipment(&ctx, id, input).await?;
    Ok(Created { location: format!("/v1/shipments/{}", body.id), version: body.version, body })
}

/// A shipment
///
/// Needs `shipping.read`. Another seller's is 404.
#[utoipa::path(get, path = "/v1/shipments/{shipmentId}", tag = "shipping",
    params(("shipmentId" = String, Path, description = "The shipment's id")),
    responses((status = 200, body = ShipmentView), (status = 404, body = Problem)))]
async fn get_shipment(ctx: Ctx, Path(id): Path<Id<Shipment>>) -> Result<Versioned<ShipmentView>> {
    let view = super::shipment(&ctx, id).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// Withdraw a parcel
///
/// Before it is picked up; its lines are open again. Needs `shipping.write`.
#[utoipa::path(post, path = "/v1/shipments/{shipmentId}/cancel", tag = "shipping",
    params(("shipmentId" = String, Path, description = "The shipment's id")),
    responses((status = 200, body = ShipmentView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn cancel_shipment(ctx: Ctx, Path(id): Path<Id<Shipment>>) -> Result<Versioned<ShipmentView>> {
    let view = super::cancel_shipment(&ctx, id).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// News of a parcel, newest first
///
/// Needs `shipping.read`. Another seller's is 404.
#[utoipa::path(get, path = "/v1/shipments/{shipmentId}/tracking", tag = "shipping",
    params(("shipmentId" = String, Path, description = "The shipment's id")),
    responses((status = 200, body = Page<TrackingEventView>), (status = 404, body = Problem)))]
async fn list_shipment_tracking(
    ctx: Ctx,
    Path(id): Path<Id<Shipment>>,
) -> Result<Json<Page<TrackingEventView>>> {
    Ok(Json(Page::whole(super::shipment(&ctx, id).await?.tracking)))
}

/// Record news of a parcel
///
/// The same news again changes nothing; late news never moves it back. Needs `shipping.write`.
#[utoipa::path(post, path = "/v1/shipments/{shipmentId}/tracking", tag = "shipping", request_body = TrackingInput,
    params(("shipmentId" = String, Path, description = "The shipment's id")),
    responses((status = 200, body = ShipmentView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn create_shipment_tracking(
    ctx: Ctx,
    Path(id): Path<Id<Shipment>>,
    Json(input): Json<TrackingInput>,
) -> Result<Versioned<ShipmentView>> {
    let view = super::record_tracking(&ctx, id, input).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// What a carrier asks for a parcel
///
/// `table` is the marketplace's own rate table. Needs `shipping.read`.
#[utoipa::path(post, path = "/v1/carriers/{carrierId}/rates", tag = "shipping", request_body = RateRequest,
    params(("carrierId" = String, Path, description = "`table`")),
    responses((status = 200, body = Page<DeliveryOption>), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn quote_carrier_rates(
    ctx: Ctx,
    Path(carrier): Path<String>,
    Json(input): Json<RateRequest>,
) -> Result<Json<Page<DeliveryOption>>> {
    super::carrier_rates(&ctx, &carrier, input).await.map(|options| Json(Page::whole(options)))
}
