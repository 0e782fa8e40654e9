//! Bringing people into a team by a link sent to their address.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, UpdateMany, sea_query::Expr,
};
use sha2::{Digest, Sha256};
use stoa_identity_entities::{invitation as table, role, user};
use stoa_identity_types::{
    AcceptInvitation, InvitationOffer, InvitationState, InvitationView, Invitations, InviteMember, RoleName,
};
use stoa_kernel::{Actor, Ctx, Error, Fields, JobHandler, Result, Tx, audit, db, new_id, ports::Rate, sign};
use stoa_types::{Id, Invitation, Role, Seller, User, Uuid};

use super::{
    ALREADY_MEMBER, INVITATION_ADDRESS, INVITATION_INVALID, INVITATION_ROLES, NOT_AN_OWNER, REQUEST_OVER,
    Team, grants, notices, owner_role, owners, people, readable, writable,
};
use crate::{
    auth::{self, EMAIL_INVALID, EMAIL_TAKEN, NAME_INVALID, PASSWORD_WEAK, Principal},
    email, sellers, text,
};

/// How long an invitation is good for.
const LIFE: TimeDelta = TimeDelta::days(7);
/// How long one that is over is kept, for the team to see.
const KEPT: TimeDelta = TimeDelta::days(30);
/// Invitations of one team: mail to strangers is not ours to send by the thousand.
const PER_TEAM: Rate = Rate { name: "auth.invitations", count: 50, per: Duration::from_secs(3600) };
/// Links tried from one network.
const TRIES: Rate = Rate { name: "auth.invitations.tried", count: 30, per: Duration::from_secs(600) };

/// Asks somebody into a team. Needs `auth.team.write` for one's own seller, `auth.roles.write` for
/// the platform or any seller. An invitation of the same team to the same address is replaced.
///
/// Where the shop has another owner, it is sent once they agree ([`approve_invitation`]). 422 on
/// `email` and `roles` (none, unknown, or the owner's); 403 `auth.role_too_wide`; 409
/// `auth.already_member`.
pub async fn invite(ctx: &Ctx, input: &InviteMember) -> Result<InvitationView> {
    let team = writable(ctx, input.seller)?;
    let mut fields = Fields::default();
    let address = email::normalise(&input.email);
    fields.check(address.is_some(), "email", EMAIL_INVALID, "Enter an email address, like name@example.com");
    let rows = roles(ctx, &input.roles).await?;
    let all = rows.len() == input.roles.len() && !rows.is_empty();
    let fits = rows.iter().all(|row| row.id != owner_role() && grants::team_of(row, team).is_ok());
    fields.check(
        all && fits && is_work(&rows),
        "roles",
        INVITATION_ROLES,
        "Choose at least one role of this team. An owner is made from the team.",
    );
    fields.finish()?;
    let Some(address) = address else { return Err(Error::internal("checked above")) };
    rows.iter().try_for_each(|row| grants::may_pass_on(ctx, row))?;
    if let Some(seller) = team {
        let known = sellers::terms(ctx.db().read(), &[seller]).await?.contains_key(&seller);
        known.then_some(()).ok_or_else(|| Error::not_found("seller"))?;
    }
    ctx.limit_each(PER_TEAM, &team.map_or_else(|| "platform".to_owned(), |team| team.to_string())).await?;
    let owner = user::Entity::find().filter(user::Column::EmailNormalised.eq(&address.normalised));
    if let Some(person) = owner.one(ctx.db().read()).await?
        && is_in(ctx, Id::new(person.id), team).await?
    {
        return Err(ALREADY_MEMBER
            .error("This person is in the team already. Change their roles there.")
            .field("email"));
    }
    let others = match team {
        Some(seller) => owners::to_be_asked(ctx, seller).await?,
        None => Vec::new(),
    };
    let state = if others.is_empty() { InvitationState::Open } else { InvitationState::AwaitingApproval };
    let id = new_id::<Invitation>();
    let row = table::Model {
        id: id.uuid(),
        seller_id: team.map(Id::uuid),
        email: address.original,
        email_normalised: address.normalised,
        roles: serde_json::to_value(rows.iter().map(|row| row.id).collect::<Vec<_>>())?,
        token_hash: hash(&token(ctx, id)),
        locale: ctx.locale.clone(),
        state: state.to_string(),
        invited_by: ctx.actor.to_string(),
        approved_by: None,
        created_at: ctx.now,
        expires_at: ctx.now + LIFE,
        closed_at: None,
        user_id: None,
    };
    let tx = ctx.db().begin().await?;
    let earlier = close(ctx, InvitationState::Withdrawn)
        .filter(table::Column::EmailNormalised.eq(&row.email_normalised))
        .filter(match team {
            Some(seller) => table::Column::SellerId.eq(seller.uuid()),
            None => table::Column::SellerId.is_null(),
        })
        .filter(waiting());
    earlier.exec(&tx).await?;
    // `reset_all` marks every column as set; from a model they count as unchanged.
    table::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    let facts = serde_json::json!({ "roles": input.roles, "state": state });
    audit::record(&tx, ctx, audit::Entry::new("invitation.made", id).seller(team).facts(facts)).await?;
    if state == InvitationState::Open {
        notices::tell_invited(&tx, ctx, id, team, &row.invited_by).await?;
    }
    for owner in others {
        let about = notices::TeamAbout::ApprovalWanted;
        notices::tell(&tx, ctx, about, Id::new(owner), team, None).await?;
    }
    ctx.db().commit(tx).await?;
    Ok(view(ctx, row, &rows, &HashMap::new()))
}

