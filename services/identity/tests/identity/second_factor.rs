//! The second step at sign-in.

use chrono::TimeDelta;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use stoa_identity::auth::{issue_link, second_factor};
use stoa_identity_entities::one_time_link;
use stoa_identity_types::{RoleName, SecondFactorSetup};
use stoa_testing::{Test, on_both};
use stoa_types::Id;

use super::{
    ALL, PASSWORD, acting,
    browser::{Answer, Browser},
    device, user,
};

const EMAIL: &str = "ana@stoa.example";

/// The code an app with this key shows now.
fn code(test: &Test, key: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(key).expect("a key");
    let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    totp.generate(u64::try_from(test.app.now().timestamp()).expect("after 1970")).to_string()
}

async fn login(browser: &mut Browser) -> Answer {
    browser.post("/v1/auth/login", json!({ "email": EMAIL, "password": PASSWORD })).await
}

async fn send(browser: &mut Browser, code: &str) -> Answer {
    browser.post("/v1/auth/mfa/verify", json!({ "code": code })).await
}

/// A browser of Ana's, who has turned the second step on; with her app's key and her codes.
async fn with_second_step(test: &Test) -> (Browser, String, Vec<String>) {
    user(test, EMAIL, RoleName::Shopper, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    assert_eq!(login(&mut browser).await.status, 200);
    let begun = browser.post("/v1/auth/second-factor", json!(null)).await;
    assert_eq!(begun.status, 201, "{}", begun.json);
    let key = begun.json["key"].as_str().unwrap().to_owned();
    let codes = begun.json["recovery_codes"].as_array().unwrap().iter();
    let codes: Vec<String> = codes.map(|code| code.as_str().unwrap().to_owned()).collect();
    let answer = browser.post("/v1/auth/second-factor/confirm", json!({ "code": code(test, &key) })).await;
    assert_eq!(answer.status, 204, "{}", answer.json);
    (browser, key, codes)
}

// 12.M4
on_both!(the_second_step_is_asked_for_once_it_is_confirmed_and_not_before, ALL, async |test: &Test| {
    user(test, EMAIL, RoleName::Shopper, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    login(&mut browser).await;
    let begun = browser.post("/v1/auth/second-factor", json!(null)).await;
    let key = begun.json["key"].as_str().unwrap().to_owned();
    assert!(begun.json["uri"].as_str().unwrap().contains(&key));
    assert_eq!(begun.json["recovery_codes"].as_array().unwrap().len(), 10);
    let mut other = Browser::new(&test.app, device("192.0.2.2"));
    assert_eq!(login(&mut other).await.status, 200, "begun is not on");

    let wrong = browser.post("/v1/auth/second-factor/confirm", json!({ "code": "000000" })).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json["errors"][0]["code"]), (422, &json!("auth.code_wrong")));
    let before = browser.cookie.clone();
    let answer = browser.post("/v1/auth/second-factor/confirm", json!({ "code": code(test, &key) })).await;
    assert_eq!(answer.status, 204);
    assert_ne!(browser.cookie, before, "12.M2: a new id where rights change");
    assert_eq!(browser.name().await.as_deref(), Some("Ana Ruiz"));
    assert_eq!(other.name().await, None, "whoever came in without it is out");
    let view = browser.get("/v1/auth/second-factor").await.json;
    assert!(view["since"].is_string() && view["recovery_codes_left"] == json!(10), "{view}");
    let again = browser.post("/v1/auth/second-factor", json!(null)).await;
    assert_eq!((again.status.as_u16(), &again.json["code"]), (409, &json!("auth.second_factor_on")));

    let answer = login(&mut other).await;
    assert_eq!((answer.status.as_u16(), &answer.json["user"]), (202, &Value::Null));
    assert_eq!((&answer.json["code"], &answer.json["passkey"]), (&json!(true), &json!(false)));
    assert_eq!(other.name().await, None, "nobody before the code");
    test.travel(TimeDelta::seconds(30));
    let answer = send(&mut other, &code(test, &key)).await;
    assert_eq!((answer.status.as_u16(), &answer.json["email"]), (200, &json!(EMAIL)));
    assert_eq!(other.name().await.as_deref(), Some("Ana Ruiz"));
});

