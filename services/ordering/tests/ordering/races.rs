use std::collections::HashSet;

use futures::future::join_all;
use stoa_fulfilment::inventory;
use stoa_ordering::orders;
use stoa_payments::payments;
use stoa_testing::{Test, on_both};

use crate::support::*;

on_both!(
    an_import_and_checkouts_of_the_same_offers_all_get_through,
    &modules(),
    bank().await,
    async |test: &Test| {
        let kleio = seller(test, "kleio", 1000).await;
        let jug = offer(test, kleio, "jug", 4800, 100).await;
        let cup = offer(test, kleio, "cup", 1250, 100).await;
        // A checkout takes the rows in the order of their ids; the import the other way.
        let (first, last) = if jug.sku < cup.sku { (jug, cup) } else { (cup, jug) };
        const ROUNDS: usize = 12;
        let imports = (0..ROUNDS).map(|round| {
            let app = test.app.clone();
            tokio::spawn(async move {
                let ctx = &stoa_kernel::Ctx::system(&app);
                let import = || async move {
                    let tx = ctx.db().begin().await?;
                    for (offer, name) in [(last, "last"), (first, "first")] {
                        let price = stoa_pricing_types::SetPrice {
                            price: euros(1200 - round as i64),
                            compare_at: None,
                        };
                        stoa_pricing::prices::set_in(&tx, ctx, offer.sku, price).await?;
                        let key = format!("import:{round}:{name}");
                        inventory::adjust_in(&tx, ctx, offer.sku, kleio, 10, "received", &key).await?;
                    }
                    Ok(ctx.db().commit(tx).await?)
                };
                stoa_kernel::db::repeat(import).await.expect("the import gets through");
            })
        });
        let mut carts = Vec::new();
        for _ in 0..ROUNDS {
            carts.push(shopper(test, &[(jug, 1), (cup, 1)]).await);
        }
        let checkouts = carts.into_iter().map(|(ctx, cart)| {
            tokio::spawn(async move {
                stoa_ordering::carts::checkout_intent(&ctx, cart.id, "key").await.expect("a checkout");
            })
        });
        for done in join_all(imports.chain(checkouts)).await {
            done.expect("neither gives up");
        }
        for offer in [jug, cup] {
            let sku = offer.sku.uuid();
            let id =
                if test.app.db.is_sqlite() { format!("x'{}'", sku.simple()) } else { format!("'{sku}'") };
            let units = format!("SELECT on_hand FROM stock_level WHERE sku_id = {id}");
            assert_eq!(test.scalar(&units).await, 100 + 10 * ROUNDS as i64, "each import counts once");
        }
        agree(test).await;
    }
);

/// Carts that three ways of completing race for.
const CARTS: usize = 1000;

on_both!(
    return_message_and_sweeper_at_once_make_one_paid_order_each,
    &modules(),
    bank().await,
    async |test: &Test| {
        let kleio = seller(test, "kleio", 1000).await;
        let offers = [
            offer(test, kleio, "jug", 4800, CARTS as i64).await,
            offer(test, seller(test, "werk", 1250).await, "cup", 1250, CARTS as i64).await,
        ];
        let mut paid = Vec::new();
        for place in 0..CARTS {
            let wanted: &[(Offer, i64)] =
                if place % 2 == 0 { &[(offers[0], 1), (offers[1], 1)] } else { &[(offers[1], 1)] };
            let (ctx, cart) = shopper(test, wanted).await;
            let intent = checkout(&ctx, &cart).await.expect("a checkout");
            pay(&ctx, intent.payment, "tok_approved").await.expect("paid");
            paid.push((ctx, intent.payment));
        }
        // The relay and its jobs stand for the provider's message.
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let workers = tokio::spawn(stoa_kernel::jobs::run(test.app.clone(), 2, stopped));
        test.travel(chrono::TimeDelta::seconds(40));
        let sweeper = {
            let app = test.app.clone();
            tokio::spawn(async move { orders::sweep(&stoa_kernel::Ctx::system(&app)).await })
        };
        let returns = paid.into_iter().map(|(ctx, payment)| {
            let app = test.app.clone();
            tokio::spawn(async move {
                let fetched = payments::sync(&ctx, payment).await.expect("the bank answers");
                assert!(fetched.state.is_paid());
                let again = stoa_kernel::Ctx { now: app.now(), ..ctx.clone() };
                let (one, two) =
                    tokio::join!(orders::complete(&ctx, payment), orders::complete(&again, payment));
                let (one, two) = (one.expect("an order"), two.expect("the same order"));
                assert_eq!(one.id, two.id);
                one.id
            })
        });
        let ids: HashSet<_> =
            join_all(returns).await.into_iter().map(|done| done.expect("no panic")).collect();
        assert_eq!(ids.len(), CARTS, "one order for each cart");
        sweeper.await.expect("no panic").expect("the sweeper ends");
        stop.send(true).expect("the workers listen");
        workers.await.expect("the workers end");
        settle(test).await;
        assert_eq!(test.scalar("SELECT COUNT(*) FROM customer_order").await, CARTS as i64);
        assert_eq!(
            test.scalar("SELECT COUNT(*) FROM customer_order WHERE payment_status = 'paid'").await,
            CARTS as i64
        );
        assert_eq!(
            test.scalar("SELECT COUNT(*) FROM outbox_event WHERE name = 'order.created'").await,
            CARTS as i64
        );
        assert_eq!(test.scalar("SELECT COUNT(DISTINCT number) FROM customer_order").await, CARTS as i64);
        let bank = Bank::of(test).totals().await;
        assert_eq!(
            bank.captured,
            test.scalar("SELECT SUM(total_amount) FROM customer_order").await,
            "each paid once"
        );
        assert_eq!(bank.authorised, 0);
        agree(test).await;
    }
);

on_both!(the_last_unit_is_sold_once, &modules(), bank().await, async |test: &Test| {
    let vase = offer(test, seller(test, "kleio", 1000).await, "vase", 12000, 1).await;
    let mut shoppers = Vec::new();
    for _ in 0..100 {
        shoppers.push(shopper(test, &[(vase, 1)]).await);
    }
    let tries = shoppers.into_iter().map(|(ctx, cart)| {
        tokio::spawn(async move {
            let intent = checkout(&ctx, &cart).await?;
            pay(&ctx, intent.payment, "tok_approved").await?;
            orders::complete(&ctx, intent.payment).await
        })
    });
    let outcomes: Vec<_> = join_all(tries).await.into_iter().map(|done| done.expect("no panic")).collect();
    let (sold, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((sold.len(), refused.len()), (1, 99));
    for error in refused.into_iter().filter_map(Result::err) {
        assert!(matches!(error.code(), "inventory.insufficient_stock" | "carts.has_problems"), "{error}");
        assert_eq!(error.problem(None).status, 409);
    }
    settle(test).await;
    let bank = Bank::of(test).totals().await;
    assert_eq!((bank.authorised, bank.charges.iter().filter(|charge| charge.captured > 0).count()), (0, 1));
    assert_eq!(
        inventory::available(test.app.db.read(), &test.system(), &[vase.sku]).await.unwrap()[&vase.sku],
        0
    );
    assert_eq!(test.scalar("SELECT COUNT(*) FROM customer_order").await, 1);
    agree(test).await;
});
