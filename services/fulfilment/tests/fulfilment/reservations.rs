use chrono::TimeDelta;
use futures::future::join_all;
use stoa_fulfilment::inventory;
use stoa_kernel::{Error, new_id};
use stoa_testing::{Test, on_both};
use stoa_types::{Id, Seller};

use crate::{
    support::{available, books_agree, commit, count, counters, modules, put, release, reserve, stocked},
    transact,
};

fn fact(error: &Error, name: &str) -> String {
    error.facts().get(name).cloned().unwrap_or_default()
}

on_both!(
    a_hundred_parallel_buys_of_the_last_unit_are_one_sale_and_99_clear_refusals,
    &modules(),
    async |test: &Test| {
        let seller = new_id::<Seller>();
        let sku = stocked(test, seller, 1).await;
        let tries: Vec<String> = (0..100).map(|number| format!("cart-{number}")).collect();
        let line = [(sku, seller, 1)];
        let outcomes = join_all(tries.iter().map(|reference| reserve(test, reference, &line))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert!(error.is(inventory::INSUFFICIENT_STOCK), "{error}");
            assert_eq!((fact(error, "sku"), fact(error, "available")), (sku.to_string(), "0".to_owned()));
        }
        assert_eq!(counters(test, sku).await, (1, 1, 0));
        books_agree(test).await;
    }
);

on_both!(
    shoppers_who_want_the_same_things_in_another_order_do_not_block_each_other,
    &modules(),
    async |test: &Test| {
        let seller = new_id::<Seller>();
        let (one, two) = (stocked(test, seller, 100).await, stocked(test, seller, 100).await);
        let outcomes = join_all((0..60).map(|number| async move {
            let mut lines = [(one, seller, 1), (two, seller, 1)];
            if number % 2 == 0 {
                lines.reverse();
            }
            let id = reserve(test, &format!("cart-{number}"), &lines).await?;
            match number % 3 {
                0 => commit(test, id, new_id()).await,
                1 => release(test, id).await,
                _ => Ok(()),
            }
        }))
        .await;
        for outcome in outcomes {
            outcome.unwrap();
        }
        assert_eq!((counters(test, one).await, counters(test, two).await), ((100, 20, 20), (100, 20, 20)));
        books_agree(test).await;
    }
);

on_both!(all_lines_are_reserved_or_none_and_the_same_sku_twice_is_summed, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let (many, few, none) = (stocked(test, seller, 9).await, stocked(test, seller, 3).await, new_id());
    let error =
        reserve(test, "a", &[(many, seller, 2), (few, seller, 2), (few, seller, 2), (none, seller, 1)])
            .await
            .unwrap_err();
    let mut shortages: Vec<String> = fact(&error, "shortages").split(',').map(str::to_owned).collect();
    shortages.sort();
    let mut expected = vec![format!("{few}=3"), format!("{none}=0")];
    expected.sort();
    assert_eq!(shortages, expected);
    assert_eq!(
        (available(test, many).await, available(test, few).await, available(test, none).await),
        (9, 3, 0)
    );
    reserve(test, "a", &[(few, seller, 2), (few, seller, 1)]).await.unwrap();
    assert_eq!(available(test, few).await, 0);
    for wrong in [0, -1, 1_000_001] {
        assert!(
            reserve(test, "b", &[(many, seller, wrong)]).await.unwrap_err().is(inventory::QUANTITY_INVALID)
        );
    }
    books_agree(test).await;
});

