//! A customer's own record, and the change of its address.

use std::sync::Arc;

use chrono::TimeDelta;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;
use stoa_identity::{
    auth::{
        EMAIL_TAKEN, LINK_INVALID, LinkAbout, LinkMail, SqlSessions, issue_link, principal_of_user, sign_in,
    },
    customers::{self, EMAIL_SAME, change_email, confirm_email},
    email,
};
use stoa_identity_entities::one_time_link;
use stoa_identity_types::{ChangeEmail, ConfirmEmail, Password, RoleName, UpdateCustomer, UserView};
use stoa_kernel::{Ctx, error::codes};
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Customer, Id};
use tower_sessions::Session;

use super::{ALL, PASSWORD, acting, browser::Browser, credentials, device, user};

const OTHER: &str = "four quiet green herons";

/// Somebody with an account, who is signed in.
async fn shopper(test: &Test, email: &str) -> (UserView, Ctx, Id<Customer>) {
    let user = user(test, email, RoleName::Shopper, None).await;
    let ctx = acting(test, &user).await;
    let id = customers::mine(&ctx).await.expect("a customer");
    (user, ctx, id)
}

fn session(test: &Test) -> Session {
    Session::new(None, Arc::new(SqlSessions::new(&test.app)), None)
}

fn wants(email: &str, password: &str) -> ChangeEmail {
    ChangeEmail { email: email.to_owned(), password: Some(Password::new(password)), code: None }
}

/// The mails of all links, the newest first.
async fn mails(test: &Test) -> Vec<LinkMail> {
    let rows = one_time_link::Entity::find()
        .order_by_desc(one_time_link::Column::Id)
        .all(test.app.db.read())
        .await
        .expect("the links");
    let mut mails = Vec::new();
    for row in rows {
        mails.extend(issue_link(&test.system(), Id::new(row.id)).await.expect("an answer"));
    }
    mails
}

async fn mail_about(test: &Test, about: LinkAbout) -> LinkMail {
    let all = mails(test).await;
    all.iter().find(|mail| mail.about == about).cloned().unwrap_or_else(|| panic!("{about:?} in {all:?}"))
}

fn token(mail: &LinkMail) -> ConfirmEmail {
    ConfirmEmail { token: mail.url.split_once("?token=").expect("a token").1.to_owned() }
}

on_both!(a_profile_is_read_and_changed_by_whoever_it_is, ALL, async |test: &Test| {
    let (ana, ctx, id) = shopper(test, "ana@stoa.example").await;
    let (_, bob, _) = shopper(test, "bob@stoa.example").await;
    let seen = customers::get(&ctx, id).await.unwrap();
    assert_eq!(
        (seen.email.as_str(), seen.name.as_str(), seen.masked),
        ("ana@stoa.example", "Ana Ruiz", false)
    );
    let change = UpdateCustomer { name: Some(" Ana  María ".to_owned()), locale: Some("EL-gr".to_owned()) };
    let changed = customers::update(&ctx, id, seen.version, &change).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.locale.as_deref()), ("Ana  María", Some("el-gr")));
    let principal = principal_of_user(&test.app, ana.id).await.unwrap().unwrap();
    assert_eq!(principal.name, "Ana  María", "the sign-in has the name, too");
    let named = "SELECT count(*) FROM outbox_event WHERE name = 'customer.updated' \
                 AND CAST(data AS TEXT) LIKE '%name%locale%'";
    assert_eq!(test.scalar(named).await, 1);
    assert_eq!(
        test.scalar("SELECT count(*) FROM outbox_event WHERE CAST(data AS TEXT) LIKE '%Ana%'").await,
        0,
        "an event names what changed, not what it says"
    );
    for other in [&bob, &test.person(None, &[])] {
        let refused = customers::get(other, id).await.unwrap_err();
        assert_eq!(refused.problem(None).status, 404);
        assert!(customers::update(other, id, 2, &change).await.is_err());
    }
    assert!(customers::get(&test.visitor(), id).await.unwrap_err().is(codes::SIGN_IN));
    // Staff see enough to know whom they talk about.
    let staff = customers::get(&test.person(None, &[customers::READ]), id).await.unwrap();
    assert_eq!((staff.email.as_str(), staff.name.as_str(), staff.masked), ("a…@s….example", "A… M…", true));
});

// 11.E5
on_both!(e5_of_two_who_change_a_profile_at_once_one_is_told, ALL, async |test: &Test| {
    let (_, ctx, id) = shopper(test, "ana@stoa.example").await;
    let name = |name: &str| UpdateCustomer { name: Some(name.to_owned()), locale: None };
    let (first, second) = (name("Ana One"), name("Ana Two"));
    let both = futures::future::join(
        customers::update(&ctx, id, 1, &first),
        customers::update(&ctx, id, 1, &second),
    )
    .await;
    let lost = [both.0, both.1].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0].problem(None).status, 412);
    assert_eq!(test.scalar("SELECT version FROM customer").await, 2);
});

