//! Passkeys (WebAuthn Level 3): signing in without an address or a password.
//!
//! They are discoverable: the browser offers what it has, and its answer says whose it is. The
//! owner is verified by the device (PIN, finger, face), so a passkey is both steps of a sign-in.
//! What a browser is asked lies in its session on the server, once and for half an hour.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use stoa_identity_entities::{passkey as table, user};
use stoa_identity_types::{AddPasskey, PasskeyOptions, PasskeyView, Passkeys, UsePasskey};
use stoa_kernel::{Actor, App, Ctx, Error, Fields, Result, audit, db, new_id, ports::Rate};
use stoa_types::{Id, Passkey as PasskeyKind, User, Uuid};
use tower_sessions::Session;
use url::Url;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::{
    Device, PASSKEY_INVALID, PASSKEY_REFUSED, PASSKEYS_FULL, PASSKEYS_OFF, Principal,
    notices::{self, NoticeAbout},
    principal, principal_of_user,
    session::{self, Proof},
    step_up, ways,
};
use crate::text;

/// Challenges and answers from one network.
const TRIES: Rate = Rate { name: "auth.passkeys", count: 60, per: std::time::Duration::from_secs(60) };
/// How many passkeys one person may have.
const MOST: u64 = 20;
/// How long a browser's answer is awaited. Long, since the prompt in an address field waits as
/// long as the page is open.
const AWAITED: TimeDelta = TimeDelta::minutes(30);
/// What devices call us.
const NAME: &str = "Stoa";
/// Where in a session's data it says what the browser was asked.
const ADDING: &str = "auth.passkey_adding";
const USING: &str = "auth.passkey_using";

/// What a browser was asked, and when.
#[derive(Serialize, Deserialize)]
struct Begun<T> {
    state: T,
    at: DateTime<Utc>,
}

/// Whether passkeys can be had here: they are bound to the name of a host, and an address made
/// of numbers has none.
pub fn available(app: &App) -> bool {
    Url::parse(&app.settings.public_url).is_ok_and(|url| url.domain().is_some())
}

fn relying_party(app: &App) -> Result<Webauthn> {
    let off = || PASSKEYS_OFF.error("Passkeys need a shop with a name of its own in its address.");
    let origin = Url::parse(&app.settings.public_url).map_err(|_| off())?;
    let host = origin.domain().ok_or_else(off)?;
    let builder = WebauthnBuilder::new(host, &origin).map_err(|error| Error::internal(error.to_string()))?;
    builder.rp_name(NAME).build().map_err(|error| Error::internal(error.to_string()))
}

/// Whether somebody has a passkey.
pub(super) async fn has_any(ctx: &Ctx, user: Id<User>) -> Result<bool> {
    Ok(of(user).count(ctx.db().read()).await? > 0)
}

fn of(user: Id<User>) -> sea_orm::Select<table::Entity> {
    table::Entity::find().filter(table::Column::UserId.eq(user.uuid()))
}

/// The passkeys of the person asking, the newest first.
pub async fn list(ctx: &Ctx) -> Result<Passkeys> {
    let rows = of(ctx.user()?)
        .order_by_desc(table::Column::CreatedAt)
        .order_by_desc(table::Column::Id)
        .limit(MOST)
        .all(ctx.db().read())
        .await?;
    Ok(Passkeys { items: rows.into_iter().map(view).collect() })
}

