//! What support can do while it acts for a shop with leave to look alone: look, and stop.

use std::collections::BTreeMap;

use axum::Router;
use http::Method;
use serde_json::json;
use stoa_identity_types::RoleName;
use stoa_testing::{Backend, Test};

use crate::{
    authorisation, functions,
    world::{self, World, send},
};

const HTML: (&str, &str) = ("accept", "text/html");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const SITE: (&str, &str) = ("origin", "http://localhost:3000");
/// Everything that ends it; asked at the end of these tests.
const STOPS: &[&str] = &["end_support", "stop_support", "leave_support", "delete_session"];

/// Records of something done, and not of a look, nor of a link that was refused.
const DONE: &str = "SELECT count(*) FROM audit_record WHERE action <> 'support.viewed' \
                    AND action NOT LIKE '%refused'";

/// A request of the REST interface with this session; its address, where it made something.
async fn ask(router: &Router, cookie: &str, path: &str, body: serde_json::Value) -> world::Answer {
    let headers = [("cookie", cookie), SITE, ("idempotency-key", path)];
    let answer = send(router, Method::POST, path, &headers, &body.to_string()).await;
    assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text);
    answer
}

/// A member of staff who acts for shop A with its owner's leave: their cookie, the owner's, the leave.
async fn acting(test: &Test, router: &Router, world: &World, write: bool) -> (String, String, String) {
    world::person(test, "owner@stoa.example", RoleName::Seller, Some(world.a)).await;
    world::person(test, "staff@stoa.example", RoleName::Staff, None).await;
    let owner = world::signed_in(router, "owner@stoa.example").await;
    let staff = world::signed_in(router, "staff@stoa.example").await;
    // What is made when somebody first looks: their own record, and the keys that sign tokens.
    let profile = leptos::server_fn::axum::server_fn_paths().find(|(path, _)| path.contains("load_profile"));
    let profile = profile.expect("a server function shows one's own profile").0;
    let seen = send(router, Method::POST, profile, &[("cookie", staff.as_str()), SITE, FORM], "").await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    assert_eq!(send(router, Method::GET, "/oauth/jwks", &[], "").await.status, 200);
    let wanted = json!({ "seller": world.a, "reason": "Parcel K7", "minutes": 60, "write": write });
    let asked = ask(router, &staff, "/v1/support-access", wanted).await;
    let asked: serde_json::Value = serde_json::from_str(&asked.text).expect("what was asked for");
    let id = asked["id"].as_str().expect("an id").to_owned();
    ask(router, &owner, &format!("/v1/support-access/{id}/consent"), json!({ "write": write })).await;
    let begun = ask(router, &staff, &format!("/v1/support-access/{id}/begin"), json!({})).await;
    (begun.cookie("stoa_session").expect("a new session id"), owner, id)
}

/// The tables whose rows differ; the trail and what a session's use writes left out.
fn changed(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let kept = |table: &&String| !matches!(table.as_str(), "audit_record" | "session");
    after.keys().filter(kept).filter(|table| before.get(*table) != after.get(*table)).cloned().collect()
}

