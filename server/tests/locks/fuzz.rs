//! Whatever is sent, the answer is never that we failed.

use http::Method;
use serde_json::{Value, json};
use stoa_identity::auth::session;
use stoa_testing::{Client, Test, on_both};

use crate::{
    authorisation,
    world::{self, World, send},
};

/// Values that no parameter can take and some database stumbles over; for addresses, encoded.
fn oddities() -> Vec<String> {
    let long = "x".repeat(5_000);
    [
        "%00",
        "a%00b",
        "%FF",
        "%ED%A0%80",
        "-9999-01-01T00:00:00Z",
        "%2B262000-01-01T00:00:00Z",
        "99999999999999999999",
        "9223372036854775807",
        "-1",
        "NaN",
        "%27%22%3B--%25_",
        // [“a”, “\u{0}”] as a place in a list.
        "WyJhIiwiXHUwMDAwIl0",
        "ord_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "",
        &long,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The same for members of a body.
fn odd_values() -> Vec<Value> {
    vec![
        json!("a\u{0}b"),
        json!("x".repeat(20_000)),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!("-9999-01-01T00:00:00Z"),
        json!("+262000-01-01T00:00:00Z"),
        json!(null),
        json!([]),
        json!({}),
        json!(["\u{0}"]),
    ]
}

/// Every body that differs from this one in one member.
fn variations(body: &Value) -> Vec<Value> {
    let mut places = Vec::new();
    leaves(body, String::new(), &mut places);
    let mut all = Vec::new();
    for place in places {
        for odd in odd_values() {
            let mut body = body.clone();
            if let Some(value) = body.pointer_mut(&place) {
                *value = odd;
                all.push(body);
            }
        }
    }
    all
}

fn leaves(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                leaves(member, format!("{place}/{name}"), places);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
    if !place.is_empty() {
        places.push(place);
    }
}

on_both!(no_input_is_our_failure, &stoa::wire::modules(), world::parts().await, async |test: &Test| {
    let world = World::new(test).await;
    let document = serde_json::to_value(stoa::api::document()).expect("the document");
    let client = Client::new(&test.app, stoa::api::routes().layer(session::layer(&test.app)));
    let (mut sent, mut wrong) = (0, Vec::new());
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let id = operation["operationId"].as_str().unwrap_or_default();
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let body = example(&document, operation, id);
            let mut requests = Vec::new();
            for parameter in &parameters {
                let name = parameter["name"].as_str().unwrap_or_default();
                for odd in oddities() {
                    match parameter["in"].as_str() {
                        Some("query") => {
                            requests.push((format!("{}?{name}={odd}", world.filled(path)), body.clone()))
                        }
                        // An empty segment is another address.
                        Some("path") if !odd.is_empty() => {
                            let odd = path.replace(&format!("{{{name}}}"), &odd);
                            requests.push((world.filled(&odd), body.clone()));
                        }
                        _ => {}
                    }
                }
            }
            for odd in body.iter().flat_map(variations).chain([json!([]), json!(null), json!("x"), json!({})])
            {
                if body.is_some() {
                    requests.push((world.filled(path), Some(odd)));
                }
            }
            for (number, (path, body)) in requests.into_iter().enumerate() {
                let key = format!("{id}-{number}");
                let headers = [("idempotency-key", key.as_str()), ("if-match", "\"1\"")];
                let said = body.as_ref().map(Value::to_string).unwrap_or_default();
                let answer = client.send(&test.system(), method.clone(), &path, &headers, body).await;
                sent += 1;
                if answer.status.is_server_error() {
                    let cut = |text: &str| text.chars().take(300).collect::<String>();
                    let (path, said) = (cut(&path), cut(&said));
                    wrong.push(format!("{id}: {} for {method} {path} {said}", answer.status));
                }
            }
        }
    }
    assert!(sent > 1_000, "only {sent} requests were made");
    assert!(wrong.is_empty(), "{} of {sent}:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
});

fn example(document: &Value, operation: &Value, id: &str) -> Option<Value> {
    match id {
        "create_product_media" => Some(json!({ "url": "https://example.com/jug.jpg", "alt": "A jug" })),
        _ => authorisation::example(document, operation),
    }
}

on_both!(no_address_is_our_failure, &stoa::wire::modules(), world::parts().await, async |test: &Test| {
    let world = World::new(test).await;
    let router = world::router(&test.app, 1_000_000);
    let key = format!("Bearer {}", World::key_of(test, world.a).await);
    for odd in oddities() {
        let addresses = [
            format!("/en-gb/search?q={odd}"),
            format!("/en-gb/search?q=jug&page={odd}&sort={odd}&min={odd}&max={odd}"),
            format!("/en-gb/c/{odd}"),
            format!("/en-gb/c/kitchen?page={odd}"),
            format!("/en-gb/p/{odd}"),
            format!("/en-gb/p/jug?v={odd}&to={odd}&postcode={odd}"),
            format!("/en-gb/order/{odd}"),
            format!("/en-gb/checkout/return?payment={odd}"),
            format!("/{odd}"),
            format!("/api/{odd}"),
            format!("/media/{odd}/320.webp"),
            format!("/v1/{odd}"),
            format!("/v1/products?q={odd}"),
        ];
        for path in addresses {
            let headers = [
                ("accept", "text/html"),
                ("cookie", "stoa_locale=xx-yy; stoa_currency=XXX; stoa_place=GR_x"),
            ];
            let answer = send(&router, Method::GET, &path, &headers, "").await;
            assert!(!answer.status.is_server_error(), "{path}: {} {}", answer.status, answer.text);
            if odd.contains("%00") {
                assert_eq!(answer.status, 400, "{path}");
            }
        }
        let path = format!("/v1/orders?q={odd}&placed_from={odd}");
        let answer = send(&router, Method::GET, &path, &[("authorization", &key)], "").await;
        assert!(!answer.status.is_server_error(), "{path}: {} {}", answer.status, answer.text);
    }
});