/// Begins adding a passkey for the person asking: what to ask the browser for.
///
/// 403 `auth.step_up_required`; 409 `auth.passkeys_full` beyond 20, `auth.passkeys_off` where
/// there can be none.
pub async fn begin_adding(ctx: &Ctx, session: &Session) -> Result<PasskeyOptions> {
    let id = ctx.user()?;
    step_up::require(ctx, session).await?;
    let person = user::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let person = person.ok_or_else(|| Error::not_found("user"))?;
    let known = of(id).all(ctx.db().read()).await?;
    if known.len() as u64 >= MOST {
        return Err(full());
    }
    let known = known.iter().map(|row| Ok(stored(row)?.cred_id().clone())).collect::<Result<Vec<_>>>()?;
    let (options, state) = relying_party(&ctx.app)?
        .start_passkey_registration(id.uuid(), &person.email, &person.name, Some(known))
        .map_err(|error| Error::internal(error.to_string()))?;
    keep(ctx, session, ADDING, state).await?;
    let mut options = serde_json::to_value(options.public_key)?;
    // Signing in without an address needs a passkey that the device finds by itself.
    options["authenticatorSelection"]["residentKey"] = json!("required");
    options["authenticatorSelection"]["requireResidentKey"] = json!(true);
    Ok(PasskeyOptions { public_key: options })
}

/// Adds the passkey that the browser has made. Answers under a new session id.
///
/// 403 `auth.step_up_required`; 422 on `credential` for what does not fit what was asked, on
/// `name` when that is too long; 409 `auth.passkeys_full`.
pub async fn add(ctx: &Ctx, session: &Session, input: &AddPasskey) -> Result<PasskeyView> {
    let id = ctx.user()?;
    step_up::require(ctx, session).await?;
    let asked: Option<PasskeyRegistration> = take(ctx, session, ADDING).await?;
    let mut fields = Fields::default();
    let given = input.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let name = text::line(given.unwrap_or("Passkey"), 60);
    fields.check(name.is_some(), "name", PASSKEY_INVALID, "Use up to 60 characters.");
    let made = asked.and_then(|asked| {
        let answer: RegisterPublicKeyCredential = serde_json::from_value(input.credential.clone()).ok()?;
        relying_party(&ctx.app).ok()?.finish_passkey_registration(&answer, &asked).ok()
    });
    let said = "Your device didn't make a passkey we can use. Try again.";
    fields.check(made.is_some(), "credential", PASSKEY_INVALID, said);
    fields.finish()?;
    let (Some(made), Some(name)) = (made, name) else { return Err(Error::internal("checked above")) };
    let credential = serde_json::to_value(&made)?;
    let row = table::Model {
        id: new_id::<PasskeyKind>().uuid(),
        user_id: id.uuid(),
        credential_id: text_of(made.cred_id()),
        sign_count: counter(&credential),
        credential,
        name,
        created_at: ctx.now,
        last_used_at: None,
    };
    let tx = ctx.db().begin().await?;
    // Two that are added at once are counted one after the other.
    user::Entity::find_by_id(id.uuid()).lock_exclusive().one(&tx).await?;
    if of(id).count(&tx).await? >= MOST {
        return Err(full());
    }
    let done = table::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict_do_nothing_on([table::Column::CredentialId])
        .exec_without_returning(&tx)
        .await?;
    if !db::inserted(&done) {
        let mut fields = Fields::default();
        fields.add("credential", PASSKEY_INVALID, "This passkey is in use already.");
        fields.finish()?;
    }
    let passkey = Id::<PasskeyKind>::new(row.id);
    audit::record(&tx, ctx, audit::Entry::new("user.passkey_added", passkey)).await?;
    notices::tell(&tx, ctx, id, NoticeAbout::PasskeyAdded).await?;
    ctx.db().commit(tx).await?;
    principal::forget(id);
    session::renew(session).await?;
    Ok(view(row))
}

/// Removes a passkey of one's own; others' are 404.
///
/// 403 `auth.step_up_required`; 409 `auth.last_way` for the only way its owner signs in.
pub async fn remove(ctx: &Ctx, session: &Session, passkey: Id<PasskeyKind>) -> Result<()> {
    let id = ctx.user()?;
    step_up::require(ctx, session).await?;
    let tx = ctx.db().begin().await?;
    let own = of(id).filter(table::Column::Id.eq(passkey.uuid()));
    if own.one(&tx).await?.is_none() {
        return Err(Error::not_found("passkey"));
    }
    ways::keep_one(&tx, id).await?;
    table::Entity::delete_by_id(passkey.uuid()).exec(&tx).await?;
    audit::record(&tx, ctx, audit::Entry::new("user.passkey_removed", passkey)).await?;
    notices::tell(&tx, ctx, id, NoticeAbout::PasskeyRemoved).await?;
    ctx.db().commit(tx).await?;
    principal::forget(id);
    Ok(())
}