on_both!(a_code_works_once_even_when_two_send_it_at_once, ALL, async |test: &Test| {
    let (_, key, recovery) = with_second_step(test).await;
    let mut one = Browser::new(&test.app, device("192.0.2.2"));
    let mut two = Browser::new(&test.app, device("192.0.2.3"));
    login(&mut one).await;
    login(&mut two).await;
    // The code that turned it on was used by that.
    assert_eq!(send(&mut one, &code(test, &key)).await.status, 422);
    test.travel(TimeDelta::seconds(30));
    let now = code(test, &key);
    let (first, second) = tokio::join!(send(&mut one, &now), send(&mut two, &now));
    let mut both = [first.status.as_u16(), second.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [200, 422]);

    let mut three = Browser::new(&test.app, device("192.0.2.4"));
    login(&mut three).await;
    let typed = format!(" {} ", recovery[3].to_uppercase().replace('-', " "));
    assert_eq!(send(&mut three, &typed).await.status, 200, "however it is typed");
    let view = three.get("/v1/auth/second-factor").await.json;
    assert_eq!(view["recovery_codes_left"], json!(9));
    let mut four = Browser::new(&test.app, device("192.0.2.5"));
    login(&mut four).await;
    assert_eq!(send(&mut four, &recovery[3]).await.status, 422);
    assert_eq!(
        test.scalar("SELECT count(*) FROM audit_record WHERE action = 'user.recovery_code_used'").await,
        1
    );
});

// 12.E4
on_both!(guessing_codes_ends_after_five_and_clocks_may_be_one_step_off, ALL, async |test: &Test| {
    let (_, key, _) = with_second_step(test).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.2"));
    login(&mut browser).await;
    test.travel(TimeDelta::seconds(60));
    let behind = code(test, &key);
    test.travel(TimeDelta::seconds(30));
    assert_eq!(send(&mut browser, &behind).await.status, 200, "a clock one step behind");

    let mut guesser = Browser::new(&test.app, device("192.0.2.3"));
    login(&mut guesser).await;
    for guess in 0..5 {
        assert_eq!(send(&mut guesser, &format!("00000{guess}")).await.status, 422);
    }
    let slowed = send(&mut guesser, &code(test, &key)).await;
    assert_eq!(slowed.status, 429);
    assert!(slowed.headers.contains_key(http::header::RETRY_AFTER));
    // From another network too: whoever guesses codes has the password already.
    let mut elsewhere = Browser::new(&test.app, device("198.51.100.7"));
    login(&mut elsewhere).await;
    assert_eq!(send(&mut elsewhere, &code(test, &key)).await.status, 429);
});

on_both!(the_second_step_needs_the_first_and_soon, ALL, async |test: &Test| {
    let (_, key, _) = with_second_step(test).await;
    test.travel(TimeDelta::seconds(30));
    let mut stranger = Browser::new(&test.app, device("192.0.2.9"));
    let answer = send(&mut stranger, &code(test, &key)).await;
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (401, &json!("auth.second_step_over")));
    let mut browser = Browser::new(&test.app, device("192.0.2.2"));
    login(&mut browser).await;
    test.travel(TimeDelta::minutes(11));
    assert_eq!(send(&mut browser, &code(test, &key)).await.status, 401);
    assert_eq!(browser.name().await, None);
});

// 12.M9: nor does a mail get past it.
on_both!(neither_a_link_nor_a_reset_gets_past_the_second_step, ALL, async |test: &Test| {
    let (_, key, _) = with_second_step(test).await;
    let token = async |purpose: &str| {
        let mut asker = Browser::new(&test.app, device("192.0.2.8"));
        asker.post("/v1/auth/links", json!({ "email": EMAIL, "purpose": purpose })).await;
        let links = one_time_link::Entity::find().all(test.app.db.read()).await.unwrap();
        let last =
            links.into_iter().filter(|link| link.purpose == purpose).max_by_key(|link| link.id).unwrap();
        let mail = issue_link(&test.system(), Id::new(last.id)).await.unwrap().unwrap();
        mail.url.split_once("?token=").unwrap().1.to_owned()
    };
    let mut browser = Browser::new(&test.app, device("192.0.2.2"));
    let link = json!({ "token": token("sign_in").await });
    assert_eq!(browser.post("/v1/auth/links/sign-in", link).await.status, 202);
    assert_eq!(browser.name().await, None);
    let body = json!({ "token": token("reset").await, "password": "four quiet green herons" });
    assert_eq!(browser.post("/v1/auth/links/password", body).await.status, 204);
    let body = json!({ "email": EMAIL, "password": "four quiet green herons" });
    assert_eq!(browser.post("/v1/auth/login", body).await.status, 202);
    test.travel(TimeDelta::seconds(30));
    assert_eq!(send(&mut browser, &code(test, &key)).await.status, 200);
});

