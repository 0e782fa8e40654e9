//! Records of one shop, asked for by everybody who must not have them.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use stoa_identity_types::RoleName;
use stoa_testing::{Test, on_both};

use crate::{
    authorisation::{self, Access},
    world::{self, World, send},
};

/// Who asks, with which headers, and the answers that are right.
type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a [u16]);

/// Operations whose path names no seller's record, so that another seller may be answered.
const COMMON: &[&str] = &[
    // The list belongs to the platform; whose offer is priced is checked for each.
    "get_price_list",
    "put_price_list_prices",
    // Rates of a carrier, for a parcel that is described and not stored.
    "quote_carrier_rates",
];

struct Operation {
    id: String,
    method: Method,
    path: String,
    access: Access,
    body: Option<Value>,
}

/// Every operation on one record, with the records of shop A in its path.
fn operations(world: &World) -> Vec<Operation> {
    let document = serde_json::to_value(stoa::api::document()).expect("the document");
    let cases = authorisation::cases();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            // Messages name their provider; whoever is asked may agree to anybody's app.
            if !path.contains('{') || ["receive_payment_webhook", "authorise_app"].contains(&id.as_str()) {
                continue;
            }
            let body = match id.as_str() {
                // Which of its members is needed no schema can say.
                "create_product_media" => Some(json!({ "url": "https://example.com/jug.jpg" })),
                "create_asset" => None,
                "create_shipment" => Some(json!({ "carrier": "ACS", "tracking_number": "AB123456789GR" })),
                "adjust_inventory" => Some(json!({ "delta": 1, "reason": "received" })),
                "add_cart_line" => Some(json!({ "sku": world.sku, "quantity": 1 })),
                "create_shipment_tracking" => {
                    Some(json!({ "status": "in_transit", "occurred_at": "2026-01-01T00:00:00Z" }))
                }
                "update_order_status" => Some(json!({ "status": "delivered" })),
                _ => authorisation::example(&document, operation),
            };
            let access = cases[id.as_str()];
            let method = method.to_uppercase().parse().expect("a method");
            let path = authorisation::asked(&world.filled(path), operation);
            operations.push(Operation { id, method, path, access, body });
        }
    }
    operations
}

async fn ask(router: &axum::Router, operation: &Operation, headers: &[(&str, &str)]) -> world::Answer {
    let mut headers = headers.to_vec();
    headers.extend([("idempotency-key", "other"), ("if-match", "\"1\"")]);
    let body = operation.body.as_ref().map(Value::to_string).unwrap_or_default();
    send(router, operation.method.clone(), &operation.path, &headers, &body).await
}

