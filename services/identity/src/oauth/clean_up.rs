//! What is over is deleted, and keys that have signed long enough get successors.

use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use stoa_identity_entities::{oauth_code, oauth_grant, oauth_refresh};
use stoa_kernel::{Ctx, JobHandler, Result};

use super::keys;

/// How long what is over is kept, to recognise what comes again.
const KEPT: TimeDelta = TimeDelta::days(7);

pub(crate) const CLEAN_UP: JobHandler =
    JobHandler { kind: "auth.clean_up_tokens", attempts: 3, run: |ctx, _| Box::pin(clean_up(ctx)) };

pub(crate) const ROTATE_KEYS: JobHandler = JobHandler {
    kind: "auth.rotate_keys",
    attempts: 3,
    run: |ctx, _| Box::pin(async move { keys::rotate(&ctx.app).await }),
};

/// Deletes codes, families and refresh tokens a week after their time. The tokens of a family
/// go with it; used ones of a family that goes on, when they would be over anyway.
async fn clean_up(ctx: &Ctx) -> Result<()> {
    let over = ctx.now - KEPT;
    let db = ctx.db().write();
    oauth_code::Entity::delete_many().filter(oauth_code::Column::ExpiresAt.lt(over)).exec(db).await?;
    oauth_grant::Entity::delete_many().filter(oauth_grant::Column::ExpiresAt.lt(over)).exec(db).await?;
    oauth_grant::Entity::delete_many().filter(oauth_grant::Column::RevokedAt.lt(over)).exec(db).await?;
    oauth_refresh::Entity::delete_many().filter(oauth_refresh::Column::ExpiresAt.lt(over)).exec(db).await?;
    Ok(())
}
