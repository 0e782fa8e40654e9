use stoa_engagement_types::NotificationStatus;
use stoa_kernel::{
    Ctx, Result,
    http::{Json, Path, Router},
};
use stoa_types::{Id, Notification};
use utoipa_axum::routes;

/// `/v1/notifications`.
pub fn routes() -> Router {
    Router::new().routes(routes!(get_notification_status))
}

/// Where a message stands
///
/// Needs `notifications.read`.
#[utoipa::path(
    get,
    path = "/v1/notifications/{id}/status",
    tag = "notifications",
    params(("id" = String, Path, description = "The notification, `ntf_…`")),
    responses((status = 200, body = NotificationStatus))
)]
async fn get_notification_status(
    ctx: Ctx,
    Path(id): Path<Id<Notification>>,
) -> Result<Json<NotificationStatus>> {
    Ok(Json(super::status(&ctx, id).await?))
}
