use std::time::Instant;

use chrono::TimeDelta;
use sea_orm::ConnectionTrait;
use stoa_identity::auth::{
    EMAIL_TAKEN, LAST_ADMIN, ROLE_TOO_WIDE, ROLES_WRITE, USERS_WRITE, WRONG_CREDENTIALS, counting_hashes,
    create_user, grant_role, principal_of_user, revoke_role, sign_in,
};
use stoa_identity_types::{CreateUser, Password, RoleName};
use stoa_kernel::{Permission, error::codes};
use stoa_testing::{Test, on_both};

use super::{ALL, PASSWORD, acting, credentials, device, person, seller, user};

on_both!(a_person_signs_in_whatever_the_case_of_their_address, ALL, async |test: &Test| {
    let ana = user(test, "Ana@Stoa.example", RoleName::Shopper, None).await;
    let principal =
        sign_in(&test.visitor(), &credentials(" ANA@stoa.EXAMPLE ", PASSWORD), &device("192.0.2.1"))
            .await
            .unwrap();
    assert_eq!((principal.user(), principal.name.as_str()), (Some(ana.id), "Ana Ruiz"));
    assert_eq!(principal.email.as_deref(), Some("Ana@Stoa.example"), "kept as typed");
    assert!(
        principal.permissions.is_empty() && principal.seller.is_none(),
        "12.M10: a shopper may nothing by role"
    );
    assert_eq!(test.scalar("SELECT count(*) FROM audit_record WHERE action = 'user.signed_in'").await, 1);
});

// 11.M1, 11.E5
on_both!(an_address_is_registered_once_and_every_wrong_answer_is_named, ALL, async |test: &Test| {
    user(test, "ana@bücher.example", RoleName::Shopper, None).await;
    let again = create_user(&test.system(), person("ANA@xn--bcher-kva.example", RoleName::Shopper, None))
        .await
        .unwrap_err();
    assert!(again.is(EMAIL_TAKEN), "{again}");
    let wrong = CreateUser {
        email: "ana".to_owned(),
        name: " \u{7}".to_owned(),
        password: Password::new("short"),
        role: RoleName::Seller,
        seller: None,
    };
    let wrong = create_user(&test.system(), wrong).await.unwrap_err().problem(None);
    let fields: Vec<&str> = wrong.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!((wrong.status, fields), (422, vec!["email", "name", "password", "seller"]));
    assert_eq!(test.scalar("SELECT count(*) FROM \"user\"").await, 1);
});

