//! Making and revoking API keys.

use std::collections::BTreeSet;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::api_key;
use stoa_identity_types::{ApiKeyView, CreateKey, NewKey};
use stoa_kernel::{Actor, Ctx, Error, Fields, NewEvent, Result, audit, events, new_id};
use stoa_types::{ApiKey, Id, Seller};

use super::{
    EXPIRY_PAST, KEY_FROM_KEY, KEYS_WRITE, NAME_INVALID, SCOPES_INVALID, SELLER_UNKNOWN, key, principal,
    queries::view,
};
use crate::{auth::roles, sellers, text};

/// Makes a key. Needs `apps.keys.write`; whoever works for a seller makes keys of that
/// seller only. The answer holds the key itself, which nobody can read again.
///
/// 403 `apps.key_from_key` when a key asks; 422 for scopes that are unknown, that the
/// maker does not have, or that no seller's key may carry.
pub async fn create_key(ctx: &Ctx, input: CreateKey) -> Result<NewKey> {
    if matches!(ctx.actor, Actor::Key(_)) {
        return Err(KEY_FROM_KEY.error("A key can't make keys. Sign in as a person."));
    }
    ctx.require(KEYS_WRITE)?;
    let seller = own_seller(ctx, input.seller)?;
    let mut fields = Fields::default();
    let name = text::line(&input.name, 120);
    fields.check(name.is_some(), "name", NAME_INVALID, "Enter a name of up to 120 characters.");
    let future = input.expires_at.is_none_or(|at| at > ctx.now);
    fields.check(future, "expires_at", EXPIRY_PAST, "Choose a moment in the future.");
    let scopes: BTreeSet<String> = input.scopes.into_iter().map(|scope| scope.trim().to_owned()).collect();
    if let Some(wrong) = wrong_scopes(ctx, &scopes, seller.is_some()) {
        fields.add("scopes", SCOPES_INVALID, wrong);
    }
    if let Some(seller) = seller {
        let known = sellers::terms(ctx.db().read(), &[seller]).await?.contains_key(&seller);
        fields.check(known, "seller", SELLER_UNKNOWN, "There is no such seller.");
    }
    fields.finish()?;

    let environment = ctx.app.settings.environment;
    let secret = key::generate(environment)?;
    let row = api_key::Model {
        id: new_id::<ApiKey>().uuid(),
        name: name.unwrap_or_default(),
        prefix: key::prefix(environment).to_owned(),
        last_four: key::last_four(&secret),
        key_hash: key::hash(&secret),
        scopes: serde_json::to_value(&scopes)?,
        seller_id: seller.map(Id::uuid),
        user_id: match ctx.actor {
            Actor::User(id) => Some(id.uuid()),
            _ => None,
        },
        created_at: ctx.now,
        expires_at: input.expires_at,
        revoked_at: None,
        last_used_at: None,
        version: 1,
    };
    let id = Id::<ApiKey>::new(row.id);
    let facts = serde_json::json!({ "scopes": scopes, "seller": seller, "expires_at": row.expires_at });
    let tx = ctx.db().begin().await?;
    // `reset_all` marks every column as set; from a model they count as unchanged.
    let insert = row.clone().into_active_model().reset_all();
    api_key::Entity::insert(insert).exec_without_returning(&tx).await?;
    events::emit(&tx, ctx, NewEvent::new("apiKey.created", id, 1).seller(seller).data(&facts)).await?;
    audit::record(&tx, ctx, audit::Entry::new("apiKey.created", id).seller(seller).facts(&facts)).await?;
    ctx.db().commit(tx).await?;
    Ok(NewKey { view: view(row)?, secret })
}

/// Ends a key for good, at once in this process and within seconds in others. Needs
/// `apps.keys.write`; another seller's key is 404. Revoking twice changes nothing more.
pub async fn revoke_key(ctx: &Ctx, id: Id<ApiKey>) -> Result<ApiKeyView> {
    let scope = ctx.scope(KEYS_WRITE)?;
    let tx = ctx.db().begin().await?;
    let mut found = api_key::Entity::find_by_id(id.uuid());
    if let Some(seller) = scope.seller() {
        found = found.filter(api_key::Column::SellerId.eq(seller));
    }
    let mut row = found.one(&tx).await?.ok_or_else(|| Error::not_found("API key"))?;
    let done = api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(Some(ctx.now)))
        .col_expr(api_key::Column::Version, Expr::col(api_key::Column::Version).add(1))
        .filter(api_key::Column::Id.eq(row.id))
        .filter(api_key::Column::RevokedAt.is_null())
        .exec(&tx)
        .await?;
    if done.rows_affected == 0 {
        // Somebody was quicker: their moment counts.
        tx.rollback().await?;
        let row = api_key::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
        return view(row.ok_or_else(|| Error::not_found("API key"))?);
    }
    row.revoked_at = Some(ctx.now);
    row.version += 1;
    let seller = row.seller_id.map(Id::<Seller>::new);
    events::emit(&tx, ctx, NewEvent::new("apiKey.revoked", id, row.version).seller(seller)).await?;
    audit::record(&tx, ctx, audit::Entry::new("apiKey.revoked", id).seller(seller)).await?;
    ctx.db().commit(tx).await?;
    principal::forget(&row.key_hash);
    view(row)
}

/// The seller the key will work for. Another seller than one's own is not known to exist.
fn own_seller(ctx: &Ctx, wanted: Option<Id<Seller>>) -> Result<Option<Id<Seller>>> {
    match (ctx.seller, wanted) {
        (Some(own), Some(wanted)) if own != wanted => Err(Error::not_found("seller")),
        (Some(own), _) => Ok(Some(own)),
        (None, wanted) => Ok(wanted),
    }
}

/// What is wrong with the scopes, if anything.
fn wrong_scopes(ctx: &Ctx, scopes: &BTreeSet<String>, of_seller: bool) -> Option<String> {
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
