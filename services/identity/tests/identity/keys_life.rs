//! 45: apps and their keys, through the routes.

use std::net::IpAddr;

use chrono::TimeDelta;
use http::StatusCode;
use serde_json::{Value, json};
use stoa_identity::apps::{
    KEY_EXPIRED, KEY_FROM_KEY, KEY_INVALID, KEY_NETWORK, KEY_OVER, KEY_REVOKED, create_app_key, create_key,
    delete_app, list_app_keys, principal_of_bearer, principal_of_key, report_leak, rotate_key, transfer_app,
};
use stoa_identity_types::{
    CreateAppKey, CreateKey, NewKey, Password, ReportLeak, RoleName, RotateKey, TransferApp,
};
use stoa_testing::{Test, on_both};
use stoa_types::{App, Id, PageQuery};

use super::{
    ALL, PASSWORD, acting,
    browser::Browser,
    device,
    oauth_support::{registered, session},
    seller, user,
};

fn key(scopes: &[&str]) -> CreateAppKey {
    CreateAppKey {
        name: "Warehouse".to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..CreateAppKey::default()
    }
}

async fn made(test: &Test, app: Id<App>) -> NewKey {
    create_app_key(&test.system(), &session(&test.app), app, key(&["orders.read"])).await.expect("a key")
}

async fn rotated(test: &Test, old: &NewKey, overlap_seconds: i64) -> stoa_kernel::Result<NewKey> {
    let app = old.view.app.expect("an app's key");
    rotate_key(&test.system(), &session(&test.app), app, old.view.id, RotateKey { overlap_seconds }).await
}

// 45.M1, 45.M6: the specified operations.
on_both!(an_app_is_registered_and_its_keys_are_shown_once, ALL, async |test: &Test| {
    let kleio = seller(test, "kleio").await;
    user(test, "owner@kleio.example", RoleName::Seller, Some(kleio)).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    assert_eq!(browser.post("/v1/apps", json!({ "name": "Stock" })).await.status, StatusCode::UNAUTHORIZED);
    let signed =
        browser.post("/v1/auth/login", json!({ "email": "owner@kleio.example", "password": PASSWORD })).await;
    assert_eq!(signed.status, StatusCode::OK);
    let wrong = browser.post("/v1/apps", json!({ "name": " ", "website": "http://app.example" })).await;
    let fields: Vec<&str> = wrong.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!((wrong.status, fields), (StatusCode::UNPROCESSABLE_ENTITY, vec!["name", "website"]));
    let app = browser.post("/v1/apps", json!({ "name": "Stock", "website": "https://app.example" })).await;
    assert_eq!((app.status, &app.json["seller"]), (StatusCode::CREATED, &json!(kleio)));
    let keys = format!("/v1/apps/{}/keys", app.json["id"].as_str().unwrap());
    let input = json!({ "name": "Warehouse", "scopes": ["orders.read"], "networks": ["192.0.2.0/24"] });
    let key = browser.post(&keys, input.clone()).await;
    assert_eq!(key.status, StatusCode::CREATED);
    let secret = key.json["secret"].as_str().unwrap();
    let listed = browser.get(&keys).await.json;
    assert_eq!(listed["items"][0]["last_four"], json!(secret[secret.len() - 4..]));
    assert!(!listed.to_string().contains(secret));
    assert_eq!(listed["items"][0]["networks"], json!(["192.0.2.0/24"]));
    assert!(test.events().await.contains(&"apiKey.created".to_owned()));
    let clients = format!("/v1/apps/{}/oauth/clients", app.json["id"].as_str().unwrap());
    let input =
        json!({ "redirect_uris": ["https://app.example/"], "scopes": ["openid"], "confidential": true });
    let client = browser.post(&clients, input).await;
    assert_eq!(client.status, StatusCode::CREATED, "{:?}", client.json);
    assert!(!browser.get(&clients).await.json.to_string().contains(client.json["secret"].as_str().unwrap()));

    // 12.M5: not by a browser that somebody left open.
    test.travel(TimeDelta::minutes(10));
    let input = json!({ "name": "Late", "scopes": ["orders.read"] });
    let late = browser.post(&keys, input).await;
    assert_eq!((late.status, &late.json["code"]), (StatusCode::FORBIDDEN, &json!("auth.step_up_required")));
    let id = key.json["view"]["id"].as_str().unwrap();
    let late = browser.post(&format!("{keys}/{id}/rotate"), json!({ "overlap_seconds": 0 })).await;
    assert_eq!(late.json["code"], "auth.step_up_required");
    // Ending one is never made hard.
    let ended = browser.delete(&format!("{keys}/{id}")).await;
    assert_eq!((ended.status, ended.json["revoked_at"].is_string()), (StatusCode::OK, true));
    assert!(principal_of_key(&test.app, secret).await.unwrap_err().is(KEY_REVOKED));
});

