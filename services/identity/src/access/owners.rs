//! Who owns a shop, and whose word a change of its team waits for.

use std::collections::HashSet;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect,
    RelationTrait,
};
use stoa_identity_entities::{role_request, seller, user, user_role};
use stoa_identity_types::RoleRequestKind;
use stoa_kernel::{Ctx, Error, Result, Tx, audit, new_id};
use stoa_types::{Id, Role, RoleRequest, Seller, User, Uuid};

use super::{
    LAST_OWNER,
    notices::{self, TeamAbout},
    owner_role,
    requests::LIFE,
};
use crate::auth;

/// The owners who could act today.
pub(super) async fn owners(conn: &impl ConnectionTrait, seller: Id<Seller>) -> Result<Vec<Uuid>> {
    let found = user_role::Entity::find()
        .filter(user_role::Column::SellerId.eq(seller.uuid()))
        .filter(user_role::Column::RoleId.eq(owner_role()))
        .join(JoinType::InnerJoin, user_role::Relation::User.def())
        .filter(user::Column::Status.eq("active"))
        .select_only()
        .column(user_role::Column::UserId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found)
}

/// 409 when nobody but `user` owns the shop. The shop's row is locked, so that two owners who
/// leave at once do not both succeed.
pub(super) async fn keep_one_owner(tx: &Tx, seller: Id<Seller>, user: Id<User>) -> Result<()> {
    lock(tx, seller).await?;
    if owners(tx, seller).await?.iter().all(|owner| *owner == user.uuid()) {
        return Err(LAST_OWNER.error("This is the shop's last owner. Pass the shop to somebody else first."));
    }
    Ok(())
}

/// Keeps every other change of the shop's owners waiting until the transaction ends.
pub(super) async fn lock(tx: &Tx, seller: Id<Seller>) -> Result<()> {
    let locked =
        seller::Entity::find_by_id(seller.uuid()).select_only().column(seller::Column::Id).lock_exclusive();
    locked.into_tuple::<Uuid>().one(tx).await?.map(|_| ()).ok_or_else(|| Error::not_found("seller"))
}

/// The other owners who have to be asked before somebody of this seller's team gets more than
/// they have; none where the platform acts, or nobody else owns the shop.
pub(super) async fn to_be_asked(ctx: &Ctx, seller: Id<Seller>) -> Result<Vec<Uuid>> {
    if ctx.seller.is_none() {
        return Ok(Vec::new());
    }
    let mut others = owners(ctx.db().read(), seller).await?;
    if let Ok(asker) = ctx.user() {
        others.retain(|owner| *owner != asker.uuid());
    }
    Ok(others)
}

/// What a member of the team may do for this seller now, whichever of their roles gives it.
pub(super) async fn holdings(ctx: &Ctx, user: Id<User>, seller: Id<Seller>) -> Result<HashSet<String>> {
    let known = auth::principal_at(&ctx.app, user, Some(seller)).await?;
    Ok(known.map(|known| known.permissions.as_ref().clone()).unwrap_or_default())
}

/// A change that waits, and a mail to everybody whose word would do. The same change waits once.
pub(super) async fn ask(
    ctx: &Ctx,
    kind: RoleRequestKind,
    seller: Id<Seller>,
    user: Option<Id<User>>,
    role: Option<Id<Role>>,
    permissions: Option<&HashSet<String>>,
    whom: &[Uuid],
) -> Result<Id<RoleRequest>> {
    let asker = ctx.user()?;
    let id = new_id::<RoleRequest>();
    let permissions = permissions.map(|names| {
        let mut names: Vec<&String> = names.iter().collect();
        names.sort();
        names
    });
    let row = role_request::ActiveModel {
        id: Set(id.uuid()),
        kind: Set(kind.to_string()),
        seller_id: Set(seller.uuid()),
        user_id: Set(user.map(Id::uuid)),
        role_id: Set(role.map(Id::uuid)),
        permissions: Set(permissions.as_ref().map(serde_json::to_value).transpose()?),
        asked_by: Set(asker.uuid()),
        state: Set("open".to_owned()),
        decided_by: Set(None),
        created_at: Set(ctx.now),
        expires_at: Set(ctx.now + LIFE),
        decided_at: Set(None),
    };
    let tx = ctx.db().begin().await?;
    lock(&tx, seller).await?;
    let same = role_request::Entity::find()
        .filter(role_request::Column::SellerId.eq(seller.uuid()))
        .filter(role_request::Column::Kind.eq(kind.as_str()))
        .filter(role_request::Column::State.eq("open"))
        .filter(role_request::Column::ExpiresAt.gt(ctx.now))
        .all(&tx)
        .await?;
    let same = same.into_iter().find(|open| {
        (open.user_id, open.role_id, &open.permissions)
            == (*row.user_id.as_ref(), *row.role_id.as_ref(), row.permissions.as_ref())
    });
    if let Some(same) = same {
        tx.rollback().await?;
        return Ok(Id::new(same.id));
    }
    role_request::Entity::insert(row).exec_without_returning(&tx).await?;
    let facts = serde_json::json!({ "kind": kind, "user": user, "role": role, "permissions": permissions });
    audit::record(&tx, ctx, audit::Entry::new("role_request.made", id).seller(Some(seller)).facts(facts))
        .await?;
    let about = match kind {
        RoleRequestKind::Ownership => TeamAbout::OwnershipOffered,
        _ => TeamAbout::ApprovalWanted,
    };
    for owner in whom {
        notices::tell(&tx, ctx, about, Id::new(*owner), Some(seller), None).await?;
    }
    ctx.db().commit(tx).await?;
    Ok(id)
}