/// Whether somebody belongs to the team: for the platform's the shopper's role does not count.
async fn is_in(ctx: &Ctx, user: Id<User>, team: Team) -> Result<bool> {
    if team.is_some() {
        return people::is_member(ctx.db().read(), user, team).await;
    }
    let known = auth::principal_at(&ctx.app, user, None).await?;
    Ok(known.is_some_and(|known| known.is_staff()))
}

/// The shopper's role is no work, so nobody is invited to it.
fn is_work(rows: &[role::Model]) -> bool {
    rows.iter().all(|row| row.id != auth::roles::id(RoleName::Shopper).uuid())
}

/// The roles with these ids that the caller may know of.
async fn roles(ctx: &Ctx, ids: &[Id<Role>]) -> Result<Vec<role::Model>> {
    let rows = role::Entity::find()
        .filter(role::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .order_by_asc(role::Column::NameFolded)
        .all(ctx.db().read())
        .await?;
    let own = ctx.seller.map(Id::uuid);
    Ok(rows
        .into_iter()
        .filter(|row| own.is_none() || row.seller_id.is_none() || row.seller_id == own)
        .collect())
}

async fn roles_of(ctx: &Ctx, row: &table::Model) -> Result<Vec<role::Model>> {
    Ok(roles_of_all(ctx, std::slice::from_ref(row)).await?.remove(&row.id).unwrap_or_default())
}

/// The roles of these invitations that still exist, by the invitations' ids, each list by name.
async fn roles_of_all(ctx: &Ctx, rows: &[table::Model]) -> Result<HashMap<Uuid, Vec<role::Model>>> {
    let mut listed: Vec<(Uuid, HashSet<Uuid>)> = Vec::new();
    for row in rows {
        listed.push((row.id, serde_json::from_value(row.roles.clone()).map_err(Error::internal)?));
    }
    let ids: HashSet<Uuid> = listed.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
    let known = role::Entity::find()
        .filter(role::Column::Id.is_in(ids))
        .order_by_asc(role::Column::NameFolded)
        .all(ctx.db().read())
        .await?;
    let of = |ids: &HashSet<Uuid>| known.iter().filter(|role| ids.contains(&role.id)).cloned().collect();
    Ok(listed.iter().map(|(id, ids)| (*id, of(ids))).collect())
}

/// The team's invitations that wait for an answer, the newest first. Needs `auth.team.read` for
/// one's own seller; `auth.users.read` for the platform's team or any seller's.
pub async fn list_invitations(ctx: &Ctx, seller: Option<Id<Seller>>) -> Result<Invitations> {
    let team = readable(ctx, seller)?;
    let rows = table::Entity::find()
        .filter(match team {
            Some(seller) => table::Column::SellerId.eq(seller.uuid()),
            None => table::Column::SellerId.is_null(),
        })
        .filter(waiting())
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .order_by_desc(table::Column::Id)
        .limit(100)
        .all(ctx.db().read())
        .await?;
    let names = people::actor_names(ctx.db().read(), rows.iter().map(|row| row.invited_by.as_str())).await?;
    let mut given = roles_of_all(ctx, &rows).await?;
    let items = rows.into_iter().map(|row| {
        let roles = given.remove(&row.id).unwrap_or_default();
        view(ctx, row, &roles, &names)
    });
    Ok(Invitations { items: items.collect() })
}

fn view(
    ctx: &Ctx,
    row: table::Model,
    roles: &[role::Model],
    names: &HashMap<String, String>,
) -> InvitationView {
    InvitationView {
        id: Id::new(row.id),
        email: row.email,
        seller: row.seller_id.map(Id::new),
        roles: roles.iter().map(|role| role.name.clone()).collect(),
        state: row.state.parse().unwrap_or(InvitationState::Withdrawn),
        own: row.invited_by == ctx.actor.to_string(),
        invited_by: names.get(&row.invited_by).cloned().unwrap_or(row.invited_by),
        created_at: row.created_at,
        expires_at: row.expires_at,
    }
}

/// Takes an invitation back, or refuses to agree to it: its link is worth nothing from then on.
/// 409 `auth.request_over` for one that was answered already.
pub async fn withdraw_invitation(ctx: &Ctx, id: Id<Invitation>) -> Result<()> {
    let row = of_own_team(ctx, id).await?;
    let tx = ctx.db().begin().await?;
    let done = close(ctx, InvitationState::Withdrawn)
        .filter(table::Column::Id.eq(row.id))
        .filter(waiting())
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(REQUEST_OVER.error("This invitation was answered already."));
    }
    let entry = audit::Entry::new("invitation.withdrawn", id).seller(row.seller_id.map(Id::new));
    audit::record(&tx, ctx, entry).await?;
    Ok(ctx.db().commit(tx).await?)
}

