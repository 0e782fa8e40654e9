use chrono::TimeDelta;
use http::header;
use serde_json::json;
use stoa_identity::auth::{self, change_password, session};
use stoa_identity_types::{ChangePassword, Password, RoleName};
use stoa_testing::{Test, on_both};
use tower_sessions::{Session, SessionStore, session::Id};

use super::{ALL, PASSWORD, acting, browser::Browser, credentials, device, user};

async fn signed_in(test: &Test, email: &str, address: &str) -> Browser {
    let mut browser = Browser::new(&test.app, device(address));
    let answer = browser.post("/v1/auth/login", json!({ "email": email, "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    browser
}

/// The session as the server sees it in a request of this browser.
fn session_of(test: &Test, browser: &Browser) -> Session {
    let id: Id =
        browser.cookie.as_deref().and_then(|cookie| cookie.split_once('=')).unwrap().1.parse().unwrap();
    Session::new(Some(id), std::sync::Arc::new(auth::SqlSessions::new(&test.app)), None)
}

on_both!(signing_in_over_rest_sets_a_session_and_signing_out_ends_it, ALL, async |test: &Test| {
    user(test, "ana@stoa.example", RoleName::Staff, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    assert_eq!(browser.name().await, None);
    assert!(browser.cookie.is_none(), "a visitor who keeps nothing gets no session");
    let answer =
        browser.post("/v1/auth/login", json!({ "email": "ana@stoa.example", "password": PASSWORD })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json["email"], "ana@stoa.example");
    assert!(answer.json["permissions"].as_array().unwrap().contains(&json!("orders.write")));
    // 12.M2
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("stoa_session=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(browser.name().await.as_deref(), Some("Ana Ruiz"));
    assert_eq!(browser.post("/v1/auth/logout", json!(null)).await.status, 204);
    assert_eq!(browser.name().await, None);
    assert_eq!(
        browser.post("/v1/auth/logout", json!(null)).await.status,
        204,
        "signing out twice is nothing special"
    );
    assert_eq!(test.events().await, ["role.granted", "session.created", "session.revoked"]);
    assert_eq!(
        test.scalar(
            "SELECT count(*) FROM audit_record WHERE action IN ('session.created', 'session.revoked')"
        )
        .await,
        2
    );
    assert_eq!(test.scalar("SELECT count(*) FROM session").await, 0);
});

on_both!(signing_in_over_rest_refuses_what_does_not_fit, ALL, async |test: &Test| {
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    let wrong =
        browser.post("/v1/auth/login", json!({ "email": "ana@stoa.example", "password": PASSWORD })).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json["code"]), (401, &json!("auth.wrong_credentials")));
    assert!(browser.cookie.is_none());
    let more = json!({ "email": "a@stoa.example", "password": "x", "role": "admin" });
    assert_eq!(browser.post("/v1/auth/login", more).await.status, 422);
    assert_eq!(browser.post("/v1/auth/login", json!([1])).await.status, 422);
    for _ in 0..5 {
        browser.post("/v1/auth/login", json!({ "email": "ana@stoa.example", "password": "x" })).await;
    }
    let slowed =
        browser.post("/v1/auth/login", json!({ "email": "ana@stoa.example", "password": "x" })).await;
    assert_eq!(slowed.status, 429);
    assert!(slowed.headers.contains_key(header::RETRY_AFTER));
});

// 12.M2
on_both!(a_session_id_from_before_signing_in_is_worth_nothing_afterwards, ALL, async |test: &Test| {
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    browser.post("/note", json!(null)).await;
    let planted = browser.cookie.clone().unwrap();
    browser.post("/v1/auth/login", json!({ "email": "ana@stoa.example", "password": PASSWORD })).await;
    assert_ne!(browser.cookie, Some(planted.clone()));
    assert_eq!(session_of(test, &browser).get::<String>("note").await.unwrap().as_deref(), Some("kept"));
    let mut attacker = Browser::new(&test.app, device("198.51.100.1"));
    attacker.cookie = Some(planted);
    assert_eq!(attacker.name().await, None);
    assert_eq!(browser.name().await.as_deref(), Some("Ana Ruiz"));
});

on_both!(a_session_never_becomes_somebodys_without_a_new_id, ALL, async |test: &Test| {
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    browser.post("/note", json!(null)).await;
    let planted = session_of(test, &browser);
    let forged = json!({ "user": ana.id, "at": test.system().now, "staff": false, "address": null, "user_agent": null });
    planted.insert("auth.signed", forged).await.unwrap();
    planted.save().await.unwrap();
    assert_eq!(browser.name().await, None);
});

on_both!(the_database_holds_no_cookie_and_no_password, ALL, async |test: &Test| {
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let browser = signed_in(test, "ana@stoa.example", "192.0.2.1").await;
    let token = browser.cookie.as_deref().and_then(|cookie| cookie.split_once('=')).unwrap().1.to_owned();
    assert_eq!(
        test.scalar(&format!(
            "SELECT count(*) FROM session WHERE token_hash = '{token}' OR CAST(id AS TEXT) = '{token}'"
        ))
        .await,
        0
    );
    assert_eq!(test.scalar("SELECT count(*) FROM session WHERE length(token_hash) = 64").await, 1);
    assert_eq!(
        test.scalar(&format!("SELECT count(*) FROM \"user\" WHERE password_hash LIKE '%{PASSWORD}%'")).await,
        0
    );
});

// 12.M2
on_both!(sessions_are_listed_and_revoked_one_or_all_others, ALL, async |test: &Test| {
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let bob = user(test, "bob@stoa.example", RoleName::Shopper, None).await;
    let mut home = signed_in(test, "ana@stoa.example", "192.0.2.1").await;
    let mut work = signed_in(test, "ana@stoa.example", "2001:db8::7").await;
    let mut phone = signed_in(test, "ana@stoa.example", "192.0.2.3").await;
    let ctx = acting(test, &ana).await;
    let listed = session::list(&ctx, &session_of(test, &home)).await.unwrap();
    let current: Vec<_> = listed.iter().filter(|session| session.current).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0].address.as_deref(), Some("192.0.2.1"));
    let mut addresses: Vec<&str> = listed.iter().filter_map(|session| session.address.as_deref()).collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["192.0.2.1", "192.0.2.3", "2001:db8::7"]);
    assert!(listed.iter().all(|session| session.user_agent.as_deref() == Some("Testbrowser/1.0")));

    let at_work = listed.iter().find(|session| session.address.as_deref() == Some("2001:db8::7")).unwrap();
    let bobs = acting(test, &bob).await;
    let refused = session::revoke(&bobs, at_work.id).await.unwrap_err();
    assert_eq!(refused.code(), "kernel.not_found", "X2: another's session is not known to exist");
    session::revoke(&ctx, at_work.id).await.unwrap();
    assert_eq!(work.name().await, None, "at once");
    assert_eq!(session::revoke_others(&ctx, &session_of(test, &home)).await.unwrap(), 1);
    assert_eq!(phone.name().await, None);
    assert_eq!(home.name().await.as_deref(), Some("Ana Ruiz"));
    assert_eq!(session::list(&ctx, &session_of(test, &home)).await.unwrap().len(), 1);
    assert_eq!(test.events().await.iter().filter(|name| *name == "session.revoked").count(), 2);
});

