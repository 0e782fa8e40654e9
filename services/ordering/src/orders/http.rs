//! REST routes of orders.

use sea_orm::EntityTrait;
use stoa_kernel::{
    Ctx, Error, Result,
    http::{IdempotencyKey, IfMatch, Json, Path, Query, Router, Versioned},
};
use stoa_ordering_entities::cart;
use stoa_ordering_types::orders::{CancelOrder, OrderQuery, OrderRow, OrderView, PlaceOrder, SetStatus};
use stoa_payments::payments;
use stoa_types::{Customer, Id, Order, Page, PageQuery, Problem};
use utoipa_axum::routes as paths;

use crate::carts;

/// The service's routes.
pub fn routes() -> Router {
    Router::new()
        .routes(paths!(place_order, list_orders))
        .routes(paths!(get_order))
        .routes(paths!(update_order_status))
        .routes(paths!(cancel_order))
        .routes(paths!(list_customer_orders))
}

fn versioned(order: OrderView) -> Versioned<OrderView> {
    let version = order.version;
    Versioned(order, version)
}

/// Place the order of a paid cart
///
/// The payment must be authorised. Asked again, or by the provider's message in between,
/// it is the same order. For the cart's holder (cart token) or with `carts.write` of the
/// platform. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/orders", tag = "orders", request_body = PlaceOrder,
    params(("Idempotency-Key" = String, Header, description = "New for each action")),
    responses((status = 200, body = OrderView), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn place_order(
    ctx: Ctx,
    _key: IdempotencyKey,
    Json(input): Json<PlaceOrder>,
) -> Result<Versioned<OrderView>> {
    let conn = ctx.db().read();
    let cart = cart::Entity::find_by_id(input.cart.uuid()).one(conn).await?;
    cart.filter(|cart| carts::opens(&ctx, cart)).ok_or_else(|| Error::not_found("cart"))?;
    let intent = payments::find(conn, input.payment).await?;
    intent.filter(|intent| intent.cart == input.cart).ok_or_else(|| Error::not_found("payment"))?;
    super::complete(&ctx, input.payment).await.map(versioned)
}

/// List orders
///
/// Newest first. Needs `orders.read`; a seller sees own parts.
#[utoipa::path(get, path = "/v1/orders", tag = "orders", params(OrderQuery),
    responses((status = 200, body = Page<OrderRow>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn list_orders(ctx: Ctx, Query(query): Query<OrderQuery>) -> Result<Json<Page<OrderRow>>> {
    super::list(&ctx, query).await.map(Json)
}

/// Look at an order
///
/// With its timeline. Needs `orders.read`; a seller sees own parts. The buyer sees it by
/// the cart's token.
#[utoipa::path(get, path = "/v1/orders/{orderId}", tag = "orders",
    params(("orderId" = String, Path, description = "The order's id")),
    responses((status = 200, body = OrderView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn get_order(ctx: Ctx, Path(id): Path<Id<Order>>) -> Result<Versioned<OrderView>> {
    super::get(&ctx, id).await.map(versioned)
}

/// Move lines of an order
///
/// A command on line states; the order's status follows from them. `delivered` and
/// `cancelled` can be asked for. Needs `orders.write` and `If-Match`.
#[utoipa::path(patch, path = "/v1/orders/{orderId}/status", tag = "orders", request_body = SetStatus,
    params(("orderId" = String, Path, description = "The order's id"), ("If-Match" = String, Header, description = "ETag of the version you saw")),
    responses((status = 200, body = OrderView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem),
        (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn update_order_status(
    ctx: Ctx,
    Path(id): Path<Id<Order>>,
    IfMatch(version): IfMatch,
    Json(input): Json<SetStatus>,
) -> Result<Versioned<OrderView>> {
    super::set_status(&ctx, id, version, input).await.map(versioned)
}

/// Cancel what has not been shipped
///
/// Lines in part or whole; everything open when none is named. Stock is free again at
/// once and the money is refunded. Needs `orders.cancel` and an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/orders/{orderId}/cancel", tag = "orders", request_body = CancelOrder,
    params(("orderId" = String, Path, description = "The order's id"), ("Idempotency-Key" = String, Header, description = "New for each action")),
    responses((status = 200, body = OrderView), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn cancel_order(
    ctx: Ctx,
    Path(id): Path<Id<Order>>,
    key: IdempotencyKey,
    Json(input): Json<CancelOrder>,
) -> Result<Versioned<OrderView>> {
    super::cancel(&ctx, id, input, Some(&key.0)).await.map(versioned)
}

/// A customer's orders
///
/// Newest first. For whoever it is, and for the platform's staff with `orders.read`.
#[utoipa::path(get, path = "/v1/customers/{id}/orders", tag = "orders",
    params(("id" = String, Path, description = "The customer's id"), PageQuery),
    responses((status = 200, body = Page<OrderRow>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn list_customer_orders(
    ctx: Ctx,
    Path(id): Path<Id<Customer>>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<OrderRow>>> {
    super::of_customer(&ctx, id, page).await.map(Json)
}