/// Agrees to an invitation that another owner made, which sends it. For owners of the shop other
/// than whoever invites: 403 `auth.not_an_owner`; 409 `auth.request_over`.
pub async fn approve_invitation(ctx: &Ctx, id: Id<Invitation>) -> Result<()> {
    let row = of_own_team(ctx, id).await?;
    let team = row.seller_id.map(Id::<Seller>::new);
    let person = ctx.user()?;
    let agrees = match team {
        Some(seller) => {
            row.invited_by != ctx.actor.to_string()
                && owners::owners(ctx.db().read(), seller).await?.contains(&person.uuid())
        }
        None => false,
    };
    if !agrees {
        return Err(NOT_AN_OWNER.error("Another owner of the shop has to agree to this."));
    }
    let tx = ctx.db().begin().await?;
    let done = table::Entity::update_many()
        .col_expr(table::Column::State, Expr::value(InvitationState::Open.as_str()))
        .col_expr(table::Column::ApprovedBy, Expr::value(Some(ctx.actor.to_string())))
        // The week begins when it is sent.
        .col_expr(table::Column::ExpiresAt, Expr::value(ctx.now + LIFE))
        .filter(table::Column::Id.eq(row.id))
        .filter(table::Column::State.eq(InvitationState::AwaitingApproval.as_str()))
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(REQUEST_OVER.error("This invitation was answered already."));
    }
    audit::record(&tx, ctx, audit::Entry::new("invitation.approved", id).seller(team)).await?;
    notices::tell_invited(&tx, ctx, id, team, &row.invited_by).await?;
    Ok(ctx.db().commit(tx).await?)
}

async fn of_own_team(ctx: &Ctx, id: Id<Invitation>) -> Result<table::Model> {
    // Before the look, so that who may nothing learns nothing.
    writable(ctx, None)?;
    let row = table::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let own = |row: &table::Model| ctx.seller.is_none_or(|seller| row.seller_id == Some(seller.uuid()));
    row.filter(own).ok_or_else(|| Error::not_found("invitation"))
}

/// What the page of an invitation shows; opening it changes nothing, since mail programs do that
/// by themselves. 404 `auth.invitation_invalid`.
pub async fn look_at_invitation(ctx: &Ctx, token: &str) -> Result<InvitationOffer> {
    let row = find(ctx, token).await?;
    let conn = ctx.db().read();
    let seller = match row.seller_id.map(Id::<Seller>::new) {
        Some(seller) => sellers::names(conn, &[seller]).await?.remove(&seller).map(|seller| seller.name),
        None => None,
    };
    let mut names = people::actor_names(conn, [row.invited_by.as_str()]).await?;
    let account = account(ctx, &row).await?;
    let signed_in =
        account.as_ref().is_some_and(|person| ctx.user().is_ok_and(|own| own.uuid() == person.id));
    Ok(InvitationOffer {
        seller,
        roles: roles_of(ctx, &row).await?.into_iter().map(|role| role.name).collect(),
        invited_by: names.remove(&row.invited_by).unwrap_or_else(|| "Stoa".to_owned()),
        account: account.is_some(),
        signed_in,
        email: row.email,
    })
}

