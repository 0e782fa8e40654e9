//! Registering people, their roles and passwords.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait,
    sea_query::OnConflict,
};
use stoa_identity_entities::{role, seller, user, user_role};
use stoa_identity_types::{CreateUser, RoleName, RoleView, UserView};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, audit, db, events, new_id};
use stoa_types::{Id, Role, RoleGrant, Seller, User, Uuid};

use super::{
    EMAIL_INVALID, EMAIL_TAKEN, LAST_ADMIN, NAME_INVALID, PASSWORD_WEAK, ROLE_SELLER, ROLE_TOO_WIDE,
    ROLES_WRITE, USERS_WRITE, model, password, principal, roles,
};
use crate::{
    access::{ROLE_GRANTED, ROLE_REVOKED},
    email, text,
};

/// Registers somebody with one role. Needs `auth.users.write`, and for any role but the
/// shopper's also `auth.roles.write`.
///
/// 409 `auth.email_taken`; 422 with every wrong field; 403 `auth.role_too_wide` when the
/// role carries a permission that whoever asks does not have.
pub async fn create_user(ctx: &Ctx, input: CreateUser) -> Result<UserView> {
    ctx.require(USERS_WRITE)?;
    may_give(ctx, input.role)?;
    let mut fields = Fields::default();
    let address = email::normalise(&input.email);
    fields.check(address.is_some(), "email", EMAIL_INVALID, "Enter an email address, like name@example.com");
    let name = text::line(&input.name, 120);
    fields.check(name.is_some(), "name", NAME_INVALID, "Enter a name of up to 120 characters.");
    if let Some(weakness) = model::weakness(input.password.reveal(), &[&input.email, &input.name]) {
        fields.add("password", PASSWORD_WEAK, weakness);
    }
    if let Some(wrong) = wrong_seller(input.role, input.seller) {
        fields.add("seller", ROLE_SELLER, wrong);
    }
    fields.finish()?;
    let (Some(address), Some(name)) = (address, name) else { return Err(Error::internal("checked above")) };
    // Before the transaction: hashing takes long, and a taken address is rare.
    let hash = password::hash(&input.password).await?;

    let tx = ctx.db().begin().await?;
    let id = new_id::<User>();
    let row = user::ActiveModel {
        id: Set(id.uuid()),
        email: Set(address.original.clone()),
        email_normalised: Set(address.normalised),
        email_verified_at: Set(None),
        name: Set(name.clone()),
        password_hash: Set(Some(hash)),
        password_changed_at: Set(Some(ctx.now)),
        status: Set("active".to_owned()),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(1),
    };
    let done = user::Entity::insert(row)
        .on_conflict_do_nothing_on([user::Column::EmailNormalised])
        .exec_without_returning(&tx)
        .await?;
    if !db::inserted(&done) {
        return Err(EMAIL_TAKEN
            .error("Somebody is registered with this e-mail address already.")
            .field("email"));
    }
    let facts = serde_json::json!({ "role": input.role, "seller": input.seller });
    audit::record(&tx, ctx, audit::Entry::new("user.created", id).seller(input.seller).facts(facts)).await?;
    give(&tx, ctx, id, input.role, input.seller).await?;
    ctx.db().commit(tx).await?;
    Ok(UserView {
        id,
        email: address.original,
        name,
        roles: vec![RoleView { name: input.role.to_string(), seller: input.seller }],
        created_at: ctx.now,
        version: 1,
    })
}

/// Gives somebody a role, for one seller where it is a seller's. Needs `auth.roles.write`.
/// A role already held stays as it is.
pub async fn grant_role(ctx: &Ctx, user: Id<User>, role: RoleName, seller: Option<Id<Seller>>) -> Result<()> {
    ctx.require(ROLES_WRITE)?;
    may_give(ctx, role)?;
    if let Some(wrong) = wrong_seller(role, seller) {
        return Err(ROLE_SELLER.error(wrong).field("seller"));
    }
    let tx = ctx.db().begin().await?;
    exists(&tx, user).await?;
    give(&tx, ctx, user, role, seller).await?;
    ctx.db().commit(tx).await?;
    principal::forget(user);
    Ok(())
}

