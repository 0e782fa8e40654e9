//! Changes of a seller's team that wait for somebody else's word.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use stoa_identity_entities::{role, role_request as table, user, user_role};
use stoa_identity_types::{OfferOwnership, RoleRequestKind, RoleRequestView, RoleRequests};
use stoa_kernel::{Ctx, Error, Result, Tx, audit};
use stoa_types::{Id, Role, RoleRequest, Seller, User, Uuid};

use super::{
    NOT_A_MEMBER, NOT_AN_OWNER, REQUEST_OVER, grants, owner_role, owners, people, readable, role_edits,
};
use crate::auth::{self, ROLE_TOO_WIDE};

/// How long a change waits.
pub(super) const LIFE: TimeDelta = TimeDelta::days(7);

/// What waits in the caller's own team, the newest first. Needs `auth.team.read`; the platform
/// names the seller and needs `auth.users.read`.
pub async fn list_requests(ctx: &Ctx, seller: Option<Id<Seller>>) -> Result<RoleRequests> {
    let Some(seller) = readable(ctx, seller)? else { return Ok(RoleRequests { items: Vec::new() }) };
    let conn = ctx.db().read();
    let rows = table::Entity::find()
        .filter(table::Column::SellerId.eq(seller.uuid()))
        .filter(table::Column::State.eq("open"))
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .order_by_desc(table::Column::Id)
        .limit(100)
        .find_also_related(role::Entity)
        .all(conn)
        .await?;
    let ids: HashSet<Uuid> =
        rows.iter().flat_map(|(row, _)| row.user_id.into_iter().chain([row.asked_by])).collect();
    let names: HashMap<Uuid, String> = user::Entity::find()
        .filter(user::Column::Id.is_in(ids))
        .select_only()
        .columns([user::Column::Id, user::Column::Name])
        .into_tuple::<(Uuid, String)>()
        .all(conn)
        .await?
        .into_iter()
        .collect();
    let asker = ctx.user().ok().map(Id::uuid);
    let owner = match asker {
        Some(asker) => owners::owners(conn, seller).await?.contains(&asker),
        None => false,
    };
    let name = |id: Uuid| names.get(&id).cloned().unwrap_or_default();
    let items = rows.into_iter().map(|(row, role)| {
        let kind = row.kind.parse().unwrap_or(RoleRequestKind::Give);
        let own = Some(row.asked_by) == asker;
        RoleRequestView {
            id: Id::new(row.id),
            kind,
            seller,
            user: row.user_id.map(Id::new),
            user_name: row.user_id.map(name),
            role: role.map(|role| role.name),
            permissions: added(&row),
            asked_by: name(row.asked_by),
            yours: match kind {
                RoleRequestKind::Ownership => row.user_id == asker,
                _ => owner && !own,
            },
            own,
            asked_at: row.created_at,
            expires_at: row.expires_at,
        }
    });
    Ok(RoleRequests { items: items.collect() })
}

/// What the role is to carry.
fn added(row: &table::Model) -> Vec<String> {
    row.permissions.clone().and_then(|names| serde_json::from_value(names).ok()).unwrap_or_default()
}

/// Offers one's shop to a member of its team. It stays whose it is until they accept
/// ([`accept_request`]); then the offerer owns it no longer, and keeps the other roles they have.
///
/// 403 `auth.not_an_owner`; 422 `auth.not_a_member` on `user`.
pub async fn offer_ownership(ctx: &Ctx, input: &OfferOwnership) -> Result<Id<RoleRequest>> {
    let seller = ctx.seller.filter(|_| ctx.require(super::TEAM_WRITE).is_ok());
    let Some(seller) = seller else {
        ctx.require(super::TEAM_WRITE)?;
        return Err(not_an_owner());
    };
    let own = ctx.user()?;
    if !owners::owners(ctx.db().read(), seller).await?.contains(&own.uuid()) {
        return Err(not_an_owner());
    }
    let member = people::is_member(ctx.db().read(), input.user, Some(seller)).await?;
    if !member || input.user == own {
        return Err(NOT_A_MEMBER
            .error("Choose somebody else of your team. Invite them first if they are not in it.")
            .field("user"));
    }
    let whom = [input.user.uuid()];
    owners::ask(ctx, RoleRequestKind::Ownership, seller, Some(input.user), None, None, &whom).await
}

fn not_an_owner() -> Error {
    NOT_AN_OWNER.error("Only an owner of the shop can do this.")
}