// 45.M3
on_both!(a_successor_works_at_once_and_the_old_key_until_its_deadline, ALL, async |test: &Test| {
    let app = registered(test, "Stock", None).await;
    let old = made(test, app).await;
    principal_of_key(&test.app, &old.secret).await.unwrap();
    let new = rotated(test, &old, 60).await.unwrap();
    assert_ne!(new.secret, old.secret);
    assert_eq!((&new.view.name, &new.view.scopes), (&old.view.name, &old.view.scopes));
    for _ in 0..2 {
        principal_of_key(&test.app, &new.secret).await.unwrap();
        principal_of_key(&test.app, &old.secret).await.unwrap();
        test.travel(TimeDelta::milliseconds(29_999));
    }
    test.travel(TimeDelta::milliseconds(2));
    let over = principal_of_key(&test.app, &old.secret).await.unwrap_err();
    assert!(over.is(KEY_EXPIRED), "at its deadline, whatever was remembered: {over}");
    principal_of_key(&test.app, &new.secret).await.unwrap();
    let listed = list_app_keys(&test.system(), app, &PageQuery::default()).await.unwrap().items;
    assert_eq!(listed[1].successor, Some(new.view.id));
    assert!(rotated(test, &old, 60).await.unwrap_err().is(KEY_OVER), "it has its successor");

    // 0: it leaked.
    let third = rotated(test, &new, 0).await.unwrap();
    assert!(principal_of_key(&test.app, &new.secret).await.unwrap_err().is(KEY_EXPIRED));
    principal_of_key(&test.app, &third.secret).await.unwrap();
    for wrong in [-1, 30 * 86_400 + 1, i64::MAX, i64::MIN] {
        let refused = rotated(test, &third, wrong).await.unwrap_err().problem(None);
        assert_eq!((refused.status, refused.errors[0].field.as_str()), (422, "overlap_seconds"));
    }
    stoa_identity::apps::revoke_key(&test.system(), third.view.id).await.unwrap();
    assert!(rotated(test, &third, 0).await.unwrap_err().is(KEY_OVER), "nor does a revoked key live on");
    assert_eq!(test.scalar("SELECT count(*) FROM audit_record WHERE action = 'apiKey.rotated'").await, 2);
});

// 45.M3: never longer than it would have, and with as long a life.
on_both!(a_rotation_keeps_the_end_a_key_was_given, ALL, async |test: &Test| {
    let app = registered(test, "Stock", None).await;
    let ctx = test.system();
    let until = ctx.now + TimeDelta::days(10);
    let input = CreateAppKey { expires_at: Some(until), ..key(&["orders.read"]) };
    let old = create_app_key(&ctx, &session(&test.app), app, input).await.unwrap();
    test.travel(TimeDelta::days(9));
    let new = rotated(test, &old, 5 * 86_400).await.unwrap();
    assert!(new.view.expires_at.unwrap() > until + TimeDelta::days(8));
    test.travel(TimeDelta::days(1));
    assert!(
        principal_of_key(&test.app, &old.secret).await.unwrap_err().is(KEY_EXPIRED),
        "12 E2: at exactly then"
    );
});

// 45.M3: two at once make one successor.
on_both!(one_of_two_rotations_at_once_succeeds, ALL, async |test: &Test| {
    let app = registered(test, "Stock", None).await;
    let old = made(test, app).await;
    let (one, two) = tokio::join!(rotated(test, &old, 60), rotated(test, &old, 60));
    assert!(one.is_ok() != two.is_ok());
    let refused = one.err().or(two.err()).unwrap();
    assert!(refused.is(KEY_OVER), "{refused}");
    assert_eq!(test.scalar("SELECT count(*) FROM api_key").await, 2);
    assert_eq!(test.scalar("SELECT count(*) FROM outbox_event WHERE name = 'apiKey.created'").await, 2);
});

