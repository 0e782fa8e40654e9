//! REST routes of carts. A cart opens with its token, sent as `Stoa-Cart-Token` or the
//! shop's cookie; the server's middleware puts either into the context.

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use stoa_kernel::{
    Ctx, Result,
    http::{Created, IdempotencyKey, IfMatch, Json, Path, Router, Versioned},
    idempotency::Secret,
};
use stoa_ordering_types::carts::{
    AddLine, CartView, CheckoutIntentView, CreateCart, NewCart, SetLine, UpdateCart,
};
use stoa_types::{Cart, CartLine, Id, Problem};
use utoipa_axum::routes as paths;

/// The service's routes.
pub fn routes() -> Router {
    Router::new()
        .routes(paths!(create_cart))
        .routes(paths!(get_cart, update_cart))
        .routes(paths!(add_cart_line))
        .routes(paths!(update_cart_line, delete_cart_line))
        .routes(paths!(create_checkout_intent))
}

fn versioned(cart: CartView) -> Versioned<CartView> {
    let version = cart.version;
    Versioned(cart, version)
}

/// Start a cart
///
/// Open to everybody. `token` opens the cart and is shown here alone. A repetition with the
/// same `Idempotency-Key` answers the same cart and token, so that a lost answer loses
/// nothing; without a sign-in the key must then have 32 characters or more, as a UUID has,
/// else the repetition has no body.
#[utoipa::path(post, path = "/v1/carts", tag = "carts", request_body = CreateCart,
    responses((status = 201, body = NewCart), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create_cart(ctx: Ctx, Json(input): Json<CreateCart>) -> Result<Response> {
    let new = super::create(&ctx, input).await?;
    let created =
        Created { location: format!("/v1/carts/{}", new.cart.id), version: new.cart.version, body: new };
    Ok((Extension(Secret::Senders), created).into_response())
}

/// Look at a cart
///
/// For the cart's holder (cart token) or with `carts.read` of the platform. Amounts are
/// worked out now; nothing is changed by looking.
#[utoipa::path(get, path = "/v1/carts/{cartId}", tag = "carts",
    params(("cartId" = String, Path, description = "The cart's id")),
    responses((status = 200, body = CartView), (status = 404, body = Problem)))]
async fn get_cart(ctx: Ctx, Path(id): Path<Id<Cart>>) -> Result<Versioned<CartView>> {
    super::get(&ctx, id).await.map(versioned)
}

/// Say who buys and where it goes
///
/// Email address, delivery address, delivery choice per parcel, and consent to risen
/// prices. For the cart's holder or with `carts.write` of the platform. Needs `If-Match`.
#[utoipa::path(patch, path = "/v1/carts/{cartId}", tag = "carts", request_body = UpdateCart,
    params(("cartId" = String, Path, description = "The cart's id"), ("If-Match" = String, Header, description = "ETag of the version you changed")),
    responses((status = 200, body = CartView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 412, body = Problem), (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn update_cart(
    ctx: Ctx,
    Path(id): Path<Id<Cart>>,
    IfMatch(version): IfMatch,
    Json(input): Json<UpdateCart>,
) -> Result<Versioned<CartView>> {
    super::update(&ctx, id, Some(version), input).await.map(versioned)
}

/// Put something into a cart
///
/// The same offer with the same texts is one line, its units are added up. For the
/// cart's holder or with `carts.write` of the platform. Answers the whole cart.
#[utoipa::path(post, path = "/v1/carts/{cartId}/lines", tag = "carts", request_body = AddLine,
    params(("cartId" = String, Path, description = "The cart's id")),
    responses((status = 200, body = CartView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn add_cart_line(
    ctx: Ctx,
    Path(id): Path<Id<Cart>>,
    Json(input): Json<AddLine>,
) -> Result<Versioned<CartView>> {
    super::add_line(&ctx, id, input).await.map(versioned)
}

/// Change a line's quantity
///
/// 0 removes the line. With `If-Match`, 412 when the cart has changed. For the cart's
/// holder or with `carts.write` of the platform.
#[utoipa::path(patch, path = "/v1/carts/{cartId}/lines/{lineId}", tag = "carts", request_body = SetLine,
    params(("cartId" = String, Path, description = "The cart's id"), ("lineId" = String, Path, description = "The line's id"),
        ("If-Match" = Option<String>, Header, description = "ETag of the version you changed")),
    responses((status = 200, body = CartView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 412, body = Problem), (status = 422, body = Problem)))]
async fn update_cart_line(
    ctx: Ctx,
    Path((id, line)): Path<(Id<Cart>, Id<CartLine>)>,
    headers: HeaderMap,
    Json(input): Json<SetLine>,
) -> Result<Versioned<CartView>> {
    let version = match headers.get(http::header::IF_MATCH) {
        None => None,
        Some(value) => {
            let text = value.to_str().unwrap_or_default().trim().trim_start_matches("W/").trim_matches('"');
            let malformed =
                || stoa_kernel::error::codes::MALFORMED.error("If-Match is not an ETag of ours, like \"7\".");
            Some(text.parse().map_err(|_| malformed())?)
        }
    };
    super::set_quantity(&ctx, id, line, input.quantity, version).await.map(versioned)
}

/// Take a line out
///
/// A line that is gone already is fine. For the cart's holder or with `carts.write` of
/// the platform.
#[utoipa::path(delete, path = "/v1/carts/{cartId}/lines/{lineId}", tag = "carts",
    params(("cartId" = String, Path, description = "The cart's id"), ("lineId" = String, Path, description = "The line's id")),
    responses((status = 200, body = CartView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete_cart_line(
    ctx: Ctx,
    Path((id, line)): Path<(Id<Cart>, Id<CartLine>)>,
) -> Result<Versioned<CartView>> {
    super::remove_line(&ctx, id, line).await.map(versioned)
}

/// Freeze a cart for payment
///
/// Keeps the stock, fixes the amount and makes the payment. Any later change of the cart
/// ends this checkout. For the cart's holder or with `carts.write` of the platform. Needs
/// an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/carts/{cartId}/checkout-intent", tag = "carts",
    params(("cartId" = String, Path, description = "The cart's id"), ("Idempotency-Key" = String, Header, description = "New for each action")),
    responses((status = 200, body = CheckoutIntentView), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create_checkout_intent(
    ctx: Ctx,
    Path(id): Path<Id<Cart>>,
    key: IdempotencyKey,
) -> Result<Json<CheckoutIntentView>> {
    super::checkout_intent(&ctx, id, &key.0).await.map(Json)
}
