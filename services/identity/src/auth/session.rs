//! A browser's session: starting and ending one, and the list of where one is signed in.
//!
//! A session is new after each sign-in, so that an id somebody planted before is worth
//! nothing. It ends when it has been idle for too long, when it has become too old, when
//! its person signs out, or when it is revoked from elsewhere.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use stoa_identity_entities::session as table;
use stoa_identity_types::SessionView;
use stoa_kernel::{App, Ctx, Error, Result, Tx};
use stoa_types::{Id, Seller, Session as SessionKind, SupportAccess, User};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer,
    cookie::{SameSite, time::Duration},
};

use super::{Device, Principal, SqlSessions, USERS_WRITE, notices, remembered, second_factor, store};

/// Name of the cookie, before its prefix under TLS.
pub const COOKIE: &str = "stoa_session";

/// Where in a session's data it says who is signed in.
pub(super) const SIGNED: &str = "auth.signed";

/// Where it says what they act for, once they have chosen.
const WORKPLACE: &str = "auth.workplace";

/// Where it says by whose leave a member of staff acts for a seller.
const SUPPORT: &str = "auth.support";

/// How long a session lives without being used, and at most, by who has it.
const VISITOR: (TimeDelta, TimeDelta) = (TimeDelta::days(1), TimeDelta::days(30));
const SHOPPER: (TimeDelta, TimeDelta) = (TimeDelta::days(14), TimeDelta::days(30));
const STAFF: (TimeDelta, TimeDelta) = (TimeDelta::hours(12), TimeDelta::days(7));

/// Who is signed in, since when, from where and for how long.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Signed {
    pub user: Id<User>,
    pub at: DateTime<Utc>,
    pub staff: bool,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    /// When the person last proved themselves by everything their account asks for; absent
    /// while half of the proof is missing.
    #[serde(default)]
    pub proved_at: Option<DateTime<Utc>>,
}

/// The moment a session used at `now` ends unless it is used again.
pub(super) fn expires(signed: Option<&Signed>, created: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let (idle, whole) = match signed {
        None => VISITOR,
        Some(signed) if signed.staff => STAFF,
        Some(_) => SHOPPER,
    };
    (now + idle).min(created + whole)
}

/// The layer that gives every request its session. The cookie is out of reach of scripts,
/// stays on this site, and is sent over TLS alone where the shop has TLS; then its name
/// also keeps other hosts of the domain from setting it.
pub fn layer(app: &App) -> SessionManagerLayer<SqlSessions> {
    let tls = app.settings.is_https();
    SessionManagerLayer::new(SqlSessions::new(app))
        .with_name(app.settings.cookie(COOKIE))
        .with_path("/")
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(tls)
        // The database decides when a session ends; the cookie only has to outlive it.
        .with_expiry(Expiry::OnInactivity(Duration::days(30)))
}

/// What came of starting a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the person may not be signed in yet"]
pub enum Started {
    /// The person is signed in.
    SignedIn,
    /// A code is asked for first ([`super::second_factor::verify`]), or a passkey
    /// ([`super::passkeys::sign_in`]); nobody is signed in.
    SecondStep(second_factor::Asked),
}

/// How much somebody who signs in has proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// Everything the account asks for.
    Whole,
    /// All but the second step, on a browser that is remembered.
    Half,
}

/// Signs `principal` in on this browser, under a new session id; or, where the person has
/// turned the second step on, notes that the first is taken. What the visitor's session kept
/// (a message, a refused form) stays.
pub async fn start(ctx: &Ctx, session: &Session, principal: &Principal, device: &Device) -> Result<Started> {
    let user = person(principal)?;
    let asked = second_factor::asked(ctx, principal, user).await?;
    if !asked.anything() {
        begin(ctx, session, principal, device, Proof::Whole).await?;
        return Ok(Started::SignedIn);
    }
    if remembered::recognise(ctx, user, device).await? {
        begin(ctx, session, principal, device, Proof::Half).await?;
        return Ok(Started::SignedIn);
    }
    second_factor::await_step(ctx, session, user).await?;
    renew(session).await?;
    Ok(Started::SecondStep(asked))
}

fn person(principal: &Principal) -> Result<Id<User>> {
    principal.user().ok_or_else(|| Error::internal("a key cannot have a session"))
}

/// Gives the session a new id: what somebody knew of the old one is worth nothing.
pub(super) async fn renew(session: &Session) -> Result<()> {
    session.cycle_id().await.map_err(Error::internal)?;
    session.save().await.map_err(Error::internal)
}