// 12.M11
on_both!(
    a_wrong_password_and_an_unknown_address_get_the_same_answer_after_the_same_work,
    ALL,
    async |test: &Test| {
        user(test, "ana@stoa.example", RoleName::Shopper, None).await;
        let ctx = test.visitor();
        // Both kinds of hash are warm after this.
        let _ = sign_in(&ctx, &credentials("nobody@stoa.example", "wrong wrong wrong"), &device("192.0.2.9"))
            .await;
        let mut answers = Vec::new();
        let mut times = Vec::new();
        for (email, address) in [
            ("ana@stoa.example", "192.0.2.1"),
            ("bob@stoa.example", "192.0.2.2"),
            ("no address", "192.0.2.3"),
        ] {
            let began = Instant::now();
            for _ in 0..3 {
                let refused = sign_in(&ctx, &credentials(email, "wrong wrong wrong"), &device(address))
                    .await
                    .unwrap_err();
                assert!(refused.is(WRONG_CREDENTIALS), "{refused}");
                answers.push(refused.problem(None));
            }
            times.push(began.elapsed().as_secs_f64());
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        let (mut statements, mut hashes) = (Vec::new(), Vec::new());
        for (email, address) in [
            ("ana@stoa.example", "192.0.2.4"),
            ("bob@stoa.example", "192.0.2.5"),
            ("no address", "192.0.2.6"),
        ] {
            let (given, from) = (credentials(email, "wrong wrong wrong"), device(address));
            let ((refused, sent), computed) =
                counting_hashes(test.statements(sign_in(&ctx, &given, &from))).await;
            assert!(refused.is_err());
            statements.push(sent);
            hashes.push(computed);
        }
        assert_eq!(statements[0], statements[1], "asked of the database in the same words");
        assert_eq!(hashes, [1, 1, 1], "as many hashes computed");
        // A missing hash would be a hundred times faster; a busy machine is not.
        assert!(times.iter().all(|time| *time > times[0] / 10.0), "{times:?}");
        assert_eq!(
            test.scalar("SELECT count(*) FROM audit_record WHERE action = 'user.sign_in_refused'").await,
            13
        );
    }
);

// 12.M11
on_both!(guessing_gets_slower_but_locks_nobody_out, ALL, async |test: &Test| {
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let (right, wrong) =
        (credentials("ana@stoa.example", PASSWORD), credentials("ana@stoa.example", "not the password"));
    for _ in 0..5 {
        assert!(
            sign_in(&test.visitor(), &wrong, &device("192.0.2.1")).await.unwrap_err().is(WRONG_CREDENTIALS)
        );
    }
    let slowed = sign_in(&test.visitor(), &right, &device("192.0.2.1")).await.unwrap_err();
    assert!(slowed.is(codes::TOO_MANY) && slowed.facts().contains_key("retry_after"), "{slowed}");
    // The owner, at home, is not affected by the guesser.
    sign_in(&test.visitor(), &right, &device("198.51.100.7")).await.unwrap();
    // Each further failure doubles the wait.
    test.travel(TimeDelta::seconds(2));
    assert!(sign_in(&test.visitor(), &wrong, &device("192.0.2.1")).await.unwrap_err().is(WRONG_CREDENTIALS));
    test.travel(TimeDelta::milliseconds(1_200));
    assert!(sign_in(&test.visitor(), &right, &device("192.0.2.1")).await.unwrap_err().is(codes::TOO_MANY));
    test.travel(TimeDelta::seconds(2));
    sign_in(&test.visitor(), &right, &device("192.0.2.1")).await.unwrap();
    // Success clears the count.
    assert!(sign_in(&test.visitor(), &wrong, &device("192.0.2.1")).await.unwrap_err().is(WRONG_CREDENTIALS));
    sign_in(&test.visitor(), &right, &device("192.0.2.1")).await.unwrap();
});

on_both!(guesses_sent_all_at_once_are_bounded, ALL, async |test: &Test| {
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let wrong = credentials("ana@stoa.example", "not the password");
    let (ctx, from) = (test.visitor(), device("192.0.2.1"));
    let tries = (0..60).map(|_| sign_in(&ctx, &wrong, &from));
    let answers = futures::future::join_all(tries).await;
    let checked = answers
        .iter()
        .filter(|answer| answer.as_ref().is_err_and(|error| error.is(WRONG_CREDENTIALS)))
        .count();
    let refused =
        answers.iter().filter(|answer| answer.as_ref().is_err_and(|error| error.is(codes::TOO_MANY))).count();
    // Twenty at once, and what the minute's allowance refills meanwhile.
    assert!((1..=30).contains(&checked), "{checked} guesses were looked at");
    assert_eq!(checked + refused, 60);
});

// 12.M1
on_both!(a_hash_of_cheaper_days_is_renewed_at_sign_in, ALL, async |test: &Test| {
    user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let cheap = {
        use argon2::{
            Argon2, Params,
            password_hash::{PasswordHasher, phc::PasswordHash},
        };
        let hash: PasswordHash =
            Argon2::from(Params::new(8_192, 1, 1, None).unwrap()).hash_password(PASSWORD.as_bytes()).unwrap();
        hash.to_string()
    };
    let sql = format!("UPDATE \"user\" SET password_hash = '{cheap}'");
    test.app.db.write().execute_unprepared(&sql).await.unwrap();
    let strong = "SELECT count(*) FROM \"user\" WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(test.scalar(strong).await, 0);
    sign_in(&test.visitor(), &credentials("ana@stoa.example", PASSWORD), &device("192.0.2.1")).await.unwrap();
    assert_eq!(test.scalar(strong).await, 1);
    sign_in(&test.visitor(), &credentials("ana@stoa.example", PASSWORD), &device("192.0.2.1")).await.unwrap();
});

on_both!(a_suspended_person_is_nobody, ALL, async |test: &Test| {
    let ana = user(test, "ana@stoa.example", RoleName::Admin, None).await;
    test.app.db.write().execute_unprepared("UPDATE \"user\" SET status = 'suspended'").await.unwrap();
    let refused = sign_in(&test.visitor(), &credentials("ana@stoa.example", PASSWORD), &device("192.0.2.1"))
        .await
        .unwrap_err();
    assert!(refused.is(WRONG_CREDENTIALS), "{refused}");
    assert!(principal_of_user(&test.app, ana.id).await.unwrap().is_none());
});

// 12.M10
on_both!(roles_give_what_they_list_for_the_seller_they_are_for, ALL, async |test: &Test| {
    let kleio = seller(test, "kleio").await;
    let staff = acting(test, &user(test, "staff@stoa.example", RoleName::Staff, None).await).await;
    assert!(
        staff.may(Permission("orders.write"))
            && staff.may(Permission("refunds.write"))
            && !staff.may(USERS_WRITE)
    );
    let admin = acting(test, &user(test, "admin@stoa.example", RoleName::Admin, None).await).await;
    assert!(admin.may(USERS_WRITE) && admin.may(ROLES_WRITE) && admin.seller.is_none());
    let owner = acting(test, &user(test, "owner@stoa.example", RoleName::Seller, Some(kleio)).await).await;
    assert_eq!(owner.seller, Some(kleio));
    assert!(owner.may(Permission("orders.read")) && !owner.may(Permission("orders.write")));
    assert_eq!(owner.scope(Permission("orders.read")).unwrap(), stoa_kernel::Scope::Seller(kleio));
});

on_both!(a_sellers_permissions_never_reach_another_seller_or_the_platform, ALL, async |test: &Test| {
    let (kleio, ostra) = (seller(test, "kleio").await, seller(test, "ostra").await);
    let ana = user(test, "ana@stoa.example", RoleName::Seller, Some(kleio)).await;
    // A second seller and the shopper's role do not widen the first.
    grant_role(&test.system(), ana.id, RoleName::Seller, Some(ostra)).await.unwrap();
    grant_role(&test.system(), ana.id, RoleName::Shopper, None).await.unwrap();
    let ctx = acting(test, &ana).await;
    assert_eq!(ctx.seller, Some(kleio));
    // Staff who also own a shop act for the platform, with the platform's permissions alone.
    grant_role(&test.system(), ana.id, RoleName::Staff, None).await.unwrap();
    let ctx = acting(test, &ana).await;
    assert!(
        ctx.seller.is_none()
            && ctx.may(Permission("refunds.write"))
            && !ctx.may(Permission("apps.keys.write"))
    );
});

// 12.E5
on_both!(a_revoked_role_is_gone_with_the_next_request, ALL, async |test: &Test| {
    let ana = user(test, "ana@stoa.example", RoleName::Staff, None).await;
    assert!(acting(test, &ana).await.may(Permission("orders.write")));
    revoke_role(&test.system(), ana.id, RoleName::Staff, None).await.unwrap();
    assert!(!acting(test, &ana).await.may(Permission("orders.write")));
    // Taking it away again is nothing new, nor is giving it twice.
    revoke_role(&test.system(), ana.id, RoleName::Staff, None).await.unwrap();
    grant_role(&test.system(), ana.id, RoleName::Staff, None).await.unwrap();
    grant_role(&test.system(), ana.id, RoleName::Staff, None).await.unwrap();
    assert!(acting(test, &ana).await.may(Permission("orders.write")));
    assert_eq!(test.scalar("SELECT count(*) FROM user_role").await, 1);
    // 22.M7: role changes are in the trail, each real one once.
    assert_eq!(test.scalar("SELECT count(*) FROM audit_record WHERE action LIKE 'user.role_%'").await, 3);
});

on_both!(nobody_gives_more_than_they_have, ALL, async |test: &Test| {
    let kleio = seller(test, "kleio").await;
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let helper = test.person(None, &[USERS_WRITE, ROLES_WRITE]);
    let refused = grant_role(&helper, ana.id, RoleName::Admin, None).await.unwrap_err();
    assert!(refused.is(ROLE_TOO_WIDE), "{refused}");
    let refused = create_user(&helper, person("eve@stoa.example", RoleName::Staff, None)).await.unwrap_err();
    assert!(refused.is(ROLE_TOO_WIDE), "{refused}");
    create_user(&helper, person("bob@stoa.example", RoleName::Shopper, None)).await.unwrap();
    // Somebody of a seller gives no roles, whatever they hold.
    let owner = test.person(Some(kleio), &[USERS_WRITE, ROLES_WRITE]);
    assert!(grant_role(&owner, ana.id, RoleName::Shopper, None).await.unwrap_err().is(ROLE_TOO_WIDE));
    assert!(
        create_user(&test.visitor(), person("x@stoa.example", RoleName::Shopper, None))
            .await
            .unwrap_err()
            .is(codes::SIGN_IN)
    );
    let without = test.person(None, &[]);
    assert!(
        create_user(&without, person("x@stoa.example", RoleName::Shopper, None))
            .await
            .unwrap_err()
            .is(codes::FORBIDDEN)
    );
});

on_both!(the_last_admin_stays_even_when_two_remove_each_other_at_once, ALL, async |test: &Test| {
    let one = user(test, "one@stoa.example", RoleName::Admin, None).await;
    let two = user(test, "two@stoa.example", RoleName::Admin, None).await;
    let (system, other) = (test.system(), test.system());
    let (first, second) = tokio::join!(
        revoke_role(&system, one.id, RoleName::Admin, None),
        revoke_role(&other, two.id, RoleName::Admin, None)
    );
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    assert!(first.and(second).unwrap_err().is(LAST_ADMIN));
    assert_eq!(test.scalar("SELECT count(*) FROM user_role").await, 1);
});

on_both!(registering_the_same_address_at_once_registers_it_once, ALL, async |test: &Test| {
    let ctx = test.system();
    let tries = (0..6).map(|_| create_user(&ctx, person("ana@stoa.example", RoleName::Shopper, None)));
    let done = futures::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(done.iter().filter_map(|answer| answer.as_ref().err()).all(|error| error.is(EMAIL_TAKEN)));
    assert_eq!(test.scalar("SELECT count(*) FROM audit_record WHERE action = 'user.created'").await, 1);
});

on_both!(the_built_in_roles_are_there_under_their_fixed_ids, ALL, async |test: &Test| {
    use sea_orm::{EntityTrait, QueryOrder};
    use stoa_identity_entities::role;
    let rows = role::Entity::find().order_by_asc(role::Column::Id).all(test.app.db.read()).await.unwrap();
    let known: Vec<_> =
        rows.iter().map(|row| (row.id, row.name.as_str(), row.permissions.is_none())).collect();
    let mut wanted: Vec<_> = RoleName::ALL
        .iter()
        .map(|role| (stoa_identity::auth::roles::id(*role).uuid(), role.as_str(), true))
        .collect();
    wanted.sort_unstable();
    assert_eq!(known, wanted);
});

// A seller's team will make roles of its own: such a row must never reach further than an owner's.
on_both!(
    a_role_of_a_sellers_own_gives_what_it_lists_and_no_more_than_an_owner_has,
    ALL,
    async |test: &Test| {
        let kleio = seller(test, "kleio").await;
        let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
        let (role, now) = (stoa_types::Uuid::now_v7(), test.system().now);
        use sea_orm::{ActiveValue::Set, EntityTrait};
        use stoa_identity_entities::{role as roles, user_role};
        let row = roles::ActiveModel {
            id: Set(role),
            scope: Set("seller".to_owned()),
            seller_id: Set(Some(kleio.uuid())),
            name: Set("Packing".to_owned()),
            name_folded: Set("packing".to_owned()),
            created_by: Set(None),
            permissions: Set(Some(serde_json::json!(["orders.read", "orders.write", "no.such_permission"]))),
            created_at: Set(now),
            version: Set(1),
        };
        roles::Entity::insert(row).exec_without_returning(test.app.db.write()).await.unwrap();
        let row = user_role::ActiveModel {
            id: Set(stoa_types::Uuid::now_v7()),
            user_id: Set(ana.id.uuid()),
            role_id: Set(role),
            seller_id: Set(Some(kleio.uuid())),
            granted_by: Set("system".to_owned()),
            granted_at: Set(now),
        };
        user_role::Entity::insert(row).exec_without_returning(test.app.db.write()).await.unwrap();
        let ctx = acting(test, &ana).await;
        assert_eq!(ctx.seller, Some(kleio));
        assert_eq!(ctx.permissions.iter().collect::<Vec<_>>(), ["orders.read"]);
    }
);
