//! The apps that somebody lets act for them, and taking it back.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stoa_identity_entities::{app, oauth_client, oauth_consent as table, oauth_grant};
use stoa_identity_types::ConnectedAppView;
use stoa_kernel::{Ctx, Error, Result, audit};
use stoa_types::{Id, OAuthClient};

use super::{
    grant::{self, Why},
    principal, scopes,
};

/// The apps that the person signed in lets act for them, the newest first; at most 100.
pub async fn list_connected_apps(ctx: &Ctx) -> Result<Vec<ConnectedAppView>> {
    let rows = table::Entity::find()
        .filter(table::Column::UserId.eq(ctx.user()?.uuid()))
        .find_also_related(oauth_client::Entity)
        .order_by_desc(table::Column::Id)
        .limit(100)
        .all(ctx.db().read())
        .await?;
    let apps: BTreeSet<_> = rows.iter().filter_map(|(_, client)| Some(client.as_ref()?.app_id)).collect();
    let apps = app::Entity::find().filter(app::Column::Id.is_in(apps)).all(ctx.db().read()).await?;
    let mut found = Vec::new();
    for (row, client) in rows {
        let app = client.and_then(|client| apps.iter().find(|app| app.id == client.app_id));
        let Some(app) = app else { continue };
        let agreed: BTreeSet<String> = serde_json::from_value(row.scopes)?;
        found.push(ConnectedAppView {
            client: Id::new(row.client_id),
            app: Id::new(app.id),
            name: app.name.clone(),
            scopes: scopes::in_words(&agreed),
            created_at: row.created_at,
        });
    }
    Ok(found)
}

/// Takes back what the person signed in let a client do: every token of it ends, and they are
/// asked again the next time. 404 when there is nothing to take back.
pub async fn disconnect_app(ctx: &Ctx, client: Id<OAuthClient>) -> Result<()> {
    let user = ctx.user()?;
    let tx = ctx.db().begin().await?;
    let gone = table::Entity::delete_many()
        .filter(table::Column::UserId.eq(user.uuid()))
        .filter(table::Column::ClientId.eq(client.uuid()))
        .exec(&tx)
        .await?;
    let grants = oauth_grant::Entity::find()
        .filter(oauth_grant::Column::UserId.eq(user.uuid()))
        .filter(oauth_grant::Column::ClientId.eq(client.uuid()))
        .filter(oauth_grant::Column::RevokedAt.is_null())
        .filter(oauth_grant::Column::ExpiresAt.gt(ctx.now))
        .all(&tx)
        .await?;
    if gone.rows_affected == 0 && grants.is_empty() {
        return Err(Error::not_found("app"));
    }
    for grant in &grants {
        grant::end(&tx, ctx, Id::new(grant.id), client, Why::Person).await?;
    }
    // A code that is under way is worth nothing either.
    stoa_identity_entities::oauth_code::Entity::delete_many()
        .filter(stoa_identity_entities::oauth_code::Column::UserId.eq(user.uuid()))
        .filter(stoa_identity_entities::oauth_code::Column::ClientId.eq(client.uuid()))
        .filter(stoa_identity_entities::oauth_code::Column::UsedAt.is_null())
        .exec(&tx)
        .await?;
    let facts = serde_json::json!({ "user": user });
    audit::record(&tx, ctx, audit::Entry::new("oauthClient.taken_back", client).facts(&facts)).await?;
    ctx.db().commit(tx).await?;
    grants.iter().for_each(|grant| principal::forget(Id::new(grant.id)));
    Ok(())
}