on_both!(
    nobody_gets_at_another_shops_records,
    &stoa::wire::modules(),
    world::parts().await,
    async |test: &Test| {
        let world = World::new(test).await;
        let router = world::router(&test.app, 1_000_000);
        world::person(test, "ana@stoa.example", RoleName::Shopper, None).await;
        let cookie = world::signed_in(&router, "ana@stoa.example").await;
        let own = format!("Bearer {}", World::key_of(test, world.a).await);
        let other = format!("Bearer {}", World::key_of(test, world.b).await);
        let narrow = format!("Bearer {}", world::key(test, None, &["audit.read"]).await);
        let stranger = "0123456789abcdef0123456789abcdef";

        let (mut wrong, mut seen) = (Vec::new(), 0);
        for operation in operations(&world) {
            let person = vec![("cookie", cookie.as_str()), ("origin", "http://localhost:3000")];
            let with = |key: &'static str| {
                vec![(
                    "authorization",
                    match key {
                        "own" => own.as_str(),
                        "other" => other.as_str(),
                        _ => narrow.as_str(),
                    },
                )]
            };
            let mut cases: Vec<Case> = match operation.access {
                Access::Permission => vec![
                    ("a visitor", vec![], &[401]),
                    ("a person", person, &[403]),
                    ("a key for something else", with("narrow"), &[403]),
                    ("another shop", with("other"), &[403, 404]),
                ],
                Access::Holder => vec![
                    ("a visitor", vec![], &[404]),
                    ("a person", person, &[404]),
                    ("another cart's holder", vec![("stoa-cart-token", stranger)], &[404]),
                    ("a key for something else", with("narrow"), &[404]),
                    ("a shop", with("own"), &[404]),
                ],
                // What is somebody's own is nobody else's, and a program is nobody.
                Access::Person | Access::Stepped => vec![
                    ("a visitor", vec![], &[401]),
                    ("a person", person, &[404]),
                    ("a key for something else", with("narrow"), &[401, 404]),
                    ("a shop", with("own"), &[401, 404]),
                ],
                Access::Public | Access::Signed => continue,
            };
            if COMMON.contains(&operation.id.as_str()) {
                cases.pop();
            }
            for (who, headers, allowed) in cases {
                let answer = ask(&router, &operation, &headers).await;
                if !allowed.contains(&answer.status.as_u16()) {
                    wrong.push(format!(
                        "{} ({} {}) answers {who} {}: {}",
                        operation.id, operation.method, operation.path, answer.status, answer.text
                    ));
                }
            }
            seen += 1;
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(seen > 25, "the document names {seen} operations on records");

        // The same records are there for those they belong to, so the refusals were refusals.
        let mut shown = 0;
        // What is a person's own a shop has none of.
        let of_shops = |operation: &Operation| {
            matches!(operation.access, Access::Permission | Access::Holder)
                && operation.method == Method::GET
                && !operation.path.contains("_00000000000000000000000000")
        };
        for operation in operations(&world).into_iter().filter(of_shops) {
            let answer = match operation.access {
                Access::Holder => ask(&router, &operation, &[("stoa-cart-token", &world.cart_token)]).await,
                _ => ask(&router, &operation, &[("authorization", &own)]).await,
            };
            // A shop sees no customers, mails and refunds of the whole marketplace.
            if answer.status != StatusCode::FORBIDDEN && operation.id != "list_customer_orders" {
                let said = (operation.id.as_str(), answer.status, answer.text.as_str());
                assert_eq!(answer.status, StatusCode::OK, "{said:?}");
                shown += 1;
            }
        }
        assert!(shown >= 10, "{shown} records were shown to those they belong to");
    }
);

on_both!(lists_show_a_shop_its_own, &stoa::wire::modules(), world::parts().await, async |test: &Test| {
    let world = World::new(test).await;
    let router = world::router(&test.app, 1_000_000);
    let other = format!("Bearer {}", World::key_of(test, world.b).await);
    let foreign: Vec<&str> = ["orders", "fulfillments", "shipments", "warehouses", "skus"]
        .into_iter()
        .map(|word| world.ids.iter().find(|(known, _)| *known == word).expect("a record").1.as_str())
        .collect();
    let lists = ["/v1/orders", "/v1/fulfillments", "/v1/inventory", "/v1/audit/records"];
    for list in lists {
        let answer = send(&router, Method::GET, list, &[("authorization", &other)], "").await;
        assert_eq!(answer.status, StatusCode::OK, "{list}: {}", answer.text);
        for id in &foreign {
            assert!(!answer.text.contains(id), "{list} shows {id} to another shop");
        }
    }
    // Another shop's offer cannot be priced through the platform's list.
    let path = world.filled("/v1/price-lists/{id}");
    let shown = send(&router, Method::GET, &path, &[("authorization", &other)], "").await;
    let shown: serde_json::Value = serde_json::from_str(&shown.text).expect("the list");
    let list = world.filled("/v1/price-lists/{id}/prices");
    let known = format!("\"{}\"", shown["version"]);
    let body = json!({ "prices": [{ "sku": world.sku, "amount": 1 }] });
    let headers = [("authorization", other.as_str()), ("if-match", &known)];
    let answer = send(&router, Method::PUT, &list, &headers, &body.to_string()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
});
