//! Proving once more who one is before something that a borrowed browser must not do: changing
//! how one signs in, making keys, changing where money goes.
//!
//! A session remembers when its person last proved themselves by everything their account
//! asks for; [`require`] wants that to be less than [`FRESH`] ago. Signing in counts, except
//! on a browser that is not asked for the second step: there half of the proof is missing.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::EntityTrait;
use stoa_identity_entities::user;
use stoa_identity_types::{StepUp, StepUpView};
use stoa_kernel::{Actor, Ctx, Error, Fields, Result, audit};
use stoa_types::{Id, User};
use tower_sessions::Session;

use super::{
    CODE_WRONG, PASSWORD_WRONG, STEP_UP_REQUIRED, passkeys, principal_of_user, second_factor, session,
    sign_in,
};

/// How long a proof counts.
pub const FRESH: TimeDelta = TimeDelta::minutes(10);

/// Refuses with 403 `auth.step_up_required` unless the person asking has proved themselves in
/// this session in the last ten minutes; 401 for a visitor. Programs, with a key or a token of
/// their own, have nothing to prove it by and pass: their permissions decide.
pub async fn require(ctx: &Ctx, session: &Session) -> Result<()> {
    if matches!(ctx.actor, Actor::Key(_) | Actor::App(_) | Actor::System) {
        return Ok(());
    }
    let user = ctx.user()?;
    match fresh_until(ctx, session, user).await? {
        Some(_) => Ok(()),
        None => Err(STEP_UP_REQUIRED.error("Confirm that it's you first, then do this again.")),
    }
}

/// Whether [`require`] lets the person asking pass.
pub async fn is_fresh(ctx: &Ctx, session: &Session) -> Result<bool> {
    Ok(fresh_until(ctx, session, ctx.user()?).await?.is_some())
}

async fn fresh_until(ctx: &Ctx, session: &Session, user: Id<User>) -> Result<Option<DateTime<Utc>>> {
    let proved = session::proved_at(session, user).await?;
    Ok(proved.map(|proved| proved + FRESH).filter(|until| *until > ctx.now))
}

/// By what the person asking can prove themselves, and until when nothing is asked.
pub async fn view(ctx: &Ctx, session: &Session) -> Result<StepUpView> {
    let id = ctx.user()?;
    let person = user::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let has_password = person.is_some_and(|person| person.password_hash.is_some());
    let code = second_factor::has_code(ctx, id).await?;
    let passkey = passkeys::available(&ctx.app) && passkeys::has_any(ctx, id).await?;
    // Where a second step is asked for, the password is only the first.
    let principal = principal_of_user(&ctx.app, id).await?;
    let needs_more = code || (passkey && principal.is_some_and(|known| known.second_step_required));
    Ok(StepUpView {
        fresh_until: fresh_until(ctx, session, id).await?,
        passkey,
        code,
        password: has_password && !needs_more,
    })
}

/// Proves who the person asking is, by a code or, where no second step is turned on, by the
/// password. Answers under a new session id.
///
/// 422 on `code` or `password` for one that is wrong, missing, or not enough for this account;
/// 429 after several.
pub async fn confirm(ctx: &Ctx, session: &Session, input: &StepUp) -> Result<()> {
    let id = ctx.user()?;
    let ways = view(ctx, session).await?;
    let mut fields = Fields::default();
    match (&input.code, &input.password) {
        (Some(code), _) if ways.code => second_factor::take(ctx, id, code).await?,
        (None, Some(password)) if ways.password => {
            let person = user::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
            let person = person.ok_or_else(|| Error::not_found("user"))?;
            let right = sign_in::confirm(ctx, &person, password).await?;
            fields.check(right, "password", PASSWORD_WRONG, "This is not your password.");
        }
        _ if ways.code => fields.add("code", CODE_WRONG, "Type the code your app shows."),
        _ => fields.add("password", PASSWORD_WRONG, "Enter your password."),
    }
    fields.finish()?;
    let tx = ctx.db().begin().await?;
    audit::record(&tx, ctx, audit::Entry::new("user.stepped_up", id)).await?;
    ctx.db().commit(tx).await?;
    session::prove(ctx, session).await
}
