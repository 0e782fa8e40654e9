use chrono::TimeDelta;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use sea_orm::ConnectionTrait;
use stoa_fulfilment::inventory;
use stoa_kernel::{jobs, new_id};
use stoa_testing::{Test, on_both};
use stoa_types::{Id, Order, Reservation, Seller, Sku};

use crate::{
    support::{available, books_agree, commit, count, counters, modules, put, release, reserve, stocked},
    transact,
};

on_both!(an_adjustment_with_the_same_key_moves_stock_once, &modules(), async |test: &Test| {
    let (sku, seller) = (new_id::<Sku>(), new_id::<Seller>());
    for _ in 0..3 {
        transact!(test, |tx, ctx| inventory::adjust_in(tx, ctx, sku, seller, 7, "delivery", "note-1"))
            .unwrap();
    }
    assert_eq!((counters(test, sku).await, count(test, "inventory.adjusted").await), ((7, 0, 0), 1));
    // The same key names another SKU's action, too.
    let other = new_id::<Sku>();
    transact!(test, |tx, ctx| inventory::adjust_in(tx, ctx, other, seller, 2, "delivery", "note-1")).unwrap();
    assert_eq!(counters(test, other).await, (2, 0, 0));
    books_agree(test).await;
});

on_both!(adjustments_at_once_all_count, &modules(), async |test: &Test| {
    let (sku, seller) = (new_id::<Sku>(), new_id::<Seller>());
    let keys: Vec<String> = (0..40).map(|number| format!("note-{}", number % 20)).collect();
    let all = keys.iter().map(|key| async move {
        transact!(test, |tx, ctx| inventory::adjust_in(tx, ctx, sku, seller, 1, "delivery", key))
    });
    for outcome in futures::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!(counters(test, sku).await, (20, 0, 0));
    assert_eq!(test.scalar("SELECT COUNT(*) FROM location").await, 1);
    books_agree(test).await;
});

on_both!(setting_what_is_there_already_changes_nothing, &modules(), async |test: &Test| {
    let (sku, seller) = (new_id::<Sku>(), new_id::<Seller>());
    let set = |units: i64, key: &'static str| async move {
        transact!(test, |tx, ctx| inventory::set_in(tx, ctx, sku, seller, units, "import", key)).unwrap()
    };
    assert_eq!(
        [set(0, "a").await, set(5, "b").await, set(5, "c").await, set(3, "d").await],
        [false, true, false, true]
    );
    assert_eq!((counters(test, sku).await, count(test, "inventory.adjusted").await), ((3, 0, 0), 2));
    let hand = inventory::on_hand(test.app.db.read(), &[sku, new_id()]).await.unwrap();
    assert_eq!((hand[&sku], hand.len()), (3, 2));
    books_agree(test).await;
});

on_both!(stock_below_nothing_by_a_count_can_still_be_cancelled_and_sent, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let sku = stocked(test, seller, 5).await;
    let order = new_id::<Order>();
    let id = reserve(test, "cart", &[(sku, seller, 5)]).await.unwrap();
    commit(test, id, order).await.unwrap();
    // A count finds that four are broken.
    put(test, sku, seller, -6).await;
    assert_eq!((counters(test, sku).await, available(test, sku).await), ((-1, 0, 5), 0));
    assert!(reserve(test, "other", &[(sku, seller, 1)]).await.is_err());
    transact!(test, |tx, ctx| inventory::deallocate(tx, ctx, order, &[(sku, seller, 4)], "cancel")).unwrap();
    transact!(test, |tx, ctx| inventory::ship(tx, ctx, order, &[(sku, seller, 1)], "parcel")).unwrap();
    assert_eq!(counters(test, sku).await, (-2, 0, 0));
    books_agree(test).await;
});

