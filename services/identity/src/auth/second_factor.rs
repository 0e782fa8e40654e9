//! The second step at sign-in: a code of an authenticator app (RFC 6238), a recovery code or,
//! where a role needs a second step and there is no app, a passkey.
//!
//! Where it is on, no way of signing in gets past it: [`session::start`] asks here before it
//! makes anybody's session. A passkey whose owner was verified is both steps by itself. The secret and, while it is set up, the recovery codes are
//! sealed; afterwards the codes are hashed. A code works once.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use stoa_identity_entities::{recovery_code, second_factor as table, user};
use stoa_identity_types::{SecondFactorSetup, SecondFactorView, TakeSecondStep, VerifyCode};
use stoa_kernel::{Actor, App, Ctx, Error, Fields, Result, Tx, audit, sign};
use stoa_types::{Id, User, Uuid};
use totp_rs::{Builder, Totp};
use tower_sessions::Session;

use super::{
    CODE_WRONG, Device, Principal, SECOND_FACTOR_ON, SECOND_STEP_OVER,
    notices::{self, NoticeAbout},
    passkeys, principal, principal_of_user,
    remembered::{self, Remembered},
    session::{self, Proof},
    sign_in::Throttle,
    step_up, store,
};
use crate::seal;

/// Where in a session's data it says who has taken the first step.
const FIRST_STEP: &str = "auth.first_step";
/// How long the second step is awaited after the first.
pub(super) const AWAITED: TimeDelta = TimeDelta::minutes(10);
/// How long a set-up that was begun can be finished.
const SET_UP: TimeDelta = TimeDelta::hours(1);
const RECOVERY_CODES: usize = 10;
/// 160 bits, as long as the hash.
const SECRET: usize = 20;
/// What the app calls us.
const ISSUER: &str = "Stoa";
/// Crockford's: what is read as another letter or digit counts as that.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Who has taken the first step, and when.
#[derive(Serialize, Deserialize)]
struct FirstStep {
    user: Id<User>,
    at: DateTime<Utc>,
}

/// What sign-in asks for besides the first step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// A code of the app, or a recovery code.
    pub code: bool,
    /// A passkey.
    pub passkey: bool,
}

impl Asked {
    /// Whether there is a second step at all.
    pub(super) fn anything(self) -> bool {
        self.code || self.passkey
    }
}

/// Whether somebody has what counts as a second step: an app or a passkey.
pub(super) async fn has_one(app: &App, user: Id<User>) -> Result<bool> {
    let ctx = Ctx::system(app);
    Ok(has_code(&ctx, user).await? || (passkeys::available(app) && passkeys::has_any(&ctx, user).await?))
}

/// Whether somebody has an authenticator app set up.
pub(super) async fn has_code(ctx: &Ctx, user: Id<User>) -> Result<bool> {
    Ok(row(ctx, user).await?.is_some_and(|row| row.confirmed_at.is_some()))
}

/// What sign-in asks this person for besides the first step. Whoever has chosen an app is asked
/// for its code; a passkey counts in its place always, and is itself asked for where the
/// person's role needs a second step.
pub(super) async fn asked(ctx: &Ctx, principal: &Principal, user: Id<User>) -> Result<Asked> {
    let code = has_code(ctx, user).await?;
    if !code && !principal.second_step_required {
        return Ok(Asked::default());
    }
    let passkey = passkeys::available(&ctx.app) && passkeys::has_any(ctx, user).await?;
    Ok(Asked { code, passkey })
}

/// Notes in the browser's session that the first step was taken; nobody is signed in by it.
pub(super) async fn await_step(ctx: &Ctx, session: &Session, user: Id<User>) -> Result<()> {
    session.insert(FIRST_STEP, FirstStep { user, at: ctx.now }).await.map_err(Error::internal)
}

