//! A key that somebody has found where it should not be.

use std::time::Duration;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use stoa_identity_entities::api_key as table;
use stoa_identity_types::ReportLeak;
use stoa_kernel::{Ctx, Result, audit, ports::Rate};
use stoa_types::{ApiKey, Id, User};

use super::{commands, key, principal};
use crate::auth::notices::{self, NoticeAbout};

/// Reports from one network.
const REPORTS: Rate = Rate { name: "apps.leaks", count: 60, per: Duration::from_secs(60) };

/// Ends a key that somebody has found: having the whole of it is the proof that it leaked. The
/// answer is the same for a key that is none, so that nothing can be found out here. Whoever
/// answers for the key gets a mail; where it was found is in the audit trail.
pub async fn report_leak(ctx: &Ctx, input: &ReportLeak) -> Result<()> {
    ctx.limit(REPORTS).await?;
    let text = input.key.reveal().trim();
    if !key::is_well_formed(text, ctx.app.settings.environment) {
        return Ok(());
    }
    let tx = ctx.db().begin().await?;
    let found = table::Entity::find()
        .filter(table::Column::KeyHash.eq(key::hash(text)))
        .filter(table::Column::RevokedAt.is_null())
        .one(&tx)
        .await?;
    let Some(row) = found else { return Ok(()) };
    let (id, seller, hash) = (Id::<ApiKey>::new(row.id), row.seller_id.map(Id::new), row.key_hash.clone());
    let owner = row.user_id.map(Id::<User>::new);
    if commands::end(&tx, ctx, row).await?.is_none() {
        return Ok(());
    }
    let place: Option<String> = input.found_at.as_deref().map(|text| text.trim().chars().take(500).collect());
    let facts = serde_json::json!({ "found_at": place });
    audit::record(&tx, ctx, audit::Entry::new("apiKey.leaked", id).seller(seller).facts(&facts)).await?;
    if let Some(owner) = owner {
        notices::tell(&tx, ctx, owner, NoticeAbout::KeyLeaked).await?;
    }
    ctx.db().commit(tx).await?;
    principal::forget(&hash);
    Ok(())
}
