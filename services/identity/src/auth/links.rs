//! Links sent to an address, each good once and for one thing.
//!
//! Whoever asks for one gets the same answer after the same work, whether the address is
//! known or not: a row, an event, an audit record. Who the address belongs to is looked up
//! when the mail is written, and again when the link is used. A link's secret is made from
//! the row's id with the installation's key, so that a mail sent twice says the same; the
//! row keeps its hash.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};
use sha2::{Digest, Sha256};
use stoa_identity_entities::{one_time_link as table, user};
use stoa_identity_types::{LinkPurpose, LinkSent, LinkWanted, RequestLink};
use stoa_kernel::{
    Ctx, Error, Fields, JobHandler, NewEvent, Result, Tx, audit, events, new_id, ports::Rate, sign,
};
use stoa_types::{Id, OneTimeLink, User};

use super::{EMAIL_INVALID, LINK_INVALID, LINK_REQUESTED};
use crate::email::{self, Email};

/// Links asked for from one network, for whatever addresses.
const PER_NETWORK: Rate = Rate { name: "auth.links.network", count: 20, per: Duration::from_secs(600) };
/// Links to one address from one network.
const PER_ADDRESS: Rate = Rate { name: "auth.links.address", count: 3, per: Duration::from_secs(600) };
/// Links tried from one network: nobody guesses one, and nobody keeps us busy with it.
const TRIES: Rate = Rate { name: "auth.links.tried", count: 30, per: Duration::from_secs(600) };
/// How long a link that is over is kept, to say so.
const KEPT: TimeDelta = TimeDelta::days(1);

/// How long a link works.
pub(crate) const fn life(purpose: LinkPurpose) -> TimeDelta {
    match purpose {
        LinkPurpose::SignUp => TimeDelta::hours(24),
        LinkPurpose::Reset => TimeDelta::minutes(60),
        LinkPurpose::SignIn => TimeDelta::minutes(15),
        LinkPurpose::ChangeEmail => TimeDelta::hours(24),
        // So long its mail is worth sending.
        LinkPurpose::EmailNotice | LinkPurpose::EmailChanged => TimeDelta::days(3),
    }
}

/// What an account that is asked for will have.
pub(crate) struct Wanted {
    pub name: String,
    /// None for an account without a password.
    pub password_hash: Option<String>,
}

/// Everything a mail with a link says. What the mail is about follows from who the address
/// belongs to when it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkMail {
    pub about: LinkAbout,
    pub to: String,
    pub name: String,
    pub locale: String,
    /// The address to open.
    pub url: String,
    /// How long the link works from now on, in minutes; nothing where it is none that ends.
    pub minutes: Option<i64>,
}

/// What a mail with a link is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkAbout {
    /// An account was asked for: the address is to be confirmed.
    SignUp,
    /// An account was asked for, and there is one already.
    Known,
    /// A new password.
    Reset,
    /// Signing in without a password.
    SignIn,
    /// The address is to be an account's.
    ChangeEmail,
    /// The address was to be another account's, and is somebody's already.
    AddressTaken,
    /// Another address was asked for, for the account of this one.
    EmailNotice,
    /// The account that had this address has another.
    EmailChanged,
}

/// Sends a link to whoever has the address: to choose a new password or to sign in.
///
/// The answer says nothing about whether anybody is registered with it. 422 on `email` for
/// what is no address; 429 when too many are asked for from one network or for one address.
pub async fn request_link(ctx: &Ctx, input: &RequestLink) -> Result<LinkSent> {
    ctx.limit(PER_NETWORK).await?;
    let purpose = match input.purpose {
        LinkWanted::Reset => LinkPurpose::Reset,
        LinkWanted::SignIn => LinkPurpose::SignIn,
    };
    let mut fields = Fields::default();
    let address = email::normalise(&input.email);
    fields.check(address.is_some(), "email", EMAIL_INVALID, "Enter an email address, like name@example.com");
    fields.finish()?;
    let Some(address) = address else { return Err(Error::internal("checked above")) };
    send(ctx, purpose, address, None).await
}

/// Writes the link and what makes its mail. Never asks who the address belongs to.
pub(crate) async fn send(
    ctx: &Ctx,
    purpose: LinkPurpose,
    address: Email,
    wanted: Option<Wanted>,
) -> Result<LinkSent> {
    let from = ctx.network.as_deref().unwrap_or_default();
    ctx.limit_each(PER_ADDRESS, &format!("{from} {}", address.normalised)).await?;
    let tx = ctx.db().begin().await?;
    let sent = write(&tx, ctx, purpose, address, wanted, None).await?;
    ctx.db().commit(tx).await?;
    Ok(sent)
}

