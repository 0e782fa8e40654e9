//! Links that are sent to an address: to sign up, to choose a new password, to sign in.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;
use stoa_identity::{
    auth::{
        EMAIL_TAKEN, LINK_INVALID, LinkAbout, LinkMail, PASSWORD_WEAK, PASSWORD_WRONG, WRONG_CREDENTIALS,
        issue_link, look_at_link, request_link, reset_password, sign_in, sign_in_by_link,
    },
    customers::{self, IdentityData, confirm_sign_up, sign_up},
};
use stoa_identity_entities::one_time_link;
use stoa_identity_types::{
    ConfirmSignUp, LinkPurpose, LinkWanted, Password, RequestLink, ResetPassword, RoleName, SignUp, UseLink,
};
use stoa_kernel::{Ctx, error::codes, personal::PersonalData};
use stoa_testing::{Test, on_both};
use stoa_types::Id;

use super::{ALL, PASSWORD, browser::Browser, credentials, device, user};

const OTHER: &str = "four quiet green herons";

fn wants(email: &str, password: &str) -> SignUp {
    SignUp { email: email.to_owned(), name: "Ana Ruiz".to_owned(), password: Some(Password::new(password)) }
}

fn asks(email: &str, purpose: LinkWanted) -> RequestLink {
    RequestLink { email: email.to_owned(), purpose }
}

fn chosen(token: &str, password: &str) -> ConfirmSignUp {
    ConfirmSignUp { token: token.to_owned(), password: Some(Password::new(password)) }
}

fn new_password(token: &str, password: &str) -> ResetPassword {
    ResetPassword { token: token.to_owned(), password: Password::new(password) }
}

/// The mail of the link asked for last.
async fn mail(test: &Test) -> Option<LinkMail> {
    let last = one_time_link::Entity::find()
        .order_by_desc(one_time_link::Column::Id)
        .one(test.app.db.read())
        .await
        .expect("the links")
        .expect("a link");
    issue_link(&test.system(), Id::new(last.id)).await.expect("an answer")
}

/// What the address in the last mail ends with.
async fn token(test: &Test) -> String {
    let mail = mail(test).await.expect("a mail");
    mail.url.split_once("?token=").expect("a token").1.to_owned()
}

/// How many rows each table has that an answer could leave one in.
async fn rows(test: &Test) -> BTreeMap<&'static str, i64> {
    let mut rows = BTreeMap::new();
    for table in ["\"user\"", "customer", "one_time_link", "outbox_event", "audit_record", "job", "session"] {
        rows.insert(table, test.scalar(&format!("SELECT count(*) FROM {table}")).await);
    }
    rows
}

on_both!(an_account_exists_from_when_its_address_is_confirmed_and_not_before, ALL, async |test: &Test| {
    let ctx = test.visitor();
    sign_up(&ctx, &wants("Ana@Stoa.example", PASSWORD)).await.unwrap();
    assert_eq!(test.scalar("SELECT count(*) FROM \"user\"").await, 0);
    let refused = sign_in(&ctx, &credentials("ana@stoa.example", PASSWORD), &device("192.0.2.1")).await;
    assert!(refused.unwrap_err().is(WRONG_CREDENTIALS));

    let sent = mail(test).await.unwrap();
    assert_eq!(
        (sent.about, sent.to.as_str(), sent.name.as_str()),
        (LinkAbout::SignUp, "Ana@Stoa.example", "Ana Ruiz")
    );
    assert!(sent.url.starts_with("http://localhost:3000/en-gb/sign-up/confirm?token="), "{}", sent.url);
    assert_eq!(mail(test).await.unwrap(), sent, "a mail sent twice says the same");
    let token = token(test).await;
    assert_eq!(look_at_link(&ctx, &token, LinkPurpose::SignUp).await.unwrap().email, "Ana@Stoa.example");

    let ana = confirm_sign_up(&ctx, &chosen(&token, PASSWORD), &device("192.0.2.1")).await.unwrap();
    assert!(ana.permissions.is_empty() && ana.seller.is_none(), "a shopper");
    let verified = "SELECT count(*) FROM \"user\" WHERE email_verified_at IS NOT NULL";
    assert_eq!(test.scalar(verified).await, 1);
    let registered = "SELECT count(*) FROM customer WHERE kind = 'registered' AND user_id IS NOT NULL \
                      AND email_normalised = 'ana@stoa.example'";
    assert_eq!(test.scalar(registered).await, 1);
    assert_eq!(test.events().await, ["auth.link_requested", "customer.created"]);
    sign_in(&ctx, &credentials("ana@stoa.example", PASSWORD), &device("192.0.2.1")).await.unwrap();
    let kept = "SELECT count(*) FROM one_time_link WHERE name IS NOT NULL OR password_hash IS NOT NULL";
    assert_eq!(test.scalar(kept).await, 0, "what was kept for the account is in it now");
});