/// Takes a role away, effective with the next request. Needs `auth.roles.write`.
/// Nothing happens when it is not held. 409 `auth.last_admin` for the only admin left.
pub async fn revoke_role(
    ctx: &Ctx,
    user: Id<User>,
    role: RoleName,
    seller: Option<Id<Seller>>,
) -> Result<()> {
    ctx.require(ROLES_WRITE)?;
    may_give(ctx, role)?;
    let tx = ctx.db().begin().await?;
    exists(&tx, user).await?;
    take_any(&tx, ctx, user, roles::id(role), role.as_str(), seller).await?;
    ctx.db().commit(tx).await?;
    principal::forget(user);
    Ok(())
}

/// What is wrong with a role's seller: a seller's role has one, the platform's have none.
fn wrong_seller(role: RoleName, seller: Option<Id<Seller>>) -> Option<&'static str> {
    match (role.is_sellers(), seller) {
        (true, None) => Some("Say which seller this person works for."),
        (true, Some(_)) | (false, None) => None,
        (false, Some(_)) => Some("This role is the platform's and belongs to no seller. Leave this empty."),
    }
}

/// Nobody gives more than they have, and nobody but the platform gives roles at all.
fn may_give(ctx: &Ctx, role: RoleName) -> Result<()> {
    if role != RoleName::Shopper {
        ctx.require(ROLES_WRITE)?;
    }
    let too_wide =
        || ROLE_TOO_WIDE.error(format!("The role {role} may do more than you. Ask somebody who has it."));
    if ctx.seller.is_some() {
        return Err(too_wide());
    }
    let held = |name: &String| ctx.actor == stoa_kernel::Actor::System || ctx.permissions.contains(name);
    let all = roles::permissions(role, roles::registry(&ctx.app));
    if all.iter().all(held) { Ok(()) } else { Err(too_wide()) }
}

async fn exists(tx: &Tx, user: Id<User>) -> Result<()> {
    let found =
        user::Entity::find_by_id(user.uuid()).select_only().column(user::Column::Id).into_tuple::<Uuid>();
    found.one(tx).await?.map(|_| ()).ok_or_else(|| Error::not_found("user"))
}

/// Writes the role unless it is held already. Whether `ctx` may give it is asked before.
pub(crate) async fn give(
    tx: &Tx,
    ctx: &Ctx,
    user: Id<User>,
    role: RoleName,
    seller: Option<Id<Seller>>,
) -> Result<()> {
    give_any(tx, ctx, user, roles::id(role), role.as_str(), seller).await.map(|_| ())
}

/// [`give`] for any role; answers whether it is new to the person.
pub(crate) async fn give_any(
    tx: &Tx,
    ctx: &Ctx,
    user: Id<User>,
    role: Id<Role>,
    name: &str,
    seller: Option<Id<Seller>>,
) -> Result<bool> {
    if let Some(seller) = seller {
        let found = seller::Entity::find_by_id(seller.uuid())
            .select_only()
            .column(seller::Column::Id)
            .into_tuple::<Uuid>();
        if found.one(tx).await?.is_none() {
            return Err(ROLE_SELLER.error("There is no such seller.").field("seller"));
        }
    }
    let grant = new_id::<RoleGrant>();
    let row = user_role::ActiveModel {
        id: Set(grant.uuid()),
        user_id: Set(user.uuid()),
        role_id: Set(role.uuid()),
        seller_id: Set(seller.map(Id::uuid)),
        granted_by: Set(ctx.actor.to_string()),
        granted_at: Set(ctx.now),
    };
    // Whichever of the two unique indexes it meets: the platform's roles have their own.
    let any = OnConflict::new().do_nothing().to_owned();
    let done =
        user_role::Entity::insert(row).on_conflict(any).try_insert().exec_without_returning(tx).await?;
    if !db::inserted(&done) {
        return Ok(false);
    }
    let facts = serde_json::json!({ "role": name, "seller": seller });
    audit::record(tx, ctx, audit::Entry::new("user.role_granted", user).seller(seller).facts(facts)).await?;
    tell(tx, ctx, ROLE_GRANTED, (grant, 1), (user, role), seller).await?;
    Ok(true)
}