on_both!(a_carts_own_reservation_does_not_count_against_itself, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let sku = stocked(test, seller, 5).await;
    let first = reserve(test, "cart", &[(sku, seller, 4)]).await.unwrap();
    let ctx = test.system();
    let own = inventory::available_to(ctx.db().read(), &ctx, &[sku], "cart").await.unwrap();
    assert_eq!((available(test, sku).await, own[&sku]), (1, 5));
    // The cart has changed: the new reservation takes the old one's place.
    let second = reserve(test, "cart", &[(sku, seller, 5)]).await.unwrap();
    assert!(reserve(test, "cart", &[(sku, seller, 6)]).await.is_err());
    assert_eq!(counters(test, sku).await, (5, 5, 0));
    assert!(commit(test, first, new_id()).await.unwrap_err().is(inventory::RESERVATION_OVER));
    commit(test, second, new_id()).await.unwrap();
    assert_eq!((count(test, "stock.reserved").await, count(test, "stock.released").await), (2, 1));
    books_agree(test).await;
});

on_both!(
    an_expired_reservation_counts_for_nothing_before_the_sweeper_comes,
    &modules(),
    async |test: &Test| {
        let seller = new_id::<Seller>();
        let (sku, other) = (stocked(test, seller, 3).await, stocked(test, seller, 3).await);
        let late = reserve(test, "late", &[(sku, seller, 3), (other, seller, 2)]).await.unwrap();
        assert_eq!(available(test, sku).await, 0);
        test.travel(TimeDelta::minutes(16));
        assert_eq!((available(test, sku).await, available(test, other).await), (3, 3));
        let quick = reserve(test, "quick", &[(sku, seller, 2)]).await.unwrap();
        books_agree(test).await;
        // The late one wants its order now: it is told, and what it did not lose is not touched.
        let error = commit(test, late, new_id()).await.unwrap_err();
        assert_eq!(
            (error.is(inventory::INSUFFICIENT_STOCK), fact(&error, "available")),
            (true, "1".to_owned())
        );
        assert_eq!((counters(test, sku).await, counters(test, other).await), ((3, 2, 0), (3, 2, 0)));
        // When the quick one gives up, the late one may still be had.
        release(test, quick).await.unwrap();
        commit(test, late, new_id()).await.unwrap();
        assert_eq!((counters(test, sku).await, counters(test, other).await), ((3, 0, 3), (3, 0, 2)));
        books_agree(test).await;
    }
);

on_both!(a_refused_commit_writes_nothing_and_its_transaction_goes_on, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let (sku, other) = (stocked(test, seller, 1).await, stocked(test, seller, 1).await);
    let late = reserve(test, "late", &[(sku, seller, 1), (other, seller, 1)]).await.unwrap();
    test.travel(TimeDelta::minutes(16));
    reserve(test, "quick", &[(sku, seller, 1)]).await.unwrap();
    let ctx = test.system();
    let tx = ctx.db().begin().await.unwrap();
    assert!(inventory::commit(&tx, &ctx, late, new_id()).await.is_err());
    inventory::adjust_in(&tx, &ctx, other, seller, 5, "found more", "found").await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    books_agree(test).await;
    assert_eq!(counters(test, other).await.0, 6);
});

on_both!(the_sweeper_closes_what_ran_out_once, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let sku = stocked(test, seller, 5).await;
    let id = reserve(test, "cart", &[(sku, seller, 5)]).await.unwrap();
    let kept = {
        let other = stocked(test, seller, 1).await;
        let id = reserve(test, "kept", &[(other, seller, 1)]).await.unwrap();
        let until = test.system().now + TimeDelta::hours(2);
        transact!(test, |tx, ctx| inventory::extend(tx, ctx, id, until)).unwrap();
        id
    };
    test.travel(TimeDelta::minutes(16));
    let sweeps = join_all((0..3).map(|_| async { inventory::sweep(&test.system()).await.unwrap() })).await;
    assert_eq!(sweeps.iter().sum::<u64>(), 1);
    assert_eq!((counters(test, sku).await, count(test, "stock.released").await), ((5, 0, 0), 1));
    books_agree(test).await;
    // Paying late still works while the goods are there.
    transact!(test, |tx, ctx| inventory::extend(tx, ctx, id, ctx.now + TimeDelta::minutes(5))).unwrap();
    assert_eq!(counters(test, sku).await, (5, 5, 0));
    commit(test, kept, new_id()).await.unwrap();
    release(test, id).await.unwrap();
    books_agree(test).await;
});

