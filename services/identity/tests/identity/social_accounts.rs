//! Signing in with an account elsewhere: whose it becomes, and whose it does not.

use std::sync::Arc;

use chrono::TimeDelta;
use http::{Extensions, header};
use sea_orm::ConnectionTrait;
use serde_json::json;
use stoa_identity::auth::{Account, Attempt, SocialLogin, SocialLogins, WRONG_CREDENTIALS};
use stoa_identity_types::RoleName;
use stoa_kernel::{BoxFuture, Result};
use stoa_testing::{Test, on_both};

use super::{ALL, PASSWORD, browser::Browser, device, user};

const EMAIL: &str = "ana@stoa.example";

/// A provider whose codes say who it is: `subject,address,verified`.
struct Lyceum;

impl SocialLogin for Lyceum {
    fn key(&self) -> &str {
        "lyceum"
    }

    fn label(&self) -> &str {
        "Lyceum"
    }

    fn issuer(&self) -> Option<&str> {
        Some("https://lyceum.example")
    }

    fn address<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<String>> {
        let Attempt { state, return_to, .. } = attempt;
        let address = format!("https://lyceum.example/ask?state={state}&redirect_uri={return_to}");
        Box::pin(async move { Ok(address) })
    }

    fn identify<'a>(&'a self, _: &'a Attempt, code: &'a str) -> BoxFuture<'a, Result<Account>> {
        Box::pin(async move {
            let mut parts = code.split(',').map(str::to_owned);
            let subject = parts.next().filter(|subject| !subject.is_empty());
            let subject = subject.ok_or_else(|| WRONG_CREDENTIALS.error("Lyceum does not know this."))?;
            let email = parts.next().filter(|email| !email.is_empty());
            let email_verified = parts.next().as_deref() == Some("verified");
            Ok(Account { subject, email, email_verified, name: Some("Ana Ruiz".to_owned()) })
        })
    }
}

fn wired() -> Extensions {
    let mut parts = Extensions::new();
    parts.insert(SocialLogins(Arc::new([Arc::new(Lyceum)])));
    parts
}

/// Goes to the provider; answers the state it is to come back with.
async fn begin(browser: &mut Browser, query: &str) -> String {
    let answer = browser.get(&format!("/v1/auth/social/lyceum/begin?{query}")).await;
    let location = answer.headers[header::LOCATION].to_str().unwrap().to_owned();
    assert!(location.starts_with("https://lyceum.example/ask?"), "{location}");
    assert!(location.contains("redirect_uri=http://localhost:3000/v1/auth/social/lyceum/callback"));
    location.split_once("state=").unwrap().1.split('&').next().unwrap().to_owned()
}

/// Comes back with this code; answers where the shop leads to.
async fn come_back(browser: &mut Browser, state: &str, code: &str) -> String {
    let code = code.replace(' ', "%20");
    let path = format!("/v1/auth/social/lyceum/callback?state={state}&code={code}&scope=openid");
    let answer = browser.get(&path).await;
    assert_eq!(answer.status, 303, "{}", answer.json);
    answer.headers[header::LOCATION].to_str().unwrap().to_owned()
}

async fn enter(browser: &mut Browser, code: &str) -> String {
    let state = begin(browser, "").await;
    come_back(browser, &state, code).await
}

fn browser(test: &Test) -> Browser {
    Browser::new(&test.app, device("192.0.2.1"))
}

async fn prove_address(test: &Test) {
    let sql = "UPDATE \"user\" SET email_verified_at = created_at";
    test.app.db.write().execute_unprepared(sql).await.unwrap();
}