// 12.M5
on_both!(
    the_second_step_is_turned_off_right_after_it_was_taken_and_not_by_the_password,
    ALL,
    async |test: &Test| {
        let (mut browser, key, recovery) = with_second_step(test).await;
        test.travel(TimeDelta::minutes(11));
        let refused = browser.post("/v1/auth/second-factor/remove", json!(null)).await;
        assert_eq!((refused.status.as_u16(), &refused.json["code"]), (403, &json!("auth.step_up_required")));
        let ways = browser.get("/v1/auth/step-up").await.json;
        assert_eq!(
            (&ways["code"], &ways["password"], &ways["fresh_until"]),
            (&json!(true), &json!(false), &Value::Null)
        );
        let half = browser.post("/v1/auth/step-up", json!({ "password": PASSWORD })).await;
        assert_eq!((half.status.as_u16(), &half.json["errors"][0]["field"]), (422, &json!("code")));
        assert_eq!(browser.post("/v1/auth/step-up", json!({ "code": "000000" })).await.status, 422);
        assert_eq!(browser.post("/v1/auth/second-factor/remove", json!(null)).await.status, 403);
        let before = browser.cookie.clone();
        assert_eq!(browser.post("/v1/auth/step-up", json!({ "code": code(test, &key) })).await.status, 204);
        assert_ne!(browser.cookie, before, "12.M2: a new id where rights change");
        assert_eq!(browser.post("/v1/auth/second-factor/remove", json!(null)).await.status, 204);
        assert_eq!(browser.post("/v1/auth/second-factor/remove", json!(null)).await.status, 404);
        let mut other = Browser::new(&test.app, device("192.0.2.2"));
        assert_eq!(login(&mut other).await.status, 200);
        assert_eq!(test.scalar("SELECT count(*) FROM recovery_code").await, 0);
        assert_eq!(send(&mut other, &recovery[0]).await.status, 401, "there is nothing to take any more");
    }
);

on_both!(the_database_holds_neither_the_apps_key_nor_a_recovery_code, ALL, async |test: &Test| {
    let ana = user(test, EMAIL, RoleName::Shopper, None).await;
    let ctx = acting(test, &ana).await;
    let begin = async |email: &str| {
        let mut browser = Browser::new(&test.app, device("192.0.2.1"));
        browser.post("/v1/auth/login", json!({ "email": email, "password": PASSWORD })).await;
        let begun = browser.post("/v1/auth/second-factor", json!(null)).await;
        serde_json::from_value::<SecondFactorSetup>(begun.json).unwrap()
    };
    let begun = begin(EMAIL).await;
    assert_eq!(second_factor::set_up(&ctx).await.unwrap().as_ref(), Some(&begun), "shown again meanwhile");
    let secret = totp_rs::Secret::try_from_base32(&begun.key).unwrap();
    let hex: String = secret.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let found = async |text: &str| {
        let plain = text.replace('-', "");
        let sql = format!(
            "SELECT (SELECT count(*) FROM second_factor WHERE secret LIKE '%{text}%' OR recovery LIKE '%{text}%') \
             + (SELECT count(*) FROM recovery_code WHERE code_hash LIKE '%{plain}%') \
             + (SELECT count(*) FROM audit_record WHERE CAST(changes AS TEXT) LIKE '%{text}%')"
        );
        test.scalar(&sql).await
    };
    for text in [&begun.key, &hex, &begun.recovery_codes[0]] {
        assert_eq!(found(text).await, 0, "{text}");
    }
    // What is sealed for one row opens in no other.
    let bob = user(test, "bob@stoa.example", RoleName::Shopper, None).await;
    let bobs = acting(test, &bob).await;
    begin("bob@stoa.example").await;
    let steal = "UPDATE second_factor SET secret = (SELECT secret FROM second_factor WHERE user_id <> x.id) \
                 FROM (SELECT id FROM \"user\" WHERE email = 'bob@stoa.example') x WHERE user_id = x.id";
    sea_orm::ConnectionTrait::execute_unprepared(test.app.db.write(), steal).await.unwrap();
    assert!(second_factor::set_up(&bobs).await.is_err());
    // A set-up left lying is over after an hour.
    test.travel(TimeDelta::minutes(61));
    let late = stoa_kernel::Ctx { now: test.app.now(), ..ctx };
    assert!(second_factor::set_up(&late).await.unwrap().is_none());
});