/// Forgets a first step: whoever has taken it is signed in.
pub(super) async fn no_longer_awaited(session: &Session) -> Result<()> {
    session.remove::<FirstStep>(FIRST_STEP).await.map(|_| ()).map_err(Error::internal)
}

/// The second step this browser is to take; `None` when it has not taken the first, or too
/// long ago.
pub async fn awaits(ctx: &Ctx, session: &Session) -> Result<Option<Asked>> {
    let Some(user) = awaited(ctx, session).await? else { return Ok(None) };
    let Some(principal) = principal_of_user(&ctx.app, user).await? else { return Ok(None) };
    Ok(Some(asked(ctx, &principal, user).await?).filter(|asked| asked.anything()))
}

async fn awaited(ctx: &Ctx, session: &Session) -> Result<Option<Id<User>>> {
    let first: Option<FirstStep> = session.get(FIRST_STEP).await.map_err(Error::internal)?;
    Ok(first.filter(|first| first.at + AWAITED > ctx.now).map(|first| first.user))
}

/// Takes the second step: signs the person in whose first step this browser has taken.
///
/// Answers who it is and, where the browser is to be remembered, what it keeps for that.
///
/// 401 `auth.second_step_over` when there was none in the last ten minutes; 422 on `code` for
/// one that is wrong or was used; 429 after five of them, more slowly with each.
pub async fn verify(
    ctx: &Ctx,
    session: &Session,
    input: &TakeSecondStep,
    device: &Device,
) -> Result<(Principal, Option<Remembered>)> {
    let over = || SECOND_STEP_OVER.error("That took too long. Sign in again.");
    let Some(user) = awaited(ctx, session).await? else { return Err(over()) };
    let row = row(ctx, user).await?.filter(|row| row.confirmed_at.is_some()).ok_or_else(over)?;
    let who = Ctx { actor: Actor::User(user), ..ctx.clone() };
    check(&who, &row, &input.code).await?;
    let principal = principal_of_user(&ctx.app, user).await?.ok_or_else(over)?;
    session::begin(ctx, session, &principal, device, Proof::Whole).await?;
    let remembered =
        if input.remember { Some(remembered::remember(&who, user, device).await?) } else { None };
    Ok((principal, remembered))
}

/// Takes a code of somebody signed in, once, as at sign-in.
pub(super) async fn take(ctx: &Ctx, user: Id<User>, code: &str) -> Result<()> {
    let row = row(ctx, user).await?.filter(|row| row.confirmed_at.is_some());
    check(ctx, &row.ok_or_else(|| Error::not_found("second step"))?, code).await
}

/// Whether the second step is on for the person asking, and how many recovery codes are left.
pub async fn view(ctx: &Ctx) -> Result<SecondFactorView> {
    let user = ctx.user()?;
    let since = row(ctx, user).await?.and_then(|row| row.confirmed_at);
    let left = recovery_code::Entity::find()
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .filter(recovery_code::Column::UsedAt.is_null())
        .count(ctx.db().read())
        .await?;
    Ok(SecondFactorView { since, recovery_codes_left: left })
}

/// Begins the set-up for the person asking; one begun before counts for nothing.
///
/// 403 `auth.step_up_required`; 409 `auth.second_factor_on` when it is on already.
pub async fn start(ctx: &Ctx, session: &Session) -> Result<SecondFactorSetup> {
    step_up::require(ctx, session).await?;
    let person = person(ctx).await?;
    let id = Id::<User>::new(person.id);
    let mut secret = [0_u8; SECRET];
    getrandom::fill(&mut secret).map_err(|error| Error::internal(error.to_string()))?;
    let codes = (0..RECOVERY_CODES).map(|_| new_code()).collect::<Result<Vec<_>>>()?;
    let new = table::ActiveModel {
        user_id: Set(person.id),
        secret: Set(seal::seal(&ctx.app, &place("secret", id), &hex::encode(secret))?),
        recovery: Set(Some(seal::seal(&ctx.app, &place("recovery", id), &codes.join(" "))?)),
        last_step: Set(None),
        created_at: Set(ctx.now),
        confirmed_at: Set(None),
    };
    let tx = ctx.db().begin().await?;
    table::Entity::delete_many()
        .filter(table::Column::UserId.eq(person.id))
        .filter(table::Column::ConfirmedAt.is_null())
        .exec(&tx)
        .await?;
    let any = OnConflict::column(table::Column::UserId).do_nothing().to_owned();
    let done = table::Entity::insert(new).on_conflict(any).try_insert().exec_without_returning(&tx).await?;
    if !stoa_kernel::db::inserted(&done) {
        return Err(SECOND_FACTOR_ON.error("A second step is on already. Turn it off first."));
    }
    audit::record(&tx, ctx, audit::Entry::new("user.second_factor_started", id)).await?;
    ctx.db().commit(tx).await?;
    Ok(shown(&totp(&secret, &person.email)?, &secret, codes))
}

