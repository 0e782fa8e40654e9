use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use stoa_identity::sellers::{self, READ, WRITE};
use stoa_identity_types::CreateSeller;
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Id, PageQuery};

use super::{ALL, seller, shop};

fn client(test: &Test) -> Client {
    Client::new(&test.app, stoa_identity::routes())
}

fn body(slug: &str) -> Value {
    json!({ "slug": slug, "name": "Kleio Ceramics", "email": "shop@kleio.example", "country": "GR", "commission_bp": 1250 })
}

async fn set(test: &Test, sql: &str) {
    test.app.db.write().execute_unprepared(sql).await.expect("changed");
}

on_both!(a_seller_is_onboarded_over_rest_once_per_key, ALL, async |test: &Test| {
    let (client, staff) = (client(test), test.person(None, &[READ, WRITE]));
    let made = client.post(&staff, "/v1/sellers", "key-1", body("kleio")).await;
    assert_eq!(made.status, 201, "{}", made.json());
    assert_eq!(made.etag(), "\"1\"");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("sel_"));
    assert_eq!(made.headers["location"], format!("/v1/sellers/{id}"));
    assert_eq!(
        (&made.json()["live"], &made.json()["details"]["commission_bp"]),
        (&json!(true), &json!(1250))
    );
    // X3
    let again = client.post(&staff, "/v1/sellers", "key-1", body("kleio")).await;
    assert_eq!((again.status.as_u16(), again.json()), (201, made.json()));
    assert_eq!(client.post(&staff, "/v1/sellers", "key-1", body("other")).await.status, 422);
    let without = client.send(&staff, http::Method::POST, "/v1/sellers", &[], Some(body("other"))).await;
    assert_eq!((without.status.as_u16(), without.code().as_str()), (400, "kernel.idempotency_key_missing"));
    let taken = client.post(&staff, "/v1/sellers", "key-2", body("kleio")).await;
    assert_eq!((taken.status.as_u16(), taken.code().as_str()), (409, "sellers.slug_taken"));
    assert_eq!(test.events().await, ["seller.onboarded"]);
    assert_eq!(
        test.scalar(
            "SELECT count(*) FROM audit_record WHERE action = 'seller.onboarded' AND seller_id IS NOT NULL"
        )
        .await,
        1
    );
});

on_both!(onboarding_needs_its_permission_and_names_every_wrong_field, ALL, async |test: &Test| {
    let client = client(test);
    assert_eq!(client.post(&test.visitor(), "/v1/sellers", "k", body("kleio")).await.status, 401);
    assert_eq!(client.post(&test.person(None, &[READ]), "/v1/sellers", "k", body("kleio")).await.status, 403);
    let staff = test.person(None, &[WRITE]);
    let wrong =
        json!({ "slug": "K", "name": "", "email": "x", "country": "Germany", "commission_bp": 10_001 });
    let wrong = client.post(&staff, "/v1/sellers", "k", wrong).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.json()["errors"].as_array().unwrap().len()),
        (422, 5),
        "{}",
        wrong.json()
    );
    let mut more = body("kleio");
    more["status"] = json!("active");
    assert_eq!(
        client.post(&staff, "/v1/sellers", "k2", more).await.status,
        422,
        "a status is not the caller's to set"
    );
    assert_eq!(test.scalar("SELECT count(*) FROM seller").await, 0);
});

on_both!(visitors_see_what_is_public_and_insiders_the_rest, ALL, async |test: &Test| {
    let (kleio, ostra) = (seller(test, "kleio").await, seller(test, "ostra").await);
    let client = client(test);
    let (staff, owner) = (test.person(None, &[READ]), test.person(Some(kleio), &[READ]));
    let path = |id: Id<stoa_types::Seller>| format!("/v1/sellers/{id}");
    let public = client.get(&test.visitor(), &path(kleio)).await;
    let mut keys: Vec<String> = public.json().as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(keys, ["country", "description", "id", "live", "name", "slug"]);
    assert_eq!(public.etag(), "");
    assert_eq!(client.get(&staff, &path(kleio)).await.json()["details"]["email"], "shop@kleio.example");
    assert_eq!(client.get(&owner, &path(kleio)).await.etag(), "\"1\"");
    // X2: of another seller an owner learns what everybody learns.
    assert!(client.get(&owner, &path(ostra)).await.json().get("details").is_none());
    assert_eq!(client.get(&staff, "/v1/sellers/sel_00000000000000000000000000").await.status, 404);
    assert_eq!(client.get(&staff, "/v1/sellers/prd_00000000000000000000000000").await.status, 404);
    assert_eq!(client.get(&staff, "/v1/sellers/nonsense").await.status, 404);
});

