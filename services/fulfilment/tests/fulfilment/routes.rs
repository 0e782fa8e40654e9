//! The routes of inventory, with SKUs of the catalogue.

use http::Method;
use serde_json::{Value, json};
use stoa_catalog::products;
use stoa_catalog_types::{CreateProduct, VariantInput};
use stoa_fulfilment::{inventory, routes};
use stoa_fulfilment_types::AdjustStock;
use stoa_identity::sellers;
use stoa_identity_types::CreateSeller;
use stoa_kernel::{Ctx, Module};
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Id, Seller, Sku};

use crate::support::{books_agree, release, reserve, staff_of};

fn modules() -> Vec<&'static Module> {
    [stoa_identity::MODULES, stoa_catalog::MODULES, stoa_fulfilment::MODULES].concat()
}

/// A seller with one SKU of this code.
async fn listed(test: &Test, slug: &str, code: &str) -> (Id<Seller>, Id<Sku>) {
    let seller = CreateSeller {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        email: format!("{slug}@stoa.example"),
        country: "GR".to_owned(),
        description: None,
        commission_bp: None,
    };
    let seller = sellers::create(&test.system(), seller).await.expect("a seller").id;
    let product = CreateProduct {
        title: format!("Jug of {slug}"),
        seller: Some(seller),
        variants: vec![VariantInput { sku: Some(code.to_owned()), ..Default::default() }],
        ..Default::default()
    };
    products::create(&test.system(), product).await.expect("a product");
    let owner = Ctx { seller: Some(seller), ..test.system() };
    let sku = products::resolve_sku(test.app.db.read(), &owner, code).await.expect("its SKU");
    (seller, sku)
}

