//! Roles of one's own making.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use stoa_identity_entities::{role, user_role};
use stoa_identity_types::{
    CreateRole, Outcome, RoleChanged, RoleDetails, RoleName, RoleRequestKind, RoleScope, Roles, UpdateRole,
};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, audit, db, events, new_id};
use stoa_types::{Id, Role, Seller, Uuid};

use super::{
    ROLE_BUILT_IN, ROLE_CHANGED, ROLE_HELD, ROLE_NAME_INVALID, ROLE_NAME_TAKEN, ROLE_PERMISSIONS, Team,
    carried, holds, is_built_in, owners, readable, writable,
};
use crate::{
    auth::{self, roles},
    text,
};

/// The roles of a team, and the permissions one could put into a role of it. Needs
/// `auth.team.read` for one's own seller, `auth.users.read` for the platform, which sees the
/// built-in roles of both kinds and its own unless it names a seller.
pub async fn list_roles(ctx: &Ctx, seller: Option<Id<Seller>>) -> Result<Roles> {
    let team = readable(ctx, seller)?;
    let mut found = role::Entity::find();
    found = match team {
        Some(seller) => found.filter(role::Column::Scope.eq(RoleScope::Seller.as_str())).filter(
            Condition::any()
                .add(role::Column::SellerId.is_null())
                .add(role::Column::SellerId.eq(seller.uuid())),
        ),
        None => found.filter(role::Column::SellerId.is_null()),
    };
    let rows = found.order_by_asc(role::Column::NameFolded).all(ctx.db().read()).await?;
    let held = holders(ctx, team).await?;
    let mut items = rows
        .into_iter()
        .map(|row| {
            let count = held.get(&row.id).copied().unwrap_or_default();
            view(ctx, row, count)
        })
        .collect::<Result<Vec<_>>>()?;
    let place = |role: &RoleDetails| {
        RoleName::ALL.iter().position(|known| role.built_in && known.as_str() == role.name)
    };
    // From the widest built-in one down, then what people made.
    items.sort_by_key(|role| (place(role).is_none(), std::cmp::Reverse(place(role))));
    Ok(Roles { items, permissions: grantable(ctx, team).into_iter().collect() })
}

/// What the caller could put into a role of this team.
fn grantable(ctx: &Ctx, team: Team) -> BTreeSet<String> {
    roles::registry(&ctx.app)
        .map(|permission| permission.0)
        .filter(|name| team.is_none() || roles::SELLER.contains(name))
        .filter(|name| ctx.actor == stoa_kernel::Actor::System || ctx.permissions.contains(*name))
        .map(str::to_owned)
        .collect()
}

/// How many hold each role, in one team or altogether.
async fn holders(ctx: &Ctx, team: Team) -> Result<HashMap<Uuid, u64>> {
    let mut counted = user_role::Entity::find()
        .select_only()
        .column(user_role::Column::RoleId)
        .column_as(user_role::Column::UserId.count(), "holders")
        .group_by(user_role::Column::RoleId);
    if let Some(seller) = team {
        counted = counted.filter(user_role::Column::SellerId.eq(seller.uuid()));
    }
    let rows: Vec<(Uuid, i64)> = counted.into_tuple().all(ctx.db().read()).await?;
    Ok(rows.into_iter().map(|(role, count)| (role, u64::try_from(count).unwrap_or_default())).collect())
}

fn view(ctx: &Ctx, row: role::Model, holders: u64) -> Result<RoleDetails> {
    let mut permissions: Vec<String> = carried(&ctx.app, &row)?.into_iter().collect();
    permissions.sort();
    Ok(RoleDetails {
        id: Id::new(row.id),
        scope: row.scope.parse().unwrap_or(RoleScope::Platform),
        seller: row.seller_id.map(Id::new),
        built_in: is_built_in(&row),
        name: row.name,
        permissions,
        holders,
        version: row.version,
    })
}

