//! Support that acts for a seller with an owner's leave: asked for with a reason, agreed to for a
//! while, read-only unless changes were agreed to as well, and in the audit trail with both names.
//!
//! Whoever acts so stays who they are: the actor is the member of staff, limited to the seller,
//! with the reading part of what an owner may do (or all of it but team, keys and apps). So nothing
//! that is the owner's own (password, sessions) is within reach. While the leave is for reading
//! alone, the server refuses every request that could change anything ([`reads_only`]), what is the
//! member of staff's own included: what is done in that time is a look at the shop and nothing else.

use std::{collections::HashSet, sync::Arc};

use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, sea_query::Expr,
};
use stoa_identity_entities::{support_access as table, user_role};
use stoa_identity_types::{AskSupport, RoleName, SupportAccessView, SupportAccesses, SupportState};
use stoa_kernel::{App, Ctx, Error, Fields, Result, audit, new_id};
use stoa_types::{Id, Seller, SupportAccess, User, Uuid};
use tower_sessions::Session;

use super::{
    NOT_AN_OWNER, REQUEST_OVER, SUPPORT_INVALID, SUPPORT_WRITE,
    notices::{self, TeamAbout},
    owner_role, owners, people,
};
use crate::{
    auth::{self, Principal, roles, session},
    sellers, text,
};

/// How long an owner may think about it.
const WAITS: TimeDelta = TimeDelta::days(3);
/// Minutes it may be asked for.
const MINUTES: std::ops::RangeInclusive<i64> = 5..=240;

/// Asks a seller's owners for leave to act for them. Needs `auth.support.write` on the platform.
///
/// 422 on `reason`, `minutes` and `seller`.
pub async fn ask_support(ctx: &Ctx, input: &AskSupport) -> Result<SupportAccessView> {
    ctx.require(SUPPORT_WRITE)?;
    let staff = ctx.user()?;
    let mut fields = Fields::default();
    let reason = text::line(&input.reason, 300);
    fields.check(reason.is_some(), "reason", SUPPORT_INVALID, "Say why, in up to 300 characters.");
    let fits = MINUTES.contains(&input.minutes);
    fields.check(fits, "minutes", SUPPORT_INVALID, "Ask for 5 to 240 minutes.");
    let known = sellers::terms(ctx.db().read(), &[input.seller]).await?.contains_key(&input.seller);
    fields.check(known, "seller", SUPPORT_INVALID, "There is no such shop.");
    fields.finish()?;
    let row = table::Model {
        id: new_id::<SupportAccess>().uuid(),
        staff_id: staff.uuid(),
        seller_id: Some(input.seller.uuid()),
        user_id: None,
        reason: reason.unwrap_or_default(),
        wants_write: input.write,
        write: false,
        state: SupportState::Asked.to_string(),
        minutes: input.minutes,
        created_at: ctx.now,
        decided_at: None,
        expires_at: ctx.now + WAITS,
    };
    let id = Id::<SupportAccess>::new(row.id);
    let tx = ctx.db().begin().await?;
    // `reset_all` marks every column as set; from a model they count as unchanged.
    table::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    let facts = serde_json::json!({ "write": row.wants_write, "minutes": row.minutes });
    let entry = audit::Entry::new("support.asked", id).seller(Some(input.seller)).facts(facts);
    audit::record(&tx, ctx, entry.reason(Some(row.reason.clone()))).await?;
    for owner in owners::owners(&tx, input.seller).await? {
        let about = TeamAbout::SupportWanted;
        notices::tell(&tx, ctx, about, Id::new(owner), Some(input.seller), None).await?;
    }
    ctx.db().commit(tx).await?;
    let mut views = views(ctx, vec![row]).await?;
    views.pop().ok_or_else(|| Error::not_found("support access"))
}

/// What concerns the person asking and is not over: as staff what they asked for, as an owner
/// what was asked of any of their shops.
pub async fn list_support(ctx: &Ctx) -> Result<SupportAccesses> {
    let person = ctx.user()?;
    let owned = user_role::Entity::find()
        .select_only()
        .column(user_role::Column::SellerId)
        .filter(user_role::Column::UserId.eq(person.uuid()))
        .filter(user_role::Column::RoleId.eq(owner_role()))
        .into_query();
    let mine = Condition::any()
        .add(table::Column::StaffId.eq(person.uuid()))
        .add(table::Column::SellerId.in_subquery(owned));
    let rows = table::Entity::find()
        .filter(mine)
        .filter(table::Column::State.is_in([SupportState::Asked.as_str(), SupportState::Given.as_str()]))
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .order_by_desc(table::Column::Id)
        .limit(100)
        .all(ctx.db().read())
        .await?;
    Ok(SupportAccesses { items: views(ctx, rows).await? })
}

