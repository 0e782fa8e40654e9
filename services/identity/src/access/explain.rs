//! Why somebody may do something, and who may.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use std::collections::HashSet;

use stoa_identity_entities::{role, user, user_role};
use stoa_identity_types::{Explanation, HeldRole, PersonExplained, WhyNot};
use stoa_kernel::{Ctx, Error, Result};
use stoa_types::{Id, Seller, User, Uuid};

use super::{PERMISSION_UNKNOWN, Team, carried, people, readable};
use crate::auth::roles;

/// The most people one answer names.
const MOST: u64 = 200;

/// Why `user` may use a permission, or may not; without `user`, everybody who may.
///
/// The chain is always permission, role, grant: which roles carry it, and who gave them to whom
/// when. A seller's people ask about their own team (`auth.team.read`); the platform about anybody
/// (`auth.users.read`), for itself or, with `seller`, for a seller, where people with a role of
/// the platform count too, since that reaches every seller. What a second step, a key or an app
/// takes away from a person's roles is not part of the answer.
///
/// 422 `auth.permission_unknown`; 404 for people the caller may not know of.
pub async fn explain(
    ctx: &Ctx,
    permission: &str,
    user: Option<Id<User>>,
    seller: Option<Id<Seller>>,
) -> Result<Explanation> {
    let team = readable(ctx, seller)?;
    let permission = permission.trim();
    if !roles::registry(&ctx.app).any(|known| known.0 == permission) {
        return Err(PERMISSION_UNKNOWN
            .error("There is no such permission. The list of roles names them all.")
            .field("permission"));
    }
    let carrying = carrying(ctx, permission, team).await?;
    let ids: HashSet<Uuid> = carrying.iter().map(|row| row.id).collect();
    let people = match user {
        Some(user) => vec![one(ctx, user, team, &ids).await?],
        None => all(ctx, team, &ids).await?,
    };
    Ok(Explanation {
        permission: permission.to_owned(),
        seller: team,
        roles: carrying.into_iter().map(|row| row.name).collect(),
        people,
    })
}

/// The roles that carry the permission here.
async fn carrying(ctx: &Ctx, permission: &str, team: Team) -> Result<Vec<role::Model>> {
    let rows = role::Entity::find().order_by_asc(role::Column::NameFolded).all(ctx.db().read()).await?;
    let mut found = Vec::new();
    for row in rows {
        if counts(ctx, team, row.scope == "seller", row.seller_id)
            && carried(&ctx.app, &row)?.contains(permission)
        {
            found.push(row);
        }
    }
    Ok(found)
}

/// Whether a role, or a grant of one, has anything to say about this team: a seller's own, and for
/// a platform that asks, the platform's.
fn counts(ctx: &Ctx, team: Team, sellers: bool, seller: Option<Uuid>) -> bool {
    match team {
        Some(team) if sellers => seller.is_none_or(|seller| seller == team.uuid()),
        Some(_) => ctx.seller.is_none(),
        None => !sellers,
    }
}

/// The grants of somebody that count here.
fn here(ctx: &Ctx, team: Team, held: Vec<HeldRole>) -> Vec<HeldRole> {
    let fits = |held: &HeldRole| match held.seller {
        Some(seller) => team == Some(seller),
        None => team.is_none() || ctx.seller.is_none(),
    };
    held.into_iter().filter(fits).collect()
}

async fn one(ctx: &Ctx, id: Id<User>, team: Team, carrying: &HashSet<Uuid>) -> Result<PersonExplained> {
    let row = user::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let row = row.ok_or_else(|| Error::not_found("user"))?;
    if ctx.seller.is_some() && !people::is_member(ctx.db().read(), id, team).await? {
        return Err(Error::not_found("user"));
    }
    let held = people::roles_of(ctx.db().read(), &[row.id], None).await?.remove(&row.id).unwrap_or_default();
    Ok(explained(row, here(ctx, team, held), carrying))
}

async fn all(ctx: &Ctx, team: Team, carrying: &HashSet<Uuid>) -> Result<Vec<PersonExplained>> {
    let mut grants = user_role::Entity::find()
        .select_only()
        .column(user_role::Column::UserId)
        .filter(user_role::Column::RoleId.is_in(carrying.iter().copied()));
    grants = match (team, ctx.seller) {
        (Some(seller), Some(_)) => grants.filter(user_role::Column::SellerId.eq(seller.uuid())),
        (Some(seller), None) => grants.filter(
            Condition::any()
                .add(user_role::Column::SellerId.eq(seller.uuid()))
                .add(user_role::Column::SellerId.is_null()),
        ),
        (None, _) => grants.filter(user_role::Column::SellerId.is_null()),
    };
    let rows = user::Entity::find()
        .filter(user::Column::Id.in_subquery(grants.into_query()))
        .filter(user::Column::Status.eq("active"))
        .order_by_asc(user::Column::Name)
        .order_by_asc(user::Column::Id)
        .limit(MOST)
        .all(ctx.db().read())
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut held = people::roles_of(ctx.db().read(), &ids, None).await?;
    let explained = rows.into_iter().map(|row| {
        let held = held.remove(&row.id).unwrap_or_default();
        explained(row, here(ctx, team, held), carrying)
    });
    Ok(explained.collect())
}

fn explained(row: user::Model, held: Vec<HeldRole>, carrying: &HashSet<Uuid>) -> PersonExplained {
    let (through, without): (Vec<_>, Vec<_>) =
        held.into_iter().partition(|held| carrying.contains(&held.role.uuid()));
    let why_not = if row.status != "active" {
        Some(WhyNot::Suspended)
    } else if through.is_empty() && without.is_empty() {
        Some(WhyNot::NoRole)
    } else if through.is_empty() {
        Some(WhyNot::RolesWithout)
    } else {
        None
    };
    PersonExplained {
        user: Id::new(row.id),
        name: row.name,
        email: row.email,
        allowed: why_not.is_none(),
        through,
        why_not,
        without,
    }
}
