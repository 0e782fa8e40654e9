//! Every server function has an authorisation case: no one, somebody without the role, somebody
//! of another seller, and the right one.
//!
//! If you are here because a function has no case: add a line to `functions.txt`.

use std::collections::BTreeMap;

use axum::Router;
use http::Method;
use stoa_identity_types::RoleName;
use stoa_testing::{Backend, Test};

use crate::world::{self, World, send};

/// How a function treats its four callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Anybody: never 401 or 403.
    Public,
    /// Whoever is signed in, for what is theirs: a visitor gets 401, and nobody 403.
    Person,
    /// Proves itself in what is sent (a password, a link): refused as such.
    Door,
    /// A seller's people, for their own: a visitor gets 401, a shopper 403, another seller's
    /// people 404 where the case names a record.
    Shop,
    /// Whoever works for a shop or the platform, each for their own: a visitor gets 401, a shopper 403,
    /// another seller's people 404 where the case names a record.
    Work,
    /// The platform's people: a visitor gets 401, shoppers and sellers 403 or 404.
    Desk,
}

pub(super) struct Case {
    access: Access,
    /// What is sent, with `{orders}` and the like for records of shop A.
    pub(super) form: &'static str,
}

/// The cases by function; a name that several functions have stands once for each.
pub(super) fn cases() -> BTreeMap<&'static str, Vec<Case>> {
    let mut cases: BTreeMap<&str, Vec<Case>> = BTreeMap::new();
    let lines = include_str!("functions.txt").lines();
    for line in lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let access = match words.next() {
            Some("public") => Access::Public,
            Some("person") => Access::Person,
            Some("door") => Access::Door,
            Some("shop") => Access::Shop,
            Some("work") => Access::Work,
            Some("desk") => Access::Desk,
            other => panic!("{name}: {other:?} is none of public, person, door, shop, work, desk"),
        };
        cases.entry(name).or_default().push(Case { access, form: words.next().unwrap_or_default() });
    }
    cases
}

/// Function addresses end with a hash of their place in the source.
pub(super) fn name_of(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or(path);
    last.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// Cookies of the callers: no one, a shopper, an owner of shop B, an owner of shop A, an admin.
struct Callers {
    shopper: String,
    other: String,
    owner: String,
    admin: String,
}

impl Callers {
    async fn new(test: &Test, router: &Router, world: &World) -> Self {
        world::person(test, "shopper@stoa.example", RoleName::Shopper, None).await;
        world::person(test, "other@stoa.example", RoleName::Seller, Some(world.b)).await;
        world::person(test, "owner@stoa.example", RoleName::Seller, Some(world.a)).await;
        world::person(test, "admin@stoa.example", RoleName::Admin, None).await;
        Self {
            shopper: world::signed_in(router, "shopper@stoa.example").await,
            other: world::signed_in(router, "other@stoa.example").await,
            owner: world::signed_in(router, "owner@stoa.example").await,
            admin: world::signed_in(router, "admin@stoa.example").await,
        }
    }
}

/// What a caller is answered.
async fn call(router: &Router, path: &str, cookie: &str, address: &str, form: &str) -> u16 {
    let mut headers = vec![
        ("origin", "http://localhost:3000"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("accept", "application/json"),
        // Each from a network of their own: allowances are counted by network.
        ("x-forwarded-for", address),
    ];
    if !cookie.is_empty() {
        headers.push(("cookie", cookie));
    }
    send(router, Method::POST, path, &headers, form).await.status.as_u16()
}

/// Whether the four answers fit; each is (no one, shopper, other seller, the right one).
fn fits(access: Access, names_record: bool, (visitor, shopper, other, right): (u16, u16, u16, u16)) -> bool {
    let all = [visitor, shopper, other, right];
    let passes = |status: u16| !matches!(status, 401 | 403) && status < 500;
    all.iter().all(|status| *status < 500)
        && match access {
            Access::Public => all.into_iter().all(passes),
            Access::Person => visitor == 401 && [shopper, other, right].into_iter().all(passes),
            Access::Door => all.iter().all(|status| matches!(status, 400 | 401 | 404 | 409 | 422)),
            Access::Shop | Access::Work => {
                let foreign = if names_record { other == 404 } else { passes(other) };
                visitor == 401 && shopper == 403 && foreign && passes(right)
            }
            Access::Desk => {
                // Some records are anybody's who proves to be the one they are about.
                let refused = shopper == 403 || (names_record && shopper == 404);
                visitor == 401 && refused && matches!(other, 403 | 404) && passes(right)
            }
        }
}

/// 12.M10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_server_function_treats_its_callers_as_it_must() {
    let cases = cases();
    let test = Test::new(Backend::Sqlite, &stoa::wire::modules(), world::parts().await).await;
    let world = World::new(&test).await;
    let router = world::router(&test.app, 1_000_000);
    let callers = Callers::new(&test, &router, &world).await;
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, method) in leptos::server_fn::axum::server_fn_paths() {
        assert_eq!(method, Method::POST, "{path}");
        found.entry(name_of(path)).or_default().push(path);
    }
    assert!(found.len() > 50, "the functions are registered");
    let mut wrong = Vec::new();
    for (name, paths) in &found {
        let Some(cases) = cases.get(name) else {
            wrong.push(format!("{name} has no case: add a line to server/tests/locks/functions.txt"));
            continue;
        };
        if cases.len() != paths.len() {
            wrong.push(format!(
                "{} functions are called {name}, and {} have a case",
                paths.len(),
                cases.len()
            ));
        }
        for path in paths {
            let mut got = Vec::new();
            for case in cases {
                let form = world.form(case.form);
                let right = match case.access {
                    Access::Shop => &callers.owner,
                    _ => &callers.admin,
                };
                let answers = (
                    call(&router, path, "", "192.0.2.1", &form).await,
                    call(&router, path, &callers.shopper, "192.0.2.2", &form).await,
                    call(&router, path, &callers.other, "192.0.2.3", &form).await,
                    call(&router, path, right, "192.0.2.4", &form).await,
                );
                got.push((case.access, answers, fits(case.access, case.form.contains('{'), answers)));
            }
            if !got.iter().any(|(_, _, fits)| *fits) {
                let said: Vec<String> =
                    got.iter().map(|(access, answers, _)| format!("{access:?}: {answers:?}")).collect();
                wrong.push(format!("{name}: {}", said.join(", ")));
            }
        }
    }
    for name in cases.keys().filter(|name| !found.contains_key(*name)) {
        wrong.push(format!("{name} is in functions.txt but no longer a server function"));
    }
    assert!(
        wrong.is_empty(),
        "answers are (no one, shopper, other seller, the right one)\n{}",
        wrong.join("\n")
    );
}