on_both!(a_revoked_session_is_not_brought_back_by_a_request_that_was_under_way, ALL, async |test: &Test| {
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let mut browser = signed_in(test, "ana@stoa.example", "192.0.2.1").await;
    let under_way = session_of(test, &browser);
    under_way.insert("note", "late").await.unwrap();
    let ctx = acting(test, &ana).await;
    session::revoke(&ctx, session::list(&ctx, &session_of(test, &browser)).await.unwrap()[0].id)
        .await
        .unwrap();
    under_way.save().await.unwrap();
    assert_eq!(browser.name().await, None);
    assert_eq!(test.scalar("SELECT count(*) FROM session").await, 0);
});

// 12.M2
on_both!(a_changed_password_signs_out_everywhere_else, ALL, async |test: &Test| {
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let mut here = signed_in(test, "ana@stoa.example", "192.0.2.1").await;
    let mut there = signed_in(test, "ana@stoa.example", "192.0.2.2").await;
    let (ctx, session) = (acting(test, &ana).await, session_of(test, &here));
    let change = |current: &str, new: &str| ChangePassword {
        current: Some(Password::new(current)),
        new: Password::new(new),
    };
    let wrong = change_password(&ctx, &change("not the password", "short"), &session)
        .await
        .unwrap_err()
        .problem(None);
    let fields: Vec<&str> = wrong.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!((wrong.status, fields), (422, vec!["new", "current"]));
    assert_eq!(there.name().await.as_deref(), Some("Ana Ruiz"), "nothing changed");
    change_password(&ctx, &change(PASSWORD, "rosemary on friday"), &session).await.unwrap();
    assert_eq!((here.name().await.as_deref(), there.name().await), (Some("Ana Ruiz"), None));
    let old =
        auth::sign_in(&test.visitor(), &credentials("ana@stoa.example", PASSWORD), &device("192.0.2.9"))
            .await;
    assert!(old.unwrap_err().is(auth::WRONG_CREDENTIALS));
    auth::sign_in(
        &test.visitor(),
        &credentials("ana@stoa.example", "rosemary on friday"),
        &device("192.0.2.9"),
    )
    .await
    .unwrap();
});

