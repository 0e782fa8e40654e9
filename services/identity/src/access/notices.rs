//! Mails about a team: who is asked to join, who got or lost a role, whose word is wanted.
//!
//! The event carries ids; addresses, names and the link are looked up when the mail is written.

use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use stoa_identity_entities::{invitation, user};
use stoa_kernel::{Ctx, NewEvent, Result, Tx, events, new_id};
use stoa_types::{Id, Invitation, RoleRequest, Seller, User};

use super::{TEAM_NOTICE, invitations, people};
use crate::sellers;

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamAbout {
    /// Somebody is asked to join, by a link.
    Invited,
    RoleGiven,
    RoleTaken,
    /// Another owner's word is wanted for a change of the team.
    ApprovalWanted,
    /// A shop is offered, to be accepted on the team's page.
    OwnershipOffered,
    /// Support asks for leave to act for the shop.
    SupportWanted,
}

impl TeamAbout {
    /// Every one, for tests of what is said about it.
    pub const ALL: [Self; 6] = [
        Self::Invited,
        Self::RoleGiven,
        Self::RoleTaken,
        Self::ApprovalWanted,
        Self::OwnershipOffered,
        Self::SupportWanted,
    ];
}

/// The data of [`TEAM_NOTICE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamNotice {
    pub about: TeamAbout,
    /// Whom it goes to; absent for an invitation.
    pub user: Option<Id<User>>,
    pub invitation: Option<Id<Invitation>>,
    /// The team; absent for the platform's.
    pub seller: Option<Id<Seller>>,
    /// The role's name, where it is about one.
    pub role: Option<String>,
    /// Who did it: a person's id, a key's, or `system`.
    pub by: String,
    /// Lower-case BCP 47, such as `en-gb`.
    pub locale: String,
}

/// Everything the mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMail {
    pub about: TeamAbout,
    pub to: String,
    /// What to call the reader; empty for somebody without an account.
    pub name: String,
    /// Who did it, by name.
    pub by: String,
    /// The shop's name, or the platform's.
    pub team: String,
    /// The role's name as it is stored, where it is about one.
    pub role: String,
    pub url: String,
    /// How many days the link works.
    pub days: i64,
}

/// Has a member of a team told, once the caller's transaction is written.
pub(super) async fn tell(
    tx: &Tx,
    ctx: &Ctx,
    about: TeamAbout,
    user: Id<User>,
    seller: Option<Id<Seller>>,
    role: Option<&str>,
) -> Result<()> {
    let notice = TeamNotice {
        about,
        user: Some(user),
        invitation: None,
        seller,
        role: role.map(str::to_owned),
        by: ctx.actor.to_string(),
        locale: ctx.locale.clone(),
    };
    emit(tx, ctx, &notice).await
}

/// Has an invitation sent.
pub(super) async fn tell_invited(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Invitation>,
    seller: Option<Id<Seller>>,
    by: &str,
) -> Result<()> {
    let notice = TeamNotice {
        about: TeamAbout::Invited,
        user: None,
        invitation: Some(id),
        seller,
        role: None,
        by: by.to_owned(),
        locale: ctx.locale.clone(),
    };
    emit(tx, ctx, &notice).await
}

async fn emit(tx: &Tx, ctx: &Ctx, notice: &TeamNotice) -> Result<()> {
    // Each notice is its own subject: several may be about one person at one moment.
    let id = new_id::<RoleRequest>();
    events::emit(tx, ctx, NewEvent::new(TEAM_NOTICE, id, 1).data(notice).internal()).await
}

/// What the mail says, asked for at the moment it is written; `None` when there is nothing to
/// say any more: the invitation is over, or nobody active is to be told.
pub async fn team_mail(ctx: &Ctx, notice: &TeamNotice) -> Result<Option<TeamMail>> {
    let conn = ctx.db().read();
    let root = &ctx.app.settings.public_url;
    let by = people::actor_names(conn, [notice.by.as_str()]).await?.remove(&notice.by).unwrap_or_default();
    let team = match notice.seller {
        Some(seller) => sellers::names(conn, &[seller]).await?.remove(&seller).map(|seller| seller.name),
        None => None,
    };
    let mail = TeamMail {
        about: notice.about,
        to: String::new(),
        name: String::new(),
        by: if by.is_empty() { "Stoa".to_owned() } else { by },
        team: team.unwrap_or_else(|| "Stoa".to_owned()),
        role: notice.role.clone().unwrap_or_default(),
        url: format!("{root}{}", if notice.seller.is_some() { "/seller/settings/team" } else { "/admin" }),
        days: 0,
    };
    if let Some(id) = notice.invitation {
        let Some(row) = invitation::Entity::find_by_id(id.uuid()).one(conn).await? else { return Ok(None) };
        if !invitations::is_open(&row, ctx.now) {
            return Ok(None);
        }
        let token = invitations::token(ctx, id);
        return Ok(Some(TeamMail {
            url: format!("{root}/{}/invitation?token={token}", row.locale),
            days: ((row.expires_at - ctx.now).num_minutes() + 1439) / 1440,
            to: row.email,
            ..mail
        }));
    }
    let Some(user) = notice.user else { return Ok(None) };
    let found = user::Entity::find_by_id(user.uuid()).one(conn).await?;
    Ok(found.filter(|person| person.status == "active").map(|person| TeamMail {
        to: person.email,
        name: person.name,
        // Whoever has just left the team cannot open its page.
        url: match notice.about {
            TeamAbout::RoleTaken => root.clone(),
            _ => mail.url.clone(),
        },
        ..mail
    }))
}