/// Who has taken up an invitation.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub principal: Principal,
    /// Whether the account was made by it, so that somebody has to be signed in.
    pub new: bool,
    /// The team joined.
    pub seller: Option<Id<Seller>>,
}

/// Takes an invitation up: with the account of its address, which has to be signed in, or with
/// one that is made here and whose address is thereby proved. The person has the roles with
/// their next request.
///
/// 404 `auth.invitation_invalid`; 401 where the address has an account and nobody is signed in;
/// 403 `auth.invitation_address` for somebody signed in with another address; 422 on `name` and
/// `password` for a new account.
pub async fn accept_invitation(ctx: &Ctx, input: &AcceptInvitation) -> Result<Accepted> {
    let row = find(ctx, &input.token).await?;
    let team = row.seller_id.map(Id::<Seller>::new);
    let id = Id::<Invitation>::new(row.id);
    let account = account(ctx, &row).await?;
    let made = match &account {
        Some(person) => {
            let own = ctx.user()?;
            if own.uuid() != person.id {
                return Err(INVITATION_ADDRESS.error(format!(
                    "This invitation is for {}. Sign in with that address to accept it.",
                    row.email
                )));
            }
            None
        }
        None => Some(new_account(input, &row.email).await?),
    };
    let user = account.as_ref().map_or_else(new_id::<User>, |person| Id::new(person.id));
    let given = roles_of(ctx, &row).await?;
    if !still_may(ctx, &row, &given).await? {
        return Err(invalid());
    }
    let ctx = &Ctx { actor: Actor::User(user), ..ctx.clone() };
    let tx = ctx.db().begin().await?;
    let done = close(ctx, InvitationState::Accepted)
        .filter(table::Column::Id.eq(row.id))
        .filter(table::Column::State.eq(InvitationState::Open.as_str()))
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(invalid());
    }
    if let Some((name, password_hash)) = made {
        insert_user(&tx, ctx, user, &row, name, password_hash).await?;
    }
    let stamp = table::Entity::update_many().col_expr(table::Column::UserId, Expr::value(Some(user.uuid())));
    stamp.filter(table::Column::Id.eq(row.id)).exec(&tx).await?;
    for role in &given {
        // Given by whoever invited: that is who a later reader wants to know.
        let ctx = &Ctx { actor: row.invited_by.parse().map_or(Actor::System, Actor::User), ..ctx.clone() };
        auth::give_any(&tx, ctx, user, Id::new(role.id), &role.name, team).await?;
    }
    audit::record(&tx, ctx, audit::Entry::new("invitation.accepted", id).seller(team)).await?;
    ctx.db().commit(tx).await?;
    auth::forget(user);
    let principal = auth::principal_at(&ctx.app, user, team).await?;
    let principal = match principal {
        Some(principal) => principal,
        None => auth::principal_of_user(&ctx.app, user).await?.ok_or_else(invalid)?,
    };
    Ok(Accepted { principal, new: account.is_none(), seller: team })
}

