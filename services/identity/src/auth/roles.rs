//! The built-in roles and what they may do.
//!
//! Permissions belong to services above this area, so a role lists them by name. A
//! pattern is a whole name (`orders.read`), every name with an ending (`*.read`), or
//! everything (`*`). A test over the whole program checks that no name is misspelt.

use std::collections::HashSet;

use sea_orm::prelude::Json;
use stoa_identity_types::{RoleName, RoleScope};
use stoa_kernel::{App, Error, Permission, Result};
use stoa_types::{Id, Role, Uuid};

/// What the owner of a seller may do, always for that seller only. Every query behind
/// these permissions takes the seller's scope.
pub const SELLER: &[&str] = &[
    "products.read",
    "products.write",
    "products.publish",
    "inventory.read",
    "inventory.adjust",
    "prices.read",
    "prices.write",
    "orders.read",
    "orders.cancel",
    "media.read",
    "media.write",
    "channels.import",
    "shipping.read",
    "shipping.write",
    "sellers.read",
    "audit.read",
    "apps.read",
    "apps.write",
    "apps.keys.read",
    "apps.keys.write",
    "auth.team.read",
    "auth.team.write",
];

/// What those of a seller's team may do who look after what it sells.
pub const CATALOG: &[&str] = &[
    "products.read",
    "products.write",
    "products.publish",
    "inventory.read",
    "inventory.adjust",
    "prices.read",
    "prices.write",
    "media.read",
    "media.write",
    "channels.import",
    "sellers.read",
];

/// What those may do who pack and send.
pub const ORDERS: &[&str] = &[
    "orders.read",
    "orders.cancel",
    "shipping.read",
    "shipping.write",
    "inventory.read",
    "products.read",
    "sellers.read",
];

/// What those may do who keep the books.
pub const FINANCE: &[&str] = &["orders.read", "prices.read", "sellers.read", "audit.read"];

/// What those may do who answer customers.
pub const SUPPORT: &[&str] =
    &["orders.read", "shipping.read", "products.read", "inventory.read", "sellers.read"];

/// What platform support and operations may do, for every seller.
pub const STAFF: &[&str] = &[
    "*.read",
    "products.write",
    "products.publish",
    "inventory.adjust",
    "prices.write",
    "orders.write",
    "orders.cancel",
    "media.write",
    "shipping.write",
    "refunds.write",
    "auth.support.write",
    "customers.write",
    "customers.reveal",
];

/// What the platform's owner may do.
pub const ADMIN: &[&str] = &["*"];

/// A role's patterns.
pub const fn patterns(role: RoleName) -> &'static [&'static str] {
    match role {
        RoleName::Shopper => &[],
        RoleName::Seller => SELLER,
        RoleName::Catalog => CATALOG,
        RoleName::Orders => ORDERS,
        RoleName::Finance => FINANCE,
        RoleName::Support => SUPPORT,
        RoleName::Staff => STAFF,
        RoleName::Admin => ADMIN,
    }
}

/// Whether a pattern stands for a permission's name.
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(ending) => name.ends_with(ending),
        None => pattern == name,
    }
}

/// The names among `all` that a role carries.
pub fn permissions(role: RoleName, all: impl Iterator<Item = Permission>) -> HashSet<String> {
    let patterns = patterns(role);
    all.filter(|permission| patterns.iter().any(|pattern| matches(pattern, permission.0)))
        .map(|permission| permission.0.to_owned())
        .collect()
}

/// Every permission of the services in use.
pub fn registry(app: &App) -> impl Iterator<Item = Permission> {
    app.modules.iter().flat_map(|module| module.permissions).copied()
}

/// The id of a built-in role, the same in every installation.
pub fn id(role: RoleName) -> Id<Role> {
    let number = match role {
        RoleName::Shopper => 1,
        RoleName::Seller => 2,
        RoleName::Staff => 3,
        RoleName::Admin => 4,
        RoleName::Catalog => 5,
        RoleName::Orders => 6,
        RoleName::Finance => 7,
        RoleName::Support => 8,
    };
    Id::new(Uuid::from_u128(number))
}

/// The built-in role with this id.
pub fn built_in(role: Uuid) -> Option<RoleName> {
    RoleName::ALL.into_iter().find(|known| id(*known).uuid() == role)
}

/// What a built-in role may be held for.
pub const fn scope(role: RoleName) -> RoleScope {
    if role.is_sellers() { RoleScope::Seller } else { RoleScope::Platform }
}

/// What the role with this id carries now. `listed` is what its row lists, nothing for a
/// built-in one. Of a listed permission no more is left than still exists; a seller's role
/// never reaches beyond what a seller's owner may do, nor does an unknown role carry anything.
pub fn carried(app: &App, role: Uuid, listed: Option<&Json>, of_seller: bool) -> Result<HashSet<String>> {
    let mut names = match listed {
        None => built_in(role).map(|role| permissions(role, registry(app))).unwrap_or_default(),
        Some(listed) => {
            let listed: HashSet<String> = serde_json::from_value(listed.clone()).map_err(Error::internal)?;
            registry(app).map(|known| known.0.to_owned()).filter(|name| listed.contains(name)).collect()
        }
    };
    if of_seller {
        names.retain(|name| SELLER.contains(&name.as_str()));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Permission; 4] = [
        Permission("orders.read"),
        Permission("orders.write"),
        Permission("auth.roles.write"),
        Permission("spread.readable"),
    ];

    fn held(role: RoleName) -> Vec<String> {
        let mut names: Vec<String> = permissions(role, ALL.into_iter()).into_iter().collect();
        names.sort();
        names
    }

    /// 12.M10: deny by default.
    #[test]
    fn a_role_carries_what_it_lists_and_nothing_else() {
        assert!(held(RoleName::Shopper).is_empty());
        assert_eq!(held(RoleName::Seller), ["orders.read"]);
        assert_eq!(held(RoleName::Staff), ["orders.read", "orders.write"]);
        assert_eq!(held(RoleName::Admin).len(), ALL.len());
    }

    #[test]
    fn nobody_but_an_admin_touches_roles_and_people() {
        for pattern in SELLER.iter().chain(STAFF) {
            for kept in ["auth.roles.write", "auth.users.write", "sellers.write"] {
                assert!(!matches(pattern, kept), "{pattern} gives {kept}");
            }
        }
    }

    #[test]
    fn a_seller_role_names_each_permission_so_that_a_new_one_is_never_given_by_accident() {
        assert!(SELLER.iter().all(|name| !name.contains('*')));
    }

    /// 17.M6: the team's roles are parts of the owner's.
    #[test]
    fn no_role_of_a_team_reaches_beyond_its_owner() {
        for role in RoleName::ALL.into_iter().filter(|role| role.is_sellers()) {
            assert!(patterns(role).iter().all(|name| SELLER.contains(name)), "{role}");
            assert_eq!(built_in(id(role).uuid()), Some(role));
        }
    }
}