// 12.M2
on_both!(a_session_ends_when_idle_and_when_too_old_and_is_cleaned_up, ALL, async |test: &Test| {
    user(test, "staff@stoa.example", RoleName::Staff, None).await;
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let mut idle = signed_in(test, "staff@stoa.example", "192.0.2.1").await;
    let mut busy = signed_in(test, "staff@stoa.example", "192.0.2.2").await;
    let mut shopper = signed_in(test, "ana@stoa.example", "192.0.2.3").await;
    test.travel(TimeDelta::hours(11));
    assert!(busy.name().await.is_some());
    test.travel(TimeDelta::hours(2));
    assert_eq!(idle.name().await, None, "thirteen hours without a sign of life");
    assert!(busy.name().await.is_some() && shopper.name().await.is_some());
    for _ in 0..15 {
        test.travel(TimeDelta::hours(11));
        busy.name().await;
    }
    assert!(busy.name().await.is_none(), "busy all the time, but a week old");
    assert!(shopper.name().await.is_some());
    assert_eq!(test.scalar("SELECT count(*) FROM session").await, 3);
    let ctx = test.system();
    stoa_kernel::jobs::enqueue(ctx.db().write(), &ctx, "auth.clean_up_sessions", json!(null)).await.unwrap();
    test.settle().await;
    assert_eq!(test.scalar("SELECT count(*) FROM session").await, 1);
});

on_both!(a_session_in_use_is_noted_at_most_every_ten_minutes, ALL, async |test: &Test| {
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let mut browser = signed_in(test, "ana@stoa.example", "192.0.2.1").await;
    let ctx = acting(test, &ana).await;
    let own = session_of(test, &browser);
    let seen = async || session::list(&ctx, &own).await.unwrap()[0].last_seen_at;
    let first = seen().await;
    test.travel(TimeDelta::minutes(9));
    browser.name().await;
    assert_eq!(seen().await, first);
    test.travel(TimeDelta::minutes(2));
    browser.name().await;
    assert!(seen().await > first);
});