/// Makes a role. Needs `auth.team.write` for one's own seller, `auth.roles.write` for the
/// platform or any seller.
///
/// 422 on `name` and on `permissions` (none, unknown ones, ones the maker does not have or a
/// seller's role cannot carry); 409 `auth.role_name_taken`.
pub async fn create_role(ctx: &Ctx, input: CreateRole) -> Result<RoleDetails> {
    let team = writable(ctx, input.seller)?;
    let mut fields = Fields::default();
    let name = check_name(&mut fields, &input.name);
    let permissions = check_permissions(ctx, &mut fields, team, input.permissions, &HashSet::new());
    fields.finish()?;
    let (Some(name), Some(permissions)) = (name, permissions) else {
        return Err(Error::internal("checked above"));
    };
    let scope = if team.is_some() { RoleScope::Seller } else { RoleScope::Platform };
    let row = role::Model {
        id: new_id::<Role>().uuid(),
        scope: scope.to_string(),
        seller_id: team.map(Id::uuid),
        name_folded: folded(&name),
        name,
        permissions: Some(serde_json::to_value(&permissions)?),
        created_by: Some(ctx.actor.to_string()),
        created_at: ctx.now,
        version: 1,
    };
    let id = Id::<Role>::new(row.id);
    let tx = ctx.db().begin().await?;
    // `reset_all` marks every column as set; from a model they count as unchanged.
    let insert = row.clone().into_active_model().reset_all();
    // Whichever of the two unique indexes it meets: the platform's roles have their own.
    let any = OnConflict::new().do_nothing().to_owned();
    let done = role::Entity::insert(insert).on_conflict(any).try_insert().exec_without_returning(&tx).await?;
    if !db::inserted(&done) {
        return Err(name_taken());
    }
    let facts = serde_json::json!({ "name": row.name, "permissions": permissions });
    audit::record(&tx, ctx, audit::Entry::new("role.created", id).seller(team).facts(facts)).await?;
    tell_changed(&tx, ctx, id, 1, team, "created").await?;
    ctx.db().commit(tx).await?;
    view(ctx, row, 0)
}

/// Changes a role's name or what it carries, for everybody who holds it from their next request
/// on. `version` is the one the change was made on; 412 when it is another by now.
///
/// Where that gives somebody of a seller's team more and the shop has another owner, the
/// permissions wait for their word; the name changes at once. 409 `auth.role_built_in`; else as
/// [`create_role`].
pub async fn update_role(ctx: &Ctx, id: Id<Role>, input: UpdateRole, version: i64) -> Result<RoleChanged> {
    let (row, team) = own(ctx, id).await?;
    let before = carried(&ctx.app, &row)?;
    let mut fields = Fields::default();
    let name = input.name.as_deref().and_then(|name| check_name(&mut fields, name));
    let permissions =
        input.permissions.and_then(|names| check_permissions(ctx, &mut fields, team, names, &before));
    fields.finish()?;
    if row.version != version {
        return Err(Error::stale(row.version));
    }
    let holders = holders(ctx, team).await?.get(&row.id).copied().unwrap_or_default();
    let wider: HashSet<String> =
        permissions.iter().flatten().filter(|name| !before.contains(*name)).cloned().collect();
    let asked = match team {
        Some(seller) if holders > 0 && !wider.is_empty() => {
            owners::to_be_asked(ctx, seller).await?.into_iter().map(|owner| (seller, owner)).collect()
        }
        _ => Vec::new(),
    };
    let now = permissions.as_ref().filter(|_| asked.is_empty());
    let row = write(ctx, row, team, name, now).await?;
    let outcome = match (asked.first(), &permissions) {
        (Some((seller, _)), Some(permissions)) => {
            let whom: Vec<Uuid> = asked.iter().map(|(_, owner)| *owner).collect();
            let wanted = permissions.iter().cloned().collect();
            owners::ask(ctx, RoleRequestKind::Widen, *seller, None, Some(id), Some(&wanted), &whom).await?;
            Outcome::AwaitingApproval
        }
        _ => Outcome::Done,
    };
    Ok(RoleChanged { role: view(ctx, row, holders)?, outcome })
}

