//! A second step that a role needs.

use http::Extensions;
use serde_json::{Value, json};
use stoa_identity::auth::SecondStepPolicy;
use stoa_identity_types::RoleName;
use stoa_testing::{Test, on_both};

use super::{
    ALL, PASSWORD,
    browser::Browser,
    device,
    passkeys::{add, enter, login},
    seller, user,
};

const STAFF: &str = "staff@stoa.example";

fn required() -> Extensions {
    let mut parts = Extensions::new();
    parts.insert(SecondStepPolicy { staff: true, sellers: false });
    parts
}

fn of_everybody() -> Extensions {
    let mut parts = Extensions::new();
    parts.insert(SecondStepPolicy { staff: true, sellers: true });
    parts
}

// 12.M4
on_both!(a_role_counts_only_once_its_holder_has_a_second_step, ALL, required(), async |test: &Test| {
    user(test, STAFF, RoleName::Staff, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    let answer = login(&mut browser, STAFF).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json["second_step_missing"], &answer.json["permissions"]),
        (200, &json!(true), &json!([]))
    );
    assert_eq!(browser.name().await.as_deref(), Some("Ana Ruiz"), "signed in, to set it up");
    let (mut passkey, added) = add(&mut browser, "Work laptop").await;
    assert_eq!(added.status, 201, "{}", added.json);

    // From now on the role is there, and the password alone does not get to it.
    let mut other = Browser::new(&test.app, device("192.0.2.2"));
    let answer = login(&mut other, STAFF).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json["passkey"], &answer.json["code"]),
        (202, &json!(true), &json!(false))
    );
    assert_eq!(other.name().await, None);
    assert_eq!(other.post("/v1/auth/mfa/verify", json!({ "code": "000000" })).await.status, 401);
    let answer = enter(&mut other, &mut passkey).await;
    assert_eq!((answer.status.as_u16(), &answer.json["second_step_missing"]), (200, &json!(false)));
    let permissions = answer.json["permissions"].as_array().expect("permissions");
    assert!(permissions.contains(&json!("orders.write")), "{permissions:?}");
});

// 12.M4
on_both!(who_gives_the_second_step_up_holds_no_role_any_more, ALL, required(), async |test: &Test| {
    user(test, STAFF, RoleName::Staff, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    login(&mut browser, STAFF).await;
    add(&mut browser, "Work laptop").await;
    let who = async |test: &Test, browser: &mut Browser| {
        let mut other = Browser::new(&test.app, device("192.0.2.2"));
        let id = browser.get("/v1/auth/passkeys").await.json["items"][0]["id"].clone();
        (login(&mut other, STAFF).await, id)
    };
    let (answer, id) = who(test, &mut browser).await;
    assert_eq!(answer.status, 202);
    let path = format!("/v1/auth/passkeys/{}", id.as_str().expect("an id"));
    assert_eq!(browser.delete(&path).await.status, 204, "the password is left");
    let (answer, _) = who(test, &mut browser).await;
    assert_eq!((answer.status.as_u16(), &answer.json["second_step_missing"]), (200, &json!(true)));
});

// 12.M4
on_both!(
    sellers_need_one_where_it_is_configured_and_shoppers_never,
    ALL,
    of_everybody(),
    async |test: &Test| {
        let kleio = seller(test, "kleio").await;
        user(test, "owner@stoa.example", RoleName::Seller, Some(kleio)).await;
        user(test, "ana@stoa.example", RoleName::Shopper, None).await;
        let mut browser = Browser::new(&test.app, device("192.0.2.1"));
        let answer = login(&mut browser, "owner@stoa.example").await.json;
        assert_eq!((&answer["second_step_missing"], &answer["seller"]), (&json!(true), &Value::Null));
        let answer = login(&mut browser, "ana@stoa.example").await.json;
        assert_eq!(answer["second_step_missing"], json!(false));
    }
);

on_both!(development_asks_nobody, ALL, async |test: &Test| {
    user(test, STAFF, RoleName::Admin, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    let body = json!({ "email": STAFF, "password": PASSWORD });
    let answer = browser.post("/v1/auth/login", body).await.json;
    assert_eq!(answer["second_step_missing"], json!(false));
    assert!(answer["permissions"].as_array().is_some_and(|held| !held.is_empty()));
});