/// Agrees to a change that waits: as another owner of the shop, or, where a shop is offered, as
/// the one who is to own it. Done at once.
///
/// 404 for what the caller may not know of; 403 `auth.not_an_owner`; 409 `auth.request_over`
/// where somebody was quicker, it is too late, or whoever asked may no longer do it themselves.
pub async fn accept_request(ctx: &Ctx, id: Id<RoleRequest>) -> Result<()> {
    let (row, seller, kind) = own(ctx, id).await?;
    let person = ctx.user()?;
    let may = match kind {
        RoleRequestKind::Ownership => row.user_id == Some(person.uuid()),
        _ => {
            row.asked_by != person.uuid()
                && owners::owners(ctx.db().read(), seller).await?.contains(&person.uuid())
        }
    };
    if !may {
        return Err(NOT_AN_OWNER.error("Somebody else has to agree to this."));
    }
    let tx = ctx.db().begin().await?;
    owners::lock(&tx, seller).await?;
    decide(&tx, ctx, &row, "accepted").await?;
    let mut forgotten = vec![person];
    match kind {
        RoleRequestKind::Give => {
            let (Some(user), Some(role)) = (row.user_id, row.role_id) else { return Err(over()) };
            let role = role::Entity::find_by_id(role).one(&tx).await?.ok_or_else(over)?;
            if !people::is_member(&tx, Id::new(user), Some(seller)).await? {
                return Err(over());
            }
            grants::may_pass_on(ctx, &role)?;
            grants::give_in(&tx, ctx, Id::new(user), &role, Some(seller)).await?;
            forgotten.push(Id::new(user));
        }
        RoleRequestKind::Widen => {
            let wanted: HashSet<String> = added(&row).into_iter().collect();
            if !super::holds(ctx, &wanted) {
                return Err(ROLE_TOO_WIDE.error("The role would carry more than you have yourself."));
            }
            let role = row.role_id.map(Id::<Role>::new).ok_or_else(over)?;
            role_edits::widen(&tx, ctx, role, seller, wanted).await?;
        }
        RoleRequestKind::Ownership => {
            forgotten.push(pass(&tx, ctx, &row, seller, person).await?);
        }
    }
    ctx.db().commit(tx).await?;
    match kind {
        RoleRequestKind::Widen => auth::forget_everybody(),
        _ => forgotten.into_iter().for_each(auth::forget),
    }
    Ok(())
}

/// Passes the shop on. Whoever offered it still has to own it, and whoever accepts to be of the
/// team.
async fn pass(tx: &Tx, ctx: &Ctx, row: &table::Model, seller: Id<Seller>, to: Id<User>) -> Result<Id<User>> {
    let from = Id::<User>::new(row.asked_by);
    if !owners::owners(tx, seller).await?.contains(&row.asked_by)
        || !people::is_member(tx, to, Some(seller)).await?
    {
        return Err(over());
    }
    let role = role::Entity::find_by_id(owner_role()).one(tx).await?.ok_or_else(over)?;
    grants::give_in(tx, ctx, to, &role, Some(seller)).await?;
    grants::take_in(tx, ctx, from, &role, Some(seller)).await?;
    Ok(from)
}

/// Says no to a change that waits, or takes one's own back.
pub async fn refuse_request(ctx: &Ctx, id: Id<RoleRequest>) -> Result<()> {
    let (row, seller, kind) = own(ctx, id).await?;
    let person = ctx.user()?;
    let owner = owners::owners(ctx.db().read(), seller).await?.contains(&person.uuid());
    let concerned = row.asked_by == person.uuid()
        || match kind {
            RoleRequestKind::Ownership => row.user_id == Some(person.uuid()),
            _ => owner,
        };
    if !concerned {
        return Err(NOT_AN_OWNER.error("Somebody else has to answer this."));
    }
    let state = if row.asked_by == person.uuid() { "withdrawn" } else { "refused" };
    let tx = ctx.db().begin().await?;
    decide(&tx, ctx, &row, state).await?;
    Ok(ctx.db().commit(tx).await?)
}

async fn own(ctx: &Ctx, id: Id<RoleRequest>) -> Result<(table::Model, Id<Seller>, RoleRequestKind)> {
    let person = ctx.user()?;
    let row = table::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let row = row.ok_or_else(|| Error::not_found("request"))?;
    let seller = Id::<Seller>::new(row.seller_id);
    let member = user_role::Entity::find()
        .filter(Condition::all().add(user_role::Column::UserId.eq(person.uuid())))
        .filter(user_role::Column::SellerId.eq(seller.uuid()))
        .one(ctx.db().read())
        .await?;
    // In the team, and acting for it now.
    if member.is_none() || ctx.seller != Some(seller) {
        return Err(Error::not_found("request"));
    }
    let kind = row.kind.parse().map_err(|()| Error::internal("a kind of request"))?;
    Ok((row, seller, kind))
}

async fn decide(tx: &Tx, ctx: &Ctx, row: &table::Model, state: &'static str) -> Result<()> {
    let done = table::Entity::update_many()
        .col_expr(table::Column::State, Expr::value(state))
        .col_expr(table::Column::DecidedBy, Expr::value(ctx.user().ok().map(Id::uuid)))
        .col_expr(table::Column::DecidedAt, Expr::value(Some(ctx.now)))
        .filter(table::Column::Id.eq(row.id))
        .filter(table::Column::State.eq("open"))
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .exec(tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(over());
    }
    let action = match state {
        "accepted" => "role_request.accepted",
        "refused" => "role_request.refused",
        _ => "role_request.withdrawn",
    };
    let entry = audit::Entry::new(action, Id::<RoleRequest>::new(row.id));
    audit::record(tx, ctx, entry.seller(Some(Id::new(row.seller_id)))).await
}

fn over() -> Error {
    REQUEST_OVER.error("This was answered already, or its time is over.")
}

pub(super) async fn clean_up(ctx: &Ctx, before: DateTime<Utc>) -> Result<()> {
    table::Entity::delete_many().filter(table::Column::ExpiresAt.lt(before)).exec(ctx.db().write()).await?;
    Ok(())
}