/// Signs `principal` in, every step taken.
pub(super) async fn begin(
    ctx: &Ctx,
    session: &Session,
    principal: &Principal,
    device: &Device,
    proof: Proof,
) -> Result<()> {
    let user = person(principal)?;
    notices::see_device(ctx, user, device).await?;
    let signed = Signed {
        user,
        at: ctx.now,
        staff: principal.is_staff(),
        address: device.address.map(|address| address.to_canonical().to_string()),
        user_agent: device.user_agent.clone(),
        proved_at: (proof == Proof::Whole).then_some(ctx.now),
    };
    second_factor::no_longer_awaited(session).await?;
    session.cycle_id().await.map_err(Error::internal)?;
    session.insert(SIGNED, signed).await.map_err(Error::internal)?;
    session.save().await.map_err(Error::internal)
}

/// Signs out on this browser; nothing happens where nobody is signed in.
pub async fn end(session: &Session) -> Result<()> {
    session.flush().await.map_err(Error::internal)
}

/// When this person last proved themselves in this session.
pub(super) async fn proved_at(session: &Session, user: Id<User>) -> Result<Option<DateTime<Utc>>> {
    Ok(signed(session).await?.filter(|signed| signed.user == user).and_then(|signed| signed.proved_at))
}

/// Notes that the person signed in has just proved themselves, under a new session id.
pub(super) async fn prove(ctx: &Ctx, session: &Session) -> Result<()> {
    let user = ctx.user()?;
    let Some(signed) = signed(session).await?.filter(|signed| signed.user == user) else { return Ok(()) };
    let signed = Signed { proved_at: Some(ctx.now), ..signed };
    session.insert(SIGNED, signed).await.map_err(Error::internal)?;
    renew(session).await
}

/// What the person chose to act for on this browser: a seller, or (`Some(None)`) the platform.
/// Whether they belong to it is asked at each request.
pub(super) async fn workplace(session: &Session) -> Result<Option<Option<Id<Seller>>>> {
    session.get(WORKPLACE).await.map_err(Error::internal)
}

/// Keeps the choice of what to act for with this browser's session, under a new id.
pub(crate) async fn choose_workplace(session: &Session, seller: Option<Id<Seller>>) -> Result<()> {
    if workplace(session).await? == Some(seller) {
        return Ok(());
    }
    session.insert(WORKPLACE, seller).await.map_err(Error::internal)?;
    renew(session).await
}

/// The leave by which the person acts for a seller on this browser; whether it still holds is asked
/// at each request.
pub(super) async fn support(session: &Session) -> Result<Option<Id<SupportAccess>>> {
    Ok(session.get::<Option<_>>(SUPPORT).await.map_err(Error::internal)?.flatten())
}

/// Keeps, or forgets, the leave by which the person acts for a seller, under a new session id.
pub(crate) async fn keep_support(session: &Session, id: Option<Id<SupportAccess>>) -> Result<()> {
    if support(session).await? == id {
        return Ok(());
    }
    session.insert(SUPPORT, id).await.map_err(Error::internal)?;
    renew(session).await
}

/// Who is signed in, if anybody.
pub(super) async fn signed(session: &Session) -> Result<Option<Signed>> {
    session.get(SIGNED).await.map_err(Error::internal)
}

/// When the person of this browser signed in; `None` where nobody is.
pub(crate) async fn signed_in_at(session: &Session) -> Result<Option<DateTime<Utc>>> {
    Ok(signed(session).await?.map(|signed| signed.at))
}

/// Where the person asking is signed in, the most recent first; at most 100. `session` is
/// the one that asks.
pub async fn list(ctx: &Ctx, session: &Session) -> Result<Vec<SessionView>> {
    let own = session.id().map(|id| store::token_hash(&id));
    let rows = rows_of(ctx, ctx.user()?).await?;
    Ok(rows.into_iter().map(|row| view(row, own.as_deref())).collect())
}

/// [`list`] of anybody, whether the caller may see it having been asked before.
pub(crate) async fn list_of(ctx: &Ctx, user: Id<User>) -> Result<Vec<SessionView>> {
    Ok(rows_of(ctx, user).await?.into_iter().map(|row| view(row, None)).collect())
}

async fn rows_of(ctx: &Ctx, user: Id<User>) -> Result<Vec<table::Model>> {
    let rows = table::Entity::find()
        .filter(table::Column::UserId.eq(user.uuid()))
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .order_by_desc(table::Column::LastSeenAt)
        .order_by_desc(table::Column::Id)
        .limit(100);
    Ok(rows.all(ctx.db().read()).await?)
}