// 11.E1
on_both!(signing_up_with_a_known_address_looks_the_same_and_tells_its_owner, ALL, async |test: &Test| {
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let (mut grown, mut answers, mut statements) = (Vec::new(), Vec::new(), Vec::new());
    for email in ["ana@stoa.example", "bob@stoa.example"] {
        let before = rows(test).await;
        let ctx = Ctx { now: test.ctx.now, ..test.visitor() };
        let input = wants(email, OTHER);
        let (answer, sent) = test.statements(sign_up(&ctx, &input)).await;
        answers.push(answer.unwrap());
        statements.push(sent);
        let after = rows(test).await;
        grown
            .push(after.into_iter().map(|(table, count)| (table, count - before[table])).collect::<Vec<_>>());
        let sent = mail(test).await.unwrap();
        if email.starts_with("ana") {
            assert_eq!((sent.about, sent.minutes), (LinkAbout::Known, None));
            assert_eq!(sent.url, "http://localhost:3000/en-gb/sign-in", "no link into anything");
        } else {
            assert_eq!(sent.about, LinkAbout::SignUp);
        }
    }
    assert_eq!(grown[0], grown[1], "the same work");
    assert_eq!(statements[0], statements[1], "asked of the database in the same words");
    assert_eq!(answers[0], answers[1]);
    sign_in(&test.visitor(), &credentials("ana@stoa.example", PASSWORD), &device("192.0.2.1")).await.unwrap();
});

on_both!(nobody_is_led_into_an_account_that_somebody_else_set_up_for_them, ALL, async |test: &Test| {
    let ctx = test.visitor();
    sign_up(&ctx, &wants("ana@stoa.example", "the password of eve")).await.unwrap();
    let eves = token(test).await;
    // Ana opens the link that Eve had sent to her, and types what she would type.
    for _ in 0..5 {
        let refused = confirm_sign_up(&ctx, &chosen(&eves, PASSWORD), &device("192.0.2.1")).await;
        let problem = refused.unwrap_err().problem(None);
        assert_eq!((problem.status, problem.errors[0].code.as_str()), (422, PASSWORD_WRONG.name));
    }
    // Guessing is as slow as at sign-in.
    let slowed = confirm_sign_up(&ctx, &chosen(&eves, PASSWORD), &device("192.0.2.1")).await.unwrap_err();
    assert!(slowed.is(codes::TOO_MANY), "{slowed}");
    assert_eq!(test.scalar("SELECT count(*) FROM \"user\"").await, 0);
    // She signs up herself: the one she confirms counts, the other is worth nothing.
    sign_up(&ctx, &wants("ana@stoa.example", PASSWORD)).await.unwrap();
    confirm_sign_up(&ctx, &chosen(&token(test).await, PASSWORD), &device("192.0.2.2")).await.unwrap();
    let eve = confirm_sign_up(&ctx, &chosen(&eves, "the password of eve"), &device("192.0.2.3")).await;
    assert!(eve.unwrap_err().is(LINK_INVALID));
});

// 12.B1
on_both!(an_account_can_be_had_without_a_password, ALL, async |test: &Test| {
    let ctx = test.visitor();
    let input = SignUp { password: None, ..wants("ana@stoa.example", "") };
    sign_up(&ctx, &input).await.unwrap();
    let token = token(test).await;
    assert!(!look_at_link(&ctx, &token, LinkPurpose::SignUp).await.unwrap().has_password);
    let input = ConfirmSignUp { token, password: None };
    let ana = confirm_sign_up(&ctx, &input, &device("192.0.2.1")).await.unwrap();
    assert_eq!(ana.email.as_deref(), Some("ana@stoa.example"));
    assert_eq!(test.scalar("SELECT count(*) FROM \"user\" WHERE password_hash IS NULL").await, 1);
    for guess in ["", "nobody has this password"] {
        let refused = sign_in(&ctx, &credentials("ana@stoa.example", guess), &device("192.0.2.2")).await;
        assert!(refused.unwrap_err().is(WRONG_CREDENTIALS));
    }
});

