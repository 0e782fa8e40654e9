//! Fields that nobody was asked for: by none of them does somebody get a role, a shop or credit.

use http::Method;
use serde_json::{Value, json};
use stoa_identity::auth::{principal_of_user, session};
use stoa_identity_types::RoleName;
use stoa_testing::{Backend, Client, Test};

use crate::{
    authorisation, functions,
    world::{self, World, send},
};

/// What somebody would like to set besides.
fn wishes(world: &World) -> Vec<(&'static str, Value)> {
    vec![
        ("role", json!("admin")),
        ("roles", json!(["admin"])),
        ("permissions", json!(["orders.read"])),
        ("scope", json!("platform")),
        ("seller_id", json!(world.a)),
        ("is_admin", json!(true)),
        ("credit", json!(100_000)),
        ("credit_limit", json!({ "amount": 100_000, "currency": "EUR" })),
        ("status", json!("active")),
        ("version", json!(99)),
    ]
}

/// Everything that says who may do what, and what somebody has on credit.
async fn rights(test: &Test) -> Vec<Vec<String>> {
    let mut all = test.everything().await;
    let mut take = |table: &str| all.remove(table).unwrap_or_else(|| panic!("no table {table}"));
    vec![take("user_role"), take("role"), take("role_request"), take("support_access")]
}

/// 11.E5, 12.M10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_form_gives_a_shopper_a_role_or_credit_by_a_field_more() {
    let test = Test::new(Backend::Sqlite, &stoa::wire::modules(), world::parts().await).await;
    let world = World::new(&test).await;
    let router = world::router(&test.app, 1_000_000);
    let id = world::person(&test, "shopper@stoa.example", RoleName::Shopper, None).await;
    let cookie = world::signed_in(&router, "shopper@stoa.example").await;
    let more: Vec<String> = wishes(&world)
        .into_iter()
        .flat_map(|(name, value)| match value {
            Value::Array(values) => {
                let text = values[0].as_str().unwrap_or_default().to_owned();
                vec![format!("{name}[0]={text}"), format!("{name}[]={text}")]
            }
            Value::Object(_) => vec![format!("{name}[amount]=100000")],
            value => vec![format!("{name}={}", value.as_str().map_or(value.to_string(), str::to_owned))],
        })
        .collect();
    let before = rights(&test).await;
    let cases = functions::cases();
    for (at, (path, _)) in leptos::server_fn::axum::server_fn_paths().enumerate() {
        let address = format!("192.0.2.{}", at % 200);
        let headers = [
            ("cookie", cookie.as_str()),
            ("origin", "http://localhost:3000"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
            ("x-forwarded-for", &address),
        ];
        for case in &cases[functions::name_of(path)] {
            let form = world.form(case.form);
            // All at once, and each alone: one that does not fit must not hide another.
            for more in std::iter::once(more.join("&")).chain(more.iter().cloned()) {
                let form = [form.as_str(), &more].into_iter().filter(|text| !text.is_empty());
                let form = form.collect::<Vec<_>>().join("&");
                let answer = send(&router, Method::POST, path, &headers, &form).await;
                assert!(!answer.status.is_server_error(), "{path} {form}: {}", answer.text);
            }
        }
    }
    assert_eq!(rights(&test).await, before);
    let principal = principal_of_user(&test.app, id).await.expect("an answer").expect("a person");
    assert!(principal.permissions.is_empty() && principal.seller.is_none());
}

/// 11.E5, 12.M10: what an operation does not know is refused, so that nothing is taken in silence.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_takes_a_field_it_does_not_know() {
    let document = serde_json::to_value(stoa::api::document()).expect("the document");
    let test = Test::new(Backend::Sqlite, &stoa::wire::modules(), world::parts().await).await;
    let world = World::new(&test).await;
    let client = Client::new(&test.app, stoa::api::routes().layer(session::layer(&test.app)));
    let id = world::person(&test, "shopper@stoa.example", RoleName::Shopper, None).await;
    let admin = world::person(&test, "admin@stoa.example", RoleName::Admin, None).await;
    let person = async |id| {
        let known = principal_of_user(&test.app, id).await.expect("an answer").expect("a person");
        known.act(test.visitor())
    };
    let callers = [person(id).await, person(admin).await];
    let before = rights(&test).await;
    let (mut wrong, mut asked) = (Vec::new(), 0);
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_default();
            let Some(Value::Object(body)) = authorisation::example(&document, operation) else { continue };
            let verb: Method = method.to_uppercase().parse().expect("a method");
            let path = world.known(path).unwrap_or_else(|| authorisation::filled(path));
            for (name, value) in wishes(&world) {
                let known = &operation["requestBody"]["content"]["application/json"]["schema"];
                if knows(&document, known, name) {
                    continue;
                }
                let mut body = body.clone();
                body.insert(name.to_owned(), value);
                for caller in &callers {
                    let key = format!("{id}-{name}");
                    let headers = [("idempotency-key", key.as_str()), ("if-match", "\"1\"")];
                    let answer =
                        client.send(caller, verb.clone(), &path, &headers, Some(body.clone().into())).await;
                    asked += 1;
                    if answer.status.is_success() {
                        wrong.push(format!("{id} ({method} {path}) takes {name}: {}", answer.status));
                    }
                }
            }
        }
    }
    assert!(asked > 500, "{asked} requests");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rights(&test).await, before);
}

/// Whether a body of this schema has a member of this name.
fn knows(document: &Value, schema: &Value, name: &str) -> bool {
    if let Some(reference) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return knows(document, &document["components"]["schemas"][reference], name);
    }
    let parts = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|kind| schema[kind].as_array()).flatten();
    schema["properties"].get(name).is_some() || parts.into_iter().any(|part| knows(document, part, name))
}
