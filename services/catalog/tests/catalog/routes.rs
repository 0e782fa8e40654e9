use axum::http::Method;
use serde_json::json;
use stoa_catalog::{media, products};
use stoa_catalog_types::CreateProduct;
use stoa_testing::{Client, Test, on_both};

use crate::support::{category, input, modules, picture, price, published, seller};

on_both!(a_product_from_draft_to_archive_over_rest, &modules(), async |test: &Test| {
    let client = Client::new(&test.app, stoa_catalog::routes());
    let owner = seller(test, "jugs").await;
    let mine = test.person(Some(owner), &[products::READ, products::WRITE, products::PUBLISH, media::WRITE]);
    let kitchen = category(&test.ctx, "Kitchen", None).await;
    let body = json!({ "title": "Jug", "category": kitchen.id, "variants": [{ "sku": "J-1" }] });
    let made = client.post(&mine, "/v1/products", "key-1", body.clone()).await;
    assert_eq!((made.status.as_u16(), made.etag().as_str()), (201, "\"1\""));
    let repeated = client.post(&mine, "/v1/products", "key-1", body.clone()).await;
    assert_eq!(
        (repeated.status.as_u16(), repeated.json()["id"].clone()),
        (201, made.json()["id"].clone()),
        "one key, one product"
    );
    let taken = client.post(&mine, "/v1/products", "key-2", body).await;
    assert_eq!((taken.status.as_u16(), taken.code().as_str()), (409, "products.sku_taken"));
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/products/{id}");

    let early = client.post(&mine, &format!("{path}/publish"), "key-3", json!({})).await;
    assert_eq!(early.status.as_u16(), 422);
    assert_eq!(early.json()["errors"].as_array().unwrap().len(), 2);
    let asset = picture(&test.ctx, 1).await.id;
    let media = client
        .post(&mine, &format!("{path}/media"), "key-4", json!({ "asset": asset, "alt": "A jug" }))
        .await;
    assert_eq!(media.status.as_u16(), 201);
    let skus = client.get(&mine, &format!("{path}/skus")).await.json();
    let sku: stoa_types::Id<stoa_types::Sku> = skus["items"][0]["id"].as_str().unwrap().parse().unwrap();
    price(&test.ctx, sku, 2400, None).await;
    let shown = client.post(&mine, &format!("{path}/publish"), "key-5", json!({})).await;
    assert_eq!((shown.status.as_u16(), shown.json()["status"].clone()), (200, json!("published")));

    let visitor = test.visitor();
    let public = client.get(&visitor, &path).await;
    assert_eq!(public.json()["skus"][0]["price"], json!({ "amount": 2400, "currency": "EUR" }));
    let no_match = client.send(&mine, Method::PATCH, &path, &[], Some(json!({ "title": "Tall jug" }))).await;
    assert_eq!(no_match.status.as_u16(), 428);
    let stale = client.patch(&mine, &path, "\"1\"", json!({ "title": "Tall jug" })).await;
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (412, "kernel.stale_version"));
    let changed =
        client.patch(&mine, &path, &public.etag(), json!({ "title": "Tall jug", "maker": null })).await;
    assert_eq!((changed.status.as_u16(), changed.json()["title"].clone()), (200, json!("Tall jug")));
    let (of_sku, heavy) = (format!("{path}/skus/{sku}"), json!({ "weight_grams": 900 }));
    let no_match = client.send(&mine, Method::PATCH, &of_sku, &[], Some(heavy.clone())).await;
    assert_eq!(no_match.status.as_u16(), 428);
    let known = client.get(&mine, &format!("{path}/skus")).await.json()["items"][0]["version"].clone();
    let known = format!("\"{known}\"");
    let weighed = client.patch(&mine, &of_sku, &known, heavy.clone()).await;
    assert_eq!((weighed.status.as_u16(), weighed.json()["weight_grams"].clone()), (200, json!(900)));
    assert_eq!(weighed.etag(), format!("\"{}\"", weighed.json()["version"]));
    let stale = client.patch(&mine, &of_sku, &known, json!({ "weight_grams": 950 })).await;
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (412, "kernel.stale_version"));
    let again = client.patch(&mine, &of_sku, &weighed.etag(), heavy).await;
    assert_eq!(again.etag(), weighed.etag(), "what changes nothing is no new version");
    let added = client.post(&mine, &format!("{path}/skus"), "key-6", json!({ "options": ["Large"] })).await;
    assert_eq!(added.status.as_u16(), 422);
    let gone = client.post(&mine, &format!("{path}/archive"), "key-7", json!({})).await;
    assert_eq!(gone.json()["status"], "archived");
    assert_eq!(client.get(&visitor, &path).await.status.as_u16(), 404);
});

