//! Making and revoking API keys.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Select,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::api_key;
use stoa_identity_types::{ApiKeyView, CreateAppKey, CreateKey, NewKey};
use stoa_kernel::{Actor, Ctx, Error, Fields, NewEvent, Result, Tx, audit, events, new_id};
use stoa_types::{ApiKey, App, Id, Seller};
use tower_sessions::Session;

use super::{
    EXPIRY_PAST, KEY_FROM_KEY, KEYS_WRITE, NAME_INVALID, NETWORK_INVALID, SCOPES_INVALID, SELLER_UNKNOWN,
    key, networks, principal, queries::view,
};
use crate::{
    auth::{roles, step_up},
    sellers, text,
};

/// A key about to be made, checked.
pub(super) struct Draft {
    pub name: String,
    pub scopes: BTreeSet<String>,
    pub seller: Option<Id<Seller>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub app: Option<Id<App>>,
    pub networks: Vec<String>,
}

/// Refuses with 403 `apps.key_from_key` whatever is no person acting themselves: what a program
/// made could outlive what it was given.
pub(crate) fn refuse_programs(ctx: &Ctx) -> Result<()> {
    if matches!(ctx.actor, Actor::Key(_) | Actor::App(_)) || ctx.via.is_some() {
        return Err(KEY_FROM_KEY.error("A program can't do this. Sign in as a person."));
    }
    Ok(())
}

/// Makes a key that belongs to no app, as the command line does. Needs `apps.keys.write`;
/// whoever works for a seller makes keys of that seller only. The answer holds the key itself,
/// which nobody can read again.
///
/// 403 `apps.key_from_key` when a program asks; 422 for scopes that are unknown, that the
/// maker does not have, or that no seller's key may carry.
pub async fn create_key(ctx: &Ctx, input: CreateKey) -> Result<NewKey> {
    refuse_programs(ctx)?;
    ctx.require(KEYS_WRITE)?;
    let seller = own_seller(ctx, input.seller)?;
    let mut fields = Fields::default();
    if let Some(seller) = seller {
        let known = sellers::terms(ctx.db().read(), &[seller]).await?.contains_key(&seller);
        fields.check(known, "seller", SELLER_UNKNOWN, "There is no such seller.");
    }
    let key = CreateAppKey {
        name: input.name,
        scopes: input.scopes,
        expires_at: input.expires_at,
        networks: Vec::new(),
    };
    let draft = check(ctx, fields, key, seller, None)?;
    make(ctx, draft).await
}

/// Makes a key of an app, which works for the app's seller. Needs `apps.keys.write`; another
/// seller's app is 404. The answer holds the key itself, which nobody can read again.
///
/// 403 `apps.key_from_key` when a program asks, and `auth.step_up_required` when the person of
/// this browser has not proved who they are for a while; 422 for scopes as in [`create_key`],
/// for an end that is over and for what is no network.
pub async fn create_app_key(
    ctx: &Ctx,
    browser: &Session,
    app: Id<App>,
    input: CreateAppKey,
) -> Result<NewKey> {
    refuse_programs(ctx)?;
    let app = super::find(ctx, app, KEYS_WRITE).await?;
    step_up::require(ctx, browser).await?;
    let seller = app.seller_id.map(Id::new);
    let draft = check(ctx, Fields::default(), input, seller, Some(Id::new(app.id)))?;
    make(ctx, draft).await
}

fn check(
    ctx: &Ctx,
    mut fields: Fields,
    input: CreateAppKey,
    seller: Option<Id<Seller>>,
    app: Option<Id<App>>,
) -> Result<Draft> {
    let name = text::line(&input.name, 120);
    fields.check(name.is_some(), "name", NAME_INVALID, "Enter a name of up to 120 characters.");
    let future = input.expires_at.is_none_or(|at| at > ctx.now);
    fields.check(future, "expires_at", EXPIRY_PAST, "Choose a moment in the future.");
    let scopes: BTreeSet<String> = input.scopes.into_iter().map(|scope| scope.trim().to_owned()).collect();
    if let Some(wrong) = wrong_scopes(ctx, &scopes, seller.is_some()) {
        fields.add("scopes", SCOPES_INVALID, wrong);
    }
    let networks: Option<Vec<String>> = input.networks.iter().map(|text| networks::read(text)).collect();
    let few = input.networks.len() <= networks::MOST;
    let why = "Enter at most 50 addresses or networks, like 192.0.2.7 or 192.0.2.0/24.";
    fields.check(few && networks.is_some(), "networks", NETWORK_INVALID, why);
    fields.finish()?;
    Ok(Draft {
        name: name.unwrap_or_default(),
        scopes,
        seller,
        expires_at: input.expires_at,
        app,
        networks: networks.unwrap_or_default(),
    })
}

async fn make(ctx: &Ctx, draft: Draft) -> Result<NewKey> {
    let tx = ctx.db().begin().await?;
    let (row, secret) = insert(&tx, ctx, draft).await?;
    ctx.db().commit(tx).await?;
    Ok(NewKey { view: view(row)?, secret })
}

