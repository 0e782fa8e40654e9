use chrono::TimeDelta;
use sea_orm::ConnectionTrait;
use stoa_identity::{
    apps::{
        KEY_EXPIRED, KEY_FROM_KEY, KEY_INVALID, KEY_REVOKED, KEYS_READ, KEYS_WRITE, create_key, list_keys,
        principal_of_key, revoke_key,
    },
    auth::{grant_role, revoke_role},
};
use stoa_identity_types::{CreateKey, RoleName};
use stoa_kernel::{Permission, error::codes};
use stoa_testing::{Test, on_both};
use stoa_types::{Id, PageQuery, Seller};

use super::{ALL, acting, seller, user};

fn key(scopes: &[&str], seller: Option<Id<Seller>>) -> CreateKey {
    CreateKey {
        name: "Warehouse".to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        seller,
        expires_at: None,
    }
}

// 45.M1
on_both!(a_key_is_shown_once_and_only_its_hash_is_kept, ALL, async |test: &Test| {
    let made = create_key(&test.system(), key(&["orders.read", "orders.read"], None)).await.unwrap();
    assert!(made.secret.starts_with("stoa_dev_"));
    assert_eq!(made.view.last_four, made.secret[made.secret.len() - 4..]);
    assert_eq!(made.view.scopes, ["orders.read"]);
    assert!(!format!("{made:?}").contains(&made.secret), "not by way of a log either");
    let tables = [
        "SELECT CAST(scopes AS TEXT) || key_hash || name || prefix || last_four FROM api_key",
        "SELECT CAST(data AS TEXT) FROM outbox_event",
        "SELECT CAST(changes AS TEXT) FROM audit_record",
    ];
    for sql in tables {
        let rows = test
            .app
            .db
            .read()
            .query_all_raw(sea_orm::Statement::from_string(test.app.db.backend(), sql))
            .await
            .unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            let text: String = row.try_get_by_index(0).unwrap();
            assert!(!text.contains(&made.secret), "{sql}");
        }
    }
    let principal = principal_of_key(&test.app, &made.secret).await.unwrap();
    assert_eq!((principal.actor.to_string(), principal.permissions.len()), (made.view.id.to_string(), 1));
    assert_eq!(test.events().await, ["apiKey.created"]);
    assert_eq!(list_keys(&test.system(), &PageQuery::default()).await.unwrap().items[0].id, made.view.id);
});

// 45.E1
on_both!(a_mistyped_key_is_refused_without_asking_the_database, ALL, async |test: &Test| {
    let made = create_key(&test.system(), key(&["orders.read"], None)).await.unwrap();
    // Without its table every look at the database would fail with 500.
    test.app.db.write().execute_unprepared("DROP TABLE api_key").await.unwrap();
    let mut typed = made.secret.clone();
    let last = if typed.ends_with('0') { "1" } else { "0" };
    typed.replace_range(typed.len() - 1.., last);
    for wrong in [typed.as_str(), "", "stoa_dev_", "Bearer", &made.secret.replace("_dev_", "_live_")] {
        assert!(principal_of_key(&test.app, wrong).await.unwrap_err().is(KEY_INVALID), "{wrong}");
    }
    assert_eq!(
        principal_of_key(&test.app, &made.secret).await.unwrap_err().kind(),
        stoa_kernel::ErrorKind::Internal
    );
});

// 45.M2
on_both!(an_unknown_key_is_answered_like_a_mistyped_one, ALL, async |test: &Test| {
    let made = create_key(&test.system(), key(&["orders.read"], None)).await.unwrap();
    test.app.db.write().execute_unprepared("DELETE FROM api_key").await.unwrap();
    let unknown = principal_of_key(&test.app, &made.secret).await.unwrap_err();
    let mistyped = principal_of_key(&test.app, &made.secret[1..]).await.unwrap_err();
    assert_eq!(unknown.problem(None), mistyped.problem(None));
});

// 45.E2, 45.M3
on_both!(a_key_expires_at_its_moment_and_not_after_it, ALL, async |test: &Test| {
    let ctx = test.system();
    let until = ctx.now + TimeDelta::hours(1);
    let made =
        create_key(&ctx, CreateKey { expires_at: Some(until), ..key(&["orders.read"], None) }).await.unwrap();
    principal_of_key(&test.app, &made.secret).await.unwrap();
    // The answer of a moment ago is remembered, the end of the key is not put off by it.
    test.travel(TimeDelta::hours(1));
    let over = principal_of_key(&test.app, &made.secret).await.unwrap_err();
    assert!(over.is(KEY_EXPIRED), "{over}");
    let past = CreateKey { expires_at: Some(until), ..key(&["orders.read"], None) };
    assert_eq!(
        create_key(&test.system(), past).await.unwrap_err().problem(None).errors[0].field,
        "expires_at"
    );
});

// 45.M4
on_both!(a_revoked_key_is_refused_at_once_and_stays_revoked, ALL, async |test: &Test| {
    let made = create_key(&test.system(), key(&["orders.read"], None)).await.unwrap();
    principal_of_key(&test.app, &made.secret).await.unwrap();
    let first = revoke_key(&test.system(), made.view.id).await.unwrap();
    assert!(principal_of_key(&test.app, &made.secret).await.unwrap_err().is(KEY_REVOKED));
    test.travel(TimeDelta::hours(1));
    let again = revoke_key(&test.system(), made.view.id).await.unwrap();
    assert_eq!(again.revoked_at, first.revoked_at);
    assert_eq!(test.events().await, ["apiKey.created", "apiKey.revoked"]);
    assert_eq!(test.scalar("SELECT count(*) FROM audit_record WHERE action LIKE 'apiKey.%'").await, 2);
});

