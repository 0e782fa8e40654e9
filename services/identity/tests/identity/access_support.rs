//! Support that acts for a shop with its owner's leave.

use std::sync::Arc;

use chrono::TimeDelta;
use stoa_identity::{
    access,
    auth::{USERS_READ, principal_of_session, principal_of_user, session},
};
use stoa_identity_types::{AskSupport, GiveRole, RoleName};
use stoa_kernel::{Permission, error::codes};
use stoa_testing::{Test, on_both};
use tower_sessions::Session;

use super::{
    ALL,
    access::{built_in, owned},
    acting, device, seller, user,
};

// 12.B2
on_both!(support_acts_with_leave_for_a_while_and_under_both_names, ALL, async |test: &Test| {
    let (kleio, ana, anas) = owned(test, "kleio").await;
    let (_, _, other) = owned(test, "arta").await;
    let bob = user(test, "bob@stoa.example", RoleName::Orders, Some(kleio)).await;
    let staff = user(test, "staff@stoa.example", RoleName::Staff, None).await;
    let staffs = acting(test, &staff).await;
    let session = Session::new(None, Arc::new(stoa_identity::auth::SqlSessions::new(&test.app)), None);
    let principal = principal_of_user(&test.app, staff.id).await.unwrap().unwrap();
    let _ = session::start(&test.visitor(), &session, &principal, &device("192.0.2.1")).await.unwrap();
    let now = async || principal_of_session(&test.app, &session).await.unwrap().unwrap().act(test.visitor());
    let wanted = |write| AskSupport { seller: kleio, reason: "Parcel K7".to_owned(), write, minutes: 60 };

    // Nothing without being asked, by those who may ask, with a reason.
    assert!(access::ask_support(&anas, &wanted(false)).await.unwrap_err().is(codes::FORBIDDEN));
    let vague = AskSupport { reason: String::new(), minutes: 9999, ..wanted(false) };
    let fields = access::ask_support(&staffs, &vague).await.unwrap_err().problem(None).errors;
    assert_eq!(fields.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["reason", "minutes"]);
    let asked = access::ask_support(&staffs, &wanted(true)).await.unwrap();
    assert!(access::begin_support(&staffs, &session, asked.id).await.unwrap_err().is(access::REQUEST_OVER));
    let bobs = acting(test, &bob).await;
    assert!(access::consent_to_support(&bobs, asked.id, true).await.unwrap_err().is(access::NOT_AN_OWNER));
    assert!(access::consent_to_support(&other, asked.id, true).await.unwrap_err().is(codes::NOT_FOUND));
    assert!(access::consent_to_support(&staffs, asked.id, true).await.unwrap_err().is(codes::NOT_FOUND));
    assert_eq!(access::list_support(&anas).await.unwrap().items.len(), 1);
    assert!(access::list_support(&bobs).await.unwrap().items.is_empty());

    // Reading alone, though more was asked for.
    access::consent_to_support(&anas, asked.id, false).await.unwrap();
    access::begin_support(&staffs, &session, asked.id).await.unwrap();
    let ctx = now().await;
    assert_eq!((ctx.seller, ctx.support, ctx.user().unwrap()), (Some(kleio), Some(ana.id), staff.id));
    assert!(ctx.may(Permission("orders.read")) && !ctx.may(Permission("products.write")));
    assert!(
        !ctx.may(access::TEAM_READ) && !ctx.may(access::SUPPORT_WRITE),
        "neither the team nor more leave"
    );
    let (_, _, writes) = access::support_banner(&ctx).await.unwrap().unwrap();
    assert!(!writes);
    assert!(access::reads_only(&ctx) && !access::reads_only(&staffs) && !access::reads_only(&anas));
    for (path, let_through) in [("/seller/orders", true), ("/v1/orders", false)] {
        access::note_support(&ctx, "GET", path, let_through).await.unwrap();
        access::note_support(&anas, "GET", path, let_through).await.unwrap();
    }
    let both = |action: &str| {
        format!(
            "SELECT count(*) FROM audit_record WHERE action = '{action}' AND actor = '{}' \
             AND CAST(changes AS TEXT) LIKE '%{}%'",
            staff.id, ana.id
        )
    };
    assert_eq!(test.scalar(&both("support.viewed")).await, 1);
    assert_eq!(test.scalar(&both("support.refused")).await, 1);
    // Over when the owner says so, with the next request.
    access::end_support(&anas, asked.id).await.unwrap();
    let ctx = now().await;
    assert!(ctx.seller.is_none() && ctx.support.is_none() && ctx.may(USERS_READ));
    assert!(access::consent_to_support(&anas, asked.id, true).await.unwrap_err().is(access::REQUEST_OVER));

    // Changes, where they were agreed to; over by itself.
    let asked = access::ask_support(&staffs, &wanted(true)).await.unwrap();
    access::consent_to_support(&anas, asked.id, true).await.unwrap();
    access::begin_support(&staffs, &session, asked.id).await.unwrap();
    let ctx = now().await;
    assert!(ctx.may(Permission("products.write")) && !ctx.may(access::TEAM_WRITE));
    assert!(!access::reads_only(&ctx));
    assert!(!ctx.may(Permission("apps.keys.write")));
    test.travel(TimeDelta::minutes(60));
    assert!(now().await.seller.is_none());

    // Given up by oneself, and never more than its giver has.
    let (anas, staffs) = (acting(test, &ana).await, acting(test, &staff).await);
    let asked = access::ask_support(&staffs, &wanted(false)).await.unwrap();
    access::consent_to_support(&anas, asked.id, true).await.unwrap();
    access::begin_support(&staffs, &session, asked.id).await.unwrap();
    assert!(!now().await.may(Permission("products.write")), "changes were not asked for");
    let before = session.id();
    access::leave_support(&now().await, &session).await.unwrap();
    assert!(now().await.support.is_none() && session.id() != before, "under a new session id");
    access::begin_support(&staffs, &session, asked.id).await.unwrap();
    user(test, "cleo@stoa.example", RoleName::Seller, Some(kleio)).await;
    access::take_role(&test.system(), ana.id, built_in(RoleName::Seller), Some(kleio)).await.unwrap();
    assert!(now().await.support.is_none(), "leave goes with its giver");
});