async fn views(ctx: &Ctx, rows: Vec<table::Model>) -> Result<Vec<SupportAccessView>> {
    let actors: Vec<String> = rows.iter().map(|row| Id::<User>::new(row.staff_id).to_string()).collect();
    let names = people::actor_names(ctx.db().read(), actors.iter().map(String::as_str)).await?;
    let ids: Vec<Id<Seller>> = rows.iter().filter_map(|row| row.seller_id).map(Id::new).collect();
    let shops = sellers::names(ctx.db().read(), &ids).await?;
    let me = ctx.user().ok().map(Id::uuid);
    let views = rows.into_iter().map(|row| {
        let staff = Id::<User>::new(row.staff_id);
        let seller = row.seller_id.map(Id::<Seller>::new);
        SupportAccessView {
            id: Id::new(row.id),
            staff_name: names.get(&staff.to_string()).cloned().unwrap_or_default(),
            seller_name: seller.and_then(|seller| Some(shops.get(&seller)?.name.clone())),
            staff,
            seller,
            reason: row.reason,
            wants_write: row.wants_write,
            write: row.write,
            minutes: row.minutes,
            state: row.state.parse().unwrap_or(SupportState::Ended),
            own: me == Some(row.staff_id),
            expires_at: row.expires_at,
        }
    });
    Ok(views.collect())
}

/// Gives leave, as an owner of the seller, whichever shop they act for now; it begins now and ends
/// by itself. `write` agrees to changes too, where they were asked for.
///
/// 404 for what was not asked of one's shop; 403 `auth.not_an_owner`; 409 `auth.request_over`.
pub async fn consent_to_support(ctx: &Ctx, id: Id<SupportAccess>, write: bool) -> Result<()> {
    let (row, seller) = as_owner(ctx, id).await?;
    let person = ctx.user()?;
    let write = write && row.wants_write;
    let tx = ctx.db().begin().await?;
    let done = table::Entity::update_many()
        .col_expr(table::Column::State, Expr::value(SupportState::Given.as_str()))
        .col_expr(table::Column::UserId, Expr::value(Some(person.uuid())))
        .col_expr(table::Column::Write, Expr::value(write))
        .col_expr(table::Column::DecidedAt, Expr::value(Some(ctx.now)))
        .col_expr(table::Column::ExpiresAt, Expr::value(ctx.now + TimeDelta::minutes(row.minutes)))
        .filter(table::Column::Id.eq(row.id))
        .filter(table::Column::State.eq(SupportState::Asked.as_str()))
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(over());
    }
    let facts = serde_json::json!({ "write": write, "staff": Id::<User>::new(row.staff_id) });
    let entry = audit::Entry::new("support.given", id).seller(Some(seller)).facts(facts);
    audit::record(&tx, ctx, entry).await?;
    Ok(ctx.db().commit(tx).await?)
}

/// Says no, or ends what was given, at once: for any owner of the seller and for whoever asked.
pub async fn end_support(ctx: &Ctx, id: Id<SupportAccess>) -> Result<()> {
    let person = ctx.user()?;
    let row = table::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let row = row.ok_or_else(|| Error::not_found("support access"))?;
    let seller = row.seller_id.map(Id::<Seller>::new);
    if row.staff_id != person.uuid() {
        as_owner(ctx, id).await?;
    }
    let tx = ctx.db().begin().await?;
    let done = table::Entity::update_many()
        .col_expr(table::Column::State, Expr::value(SupportState::Ended.as_str()))
        .filter(table::Column::Id.eq(row.id))
        .filter(table::Column::State.is_in([SupportState::Asked.as_str(), SupportState::Given.as_str()]))
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(over());
    }
    audit::record(&tx, ctx, audit::Entry::new("support.ended", id).seller(seller)).await?;
    Ok(ctx.db().commit(tx).await?)
}

/// What was asked of a shop that the caller owns, themselves and not as support. Members of its team
/// learn that it is an owner's to answer, everybody else nothing.
async fn as_owner(ctx: &Ctx, id: Id<SupportAccess>) -> Result<(table::Model, Id<Seller>)> {
    let person = ctx.user()?;
    let row = table::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let seller = row.as_ref().and_then(|row| row.seller_id).map(Id::<Seller>::new);
    let (Some(row), Some(seller), None) = (row, seller, ctx.support) else {
        return Err(Error::not_found("support access"));
    };
    // An owner whose role counts only with a second step that they don't have yet holds nothing.
    let held = owners::holdings(ctx, person, seller).await?;
    if !held.is_empty() && is_owner(&ctx.app, seller, person.uuid()).await? {
        return Ok((row, seller));
    }
    if ctx.seller == Some(seller) {
        return Err(NOT_AN_OWNER.error("Only an owner of the shop can do this."));
    }
    Err(Error::not_found("support access"))
}