on_both!(of_two_who_confirm_at_once_one_has_the_account, ALL, async |test: &Test| {
    let ctx = test.visitor();
    sign_up(&ctx, &wants("ana@stoa.example", PASSWORD)).await.unwrap();
    let token = token(test).await;
    let (one, two) = (chosen(&token, PASSWORD), chosen(&token, PASSWORD));
    let (here, there) = (device("192.0.2.1"), device("192.0.2.2"));
    let (first, second) =
        tokio::join!(confirm_sign_up(&ctx, &one, &here), confirm_sign_up(&ctx, &two, &there));
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    assert!(first.and(second).unwrap_err().is(LINK_INVALID));
    assert_eq!(test.scalar("SELECT count(*) FROM customer").await, 1);
});

on_both!(an_address_that_got_an_account_meanwhile_keeps_it, ALL, async |test: &Test| {
    let ctx = test.visitor();
    sign_up(&ctx, &wants("ana@stoa.example", OTHER)).await.unwrap();
    let token = token(test).await;
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let refused = confirm_sign_up(&ctx, &chosen(&token, OTHER), &device("192.0.2.1")).await.unwrap_err();
    assert!(refused.is(EMAIL_TAKEN), "{refused}");
    assert_eq!(test.scalar("SELECT count(*) FROM customer").await, 0);
    sign_in(&ctx, &credentials("ana@stoa.example", PASSWORD), &device("192.0.2.1")).await.unwrap();
});

on_both!(everything_wrong_with_a_sign_up_is_named_at_once, ALL, async |test: &Test| {
    let input = SignUp {
        email: "ana".to_owned(),
        name: "  ".to_owned(),
        password: Some(Password::new("iloveyouforever")),
    };
    let problem = sign_up(&test.visitor(), &input).await.unwrap_err().problem(None);
    let fields: Vec<&str> = problem.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!((problem.status, fields), (422, vec!["email", "name", "password"]));
    // 12.M1: nor a password made of what everybody knows.
    let own = wants("ana.ruiz@stoa.example", "ana.ruiz.ana.ruiz");
    assert_eq!(sign_up(&test.visitor(), &own).await.unwrap_err().problem(None).errors[0].field, "password");
    assert_eq!(test.scalar("SELECT count(*) FROM one_time_link").await, 0);
});

// 12.M9, 12.M11
on_both!(asking_for_a_link_costs_the_same_for_known_and_unknown_addresses, ALL, async |test: &Test| {
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    for purpose in [LinkWanted::Reset, LinkWanted::SignIn] {
        let (mut grown, mut answers, mut statements) = (Vec::new(), Vec::new(), Vec::new());
        for email in ["ana@stoa.example", "nobody@stoa.example"] {
            let before = rows(test).await;
            let ctx = Ctx { now: test.ctx.now, ..test.visitor() };
            let input = asks(email, purpose);
            let (answer, sent) = test.statements(request_link(&ctx, &input)).await;
            answers.push(answer.unwrap());
            statements.push(sent);
            let after = rows(test).await;
            grown.push(
                after.into_iter().map(|(table, count)| (table, count - before[table])).collect::<Vec<_>>(),
            );
            assert_eq!(mail(test).await.is_some(), email.starts_with("ana"), "mail goes to people we know");
        }
        assert_eq!(grown[0], grown[1], "the same rows, so the same mails queued");
        assert_eq!(statements[0], statements[1], "asked of the database in the same words");
        assert!(statements[0].iter().all(|sql| !sql.contains("\"user\"")), "nobody is looked up");
        assert_eq!(answers[0], answers[1]);
    }
    let problem =
        request_link(&test.visitor(), &asks("ana", LinkWanted::Reset)).await.unwrap_err().problem(None);
    assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, "email"));
});

