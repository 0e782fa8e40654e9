//! Who acts when a program shows a key.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
};

use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use stoa_identity_entities::api_key;
use stoa_kernel::{Actor, App, Error, Result};
use stoa_types::{ApiKey, Id, Seller};

use super::{KEY_EXPIRED, KEY_IN_QUERY, KEY_INVALID, KEY_REVOKED, key};
use crate::auth::{CACHED, Principal, principal_of_user, roles};

/// How exact "last used" is: one write in so long, however many requests.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A key as read, with what its maker may do at this moment.
#[derive(Clone)]
struct Known {
    id: Id<ApiKey>,
    principal: Principal,
    expires_at: Option<DateTime<Utc>>,
    revoked: bool,
    last_used_at: Option<DateTime<Utc>>,
}

/// By hash, which nobody can guess, so one cache serves every [`App`] of a process.
static KEYS: LazyLock<Cache<String, Known>> =
    LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_live(CACHED).build());

/// Makes the next request read the key anew.
pub(super) fn forget(hash: &str) {
    KEYS.invalidate(hash);
}

/// Makes the next requests read every key anew: somebody's roles have changed, and with
/// them what their keys may do.
pub(crate) fn forget_all() {
    KEYS.invalidate_all();
}

/// Who a key stands for. The error is what to answer: 401 `apps.key_invalid` (a typing
/// error, another installation's key or an unknown one, all alike), `apps.key_revoked`
/// or `apps.key_expired`.
pub async fn principal_of_key(app: &App, text: &str) -> Result<Principal> {
    let invalid = || KEY_INVALID.error("This API key is not valid here. Check that it was copied whole.");
    // The checksum is looked at first: a mistyped key costs the database nothing.
    if !key::is_well_formed(text, app.settings.environment) {
        return Err(invalid());
    }
    let hash = key::hash(text);
    let known = match KEYS.get(&hash) {
        Some(known) => known,
        None => {
            let known = load(app, &hash).await?.ok_or_else(invalid)?;
            KEYS.insert(hash.clone(), known.clone());
            known
        }
    };
    if known.revoked {
        return Err(KEY_REVOKED.error("This API key was revoked. Make a new one."));
    }
    let now = app.now();
    if known.expires_at.is_some_and(|at| at <= now) {
        return Err(KEY_EXPIRED.error("This API key has expired. Make a new one."));
    }
    touch(app, &hash, &known, now).await?;
    Ok(known.principal)
}

/// 400 when a request's query holds a key: addresses end up in logs and histories. The
/// answer does not repeat it.
pub fn refuse_key_in_query(query: Option<&str>) -> Result<()> {
    let held = query.is_some_and(|query| query.contains("stoa_dev_") || query.contains("stoa_live_"));
    if held {
        return Err(KEY_IN_QUERY.error(
            "Send the API key in the header Authorization: Bearer, never in the address. Revoke this key: addresses are logged.",
        ));
    }
    Ok(())
}

async fn load(app: &App, hash: &str) -> Result<Option<Known>> {
    let Some(row) =
        api_key::Entity::find().filter(api_key::Column::KeyHash.eq(hash)).one(app.db.read()).await?
    else {
        return Ok(None);
    };
    let seller = row.seller_id.map(Id::<Seller>::new);
    let mut scopes: HashSet<String> = serde_json::from_value(row.scopes).map_err(Error::internal)?;
    if seller.is_some() {
        scopes.retain(|scope| roles::SELLER.contains(&scope.as_str()));
    }
    if let Some(maker) = row.user_id {
        let maker = principal_of_user(app, Id::new(maker)).await?;
        scopes.retain(|scope| maker.as_ref().is_some_and(|maker| may_lend(maker, seller, scope)));
    }
    let id = Id::new(row.id);
    Ok(Some(Known {
        id,
        principal: Principal {
            actor: Actor::Key(id),
            permissions: Arc::new(scopes),
            seller,
            name: row.name,
            email: None,
        },
        expires_at: row.expires_at,
        revoked: row.revoked_at.is_some(),
        last_used_at: row.last_used_at,
    }))
}

/// Whether the maker still has what the key carries, for the seller it carries it for.
fn may_lend(maker: &Principal, seller: Option<Id<Seller>>, scope: &str) -> bool {
    (maker.seller.is_none() || maker.seller == seller) && maker.permissions.contains(scope)
}

/// Notes the use, at most once in [`TOUCH_EVERY`].
async fn touch(app: &App, hash: &str, known: &Known, now: DateTime<Utc>) -> Result<()> {
    let before = now - TOUCH_EVERY;
    if known.last_used_at.is_some_and(|at| at > before) {
        return Ok(());
    }
    api_key::Entity::update_many()
        .col_expr(api_key::Column::LastUsedAt, Expr::value(Some(now)))
        .filter(api_key::Column::Id.eq(known.id.uuid()))
        .filter(
            Condition::any()
                .add(api_key::Column::LastUsedAt.is_null())
                .add(api_key::Column::LastUsedAt.lte(before)),
        )
        .exec(app.db.write())
        .await?;
    KEYS.insert(hash.to_owned(), Known { last_used_at: Some(now), ..known.clone() });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 45.E1
    #[test]
    fn a_key_in_the_query_is_refused_without_repeating_it() {
        let key = key::generate(stoa_kernel::Environment::Development).unwrap();
        let error = refuse_key_in_query(Some(&format!("limit=1&api_key={key}"))).unwrap_err();
        assert_eq!(error.problem(None).status, 400);
        assert!(!error.to_string().contains(&key));
        assert!(refuse_key_in_query(Some("q=stoa")).is_ok());
        assert!(refuse_key_in_query(None).is_ok());
    }
}