/// [`send`] in the caller's transaction, who has seen to how often; `about` is whose account
/// it concerns, where that is not whoever has the address.
pub(crate) async fn write(
    tx: &Tx,
    ctx: &Ctx,
    purpose: LinkPurpose,
    address: Email,
    wanted: Option<Wanted>,
    about: Option<Id<User>>,
) -> Result<LinkSent> {
    let id = new_id::<OneTimeLink>();
    let expires_at = ctx.now + life(purpose);
    let (name, password_hash) =
        wanted.map_or((None, None), |wanted| (Some(wanted.name), wanted.password_hash));
    let row = table::ActiveModel {
        id: Set(id.uuid()),
        purpose: Set(purpose.as_str().to_owned()),
        email: Set(address.original),
        email_normalised: Set(address.normalised),
        token_hash: Set(hash(&token(ctx, id, purpose))),
        locale: Set(ctx.locale.clone()),
        user_id: Set(about.map(Id::uuid)),
        name: Set(name),
        password_hash: Set(password_hash),
        created_at: Set(ctx.now),
        expires_at: Set(expires_at),
        used_at: Set(None),
    };
    table::Entity::insert(row).exec_without_returning(tx).await?;
    let facts = serde_json::json!({ "link": id, "purpose": purpose });
    events::emit(tx, ctx, NewEvent::new(LINK_REQUESTED, id, 1).data(&facts).internal()).await?;
    audit::record(tx, ctx, audit::Entry::new(LINK_REQUESTED, id).facts(&facts)).await?;
    Ok(LinkSent { expires_at })
}

/// What the mail of a link says, asked for at the moment it is written; `None` when there is
/// nothing to send: the link is over, or nobody active is registered with the address.
pub async fn issue_link(ctx: &Ctx, id: Id<OneTimeLink>) -> Result<Option<LinkMail>> {
    let Some(row) = table::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await? else { return Ok(None) };
    let Some(purpose) = live(&row, ctx.now) else { return Ok(None) };
    let known = owner(ctx, &row.email_normalised).await?;
    let about = match (purpose, &known) {
        (LinkPurpose::SignUp, None) => LinkAbout::SignUp,
        (LinkPurpose::SignUp, Some(_)) => LinkAbout::Known,
        (LinkPurpose::Reset, Some(_)) => LinkAbout::Reset,
        (LinkPurpose::SignIn, Some(_)) => LinkAbout::SignIn,
        (LinkPurpose::ChangeEmail, None) => LinkAbout::ChangeEmail,
        (LinkPurpose::ChangeEmail, Some(_)) => LinkAbout::AddressTaken,
        (LinkPurpose::EmailNotice, _) => LinkAbout::EmailNotice,
        (LinkPurpose::EmailChanged, _) => LinkAbout::EmailChanged,
        (_, None) => return Ok(None),
    };
    // Somebody suspended learns nothing, as at sign-in.
    if known.as_ref().is_some_and(|user| user.status != "active") {
        return Ok(None);
    }
    let concerned = match row.user_id {
        Some(user) => user::Entity::find_by_id(user).one(ctx.db().read()).await?,
        None => None,
    };
    let page = match about {
        LinkAbout::SignUp => "sign-up/confirm",
        LinkAbout::Known | LinkAbout::AddressTaken | LinkAbout::EmailChanged => "sign-in",
        LinkAbout::ChangeEmail => "account/profile/email",
        LinkAbout::EmailNotice => "account/security",
        LinkAbout::Reset => "recover/password",
        LinkAbout::SignIn => "sign-in/link",
    };
    let mut url = format!("{}/{}/{page}", ctx.app.settings.public_url, row.locale);
    let opens =
        matches!(about, LinkAbout::SignUp | LinkAbout::Reset | LinkAbout::SignIn | LinkAbout::ChangeEmail);
    if opens {
        url = format!("{url}?token={}", token(ctx, id, purpose));
    }
    Ok(Some(LinkMail {
        about,
        to: row.email,
        name: known.or(concerned).map(|user| user.name).or(row.name).unwrap_or_default(),
        locale: row.locale,
        url,
        minutes: opens.then(|| ((row.expires_at - ctx.now).num_seconds() + 59) / 60),
    }))
}