// 12.M2, 12.M9
on_both!(a_reset_link_gives_a_new_password_once_and_ends_what_was_open, ALL, async |test: &Test| {
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    let body = json!({ "email": "ana@stoa.example", "password": PASSWORD });
    assert_eq!(browser.post("/v1/auth/login", body).await.status, 200);

    let ctx = test.visitor();
    request_link(&ctx, &asks("ana@stoa.example", LinkWanted::Reset)).await.unwrap();
    let older = token(test).await;
    request_link(&ctx, &asks("ANA@stoa.example", LinkWanted::SignIn)).await.unwrap();
    let way_in = token(test).await;
    request_link(&ctx, &asks(" ana@stoa.example", LinkWanted::Reset)).await.unwrap();
    let sent = mail(test).await.unwrap();
    assert_eq!((sent.about, sent.minutes), (LinkAbout::Reset, Some(60)));
    let token = token(test).await;

    let weak = reset_password(&ctx, &new_password(&token, "short")).await.unwrap_err().problem(None);
    assert_eq!(
        (weak.status, weak.errors[0].code.as_str()),
        (422, PASSWORD_WEAK.name),
        "the link still works"
    );
    reset_password(&ctx, &new_password(&token, OTHER)).await.unwrap();
    for over in [&token, &older] {
        assert!(reset_password(&ctx, &new_password(over, PASSWORD)).await.unwrap_err().is(LINK_INVALID));
    }
    let way_in = UseLink { token: way_in };
    assert!(sign_in_by_link(&ctx, &way_in).await.unwrap_err().is(LINK_INVALID));
    assert_eq!(browser.name().await, None, "signed out everywhere");
    let old = sign_in(&ctx, &credentials("ana@stoa.example", PASSWORD), &device("192.0.2.1")).await;
    assert!(old.unwrap_err().is(WRONG_CREDENTIALS));
    sign_in(&ctx, &credentials("ana@stoa.example", OTHER), &device("192.0.2.1")).await.unwrap();
    let trail =
        "SELECT count(*) FROM audit_record WHERE action IN ('user.password_reset', 'auth.link_refused')";
    assert_eq!(test.scalar(trail).await, 4, "one reset and three refusals");
});

on_both!(a_link_is_bound_to_its_purpose_its_time_and_its_account, ALL, async |test: &Test| {
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let ctx = test.visitor();
    request_link(&ctx, &asks("ana@stoa.example", LinkWanted::SignIn)).await.unwrap();
    let token_of = token(test).await;
    assert!(reset_password(&ctx, &new_password(&token_of, OTHER)).await.unwrap_err().is(LINK_INVALID));
    let confirm = confirm_sign_up(&ctx, &chosen(&token_of, PASSWORD), &device("192.0.2.1")).await;
    assert!(confirm.unwrap_err().is(LINK_INVALID));
    for wrong in ["", "x", &token_of[1..], &format!("{token_of}A"), &"a".repeat(10_000)] {
        let link = UseLink { token: wrong.to_owned() };
        assert!(sign_in_by_link(&ctx, &link).await.unwrap_err().is(LINK_INVALID), "{wrong}");
    }
    let link = UseLink { token: token_of };
    assert_eq!(sign_in_by_link(&ctx, &link).await.unwrap().name, "Ana Ruiz");
    assert!(sign_in_by_link(&ctx, &link).await.unwrap_err().is(LINK_INVALID), "once");

    // Time.
    request_link(&ctx, &asks("ana@stoa.example", LinkWanted::SignIn)).await.unwrap();
    let late = UseLink { token: token(test).await };
    test.travel(TimeDelta::minutes(16));
    assert!(mail(test).await.is_none(), "a mail that comes too late is not sent");
    assert!(sign_in_by_link(&test.visitor(), &late).await.unwrap_err().is(LINK_INVALID));

    // Somebody suspended gets none, and an earlier one lets nobody in.
    request_link(&test.visitor(), &asks("ana@stoa.example", LinkWanted::SignIn)).await.unwrap();
    let link = UseLink { token: token(test).await };
    sea_orm::ConnectionTrait::execute_unprepared(
        test.app.db.write(),
        "UPDATE \"user\" SET status = 'suspended'",
    )
    .await
    .unwrap();
    assert!(mail(test).await.is_none());
    assert!(sign_in_by_link(&test.visitor(), &link).await.unwrap_err().is(LINK_INVALID));
});

on_both!(nothing_in_the_database_opens_a_link, ALL, async |test: &Test| {
    let ctx = test.visitor();
    sign_up(&ctx, &wants("ana@stoa.example", PASSWORD)).await.unwrap();
    let token = token(test).await;
    for (table, column) in [
        ("one_time_link", "token_hash"),
        ("outbox_event", "CAST(data AS TEXT)"),
        ("audit_record", "CAST(changes AS TEXT)"),
    ] {
        let found = format!("SELECT count(*) FROM {table} WHERE {column} LIKE '%{}%'", &token[..20]);
        assert_eq!(test.scalar(&found).await, 0, "{table}");
    }
    let stored = one_time_link::Entity::find().one(test.app.db.read()).await.unwrap().unwrap();
    let link = UseLink { token: stored.token_hash };
    assert!(sign_in_by_link(&ctx, &link).await.unwrap_err().is(LINK_INVALID));
    assert_eq!(
        test.scalar("SELECT count(*) FROM outbox_event WHERE name = 'auth.link_requested' AND internal")
            .await,
        1,
        "never shown outside"
    );
});