// 12.B2: from the page of one's own account, whichever shop one looks at.
on_both!(an_owner_of_several_shops_answers_support_for_each, ALL, async |test: &Test| {
    let (kleio, ana, _) = owned(test, "kleio").await;
    let arta = seller(test, "arta").await;
    let own = GiveRole { role: built_in(RoleName::Seller), seller: Some(arta) };
    access::give_role(&test.system(), ana.id, &own).await.unwrap();
    let (_, _, other) = owned(test, "other").await;
    let anas = acting(test, &ana).await;
    assert_eq!(anas.seller, Some(kleio), "she looks at her first shop");
    let staff = user(test, "staff@stoa.example", RoleName::Staff, None).await;
    let staffs = acting(test, &staff).await;
    let wanted = AskSupport { seller: arta, reason: "Parcel A1".to_owned(), write: false, minutes: 30 };
    let asked = access::ask_support(&staffs, &wanted).await.unwrap();

    let seen = access::list_support(&anas).await.unwrap().items;
    assert_eq!(seen.iter().map(|leave| leave.id).collect::<Vec<_>>(), [asked.id]);
    assert_eq!((seen[0].seller_name.as_deref(), seen[0].own), (Some("Shop arta"), false));
    assert!(access::list_support(&other).await.unwrap().items.is_empty());
    for refused in [
        access::consent_to_support(&other, asked.id, false).await,
        access::end_support(&other, asked.id).await,
    ] {
        assert!(refused.unwrap_err().is(codes::NOT_FOUND));
    }
    let visitor = access::end_support(&test.visitor(), asked.id).await.unwrap_err();
    assert!(visitor.is(codes::SIGN_IN), "{visitor}");
    access::consent_to_support(&anas, asked.id, true).await.unwrap();
    let given = access::list_support(&anas).await.unwrap().items;
    assert!(!given[0].write, "what was not asked for is not given");
    access::end_support(&anas, asked.id).await.unwrap();
    assert!(access::end_support(&anas, asked.id).await.unwrap_err().is(access::REQUEST_OVER));
    assert!(access::list_support(&anas).await.unwrap().items.is_empty());
});
