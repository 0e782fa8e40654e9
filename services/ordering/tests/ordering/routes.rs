use serde_json::json;
use stoa_kernel::Ctx;
use stoa_ordering::{carts, orders};
use stoa_testing::{Client, Test, on_both};

use crate::support::*;

fn client(test: &Test) -> Client {
    Client::new(&test.app, stoa_ordering::routes().merge(stoa_payments::routes()))
}

on_both!(
    a_lost_answer_gives_the_same_cart_again_to_its_sender_alone,
    &modules(),
    bank().await,
    async |test: &Test| {
        let client = client(test);
        let on = |network: &str| Ctx { network: Some(network.to_owned()), ..test.visitor() };
        let (home, away) = (on("192.0.2.1"), on("192.0.2.2"));
        let make =
            async |ctx: &Ctx, key: &str| client.post(ctx, "/v1/carts", key, json!({ "country": "GR" })).await;
        let key = "0b7e6a52-7d0b-4a38-9a55-3c2d1f2b8f10";
        // The first answer is lost on its way; the same request comes again.
        let (lost, again) = (make(&home, key).await, make(&home, key).await);
        assert_eq!((lost.status.as_u16(), again.status.as_u16()), (201, 201));
        assert_eq!(lost.json(), again.json());
        assert_eq!(test.scalar("SELECT COUNT(*) FROM cart").await, 1);
        let holder =
            Ctx { cart_token: Some(again.json()["token"].as_str().unwrap().to_owned()), ..home.clone() };
        let path = format!("/v1/carts/{}", again.json()["id"].as_str().unwrap());
        assert_eq!(client.get(&holder, &path).await.status, 200);
        // Another network with the same key is somebody else.
        let stranger = make(&away, key).await;
        assert_ne!(stranger.json()["token"], again.json()["token"]);
        assert_ne!(stranger.json()["id"], again.json()["id"]);
        // A key that others of the network may hit upon shows them nothing.
        assert!(make(&home, "1").await.json()["token"].is_string());
        let neighbour = make(&home, "1").await;
        assert_eq!((neighbour.status.as_u16(), neighbour.bytes.as_slice()), (201, b"".as_slice()));
        // A signed-in caller's keys are nobody else's, however short.
        let (maria, nikos) = (test.person(None, &[]), test.person(None, &[]));
        let (first, second) = (make(&maria, "1").await, make(&maria, "1").await);
        assert!(first.json()["token"].is_string());
        assert_eq!(first.json(), second.json());
        assert_ne!(make(&nikos, "1").await.json()["token"], first.json()["token"]);
    }
);

