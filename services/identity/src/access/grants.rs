//! Giving roles to people and taking them.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stoa_identity_entities::{role, user, user_role};
use stoa_identity_types::{GiveRole, HeldRoles, Outcome, RoleGiven, RoleRequestKind};
use stoa_kernel::{Ctx, Error, Result, Tx};
use stoa_types::{Id, Role, Seller, User, Uuid};

use super::{
    Team, carried, holds,
    notices::{self, TeamAbout},
    owner_role, owners, people, readable, role_edits, writable,
};
use crate::auth::{self, ROLE_SELLER, ROLE_TOO_WIDE, roles};

/// Gives somebody a role, effective with their next request. Needs `auth.team.write` for one's
/// own seller, where the person has to be of the team already ([`super::invite`] brings them
/// in), and `auth.roles.write` for the platform or any seller. A role already held stays.
///
/// Where it gives a member of a seller's team more than they had and the shop has another owner,
/// it waits for that owner's word. 403 `auth.role_too_wide` for a role that carries what the
/// giver does not have; 404 for people and roles the giver may not know of.
pub async fn give_role(ctx: &Ctx, user: Id<User>, input: &GiveRole) -> Result<RoleGiven> {
    let team = writable(ctx, input.seller)?;
    let row = role_edits::visible(ctx.db().read(), ctx, input.role).await?;
    let team = team_of(&row, team)?;
    may_pass_on(ctx, &row)?;
    let person = user::Entity::find_by_id(user.uuid()).one(ctx.db().read()).await?;
    person.ok_or_else(|| Error::not_found("user"))?;
    if let (Some(seller), Some(_)) = (team, ctx.seller) {
        if !people::is_member(ctx.db().read(), user, Some(seller)).await? {
            return Err(Error::not_found("user"));
        }
        let more = !carried(&ctx.app, &row)?.is_subset(&owners::holdings(ctx, user, seller).await?)
            || row.id == owner_role();
        let others = if more { owners::to_be_asked(ctx, seller).await? } else { Vec::new() };
        if !others.is_empty() && !holds_role(ctx, user, row.id, team).await? {
            owners::ask(ctx, RoleRequestKind::Give, seller, Some(user), Some(input.role), None, &others)
                .await?;
            return Ok(RoleGiven { outcome: Outcome::AwaitingApproval });
        }
    }
    let tx = ctx.db().begin().await?;
    give_in(&tx, ctx, user, &row, team).await?;
    ctx.db().commit(tx).await?;
    auth::forget(user);
    Ok(RoleGiven { outcome: Outcome::Done })
}

async fn holds_role(ctx: &Ctx, user: Id<User>, role: Uuid, team: Team) -> Result<bool> {
    let held = user_role::Entity::find()
        .filter(user_role::Column::UserId.eq(user.uuid()))
        .filter(user_role::Column::RoleId.eq(role))
        .filter(people::of_team(team));
    Ok(held.one(ctx.db().read()).await?.is_some())
}

/// The team a role is given for: a seller's role needs a seller, which has to be its own.
pub(super) fn team_of(row: &role::Model, wanted: Team) -> Result<Team> {
    match (row.scope.as_str(), wanted) {
        ("seller", None) => Err(ROLE_SELLER.error("Say which seller this role is for.").field("seller")),
        ("seller", Some(seller)) if row.seller_id.is_none_or(|own| own == seller.uuid()) => Ok(Some(seller)),
        ("seller", Some(_)) => Err(ROLE_SELLER.error("This role belongs to another seller.").field("seller")),
        ("platform", None) => Ok(None),
        _ => Err(ROLE_SELLER.error("This role belongs to the platform, not to a seller.").field("seller")),
    }
}

/// Nobody gives, nor takes, what they do not have.
pub(super) fn may_pass_on(ctx: &Ctx, row: &role::Model) -> Result<()> {
    if holds(ctx, &carried(&ctx.app, row)?) {
        return Ok(());
    }
    Err(ROLE_TOO_WIDE.error(format!("The role {} may do more than you. Ask somebody who has it.", row.name)))
}

/// Gives the role in the caller's transaction, who forgets the person after it; whether they may
/// is asked before. Answers whether it is new to them, who are told then.
pub(super) async fn give_in(
    tx: &Tx,
    ctx: &Ctx,
    user: Id<User>,
    row: &role::Model,
    team: Team,
) -> Result<bool> {
    // Whoever deletes the role meanwhile waits; one deleted before is gone.
    let there = role::Entity::find_by_id(row.id).select_only().column(role::Column::Id).lock_shared();
    if there.into_tuple::<Uuid>().one(tx).await?.is_none() {
        return Err(Error::not_found("role"));
    }
    let new = auth::give_any(tx, ctx, user, Id::new(row.id), &row.name, team).await?;
    if new {
        notices::tell(tx, ctx, TeamAbout::RoleGiven, user, team, Some(&row.name)).await?;
    }
    Ok(new)
}