/// Writes a key in the caller's transaction; answers its row and the key itself.
pub(super) async fn insert(tx: &Tx, ctx: &Ctx, draft: Draft) -> Result<(api_key::Model, String)> {
    let environment = ctx.app.settings.environment;
    let secret = key::generate(environment)?;
    let row = api_key::Model {
        id: new_id::<ApiKey>().uuid(),
        name: draft.name,
        prefix: key::prefix(environment).to_owned(),
        last_four: key::last_four(&secret),
        key_hash: key::hash(&secret),
        scopes: serde_json::to_value(&draft.scopes)?,
        seller_id: draft.seller.map(Id::uuid),
        user_id: match ctx.actor {
            Actor::User(id) => Some(id.uuid()),
            _ => None,
        },
        created_at: ctx.now,
        expires_at: draft.expires_at,
        revoked_at: None,
        last_used_at: None,
        last_used_from: None,
        app_id: draft.app.map(Id::uuid),
        networks: serde_json::to_value(&draft.networks)?,
        successor_id: None,
        version: 1,
    };
    let id = Id::<ApiKey>::new(row.id);
    let facts = serde_json::json!({
        "scopes": draft.scopes, "seller": draft.seller, "expires_at": row.expires_at, "app": draft.app,
    });
    // `reset_all` marks every column as set; from a model they count as unchanged.
    let insert = row.clone().into_active_model().reset_all();
    api_key::Entity::insert(insert).exec_without_returning(tx).await?;
    events::emit(tx, ctx, NewEvent::new("apiKey.created", id, 1).seller(draft.seller).data(&facts)).await?;
    audit::record(tx, ctx, audit::Entry::new("apiKey.created", id).seller(draft.seller).facts(&facts))
        .await?;
    Ok((row, secret))
}

/// Ends a key for good, at once in this process and within seconds in others. Needs
/// `apps.keys.write`; another seller's key is 404. Revoking twice changes nothing more.
pub async fn revoke_key(ctx: &Ctx, id: Id<ApiKey>) -> Result<ApiKeyView> {
    revoke(ctx, api_key::Entity::find_by_id(id.uuid())).await
}

/// [`revoke_key`] for a key of this app; any other is 404.
pub async fn revoke_app_key(ctx: &Ctx, app: Id<App>, id: Id<ApiKey>) -> Result<ApiKeyView> {
    revoke(ctx, api_key::Entity::find_by_id(id.uuid()).filter(api_key::Column::AppId.eq(app.uuid()))).await
}

async fn revoke(ctx: &Ctx, mut found: Select<api_key::Entity>) -> Result<ApiKeyView> {
    let scope = ctx.scope(KEYS_WRITE)?;
    if let Some(seller) = scope.seller() {
        found = found.filter(api_key::Column::SellerId.eq(seller));
    }
    let tx = ctx.db().begin().await?;
    let row = found.clone().one(&tx).await?.ok_or_else(|| Error::not_found("API key"))?;
    let Some(row) = end(&tx, ctx, row).await? else {
        // Somebody was quicker: their moment counts.
        tx.rollback().await?;
        return view(found.one(ctx.db().read()).await?.ok_or_else(|| Error::not_found("API key"))?);
    };
    ctx.db().commit(tx).await?;
    principal::forget(&row.key_hash);
    view(row)
}

/// Revokes a key in the caller's transaction; `None` when it was before.
pub(super) async fn end(tx: &Tx, ctx: &Ctx, mut row: api_key::Model) -> Result<Option<api_key::Model>> {
    let done = api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(Some(ctx.now)))
        .col_expr(api_key::Column::Version, Expr::col(api_key::Column::Version).add(1))
        .filter(api_key::Column::Id.eq(row.id))
        .filter(api_key::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    if done.rows_affected == 0 {
        return Ok(None);
    }
    row.revoked_at = Some(ctx.now);
    row.version += 1;
    let (id, seller) = (Id::<ApiKey>::new(row.id), row.seller_id.map(Id::<Seller>::new));
    events::emit(tx, ctx, NewEvent::new("apiKey.revoked", id, row.version).seller(seller)).await?;
    audit::record(tx, ctx, audit::Entry::new("apiKey.revoked", id).seller(seller)).await?;
    Ok(Some(row))
}

/// The seller the key will work for. Another seller than one's own is not known to exist.
pub(super) fn own_seller(ctx: &Ctx, wanted: Option<Id<Seller>>) -> Result<Option<Id<Seller>>> {
    match (ctx.seller, wanted) {
        (Some(own), Some(wanted)) if own != wanted => Err(Error::not_found("seller")),
        (Some(own), _) => Ok(Some(own)),
        (None, wanted) => Ok(wanted),
    }
}

/// What is wrong with the scopes, if anything.
pub(super) fn wrong_scopes(ctx: &Ctx, scopes: &BTreeSet<String>, of_seller: bool) -> Option<String> {
    if scopes.is_empty() {
        return Some("Choose at least one permission.".to_owned());
    }
    let known: BTreeSet<&str> = roles::registry(&ctx.app).map(|permission| permission.0).collect();
    let held = |scope: &str| ctx.actor == Actor::System || ctx.permissions.contains(scope);
    let wrong = |reason: &str, test: &dyn Fn(&str) -> bool| {
        let found: Vec<&str> = scopes.iter().map(String::as_str).filter(|scope| test(scope)).collect();
        (!found.is_empty()).then(|| format!("{reason}: {}.", found.join(", ")))
    };
    wrong("There is no such permission", &|scope| !known.contains(scope))
        .or_else(|| wrong("You don't have this yourself", &|scope| !held(scope)))
        .or_else(|| {
            wrong("A seller's key can't carry this", &|scope| of_seller && !roles::SELLER.contains(&scope))
        })
}