on_both!(what_leaves_and_comes_back_does_so_once, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let sku = stocked(test, seller, 5).await;
    let order = new_id::<Order>();
    let id = reserve(test, "cart", &[(sku, seller, 4)]).await.unwrap();
    commit(test, id, order).await.unwrap();
    let line = [(sku, seller, 3)];
    for _ in 0..2 {
        transact!(test, |tx, ctx| inventory::ship(tx, ctx, order, &line, "parcel")).unwrap();
        assert_eq!(counters(test, sku).await, (2, 0, 1));
    }
    let more = transact!(test, |tx, ctx| inventory::ship(tx, ctx, order, &line, "parcel-2")).unwrap_err();
    assert!(more.is(inventory::NOT_ALLOCATED));
    for _ in 0..2 {
        transact!(test, |tx, ctx| inventory::unship(tx, ctx, order, &line, "parcel")).unwrap();
        assert_eq!(counters(test, sku).await, (5, 0, 4));
    }
    for _ in 0..2 {
        transact!(test, |tx, ctx| inventory::deallocate(tx, ctx, order, &[(sku, seller, 4)], "cancel"))
            .unwrap();
        assert_eq!((counters(test, sku).await, available(test, sku).await), ((5, 0, 0), 5));
    }
    let none = transact!(test, |tx, ctx| inventory::deallocate(tx, ctx, order, &[(sku, seller, 1)], "again"))
        .unwrap_err();
    assert!(none.is(inventory::NOT_ALLOCATED));
    books_agree(test).await;
});

on_both!(the_check_finds_a_counter_that_was_changed_past_the_ledger, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let sku = stocked(test, seller, 5).await;
    reserve(test, "cart", &[(sku, seller, 2)]).await.unwrap();
    books_agree(test).await;
    test.app.db.write().execute_unprepared("UPDATE stock_level SET on_hand = on_hand + 1").await.unwrap();
    let found = inventory::verify_ledger(&test.system()).await.unwrap();
    assert_eq!(
        (found.len(), found[0].counter.as_str(), found[0].stock, found[0].ledger),
        (1, "on_hand", 6, 5)
    );
    test.app
        .db
        .write()
        .execute_unprepared("UPDATE stock_level SET on_hand = on_hand - 1, reserved = 0")
        .await
        .unwrap();
    let found = inventory::verify_ledger(&test.system()).await.unwrap();
    assert_eq!((found.len(), found[0].counter.as_str(), found[0].promised), (1, "reserved", 2));
    // Only the platform may look at everybody's books.
    let seller = test.person(Some(new_id()), &[inventory::INVENTORY_READ]);
    assert!(inventory::verify_ledger(&seller).await.is_err());
});

on_both!(the_nightly_check_reports_what_it_finds_and_has_not_failed, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    stocked(test, seller, 5).await;
    let reported = "SELECT COUNT(*) FROM audit_record WHERE action = 'inventory.mismatch_found'";
    let check = async || {
        let ctx = test.system();
        jobs::enqueue(ctx.db().write(), &ctx, "inventory.verify", ()).await.unwrap();
        test.settle().await;
        (
            test.scalar("SELECT COUNT(*) FROM job WHERE kind = 'inventory.verify' AND state = 'done'").await,
            test.scalar(reported).await,
        )
    };
    assert_eq!(check().await, (1, 0));
    let bent = "UPDATE stock_level SET on_hand = on_hand + 1, reserved = 2";
    test.app.db.write().execute_unprepared(bent).await.unwrap();
    assert_eq!(check().await, (2, 2), "one for each counter");
    // The next night it still disagrees, and is still looked at.
    assert_eq!(check().await, (3, 4));
    assert_eq!(test.scalar("SELECT MAX(attempts) FROM job WHERE kind = 'inventory.verify'").await, 1);
});

/// One step of a random story over a few SKUs and carts.
#[derive(Debug, Clone)]
enum Step {
    Adjust(usize, i64),
    Reserve(usize, Vec<(usize, i64)>),
    Commit(usize),
    Release(usize),
    Extend(usize),
    Ship(usize, usize, i64),
    Unship(usize, usize, i64),
    Deallocate(usize, usize, i64),
    Wait(i64),
    Sweep,
}