fn over() -> Error {
    REQUEST_OVER.error("This was answered already, or its time is over.")
}

/// Acts for the seller in this browser's session from the next request on, until the leave ends
/// or [`leave_support`]. 404 for what one did not ask for; 409 `auth.request_over` for what was not
/// given or is over.
pub async fn begin_support(ctx: &Ctx, session: &Session, id: Id<SupportAccess>) -> Result<()> {
    ctx.require(SUPPORT_WRITE)?;
    let staff = ctx.user()?;
    let row = table::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    let row =
        row.filter(|row| row.staff_id == staff.uuid()).ok_or_else(|| Error::not_found("support access"))?;
    if !is_given(&row, ctx.now) {
        return Err(over());
    }
    let tx = ctx.db().begin().await?;
    let entry = audit::Entry::new("support.begun", id).seller(row.seller_id.map(Id::new));
    audit::record(&tx, ctx, entry).await?;
    ctx.db().commit(tx).await?;
    session::keep_support(session, Some(id)).await
}

/// Acts for oneself again.
pub async fn leave_support(ctx: &Ctx, session: &Session) -> Result<()> {
    ctx.user()?;
    session::keep_support(session, None).await
}

fn is_given(row: &table::Model, now: chrono::DateTime<chrono::Utc>) -> bool {
    row.state == SupportState::Given.as_str() && row.expires_at > now
}

/// The principal of somebody who acts as support in this session, while they may: the leave is
/// read anew each time, so that it ends at once everywhere.
pub(crate) async fn acting(app: &App, staff: &Principal, id: Id<SupportAccess>) -> Result<Option<Principal>> {
    if !staff.permissions.contains(SUPPORT_WRITE.0) {
        return Ok(None);
    }
    let row = table::Entity::find_by_id(id.uuid()).one(app.db.read()).await?;
    let Some(row) = row else { return Ok(None) };
    let (Some(seller), Some(owner)) = (row.seller_id, row.user_id) else { return Ok(None) };
    if !is_given(&row, app.now()) || staff.user().map(Id::uuid) != Some(row.staff_id) {
        return Ok(None);
    }
    // Leave is worth what its giver may themselves do now.
    let seller = Id::<Seller>::new(seller);
    let given = auth::principal_at(app, Id::new(owner), Some(seller)).await?;
    if given.is_none() || !is_owner(app, seller, owner).await? {
        return Ok(None);
    }
    let permissions: HashSet<String> = roles::permissions(RoleName::Seller, roles::registry(app))
        .into_iter()
        .filter(|name| !name.starts_with("auth.") && !name.starts_with("apps."))
        .filter(|name| row.write || name.ends_with(".read"))
        .collect();
    Ok(Some(Principal {
        permissions: Arc::new(permissions),
        seller: Some(seller),
        support: Some(Id::new(owner)),
        ..staff.clone()
    }))
}

async fn is_owner(app: &App, seller: Id<Seller>, owner: Uuid) -> Result<bool> {
    Ok(owners::owners(app.db.read(), seller).await?.contains(&owner))
}

/// Whether the caller acts as support with leave to look alone: the server lets nothing through then
/// that could change anything.
pub fn reads_only(ctx: &Ctx) -> bool {
    ctx.support.is_some() && ctx.permissions.iter().all(|name| name.ends_with(".read"))
}

/// Writes down what support asks for, and whether it was `let_through`; the request is refused where
/// this fails. Nothing happens for anybody else.
pub async fn note_support(ctx: &Ctx, method: &str, path: &str, let_through: bool) -> Result<()> {
    let (Some(_), Some(seller)) = (ctx.support, ctx.seller) else { return Ok(()) };
    let action = if let_through { "support.viewed" } else { "support.refused" };
    let tx = ctx.db().begin().await?;
    let facts = serde_json::json!({ "method": method, "path": path });
    audit::record(&tx, ctx, audit::Entry::new(action, seller).seller(Some(seller)).facts(facts)).await?;
    Ok(ctx.db().commit(tx).await?)
}

/// What the banner says while support acts for somebody: the shop's name, whose leave it is and
/// whether changes may be made; nothing for anybody else.
pub async fn support_banner(ctx: &Ctx) -> Result<Option<(String, String, bool)>> {
    let (Some(owner), Some(seller)) = (ctx.support, ctx.seller) else { return Ok(None) };
    let owner = owner.to_string();
    let name =
        people::actor_names(ctx.db().read(), [owner.as_str()]).await?.remove(&owner).unwrap_or_default();
    let shop = sellers::names(ctx.db().read(), &[seller]).await?.remove(&seller).map(|shop| shop.name);
    let write = !reads_only(ctx);
    Ok(Some((shop.unwrap_or_default(), name, write)))
}