on_both!(x9_lists_refuse_what_they_do_not_know_and_page_by_cursor, &modules(), async |test: &Test| {
    let client = Client::new(&test.app, stoa_catalog::routes());
    let visitor = test.visitor();
    let owner = seller(test, "jugs").await;
    let kitchen = category(&test.ctx, "Kitchen", None).await;
    let jugs = category(&test.ctx, "Jugs", Some(&kitchen)).await;
    for title in ["Sand jug", "Ink jug", "Bowl"] {
        let place = if title == "Bowl" { &kitchen } else { &jugs };
        published(&test.ctx, CreateProduct { category: Some(place.id), ..input(title, owner) }, 2400).await;
    }
    products::create(&test.ctx, input("Draft", owner)).await.unwrap();
    let get = async |query: &str| client.get(&visitor, &format!("/v1/products{query}")).await;
    assert_eq!(get("?colour=red").await.code(), "kernel.unknown_parameter");
    assert_eq!(get("?limit=0").await.status.as_u16(), 422);
    assert_eq!(get("?limit=101").await.status.as_u16(), 422);
    assert_eq!(get("?after=x").await.code(), "kernel.bad_cursor");
    assert_eq!(get("?status=gone").await.status.as_u16(), 400);
    assert_eq!(get("?category=garden").await.status.as_u16(), 404);
    let titles = |json: &serde_json::Value| -> Vec<String> {
        json["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = get("?limit=2").await.json();
    assert_eq!(titles(&first), ["Bowl", "Ink jug"]);
    assert_eq!(first["items"][0]["price_from"]["amount"], 2400);
    assert_eq!(first["items"][0]["in_stock"], true);
    let second = get(&format!("?limit=2&after={}", first["next"].as_str().unwrap())).await.json();
    assert_eq!((titles(&second), second["next"].is_null()), (vec!["Sand jug".to_owned()], true));
    assert_eq!(titles(&get("?category=kitchen/jugs&q=ink").await.json()), ["Ink jug"]);
    assert_eq!(titles(&get("?category=kitchen").await.json()).len(), 3);
    assert!(titles(&get("?status=draft").await.json()).is_empty(), "visitors see no drafts");
    let staff = test.person(None, &[products::READ]);
    assert_eq!(titles(&client.get(&staff, "/v1/products?status=draft").await.json()), ["Draft"]);
    assert_eq!(get("/prd_000000000000000000000000").await.status.as_u16(), 404);
});

on_both!(uploads_are_read_by_their_bytes, &modules(), async |test: &Test| {
    let client = Client::new(&test.app, stoa_catalog::routes());
    let staff = test.person(None, &[media::READ, media::WRITE]);
    let refused = client.post(&staff, "/v1/assets", "key-1", json!("no picture")).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (415, "media.unsupported_type"));
    assert_eq!(client.post(&test.visitor(), "/v1/assets", "key-2", json!("x")).await.status.as_u16(), 401);
    let asset = picture(&test.ctx, 1).await.id;
    let files = client.get(&staff, &format!("/v1/assets/{asset}/derivatives")).await.json();
    assert_eq!(files["items"][0]["url"], format!("/media/{asset}/320.webp"));
    assert_eq!(client.get(&test.visitor(), &format!("/v1/assets/{asset}")).await.status.as_u16(), 401);
});