/// What was begun and not confirmed, to be shown again; `None` when there is nothing, or when
/// it was begun more than an hour ago.
pub async fn set_up(ctx: &Ctx) -> Result<Option<SecondFactorSetup>> {
    let person = person(ctx).await?;
    let id = Id::<User>::new(person.id);
    let Some(row) = row(ctx, id).await?.filter(|row| being_set_up(row, ctx.now)) else { return Ok(None) };
    let secret = secret_of(&ctx.app, &row)?;
    let codes = codes_of(&ctx.app, &row)?;
    Ok(Some(shown(&totp(&secret, &person.email)?, &secret, codes)))
}

/// Turns the second step on, proven by a code of the app. From now on sign-in asks for it;
/// where the person was signed in elsewhere, they no longer are. Answers under a new session
/// id.
///
/// 404 when nothing was begun; 422 on `code`; 429 after five wrong ones.
pub async fn confirm(ctx: &Ctx, session: &Session, input: &VerifyCode) -> Result<()> {
    let id = ctx.user()?;
    let begun = row(ctx, id).await?.filter(|row| being_set_up(row, ctx.now));
    let row = begun.ok_or_else(|| Error::not_found("set-up"))?;
    let throttle = throttle(ctx, id).await?;
    let Some(step) = step(ctx, &row, &input.code)? else {
        throttle.failed(ctx).await?;
        return Err(wrong());
    };
    throttle.succeeded(ctx).await?;
    let codes = codes_of(&ctx.app, &row)?.into_iter().map(|code| recovery_code::ActiveModel {
        id: Set(Uuid::now_v7()),
        user_id: Set(id.uuid()),
        code_hash: Set(code_hash(&ctx.app, id, &plain(&code))),
        used_at: Set(None),
    });
    let tx = ctx.db().begin().await?;
    let done = table::Entity::update_many()
        .col_expr(table::Column::ConfirmedAt, Expr::value(Some(ctx.now)))
        .col_expr(table::Column::LastStep, Expr::value(Some(step)))
        .col_expr(table::Column::Recovery, Expr::value(Option::<String>::None))
        .filter(table::Column::UserId.eq(id.uuid()))
        .filter(table::Column::ConfirmedAt.is_null())
        // Not one that was begun anew meanwhile.
        .filter(table::Column::Secret.eq(&row.secret))
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(Error::not_found("set-up"));
    }
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(id.uuid()))
        .exec(&tx)
        .await?;
    recovery_code::Entity::insert_many(codes).exec_without_returning(&tx).await?;
    audit::record(&tx, ctx, audit::Entry::new("user.second_factor_added", id)).await?;
    notices::tell(&tx, ctx, id, NoticeAbout::SecondStepOn).await?;
    let hashes = session::revoke_others_in(&tx, ctx, session).await?;
    ctx.db().commit(tx).await?;
    hashes.iter().for_each(|hash| store::forget(hash));
    principal::forget(id);
    // The code just taken is proof of the new kind.
    session::prove(ctx, session).await
}

