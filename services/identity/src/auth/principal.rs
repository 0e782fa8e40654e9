//! Who acts, with what they may do at this moment.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
};

use moka::sync::Cache;
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
    prelude::Json,
};
use stoa_identity_entities::{role, user, user_role};
use stoa_identity_types::SignedIn;
use stoa_kernel::{Actor, App, Ctx, Error, Result};
use stoa_types::{Id, Seller, User, Uuid};
use tower_sessions::Session;

use super::{CACHED, roles, session};

/// Somebody known: a person or a program.
#[derive(Debug, Clone)]
pub struct Principal {
    pub actor: Actor,
    /// Names of the permissions held now.
    pub permissions: Arc<HashSet<String>>,
    /// The one seller all permissions are limited to; absent for shoppers and the platform.
    pub seller: Option<Id<Seller>>,
    /// The person's name, or the key's.
    pub name: String,
    /// Absent for a key.
    pub email: Option<String>,
}

impl Principal {
    /// The context as this principal's.
    pub fn act(&self, ctx: Ctx) -> Ctx {
        Ctx { actor: self.actor, permissions: self.permissions.clone(), seller: self.seller, ..ctx }
    }

    /// The person; `None` for a key.
    pub fn user(&self) -> Option<Id<User>> {
        match self.actor {
            Actor::User(id) => Some(id),
            _ => None,
        }
    }

    /// What sign-in answers; `None` for a key.
    pub fn signed_in(&self) -> Option<SignedIn> {
        let mut permissions: Vec<String> = self.permissions.iter().cloned().collect();
        permissions.sort();
        Some(SignedIn {
            user: self.user()?,
            name: self.name.clone(),
            email: self.email.clone()?,
            seller: self.seller,
            permissions,
        })
    }

    /// Whether the principal works for the platform or a seller, rather than shops.
    pub(super) fn is_staff(&self) -> bool {
        !self.permissions.is_empty()
    }
}

/// Ids are unique over all installations, so one cache serves every [`App`] of a process.
static PEOPLE: LazyLock<Cache<Uuid, Principal>> =
    LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_live(CACHED).build());

/// Makes the next request read the person anew.
pub(super) fn forget(user: Id<User>) {
    PEOPLE.invalidate(&user.uuid());
    crate::apps::forget_all();
}

/// The person behind a session: `None` for a visitor. Asks the database only when the
/// request has a cookie, and then at most once in [`CACHED`].
pub async fn principal_of_session(app: &App, session: &Session) -> Result<Option<Principal>> {
    match session::signed(session).await? {
        Some(signed) => principal_of_user(app, signed.user).await,
        None => Ok(None),
    }
}

/// The person with everything they may do now; `None` when they are unknown or suspended.
pub async fn principal_of_user(app: &App, user: Id<User>) -> Result<Option<Principal>> {
    if let Some(known) = PEOPLE.get(&user.uuid()) {
        return Ok(Some(known));
    }
    let found = load(app, user).await?;
    if let Some(found) = &found {
        PEOPLE.insert(user.uuid(), found.clone());
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct Row {
    name: String,
    email: String,
    role_id: Option<Uuid>,
    permissions: Option<Json>,
    seller_id: Option<Uuid>,
}

async fn load(app: &App, user: Id<User>) -> Result<Option<Principal>> {
    let rows = user::Entity::find_by_id(user.uuid())
        .filter(user::Column::Status.eq("active"))
        .select_only()
        .columns([user::Column::Name, user::Column::Email])
        .column(user_role::Column::RoleId)
        .column(user_role::Column::SellerId)
        .column(role::Column::Permissions)
        .join(JoinType::LeftJoin, user_role::Relation::User.def().rev())
        .join(JoinType::LeftJoin, user_role::Relation::Role.def())
        .order_by_asc(user_role::Column::GrantedAt)
        .order_by_asc(user_role::Column::Id)
        .into_model::<Row>()
        .all(app.db.read())
        .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    // Permissions of one seller must never widen to the platform or to another seller:
    // whoever holds a platform role acts for the platform, anybody else for the seller
    // whose role came first.
    let platform = rows.iter().any(|row| row.seller_id.is_none() && row.role_id.is_some_and(works));
    let seller = if platform { None } else { rows.iter().find_map(|row| row.seller_id) };
    let mut permissions = HashSet::new();
    for row in rows.iter().filter(|row| row.seller_id == seller) {
        let Some(id) = row.role_id else { continue };
        match &row.permissions {
            Some(names) => permissions.extend(custom(app, names, seller.is_some())?),
            None => permissions.extend(built_in(app, id)),
        }
    }
    Ok(Some(Principal {
        actor: Actor::User(user),
        permissions: Arc::new(permissions),
        seller: seller.map(Id::new),
        name: first.name.clone(),
        email: Some(first.email.clone()),
    }))
}

/// Whether a platform-wide role gives any permission: the shopper's does not.
fn works(role: Uuid) -> bool {
    role != roles::id(stoa_identity_types::RoleName::Shopper).uuid()
}

fn built_in(app: &App, id: Uuid) -> HashSet<String> {
    stoa_identity_types::RoleName::ALL
        .into_iter()
        .find(|role| roles::id(*role).uuid() == id)
        .map(|role| roles::permissions(role, roles::registry(app)))
        .unwrap_or_default()
}

/// A role somebody made: what it lists, as far as it still exists; a seller's role never
/// reaches beyond what a seller's owner may do.
fn custom(app: &App, names: &Json, of_seller: bool) -> Result<HashSet<String>> {
    let names: HashSet<String> = serde_json::from_value(names.clone()).map_err(Error::internal)?;
    Ok(roles::registry(app)
        .map(|permission| permission.0)
        .filter(|name| names.contains(*name) && (!of_seller || roles::SELLER.contains(name)))
        .map(str::to_owned)
        .collect())
}
