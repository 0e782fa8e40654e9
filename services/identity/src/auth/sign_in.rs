//! Signing in by e-mail address and password.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stoa_identity_entities::user;
use stoa_identity_types::{Password, SignIn};
use stoa_kernel::{
    Ctx, Error, Result, audit,
    error::codes,
    ports::{Rate, network},
};
use stoa_types::{Id, User, Uuid};

use super::{
    Device, Principal, WRONG_CREDENTIALS,
    lanes::Attempt,
    model,
    password::{self, Check},
    principal_of_user,
};
use crate::email;

/// Attempts of any outcome on one account from one network: bounds guesses sent all at once.
const PER_ACCOUNT: Rate = Rate { name: "auth.sign_in", count: 20, per: Duration::from_secs(60) };
/// Attempts from one network on whatever accounts: bounds one password tried on many.
const PER_NETWORK: Rate = Rate { name: "auth.sign_in.network", count: 120, per: Duration::from_secs(60) };
/// A row of failures is forgotten after this long without another.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// Says who somebody is, by address and password.
///
/// 401 `auth.wrong_credentials` for a wrong password, an unknown address and a suspended
/// account alike, after the same work. 429 with `retry_after` when this account is tried
/// too often from this network: each failure after the fifth doubles the wait, up to a
/// quarter of an hour. Other networks are not affected, so nobody can lock somebody out. 429
/// also for a network with failures behind it while many others guess ([`super::Lanes`]).
pub async fn sign_in(ctx: &Ctx, input: &SignIn, device: &Device) -> Result<Principal> {
    let network = network(device.address);
    ctx.app.rate.check(PER_NETWORK, &network).await?;
    let email = email::normalise(&input.email).map(|email| email.normalised);
    // An impossible address is treated as an unknown one: same work, same answer.
    let account = email.clone().unwrap_or_else(|| input.email.trim().to_lowercase());
    let throttle = Throttle::of(ctx, &account, &network).await?;
    let mut attempt = Attempt::begin(ctx, &network).await?;

    let found = match email {
        Some(email) => {
            user::Entity::find().filter(user::Column::EmailNormalised.eq(email)).one(ctx.db().read()).await?
        }
        None => None,
    };
    let stored =
        found.as_ref().filter(|user| user.status == "active").and_then(|user| user.password_hash.clone());
    let check = password::verify_in(attempt.turn(), &input.password, stored.clone()).await?;
    let known = found.as_ref().map_or(Id::new(Uuid::nil()), |user| Id::<User>::new(user.id));
    if check == Check::Wrong {
        throttle.failed(ctx).await?;
        record(ctx, "user.sign_in_refused", known, &network, None).await?;
        return Err(refused());
    }
    attempt.succeeded();
    throttle.succeeded(ctx).await?;
    let principal = principal_of_user(&ctx.app, known).await?.ok_or_else(refused)?;
    let stronger = match check {
        Check::RightButWeak => Some((stored, password::hash(&input.password).await?)),
        _ => None,
    };
    record(&principal.act(ctx.clone()), "user.signed_in", known, &network, stronger).await?;
    Ok(principal)
}

/// Checks the password of somebody already signed in, as slowly for a guesser as signing in.
pub(super) async fn confirm(ctx: &Ctx, person: &user::Model, given: &Password) -> Result<bool> {
    let throttle = Throttle::of(ctx, &person.email_normalised, "signed-in").await?;
    if password::verify(given, person.password_hash.clone()).await? == Check::Wrong {
        throttle.failed(ctx).await?;
        return Ok(false);
    }
    throttle.succeeded(ctx).await?;
    Ok(true)
}

/// Checks a password somebody chose for an account that is not there yet, as slowly for a
/// guesser as signing in.
pub(crate) async fn confirms(
    ctx: &Ctx,
    account: &str,
    device: &Device,
    given: &Password,
    hash: &str,
) -> Result<bool> {
    let network = network(device.address);
    let throttle = Throttle::of(ctx, account, &network).await?;
    let mut attempt = Attempt::begin(ctx, &network).await?;
    if password::verify_in(attempt.turn(), given, Some(hash.to_owned())).await? == Check::Wrong {
        throttle.failed(ctx).await?;
        return Ok(false);
    }
    attempt.succeeded();
    throttle.succeeded(ctx).await?;
    Ok(true)
}

fn refused() -> Error {
    WRONG_CREDENTIALS.error("That e-mail address and password don't go together. Check both and try again.")
}

/// The audit record, and with it a hash of today's strength for a password that had an
/// older one. A refusal for an unknown address is recorded too, under no one's id: it
/// costs the same write as a known one's.
async fn record(
    ctx: &Ctx,
    action: &'static str,
    user: Id<User>,
    network: &str,
    stronger: Option<(Option<String>, String)>,
) -> Result<()> {
    let tx = ctx.db().begin().await?;
    if let Some((old, new)) = stronger {
        user::Entity::update_many()
            .col_expr(user::Column::PasswordHash, Expr::value(Some(new)))
            .filter(user::Column::Id.eq(user.uuid()))
            // Whoever has just chosen a new password keeps that one.
            .filter(user::Column::PasswordHash.eq(old))
            .exec(&tx)
            .await?;
    }
    // Not the address itself: the trail outlives what may be kept about a person.
    let network = short_hash(network);
    audit::record(&tx, ctx, audit::Entry::new(action, user).facts(serde_json::json!({ "network": network })))
        .await?;
    Ok(ctx.db().commit(tx).await?)
}

fn short_hash(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..8])
}

/// Failures in a row on one account from one network.
pub(super) struct Throttle {
    key: String,
    failures: u32,
}

#[derive(Serialize, Deserialize)]
struct Failures {
    count: u32,
    until: DateTime<Utc>,
}

impl Throttle {
    /// 429 while a wait is on.
    pub(super) async fn of(ctx: &Ctx, account: &str, network: &str) -> Result<Self> {
        let key = hex::encode(Sha256::digest(format!("{network} {account}")));
        ctx.app.rate.check(PER_ACCOUNT, &key).await?;
        let key = format!("auth.failures:{key}");
        let known = ctx.app.cache.get(&key).await?;
        let Some(known) = known.and_then(|bytes| serde_json::from_slice::<Failures>(&bytes).ok()) else {
            return Ok(Self { key, failures: 0 });
        };
        let wait = known.until - ctx.now;
        if wait > chrono::TimeDelta::zero() {
            let seconds = wait.num_seconds() + 1;
            return Err(codes::TOO_MANY
                .error(format!(
                    "That was wrong several times. Try again in {seconds} seconds, or reset your password."
                ))
                .fact("retry_after", seconds));
        }
        Ok(Self { key, failures: known.count })
    }

    /// Counts a failure. Guesses at the same moment may count as one; the rate above bounds
    /// how many those can be.
    pub(super) async fn failed(self, ctx: &Ctx) -> Result<()> {
        let count = self.failures.saturating_add(1);
        let failures = Failures { count, until: ctx.now + model::wait_after(count) };
        ctx.app.cache.put(&self.key, serde_json::to_vec(&failures)?, REMEMBERED).await
    }

    pub(super) async fn succeeded(self, ctx: &Ctx) -> Result<()> {
        if self.failures > 0 { ctx.app.cache.remove(&self.key).await } else { Ok(()) }
    }
}
