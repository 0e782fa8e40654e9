//! Every operation has an authorisation case: who is refused, and how.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use stoa_identity::auth::session;
use stoa_testing::{Backend, Client, Test};

use crate::world;

/// How an operation treats a visitor and a signed-in person without any permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Anybody: never 401 or 403.
    Public,
    /// Whoever holds the cart's token; others get 404 (or an error of their input first).
    Holder,
    /// A permission: a visitor gets 401, a person without it 403.
    Permission,
    /// Whoever is signed in, for what is theirs: a visitor gets 401, and nobody 403.
    Person,
    /// Whoever is signed in and has proved lately who they are: a visitor gets 401, others 403.
    Stepped,
    /// Proves itself in the request (a signature, a password): 401 or 404 without.
    Signed,
}

pub(super) fn cases() -> BTreeMap<&'static str, Access> {
    include_str!("authorisation.txt")
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (id, access) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let access = match access.trim() {
                "public" => Access::Public,
                "holder" => Access::Holder,
                "permission" => Access::Permission,
                "person" => Access::Person,
                "stepped" => Access::Stepped,
                "signed" => Access::Signed,
                other => {
                    panic!("{id}: {other:?} is none of public, holder, permission, person, stepped, signed")
                }
            };
            (id, access)
        })
        .collect()
}

/// An id of each kind a path may name; no such record exists.
pub(super) fn filled(path: &str) -> String {
    let zero = "00000000000000000000000000";
    let of = |name: &str, before: &str| -> String {
        let prefix = match (name, before) {
            ("sku", _) => "sku",
            ("provider", _) => return "sandbox".to_owned(),
            ("carrierId", _) => return "acs".to_owned(),
            (_, "apps") => "app",
            (_, "keys") => "key",
            (_, "clients" | "connected-apps") => "oac",
            (_, "carts") => "crt",
            (_, "lines") => "cln",
            (_, "orders") => "ord",
            (_, "products") => "prd",
            (_, "payments") => "pay",
            (_, "sellers") => "sel",
            (_, "sessions") => "ses",
            (_, "users") => "usr",
            (_, "roles") => "rol",
            (_, "invitations") => "ivt",
            (_, "role-requests") => "rrq",
            (_, "support-access") => "sup",
            (_, "data-exports" | "data-requests" | "erasure-requests") => "drq",
            (_, "accounts") => "sca",
            (_, "passkeys") => "psk",
            (_, "remembered-devices") => "rdv",
            (_, "customers") => "cus",
            (_, "shipments") => "shp",
            (_, "fulfillments") => "ful",
            (_, "reservations") => "rsv",
            (_, "warehouses") => "loc",
            (_, "price-lists") => "prl",
            (_, "refunds") => "ref",
            (_, "notifications") => "ntf",
            (_, "assets") => "ast",
            (_, "skus") => "sku",
            (_, "media") => "ast",
            (_, "addresses") => "adr",
            (_, "contact-methods") => "ctm",
            (_, "segments") => "seg",
            (_, "members") => "cus",
            (_, "companies") => "cmp",
            _ => return "x".to_owned(),
        };
        format!("{prefix}_{zero}")
    };
    let mut out = Vec::new();
    let mut before = "";
    for part in path.split('/') {
        match part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => out.push(of(name, before)),
            None => {
                before = part;
                out.push(part.to_owned());
            }
        }
    }
    out.join("/")
}

#[tokio::test]
async fn every_operation_refuses_whom_it_must() {
    let document = serde_json::to_value(stoa::api::document()).expect("the document");
    let cases = cases();
    let test = Test::new(Backend::Sqlite, &stoa::wire::modules(), world::parts().await).await;
    let client = Client::new(&test.app, stoa::api::routes().layer(session::layer(&test.app)));
    let (mut seen, mut wrong) = (Vec::new(), Vec::new());
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_default();
            let Some(&access) = cases.get(id) else {
                wrong.push(format!(
                    "{method} {path} ({id}) has no case: add a line to server/tests/locks/authorisation.txt"
                ));
                continue;
            };
            seen.push(id.to_owned());
            let method: Method = method.to_uppercase().parse().expect("a method");
            let path = asked(&filled(path), operation);
            let body = match id {
                // Which of its members is needed no schema can say.
                "create_product_media" => Some(json!({ "url": "https://example.com/jug.jpg" })),
                _ => example(&document, operation),
            };
            let headers = [("idempotency-key", id), ("if-match", "\"1\"")];
            let visitor = client.send(&test.visitor(), method.clone(), &path, &headers, body.clone()).await;
            let headers = [("idempotency-key", "other"), ("if-match", "\"1\"")];
            let person = client.send(&test.person(None, &[]), method.clone(), &path, &headers, body).await;
            let got = (visitor.status, person.status);
            let fine = match access {
                Access::Public => {
                    ![401, 403].contains(&got.0.as_u16()) && ![401, 403].contains(&got.1.as_u16())
                }
                Access::Holder => {
                    [got.0, got.1].iter().all(|status| matches!(status.as_u16(), 400 | 404 | 422))
                }
                Access::Permission | Access::Stepped => {
                    got == (StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN)
                }
                Access::Person => got.0 == StatusCode::UNAUTHORIZED && ![401, 403].contains(&got.1.as_u16()),
                Access::Signed => [got.0, got.1].iter().all(|status| matches!(status.as_u16(), 401 | 404)),
            };
            if !fine || got.0.is_server_error() || got.1.is_server_error() {
                let said = String::from_utf8_lossy(&visitor.bytes).into_owned();
                wrong.push(format!("{id} ({method} {path}) is {access:?} but answers {got:?}: {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for id in cases.keys() {
        assert!(
            seen.iter().any(|known| known == id),
            "{id} is in authorisation.txt but no longer an operation"
        );
    }
}

/// The path with the parameters that have to be asked for, so that the refusal is about who asks.
pub(super) fn asked(path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let wanted =
        parameters.iter().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    let pairs: Vec<String> = wanted
        .filter_map(|parameter| {
            let value = match parameter["name"].as_str()? {
                "permission" => "orders.read",
                "from" => "cus_00000000000000000000000000",
                _ => "x",
            };
            Some(format!("{}={value}", parameter["name"].as_str()?))
        })
        .collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// A body of the right shape from the schema, so that the refusal is about who asks.
pub(super) fn example(document: &Value, operation: &Value) -> Option<Value> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if schema.is_null() { None } else { Some(fill(document, schema, 0)) }
}

fn fill(document: &Value, schema: &Value, depth: u8) -> Value {
    if depth > 8 {
        return Value::Null;
    }
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return fill(document, &document["components"]["schemas"][name], depth + 1);
    }
    for kind in ["oneOf", "anyOf", "allOf"] {
        if let Some(first) =
            schema[kind].as_array().and_then(|options| options.iter().find(|option| option["type"] != "null"))
        {
            return fill(document, first, depth + 1);
        }
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default();
    match kind {
        "object" => {
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            required
                .into_iter()
                .map(|name| (name.to_owned(), fill(document, &properties[name], depth + 1)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        "array" => json!([fill(document, &schema["items"], depth + 1)]),
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        "string" if schema["format"] == "date-time" => json!("2026-01-01T00:00:00Z"),
        "string" => {
            match schema["pattern"].as_str().and_then(|pattern| pattern.strip_prefix('^')?.split_once('_')) {
                Some((prefix, _)) => json!(format!("{prefix}_00000000000000000000000000")),
                None => json!("EUR"),
            }
        }
        _ => Value::Null,
    }
}
