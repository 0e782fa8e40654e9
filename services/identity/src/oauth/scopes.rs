//! Scopes: what an app may ask for, and what people are told it means.

use std::collections::BTreeSet;

use stoa_identity_types::ScopeWords;
use stoa_kernel::App;

use crate::auth::roles;

/// Scopes about who somebody is (OpenID Connect Core, sections 5.4 and 11). Every other scope
/// is the name of a permission.
pub const ABOUT_PEOPLE: [&str; 4] = [OPENID, PROFILE, EMAIL, OFFLINE];
/// Says who signed in.
pub const OPENID: &str = "openid";
pub const PROFILE: &str = "profile";
pub const EMAIL: &str = "email";
/// Refresh tokens: going on without the person.
pub const OFFLINE: &str = "offline_access";

/// Names with spaces between, sorted and each once.
pub fn parse(text: &str) -> BTreeSet<String> {
    text.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The other way round.
pub fn join(scopes: &BTreeSet<String>) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Every scope there is. Who may do what, and with which keys, is for people to say: no scope
/// reaches that.
pub fn all(app: &App) -> impl Iterator<Item = &'static str> {
    let permissions = roles::registry(app).map(|permission| permission.0);
    let open = permissions.filter(|name| !name.starts_with("auth.") && !name.starts_with("apps."));
    ABOUT_PEOPLE.into_iter().chain(open)
}

/// Whether it is a scope rather than anything else.
pub fn is_known(app: &App, scope: &str) -> bool {
    all(app).any(|known| known == scope)
}

/// Each scope as a person reads it.
pub fn in_words(scopes: &BTreeSet<String>) -> Vec<ScopeWords> {
    scopes.iter().map(|name| ScopeWords { name: name.clone(), words: words(name) }).collect()
}

/// What a scope lets an app do.
pub fn words(scope: &str) -> String {
    let known = match scope {
        OPENID => "Know that you are you",
        PROFILE => "See your name",
        EMAIL => "See your email address",
        OFFLINE => "Go on while you are away, until you take it back",
        "products.publish" => "Publish products",
        "inventory.adjust" => "Correct stock levels",
        "channels.import" => "Import products, prices and stock",
        "orders.cancel" => "Cancel orders",
        "audit.read" => "See who did what",
        "apps.read" => "See apps",
        "apps.write" => "Register and end apps",
        "apps.keys.read" => "See API keys",
        "apps.keys.write" => "Make and end API keys",
        "auth.team.read" => "See the team",
        "auth.team.write" => "Change the team",
        _ => return by_parts(scope),
    };
    known.to_owned()
}

/// `orders.read` is "See orders", `price_lists.write` "Change price lists".
fn by_parts(scope: &str) -> String {
    let (what, verb) = scope.rsplit_once('.').unwrap_or((scope, "use"));
    let what = what.replace(['.', '_'], " ");
    match verb {
        "read" => format!("See {what}"),
        "write" => format!("Change {what}"),
        other => {
            let verb = other.replace('_', " ");
            let mut letters = verb.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            format!("{first}{} {what}", letters.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_told_in_plain_words() {
        assert_eq!(words("email"), "See your email address");
        assert_eq!(words("orders.read"), "See orders");
        assert_eq!(words("price_lists.write"), "Change price lists");
        assert_eq!(words("orders.send_back"), "Send back orders");
        assert_eq!(words("odd"), "Use odd");
        assert_eq!(join(&parse(" openid  email openid ")), "email openid");
    }
}