/// Turns the second step off. Who has it on steps up by it, so that the password alone never
/// gets here.
///
/// 403 `auth.step_up_required`; 404 when it is not on.
pub async fn remove(ctx: &Ctx, session: &Session) -> Result<()> {
    step_up::require(ctx, session).await?;
    let id = ctx.user()?;
    let tx = ctx.db().begin().await?;
    let gone = table::Entity::delete_many()
        .filter(table::Column::UserId.eq(id.uuid()))
        .filter(table::Column::ConfirmedAt.is_not_null())
        .exec(&tx)
        .await?;
    if gone.rows_affected == 0 {
        return Err(Error::not_found("second step"));
    }
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(id.uuid()))
        .exec(&tx)
        .await?;
    remembered::forget_all_in(&tx, id).await?;
    audit::record(&tx, ctx, audit::Entry::new("user.second_factor_removed", id)).await?;
    notices::tell(&tx, ctx, id, NoticeAbout::SecondStepOff).await?;
    ctx.db().commit(tx).await?;
    principal::forget(id);
    session::renew(session).await
}

/// Takes a code of the app or a recovery code, once. A wrong one is 422 on `code` and in the
/// audit trail.
async fn check(ctx: &Ctx, row: &table::Model, code: &str) -> Result<()> {
    let id = Id::<User>::new(row.user_id);
    let throttle = throttle(ctx, id).await?;
    let tx = ctx.db().begin().await?;
    let taken = match step(ctx, row, code)? {
        Some(step) => take_step(&tx, id, step).await?.then_some("user.second_step_passed"),
        None => take_recovery(&tx, ctx, id, code).await?.then_some("user.recovery_code_used"),
    };
    audit::record(&tx, ctx, audit::Entry::new(taken.unwrap_or("user.second_step_refused"), id)).await?;
    ctx.db().commit(tx).await?;
    match taken {
        Some(_) => throttle.succeeded(ctx).await,
        None => {
            throttle.failed(ctx).await?;
            Err(wrong())
        }
    }
}

/// Uses the code of this step up; `false` when it, or a later one, was used already.
async fn take_step(tx: &Tx, id: Id<User>, step: i64) -> Result<bool> {
    let earlier =
        Condition::any().add(table::Column::LastStep.is_null()).add(table::Column::LastStep.lt(step));
    let done = table::Entity::update_many()
        .col_expr(table::Column::LastStep, Expr::value(Some(step)))
        .filter(table::Column::UserId.eq(id.uuid()))
        .filter(earlier)
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

async fn take_recovery(tx: &Tx, ctx: &Ctx, id: Id<User>, code: &str) -> Result<bool> {
    let done = recovery_code::Entity::update_many()
        .col_expr(recovery_code::Column::UsedAt, Expr::value(Some(ctx.now)))
        .filter(recovery_code::Column::UserId.eq(id.uuid()))
        .filter(recovery_code::Column::CodeHash.eq(code_hash(&ctx.app, id, &plain(code))))
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// The step whose code this is, one step early or late allowed for clocks; none otherwise.
fn step(ctx: &Ctx, row: &table::Model, code: &str) -> Result<Option<i64>> {
    let code = plain(code);
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let secret = secret_of(&ctx.app, row)?;
    let now = u64::try_from(ctx.now.timestamp()).unwrap_or_default();
    Ok(totp(&secret, "")?.check(&code, now).and_then(|step| i64::try_from(step).ok()))
}

fn totp(secret: &[u8; SECRET], account: &str) -> Result<Totp> {
    // A colon would end the name inside the app's address.
    let account = account.replace(':', " ");
    Ok(Builder::new()
        .with_secret(*secret)
        .with_account_name(account)
        .with_issuer(Some(ISSUER))
        .build_noncompliant())
}

fn shown(totp: &Totp, secret: &[u8; SECRET], recovery_codes: Vec<String>) -> SecondFactorSetup {
    SecondFactorSetup {
        key: totp_rs::Secret::from(*secret).to_base32(),
        uri: totp.to_url().unwrap_or_default(),
        recovery_codes,
    }
}

fn being_set_up(row: &table::Model, now: DateTime<Utc>) -> bool {
    row.confirmed_at.is_none() && row.created_at + SET_UP > now
}

fn secret_of(app: &App, row: &table::Model) -> Result<[u8; SECRET]> {
    let opened = seal::open(app, &place("secret", Id::new(row.user_id)), &row.secret)?;
    let bytes = hex::decode(opened).map_err(Error::internal)?;
    bytes.try_into().map_err(|_| Error::internal("a secret of another length"))
}

fn codes_of(app: &App, row: &table::Model) -> Result<Vec<String>> {
    let Some(sealed) = &row.recovery else { return Ok(Vec::new()) };
    let opened = seal::open(app, &place("recovery", Id::new(row.user_id)), sealed)?;
    Ok(opened.split(' ').map(str::to_owned).collect())
}

/// Where a sealed text belongs.
fn place(column: &str, user: Id<User>) -> String {
    format!("second_factor.{column}.{user}")
}

/// Ten characters in two groups: 50 bits.
fn new_code() -> Result<String> {
    let mut bytes = [0_u8; 10];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    let letters: String = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect();
    let (first, second) = letters.split_at(5);
    Ok(format!("{first}-{second}"))
}

/// A code as it counts, however it was typed.
fn plain(code: &str) -> String {
    let read = |c: char| match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        c => c,
    };
    code.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64).map(read).collect()
}