/// Begins using a passkey, to sign in or to step up: what to ask the browser for. Names nobody,
/// so that it tells nothing about anybody.
pub async fn begin_using(ctx: &Ctx, session: &Session) -> Result<PasskeyOptions> {
    ctx.limit(TRIES).await?;
    let (options, state) = relying_party(&ctx.app)?
        .start_discoverable_authentication()
        .map_err(|error| Error::internal(error.to_string()))?;
    keep(ctx, session, USING, state).await?;
    // Whether the browser asks at once or in an address field is for the page to say.
    Ok(PasskeyOptions { public_key: serde_json::to_value(options.public_key)? })
}

/// Signs in whoever the passkey belongs to, both steps taken, under a new session id.
///
/// 401 `auth.passkey_refused` for whatever does not fit, with the same words for all.
pub async fn sign_in(ctx: &Ctx, session: &Session, input: &UsePasskey, device: &Device) -> Result<Principal> {
    let user = check(ctx, session, &input.credential, None).await?;
    let principal = principal_of_user(&ctx.app, user).await?.ok_or_else(refused)?;
    session::begin(ctx, session, &principal, device, Proof::Whole).await?;
    Ok(principal)
}

/// Proves who the person asking is by a passkey of theirs ([`step_up`]), under a new session id.
///
/// 401 `auth.passkey_refused`.
pub async fn confirm(ctx: &Ctx, session: &Session, input: &UsePasskey) -> Result<()> {
    let id = ctx.user()?;
    check(ctx, session, &input.credential, Some(id)).await?;
    session::prove(ctx, session).await
}

/// Whose passkey has answered what this browser was asked. A refusal is in the audit trail.
async fn check(ctx: &Ctx, session: &Session, answer: &Value, of: Option<Id<User>>) -> Result<Id<User>> {
    ctx.limit(TRIES).await?;
    let asked: Option<DiscoverableAuthentication> = take(ctx, session, USING).await?;
    match verify(ctx, asked, answer, of).await? {
        Ok(user) => Ok(user),
        Err(Refusal { user, reason }) => {
            let tx = ctx.db().begin().await?;
            let facts = json!({ "reason": reason });
            let entry = audit::Entry::new("user.passkey_refused", Id::<User>::new(user)).facts(facts);
            audit::record(&tx, ctx, entry).await?;
            ctx.db().commit(tx).await?;
            Err(refused())
        }
    }
}

/// Why a passkey is refused, for the audit trail; the person whose it is, else nobody.
struct Refusal {
    user: Uuid,
    reason: &'static str,
}

impl Refusal {
    fn of_nobody(reason: &'static str) -> Self {
        Self { user: Uuid::nil(), reason }
    }
}