on_both!(a_network_asks_for_few_links_and_tries_few, ALL, async |test: &Test| {
    let from = |address: &str| Ctx { network: Some(address.to_owned()), ..test.visitor() };
    let ask = async |ctx: &Ctx, email: &str| request_link(ctx, &asks(email, LinkWanted::Reset)).await;
    let ctx = from("192.0.2.1");
    for _ in 0..3 {
        ask(&ctx, "ana@stoa.example").await.unwrap();
    }
    assert!(ask(&ctx, "ana@stoa.example").await.unwrap_err().is(codes::TOO_MANY));
    // Nobody can keep another from asking.
    ask(&from("198.51.100.7"), "ana@stoa.example").await.unwrap();
    let mut refused = 0;
    for number in 0..40 {
        refused += usize::from(ask(&ctx, &format!("a{number}@stoa.example")).await.is_err());
    }
    assert!((15..40).contains(&refused), "{refused}");
    let guess = UseLink { token: "guess".to_owned() };
    let mut guesses = 0;
    while sign_in_by_link(&ctx, &guess).await.unwrap_err().is(LINK_INVALID) {
        guesses += 1;
        assert!(guesses < 100, "guessing never ends");
    }
});

on_both!(what_was_typed_for_an_account_that_nobody_confirmed_is_forgotten, ALL, async |test: &Test| {
    sign_up(&test.visitor(), &wants("ana@stoa.example", PASSWORD)).await.unwrap();
    let clean =
        ALL.iter().flat_map(|module| module.jobs).find(|job| job.kind == "auth.clean_up_links").unwrap();
    let ctx = test.system();
    let tx = ctx.db().begin().await.unwrap();
    stoa_kernel::jobs::enqueue(&tx, &ctx, clean.kind, ()).await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    test.settle().await;
    assert_eq!(test.scalar("SELECT count(*) FROM one_time_link").await, 1, "it may still be confirmed");
    test.travel(TimeDelta::hours(49));
    let ctx = test.system();
    let tx = ctx.db().begin().await.unwrap();
    stoa_kernel::jobs::enqueue(&tx, &ctx, clean.kind, ()).await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    test.settle().await;
    assert_eq!(test.scalar("SELECT count(*) FROM one_time_link").await, 0);

    // 11.M7: and so is what an erased customer's address was sent.
    let ctx = test.system();
    let tx = ctx.db().begin().await.unwrap();
    let ana = customers::guest(&tx, &ctx, "ana@stoa.example", "Ana").await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    sign_up(&test.visitor(), &wants("ana@stoa.example", PASSWORD)).await.unwrap();
    let tx = ctx.db().begin().await.unwrap();
    IdentityData.erase(&tx, &ctx, ana).await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    assert_eq!(test.scalar("SELECT count(*) FROM one_time_link").await, 0);
});

on_both!(signing_up_and_coming_back_work_over_rest, ALL, async |test: &Test| {
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    let body = json!({ "email": "ana@stoa.example", "name": "Ana", "password": PASSWORD });
    let answer = browser.post("/v1/customers", body).await;
    assert_eq!(answer.status, 202, "{}", answer.json);
    assert!(browser.cookie.is_none() && answer.json["expires_at"].is_string());
    // 11.E5
    let more = json!({ "email": "a@stoa.example", "name": "A", "password": PASSWORD, "role": "admin" });
    assert_eq!(browser.post("/v1/customers", more).await.status, 422);
    let body = json!({ "token": token(test).await, "password": PASSWORD });
    let answer = browser.post("/v1/customers/confirm", body.clone()).await;
    assert_eq!((answer.status.as_u16(), &answer.json["email"]), (201, &json!("ana@stoa.example")));
    assert_eq!(browser.name().await.as_deref(), Some("Ana"));
    let again = browser.post("/v1/customers/confirm", body).await;
    assert_eq!((again.status.as_u16(), &again.json["code"]), (404, &json!("auth.link_invalid")));

    let mut elsewhere = Browser::new(&test.app, device("192.0.2.2"));
    let body = json!({ "email": "ana@stoa.example", "purpose": "sign_in" });
    assert_eq!(elsewhere.post("/v1/auth/links", body).await.status, 202);
    let answer = elsewhere.post("/v1/auth/links/sign-in", json!({ "token": token(test).await })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(elsewhere.name().await.as_deref(), Some("Ana"));

    let body = json!({ "email": "ana@stoa.example", "purpose": "reset" });
    assert_eq!(elsewhere.post("/v1/auth/links", body).await.status, 202);
    let body = json!({ "token": token(test).await, "password": OTHER });
    assert_eq!(elsewhere.post("/v1/auth/links/password", body).await.status, 204);
    assert_eq!((browser.name().await, elsewhere.name().await), (None, None));
});