// 11.E5
on_both!(e5_nobody_gives_themselves_a_role_or_credit, ALL, async |test: &Test| {
    let (_, ctx, id) = shopper(test, "ana@stoa.example").await;
    let client = Client::new(&test.app, stoa_identity::routes());
    let path = format!("/v1/customers/{id}");
    let seen = client.get(&ctx, &path).await;
    assert_eq!((seen.status.as_u16(), seen.etag().as_str()), (200, "\"1\""));
    for wrong in [
        json!({ "role": "admin" }),
        json!({ "name": "Ana", "credit": 100 }),
        json!({ "email": "x@stoa.example" }),
        json!({ "kind": "guest" }),
        json!({ "version": 9 }),
        json!({ "name": "" }),
        json!({ "locale": "<b>" }),
    ] {
        let answer = client.patch(&ctx, &path, "\"1\"", wrong.clone()).await;
        assert_eq!(answer.status, 422, "{wrong}: {}", answer.json());
    }
    let blind = client.send(&ctx, http::Method::PATCH, &path, &[], Some(json!({ "name": "Ana" }))).await;
    assert_eq!(blind.status, 428);
    let right = client.patch(&ctx, &path, "\"1\"", json!({ "name": "Ana" })).await;
    assert_eq!((right.status.as_u16(), right.etag().as_str()), (200, "\"2\""));
    assert_eq!(client.patch(&ctx, &path, "\"1\"", json!({ "name": "Ann" })).await.status, 412);
    assert_eq!(client.get(&test.visitor(), &path).await.status, 401);
    assert_eq!(client.get(&test.person(None, &[]), &path).await.status, 404);
    assert_eq!(test.scalar("SELECT count(*) FROM user_role").await, 1, "still a shopper alone");
});

// 11.M1
on_both!(m1_an_address_changes_when_it_is_proved_and_the_former_one_is_told, ALL, async |test: &Test| {
    let (ana, ctx, id) = shopper(test, "ana@stoa.example").await;
    let session = session(test);
    for (email, password, field) in [
        ("ana", PASSWORD, "email"),
        ("ANA@stoa.example", PASSWORD, "email"),
        ("new@stoa.example", OTHER, "password"),
    ] {
        let refused = change_email(&ctx, &session, id, &wants(email, password)).await.unwrap_err();
        assert_eq!(refused.problem(None).errors[0].field, field, "{email}");
    }
    let unproved = ChangeEmail { email: "new@stoa.example".to_owned(), password: None, code: None };
    assert_eq!(change_email(&ctx, &session, id, &unproved).await.unwrap_err().problem(None).status, 403);
    assert!(mails(test).await.is_empty(), "nothing was asked for yet");

    change_email(&ctx, &session, id, &wants("New@BÜCHER.example", PASSWORD)).await.unwrap();
    assert_eq!(customers::get(&ctx, id).await.unwrap().email, "ana@stoa.example", "nothing changes yet");
    let notice = mail_about(test, LinkAbout::EmailNotice).await;
    assert_eq!((notice.to.as_str(), notice.url.contains("token")), ("ana@stoa.example", false));
    assert!(!notice.url.to_lowercase().contains("bücher"), "the old address does not learn the new one");
    let link = mail_about(test, LinkAbout::ChangeEmail).await;
    assert_eq!((link.to.as_str(), link.name.as_str()), ("New@BÜCHER.example", "Ana Ruiz"));
    assert!(link.url.contains("/account/profile/email?token="), "{}", link.url);

    // Whoever has the link has the address; they need not be signed in there.
    confirm_email(&test.visitor(), None, &token(&link)).await.unwrap();
    let seen = customers::get(&ctx, id).await.unwrap();
    assert_eq!((seen.email.as_str(), seen.email_verified), ("New@BÜCHER.example", true));
    let told = mail_about(test, LinkAbout::EmailChanged).await;
    assert_eq!((told.to.as_str(), told.url.contains("token")), ("ana@stoa.example", false));
    let again = confirm_email(&test.visitor(), None, &token(&link)).await.unwrap_err();
    assert!(again.is(LINK_INVALID));
    let signed =
        sign_in(&ctx, &credentials("new@xn--bcher-kva.example", PASSWORD), &device("192.0.2.1")).await;
    assert_eq!(signed.unwrap().user(), Some(ana.id));
    assert!(sign_in(&ctx, &credentials("ana@stoa.example", PASSWORD), &device("192.0.2.2")).await.is_err());
    let changed = "SELECT count(*) FROM audit_record WHERE action = 'user.email_changed'";
    assert_eq!(test.scalar(changed).await, 1);
    assert_eq!(test.scalar("SELECT count(*) FROM outbox_event WHERE name = 'customer.updated'").await, 1);
});