/// Takes a role; answers whether it was held. Whether `ctx` may is asked before. 409
/// `auth.last_admin` for the only admin left.
pub(crate) async fn take_any(
    tx: &Tx,
    ctx: &Ctx,
    user: Id<User>,
    role: Id<Role>,
    name: &str,
    seller: Option<Id<Seller>>,
) -> Result<bool> {
    if role == roles::id(RoleName::Admin) {
        keep_one_admin(tx, role, user).await?;
    }
    let held = user_role::Entity::find()
        .filter(user_role::Column::UserId.eq(user.uuid()))
        .filter(user_role::Column::RoleId.eq(role.uuid()))
        .filter(of_seller(seller))
        .one(tx)
        .await?;
    let Some(held) = held else { return Ok(false) };
    let gone = user_role::Entity::delete_many().filter(user_role::Column::Id.eq(held.id)).exec(tx).await?;
    if gone.rows_affected == 0 {
        return Ok(false);
    }
    let facts = serde_json::json!({ "role": name, "seller": seller });
    audit::record(tx, ctx, audit::Entry::new("user.role_revoked", user).seller(seller).facts(facts)).await?;
    tell(tx, ctx, ROLE_REVOKED, (Id::new(held.id), 2), (user, role), seller).await?;
    Ok(true)
}

/// The event of a role given or taken. That somebody shops is no news.
async fn tell(
    tx: &Tx,
    ctx: &Ctx,
    name: &'static str,
    (grant, version): (Id<RoleGrant>, i64),
    (user, role): (Id<User>, Id<Role>),
    seller: Option<Id<Seller>>,
) -> Result<()> {
    if role == roles::id(RoleName::Shopper) {
        return Ok(());
    }
    let data = serde_json::json!({ "user": user, "role": role, "seller": seller });
    events::emit(tx, ctx, NewEvent::new(name, grant, version).seller(seller).data(data)).await
}

/// 409 when nobody but `user` is an admin, whatever is to become of them.
pub(crate) async fn keep_an_admin(tx: &Tx, user: Id<User>) -> Result<()> {
    keep_one_admin(tx, roles::id(RoleName::Admin), user).await
}

fn of_seller(seller: Option<Id<Seller>>) -> sea_orm::sea_query::SimpleExpr {
    match seller {
        Some(seller) => user_role::Column::SellerId.eq(seller.uuid()),
        None => user_role::Column::SellerId.is_null(),
    }
}

/// 409 when nobody but `user` is an admin. The role's row is locked, so that two who
/// remove each other at once do not both succeed.
async fn keep_one_admin(tx: &Tx, admin: Id<Role>, user: Id<User>) -> Result<()> {
    let locked =
        role::Entity::find_by_id(admin.uuid()).select_only().column(role::Column::Id).lock_exclusive();
    locked.into_tuple::<Uuid>().one(tx).await?;
    let admins: Vec<Uuid> = user_role::Entity::find()
        .filter(user_role::Column::RoleId.eq(admin.uuid()))
        // Whoever is locked out could not let anybody in.
        .join(JoinType::InnerJoin, user_role::Relation::User.def())
        .filter(user::Column::Status.eq("active"))
        .select_only()
        .column(user_role::Column::UserId)
        .into_tuple()
        .all(tx)
        .await?;
    if admins == [user.uuid()] {
        return Err(LAST_ADMIN.error("This is the last admin. Make somebody else admin first."));
    }
    Ok(())
}