async fn write(
    ctx: &Ctx,
    row: role::Model,
    team: Team,
    name: Option<String>,
    permissions: Option<&BTreeSet<String>>,
) -> Result<role::Model> {
    if name.is_none() && permissions.is_none() {
        return Ok(row);
    }
    let mut after = row.clone();
    after.version += 1;
    if let Some(name) = name {
        after.name_folded = folded(&name);
        after.name = name;
    }
    if let Some(permissions) = permissions {
        after.permissions = Some(serde_json::to_value(permissions)?);
    }
    let tx = ctx.db().begin().await?;
    write_in(&tx, ctx, &row, &after, team).await?;
    ctx.db().commit(tx).await?;
    auth::forget_everybody();
    Ok(after)
}

/// Writes a changed role in the caller's transaction, who forgets everybody after it.
async fn write_in(tx: &Tx, ctx: &Ctx, before: &role::Model, after: &role::Model, team: Team) -> Result<()> {
    let id = Id::<Role>::new(before.id);
    let other = role::Entity::find()
        .filter(role::Column::NameFolded.eq(&after.name_folded))
        .filter(role::Column::Id.ne(before.id))
        .filter(match team {
            Some(seller) => role::Column::SellerId.eq(seller.uuid()),
            None => role::Column::SellerId.is_null(),
        })
        .count(tx)
        .await?;
    if other > 0 {
        return Err(name_taken());
    }
    let done = role::Entity::update_many()
        .col_expr(role::Column::Name, Expr::value(after.name.clone()))
        .col_expr(role::Column::NameFolded, Expr::value(after.name_folded.clone()))
        .col_expr(role::Column::Permissions, Expr::value(after.permissions.clone()))
        .col_expr(role::Column::Version, Expr::col(role::Column::Version).add(1))
        .filter(role::Column::Id.eq(before.id))
        .filter(role::Column::Version.eq(before.version))
        .exec(tx)
        .await;
    match done {
        Ok(done) if done.rows_affected == 1 => {}
        Ok(_) => return Err(Error::stale(before.version + 1)),
        Err(error) if db::is_unique_violation(&error) => return Err(name_taken()),
        Err(error) => return Err(error.into()),
    }
    let facts = |row: &role::Model| serde_json::json!({ "name": row.name, "permissions": row.permissions });
    let entry = audit::Entry::new("role.updated", id).seller(team).diff(&facts(before), &facts(after));
    audit::record(tx, ctx, entry).await?;
    tell_changed(tx, ctx, id, after.version, team, "updated").await
}

/// Gives a role what an owner's change of it, which waited, says. Nothing is left to do for a
/// role that is gone.
pub(super) async fn widen(
    tx: &Tx,
    ctx: &Ctx,
    role: Id<Role>,
    seller: Id<Seller>,
    wanted: HashSet<String>,
) -> Result<()> {
    let Some(row) = role::Entity::find_by_id(role.uuid()).one(tx).await? else { return Ok(()) };
    let wanted: BTreeSet<String> =
        wanted.into_iter().filter(|name| roles::SELLER.contains(&name.as_str())).collect();
    let after = role::Model {
        permissions: Some(serde_json::to_value(&wanted)?),
        version: row.version + 1,
        ..row.clone()
    };
    write_in(tx, ctx, &row, &after, Some(seller)).await
}

/// Deletes a role that nobody holds. 409 `auth.role_held`, `auth.role_built_in`.
pub async fn delete_role(ctx: &Ctx, id: Id<Role>) -> Result<()> {
    let (row, team) = own(ctx, id).await?;
    let tx = ctx.db().begin().await?;
    // Whoever gives the role meanwhile waits, and then finds it gone.
    let locked = role::Entity::find_by_id(row.id).select_only().column(role::Column::Id).lock_exclusive();
    if locked.into_tuple::<Uuid>().one(&tx).await?.is_none() {
        return Err(Error::not_found("role"));
    }
    let held = user_role::Entity::find().filter(user_role::Column::RoleId.eq(row.id)).count(&tx).await?;
    if held > 0 {
        return Err(ROLE_HELD
            .error("Somebody still has this role. Take it from them first.")
            .fact("holders", held));
    }
    role::Entity::delete_many().filter(role::Column::Id.eq(row.id)).exec(&tx).await?;
    let facts = serde_json::json!({ "name": row.name, "permissions": row.permissions });
    audit::record(&tx, ctx, audit::Entry::new("role.deleted", id).seller(team).facts(facts)).await?;
    tell_changed(&tx, ctx, id, row.version + 1, team, "deleted").await?;
    ctx.db().commit(tx).await?;
    auth::forget_everybody();
    Ok(())
}