/// 12.B2: by no server function and no operation is anything changed, in the shop or of one's own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn support_with_leave_to_look_changes_nothing() {
    let test = Test::new(Backend::Sqlite, &stoa::wire::modules(), world::parts().await).await;
    let world = World::new(&test).await;
    let router = world::router(&test.app, 1_000_000);
    let (cookie, _, _) = acting(&test, &router, &world, false).await;
    let (before, done) = (test.everything().await, test.scalar(DONE).await);
    let (mut wrong, mut looks, mut refused) = (Vec::new(), 0, 0);
    let mut judge = |what: String, look: bool, answer: &world::Answer| {
        let stopped = answer.code() == "auth.support_reads" && answer.status == 403;
        if look == stopped || answer.status.is_server_error() {
            wrong.push(format!("{what}: {} {}", answer.status, answer.text));
        }
        *if look { &mut looks } else { &mut refused } += 1;
    };
    let cases = functions::cases();
    for (at, (path, _)) in leptos::server_fn::axum::server_fn_paths().enumerate() {
        let name = functions::name_of(path);
        if STOPS.contains(&name) {
            continue;
        }
        let address = format!("192.0.2.{}", at % 200);
        let headers = [
            ("cookie", cookie.as_str()),
            SITE,
            FORM,
            ("accept", "application/json"),
            ("x-forwarded-for", &address),
        ];
        // A function that is called as others are is tried with the records of each.
        for case in &cases[name] {
            let answer = send(&router, Method::POST, path, &headers, &world.form(case.form)).await;
            // By their names, so that one which is not a look does not get through unseen.
            let look = ["load_", "all_", "own_", "waiting_", "orders_to_", "explain_", "may_", "reference_"];
            judge(name.to_owned(), look.iter().any(|start| name.starts_with(start)), &answer);
        }
    }
    let document = serde_json::to_value(stoa::api::document()).expect("the document");
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_default();
            if STOPS.contains(&id) {
                continue;
            }
            let verb: Method = method.to_uppercase().parse().expect("a method");
            let path = world.known(path).unwrap_or_else(|| authorisation::filled(path));
            let body = authorisation::example(&document, operation).map(|body| body.to_string());
            let headers = [("cookie", cookie.as_str()), SITE, ("idempotency-key", id), ("if-match", "\"1\"")];
            let answer = send(&router, verb.clone(), &path, &headers, &body.unwrap_or_default()).await;
            // Signing in elsewhere begins with a GET.
            let look = verb == Method::GET && !path.ends_with("/begin");
            judge(format!("{id} ({method} {path})"), look, &answer);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(looks > 60 && refused > 150, "{looks} looks, {refused} refused");
    let after = test.everything().await;
    assert_eq!(changed(&before, &after), Vec::<String>::new());
    let rows = |what: &str| format!("SELECT count(*) FROM audit_record WHERE action = 'support.{what}'");
    assert_eq!(test.scalar(&rows("refused")).await, refused);
    assert_eq!(test.scalar(&rows("viewed")).await, looks);
    assert_eq!(test.scalar(DONE).await, done, "nothing else was done");
    let alone = "SELECT count(*) FROM audit_record WHERE action IN ('support.viewed', 'support.refused') \
                 AND CAST(changes AS TEXT) NOT LIKE '%on_behalf_of%'";
    assert_eq!(test.scalar(alone).await, 0, "both people are named");
}

/// 12.B2: over every page of every surface, and gone when the owner ends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_banner_says_on_every_page_that_support_acts() {
    let test = Test::new(Backend::Sqlite, &stoa::wire::modules(), world::parts().await).await;
    let world = World::new(&test).await;
    let router = world::router(&test.app, 1_000_000);
    let (cookie, owner, id) = acting(&test, &router, &world, true).await;
    let page = async |cookie: &str, path: &str| {
        let answer = send(&router, Method::GET, path, &[("cookie", cookie), HTML], "").await;
        assert_eq!(answer.status, 200, "{path}");
        answer.text
    };
    let said = "You act for ";
    let pages =
        ["/seller", "/seller/orders", "/en-gb", "/en-gb/cart", "/en-gb/account/security", "/developers"];
    for path in pages {
        let text = page(&cookie, path).await;
        assert_eq!(text.matches(said).count(), 1, "{path}");
        assert!(text.contains("with the leave of Ana. What you change is changed."), "{path}");
        assert!(text.contains("/api/stop_support"), "{path}: a way out");
    }
    for path in pages.into_iter().skip(2) {
        assert!(!page(&owner, path).await.contains(said), "{path}");
    }
    ask(&router, &owner, &format!("/v1/support-access/{id}/end"), json!({})).await;
    assert!(!page(&cookie, "/en-gb").await.contains(said), "with the next request");
    let seller = send(&router, Method::GET, "/seller", &[("cookie", cookie.as_str()), HTML], "").await;
    assert_eq!(seller.status, 403);
}
