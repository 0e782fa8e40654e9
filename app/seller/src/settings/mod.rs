//! The shop's settings: its team and their roles.

mod member;
mod role;
mod support;
mod team;

pub use member::MemberPage;
pub use role::{NewRolePage, RolePage};
pub use support::StopSupport;
pub use team::TeamPage;

#[cfg(feature = "ssr")]
use crate::text;

/// A role in the reader's words: built-in ones have names of their own, others what was typed.
#[cfg(feature = "ssr")]
pub(super) fn role_name(name: &str, built_in: bool) -> String {
    use text::team::built_in as word;
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

/// What a built-in role is for.
#[cfg(feature = "ssr")]
pub(super) fn role_note(name: &str, built_in: bool) -> String {
    use text::team::built_in_note as note;
    let known = match name {
        _ if !built_in => "",
        "seller" => note::seller(),
        "catalog" => note::catalog(),
        "orders" => note::orders(),
        "finance" => note::finance(),
        "support" => note::support(),
        _ => "",
    };
    known.to_owned()
}

/// Roles by name alone, as invitations list them: the built-in words count as such.
#[cfg(feature = "ssr")]
pub(super) fn role_names(names: &[String]) -> String {
    let built_in = |name: &str| name.parse::<stoa_identity_types::RoleName>().is_ok();
    let names: Vec<String> = names.iter().map(|name| role_name(name, built_in(name))).collect();
    names.join(", ")
}
