use chrono::TimeDelta;
use stoa_fulfilment::inventory;
use stoa_ordering::{carts, orders};
use stoa_ordering_types::{carts::CartState, orders::PaymentStatus};
use stoa_payments::payments;
use stoa_payments_types::PaymentState;
use stoa_testing::{Test, on_both};

use crate::support::*;

on_both!(
    stock_gone_after_authorisation_gives_the_money_back_at_once,
    &modules(),
    bank().await,
    async |test: &Test| {
        let vase = offer(test, seller(test, "kleio", 1000).await, "vase", 12000, 1).await;
        let (slow, cart) = shopper(test, &[(vase, 1)]).await;
        let late = checkout(&slow, &cart).await.unwrap();
        pay(&slow, late.payment, "tok_approved").await.unwrap();
        // Nothing completes it, its reservation runs out, and another buys the vase.
        test.travel(TimeDelta::minutes(20));
        let quick = {
            let (ctx, cart) = shopper(test, &[(vase, 1)]).await;
            let intent = checkout(&ctx, &cart).await.unwrap();
            pay(&ctx, intent.payment, "tok_approved").await.unwrap();
            orders::complete(&ctx, intent.payment).await.unwrap()
        };
        let refused = orders::complete(&slow.renewed(), late.payment).await.unwrap_err();
        assert!(refused.is(orders::codes::STOCK_GONE), "{refused}");
        assert!(refused.facts()["lines"].contains(&vase.sku.to_string()));
        assert_eq!(payments::get(&slow, late.payment).await.unwrap().state, PaymentState::Cancelled);
        let open = carts::get(&slow, cart.id).await.unwrap();
        assert_eq!((open.state, open.items, open.blocked), (CartState::Open, 1, true));
        settle(test).await;
        let bank = Bank::of(test).totals().await;
        assert_eq!((bank.authorised, bank.captured), (0, quick.totals.total.amount));
        assert_eq!(test.scalar("SELECT COUNT(*) FROM customer_order").await, 1);
        agree(test).await;
    }
);

on_both!(
    a_payment_that_outlives_its_reservation_still_gets_its_order,
    &modules(),
    bank().await,
    async |test: &Test| {
        let vase = offer(test, seller(test, "kleio", 1000).await, "vase", 12000, 1).await;
        let (ctx, cart) = shopper(test, &[(vase, 1)]).await;
        let intent = checkout(&ctx, &cart).await.unwrap();
        pay(&ctx, intent.payment, "tok_approved").await.unwrap();
        test.travel(TimeDelta::minutes(20));
        inventory::sweep(&test.system()).await.unwrap();
        // The shopper never returns: the event does it.
        settle(test).await;
        let order = orders::of_payment(&ctx, intent.payment).await.unwrap().expect("an order");
        assert_eq!(orders::get(&test.system(), order).await.unwrap().payment_status, PaymentStatus::Paid);
        agree(test).await;
    }
);

on_both!(an_unpaid_cart_gets_no_order, &modules(), bank().await, async |test: &Test| {
    let vase = offer(test, seller(test, "kleio", 1000).await, "vase", 12000, 1).await;
    let (ctx, cart) = shopper(test, &[(vase, 1)]).await;
    let intent = checkout(&ctx, &cart).await.unwrap();
    let refused = orders::complete(&ctx, intent.payment).await.unwrap_err();
    assert!(
        refused.is(orders::codes::NOT_PAID) && refused.facts()["status"] == "requires_payment_method",
        "{refused}"
    );
    pay(&ctx, intent.payment, "tok_declined").await.unwrap();
    assert!(orders::complete(&ctx, intent.payment).await.unwrap_err().is(orders::codes::NOT_PAID));
    // The same checkout may be paid with another card.
    pay(&ctx, intent.payment, "tok_approved").await.unwrap();
    orders::complete(&ctx, intent.payment).await.unwrap();
    settle(test).await;
    agree(test).await;
});

on_both!(
    a_failure_at_any_step_leaves_a_paid_order_or_nothing,
    &modules(),
    bank().await,
    async |test: &Test| {
        let kleio = seller(test, "kleio", 1000).await;
        let jug = offer(test, kleio, "jug", 4800, 50).await;
        let bank = Bank::of(test);
        for (step, fault) in [
            ("register", Fault::Lost),
            ("register", Fault::Unheard),
            ("confirm", Fault::Lost),
            ("confirm", Fault::Unheard),
            ("confirm", Fault::Refused),
            ("capture", Fault::Lost),
            ("capture", Fault::Unheard),
        ] {
            let (ctx, cart) = shopper(test, &[(jug, 1)]).await;
            bank.fail(step, &[fault]);
            // Whatever goes wrong the shopper walks away from; the workers clean up.
            if let Ok(intent) = checkout(&ctx, &cart).await
                && pay(&ctx, intent.payment, "tok_approved").await.is_ok_and(|view| view.state.is_paid())
            {
                orders::complete(&ctx, intent.payment).await.expect("an order");
            }
            settle(test).await;
        }
        // A crash between writing and committing: the transaction is lost, the money is not.
        let (ctx, cart) = shopper(test, &[(jug, 1)]).await;
        let intent = checkout(&ctx, &cart).await.unwrap();
        pay(&ctx, intent.payment, "tok_approved").await.unwrap();
        let tx = ctx.db().begin().await.unwrap();
        assert!(matches!(
            orders::complete_in(&tx, &ctx, intent.payment).await.unwrap(),
            orders::Completion::Placed(_)
        ));
        drop(tx);
        assert_eq!(orders::of_payment(&ctx, intent.payment).await.unwrap(), None);
        for _ in 0..4 {
            test.travel(TimeDelta::minutes(20));
            stoa_payments::payments::sweep(&test.system()).await.unwrap();
            orders::sweep(&test.system()).await.unwrap();
            settle(test).await;
        }
        assert!(orders::of_payment(&ctx, intent.payment).await.unwrap().is_some());

        let totals = bank.totals().await;
        let orders = test.scalar("SELECT COUNT(*) FROM customer_order").await;
        assert!(orders >= 4, "{orders}");
        assert_eq!(
            test.scalar("SELECT COUNT(*) FROM customer_order WHERE payment_status = 'paid'").await,
            orders
        );
        assert_eq!(
            totals.captured,
            test.scalar("SELECT COALESCE(SUM(total_amount), 0) FROM customer_order").await
        );
        assert_eq!(totals.authorised, 0, "nothing stays reserved at the bank");
        agree(test).await;
    }
);