// 45.M2, 45.M8: networks, and where a key was last used.
on_both!(a_key_works_from_its_networks_and_says_where_it_was_used, ALL, async |test: &Test| {
    let app = registered(test, "Stock", None).await;
    let input = CreateAppKey { networks: vec!["192.0.2.0/24".to_owned()], ..key(&["orders.read"]) };
    let made = create_app_key(&test.system(), &session(&test.app), app, input).await.unwrap();
    let from = async |address: &str| {
        let address: IpAddr = address.parse().unwrap();
        principal_of_bearer(&test.app, &made.secret, Some(address)).await
    };
    assert!(from("198.51.100.1").await.unwrap_err().is(KEY_NETWORK));
    assert!(
        principal_of_key(&test.app, &made.secret).await.unwrap_err().is(KEY_NETWORK),
        "from nowhere known"
    );
    from("192.0.2.9").await.unwrap();
    let listed = list_app_keys(&test.system(), app, &PageQuery::default()).await.unwrap().items;
    assert_eq!(listed[0].last_used_from.as_deref(), Some("192.0.2.9"));
    assert!(listed[0].last_used_at.is_some());
    for networks in [vec!["example.com".to_owned()], vec!["192.0.2.1".to_owned(); 51]] {
        let input = CreateAppKey { networks, ..key(&["orders.read"]) };
        let refused = create_app_key(&test.system(), &session(&test.app), app, input).await.unwrap_err();
        assert_eq!(refused.problem(None).errors[0].field, "networks");
    }
});

// 45.M7
on_both!(no_program_makes_or_widens_what_outlives_it, ALL, async |test: &Test| {
    let app = registered(test, "Stock", None).await;
    let all = CreateKey {
        name: "All".to_owned(),
        scopes: ["apps.keys.write", "apps.write", "apps.read", "orders.read"].map(str::to_owned).to_vec(),
        seller: None,
        expires_at: None,
    };
    let all = create_key(&test.system(), all).await.unwrap();
    let program = principal_of_key(&test.app, &all.secret).await.unwrap().act(test.visitor());
    let browser = session(&test.app);
    let old = made(test, app).await;
    let refused = [
        create_app_key(&program, &browser, app, key(&["orders.read"])).await.err(),
        rotate_key(&program, &browser, app, old.view.id, RotateKey::default()).await.err(),
        stoa_identity::oauth::create_client(&program, &browser, app, Default::default()).await.err(),
        delete_app(&program, app).await.err(),
        stoa_identity::apps::create_app(&program, Default::default()).await.err(),
    ];
    for error in refused {
        assert!(error.unwrap().is(KEY_FROM_KEY));
    }
    principal_of_key(&test.app, &old.secret).await.unwrap();
});

// 45.M7: the owner leaves.
on_both!(
    keys_of_somebody_who_leaves_do_nothing_until_somebody_else_answers_for_them,
    ALL,
    async |test: &Test| {
        let kleio = seller(test, "kleio").await;
        let ana = user(test, "ana@kleio.example", RoleName::Seller, Some(kleio)).await;
        let bo = user(test, "bo@kleio.example", RoleName::Seller, Some(kleio)).await;
        let shopper = user(test, "shopper@stoa.example", RoleName::Shopper, None).await;
        let app = stoa_identity::apps::create_app(
            &acting(test, &ana).await,
            stoa_identity_types::CreateApp { name: "Stock".to_owned(), ..Default::default() },
        )
        .await
        .unwrap();
        let mut browser = Browser::new(&test.app, device("192.0.2.1"));
        browser.post("/v1/auth/login", json!({ "email": "ana@kleio.example", "password": PASSWORD })).await;
        let keys = format!("/v1/apps/{}/keys", app.id);
        let made = browser.post(&keys, json!({ "name": "Warehouse", "scopes": ["orders.read"] })).await.json;
        let secret = made["secret"].as_str().unwrap();
        let may = async || principal_of_key(&test.app, secret).await.unwrap().permissions.len();
        assert_eq!(may().await, 1);
        stoa_identity::auth::revoke_role(&test.system(), ana.id, RoleName::Seller, Some(kleio))
            .await
            .unwrap();
        assert_eq!(may().await, 0);
        let bo_ctx = acting(test, &bo).await;
        let refused = transfer_app(&bo_ctx, app.id, TransferApp { owner: shopper.id }).await.unwrap_err();
        assert_eq!(refused.problem(None).errors[0].field, "owner");
        let view = transfer_app(&bo_ctx, app.id, TransferApp { owner: bo.id }).await.unwrap();
        assert_eq!(view.owner, Some(bo.id));
        assert_eq!(may().await, 1);
        delete_app(&bo_ctx, app.id).await.unwrap();
        assert!(principal_of_key(&test.app, secret).await.unwrap_err().is(KEY_REVOKED));
        assert_eq!(
            stoa_identity::apps::get_app(&bo_ctx, app.id).await.unwrap_err().code(),
            "kernel.not_found"
        );
    }
);