/// A role that the caller may change, and its team. What they may not know of is 404.
async fn own(ctx: &Ctx, id: Id<Role>) -> Result<(role::Model, Team)> {
    // Before the look, so that who may nothing learns nothing.
    writable(ctx, None)?;
    let row = visible(ctx.db().read(), ctx, id).await?;
    if is_built_in(&row) {
        return Err(
            ROLE_BUILT_IN.error("This role comes with Stoa and can't be changed. Make one of your own.")
        );
    }
    let team = row.seller_id.map(Id::new);
    writable(ctx, team)?;
    Ok((row, team))
}

/// A role the caller may know of: for a seller's people the built-in ones of sellers and their
/// own, for the platform all.
pub(super) async fn visible(conn: &impl ConnectionTrait, ctx: &Ctx, id: Id<Role>) -> Result<role::Model> {
    let row = role::Entity::find_by_id(id.uuid()).one(conn).await?;
    let seen = |row: &role::Model| match ctx.seller {
        None => true,
        Some(own) => row.scope == "seller" && row.seller_id.is_none_or(|seller| seller == own.uuid()),
    };
    row.filter(seen).ok_or_else(|| Error::not_found("role"))
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn name_taken() -> Error {
    ROLE_NAME_TAKEN.error("There is a role with this name already. Choose another.").field("name")
}

fn check_name(fields: &mut Fields, name: &str) -> Option<String> {
    let name = text::line(name, 60);
    fields.check(name.is_some(), "name", ROLE_NAME_INVALID, "Enter a name of up to 60 characters.");
    let name = name?;
    // A role that is called like a built-in one would be taken for it.
    let own = RoleName::ALL.iter().all(|known| known.as_str() != folded(&name)) && folded(&name) != "owner";
    fields.check(
        own,
        "name",
        ROLE_NAME_INVALID,
        "A role that comes with Stoa has this name. Choose another.",
    );
    own.then_some(name)
}

/// The permissions as they will be kept. What the role has already may stay, whoever edits it.
fn check_permissions(
    ctx: &Ctx,
    fields: &mut Fields,
    team: Team,
    wanted: Vec<String>,
    before: &HashSet<String>,
) -> Option<BTreeSet<String>> {
    let wanted: BTreeSet<String> = wanted.into_iter().map(|name| name.trim().to_owned()).collect();
    let known: HashSet<&str> = roles::registry(&ctx.app).map(|permission| permission.0).collect();
    let new: HashSet<String> = wanted.iter().filter(|name| !before.contains(*name)).cloned().collect();
    let wrong = |reason: &str, test: &dyn Fn(&str) -> bool| {
        let found: Vec<&str> = wanted.iter().map(String::as_str).filter(|name| test(name)).collect();
        (!found.is_empty()).then(|| format!("{reason}: {}.", found.join(", ")))
    };
    let problem = if wanted.is_empty() {
        Some("Choose at least one permission.".to_owned())
    } else {
        wrong("There is no such permission", &|name| !known.contains(name))
            .or_else(|| {
                wrong("A seller's role can't carry this", &|name| {
                    team.is_some() && !roles::SELLER.contains(&name)
                })
            })
            .or_else(|| {
                wrong("You don't have this yourself", &|name| {
                    new.contains(name) && !holds(ctx, &HashSet::from([name.to_owned()]))
                })
            })
    };
    match problem {
        Some(problem) => {
            fields.add("permissions", ROLE_PERMISSIONS, problem);
            None
        }
        None => Some(wanted),
    }
}

async fn tell_changed(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Role>,
    version: i64,
    team: Team,
    change: &str,
) -> Result<()> {
    let data = serde_json::json!({ "change": change });
    events::emit(tx, ctx, NewEvent::new(ROLE_CHANGED, id, version).seller(team).data(data)).await
}
