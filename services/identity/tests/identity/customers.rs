use sea_orm::ConnectionTrait;
use stoa_identity::customers::{IdentityData, guest};
use stoa_kernel::personal::PersonalData;
use stoa_testing::{Test, on_both};
use stoa_types::{Customer, Id};

use super::ALL;

async fn buys(test: &Test, email: &str, name: &str) -> stoa_kernel::Result<Id<Customer>> {
    let ctx = test.visitor();
    let tx = ctx.db().begin().await?;
    let id = guest(&tx, &ctx, email, name).await?;
    ctx.db().commit(tx).await?;
    Ok(id)
}

// 11.M1, 11.M2
on_both!(a_guest_is_one_record_however_the_address_is_written, ALL, async |test: &Test| {
    let first = buys(test, "Ana@Stoa.example", "Ana Ruiz").await.unwrap();
    assert_eq!(buys(test, " ana@STOA.example", "Somebody Else").await.unwrap(), first);
    assert_ne!(buys(test, "bob@stoa.example", "Bob").await.unwrap(), first);
    assert_eq!(
        test.scalar(
            "SELECT count(*) FROM customer WHERE name = 'Ana Ruiz' AND kind = 'guest' AND user_id IS NULL"
        )
        .await,
        1
    );
    assert_eq!(test.events().await, ["customer.created", "customer.created"]);
    // Events and audit carry ids, not people.
    assert_eq!(
        test.scalar("SELECT count(*) FROM outbox_event WHERE CAST(data AS TEXT) LIKE '%stoa.example%'").await,
        0
    );
    assert_eq!(
        test.scalar("SELECT count(*) FROM audit_record WHERE CAST(changes AS TEXT) LIKE '%stoa.example%'")
            .await,
        0
    );
});

on_both!(a_guest_who_buys_twice_at_once_is_one_record, ALL, async |test: &Test| {
    let ids = futures::future::join_all((0..8).map(|_| buys(test, "ana@stoa.example", "Ana"))).await;
    let ids: Vec<_> = ids.into_iter().map(|id| id.unwrap()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(test.events().await.len(), 1);
});

on_both!(a_guest_without_address_or_name_is_refused_with_both, ALL, async |test: &Test| {
    let wrong = buys(test, "ana", "").await.unwrap_err().problem(None);
    let fields: Vec<&str> = wrong.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!((wrong.status, fields), (422, vec!["email", "name"]));
});

on_both!(a_purchase_that_fails_leaves_no_guest, ALL, async |test: &Test| {
    let ctx = test.visitor();
    let tx = ctx.db().begin().await.unwrap();
    guest(&tx, &ctx, "ana@stoa.example", "Ana").await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(test.scalar("SELECT count(*) FROM customer").await, 0);
    assert!(test.events().await.is_empty());
});

// 11.B2
on_both!(a_guest_can_have_their_data_and_its_erasure, ALL, async |test: &Test| {
    let ana = buys(test, "ana@stoa.example", "Ana Ruiz").await.unwrap();
    let ctx = test.system();
    let export = IdentityData.export(&ctx, ana).await.unwrap();
    assert_eq!(
        (&export["customer"]["email"], &export["customer"]["name"]),
        (&"ana@stoa.example".into(), &"Ana Ruiz".into())
    );
    assert!(IdentityData.blockers(&ctx, ana).await.unwrap().is_empty());
    for _ in 0..2 {
        let tx = ctx.db().begin().await.unwrap();
        IdentityData.erase(&tx, &ctx, ana).await.unwrap();
        ctx.db().commit(tx).await.unwrap();
    }
    let left = "SELECT count(*) FROM customer WHERE email LIKE '%ana@%' OR email_normalised LIKE '%ana@%' OR name LIKE '%Ana%'";
    assert_eq!(test.scalar(left).await, 0);
    assert_eq!(test.scalar("SELECT version FROM customer").await, 2, "the second time changed nothing");
    assert_ne!(
        buys(test, "ana@stoa.example", "Ana Ruiz").await.unwrap(),
        ana,
        "a later purchase is a new guest"
    );
});

on_both!(a_merged_record_keeps_nothing_of_the_person_and_the_survivor_all, ALL, async |test: &Test| {
    let (from, into) = (
        buys(test, "a@stoa.example", "Ana").await.unwrap(),
        buys(test, "ana@stoa.example", "Ana").await.unwrap(),
    );
    let ctx = test.system();
    let tx = ctx.db().begin().await.unwrap();
    IdentityData.merge(&tx, &ctx, from, into).await.unwrap();
    IdentityData.merge(&tx, &ctx, into, into).await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    assert_eq!(
        test.scalar("SELECT count(*) FROM customer WHERE email = 'ana@stoa.example' AND name = 'Ana'").await,
        1
    );
    assert_eq!(test.scalar("SELECT count(*) FROM customer WHERE name = ''").await, 1);
});

// 11.B1
on_both!(every_table_of_the_area_is_in_the_register_of_personal_data, ALL, async |test: &Test| {
    for table in [
        "user",
        "session",
        "one_time_link",
        "second_factor",
        "recovery_code",
        "role",
        "user_role",
        "api_key",
        "seller",
        "customer",
    ] {
        let listed = ALL.iter().flat_map(|module| module.personal).find(|listed| listed.table == table);
        let listed = listed.unwrap_or_else(|| panic!("{table} is not in the register"));
        for column in listed.columns {
            // Fails when there is no such column.
            test.app
                .db
                .read()
                .query_all_raw(sea_orm::Statement::from_string(
                    test.app.db.backend(),
                    format!("SELECT \"{table}\".\"{column}\" FROM \"{table}\""),
                ))
                .await
                .unwrap();
        }
    }
});