fn story() -> impl Strategy<Value = Vec<Step>> {
    let (sku, cart, units) = (0_usize..3, 0_usize..4, 1_i64..5);
    let step = prop_oneof![
        2 => (sku.clone(), -3_i64..8).prop_map(|(sku, delta)| Step::Adjust(sku, delta)),
        5 => (cart.clone(), prop::collection::vec((sku.clone(), units.clone()), 1..3)).prop_map(|(cart, lines)| Step::Reserve(cart, lines)),
        4 => cart.clone().prop_map(Step::Commit),
        2 => cart.clone().prop_map(Step::Release),
        1 => cart.clone().prop_map(Step::Extend),
        2 => (cart.clone(), sku.clone(), units.clone()).prop_map(|(cart, sku, units)| Step::Ship(cart, sku, units)),
        1 => (cart.clone(), sku.clone(), units.clone()).prop_map(|(cart, sku, units)| Step::Unship(cart, sku, units)),
        2 => (cart, sku, units).prop_map(|(cart, sku, units)| Step::Deallocate(cart, sku, units)),
        2 => (1_i64..20).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ];
    prop::collection::vec(step, 20..60)
}

on_both!(whatever_happens_stock_is_the_sum_of_its_ledger, &modules(), async |test: &Test| {
    let mut runner = TestRunner::deterministic();
    let seller = new_id::<Seller>();
    for round in 0..6 {
        let steps = story().new_tree(&mut runner).unwrap().current();
        let skus: Vec<Id<Sku>> = (0..3).map(|_| new_id()).collect();
        let orders: Vec<Id<Order>> = (0..4).map(|_| new_id()).collect();
        let mut held: Vec<Option<Id<Reservation>>> = vec![None; 4];
        let mut taken_below = false;
        for (number, step) in steps.iter().enumerate() {
            let key = format!("{round}-{number}");
            // A refusal is an answer, too: it must leave the books as they were.
            match step {
                Step::Adjust(sku, delta) if *delta != 0 => {
                    taken_below |= *delta < 0;
                    put(test, skus[*sku], seller, *delta).await;
                }
                Step::Reserve(cart, lines) => {
                    let lines: Vec<_> =
                        lines.iter().map(|(sku, units)| (skus[*sku], seller, *units)).collect();
                    if let Ok(id) = reserve(test, &format!("{round}-cart-{cart}"), &lines).await {
                        held[*cart] = Some(id);
                    }
                }
                Step::Commit(cart) => {
                    if let Some(id) = held[*cart] {
                        let _ = commit(test, id, orders[*cart]).await;
                    }
                }
                Step::Release(cart) => {
                    if let Some(id) = held[*cart] {
                        let _ = release(test, id).await;
                    }
                }
                Step::Extend(cart) => {
                    if let Some(id) = held[*cart] {
                        let _ = transact!(test, |tx, ctx| inventory::extend(
                            tx,
                            ctx,
                            id,
                            ctx.now + TimeDelta::minutes(9)
                        ));
                    }
                }
                Step::Ship(cart, sku, units) => {
                    let line = [(skus[*sku], seller, *units)];
                    let _ = transact!(test, |tx, ctx| inventory::ship(tx, ctx, orders[*cart], &line, &key));
                }
                Step::Unship(cart, sku, units) => {
                    let line = [(skus[*sku], seller, *units)];
                    let _ = transact!(test, |tx, ctx| inventory::unship(tx, ctx, orders[*cart], &line, &key));
                }
                Step::Deallocate(cart, sku, units) => {
                    let line = [(skus[*sku], seller, *units)];
                    let _ =
                        transact!(test, |tx, ctx| inventory::deallocate(tx, ctx, orders[*cart], &line, &key));
                }
                Step::Wait(minutes) => test.travel(TimeDelta::minutes(*minutes)),
                Step::Sweep => {
                    inventory::sweep(&test.system()).await.unwrap();
                }
                Step::Adjust(..) => {}
            }
        }
        books_agree(test).await;
        assert_eq!(
            test.scalar("SELECT COUNT(*) FROM stock_level WHERE reserved < 0 OR allocated < 0").await,
            0
        );
        if !taken_below {
            let oversold =
                "SELECT COUNT(*) FROM stock_level WHERE on_hand - allocated - reserved - safety < 0";
            assert_eq!(test.scalar(oversold).await, 0, "{steps:?}");
        }
    }
});
