//! Browsers that are not asked for the second step.

use chrono::TimeDelta;
use serde_json::{Value, json};
use stoa_identity_types::RoleName;
use stoa_testing::{Test, on_both};

use super::{ALL, PASSWORD, browser::Browser, device, user};

const EMAIL: &str = "ana@stoa.example";

/// The code an app with this key shows now.
fn code(test: &Test, key: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(key).expect("a key");
    let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    totp.generate(u64::try_from(test.app.now().timestamp()).expect("after 1970")).to_string()
}

async fn login(browser: &mut Browser, password: &str) -> u16 {
    let body = json!({ "email": EMAIL, "password": password });
    browser.post("/v1/auth/login", body).await.status.as_u16()
}

/// A browser that has just signed in with both steps and is remembered, and the app's key.
async fn remembered(test: &Test) -> (Browser, String) {
    user(test, EMAIL, RoleName::Shopper, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    assert_eq!(login(&mut browser, PASSWORD).await, 200);
    let begun = browser.post("/v1/auth/second-factor", json!(null)).await.json;
    let key = begun["key"].as_str().expect("a key").to_owned();
    let body = json!({ "code": code(test, &key) });
    assert_eq!(browser.post("/v1/auth/second-factor/confirm", body).await.status, 204);
    browser.post("/v1/auth/logout", json!(null)).await;
    assert_eq!(login(&mut browser, PASSWORD).await, 202);
    test.travel(TimeDelta::seconds(30));
    let body = json!({ "code": code(test, &key), "remember": true });
    let answer = browser.post("/v1/auth/mfa/verify", body).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    let cookies = answer.headers.get_all(http::header::SET_COOKIE);
    let set = cookies.iter().filter_map(|set| set.to_str().ok()).find(|set| set.starts_with("stoa_device="));
    let set = set.expect("a cookie");
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Max-Age=2592000"),
        "{set}"
    );
    (browser, key)
}

// 12.M4
on_both!(a_remembered_browser_is_not_asked_for_thirty_days, ALL, async |test: &Test| {
    let (mut browser, _) = remembered(test).await;
    browser.post("/v1/auth/logout", json!(null)).await;
    assert_eq!(login(&mut browser, PASSWORD).await, 200);
    // Half of the proof is missing: what needs a step-up asks for the code.
    let begin = browser.post("/v1/auth/passkeys/begin", json!(null)).await;
    assert_eq!((begin.status.as_u16(), &begin.json["code"]), (403, &json!("auth.step_up_required")));
    let mut other = Browser::new(&test.app, device("192.0.2.2"));
    assert_eq!(login(&mut other, PASSWORD).await, 202, "the others are asked");
    test.travel(TimeDelta::days(30));
    assert_eq!(login(&mut browser, PASSWORD).await, 202);
});

// 12.M4
on_both!(
    a_remembered_browser_is_worth_nothing_for_anybody_else_nor_in_the_database,
    ALL,
    async |test: &Test| {
        let (browser, _) = remembered(test).await;
        let token = browser.remembered.clone().expect("a token");
        let kept = format!("SELECT count(*) FROM remembered_device WHERE token_hash LIKE '%{token}%'");
        assert_eq!(test.scalar(&kept).await, 0);
        // Bob, with a second step of his own, on the same browser.
        user(test, "bob@stoa.example", RoleName::Shopper, None).await;
        let mut bob = Browser::new(&test.app, device("192.0.2.7"));
        let body = json!({ "email": "bob@stoa.example", "password": PASSWORD });
        assert_eq!(bob.post("/v1/auth/login", body.clone()).await.status, 200);
        let begun = bob.post("/v1/auth/second-factor", json!(null)).await.json;
        let confirm = json!({ "code": code(test, begun["key"].as_str().unwrap()) });
        assert_eq!(bob.post("/v1/auth/second-factor/confirm", confirm).await.status, 204);
        bob.remembered = Some(token);
        assert_eq!(bob.post("/v1/auth/login", body).await.status, 202);
    }
);

// 12.M4
on_both!(a_remembered_browser_is_listed_and_forgotten_by_its_owner, ALL, async |test: &Test| {
    let (mut browser, _) = remembered(test).await;
    let listed = browser.get("/v1/auth/remembered-devices").await.json;
    let one = &listed["items"][0];
    assert_eq!((&one["current"], &one["address"]), (&json!(true), &json!("192.0.2.1")), "{listed}");
    let path = format!("/v1/auth/remembered-devices/{}", one["id"].as_str().unwrap());
    user(test, "bob@stoa.example", RoleName::Shopper, None).await;
    let mut bob = Browser::new(&test.app, device("192.0.2.7"));
    let body = json!({ "email": "bob@stoa.example", "password": PASSWORD });
    assert_eq!(bob.post("/v1/auth/login", body).await.status, 200);
    assert_eq!(bob.delete(&path).await.status, 404);
    let mut stranger = Browser::new(&test.app, device("192.0.2.9"));
    assert_eq!(stranger.get("/v1/auth/remembered-devices").await.status, 401);
    assert_eq!(browser.delete(&path).await.status, 204);
    assert_eq!(browser.get("/v1/auth/remembered-devices").await.json["items"], json!([]));
    assert_eq!(login(&mut browser, PASSWORD).await, 202);
});

// 12.M4, 12.M2
on_both!(a_new_password_ends_every_remembered_browser, ALL, async |test: &Test| {
    let (mut browser, _) = remembered(test).await;
    let new = "four quiet green herons";
    let answer = browser.post("/v1/auth/password", json!({ "current": PASSWORD, "new": new })).await;
    assert_eq!(answer.status, 204, "{}", answer.json);
    assert_eq!(login(&mut browser, new).await, 202);
    assert_eq!(test.scalar("SELECT count(*) FROM remembered_device").await, 0);
});

on_both!(remembered_browsers_whose_time_is_over_are_deleted, ALL, async |test: &Test| {
    remembered(test).await;
    test.travel(TimeDelta::days(31));
    let ctx = test.system();
    stoa_kernel::jobs::enqueue(ctx.db().write(), &ctx, "auth.clean_up_devices", Value::Null).await.unwrap();
    test.settle().await;
    assert_eq!(test.scalar("SELECT count(*) FROM remembered_device").await, 0);
    assert_eq!(test.scalar("SELECT count(*) FROM known_device").await, 1, "kept for a year");
    test.travel(TimeDelta::days(340));
    let ctx = test.system();
    stoa_kernel::jobs::enqueue(ctx.db().write(), &ctx, "auth.clean_up_devices", Value::Null).await.unwrap();
    test.settle().await;
    assert_eq!(test.scalar("SELECT count(*) FROM known_device").await, 0);
});