// 11.M1, 11.E1
on_both!(m1_nobody_learns_by_a_change_whose_an_address_is, ALL, async |test: &Test| {
    let (_, ctx, id) = shopper(test, "ana@stoa.example").await;
    let (_, _, bobs) = shopper(test, "bob@stoa.example").await;
    let session = session(test);
    let taken = change_email(&ctx, &session, id, &wants("bob@stoa.example", PASSWORD)).await.unwrap();
    let free = change_email(&ctx, &session, id, &wants("free@stoa.example", PASSWORD)).await.unwrap();
    assert!((free.expires_at - taken.expires_at).num_seconds().abs() < 60, "the same answer");
    let told = mail_about(test, LinkAbout::AddressTaken).await;
    assert_eq!((told.to.as_str(), told.url.contains("token")), ("bob@stoa.example", false));
    // The free one is taken before its link is opened.
    let link = mail_about(test, LinkAbout::ChangeEmail).await;
    user(test, "free@stoa.example", RoleName::Shopper, None).await;
    let late = confirm_email(&test.visitor(), None, &token(&link)).await.unwrap_err();
    assert!(late.is(EMAIL_TAKEN), "{late}");
    assert_eq!(customers::get(&test.system(), bobs).await.unwrap().version, 1);
    assert_eq!(customers::get(&ctx, id).await.unwrap().email, "ana@stoa.example");
});

// 11.M1
on_both!(m1_a_change_somebody_else_asked_for_ends_with_a_new_password, ALL, async |test: &Test| {
    let (_, ctx, id) = shopper(test, "ana@stoa.example").await;
    change_email(&ctx, &session(test), id, &wants("thief@stoa.example", PASSWORD)).await.unwrap();
    let link = mail_about(test, LinkAbout::ChangeEmail).await;
    test.travel(TimeDelta::minutes(5));
    // As the owner would: a new password now.
    let now = test.app.now();
    stoa_identity_entities::user::Entity::update_many()
        .col_expr(
            stoa_identity_entities::user::Column::PasswordChangedAt,
            sea_orm::sea_query::Expr::value(Some(now)),
        )
        .exec(test.app.db.write())
        .await
        .unwrap();
    assert!(confirm_email(&test.visitor(), None, &token(&link)).await.unwrap_err().is(LINK_INVALID));
});

// 11.M1
on_both!(m1_other_sessions_end_with_the_address_and_this_one_stays, ALL, async |test: &Test| {
    let (_, ctx, id) = shopper(test, "ana@stoa.example").await;
    let (mut here, mut there) =
        (Browser::new(&test.app, device("192.0.2.1")), Browser::new(&test.app, device("192.0.2.2")));
    let proof = json!({ "email": "ana@stoa.example", "password": PASSWORD });
    for browser in [&mut here, &mut there] {
        assert_eq!(browser.post("/v1/auth/login", proof.clone()).await.status, 200);
    }
    // Signed in just now: no proof is asked for again.
    let asked = here.post(&format!("/v1/customers/{id}/email"), json!({ "email": "new@stoa.example" })).await;
    assert_eq!(asked.status, 202, "{}", asked.json);
    let link = mail_about(test, LinkAbout::ChangeEmail).await;
    let done = here.post("/v1/customers/email/confirm", json!({ "token": token(&link).token })).await;
    assert_eq!(done.status, 204, "{}", done.json);
    assert!(here.name().await.is_some(), "this one stays");
    assert!(there.name().await.is_none(), "that one ended");
    let same =
        change_email(&ctx, &session(test), id, &wants("NEW@stoa.example", PASSWORD)).await.unwrap_err();
    assert_eq!(same.problem(None).errors[0].code, EMAIL_SAME.name);
});

/// 11.M1: a letter that looks like another's is another address or none.
#[test]
fn m1_look_alike_addresses_are_never_taken_for_each_other() {
    let same = |text: &str| email::normalise(text).map(|email| email.normalised);
    let plain = same("ana@apple.example").unwrap();
    assert_eq!(same("ana@аpple.example").unwrap(), "ana@xn--pple-43d.example", "a Cyrillic letter");
    assert_ne!(same("ana@аpple.example").unwrap(), plain);
    for none in ["аna@apple.example", "ana\u{200b}@apple.example", "ａna@apple.example", "anа@apple.example"]
    {
        assert_eq!(same(none), None, "{none:?}");
    }
    // What IDNA maps is the same address, however it is written.
    for one in ["ana@ａpple.example", "ana@APPLE.example", "ana@ap\u{ad}ple.example", "ana@apple。example"]
    {
        assert_eq!(same(one).as_ref(), Some(&plain), "{one:?}");
    }
    assert_ne!(same("ana@straße.example"), same("ana@strasse.example"));
}
