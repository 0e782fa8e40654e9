//! People are told what changes about signing in to their account.

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde_json::json;
use stoa_identity::auth::{
    NOTICE, issue_link,
    notices::{Notice, NoticeAbout, notice_mail},
};
use stoa_identity_entities::one_time_link;
use stoa_identity_types::RoleName;
use stoa_testing::{Test, on_both};
use stoa_types::Id;

use super::{
    ALL, PASSWORD,
    browser::Browser,
    device,
    passkeys::{add, login},
    user,
};

const EMAIL: &str = "ana@stoa.example";

/// What people have been told so far, oldest first.
async fn told(test: &Test) -> Vec<Notice> {
    let sql = format!("SELECT data, internal FROM outbox_event WHERE name = '{NOTICE}' ORDER BY id");
    let statement = Statement::from_string(test.app.db.backend(), sql);
    let rows = test.app.db.read().query_all_raw(statement).await.expect("the outbox");
    rows.iter()
        .map(|row| {
            assert!(row.try_get::<bool>("", "internal").expect("a flag"), "nobody outside hears of it");
            let data: serde_json::Value = row.try_get("", "data").expect("data");
            assert!(!data.to_string().contains("stoa.example"), "{data}");
            serde_json::from_value(data).expect("a notice")
        })
        .collect()
}

async fn about(test: &Test) -> Vec<NoticeAbout> {
    told(test).await.into_iter().map(|notice| notice.about).collect()
}

on_both!(people_are_told_what_changes_about_signing_in, ALL, async |test: &Test| {
    let ana = user(test, EMAIL, RoleName::Shopper, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    login(&mut browser, EMAIL).await;
    assert!(about(test).await.is_empty(), "the first browser ever is no news");
    add(&mut browser, "Phone").await;
    let id = browser.get("/v1/auth/passkeys").await.json["items"][0]["id"].as_str().unwrap().to_owned();
    browser.delete(&format!("/v1/auth/passkeys/{id}")).await;
    let new = "four quiet green herons";
    browser.post("/v1/auth/password", json!({ "current": PASSWORD, "new": new })).await;
    let expected = [NoticeAbout::PasskeyAdded, NoticeAbout::PasskeyRemoved, NoticeAbout::PasswordChanged];
    assert_eq!(about(test).await, expected);

    let link = json!({ "email": EMAIL, "purpose": "reset" });
    browser.post("/v1/auth/links", link).await;
    let link = one_time_link::Entity::find().one(test.app.db.read()).await.unwrap().unwrap();
    let mail = issue_link(&test.system(), Id::new(link.id)).await.unwrap().unwrap();
    let token = mail.url.split_once("?token=").unwrap().1;
    let body = json!({ "token": token, "password": PASSWORD });
    assert_eq!(browser.post("/v1/auth/links/password", body).await.status, 204);
    assert_eq!(about(test).await.len(), 4);

    let notice = &told(test).await[0];
    let mail = notice_mail(&test.system(), notice).await.unwrap().unwrap();
    assert_eq!((mail.to.as_str(), mail.name.as_str()), (EMAIL, "Ana Ruiz"));
    assert_eq!(mail.url, "http://localhost:3000/en-gb/account/security");
    assert_eq!(notice.user, ana.id);
    let suspend = "UPDATE \"user\" SET status = 'suspended'";
    test.app.db.write().execute_unprepared(suspend).await.unwrap();
    assert!(notice_mail(&test.system(), notice).await.unwrap().is_none());
});

on_both!(a_browser_not_seen_before_is_told_of_once, ALL, async |test: &Test| {
    user(test, EMAIL, RoleName::Shopper, None).await;
    let from = |agent: &str| {
        let device =
            stoa_identity::auth::Device { user_agent: Some(agent.to_owned()), ..device("192.0.2.1") };
        Browser::new(&test.app, device)
    };
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    login(&mut from(firefox), EMAIL).await;
    login(&mut from(&firefox.replace("145", "146")), EMAIL).await;
    assert!(about(test).await.is_empty(), "an update is no new browser");
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1";
    login(&mut from(phone), EMAIL).await;
    test.travel(TimeDelta::days(2));
    login(&mut from(phone), EMAIL).await;
    assert_eq!(about(test).await, [NoticeAbout::NewDevice]);
    // What is kept about it says nothing by itself.
    assert_eq!(test.scalar("SELECT count(*) FROM known_device WHERE mark LIKE '%Firefox%'").await, 0);
});
