//! Who acts when a program shows an access token.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, LazyLock},
};

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use sea_orm::EntityTrait;
use stoa_identity_entities::oauth_grant as table;
use stoa_kernel::{Actor, App, Ctx, Error, Result};
use stoa_types::{App as RegisteredApp, Id, OAuthClient, OAuthGrant, Seller, User};

use super::{TOKEN_INVALID, client, grant::Person, jwt, scopes};
use crate::auth::{CACHED, Principal, roles};

/// A family as read, with its client and app as they were then.
#[derive(Clone)]
struct Known {
    client: Id<OAuthClient>,
    app: Id<RegisteredApp>,
    name: String,
    owner: Option<Id<User>>,
    seller: Option<Id<Seller>>,
    person: Option<Person>,
    scopes: Arc<BTreeSet<String>>,
    /// When it ends, or ended.
    until: DateTime<Utc>,
}

/// By id, unique over all installations, so one cache serves every [`App`] of a process.
/// Nothing is kept for one that does not work.
static GRANTS: LazyLock<Cache<Id<OAuthGrant>, Known>> =
    LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_live(CACHED).build());

/// Makes the next request read the family anew.
pub(super) fn forget(id: Id<OAuthGrant>) {
    GRANTS.invalidate(&id);
}

/// Makes the next requests read every family anew: a client or an app has ended.
pub(crate) fn forget_all() {
    GRANTS.invalidate_all();
}

/// Who an access token stands for: the person, as far as they let the app and may themselves,
/// or the app itself, as far as whoever answers for it may.
///
/// 401 `auth.token_invalid` for any token that does not work, whatever the reason. Nothing is
/// read from the database for one that we have not signed.
pub async fn principal_of_token(app: &App, token: &str) -> Result<Principal> {
    match look(app, token).await? {
        Some(principal) => Ok(principal),
        None => Err(invalid()),
    }
}

/// The one answer to every token that does not work.
pub(super) fn invalid() -> Error {
    TOKEN_INVALID.error("This access token doesn't work. Ask for a new one.")
}

async fn look(app: &App, token: &str) -> Result<Option<Principal>> {
    let Some(access) = jwt::verify(app, token).await? else { return Ok(None) };
    let Some(known) = known(app, &access).await? else { return Ok(None) };
    let asked = scopes::parse(&access.scope);
    let scopes: HashSet<String> = asked.into_iter().filter(|scope| known.scopes.contains(scope)).collect();
    let Some(person) = known.person else { return own(app, known, scopes).await.map(Some) };
    let Some(person) = person.principal(app).await? else { return Ok(None) };
    let permissions = scopes.into_iter().filter(|scope| person.permissions.contains(scope)).collect();
    Ok(Some(Principal { permissions: Arc::new(permissions), via: Some(known.app), ..person }))
}

/// The app itself. Like a key's, its permissions end with those of whoever answers for it.
async fn own(app: &App, known: Known, mut scopes: HashSet<String>) -> Result<Principal> {
    if known.seller.is_some() {
        scopes.retain(|scope| roles::SELLER.contains(&scope.as_str()));
    }
    if let Some(owner) = known.owner {
        let lent = crate::apps::lends(app, owner, known.seller).await?;
        scopes.retain(|scope| lent.contains(scope));
    }
    Ok(Principal {
        actor: Actor::App(known.app),
        permissions: Arc::new(scopes),
        seller: known.seller,
        name: known.name,
        email: None,
        via: None,
        support: None,
        second_step_required: false,
        second_step_missing: false,
    })
}

/// The family of a token while it works.
async fn known(app: &App, access: &jwt::Access) -> Result<Option<Known>> {
    let known = match GRANTS.get(&access.grant) {
        Some(known) => known,
        None => {
            let Some(known) = load(app, access).await? else { return Ok(None) };
            GRANTS.insert(access.grant, known.clone());
            known
        }
    };
    let works = known.client == access.client_id && known.until > app.now();
    Ok(works.then_some(known))
}

async fn load(app: &App, access: &jwt::Access) -> Result<Option<Known>> {
    let row = table::Entity::find_by_id(access.grant.uuid()).one(app.db.read()).await?;
    let Some(row) = row.filter(|row| row.revoked_at.is_none()) else { return Ok(None) };
    let client = client::live(&Ctx::system(app), Id::new(row.client_id)).await?;
    let Some(client) = client else { return Ok(None) };
    Ok(Some(Known {
        client: client.id,
        app: client.app,
        name: client.name,
        owner: client.owner.map(Id::new),
        seller: client.seller,
        person: row.user_id.map(|user| Person {
            user: Id::new(user),
            seller: row.seller_id.map(Id::new),
            signed_in_at: row.signed_in_at.unwrap_or(row.created_at),
        }),
        scopes: Arc::new(serde_json::from_value(row.scopes)?),
        until: row.expires_at,
    }))
}
