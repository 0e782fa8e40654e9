//! Proving once more who one is.

use chrono::TimeDelta;
use serde_json::{Value, json};
use stoa_identity_types::RoleName;
use stoa_testing::{Test, on_both};

use super::{ALL, PASSWORD, browser::Browser, device, user};

const EMAIL: &str = "ana@stoa.example";

async fn signed_in(test: &Test, address: &str) -> Browser {
    let mut browser = Browser::new(&test.app, device(address));
    let answer = browser.post("/v1/auth/login", json!({ "email": EMAIL, "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    browser
}

// 12.M5
on_both!(what_changes_how_one_signs_in_needs_a_proof_of_the_last_ten_minutes, ALL, async |test: &Test| {
    user(test, EMAIL, RoleName::Shopper, None).await;
    let mut browser = signed_in(test, "192.0.2.1").await;
    let mut other = signed_in(test, "192.0.2.2").await;
    let begin = async |browser: &mut Browser| browser.post("/v1/auth/passkeys/begin", json!(null)).await;
    assert_eq!(begin(&mut browser).await.status, 200, "signing in counts");
    test.travel(TimeDelta::minutes(10));
    let late = begin(&mut browser).await;
    assert_eq!((late.status.as_u16(), &late.json["code"]), (403, &json!("auth.step_up_required")));
    for path in ["/v1/auth/second-factor", "/v1/auth/second-factor/remove"] {
        assert_eq!(browser.post(path, json!(null)).await.status, 403, "{path}");
    }
    assert_eq!(browser.delete("/v1/auth/password").await.status, 403);

    let wrong = browser.post("/v1/auth/step-up", json!({ "password": "not the password" })).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json["errors"][0]["field"]), (422, &json!("password")));
    assert_eq!(browser.post("/v1/auth/step-up", json!({})).await.status, 422);
    assert_eq!(browser.post("/v1/auth/step-up", json!({ "password": PASSWORD })).await.status, 204);
    assert_eq!(begin(&mut browser).await.status, 200);
    assert_eq!(begin(&mut other).await.status, 403, "it is the session's, not the person's");
    let view = browser.get("/v1/auth/step-up").await.json;
    assert!(view["fresh_until"].is_string() && view["password"] == json!(true), "{view}");
    assert_eq!(other.get("/v1/auth/step-up").await.json["fresh_until"], Value::Null);

    let mut stranger = Browser::new(&test.app, device("192.0.2.3"));
    assert_eq!(begin(&mut stranger).await.status, 401);
    assert_eq!(stranger.post("/v1/auth/step-up", json!({ "password": PASSWORD })).await.status, 401);
    let trail = "SELECT count(*) FROM audit_record WHERE action = 'user.stepped_up'";
    assert_eq!(test.scalar(trail).await, 1);
});

// 12.M5, 12.M11: as slow for whoever borrows a browser as signing in.
on_both!(guessing_at_a_step_up_gets_slower, ALL, async |test: &Test| {
    user(test, EMAIL, RoleName::Shopper, None).await;
    let mut browser = signed_in(test, "192.0.2.1").await;
    for guess in 0..5 {
        let body = json!({ "password": format!("not the password {guess}") });
        assert_eq!(browser.post("/v1/auth/step-up", body).await.status, 422);
    }
    assert_eq!(browser.post("/v1/auth/step-up", json!({ "password": PASSWORD })).await.status, 429);
});

// 12.M5
on_both!(a_password_is_changed_by_the_old_one_or_right_after_a_proof, ALL, async |test: &Test| {
    user(test, EMAIL, RoleName::Shopper, None).await;
    let mut browser = signed_in(test, "192.0.2.1").await;
    let new = "four quiet green herons";
    assert_eq!(browser.post("/v1/auth/password", json!({ "new": new })).await.status, 204, "just signed in");
    test.travel(TimeDelta::minutes(11));
    let late = browser.post("/v1/auth/password", json!({ "new": PASSWORD })).await;
    assert_eq!((late.status.as_u16(), &late.json["code"]), (403, &json!("auth.step_up_required")));
    let wrong = browser.post("/v1/auth/password", json!({ "current": PASSWORD, "new": PASSWORD })).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json["errors"][0]["field"]), (422, &json!("current")));
    assert_eq!(
        browser.post("/v1/auth/password", json!({ "current": new, "new": PASSWORD })).await.status,
        204
    );
    // The only way of signing in stays.
    assert_eq!(browser.post("/v1/auth/step-up", json!({ "password": PASSWORD })).await.status, 204);
    let last = browser.delete("/v1/auth/password").await;
    assert_eq!((last.status.as_u16(), &last.json["code"]), (409, &json!("auth.last_way")));
});
