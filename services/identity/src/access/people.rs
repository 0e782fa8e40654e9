//! People who can sign in, their sessions, and locking them out.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Func, LikeExpr, SimpleExpr},
};
use stoa_identity_entities::{role, second_factor, session as session_table, user, user_role};
use stoa_identity_types::{HeldRole, PersonView, RoleName, Sessions};
use stoa_kernel::{
    Ctx, Error, NewEvent, Result, audit, events,
    page::{self, Cursor},
};
use stoa_types::{Id, Page, PageQuery, Seller, Session as SessionKind, User, Uuid};

use super::{ONESELF, Team, readable};
use crate::auth::{self, USERS_READ, USERS_WRITE, roles, session};

/// Which people, as typed.
#[derive(Debug, Clone, Default)]
pub struct PeopleQuery {
    /// Part of a name or an address.
    pub q: Option<String>,
    /// Only people of this seller's team.
    pub seller: Option<Id<Seller>>,
    /// Only people with a role of the platform, the shopper's not counted.
    pub staff: bool,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

/// People who can sign in, the newest first. A seller's people see their own team and need
/// `auth.team.read`; the platform sees everybody and needs `auth.users.read`.
pub async fn list_people(ctx: &Ctx, query: &PeopleQuery) -> Result<Page<PersonView>> {
    let team = readable(ctx, query.seller)?;
    let paged = PageQuery { after: query.after.clone(), limit: query.limit };
    let (limit, cursor) = (page::limit(&paged)?, Cursor::<Uuid>::read(&paged)?);
    let mut found = user::Entity::find().limit(limit + 1);
    if let Some(seller) = team {
        found = found.filter(user::Column::Id.in_subquery(holders(of_team(Some(seller)))));
    } else if query.staff {
        let shopper = roles::id(RoleName::Shopper).uuid();
        let works = of_team(None).and(user_role::Column::RoleId.ne(shopper));
        found = found.filter(user::Column::Id.in_subquery(holders(works)));
    }
    if let Some(typed) = query.q.as_deref().map(str::trim).filter(|typed| !typed.is_empty()) {
        let escaped: String = typed
            .to_lowercase()
            .chars()
            .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
            .collect();
        let like = || LikeExpr::new(format!("%{escaped}%")).escape('\\');
        found = found.filter(
            Condition::any()
                .add(Expr::expr(Func::lower(Expr::col(user::Column::Name))).like(like()))
                .add(Expr::col(user::Column::EmailNormalised).like(like())),
        );
    }
    let found = match &cursor {
        Cursor::Start => found.order_by_desc(user::Column::Id),
        Cursor::After(id) => found.filter(user::Column::Id.lt(*id)).order_by_desc(user::Column::Id),
        Cursor::Before(id) => found.filter(user::Column::Id.gt(*id)).order_by_asc(user::Column::Id),
    };
    let page = page::build(found.all(ctx.db().read()).await?, limit, &cursor, |row| row.id);
    let items = views(ctx, page.items, team).await?;
    Ok(Page { items, next: page.next, prev: page.prev, total: page.total })
}

/// One person; see [`list_people`] for who sees whom. 404 for everybody else.
pub async fn get_person(ctx: &Ctx, id: Id<User>) -> Result<PersonView> {
    let team = readable(ctx, None)?;
    let row = user::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let row = row.ok_or_else(|| Error::not_found("user"))?;
    if team.is_some() && !is_member(ctx.db().read(), id, team).await? {
        return Err(Error::not_found("user"));
    }
    let mut views = views(ctx, vec![row], team).await?;
    views.pop().ok_or_else(|| Error::not_found("user"))
}

/// The person registered with an address, for whoever may list people. Nobody for an address of
/// somebody the caller may not know of.
pub async fn person_of(ctx: &Ctx, address: &str) -> Result<Option<Id<User>>> {
    let team = readable(ctx, None)?;
    let Some(address) = crate::email::normalise(address) else { return Ok(None) };
    let found = user::Entity::find().filter(user::Column::EmailNormalised.eq(address.normalised));
    let Some(row) = found.one(ctx.db().read()).await? else { return Ok(None) };
    let known = team.is_none() || is_member(ctx.db().read(), Id::new(row.id), team).await?;
    Ok(known.then(|| Id::new(row.id)))
}

/// The people whose grants these are.
fn holders(grants: SimpleExpr) -> sea_orm::sea_query::SelectStatement {
    user_role::Entity::find().select_only().column(user_role::Column::UserId).filter(grants).into_query()
}

/// The grants of one team.
pub(super) fn of_team(team: Team) -> SimpleExpr {
    match team {
        Some(seller) => user_role::Column::SellerId.eq(seller.uuid()),
        None => user_role::Column::SellerId.is_null(),
    }
}

/// Whether somebody holds any role in a team.
pub(super) async fn is_member(conn: &impl ConnectionTrait, user: Id<User>, team: Team) -> Result<bool> {
    let held =
        user_role::Entity::find().filter(user_role::Column::UserId.eq(user.uuid())).filter(of_team(team));
    Ok(held.one(conn).await?.is_some())
}

/// People with what is to say of them, in the given order.
pub(super) async fn views(ctx: &Ctx, rows: Vec<user::Model>, team: Team) -> Result<Vec<PersonView>> {
    let conn = ctx.db().read();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let secured: HashSet<Uuid> = second_factor::Entity::find()
        .filter(second_factor::Column::UserId.is_in(ids.iter().copied()))
        .filter(second_factor::Column::ConfirmedAt.is_not_null())
        .select_only()
        .column(second_factor::Column::UserId)
        .into_tuple::<Uuid>()
        .all(conn)
        .await?
        .into_iter()
        .collect();
    let mut held = roles_of(conn, &ids, team).await?;
    let views = rows.into_iter().map(|row| PersonView {
        id: Id::new(row.id),
        name: row.name,
        email: row.email,
        suspended: row.status != "active",
        second_step: secured.contains(&row.id),
        roles: held.remove(&row.id).unwrap_or_default(),
        created_at: row.created_at,
    });
    Ok(views.collect())
}

/// The roles of these people, the first given first: all of them, or those in one seller's team.
pub(super) async fn roles_of(
    conn: &impl ConnectionTrait,
    people: &[Uuid],
    team: Team,
) -> Result<HashMap<Uuid, Vec<HeldRole>>> {
    let mut grants = user_role::Entity::find()
        .filter(user_role::Column::UserId.is_in(people.iter().copied()))
        .order_by_asc(user_role::Column::GrantedAt)
        .order_by_asc(user_role::Column::Id);
    if let Some(seller) = team {
        grants = grants.filter(user_role::Column::SellerId.eq(seller.uuid()));
    }
    let grants = grants.find_also_related(role::Entity).all(conn).await?;
    let actors: HashSet<String> = grants.iter().map(|(grant, _)| grant.granted_by.clone()).collect();
    let names = actor_names(conn, actors.iter().map(String::as_str)).await?;
    let mut found: HashMap<Uuid, Vec<HeldRole>> = HashMap::new();
    for (grant, role) in grants {
        let Some(role) = role else { continue };
        found.entry(grant.user_id).or_default().push(held(grant, role, &names));
    }
    Ok(found)
}

pub(super) fn held(grant: user_role::Model, role: role::Model, names: &HashMap<String, String>) -> HeldRole {
    HeldRole {
        role: Id::new(role.id),
        built_in: super::is_built_in(&role),
        name: role.name,
        seller: grant.seller_id.map(Id::new),
        given_by_name: names.get(&grant.granted_by).cloned(),
        given_by: grant.granted_by,
        given_at: grant.granted_at,
    }
}

/// The names of actors who are people; others are left out.
pub(super) async fn actor_names(
    conn: &impl ConnectionTrait,
    actors: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, String>> {
    let ids: Vec<Uuid> =
        actors.into_iter().filter_map(|actor| actor.parse::<Id<User>>().ok()).map(Id::uuid).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String)> = user::Entity::find()
        .filter(user::Column::Id.is_in(ids))
        .select_only()
        .columns([user::Column::Id, user::Column::Name])
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (Id::<User>::new(id).to_string(), name)).collect())
}