// X2
on_both!(a_sellers_apps_are_unknown_to_others, ALL, async |test: &Test| {
    use stoa_identity::apps::{
        APPS_READ, APPS_WRITE, KEYS_READ, KEYS_WRITE, get_app, list_apps, revoke_app_key,
    };
    let (kleio, ostra) = (seller(test, "kleio").await, seller(test, "ostra").await);
    let app = registered(test, "Stock", Some(kleio)).await;
    let other = registered(test, "Other", Some(kleio)).await;
    let old = made(test, app).await;
    let rival = test.person(Some(ostra), &[APPS_READ, APPS_WRITE, KEYS_READ, KEYS_WRITE]);
    let codes: [Value; 5] = [
        json!(get_app(&rival, app).await.unwrap_err().code()),
        json!(list_app_keys(&rival, app, &PageQuery::default()).await.unwrap_err().code()),
        json!(revoke_app_key(&rival, app, old.view.id).await.unwrap_err().code()),
        json!(delete_app(&rival, app).await.unwrap_err().code()),
        json!(revoke_app_key(&test.system(), other, old.view.id).await.unwrap_err().code()),
    ];
    assert!(codes.iter().all(|code| code == "kernel.not_found"), "{codes:?}");
    assert!(list_apps(&rival, &PageQuery::default()).await.unwrap().items.is_empty());
    let own = test.person(Some(kleio), &[APPS_READ]);
    assert_eq!(list_apps(&own, &PageQuery::default()).await.unwrap().items.len(), 2);
    assert_eq!(
        list_apps(&test.system(), &PageQuery { limit: Some(1), after: None }).await.unwrap().items.len(),
        1
    );
});

// 45.B2
on_both!(a_key_that_somebody_has_found_is_ended, ALL, async |test: &Test| {
    let app = registered(test, "Stock", None).await;
    let owner = user(test, "admin@stoa.example", RoleName::Admin, None).await;
    let made = made(test, app).await;
    transfer_app(&test.system(), app, TransferApp { owner: owner.id }).await.unwrap();
    let report = |key: &str| ReportLeak {
        key: Password::new(key),
        found_at: Some("https://git.example/leak".to_owned()),
    };
    let visitor = test.visitor();
    report_leak(&visitor, &report(&made.secret[..made.secret.len() - 1])).await.unwrap();
    report_leak(&visitor, &report("nothing")).await.unwrap();
    principal_of_key(&test.app, &made.secret).await.unwrap();
    for _ in 0..2 {
        report_leak(&visitor, &report(&made.secret)).await.unwrap();
        assert!(principal_of_key(&test.app, &made.secret).await.unwrap_err().is(KEY_REVOKED));
    }
    assert_eq!(test.events().await.iter().filter(|name| *name == "apiKey.revoked").count(), 1);
    assert_eq!(test.scalar("SELECT count(*) FROM audit_record WHERE action = 'apiKey.leaked'").await, 1);
    let told = format!(
        "SELECT count(*) FROM outbox_event WHERE name = 'auth.notice' AND CAST(data AS TEXT) LIKE '%{}%'",
        owner.id
    );
    assert_eq!(test.scalar(&told).await, 1, "its owner is told, once");
    let text = format!("{:?}", report(&made.secret));
    assert!(!text.contains(&made.secret), "not by way of a log either");
    assert!(principal_of_bearer(&test.app, "stoa_dev_x", None).await.unwrap_err().is(KEY_INVALID));
});