async fn verify(
    ctx: &Ctx,
    asked: Option<DiscoverableAuthentication>,
    answer: &Value,
    wanted: Option<Id<User>>,
) -> Result<Result<Id<User>, Refusal>> {
    let Some(asked) = asked else { return Ok(Err(Refusal::of_nobody("nothing was asked"))) };
    let Ok(answer) = serde_json::from_value::<PublicKeyCredential>(answer.clone()) else {
        return Ok(Err(Refusal::of_nobody("unreadable")));
    };
    let party = relying_party(&ctx.app)?;
    let Ok((owner, credential_id)) = party.identify_discoverable_authentication(&answer) else {
        return Ok(Err(Refusal::of_nobody("names nobody")));
    };
    let found = table::Entity::find()
        .filter(table::Column::CredentialId.eq(text_of(credential_id)))
        // WebAuthn Level 3, 7.2 step 6: the user handle is the owner's.
        .filter(table::Column::UserId.eq(owner))
        .one(ctx.db().read())
        .await?;
    let Some(row) = found.filter(|row| wanted.is_none_or(|user| user.uuid() == row.user_id)) else {
        return Ok(Err(Refusal::of_nobody("unknown")));
    };
    let refuse = |reason| Ok(Err(Refusal { user: row.user_id, reason }));
    let mut passkey = stored(&row)?;
    match party.finish_discoverable_authentication_v2(&answer, asked, &passkey) {
        Ok(result) if !result.user_verified() => refuse("its owner was not verified"),
        Ok(result) => {
            passkey.update_credential(&result);
            if used(ctx, &row, &passkey, &result).await? {
                Ok(Ok(Id::new(row.user_id)))
            } else {
                refuse("may be a copy")
            }
        }
        // 7.2 step 22: a counter that does not go up may mean that the passkey was copied.
        Err(WebauthnError::CredentialPossibleCompromise) => refuse("may be a copy"),
        Err(_) => refuse("does not fit"),
    }
}

/// Notes the use; `false` when the counter was as high already, which a use at the same moment
/// would have done.
async fn used(
    ctx: &Ctx,
    row: &table::Model,
    passkey: &Passkey,
    result: &AuthenticationResult,
) -> Result<bool> {
    let count = i64::from(result.counter());
    let mut lower = Condition::any().add(table::Column::SignCount.lt(count));
    if count == 0 {
        lower = lower.add(table::Column::SignCount.eq(0));
    }
    let ctx = &Ctx { actor: Actor::User(Id::new(row.user_id)), ..ctx.clone() };
    let tx = ctx.db().begin().await?;
    let done = table::Entity::update_many()
        .col_expr(table::Column::Credential, Expr::value(serde_json::to_value(passkey)?))
        .col_expr(table::Column::SignCount, Expr::value(count))
        .col_expr(table::Column::LastUsedAt, Expr::value(Some(ctx.now)))
        .filter(table::Column::Id.eq(row.id))
        .filter(lower)
        .exec(&tx)
        .await?;
    let entry = audit::Entry::new("user.passkey_used", Id::<PasskeyKind>::new(row.id));
    if done.rows_affected == 1 {
        audit::record(&tx, ctx, entry).await?;
    }
    ctx.db().commit(tx).await?;
    Ok(done.rows_affected == 1)
}

async fn keep<T: Serialize>(ctx: &Ctx, session: &Session, place: &str, state: T) -> Result<()> {
    session.insert(place, Begun { state, at: ctx.now }).await.map_err(Error::internal)
}

/// What the browser was asked, once.
async fn take<T: DeserializeOwned>(ctx: &Ctx, session: &Session, place: &str) -> Result<Option<T>> {
    let begun: Option<Begun<T>> = session.remove(place).await.map_err(Error::internal)?;
    session.save().await.map_err(Error::internal)?;
    Ok(begun.filter(|begun| begun.at + AWAITED > ctx.now).map(|begun| begun.state))
}

fn stored(row: &table::Model) -> Result<Passkey> {
    Ok(serde_json::from_value(row.credential.clone())?)
}

/// The counter inside of what the library keeps.
fn counter(credential: &Value) -> i64 {
    credential["cred"]["counter"].as_i64().unwrap_or_default()
}

fn text_of(credential_id: &[u8]) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    BASE64_URL_SAFE_NO_PAD.encode(credential_id)
}

fn view(row: table::Model) -> PasskeyView {
    PasskeyView {
        id: Id::new(row.id),
        name: row.name,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
    }
}

fn refused() -> Error {
    PASSKEY_REFUSED.error("This passkey didn't work. Try again, or sign in another way.")
}

fn full() -> Error {
    PASSKEYS_FULL.error("You have 20 passkeys, the most there can be. Remove one first.")
}