/// A link that still works, as the page it opens sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenLink {
    /// The address it was sent to.
    pub email: String,
    /// Whether a password was chosen with it, which has to be typed again.
    pub has_password: bool,
}

/// A link that still works, for the page it opens. Using it is another step, since mail
/// programs open links by themselves.
pub async fn look_at_link(ctx: &Ctx, token: &str, purpose: LinkPurpose) -> Result<SeenLink> {
    let link = find(ctx, token, purpose).await?;
    Ok(SeenLink { has_password: link.password_hash.is_some(), email: link.email })
}

/// The link, while it works. A refusal is in the audit trail.
pub(crate) async fn find(ctx: &Ctx, token: &str, purpose: LinkPurpose) -> Result<table::Model> {
    ctx.limit(TRIES).await?;
    let row = table::Entity::find()
        .filter(table::Column::TokenHash.eq(hash(token)))
        .filter(table::Column::Purpose.eq(purpose.as_str()))
        .one(ctx.db().read())
        .await?;
    match row {
        Some(row) if live(&row, ctx.now).is_some() => Ok(row),
        row => {
            let id = Id::<OneTimeLink>::new(row.map(|row| row.id).unwrap_or_default());
            let tx = ctx.db().begin().await?;
            let facts = serde_json::json!({ "purpose": purpose });
            audit::record(&tx, ctx, audit::Entry::new("auth.link_refused", id).facts(facts)).await?;
            ctx.db().commit(tx).await?;
            Err(invalid())
        }
    }
}

/// Uses the link up in the caller's transaction. Of two who use it at once one succeeds.
pub(crate) async fn consume(tx: &Tx, ctx: &Ctx, link: &table::Model) -> Result<()> {
    let done = over(ctx)
        .filter(table::Column::Id.eq(link.id))
        .filter(table::Column::UsedAt.is_null())
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .exec(tx)
        .await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(invalid()) }
}

/// Makes every other link to the address worthless, in the caller's transaction.
pub(crate) async fn void(tx: &Tx, ctx: &Ctx, normalised: &str) -> Result<()> {
    over(ctx)
        .filter(table::Column::EmailNormalised.eq(normalised))
        .filter(table::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// The end of a link, and with it of what was kept for an account.
fn over(ctx: &Ctx) -> UpdateMany<table::Entity> {
    table::Entity::update_many()
        .col_expr(table::Column::UsedAt, Expr::value(Some(ctx.now)))
        .col_expr(table::Column::Name, Expr::value(Option::<String>::None))
        .col_expr(table::Column::PasswordHash, Expr::value(Option::<String>::None))
}

/// The person a link's address belongs to now, if they are active.
pub(crate) async fn active_owner(ctx: &Ctx, link: &table::Model) -> Result<user::Model> {
    let owner = owner(ctx, &link.email_normalised).await?;
    owner.filter(|user| user.status == "active").ok_or_else(invalid)
}

async fn owner(ctx: &Ctx, normalised: &str) -> Result<Option<user::Model>> {
    let found = user::Entity::find().filter(user::Column::EmailNormalised.eq(normalised));
    Ok(found.one(ctx.db().read()).await?)
}

pub(crate) fn invalid() -> Error {
    LINK_INVALID.error("This link has been used already or its time is over. Ask for a new one.")
}

/// What the link is for, while it works.
fn live(row: &table::Model, now: DateTime<Utc>) -> Option<LinkPurpose> {
    (row.used_at.is_none() && row.expires_at > now).then(|| row.purpose.parse().ok()).flatten()
}

/// The secret of a link: 256 bits that nobody without the installation's key can make.
fn token(ctx: &Ctx, id: Id<OneTimeLink>, purpose: LinkPurpose) -> String {
    let signed = sign::sign(&ctx.app, &format!("auth.link.{purpose}"), &id.to_string());
    signed.rsplit_once('.').map(|(_, secret)| secret.to_owned()).unwrap_or_default()
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

pub(super) const CLEAN_UP: JobHandler =
    JobHandler { kind: "auth.clean_up_links", attempts: 3, run: |ctx, _| Box::pin(clean_up(ctx)) };

/// Deletes links whose time has been over for a day, and with them what was typed for an
/// account that nobody confirmed.
async fn clean_up(ctx: &Ctx) -> Result<()> {
    table::Entity::delete_many()
        .filter(table::Column::ExpiresAt.lt(ctx.now - KEPT))
        .exec(ctx.db().write())
        .await?;
    Ok(())
}
