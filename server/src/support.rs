//! What gets through while a member of staff acts for a shop with leave to look alone: nothing that
//! could change anything, the shop's or their own. What is not known to be a look is taken for a change.

use http::Method;
use stoa_identity::access;
use stoa_kernel::{Ctx, Result};

/// Server functions that only look, besides those called `load_…`.
const LOOKS: &[&str] = &[
    "all_customers",
    "all_data_requests",
    "all_orders",
    "all_products",
    "explain_access",
    "may_register",
    "orders_to_ship",
    "own_orders",
    "reference_list",
    "reference_operation",
    "waiting_orders",
];
/// Server functions by which they stop acting for the shop.
const STOPS: &[&str] = &["end_support", "stop_support"];

/// Refuses with `auth.support_reads` what is more than a look.
pub fn check(ctx: &Ctx, method: &Method, path: &str) -> Result<()> {
    if !access::reads_only(ctx) || is_a_look(method, path) || stops(path) {
        return Ok(());
    }
    Err(access::SUPPORT_READS
        .error("You have leave to look at this shop, not to change anything. Stop acting for it first."))
}

fn is_a_look(method: &Method, path: &str) -> bool {
    match function(path) {
        Some(name) => name.starts_with("load_") || LOOKS.contains(&name),
        // Whoever begins to sign in elsewhere wants to end as somebody else.
        None if path.starts_with("/v1/auth/social/") && path.ends_with("/begin") => false,
        None => matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS),
    }
}

fn stops(path: &str) -> bool {
    // How a page looks is kept in the browser alone.
    if matches!(path, "/sign-out" | "/preferences" | "/v1/auth/logout" | "/v1/support-access/leave") {
        return true;
    }
    let ends = path.strip_prefix("/v1/support-access/").is_some_and(|rest| rest.ends_with("/end"));
    ends || function(path).is_some_and(|name| STOPS.contains(&name))
}

/// The server function at this address, which ends with a hash of its place in the source.
fn function(path: &str) -> Option<&str> {
    Some(path.strip_prefix("/api/")?.trim_end_matches(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_a_look_is_a_change() {
        for (method, path) in [
            (Method::GET, "/seller/orders"),
            (Method::GET, "/v1/orders"),
            (Method::POST, "/api/load_order12345"),
            (Method::POST, "/api/own_orders9"),
        ] {
            assert!(is_a_look(&method, path), "{method} {path}");
        }
        for (method, path) in [
            (Method::POST, "/api/ship_parcel12345"),
            (Method::GET, "/api/unheard_of1"),
            (Method::POST, "/v1/orders"),
            (Method::PATCH, "/v1/products/prd_1"),
            (Method::DELETE, "/v1/auth/password"),
            (Method::GET, "/v1/auth/social/lyceum/begin"),
            (Method::DELETE, "/v1/auth/social/accounts/sca_1"),
        ] {
            assert!(!is_a_look(&method, path) && !stops(path), "{method} {path}");
        }
        for path in ["/sign-out", "/v1/support-access/sup_1/end", "/api/stop_support77"] {
            assert!(stops(path), "{path}");
        }
    }
}