/// Where somebody is signed in, the most recent first; at most 100. Needs `auth.users.read`.
pub async fn list_sessions(ctx: &Ctx, user: Id<User>) -> Result<Sessions> {
    platform(ctx, USERS_READ)?;
    session::list_of(ctx, user).await.map(|items| Sessions { items })
}

/// Ends one of somebody's sessions. Needs `auth.users.write`; another person's is 404.
pub async fn revoke_session(ctx: &Ctx, user: Id<User>, id: Id<SessionKind>) -> Result<()> {
    platform(ctx, USERS_WRITE)?;
    let row = session_table::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    if row.is_none_or(|row| row.user_id != Some(user.uuid())) {
        return Err(Error::not_found("session"));
    }
    session::revoke(ctx, id).await
}

/// Locks somebody out: every session and key of theirs is worth nothing from the next request on,
/// and no way of signing in lets them in. Needs `auth.users.write`. Nothing happens to somebody
/// who is locked out already.
///
/// 409 `auth.oneself`, `auth.last_admin`. A shop that has no other owner keeps selling; the audit
/// record names it.
pub async fn suspend(ctx: &Ctx, id: Id<User>, reason: Option<String>) -> Result<PersonView> {
    platform(ctx, USERS_WRITE)?;
    if ctx.user().is_ok_and(|own| own == id) {
        return Err(ONESELF.error("You can't lock yourself out. Ask another admin."));
    }
    may_touch(ctx, id).await?;
    let tx = ctx.db().begin().await?;
    let row = user::Entity::find_by_id(id.uuid()).one(&tx).await?;
    let row = row.ok_or_else(|| Error::not_found("user"))?;
    if row.status == "active" {
        auth::keep_an_admin(&tx, id).await?;
        let owned = user_role::Entity::find()
            .filter(user_role::Column::UserId.eq(id.uuid()))
            .filter(user_role::Column::RoleId.eq(super::owner_role()))
            .all(&tx)
            .await?;
        // A shop whose only owner is locked out is the platform's to look after; it is said so.
        let mut left = Vec::new();
        for seller in owned.iter().filter_map(|grant| grant.seller_id).map(Id::<Seller>::new) {
            if super::owners::owners(&tx, seller).await?.iter().all(|owner| *owner == id.uuid()) {
                left.push(seller);
            }
        }
        set_status(&tx, ctx, &row, "suspended").await?;
        let hashes = session::revoke_all_in(&tx, ctx, id).await?;
        let facts = serde_json::json!({ "shops_without_owner": left });
        audit::record(&tx, ctx, audit::Entry::new("user.suspended", id).reason(reason).facts(facts)).await?;
        events::emit(&tx, ctx, NewEvent::new("user.suspended", id, row.version + 1)).await?;
        ctx.db().commit(tx).await?;
        session::forget_all(&hashes);
        auth::forget(id);
    }
    get_person(ctx, id).await
}

