//! REST routes of refunds.

use stoa_aftersales_types::refunds::{CreateRefund, RefundView};
use stoa_kernel::{
    Ctx, Result,
    http::{Created, IdempotencyKey, Json, Path, Router, Versioned},
};
use stoa_types::{Id, Payment, Problem, Refund};
use utoipa_axum::routes as paths;

/// The service's routes.
pub fn routes() -> Router {
    Router::new().routes(paths!(refund_payment)).routes(paths!(get_refund_status))
}

/// Give money of a payment back
///
/// Units of lines and delivery cost, or a free amount; never more than is left. Opens a
/// refund, whose outcome follows. Needs `refunds.write` of the platform and an
/// `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/payments/{paymentId}/refund", tag = "refunds", request_body = CreateRefund,
    params(("paymentId" = String, Path, description = "The payment's id"), ("Idempotency-Key" = String, Header, description = "New for each action")),
    responses((status = 201, body = RefundView), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn refund_payment(
    ctx: Ctx,
    Path(payment): Path<Id<Payment>>,
    key: IdempotencyKey,
    Json(input): Json<CreateRefund>,
) -> Result<Created<RefundView>> {
    let view = super::refund_payment(&ctx, payment, input, &key.0).await?;
    Ok(Created { location: format!("/v1/refunds/{}/status", view.id), version: view.version, body: view })
}

/// Where a refund stands
///
/// Needs `refunds.read`; a seller sees own shares.
#[utoipa::path(get, path = "/v1/refunds/{refundId}/status", tag = "refunds",
    params(("refundId" = String, Path, description = "The refund's id")),
    responses((status = 200, body = RefundView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn get_refund_status(ctx: Ctx, Path(id): Path<Id<Refund>>) -> Result<Versioned<RefundView>> {
    let view = super::get(&ctx, id).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}