// 17.E1
on_both!(liveness_follows_both_switches_there_and_back, ALL, async |test: &Test| {
    let (kleio, ostra) = (seller(test, "kleio").await, seller(test, "ostra").await);
    let client = client(test);
    let live = async || sellers::terms(test.app.db.read(), &[kleio]).await.unwrap()[&kleio].live;
    let listed = async |ctx: &stoa_kernel::Ctx| {
        client.get(ctx, "/v1/sellers").await.json()["items"].as_array().unwrap().len()
    };
    let (visitor, staff) = (test.visitor(), test.person(None, &[READ]));
    let (owner, rival) = (test.person(Some(kleio), &[READ]), test.person(Some(ostra), &[READ]));
    for (down, up) in
        [("status = 'suspended'", "status = 'active'"), ("presence = 'offline'", "presence = 'online'")]
    {
        assert!(live().await);
        set(test, &format!("UPDATE seller SET {down} WHERE slug = 'kleio'")).await;
        assert!(!live().await);
        assert_eq!(
            (listed(&visitor).await, listed(&staff).await, listed(&owner).await, listed(&rival).await),
            (1, 2, 2, 1)
        );
        assert_eq!(client.get(&visitor, &format!("/v1/sellers/{kleio}")).await.status, 404);
        assert_eq!(client.get(&rival, &format!("/v1/sellers/{kleio}")).await.status, 404);
        assert_eq!(client.get(&owner, &format!("/v1/sellers/{kleio}")).await.json()["live"], false);
        set(test, &format!("UPDATE seller SET {up} WHERE slug = 'kleio'")).await;
        assert_eq!(listed(&visitor).await, 2);
    }
    assert!(live().await);
});

// X9
on_both!(sellers_are_listed_in_pages, ALL, async |test: &Test| {
    for slug in ["delta", "alpha", "echo", "bravo", "charlie"] {
        seller(test, slug).await;
    }
    let (client, visitor) = (client(test), test.visitor());
    let (mut seen, mut path) = (Vec::new(), "/v1/sellers?limit=2".to_owned());
    loop {
        let page = client.get(&visitor, &path).await.json();
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/sellers?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["alpha", "bravo", "charlie", "delta", "echo"]);
    for (wrong, status) in
        [("limit=0", 422), ("limit=101", 422), ("after=nonsense", 400), ("colour=red", 400), ("limit=x", 400)]
    {
        assert_eq!(client.get(&visitor, &format!("/v1/sellers?{wrong}")).await.status, status, "{wrong}");
    }
});

on_both!(names_and_terms_come_for_many_sellers_at_once, ALL, async |test: &Test| {
    let (kleio, ostra) = (seller(test, "kleio").await, seller(test, "ostra").await);
    let nobody = Id::new(stoa_types::Uuid::nil());
    let conn = test.app.db.read();
    for _ in 0..2 {
        let names = sellers::names(conn, &[kleio, ostra, nobody, kleio]).await.unwrap();
        assert_eq!(
            (names.len(), names[&kleio].name.as_str(), names[&ostra].slug.as_str()),
            (2, "Shop kleio", "ostra")
        );
    }
    let terms = sellers::terms(conn, &[kleio, nobody]).await.unwrap();
    assert_eq!((terms.len(), terms[&kleio].commission_bp, terms[&kleio].country.as_str()), (1, 1_000, "DE"));
    assert!(
        sellers::terms(conn, &[]).await.unwrap().is_empty()
            && sellers::names(conn, &[]).await.unwrap().is_empty()
    );
    // 17.E4: a changed share counts from the next reading on.
    set(test, "UPDATE seller SET commission_bp = 500 WHERE slug = 'kleio'").await;
    assert_eq!(sellers::terms(conn, &[kleio]).await.unwrap()[&kleio].commission_bp, 500);
    assert_eq!(sellers::id_of_slug(conn, "kleio").await.unwrap(), Some(kleio));
    assert_eq!(sellers::id_of_slug(conn, "nobody").await.unwrap(), None);
    assert_eq!(sellers::by_slug(&test.visitor(), "kleio").await.unwrap().id, kleio);
    assert_eq!(sellers::by_slug(&test.visitor(), "nobody").await.unwrap_err().code(), "kernel.not_found");
});

on_both!(two_sellers_who_want_one_slug_at_once_get_one, ALL, async |test: &Test| {
    let ctx = test.system();
    let made = futures::future::join_all((0..6).map(|_| sellers::create(&ctx, shop("kleio")))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    assert!(made.iter().filter_map(|made| made.as_ref().err()).all(|error| error.is(sellers::SLUG_TAKEN)));
    assert_eq!(test.events().await.len(), 1);
    let page = sellers::list(&ctx, &PageQuery::default()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let described =
        CreateSeller { description: Some("Stoneware.\r\nThrown by hand.".to_owned()), ..shop("muse") };
    assert_eq!(
        sellers::create(&ctx, described).await.unwrap().description.as_deref(),
        Some("Stoneware.\nThrown by hand.")
    );
});