// 45.M7
on_both!(a_key_carries_no_more_than_its_maker_has_now_and_later, ALL, async |test: &Test| {
    let admin = user(test, "admin@stoa.example", RoleName::Admin, None).await;
    user(test, "other@stoa.example", RoleName::Admin, None).await;
    let made =
        create_key(&acting(test, &admin).await, key(&["orders.read", "sellers.write"], None)).await.unwrap();
    assert_eq!(principal_of_key(&test.app, &made.secret).await.unwrap().permissions.len(), 2);
    revoke_role(&test.system(), admin.id, RoleName::Admin, None).await.unwrap();
    grant_role(&test.system(), admin.id, RoleName::Staff, None).await.unwrap();
    let left = principal_of_key(&test.app, &made.secret).await.unwrap();
    assert_eq!(left.permissions.iter().collect::<Vec<_>>(), ["orders.read"]);
    revoke_role(&test.system(), admin.id, RoleName::Staff, None).await.unwrap();
    assert!(principal_of_key(&test.app, &made.secret).await.unwrap().permissions.is_empty());
});

// 45.M7
on_both!(a_key_can_neither_make_a_key_nor_lend_what_its_maker_lacks, ALL, async |test: &Test| {
    let made = create_key(&test.system(), key(&["apps.keys.write", "orders.read"], None)).await.unwrap();
    let program = principal_of_key(&test.app, &made.secret).await.unwrap().act(test.visitor());
    assert!(create_key(&program, key(&["orders.read"], None)).await.unwrap_err().is(KEY_FROM_KEY));
    let helper = test.person(None, &[KEYS_WRITE, Permission("orders.read")]);
    for scopes in [&["orders.write"][..], &["no.such_permission"], &[]] {
        let refused = create_key(&helper, key(scopes, None)).await.unwrap_err().problem(None);
        assert_eq!((refused.status, refused.errors[0].field.as_str()), (422, "scopes"), "{scopes:?}");
    }
    assert!(create_key(&test.visitor(), key(&["orders.read"], None)).await.unwrap_err().is(codes::SIGN_IN));
    assert!(
        create_key(&test.person(None, &[]), key(&["orders.read"], None))
            .await
            .unwrap_err()
            .is(codes::FORBIDDEN)
    );
});

// X2
on_both!(a_sellers_keys_work_for_that_seller_and_are_unknown_to_others, ALL, async |test: &Test| {
    let (kleio, ostra) = (seller(test, "kleio").await, seller(test, "ostra").await);
    let owner = user(test, "owner@kleio.example", RoleName::Seller, Some(kleio)).await;
    let rival = user(test, "owner@ostra.example", RoleName::Seller, Some(ostra)).await;
    let (owner, rival) = (acting(test, &owner).await, acting(test, &rival).await);
    let made = create_key(&owner, key(&["orders.read"], None)).await.unwrap();
    assert_eq!(made.view.seller, Some(kleio), "without being told");
    assert_eq!(principal_of_key(&test.app, &made.secret).await.unwrap().seller, Some(kleio));
    assert_eq!(
        create_key(&owner, key(&["orders.read"], Some(ostra))).await.unwrap_err().code(),
        "kernel.not_found"
    );
    assert_eq!(revoke_key(&rival, made.view.id).await.unwrap_err().code(), "kernel.not_found");
    assert!(list_keys(&rival, &PageQuery::default()).await.unwrap().items.is_empty());
    assert_eq!(list_keys(&owner, &PageQuery::default()).await.unwrap().items.len(), 1);
    assert!(
        list_keys(&test.person(Some(kleio), &[]), &PageQuery::default())
            .await
            .unwrap_err()
            .is(codes::FORBIDDEN)
    );
    // The platform may make one for a seller, but only of what a seller may have.
    let wide = create_key(&test.system(), key(&["orders.write"], Some(kleio))).await.unwrap_err();
    assert_eq!(wide.problem(None).errors[0].field, "scopes");
    let unknown = create_key(&test.system(), key(&["orders.read"], Some(Id::new(stoa_types::Uuid::nil()))))
        .await
        .unwrap_err();
    assert_eq!(unknown.problem(None).errors[0].field, "seller");
});

on_both!(keys_are_listed_in_pages_and_their_use_is_noted_once_a_minute, ALL, async |test: &Test| {
    let ctx = test.person(None, &[KEYS_READ, KEYS_WRITE, Permission("orders.read")]);
    // Made by the command line, so that no maker has to exist.
    let mut last = None;
    for _ in 0..5 {
        last = Some(create_key(&test.system(), key(&["orders.read"], None)).await.unwrap());
    }
    let page = |after: Option<String>| PageQuery { after, limit: Some(2) };
    let first = list_keys(&ctx, &page(None)).await.unwrap();
    let second = list_keys(&ctx, &page(first.next.clone())).await.unwrap();
    let third = list_keys(&ctx, &page(second.next.clone())).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), third.items.len()), (2, 2, 1));
    assert!(third.next.is_none());
    assert_eq!(list_keys(&ctx, &page(second.prev)).await.unwrap().items, first.items);

    let secret = last.unwrap().secret;
    let used = "SELECT count(*) FROM api_key WHERE last_used_at IS NOT NULL";
    assert_eq!(test.scalar(used).await, 0);
    principal_of_key(&test.app, &secret).await.unwrap();
    assert_eq!(test.scalar(used).await, 1);
    let at = async || list_keys(&ctx, &page(None)).await.unwrap().items[0].last_used_at.unwrap();
    let noted = at().await;
    test.travel(TimeDelta::seconds(30));
    principal_of_key(&test.app, &secret).await.unwrap();
    assert_eq!(at().await, noted);
    test.travel(TimeDelta::seconds(31));
    principal_of_key(&test.app, &secret).await.unwrap();
    assert!(at().await > noted);
});