/// What the table knows a recovery code by: worth nothing without the installation's key.
fn code_hash(app: &App, user: Id<User>, code: &str) -> String {
    let signed = sign::sign(app, "auth.recovery_code", &format!("{user} {code}"));
    signed.rsplit_once('.').map(|(_, hash)| hash.to_owned()).unwrap_or_default()
}

fn wrong() -> Error {
    let mut fields = Fields::default();
    fields.add(
        "code",
        CODE_WRONG,
        "This code is wrong or was used already. Type the one your app shows now.",
    );
    fields.finish().err().unwrap_or_else(|| Error::internal("a field was added"))
}

/// Guesses at one account's codes, from wherever: whoever guesses knows the password.
async fn throttle(ctx: &Ctx, user: Id<User>) -> Result<Throttle> {
    Throttle::of(ctx, &user.to_string(), "second-step").await
}

async fn row(ctx: &Ctx, user: Id<User>) -> Result<Option<table::Model>> {
    Ok(table::Entity::find_by_id(user.uuid()).one(ctx.db().read()).await?)
}

async fn person(ctx: &Ctx) -> Result<user::Model> {
    let found = user::Entity::find_by_id(ctx.user()?.uuid()).one(ctx.db().read()).await?;
    found.ok_or_else(|| Error::not_found("user"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn recovery_codes_differ_and_are_read_however_they_are_typed() {
        let codes: HashSet<String> = (0..1_000).map(|_| new_code().unwrap()).collect();
        assert_eq!(codes.len(), 1_000);
        assert!(codes.iter().all(|code| code.len() == 11 && plain(code) == code.replace('-', "")));
        assert_eq!(plain(" ABOC3-d4eIf "), "ab0c3d4e1f");
    }

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let totp = totp(b"12345678901234567890", "ana@stoa.example").unwrap();
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert!(totp.check(code, time).is_some(), "{time}");
        }
        assert_eq!(totp.check("287082", 59), Some(1));
        assert_eq!(totp.check("287082", 59 + 30), Some(1), "a clock one step behind");
        assert_eq!(totp.check("287082", 59 + 60), None);
        assert_eq!(
            totp.to_url().unwrap(),
            "otpauth://totp/Stoa:ana%40stoa.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Stoa"
        );
    }
}