// 12.M8
on_both!(a_verified_address_makes_an_account_that_is_found_again, ALL, wired(), async |test: &Test| {
    let mut here = browser(test);
    assert_eq!(enter(&mut here, "theo,Ana@Stoa.example,verified").await, "/en-gb");
    assert_eq!(here.name().await.as_deref(), Some("Ana Ruiz"));
    let registered = "SELECT count(*) FROM customer WHERE kind = 'registered' AND user_id IS NOT NULL";
    assert_eq!(test.scalar(registered).await, 1);
    // By the provider's id alone, whatever the address is by now.
    let mut again = browser(test);
    assert_eq!(enter(&mut again, "theo,other@stoa.example,no").await, "/en-gb");
    let one = again.get("/v1/auth/social/accounts").await.json;
    assert_eq!(one, here.get("/v1/auth/social/accounts").await.json);
    assert_eq!(
        (&one["items"][0]["label"], &one["items"][0]["email"]),
        (&json!("Lyceum"), &json!("Ana@Stoa.example"))
    );
    assert_eq!(test.scalar("SELECT count(*) FROM \"user\"").await, 1);
});

// 12.M8
on_both!(an_address_nobody_verified_opens_nothing, ALL, wired(), async |test: &Test| {
    user(test, EMAIL, RoleName::Shopper, None).await;
    prove_address(test).await;
    for code in ["theo,ana@stoa.example,no", "theo,,verified", "theo", "theo,no address,verified"] {
        let mut here = browser(test);
        assert_eq!(enter(&mut here, code).await, "/en-gb/sign-in?social=social_unverified", "{code}");
        assert_eq!(here.name().await, None);
    }
    assert_eq!(enter(&mut browser(test), ",x,verified").await, "/en-gb/sign-in?social=wrong_credentials");
    assert_eq!(test.scalar("SELECT count(*) FROM social_account").await, 0);
});

// 12.M8: whoever set an account up in another's name does not get that other's sign-in.
on_both!(an_account_here_that_proved_no_address_is_not_joined, ALL, wired(), async |test: &Test| {
    user(test, EMAIL, RoleName::Shopper, None).await;
    let mut here = browser(test);
    let code = "theo,ana@stoa.example,verified";
    assert_eq!(enter(&mut here, code).await, "/en-gb/sign-in?social=social_confirm_first");
    assert_eq!((here.name().await, test.scalar("SELECT count(*) FROM social_account").await), (None, 0));
    prove_address(test).await;
    assert_eq!(enter(&mut here, code).await, "/en-gb");
    assert_eq!(here.name().await.as_deref(), Some("Ana Ruiz"));
    assert!(test.events().await.contains(&"auth.notice".to_owned()), "its owner is told");
});

// 12.M8; RFC 6749, 10.12; RFC 9207
on_both!(an_attempt_is_its_browsers_and_ends_once, ALL, wired(), async |test: &Test| {
    let refused = "/en-gb/sign-in?social=wrong_credentials";
    let code = "theo,ana@stoa.example,verified";
    let mut here = browser(test);
    let state = begin(&mut here, "").await;
    assert_eq!(come_back(&mut browser(test), &state, code).await, refused, "another browser");
    assert_eq!(come_back(&mut here, "made-up", code).await, refused);
    assert_eq!(come_back(&mut here, &state, code).await, refused, "the attempt is over");
    let state = begin(&mut here, "").await;
    assert_eq!(come_back(&mut here, &state, &format!("{code}&iss=https://other.example")).await, refused);
    let state = begin(&mut here, "").await;
    assert_eq!(come_back(&mut here, &state, &format!("{code}&error=access_denied")).await, refused);
    let state = begin(&mut here, "").await;
    test.travel(TimeDelta::minutes(16));
    assert_eq!(come_back(&mut here, &state, code).await, refused, "too late");
    assert_eq!(test.scalar("SELECT count(*) FROM \"user\"").await, 0);
    let missing = here.get("/v1/auth/social/academy/begin").await;
    assert_eq!(missing.status, 404);
    assert_eq!(here.get("/v1/auth/social").await.json["items"][0]["key"], json!("lyceum"));
});