on_both!(the_end_of_a_reservation_comes_once, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let sku = stocked(test, seller, 5).await;
    let id = reserve(test, "one", &[(sku, seller, 2)]).await.unwrap();
    let order = new_id();
    for _ in 0..2 {
        commit(test, id, order).await.unwrap();
    }
    assert!(commit(test, id, new_id()).await.unwrap_err().is(inventory::RESERVATION_OVER));
    assert!(release(test, id).await.unwrap_err().is(inventory::RESERVATION_OVER));
    let other = reserve(test, "two", &[(sku, seller, 2)]).await.unwrap();
    for _ in 0..2 {
        release(test, other).await.unwrap();
    }
    assert!(commit(test, other, new_id()).await.unwrap_err().is(inventory::RESERVATION_OVER));
    assert_eq!(counters(test, sku).await, (5, 0, 2));
    books_agree(test).await;
});

on_both!(commit_and_release_at_once_have_one_winner, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let sku = stocked(test, seller, 20).await;
    for number in 0..10 {
        let id = reserve(test, &format!("cart-{number}"), &[(sku, seller, 1)]).await.unwrap();
        let (committed, released) = futures::join!(commit(test, id, new_id()), release(test, id));
        assert!(committed.is_ok() != released.is_ok(), "{committed:?} {released:?}");
    }
    let (on_hand, reserved, _) = counters(test, sku).await;
    assert_eq!((on_hand, reserved), (20, 0));
    books_agree(test).await;
});

on_both!(what_a_location_lacks_another_gives, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let sku = stocked(test, seller, 2).await;
    // A second location of the seller's, with three more.
    let second = Id::<stoa_types::Location>::new(stoa_types::Uuid::now_v7());
    let uuid = |id: stoa_types::Uuid| sea_orm::Value::from(id);
    let insert = "INSERT INTO location (id, seller_id, code, name, created_at) VALUES ($1, $2, 'second', 'Second', $3)";
    let now = test.system().now;
    let values = [uuid(second.uuid()), uuid(seller.uuid()), now.into()];
    let statement = sea_orm::Statement::from_sql_and_values(test.app.db.backend(), insert, values);
    sea_orm::ConnectionTrait::execute_raw(test.app.db.write(), statement).await.unwrap();
    let insert = "INSERT INTO stock_level (sku_id, location_id, seller_id, on_hand, reserved, allocated, safety, version, updated_at) \
                  VALUES ($1, $2, $3, 3, 0, 0, 0, 1, $4)";
    let values = [uuid(sku.uuid()), uuid(second.uuid()), uuid(seller.uuid()), now.into()];
    let statement = sea_orm::Statement::from_sql_and_values(test.app.db.backend(), insert, values);
    sea_orm::ConnectionTrait::execute_raw(test.app.db.write(), statement).await.unwrap();
    assert_eq!(available(test, sku).await, 5);
    let id = reserve(test, "cart", &[(sku, seller, 4)]).await.unwrap();
    assert_eq!(available(test, sku).await, 1);
    let order = new_id();
    commit(test, id, order).await.unwrap();
    // Two leave, one is cancelled: each at a place that had promised it.
    transact!(test, |tx, ctx| inventory::ship(tx, ctx, order, &[(sku, seller, 3)], "parcel")).unwrap();
    transact!(test, |tx, ctx| inventory::deallocate(tx, ctx, order, &[(sku, seller, 1)], "cancel")).unwrap();
    assert_eq!(available(test, sku).await, 2);
    assert_eq!(test.scalar("SELECT SUM(allocated) FROM stock_level").await, 0);
    assert_eq!(test.scalar("SELECT SUM(on_hand) FROM stock_level").await, 2);
    put(test, sku, seller, 1).await;
    assert_eq!(available(test, sku).await, 3);
});