/// Makes the next requests read these sessions anew.
pub(crate) fn forget_all(hashes: &[String]) {
    hashes.iter().for_each(|hash| store::forget(hash));
}

/// Ends one session of one's own; with `auth.users.write` anybody's. Others' are 404.
pub async fn revoke(ctx: &Ctx, id: Id<SessionKind>) -> Result<()> {
    if !ctx.may(USERS_WRITE) {
        ctx.user()?;
    }
    let tx = ctx.db().begin().await?;
    let row = table::Entity::find_by_id(id.uuid()).one(&tx).await?;
    let own = |row: &table::Model| {
        ctx.may(USERS_WRITE) || ctx.user().is_ok_and(|user| row.user_id == Some(user.uuid()))
    };
    let Some(row) = row.filter(own) else { return Err(Error::not_found("session")) };
    store::revoke_rows(&tx, ctx, vec![row.clone()]).await?;
    ctx.db().commit(tx).await?;
    store::forget(&row.token_hash);
    Ok(())
}

/// Ends every session of the person asking except this one; answers how many.
pub async fn revoke_others(ctx: &Ctx, session: &Session) -> Result<u64> {
    let tx = ctx.db().begin().await?;
    let hashes = revoke_others_in(&tx, ctx, session).await?;
    ctx.db().commit(tx).await?;
    hashes.iter().for_each(|hash| store::forget(hash));
    Ok(hashes.len() as u64)
}

/// Ends every session of somebody in the caller's transaction; answers the hashes to forget
/// after it.
pub(crate) async fn revoke_all_in(tx: &Tx, ctx: &Ctx, user: Id<User>) -> Result<Vec<String>> {
    let rows = table::Entity::find().filter(table::Column::UserId.eq(user.uuid())).all(tx).await?;
    let hashes = rows.iter().map(|row| row.token_hash.clone()).collect();
    store::revoke_rows(tx, ctx, rows).await?;
    Ok(hashes)
}

/// [`revoke_others`] in the caller's transaction; answers the hashes to forget after it.
pub(super) async fn revoke_others_in(tx: &Tx, ctx: &Ctx, session: &Session) -> Result<Vec<String>> {
    let mut rows = table::Entity::find().filter(table::Column::UserId.eq(ctx.user()?.uuid()));
    if let Some(id) = session.id() {
        rows = rows.filter(table::Column::TokenHash.ne(store::token_hash(&id)));
    }
    let rows = rows.all(tx).await?;
    let hashes = rows.iter().map(|row| row.token_hash.clone()).collect();
    store::revoke_rows(tx, ctx, rows).await?;
    Ok(hashes)
}

/// Ends every session of somebody in the caller's transaction, except `keep` where that is one
/// of theirs. Answers what is to be called once the transaction is written.
pub(crate) async fn end_others_in(
    tx: &Tx,
    ctx: &Ctx,
    user: Id<User>,
    keep: Option<&Session>,
) -> Result<Box<dyn FnOnce() + Send>> {
    let hashes = match keep {
        Some(session) if signed(session).await?.is_some_and(|signed| signed.user == user) => {
            let own = Ctx { actor: stoa_kernel::Actor::User(user), ..ctx.clone() };
            revoke_others_in(tx, &own, session).await?
        }
        _ => revoke_all_in(tx, ctx, user).await?,
    };
    Ok(Box::new(move || {
        hashes.iter().for_each(|hash| store::forget(hash));
        super::principal::forget(user);
    }))
}

fn view(row: table::Model, own: Option<&str>) -> SessionView {
    SessionView {
        current: own == Some(row.token_hash.as_str()),
        id: Id::new(row.id),
        user_agent: row.user_agent,
        address: row.address,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        expires_at: row.expires_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12.M2
    #[test]
    fn a_session_ends_when_idle_and_when_too_old() {
        let created = DateTime::UNIX_EPOCH;
        let signed = |staff| Signed {
            user: Id::new(stoa_types::Uuid::nil()),
            at: created,
            staff,
            address: None,
            user_agent: None,
            proved_at: None,
        };
        let staff = signed(true);
        assert_eq!(expires(Some(&staff), created, created), created + TimeDelta::hours(12));
        let late = created + TimeDelta::days(6) + TimeDelta::hours(20);
        assert_eq!(
            expires(Some(&staff), created, late),
            created + TimeDelta::days(7),
            "used all the time, still over"
        );
        let shopper = signed(false);
        assert_eq!(expires(Some(&shopper), created, created), created + TimeDelta::days(14));
        assert_eq!(expires(None, created, created), created + TimeDelta::days(1));
    }
}
