//! REST routes of payments.

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use http_body_util::{BodyExt, Limited};
use stoa_kernel::{
    Ctx, Error, Result,
    error::codes,
    http::{IdempotencyKey, Path, Router, Versioned},
};
use stoa_payments_types::{Confirm, CreateIntent, PaymentView};
use stoa_types::{Id, Payment, Problem};
use utoipa_axum::routes as paths;

use super::{NO_INTENT, TokenOnly, webhooks::Received};

/// Largest message of a provider.
const WEBHOOK_LIMIT: usize = 256 * 1024;

/// The service's routes.
pub fn routes() -> Router {
    Router::new()
        .routes(paths!(create_payment_intent))
        .routes(paths!(confirm_payment))
        .routes(paths!(get_payment))
        .routes(paths!(receive_payment_webhook))
}

/// The payment of a cart
///
/// Answers the intent that the cart's checkout has made, known to the provider. The amount
/// comes from the checkout; a body with an amount is refused. For the cart's holder (cart
/// token) or with `payments.read` of the platform. Needs an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/payments/intents", tag = "payments", request_body = CreateIntent,
    params(("Idempotency-Key" = String, Header, description = "New for each action")),
    responses((status = 200, body = PaymentView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn create_payment_intent(
    ctx: Ctx,
    _key: IdempotencyKey,
    TokenOnly(input): TokenOnly<CreateIntent>,
) -> Result<Versioned<PaymentView>> {
    let intent = super::of_cart(ctx.db().read(), input.cart).await?;
    let Some(intent) = intent else {
        // Whether the cart exists is not told to a stranger.
        ctx.require(super::PAYMENTS_READ).map_err(|_| Error::not_found("payment"))?;
        return Err(NO_INTENT.error("This cart has no payment yet. Start its checkout first."));
    };
    let view = super::prepare(&ctx, intent.id).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// Pay with a token
///
/// For the cart's holder (cart token) or with `payments.write` of the platform. Needs an
/// `Idempotency-Key`. A decline is an answer: state `requires_payment_method` with
/// `decline`. While the bank is silent: state `processing`; ask again. A card number
/// anywhere in the body: 422.
#[utoipa::path(post, path = "/v1/payments/{intentId}/confirm", tag = "payments", request_body = Confirm,
    params(("intentId" = String, Path, description = "The payment's id"),
        ("Idempotency-Key" = String, Header, description = "New for each action")),
    responses((status = 200, body = PaymentView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn confirm_payment(
    ctx: Ctx,
    Path(id): Path<Id<Payment>>,
    key: IdempotencyKey,
    TokenOnly(input): TokenOnly<Confirm>,
) -> Result<Versioned<PaymentView>> {
    let ctx = Ctx { idempotency_key: Some(key.0), ..ctx };
    let view = super::confirm(&ctx, id, input).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// A payment
///
/// For the cart's holder (cart token) or with `payments.read` of the platform; 404
/// otherwise.
#[utoipa::path(get, path = "/v1/payments/{paymentId}", tag = "payments",
    params(("paymentId" = String, Path, description = "The payment's id")),
    responses((status = 200, body = PaymentView), (status = 404, body = Problem)))]
async fn get_payment(ctx: Ctx, Path(id): Path<Id<Payment>>) -> Result<Versioned<PaymentView>> {
    let view = super::get(&ctx, id).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// A provider's message
///
/// Signed by the provider; needs no permission. 202 when the payment is not known (yet).
#[utoipa::path(post, path = "/v1/payments/webhooks/{provider}", tag = "payments",
    params(("provider" = String, Path, description = "The provider's name, such as `sandbox`")),
    request_body(content = String, content_type = "application/json"),
    responses((status = 200, description = "Recorded"), (status = 202, description = "Kept until the payment is known"),
        (status = 401, body = Problem), (status = 413, body = Problem)))]
async fn receive_payment_webhook(
    ctx: Ctx,
    Path(provider): Path<String>,
    request: Request,
) -> Result<Response> {
    let (parts, body): (_, Body) = request.into_parts();
    let bytes = Limited::new(body, WEBHOOK_LIMIT)
        .collect()
        .await
        .map_err(|_| codes::TOO_LARGE.error("The message is too large."))?
        .to_bytes();
    let status = match super::receive(&ctx, &provider, &parts.headers, &bytes).await? {
        Received::Known => StatusCode::OK,
        Received::Parked => StatusCode::ACCEPTED,
    };
    Ok(status.into_response())
}
