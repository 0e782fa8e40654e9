//! The platform's settings: its people, their roles, and why somebody may do something.

mod explain;
mod matrix;
mod people;
mod person;
mod role;
mod support;

pub use explain::ExplainPage;
pub use matrix::RolesPage;
pub use people::PeoplePage;
pub use person::PersonPage;
pub use role::{NewRolePage, RolePage};
pub use support::SupportPage;

#[cfg(feature = "ssr")]
use crate::text;

/// A role in the reader's words: built-in ones have names of their own, others what was typed.
#[cfg(feature = "ssr")]
fn role_name(name: &str, built_in: bool) -> String {
    use text::roles::built_in as word;
    let known = match name {
        _ if !built_in => return name.to_owned(),
        "seller" => word::seller(),
        "catalog" => word::catalog(),
        "orders" => word::orders(),
        "finance" => word::finance(),
        "support" => word::support(),
        "staff" => word::staff(),
        "admin" => word::admin(),
        "shopper" => word::shopper(),
        other => return other.to_owned(),
    };
    known.to_owned()
}

/// Roles by name alone: the built-in words count as such.
#[cfg(feature = "ssr")]
fn role_names(names: &[String]) -> String {
    let built_in = |name: &str| name.parse::<stoa_identity_types::RoleName>().is_ok();
    let names: Vec<String> = names.iter().map(|name| role_name(name, built_in(name))).collect();
    names.join(", ")
}

/// Roles somebody holds, each with its shop.
#[cfg(feature = "ssr")]
async fn held_names(
    ctx: &stoa_kernel::Ctx,
    held: &[stoa_identity_types::HeldRole],
) -> Result<Vec<String>, stoa_ui::PageError> {
    let sellers: Vec<_> = held.iter().filter_map(|held| held.seller).collect();
    let names = stoa_identity::sellers::names(ctx.db().read(), &sellers).await?;
    let words = held.iter().map(|held| {
        let role = role_name(&held.name, held.built_in);
        match held.seller.and_then(|seller| names.get(&seller)) {
            Some(seller) => text::team::held_for(&role, &seller.name),
            None => role,
        }
    });
    Ok(words.collect())
}

/// The shop with this address, where one is typed.
#[cfg(feature = "ssr")]
async fn seller_of(
    ctx: &stoa_kernel::Ctx,
    slug: &str,
) -> Result<Option<Option<stoa_types::Id<stoa_types::Seller>>>, stoa_ui::PageError> {
    let slug = slug.trim();
    if slug.is_empty() {
        return Ok(Some(None));
    }
    Ok(stoa_identity::sellers::id_of_slug(ctx.db().read(), slug).await?.map(Some))
}