/// Takes a role from somebody, effective with their next request; whoever holds it may also lay
/// it down. Nothing happens when it is not held.
///
/// 409 `auth.last_owner` and `auth.last_admin`; 403 `auth.role_too_wide` for a role that carries
/// what the caller does not have.
pub async fn take_role(ctx: &Ctx, user: Id<User>, role: Id<Role>, seller: Option<Id<Seller>>) -> Result<()> {
    let team = takeable(ctx, user, seller)?;
    let row = role_edits::visible(ctx.db().read(), ctx, role).await?;
    let team = team_of(&row, team)?;
    if ctx.user().ok() != Some(user) {
        may_pass_on(ctx, &row)?;
    }
    known(ctx, user, team).await?;
    let tx = ctx.db().begin().await?;
    take_in(&tx, ctx, user, &row, team).await?;
    ctx.db().commit(tx).await?;
    auth::forget(user);
    Ok(())
}

/// Takes everything somebody holds in a team; see [`take_role`]. Their account stays.
pub async fn remove_member(ctx: &Ctx, user: Id<User>, seller: Option<Id<Seller>>) -> Result<()> {
    let team = takeable(ctx, user, seller)?;
    known(ctx, user, team).await?;
    let held = user_role::Entity::find()
        .filter(user_role::Column::UserId.eq(user.uuid()))
        .filter(people::of_team(team))
        .find_also_related(role::Entity)
        .all(ctx.db().read())
        .await?;
    let shopper = roles::id(stoa_identity_types::RoleName::Shopper).uuid();
    let held: Vec<role::Model> =
        held.into_iter().filter_map(|(_, role)| role).filter(|role| role.id != shopper).collect();
    if ctx.user().ok() != Some(user) {
        held.iter().try_for_each(|row| may_pass_on(ctx, row))?;
    }
    let tx = ctx.db().begin().await?;
    for row in &held {
        take_in(&tx, ctx, user, row, team).await?;
    }
    ctx.db().commit(tx).await?;
    auth::forget(user);
    Ok(())
}

/// The team whose role may be taken from `user` by the caller: one that they may change, or the
/// caller's own where it is themselves who leave.
fn takeable(ctx: &Ctx, user: Id<User>, seller: Team) -> Result<Team> {
    if ctx.user().is_ok_and(|own| own == user) && (seller.is_none() || seller == ctx.seller) {
        return Ok(ctx.seller);
    }
    writable(ctx, seller)
}

/// 404 for somebody outside the caller's own team.
async fn known(ctx: &Ctx, user: Id<User>, team: Team) -> Result<()> {
    if ctx.seller.is_some() && !people::is_member(ctx.db().read(), user, team).await? {
        return Err(Error::not_found("user"));
    }
    let found = user::Entity::find_by_id(user.uuid()).one(ctx.db().read()).await?;
    found.map(|_| ()).ok_or_else(|| Error::not_found("user"))
}

/// Takes the role in the caller's transaction, who forgets the person after it.
pub(super) async fn take_in(tx: &Tx, ctx: &Ctx, user: Id<User>, row: &role::Model, team: Team) -> Result<()> {
    if let Some(seller) = team.filter(|_| row.id == owner_role())
        && owners::owners(tx, seller).await?.contains(&user.uuid())
    {
        owners::keep_one_owner(tx, seller, user).await?;
    }
    if auth::take_any(tx, ctx, user, Id::new(row.id), &row.name, team).await? {
        notices::tell(tx, ctx, TeamAbout::RoleTaken, user, team, Some(&row.name)).await?;
    }
    Ok(())
}

/// The roles somebody holds, as far as the caller may see them, and who gave them when. One's own
/// need no permission.
pub async fn held_roles(ctx: &Ctx, user: Id<User>) -> Result<HeldRoles> {
    let own = ctx.user().is_ok_and(|own| own == user);
    if !own {
        let team = readable(ctx, None)?;
        known(ctx, user, team).await?;
    }
    let mut held = user_role::Entity::find()
        .filter(user_role::Column::UserId.eq(user.uuid()))
        .order_by_asc(user_role::Column::GrantedAt)
        .order_by_asc(user_role::Column::Id);
    if let Some(seller) = ctx.seller {
        held = held.filter(user_role::Column::SellerId.eq(seller.uuid()));
    }
    let rows = held.find_also_related(role::Entity).all(ctx.db().read()).await?;
    let actors: HashSet<String> = rows.iter().map(|(grant, _)| grant.granted_by.clone()).collect();
    let names = people::actor_names(ctx.db().read(), actors.iter().map(String::as_str)).await?;
    let items = rows.into_iter().filter_map(|(grant, role)| Some(people::held(grant, role?, &names)));
    Ok(HeldRoles { items: items.collect() })
}
