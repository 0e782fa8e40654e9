use sea_orm::EntityTrait;
use stoa_engagement_entities::notification;
use stoa_engagement_types::NotificationStatus;
use stoa_kernel::{Ctx, Error, Result};
use stoa_types::{Id, Notification};

use super::READ;

/// Where a message stands. Needs `notifications.read`.
pub async fn status(ctx: &Ctx, id: Id<Notification>) -> Result<NotificationStatus> {
    ctx.require(READ)?;
    let row = notification::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let row = row.ok_or_else(|| Error::not_found("notification"))?;
    Ok(NotificationStatus {
        id: Id::new(row.id),
        template: row.template,
        channel: row.channel,
        state: row.state,
        reason: row.reason,
        created_at: row.created_at,
        sent_at: row.sent_at,
    })
}