/// Whether the person who invited could still do so: with their own rights go the ones they
/// meant to pass on.
async fn still_may(ctx: &Ctx, row: &table::Model, given: &[role::Model]) -> Result<bool> {
    let Ok(inviter) = row.invited_by.parse::<Id<User>>() else { return Ok(true) };
    let team = row.seller_id.map(Id::<Seller>::new);
    for place in [team, None] {
        let Some(known) = auth::principal_at(&ctx.app, inviter, place).await? else { continue };
        let theirs = known.act(ctx.clone());
        let may = writable(&theirs, team).is_ok();
        if may && given.iter().all(|role| grants::may_pass_on(&theirs, role).is_ok()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Name and password hash of the account to be made.
async fn new_account(input: &AcceptInvitation, address: &str) -> Result<(String, String)> {
    let mut fields = Fields::default();
    let typed = input.name.as_deref().unwrap_or_default();
    let name = text::line(typed, 120);
    fields.check(name.is_some(), "name", NAME_INVALID, "Enter a name of up to 120 characters.");
    let password = input.password.clone().unwrap_or_default();
    if let Some(weakness) = auth::weakness(password.reveal(), &[address, typed]) {
        fields.add("password", PASSWORD_WEAK, weakness);
    }
    fields.finish()?;
    let hash = auth::hash(&password).await?;
    name.map(|name| (name, hash)).ok_or_else(|| Error::internal("checked above"))
}

async fn insert_user(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<User>,
    invitation: &table::Model,
    name: String,
    password_hash: String,
) -> Result<()> {
    let row = user::ActiveModel {
        id: Set(id.uuid()),
        email: Set(invitation.email.clone()),
        email_normalised: Set(invitation.email_normalised.clone()),
        email_verified_at: Set(Some(ctx.now)),
        name: Set(name),
        password_hash: Set(Some(password_hash)),
        password_changed_at: Set(Some(ctx.now)),
        status: Set("active".to_owned()),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(1),
    };
    let done = user::Entity::insert(row)
        .on_conflict_do_nothing_on([user::Column::EmailNormalised])
        .exec_without_returning(tx)
        .await?;
    if !db::inserted(&done) {
        return Err(EMAIL_TAKEN.error("You have an account with this address already. Sign in to it."));
    }
    let facts = serde_json::json!({ "invitation": Id::<Invitation>::new(invitation.id) });
    audit::record(tx, ctx, audit::Entry::new("user.created", id).facts(facts)).await
}

/// The active account of the invitation's address. One that is locked out ends it here.
async fn account(ctx: &Ctx, row: &table::Model) -> Result<Option<user::Model>> {
    let found = user::Entity::find().filter(user::Column::EmailNormalised.eq(&row.email_normalised));
    match found.one(ctx.db().read()).await? {
        Some(person) if person.status != "active" => Err(invalid()),
        found => Ok(found),
    }
}

/// The invitation, while it is open. A refusal is in the audit trail.
async fn find(ctx: &Ctx, token: &str) -> Result<table::Model> {
    ctx.limit(TRIES).await?;
    let found = table::Entity::find().filter(table::Column::TokenHash.eq(hash(token)));
    match found.one(ctx.db().read()).await? {
        Some(row) if is_open(&row, ctx.now) => Ok(row),
        row => {
            let id = Id::<Invitation>::new(row.map(|row| row.id).unwrap_or_default());
            let tx = ctx.db().begin().await?;
            audit::record(&tx, ctx, audit::Entry::new("invitation.refused", id)).await?;
            ctx.db().commit(tx).await?;
            Err(invalid())
        }
    }
}

pub(super) fn is_open(row: &table::Model, now: DateTime<Utc>) -> bool {
    row.state == InvitationState::Open.as_str() && row.expires_at > now
}

fn invalid() -> Error {
    INVITATION_INVALID
        .error("This invitation has been used, was taken back, or its time is over. Ask for a new one.")
}

/// Neither answered nor taken back.
fn waiting() -> sea_orm::sea_query::SimpleExpr {
    table::Column::State.is_in([InvitationState::Open.as_str(), InvitationState::AwaitingApproval.as_str()])
}

fn close(ctx: &Ctx, state: InvitationState) -> UpdateMany<table::Entity> {
    table::Entity::update_many()
        .col_expr(table::Column::State, Expr::value(state.as_str()))
        .col_expr(table::Column::ClosedAt, Expr::value(Some(ctx.now)))
}

/// The secret of an invitation's link: 256 bits that nobody without the installation's key can
/// make, so that a mail sent twice says the same.
pub(super) fn token(ctx: &Ctx, id: Id<Invitation>) -> String {
    let signed = sign::sign(&ctx.app, "auth.invitation", &id.to_string());
    signed.rsplit_once('.').map(|(_, secret)| secret.to_owned()).unwrap_or_default()
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

pub(crate) const CLEAN_UP: JobHandler =
    JobHandler { kind: "auth.clean_up_invitations", attempts: 3, run: |ctx, _| Box::pin(clean_up(ctx)) };

/// Deletes invitations and waiting changes whose time has been over for a month.
async fn clean_up(ctx: &Ctx) -> Result<()> {
    table::Entity::delete_many()
        .filter(table::Column::ExpiresAt.lt(ctx.now - KEPT))
        .exec(ctx.db().write())
        .await?;
    super::requests::clean_up(ctx, ctx.now - KEPT).await
}
