//! A key gives way to its successor.

use chrono::TimeDelta;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::api_key as table;
use stoa_identity_types::{NewKey, RotateKey};
use stoa_kernel::{Ctx, Error, Fields, Result, audit};
use stoa_types::{ApiKey, App, Id};
use tower_sessions::Session;

use super::{
    KEY_OVER, KEYS_WRITE, OVERLAP_INVALID, SCOPES_INVALID,
    commands::{self, Draft, refuse_programs},
    principal,
    queries::view,
};
use crate::auth::step_up;

/// How long two keys may do the same.
const LONGEST: TimeDelta = TimeDelta::days(30);

/// Makes the successor of an app's key: the same name, permissions and networks, and as long a
/// life. It works at once; the old key works for `overlap_seconds` more, never longer than it
/// would have, and not at that moment; with 0 it has ended. Needs `apps.keys.write`.
///
/// 404 for another seller's key; 409 `apps.key_over` for one that has ended or has a successor;
/// 422 on `overlap_seconds`, and on `scopes` when the key carries what whoever asks has not
/// themselves.
/// 403 as for making one ([`super::create_app_key`]).
pub async fn rotate_key(
    ctx: &Ctx,
    browser: &Session,
    app: Id<App>,
    id: Id<ApiKey>,
    input: RotateKey,
) -> Result<NewKey> {
    refuse_programs(ctx)?;
    let app = super::find(ctx, app, KEYS_WRITE).await?;
    step_up::require(ctx, browser).await?;
    let mut fields = Fields::default();
    let fits = (0..=LONGEST.num_seconds()).contains(&input.overlap_seconds);
    fields.check(fits, "overlap_seconds", OVERLAP_INVALID, "Choose an overlap of up to 30 days.");
    let old = table::Entity::find_by_id(id.uuid())
        .filter(table::Column::AppId.eq(app.id))
        .one(ctx.db().read())
        .await?
        .ok_or_else(|| Error::not_found("API key"))?;
    let scopes = serde_json::from_value(old.scopes.clone())?;
    if let Some(wrong) = commands::wrong_scopes(ctx, &scopes, old.seller_id.is_some()) {
        fields.add("scopes", SCOPES_INVALID, wrong);
    }
    fields.finish()?;
    let draft = Draft {
        name: old.name.clone(),
        scopes,
        seller: old.seller_id.map(Id::new),
        expires_at: old.expires_at.map(|end| ctx.now + (end - old.created_at)),
        app: Some(Id::new(app.id)),
        networks: serde_json::from_value(old.networks.clone())?,
    };
    let deadline = ctx.now + TimeDelta::seconds(input.overlap_seconds);
    let until = old.expires_at.map_or(deadline, |end| Ord::min(end, deadline));

    let tx = ctx.db().begin().await?;
    let (row, secret) = commands::insert(&tx, ctx, draft).await?;
    let lives =
        Condition::any().add(table::Column::ExpiresAt.is_null()).add(table::Column::ExpiresAt.gt(ctx.now));
    let done = table::Entity::update_many()
        .col_expr(table::Column::ExpiresAt, Expr::value(Some(until)))
        .col_expr(table::Column::SuccessorId, Expr::value(Some(row.id)))
        .col_expr(table::Column::Version, Expr::col(table::Column::Version).add(1))
        .filter(table::Column::Id.eq(old.id))
        .filter(table::Column::RevokedAt.is_null())
        .filter(table::Column::SuccessorId.is_null())
        .filter(lives)
        .exec(&tx)
        .await?;
    if done.rows_affected == 0 {
        return Err(KEY_OVER.error("This key has ended or has a successor already."));
    }
    let facts = serde_json::json!({ "successor": Id::<ApiKey>::new(row.id), "until": until });
    let entry = audit::Entry::new("apiKey.rotated", id).seller(old.seller_id.map(Id::new));
    audit::record(&tx, ctx, entry.facts(&facts)).await?;
    ctx.db().commit(tx).await?;
    principal::forget(&old.key_hash);
    Ok(NewKey { view: view(row)?, secret })
}
