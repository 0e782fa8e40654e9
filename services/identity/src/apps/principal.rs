//! Who acts when a program shows a key.

use std::{
    collections::HashSet,
    net::IpAddr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, header};
use moka::sync::Cache;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use stoa_identity_entities::api_key;
use stoa_kernel::{Actor, App, Error, Result};
use stoa_types::{ApiKey, Id, Seller, User};

use super::{KEY_EXPIRED, KEY_IN_QUERY, KEY_INVALID, KEY_NETWORK, KEY_REVOKED, key, networks};
use crate::{
    auth::{CACHED, Principal, principal_at, roles},
    oauth,
};

/// How exact "last used" is: one write in so long, however many requests.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A key as read, with what its maker may do at this moment.
#[derive(Clone)]
struct Known {
    id: Id<ApiKey>,
    principal: Principal,
    expires_at: Option<DateTime<Utc>>,
    revoked: bool,
    networks: Arc<Vec<String>>,
    /// In microseconds since 1970. Shared by the copies, so that noting a use does not make what
    /// was read of the key any younger.
    last_used_at: Arc<AtomicI64>,
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

/// What a request shows as its bearer (RFC 6750, section 2.1): the scheme in any case (RFC 9110,
/// section 11.1), without spaces around. `None` when it shows none; bytes that are no text stay
/// something that stands for nobody, so that such a request is refused and not a visitor's.
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, rest) = value.split_at_checked("Bearer".len())?;
    let ends = rest.first().is_none_or(|byte| *byte == b' ');
    (ends && scheme.eq_ignore_ascii_case(b"bearer")).then(|| String::from_utf8_lossy(rest).trim().to_owned())
}

/// Who `Authorization: Bearer …` stands for, a key or an access token, when it is sent from this
/// address. See [`principal_of_key`] and [`crate::oauth::principal_of_token`] for the refusals.
pub async fn principal_of_bearer(app: &App, text: &str, from: Option<IpAddr>) -> Result<Principal> {
    // A token is three parts with dots between, and no key has a dot.
    match text.contains('.') {
        true => oauth::principal_of_token(app, text).await,
        false => used(app, text, from).await,
    }
}

/// Who a key stands for, sent from nobody knows where. The error is what to answer: 401
/// `apps.key_invalid` (a typing error, another installation's key or an unknown one, all
/// alike), `apps.key_revoked` or `apps.key_expired`; 403 `apps.key_network` at a network that
/// it is not meant for.
pub async fn principal_of_key(app: &App, text: &str) -> Result<Principal> {
    used(app, text, None).await
}

async fn used(app: &App, text: &str, from: Option<IpAddr>) -> Result<Principal> {
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
    if !networks::hold(&known.networks, from) {
        return Err(KEY_NETWORK.error("This API key doesn't work from this network."));
    }
    touch(app, &known, now, from).await?;
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
        let lent = lends(app, Id::new(maker), seller).await?;
        scopes.retain(|scope| lent.contains(scope));
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
            via: None,
            support: None,
            second_step_required: false,
            second_step_missing: false,
        },
        expires_at: row.expires_at,
        revoked: row.revoked_at.is_some(),
        networks: Arc::new(serde_json::from_value(row.networks).map_err(Error::internal)?),
        last_used_at: Arc::new(AtomicI64::new(row.last_used_at.map_or(0, |at| at.timestamp_micros()))),
    }))
}

/// What a person may lend to a program for a seller, or for the platform: what they may do
/// there themselves, at this moment. Nothing once they are gone.
pub(crate) async fn lends(
    app: &App,
    maker: Id<User>,
    seller: Option<Id<Seller>>,
) -> Result<Arc<HashSet<String>>> {
    let there = match principal_at(app, maker, seller).await? {
        // The platform's people may do for a seller what they may do for all.
        None if seller.is_some() => principal_at(app, maker, None).await?,
        found => found,
    };
    Ok(there.map(|maker| maker.permissions).unwrap_or_default())
}

/// Notes the use, at most once in [`TOUCH_EVERY`], and from where, if that is known.
async fn touch(app: &App, known: &Known, now: DateTime<Utc>, from: Option<IpAddr>) -> Result<()> {
    let before = now - TOUCH_EVERY;
    if known.last_used_at.load(Ordering::Relaxed) > before.timestamp_micros() {
        return Ok(());
    }
    let mut used =
        api_key::Entity::update_many().col_expr(api_key::Column::LastUsedAt, Expr::value(Some(now)));
    if let Some(from) = from {
        used = used.col_expr(api_key::Column::LastUsedFrom, Expr::value(from.to_canonical().to_string()));
    }
    used.filter(api_key::Column::Id.eq(known.id.uuid()))
        .filter(
            Condition::any()
                .add(api_key::Column::LastUsedAt.is_null())
                .add(api_key::Column::LastUsedAt.lte(before)),
        )
        .exec(app.db.write())
        .await?;
    known.last_used_at.store(now.timestamp_micros(), Ordering::Relaxed);
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

    #[test]
    fn a_bearer_is_one_in_any_spelling_and_nothing_else_is() {
        let of = |value: &[u8]| {
            let value = http::HeaderValue::from_bytes(value).unwrap();
            bearer(&HeaderMap::from_iter([(header::AUTHORIZATION, value)]))
        };
        for text in ["Bearer a.b.c", "bearer  a.b.c ", "BEARER a.b.c"] {
            assert_eq!(of(text.as_bytes()).as_deref(), Some("a.b.c"), "{text}");
        }
        assert_eq!(of(b"Bearer").as_deref(), Some(""));
        assert_eq!(of(b"Bearer a.\xff.c").as_deref(), Some("a.\u{fffd}.c"), "no visitor");
        for other in ["", "Basic YTpi", "Bearers a", "Bear"] {
            assert_eq!(of(other.as_bytes()), None, "{other}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
