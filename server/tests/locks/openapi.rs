//! The whole OpenAPI document is a reviewed file.

use crate::authorisation::{self, Access};

#[test]
fn the_document_is_the_reviewed_one() {
    let path = super::root().join("docs/openapi.json");
    let mut now = stoa::api::document().to_pretty_json().expect("the document");
    now.push('\n');
    if std::env::var_os("STOA_ACCEPT").is_some() {
        std::fs::write(&path, &now).expect("docs/openapi.json");
    }
    let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
    if now != reviewed {
        let differing = now.lines().zip(reviewed.lines()).position(|(new, old)| new != old).unwrap_or(0);
        let line = now.lines().nth(differing).unwrap_or_default();
        panic!(
            "the API differs from docs/openapi.json from line {} on: {line}\n\
             If that is meant, run `STOA_ACCEPT=1 cargo test -p stoa --test locks openapi` and review the diff.",
            differing + 1
        );
    }
}

#[test]
fn every_operation_has_an_id_a_tag_and_a_summary() {
    let document = serde_json::to_value(stoa::api::document()).expect("the document");
    let slugs: Vec<&str> = stoa::wire::modules().iter().map(|module| module.slug).collect();
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(ids.insert(id.to_owned()) && id.contains('_'), "{method} {path}: operation id {id:?}");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            assert!(slugs.contains(&tag), "{method} {path}: tag {tag:?} is no service");
        }
    }
}

/// What a client generator needs to know of every operation.
#[test]
fn refusals_and_callers_are_documented() {
    let document = serde_json::to_value(stoa::api::document()).expect("the document");
    let cases = authorisation::cases();
    assert_eq!(document["servers"][0]["url"], "/");
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_default();
            let responses = operation["responses"].as_object().expect("responses");
            for (status, response) in responses {
                let words = response["description"].as_str().unwrap_or_default();
                assert!(!words.is_empty(), "{id}: {status} says nothing");
                // A redirect has no body.
                if !status.starts_with(['2', '3']) {
                    let content = response["content"].as_object().expect("content");
                    let kinds: Vec<_> = content.keys().collect();
                    // OAuth's refusals have a form of their own (RFC 6749, section 5.2).
                    let of_oauth = ["exchange_token", "introspect_token", "revoke_token"].contains(&id)
                        && ["400", "401"].contains(&status.as_str());
                    let expected = if of_oauth { "application/json" } else { "application/problem+json" };
                    assert_eq!(kinds, [expected], "{id}: {status}");
                }
            }
            let mut expected = vec!["400", "401", "429", "default"];
            let first =
                operation["security"][0].as_object().map(|one| one.keys().cloned().collect::<Vec<_>>());
            let first = first.unwrap_or_else(|| panic!("{id} says nothing of its callers"));
            match cases[id] {
                Access::Permission => {
                    assert_eq!(first, ["key"], "{id}");
                    expected.push("403");
                }
                Access::Holder => assert_eq!(first, ["cart"], "{id}"),
                Access::Person => assert_eq!(first, ["session"], "{id}"),
                Access::Stepped => {
                    assert_eq!(first, ["session"], "{id}");
                    expected.push("403");
                }
                // Some prove who the person signed in is.
                Access::Signed if first == ["session"] => {}
                Access::Public | Access::Signed => assert!(first.is_empty(), "{id}: {first:?}"),
            }
            if path.contains('{') {
                expected.push("404");
            }
            if operation["requestBody"].is_object() {
                expected.extend(["413", "415", "422"]);
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let named = |name: &str| parameters.iter().any(|parameter| parameter["name"] == name);
            if named("If-Match") {
                expected.push("412");
            }
            let keyless = [
                "create_session",
                "delete_session",
                "receive_payment_webhook",
                "exchange_token",
                "introspect_token",
                "revoke_token",
                "unsubscribe_customer",
            ];
            if method == "post" && !keyless.contains(&id) {
                assert!(named("Idempotency-Key"), "{id}");
                expected.push("409");
            }
            for status in expected {
                assert!(responses.contains_key(status), "{id} says nothing of {status}");
            }
        }
    }
    let schemes = document["components"]["securitySchemes"].as_object().expect("schemes");
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["cart", "key", "session"]);
}