on_both!(sellers_see_and_change_their_own_stock_only, &modules(), async |test: &Test| {
    let (kleio, jug) = listed(test, "kleio", "JUG-1").await;
    let (werk, _) = listed(test, "werk", "JUG-1").await;
    let client = Client::new(&test.app, routes());
    let (mine, theirs) = (staff_of(test, kleio), staff_of(test, werk));
    let adjust = |key: &'static str, body: Value| client.post(&mine, "/v1/inventory/jug-1/adjust", key, body);
    let done = adjust("a", json!({ "delta": 5, "reason": "delivery" })).await;
    assert_eq!(
        (done.status.as_u16(), done.json()["available"].as_i64(), done.etag().is_empty()),
        (200, Some(5), false)
    );
    let again = adjust("a", json!({ "delta": 5, "reason": "delivery" })).await;
    assert_eq!((again.status.as_u16(), again.json()["on_hand"].as_i64()), (200, Some(5)));
    assert_eq!(adjust("a", json!({ "delta": 6, "reason": "delivery" })).await.status.as_u16(), 422);
    // The same code at the other seller is the other's SKU, and by id it is not there.
    let other = client
        .post(&theirs, &format!("/v1/inventory/{jug}/adjust"), "b", json!({ "delta": 1, "reason": "x" }))
        .await;
    assert_eq!(other.status.as_u16(), 404);
    let list = |ctx: Ctx, query: String| {
        let client = &client;
        async move { client.get(&ctx, &format!("/v1/inventory{query}")).await }
    };
    let seen = list(mine.clone(), "?sku=JUG-1".to_owned()).await.json();
    assert_eq!((seen["items"].as_array().unwrap().len(), seen["items"][0]["on_hand"].as_i64()), (1, Some(5)));
    assert_eq!(list(theirs.clone(), String::new()).await.json()["items"].as_array().unwrap().len(), 0);
    assert_eq!(list(theirs.clone(), format!("?sku={jug}")).await.status.as_u16(), 404);
    assert_eq!(list(mine.clone(), "?colour=red".to_owned()).await.status.as_u16(), 400);
    assert_eq!(list(test.visitor(), String::new()).await.status.as_u16(), 401);
    let location = seen["items"][0]["location"].as_str().unwrap().to_owned();
    let path = format!("/v1/warehouses/{location}/availability");
    assert_eq!(client.get(&mine, &path).await.json()["items"][0]["available"].as_i64(), Some(5));
    assert_eq!(client.get(&theirs, &path).await.status.as_u16(), 404);
    let staff = test.person(None, &[inventory::INVENTORY_READ]);
    assert_eq!(
        client.get(&staff, &format!("/v1/inventory?location={location}")).await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(client.get(&staff, "/v1/inventory/mismatches").await.json()["items"], json!([]));
    assert_eq!(client.get(&mine, "/v1/inventory/mismatches").await.status.as_u16(), 403);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM audit_record WHERE action = 'inventory.adjusted'").await, 1);
    books_agree(test).await;
});

on_both!(an_adjustment_must_be_a_whole_number_that_changes_something, &modules(), async |test: &Test| {
    let (kleio, _) = listed(test, "kleio", "JUG-1").await;
    let client = Client::new(&test.app, routes());
    let mine = staff_of(test, kleio);
    for (number, delta) in [
        json!(0),
        json!(1_000_000_001),
        json!(-1_000_000_001),
        json!(1.5),
        json!("3"),
        json!(i64::MIN),
        Value::Null,
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({ "delta": delta, "reason": "counted" });
        let answer = client.post(&mine, "/v1/inventory/JUG-1/adjust", &format!("key-{number}"), body).await;
        assert_eq!(answer.status.as_u16(), 422, "{delta}");
    }
    let both =
        client.post(&mine, "/v1/inventory/JUG-1/adjust", "both", json!({ "delta": 0, "reason": " " })).await;
    assert_eq!(both.json()["errors"].as_array().unwrap().len(), 2);
    let keyless = client
        .send(
            &mine,
            Method::POST,
            "/v1/inventory/JUG-1/adjust",
            &[],
            Some(json!({ "delta": 1, "reason": "x" })),
        )
        .await;
    assert_eq!(keyless.status.as_u16(), 400);
    let nobody = test.person(Some(kleio), &[]);
    let answer =
        client.post(&nobody, "/v1/inventory/JUG-1/adjust", "c", json!({ "delta": 1, "reason": "x" })).await;
    assert_eq!(answer.status.as_u16(), 403);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM stock_movement").await, 0);
});

on_both!(the_command_itself_knows_its_key, &modules(), async |test: &Test| {
    let (kleio, _) = listed(test, "kleio", "JUG-1").await;
    let mine = staff_of(test, kleio);
    let input = || AdjustStock { delta: 4, reason: "delivery".to_owned(), location: None };
    for _ in 0..2 {
        // As after a crash between the change and the stored answer.
        assert_eq!(inventory::adjust(&mine, "JUG-1", input(), "key").await.unwrap().on_hand, 4);
    }
    let elsewhere = AdjustStock { location: Some(stoa_kernel::new_id()), ..input() };
    assert!(inventory::adjust(&mine, "JUG-1", elsewhere, "other").await.is_err());
    books_agree(test).await;
});

on_both!(a_reservation_by_the_api_is_the_callers_alone, &modules(), async |test: &Test| {
    let (kleio, jug) = listed(test, "kleio", "JUG-1").await;
    let (werk, _) = listed(test, "werk", "JUG-1").await;
    let client = Client::new(&test.app, routes());
    let (mine, theirs) = (staff_of(test, kleio), staff_of(test, werk));
    crate::support::put(test, jug, kleio, 3).await;
    let body =
        |units: i64| json!({ "reference": "till 1", "lines": [{ "sku": "JUG-1", "quantity": units }] });
    let made = client.post(&mine, "/v1/reservations", "a", body(2)).await;
    assert_eq!(
        (made.status.as_u16(), made.json()["state"].as_str(), made.json()["reference"].as_str()),
        (201, Some("active"), Some("till 1"))
    );
    let short = client
        .post(
            &mine,
            "/v1/reservations",
            "b",
            json!({ "reference": "till 2", "lines": [{ "sku": jug, "quantity": 2 }] }),
        )
        .await;
    assert_eq!((short.status.as_u16(), short.code().as_str()), (409, "inventory.insufficient_stock"));
    assert_eq!(short.json()["facts"]["available"].as_str(), Some("1"));
    let wrong =
        json!({ "reference": "", "lines": [{ "sku": "NOPE", "quantity": 0 }], "expires_in_seconds": 5 });
    assert_eq!(
        client.post(&mine, "/v1/reservations", "c", wrong).await.json()["errors"].as_array().unwrap().len(),
        4
    );
    let path = format!("/v1/reservations/{}/release", made.json()["id"].as_str().unwrap());
    assert_eq!(client.post(&theirs, &path, "d", json!({})).await.status.as_u16(), 404);
    for key in ["e", "f"] {
        let done = client.post(&mine, &path, key, json!({})).await;
        assert_eq!((done.status.as_u16(), done.json()["state"].as_str()), (200, Some("released")));
    }
    // A cart's reservation is not a seller's to release.
    let cart = reserve(test, "cart", &[(jug, kleio, 1)]).await.unwrap();
    assert_eq!(
        client.post(&mine, &format!("/v1/reservations/{cart}/release"), "g", json!({})).await.status.as_u16(),
        404
    );
    release(test, cart).await.unwrap();
    books_agree(test).await;
});

on_both!(the_catalogue_is_told_when_something_sells_out_and_comes_back, &modules(), async |test: &Test| {
    let (kleio, jug) = listed(test, "kleio", "JUG-1").await;
    let sellable = "SELECT COUNT(*) FROM sku WHERE in_stock";
    assert_eq!(test.scalar(sellable).await, 0);
    crate::support::put(test, jug, kleio, 2).await;
    assert_eq!(test.scalar(sellable).await, 1);
    reserve(test, "one", &[(jug, kleio, 1)]).await.unwrap();
    assert_eq!(test.scalar(sellable).await, 1);
    let last = reserve(test, "two", &[(jug, kleio, 1)]).await.unwrap();
    assert_eq!(test.scalar(sellable).await, 0);
    release(test, last).await.unwrap();
    assert_eq!(test.scalar(sellable).await, 1);
});