on_both!(two_sessions_never_share_an_id, ALL, async |test: &Test| {
    let store = auth::SqlSessions::new(&test.app);
    let id = Id(42);
    let mut one = tower_sessions::session::Record {
        id,
        data: Default::default(),
        expiry_date: tower_sessions::cookie::time::OffsetDateTime::UNIX_EPOCH,
    };
    let mut two = one.clone();
    one.data.insert("whose".to_owned(), json!("one"));
    two.data.insert("whose".to_owned(), json!("two"));
    store.create(&mut one).await.unwrap();
    store.create(&mut two).await.unwrap();
    assert_eq!(one.id, id);
    assert_ne!(two.id, id);
    assert_eq!(store.load(&one.id).await.unwrap().unwrap().data["whose"], "one");
    assert_eq!(store.load(&two.id).await.unwrap().unwrap().data["whose"], "two");
    assert!(test.events().await.is_empty(), "a visitor's session is no news");
});

/// 12.M2: under TLS the cookie is sent over TLS alone and bound to this host.
#[tokio::test]
async fn a_cookie_of_a_shop_with_tls_stays_on_tls_and_on_its_host() {
    let test = Test::new(stoa_testing::Backend::Sqlite, ALL, Default::default()).await;
    let folder = test.folder().join("tls");
    std::fs::create_dir_all(&folder).unwrap();
    let settings =
        stoa_kernel::Settings { public_url: "https://stoa.example".to_owned(), ..test.app.settings.clone() };
    let app = stoa_kernel::App::new(stoa_kernel::app::Parts {
        settings,
        db: test.app.db.clone(),
        objects: test.app.objects.clone(),
        mail: test.app.mail.clone(),
        rate: test.app.rate.clone(),
        cache: test.app.cache.clone(),
        bus: test.app.bus.clone(),
        modules: ALL.to_vec(),
        parts: Default::default(),
    });
    let mut browser = Browser::new(&app, device("192.0.2.1"));
    let answer = browser.post("/note", json!(null)).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-stoa_session="), "{cookie}");
    for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

// 12.M2, 12.M5: what somebody does about their own sign-in, over REST.
on_both!(devices_and_password_are_their_owners_over_rest, ALL, async |test: &Test| {
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let mut stranger = Browser::new(&test.app, device("192.0.2.9"));
    assert_eq!(stranger.get("/v1/auth/sessions").await.status, 401);
    assert_eq!(stranger.post("/v1/auth/sessions/revoke-others", json!(null)).await.status, 401);
    let mut home = signed_in(test, "ana@stoa.example", "192.0.2.1").await;
    let mut work = signed_in(test, "ana@stoa.example", "192.0.2.2").await;
    let mut phone = signed_in(test, "ana@stoa.example", "192.0.2.3").await;
    let listed = home.get("/v1/auth/sessions").await;
    assert_eq!(listed.status, 200);
    let items = listed.json["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    let of = |address: &str| items.iter().find(|session| session["address"] == json!(address)).unwrap();
    assert!(of("192.0.2.1")["current"] == json!(true) && of("192.0.2.2")["current"] == json!(false));

    let path = format!("/v1/auth/sessions/{}", of("192.0.2.2")["id"].as_str().unwrap());
    assert_eq!(stranger.delete(&path).await.status, 401);
    assert_eq!(home.delete(&path).await.status, 204);
    assert_eq!(work.name().await, None);
    assert_eq!(home.delete(&path).await.status, 404, "it is gone");

    let body = json!({ "current": "not the password", "new": "four quiet green herons" });
    let wrong = home.post("/v1/auth/password", body).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json["errors"][0]["field"]), (422, &json!("current")));
    let body = json!({ "current": PASSWORD, "new": "four quiet green herons" });
    assert_eq!(home.post("/v1/auth/password", body).await.status, 204);
    assert_eq!((phone.name().await, home.name().await.is_some()), (None, true));
    let ended = home.post("/v1/auth/sessions/revoke-others", json!(null)).await;
    assert_eq!((ended.status.as_u16(), &ended.json["ended"]), (200, &json!(0)));
});