on_both!(a_partner_buys_over_rest, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 5).await;
    let client = client(test);
    let body = json!({ "lines": [{ "sku": jug.sku, "quantity": 1 }] });
    let made = client.post(&test.visitor(), "/v1/carts", "new", body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let cart = made.json()["id"].as_str().unwrap().to_owned();
    let ctx = Ctx { cart_token: Some(token), ..test.visitor() };
    let path = format!("/v1/carts/{cart}");
    assert_eq!(client.get(&test.visitor(), &path).await.status, 404);
    let seen = client.get(&ctx, &path).await;
    assert_eq!((seen.status.as_u16(), seen.json()["totals"]["items"]["amount"].as_i64()), (200, Some(4800)));
    let more =
        client.post(&ctx, &format!("{path}/lines"), "more", json!({ "sku": jug.sku, "quantity": 1 })).await;
    let same =
        client.post(&ctx, &format!("{path}/lines"), "more", json!({ "sku": jug.sku, "quantity": 1 })).await;
    assert_eq!(
        (more.json()["items"].as_i64(), same.json()["items"].as_i64()),
        (Some(2), Some(2)),
        "one effect"
    );
    let other =
        client.post(&ctx, &format!("{path}/lines"), "more", json!({ "sku": jug.sku, "quantity": 2 })).await;
    assert_eq!((other.status.as_u16(), other.code().as_str()), (422, "kernel.idempotency_key_reused"));
    assert_eq!(
        client
            .post(&ctx, &format!("{path}/lines"), "half", json!({ "sku": jug.sku, "quantity": 1.5 }))
            .await
            .status,
        422
    );
    assert_eq!(
        client
            .send(&ctx, http::Method::PATCH, &path, &[], Some(json!({ "email": "a@example.com" })))
            .await
            .status,
        428
    );
    assert_eq!(client.patch(&ctx, &path, "\"1\"", json!({ "email": "a@example.com" })).await.status, 412);
    let line = more.json()["parcels"][0]["lines"][0]["id"].as_str().unwrap().to_owned();
    let one =
        client.patch(&ctx, &format!("{path}/lines/{line}"), &more.etag(), json!({ "quantity": 1 })).await;
    assert_eq!((one.status.as_u16(), one.json()["items"].as_i64()), (200, Some(1)));
    let change = json!({ "email": "a@example.com", "address": athens() });
    let addressed = client.patch(&ctx, &path, &one.etag(), change).await;
    assert_eq!(addressed.status, 200, "{}", addressed.json());

    assert_eq!(
        client.send(&ctx, http::Method::POST, &format!("{path}/checkout-intent"), &[], None).await.code(),
        "kernel.idempotency_key_missing"
    );
    let intent = client
        .send(&ctx, http::Method::POST, &format!("{path}/checkout-intent"), &[("idempotency-key", "c")], None)
        .await;
    assert_eq!(intent.status, 200, "{}", intent.json());
    let payment = intent.json()["payment"].as_str().unwrap().to_owned();
    let order = json!({ "cart": cart, "payment": payment });
    let early = client.post(&ctx, "/v1/orders", "early", order.clone()).await;
    assert_eq!((early.status.as_u16(), early.code().as_str()), (409, "orders.not_paid"));
    assert_eq!(client.post(&ctx, "/v1/payments/intents", "i", json!({ "cart": cart })).await.status, 200);
    let confirm = json!({ "payment_method": "tok_approved", "return_url": "http://localhost:3000/en-gb/checkout/return" });
    let paid = client.post(&ctx, &format!("/v1/payments/{payment}/confirm"), "p", confirm).await;
    assert_eq!(paid.json()["state"], "requires_capture", "{}", paid.json());
    assert_eq!(client.post(&test.visitor(), "/v1/orders", "theirs", order.clone()).await.status, 404);
    let placed = client.post(&ctx, "/v1/orders", "o", order.clone()).await;
    assert_eq!(placed.status, 200, "{}", placed.json());
    let again = client.post(&ctx, "/v1/orders", "o", order.clone()).await;
    let anew = client.post(&ctx, "/v1/orders", "other key", order).await;
    assert_eq!(
        (again.json()["id"].clone(), anew.json()["id"].clone()),
        (placed.json()["id"].clone(), placed.json()["id"].clone())
    );
    settle(test).await;

    let staff = test.person(None, &[orders::READ, orders::WRITE, orders::CANCEL]);
    let id = placed.json()["id"].as_str().unwrap().to_owned();
    let list = client.get(&staff, "/v1/orders?payment_status=paid&limit=5").await;
    assert_eq!((list.status.as_u16(), list.json()["items"][0]["id"].as_str()), (200, Some(id.as_str())));
    assert_eq!(client.get(&staff, "/v1/orders?colour=red").await.status, 400);
    assert_eq!(client.get(&staff, "/v1/orders?limit=101").await.status, 422);
    assert_eq!(client.get(&staff, "/v1/orders?status=lost").await.status, 400);
    let seen = client.get(&staff, &format!("/v1/orders/{id}")).await;
    let customer = seen.json()["customer"].as_str().unwrap().to_owned();
    assert_eq!(
        client.get(&staff, &format!("/v1/customers/{customer}/orders")).await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let back = client
        .patch(&staff, &format!("/v1/orders/{id}/status"), &seen.etag(), json!({ "status": "new" }))
        .await;
    assert_eq!(
        (back.status.as_u16(), back.json()["facts"]["allowed"].as_str()),
        (409, Some("shipped,cancelled"))
    );
    let cancelled = client.post(&staff, &format!("/v1/orders/{id}/cancel"), "x", json!({})).await;
    assert_eq!((cancelled.status.as_u16(), cancelled.json()["status"].as_str()), (200, Some("cancelled")));
    // Whoever holds the cart reads the order that came of it, and nothing else.
    let own = client.get(&ctx, &format!("/v1/orders/{id}")).await;
    assert_eq!((own.status.as_u16(), own.json()["id"].as_str()), (200, Some(id.as_str())));
    assert_eq!(client.get(&test.visitor(), &format!("/v1/orders/{id}")).await.status, 401);
    for ctx in [&test.visitor(), &ctx] {
        assert_eq!(client.get(ctx, "/v1/orders").await.status, 401);
        assert_eq!(client.post(ctx, &format!("/v1/orders/{id}/cancel"), "y", json!({})).await.status, 401);
    }
    let reader = test.person(None, &[carts::READ]);
    assert_eq!(client.get(&reader, &path).await.json()["order"].as_str(), Some(id.as_str()));
});