/// Lets somebody in again who was locked out. Needs `auth.users.write`.
pub async fn reinstate(ctx: &Ctx, id: Id<User>) -> Result<PersonView> {
    platform(ctx, USERS_WRITE)?;
    may_touch(ctx, id).await?;
    let tx = ctx.db().begin().await?;
    let row = user::Entity::find_by_id(id.uuid()).one(&tx).await?;
    let row = row.ok_or_else(|| Error::not_found("user"))?;
    if row.status == "suspended" {
        set_status(&tx, ctx, &row, "active").await?;
        audit::record(&tx, ctx, audit::Entry::new("user.reinstated", id)).await?;
        events::emit(&tx, ctx, NewEvent::new("user.reinstated", id, row.version + 1)).await?;
        ctx.db().commit(tx).await?;
        auth::forget(id);
    }
    get_person(ctx, id).await
}

/// What is done to people as such is the platform's alone.
fn platform(ctx: &Ctx, permission: stoa_kernel::Permission) -> Result<()> {
    ctx.require(permission)?;
    if ctx.seller.is_some() {
        return Err(stoa_kernel::error::codes::FORBIDDEN.error("Only the platform's people can do this."));
    }
    Ok(())
}

/// Nobody locks out, or lets in, somebody who may do more on the platform than they.
async fn may_touch(ctx: &Ctx, id: Id<User>) -> Result<()> {
    let held = user_role::Entity::find()
        .filter(user_role::Column::UserId.eq(id.uuid()))
        .filter(of_team(None))
        .find_also_related(role::Entity)
        .all(ctx.db().read())
        .await?;
    held.iter().filter_map(|(_, role)| role.as_ref()).try_for_each(|row| super::grants::may_pass_on(ctx, row))
}

async fn set_status(tx: &stoa_kernel::Tx, ctx: &Ctx, row: &user::Model, status: &'static str) -> Result<()> {
    let done = user::Entity::update_many()
        .col_expr(user::Column::Status, Expr::value(status))
        .col_expr(user::Column::UpdatedAt, ctx.now.into())
        .col_expr(user::Column::Version, Expr::col(user::Column::Version).add(1))
        .filter(user::Column::Id.eq(row.id))
        .filter(user::Column::Version.eq(row.version))
        .exec(tx)
        .await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Error::stale(row.version + 1)) }
}
