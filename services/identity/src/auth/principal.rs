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
use stoa_kernel::{Actor, App, Ctx, Result};
use stoa_types::{App as RegisteredApp, Id, Seller, User, Uuid};
use tower_sessions::Session;

use crate::access;

use super::{CACHED, SecondStepPolicy, roles, second_factor, session};

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
    /// The app that acts for the person; absent when they act themselves.
    pub via: Option<Id<RegisteredApp>>,
    /// The owner whose leave a member of staff has to act for [`Self::seller`]; `None` for
    /// everybody who acts for themselves.
    pub support: Option<Id<User>>,
    /// Whether their role counts only with a second step ([`SecondStepPolicy`]).
    pub second_step_required: bool,
    /// Whether it does, and there is none yet: they hold no permission until they have set
    /// one up.
    pub second_step_missing: bool,
}

impl Principal {
    /// The context as this principal's.
    pub fn act(&self, ctx: Ctx) -> Ctx {
        Ctx {
            actor: self.actor,
            permissions: self.permissions.clone(),
            seller: self.seller,
            via: self.via,
            support: self.support,
            ..ctx
        }
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
            second_step_missing: self.second_step_missing,
        })
    }

    /// Whether the principal works for the platform or a seller, rather than shops.
    pub(crate) fn is_staff(&self) -> bool {
        !self.permissions.is_empty() || self.second_step_missing
    }
}

/// Somebody for each thing they act for, the usual one first: the platform (`None`, for
/// shoppers too) or a seller.
type Workplaces = Vec<(Option<Uuid>, Principal)>;

/// Ids are unique over all installations, so one cache serves every [`App`] of a process.
static PEOPLE: LazyLock<Cache<Uuid, Arc<Workplaces>>> =
    LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_live(CACHED).build());

/// Makes the next request read the person anew.
pub(crate) fn forget(user: Id<User>) {
    PEOPLE.invalidate(&user.uuid());
    crate::apps::forget_all();
}

/// Makes the next requests read everybody anew: what a role carries has changed.
pub(crate) fn forget_everybody() {
    PEOPLE.invalidate_all();
    crate::apps::forget_all();
}

/// The person behind a session: `None` for a visitor. Asks the database only when the
/// request has a cookie, and then at most once in [`CACHED`].
pub async fn principal_of_session(app: &App, session: &Session) -> Result<Option<Principal>> {
    match session::signed(session).await? {
        Some(signed) => {
            let chosen = session::workplace(session).await?;
            let known = workplaces(app, signed.user).await?;
            let usual = known.as_ref().and_then(|known| pick(known, None));
            if let (Some(leave), Some(staff)) = (session::support(session).await?, &usual)
                && let Some(acting) = access::support::acting(app, staff, leave).await?
            {
                return Ok(Some(acting));
            }
            Ok(known.and_then(|known| pick(&known, chosen.map(|seller| seller.map(Id::uuid)))))
        }
        None => Ok(None),
    }
}

/// The person acting for what they chose, while they belong to it; else for the usual.
fn pick(known: &Workplaces, chosen: Option<Option<Uuid>>) -> Option<Principal> {
    let chosen = chosen.and_then(|chosen| known.iter().find(|(seller, _)| *seller == chosen));
    chosen.or_else(|| known.first()).map(|(_, principal)| principal.clone())
}

/// The person with everything they may do now; `None` when they are unknown or suspended.
pub async fn principal_of_user(app: &App, user: Id<User>) -> Result<Option<Principal>> {
    Ok(workplaces(app, user).await?.and_then(|known| pick(&known, None)))
}

/// The person with everything they may do for one seller, or (`None`) for the platform; `None`
/// when they are unknown, suspended or don't belong to it.
pub(crate) async fn principal_at(
    app: &App,
    user: Id<User>,
    seller: Option<Id<Seller>>,
) -> Result<Option<Principal>> {
    let at = seller.map(Id::uuid);
    let known = workplaces(app, user).await?;
    Ok(known.and_then(|known| known.iter().find(|(seller, _)| *seller == at).map(|(_, found)| found.clone())))
}

/// What the person acts for, the usual first.
pub(crate) async fn sellers_of(app: &App, user: Id<User>) -> Result<Vec<Option<Id<Seller>>>> {
    let known = workplaces(app, user).await?;
    Ok(known.iter().flat_map(|known| known.iter()).map(|(seller, _)| seller.map(Id::new)).collect())
}

async fn workplaces(app: &App, user: Id<User>) -> Result<Option<Arc<Workplaces>>> {
    if let Some(known) = PEOPLE.get(&user.uuid()) {
        return Ok(Some(known));
    }
    let found = load(app, user).await?.map(Arc::new);
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

async fn load(app: &App, user: Id<User>) -> Result<Option<Workplaces>> {
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
    // Permissions of one seller must never widen to the platform or to another seller, so each
    // is a principal of its own. Whoever holds a platform role usually acts for the platform,
    // anybody else for the seller whose role came first.
    let platform = rows.iter().any(|row| row.seller_id.is_none() && row.role_id.is_some_and(works));
    let mut places: Vec<Option<Uuid>> = if platform { vec![None] } else { Vec::new() };
    for seller in rows.iter().filter_map(|row| row.seller_id) {
        if !places.contains(&Some(seller)) {
            places.push(Some(seller));
        }
    }
    if places.is_empty() {
        places.push(None);
    }
    let mut second_step = None;
    let mut known = Workplaces::new();
    for seller in places {
        let mut permissions = HashSet::new();
        for row in rows.iter().filter(|row| row.seller_id == seller) {
            let Some(id) = row.role_id else { continue };
            permissions.extend(roles::carried(app, id, row.permissions.as_ref(), seller.is_some())?);
        }
        let required = SecondStepPolicy::of(app).wants(!permissions.is_empty(), seller.is_some());
        if required && second_step.is_none() {
            second_step = Some(second_factor::has_one(app, user).await?);
        }
        let missing = required && second_step == Some(false);
        if missing {
            permissions.clear();
        }
        let principal = Principal {
            actor: Actor::User(user),
            permissions: Arc::new(permissions),
            // Nor are they anybody's staff meanwhile.
            seller: seller.filter(|_| !missing).map(Id::new),
            name: first.name.clone(),
            email: Some(first.email.clone()),
            via: None,
            support: None,
            second_step_required: required,
            second_step_missing: missing,
        };
        known.push((seller, principal));
    }
    Ok(Some(known))
}

/// Whether a platform-wide role gives any permission: the shopper's does not.
fn works(role: Uuid) -> bool {
    role != roles::id(stoa_identity_types::RoleName::Shopper).uuid()
}
