//! Words to somebody about their own account: what has just changed about signing in to it.
//!
//! The change writes an internal event with the person's id and what it is about; the mail's
//! address is looked up when it is written ([`notice_mail`]), so that neither event nor job
//! holds it.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};
use stoa_identity_entities::{known_device, user};
use stoa_kernel::{Actor, Ctx, NewEvent, Result, Tx, db, events, sign};
use stoa_types::{Id, User, Uuid};

use super::{Device, NOTICE};

/// After how long without a sign-in a kind of browser is new again.
const KNOWN: TimeDelta = TimeDelta::days(365);

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeAbout {
    PasswordChanged,
    PasswordRemoved,
    NewDevice,
    SecondStepOn,
    SecondStepOff,
    PasskeyAdded,
    PasskeyRemoved,
    SocialLinked,
    SocialUnlinked,
    /// An app's token was used by somebody who should not have it.
    AppTokenReused,
    /// Somebody has found an API key of theirs and reported it, which ended it.
    KeyLeaked,
}

impl NoticeAbout {
    /// Every one, for tests of what is said about it.
    pub const ALL: [Self; 11] = [
        Self::PasswordChanged,
        Self::PasswordRemoved,
        Self::NewDevice,
        Self::SecondStepOn,
        Self::SecondStepOff,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::SocialLinked,
        Self::SocialUnlinked,
        Self::AppTokenReused,
        Self::KeyLeaked,
    ];
}

/// The data of [`NOTICE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub user: Id<User>,
    pub about: NoticeAbout,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Lower-case BCP 47, such as `en-gb`: the language it was done in.
    pub locale: String,
}

/// Where a notice goes, and the page to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeMail {
    pub to: String,
    pub name: String,
    pub url: String,
}

/// Has the person told, once the caller's transaction is written.
pub(crate) async fn tell(tx: &Tx, ctx: &Ctx, user: Id<User>, about: NoticeAbout) -> Result<()> {
    let notice = Notice { user, about, at: ctx.now, locale: ctx.locale.clone() };
    let event = NewEvent::new(NOTICE, user, ctx.now.timestamp_micros()).data(&notice).internal();
    events::emit(tx, ctx, event).await
}

/// Where a notice goes, asked for at the moment it is written; `None` when there is nobody to
/// tell any more.
pub async fn notice_mail(ctx: &Ctx, notice: &Notice) -> Result<Option<NoticeMail>> {
    let found = user::Entity::find_by_id(notice.user.uuid()).one(ctx.db().read()).await?;
    Ok(found.filter(|person| person.status == "active").map(|person| NoticeMail {
        to: person.email,
        name: person.name,
        url: format!("{}/{}/account/security", ctx.app.settings.public_url, notice.locale),
    }))
}

/// Notes the kind of browser somebody signs in with, and has them told when it is new; the
/// first one ever is no news.
pub(super) async fn see_device(ctx: &Ctx, user: Id<User>, device: &Device) -> Result<()> {
    let mark = mark(ctx, user, device.user_agent.as_deref().unwrap_or_default());
    let of_person = known_device::Entity::find().filter(known_device::Column::UserId.eq(user.uuid()));
    let known = of_person.clone().filter(known_device::Column::Mark.eq(&mark)).one(ctx.db().read()).await?;
    if let Some(known) = known {
        if known.last_seen_at + TimeDelta::days(1) < ctx.now {
            known_device::Entity::update_many()
                .col_expr(known_device::Column::LastSeenAt, Expr::value(ctx.now))
                .filter(known_device::Column::Id.eq(known.id))
                .exec(ctx.db().write())
                .await?;
        }
        return Ok(());
    }
    let ctx = &Ctx { actor: Actor::User(user), ..ctx.clone() };
    let row = known_device::ActiveModel {
        id: Set(Uuid::now_v7()),
        user_id: Set(user.uuid()),
        mark: Set(mark),
        first_seen_at: Set(ctx.now),
        last_seen_at: Set(ctx.now),
    };
    let tx = ctx.db().begin().await?;
    let others = of_person.count(&tx).await?;
    let done = known_device::Entity::insert(row)
        .on_conflict_do_nothing_on([known_device::Column::UserId, known_device::Column::Mark])
        .exec_without_returning(&tx)
        .await?;
    if others > 0 && db::inserted(&done) {
        tell(&tx, ctx, user, NoticeAbout::NewDevice).await?;
    }
    Ok(ctx.db().commit(tx).await?)
}

/// What a kind of browser is recognised by: its description without version numbers, so that
/// an update is not a new browser. Worth nothing without the installation's key.
fn mark(ctx: &Ctx, user: Id<User>, agent: &str) -> String {
    let kind: String = agent.chars().filter(|c| c.is_alphabetic() || c.is_whitespace()).collect();
    let signed = sign::sign(&ctx.app, "auth.known_device", &format!("{user} {kind}"));
    signed.rsplit_once('.').map(|(_, mark)| mark.to_owned()).unwrap_or_default()
}

pub(super) async fn clean_up(ctx: &Ctx) -> Result<()> {
    known_device::Entity::delete_many()
        .filter(known_device::Column::LastSeenAt.lt(ctx.now - KNOWN))
        .exec(ctx.db().write())
        .await?;
    Ok(())
}