// 12.E5, 12.M3
on_both!(an_attempt_leads_nowhere_but_into_the_shop, ALL, wired(), async |test: &Test| {
    let code = "theo,ana@stoa.example,verified";
    let elsewhere = [
        "//evil.example",
        "/%5Cevil.example",
        "%5C%5Cevil.example",
        "https://evil.example",
        "http://localhost:3000@evil.example",
        "evil",
        "/a%0d%0ab",
    ];
    for next in elsewhere {
        let mut here = browser(test);
        let answer = here.get(&format!("/v1/auth/social/lyceum/begin?next={next}")).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json["code"]),
            (400, &json!("auth.next_elsewhere")),
            "{next}"
        );
        assert!(here.cookie.is_none(), "nothing was begun");
    }
    let refused = "SELECT count(*) FROM audit_record WHERE action = 'auth.next_refused'";
    assert_eq!(test.scalar(refused).await, i64::try_from(elsewhere.len()).unwrap());
    let mut here = browser(test);
    let state = begin(&mut here, "next=/en-gb/account").await;
    assert_eq!(come_back(&mut here, &state, code).await, "/en-gb/account");
});

// 12.M8
on_both!(an_account_elsewhere_is_added_and_the_last_way_in_stays, ALL, wired(), async |test: &Test| {
    user(test, EMAIL, RoleName::Shopper, None).await;
    let mut here = browser(test);
    here.post("/v1/auth/login", json!({ "email": EMAIL, "password": PASSWORD })).await;
    // Whatever its address: who is signed in has both.
    let state = begin(&mut here, "link=true").await;
    let to = come_back(&mut here, &state, "theo,theo@lyceum.example,no").await;
    assert_eq!(to, "/en-gb/account/security?social=linked");
    // Nobody else gets it.
    user(test, "bob@stoa.example", RoleName::Shopper, None).await;
    let mut bob = browser(test);
    bob.post("/v1/auth/login", json!({ "email": "bob@stoa.example", "password": PASSWORD })).await;
    let state = begin(&mut bob, "link=true").await;
    let to = come_back(&mut bob, &state, "theo,theo@lyceum.example,no").await;
    assert_eq!(to, "/en-gb/account/security?social=social_taken");
    let id = here.get("/v1/auth/social/accounts").await.json["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/auth/social/accounts/{id}");
    assert_eq!(bob.delete(&path).await.status, 404);

    assert_eq!(here.delete("/v1/auth/password").await.status, 204);
    let last = here.delete(&path).await;
    assert_eq!((last.status.as_u16(), &last.json["code"]), (409, &json!("auth.last_way")));
    assert_eq!(here.post("/v1/auth/password", json!({ "new": PASSWORD })).await.status, 204);
    assert_eq!(here.delete(&path).await.status, 204);

    test.travel(TimeDelta::minutes(11));
    let asked = here.get("/v1/auth/social/lyceum/begin?link=true").await;
    let to = asked.headers[header::LOCATION].to_str().unwrap();
    assert_eq!(to, "/en-gb/sign-in/confirm?next=/en-gb/account/security", "12.M5");
});

// 12.M4
on_both!(the_second_step_is_asked_for_all_the_same, ALL, wired(), async |test: &Test| {
    let mut here = browser(test);
    enter(&mut here, "theo,ana@stoa.example,verified").await;
    let begun = here.post("/v1/auth/second-factor", json!(null)).await.json;
    let secret = totp_rs::Secret::try_from_base32(begun["key"].as_str().unwrap()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    let code = totp.generate(u64::try_from(test.app.now().timestamp()).unwrap()).to_string();
    assert_eq!(here.post("/v1/auth/second-factor/confirm", json!({ "code": code })).await.status, 204);
    let mut other = browser(test);
    let state = begin(&mut other, "next=/en-gb/account").await;
    let to = come_back(&mut other, &state, "theo").await;
    assert_eq!(to, "/en-gb/sign-in/code?next=%2Fen-gb%2Faccount");
    assert_eq!(other.name().await, None);
});
