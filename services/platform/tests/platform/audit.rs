use http::Method;
use serde_json::json;
use stoa_kernel::{Ctx, Permission, audit, new_id};
use stoa_platform::{MODULES, audit::READ};
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Id, Order, Product, Seller};

/// What a service of a higher floor does: a change with its record.
async fn change(ctx: &Ctx, action: &'static str, product: Id<Product>, seller: Option<Id<Seller>>) {
    let tx = ctx.db().begin().await.unwrap();
    let entry = audit::Entry::new(action, product)
        .seller(seller)
        .reason(Some("asked by phone".to_owned()))
        .diff(&json!({ "title": "Jug", "price": 100 }), &json!({ "title": "Jug", "price": 120 }));
    audit::record(&tx, ctx, entry).await.unwrap();
    ctx.db().commit(tx).await.unwrap();
}

fn client(test: &Test) -> Client {
    Client::new(&test.app, stoa_platform::routes())
}

// 22.M1, 22.B1
on_both!(a_record_says_who_did_what_to_which_record_with_old_and_new, MODULES, async |test: &Test| {
    let (product, other) = (new_id::<Product>(), new_id::<Product>());
    let staff = test.person(None, &[READ]);
    change(&staff, "product.updated", product, None).await;
    change(&staff, "product.updated", other, None).await;
    let page = client(test)
        .get(&staff, &format!("/v1/audit/records?entityType=product&entityId={product}"))
        .await
        .json();
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    let record = &items[0];
    assert_eq!(record["entity_id"], product.to_string());
    assert_eq!((&record["entity_type"], &record["action"]), (&json!("product"), &json!("product.updated")));
    assert_eq!(record["actor"], staff.actor.to_string());
    assert_eq!(record["changes"], json!({ "price": { "before": 100, "after": 120 } }));
    assert_eq!(record["reason"], "asked by phone");
    assert_eq!(record["request_id"], staff.request_id.as_str());
    assert!(record["seq"].is_null(), "not numbered yet");
    audit::sequence(&test.system()).await.unwrap();
    let page = client(test).get(&staff, &format!("/v1/audit/records?entityId={product}")).await.json();
    assert_eq!(page["items"][0]["seq"], 0);
});

// X2
on_both!(a_seller_sees_its_own_part_of_the_trail_and_visitors_nothing, MODULES, async |test: &Test| {
    let (kleio, ostra) = (new_id::<Seller>(), new_id::<Seller>());
    let product = new_id::<Product>();
    let system = test.system();
    change(&system, "product.updated", product, Some(kleio)).await;
    change(&system, "product.updated", product, Some(ostra)).await;
    change(&system, "product.updated", product, None).await;
    let client = client(test);
    let seen = async |ctx: &Ctx| {
        let answer = client.get(ctx, &format!("/v1/audit/records?entityId={product}")).await;
        (answer.status.as_u16(), answer.json()["items"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(seen(&test.person(None, &[READ])).await, (200, 3));
    assert_eq!(seen(&test.person(Some(kleio), &[READ])).await, (200, 1));
    assert_eq!(seen(&test.person(Some(new_id()), &[READ])).await, (200, 0));
    assert_eq!(seen(&test.visitor()).await, (401, 0));
    assert_eq!(seen(&test.person(None, &[Permission("orders.read")])).await, (403, 0));
});

// X9
on_both!(the_trail_is_read_in_pages_and_filtered, MODULES, async |test: &Test| {
    let (staff, system, product) = (test.person(None, &[READ]), test.system(), new_id::<Product>());
    for _ in 0..3 {
        change(&system, "product.updated", product, None).await;
        change(&staff, "product.published", product, None).await;
    }
    let client = client(test);
    let first = client.get(&staff, "/v1/audit/records?limit=4").await.json();
    let second = client
        .get(&staff, &format!("/v1/audit/records?limit=4&after={}", first["next"].as_str().unwrap()))
        .await
        .json();
    let ids = |page: &serde_json::Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    let all: Vec<String> = [ids(&first), ids(&second)].concat();
    let mut sorted = all.clone();
    sorted.sort();
    sorted.reverse();
    sorted.dedup();
    assert_eq!((all.len(), &all), (6, &sorted), "the latest first, none twice");
    assert!(second["next"].is_null());
    let count = async |query: &str| {
        client.get(&staff, &format!("/v1/audit/records?{query}")).await.json()["items"]
            .as_array()
            .map_or(0, Vec::len)
    };
    assert_eq!(count("action=product.published").await, 3);
    assert_eq!(count("actor=system").await, 3);
    assert_eq!(count(&format!("actor={}&action=product.updated", staff.actor)).await, 0);
    assert_eq!(count("entityType=order").await, 0);
    assert_eq!(
        count(&format!("entityType=product&entityId={}", product.uuid())).await,
        6,
        "the bare UUID will do"
    );
    let order = Id::<Order>::new(product.uuid());
    let wrong = [
        ("limit=0".to_owned(), 422),
        ("limit=101".to_owned(), 422),
        ("after=nonsense".to_owned(), 400),
        ("colour=red".to_owned(), 400),
        ("entityId=nonsense".to_owned(), 422),
        (format!("entityType=product&entityId={order}"), 422),
    ];
    for (query, status) in wrong {
        assert_eq!(client.get(&staff, &format!("/v1/audit/records?{query}")).await.status, status, "{query}");
    }
});

// 22.E4
on_both!(records_cannot_be_changed_or_removed_over_rest, MODULES, async |test: &Test| {
    let staff = test.person(None, &[READ]);
    change(&test.system(), "product.updated", new_id(), None).await;
    for method in [Method::PATCH, Method::PUT, Method::DELETE] {
        let answer = client(test)
            .send(&staff, method.clone(), "/v1/audit/records", &[], Some(json!({ "actor": "nobody" })))
            .await;
        assert_eq!(answer.status, 405, "{method}");
    }
    assert_eq!(test.scalar("SELECT count(*) FROM audit_record").await, 1);
});
