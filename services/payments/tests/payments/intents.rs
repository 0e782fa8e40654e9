use chrono::TimeDelta;
use futures::future::join_all;
use stoa_kernel::new_id;
use stoa_payments::{MODULES, payments};
use stoa_payments_types::PaymentState;
use stoa_testing::{Test, on_both};
use stoa_types::Cart;

use crate::support::{Bank, Fault, bank, confirm, count, get, intent, ready};

on_both!(
    a_cart_has_one_payment_and_a_changed_amount_calls_the_old_one_off,
    MODULES,
    bank().await,
    async |test: &Test| {
        let cart = new_id::<Cart>();
        let first = intent(test, cart, 5000).await.unwrap();
        assert_eq!(intent(test, cart, 5000).await.unwrap(), first);
        payments::prepare(&test.system(), first).await.unwrap();
        let second = intent(test, cart, 6000).await.unwrap();
        assert_ne!(second, first);
        test.settle().await;
        assert_eq!(get(test, first).await.state, PaymentState::Cancelled);
        assert_eq!(Bank::of(test).totals().await.charges[0].status, "voided");
        assert!(confirm(test, first, "tok_approved").await.unwrap_err().is(payments::INVALID_TRANSITION));
        assert_eq!(payments::of_cart(test.app.db.read(), cart).await.unwrap().unwrap().id, second);
        // Once it is paid, the cart gets no other.
        payments::prepare(&test.system(), second).await.unwrap();
        confirm(test, second, "tok_approved").await.unwrap();
        assert!(intent(test, cart, 7000).await.unwrap_err().is(payments::INVALID_TRANSITION));
    }
);

on_both!(a_payment_under_way_keeps_the_cart_as_it_is, MODULES, bank().await, async |test: &Test| {
    let cart = new_id::<Cart>();
    let id = intent(test, cart, 5000).await.unwrap();
    payments::prepare(&test.system(), id).await.unwrap();
    Bank::of(test).fail("confirm", &[Fault::Unheard]);
    confirm(test, id, "tok_approved").await.unwrap();
    assert!(intent(test, cart, 6000).await.unwrap_err().is(payments::INTENT_PROCESSING));
});

on_both!(
    two_checkouts_of_one_cart_at_once_end_with_one_payment,
    MODULES,
    bank().await,
    async |test: &Test| {
        let cart = new_id::<Cart>();
        let made = join_all((0..6).map(|_| intent(test, cart, 5000))).await;
        let mut ids: Vec<_> = made.into_iter().flatten().collect();
        ids.dedup();
        assert_eq!(ids.len(), 1);
        assert_eq!(test.scalar("SELECT COUNT(*) FROM payment_intent").await, 1);
    }
);

on_both!(nothing_to_pay_needs_no_bank, MODULES, bank().await, async |test: &Test| {
    let id = intent(test, new_id(), 0).await.unwrap();
    let view = payments::prepare(&test.system(), id).await.unwrap();
    assert_eq!((view.state, view.hosted_url), (PaymentState::Succeeded, None));
    let ctx = test.system();
    let tx = ctx.db().begin().await.unwrap();
    payments::request_capture(&tx, &ctx, id, crate::support::euros(0)).await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    test.settle().await;
    assert_eq!(count(test, "payment.authorized").await, 1);
    assert!(Bank::of(test).totals().await.charges.is_empty());
    assert!(intent(test, new_id(), -1).await.unwrap_err().is(payments::AMOUNT_INVALID));
});

on_both!(
    what_nobody_pays_in_time_ends_and_can_be_paid_no_more,
    MODULES,
    bank().await,
    async |test: &Test| {
        let bank = Bank::of(test);
        let id = ready(test, 5000).await;
        test.travel(TimeDelta::minutes(31));
        assert!(confirm(test, id, "tok_approved").await.unwrap_err().is(payments::INTENT_EXPIRED));
        payments::sweep(&test.system()).await.unwrap();
        test.settle().await;
        assert_eq!(get(test, id).await.state, PaymentState::Expired);
        assert_eq!(bank.totals().await.charges[0].status, "voided");
        assert_eq!(count(test, "payment.failed").await, 1);
        // A second sweep finds nothing to do.
        test.travel(TimeDelta::minutes(31));
        assert_eq!(payments::sweep(&test.system()).await.unwrap(), 0);
    }
);

on_both!(money_that_comes_too_late_is_released_again, MODULES, bank().await, async |test: &Test| {
    let bank = Bank::of(test);
    let id = ready(test, 5000).await;
    // The bank says yes, we do not hear it, and the cart changes meanwhile.
    bank.fail("confirm", &[Fault::Unheard]);
    confirm(test, id, "tok_approved").await.unwrap();
    let ctx = test.system();
    let tx = ctx.db().begin().await.unwrap();
    payments::request_void(&tx, &ctx, id, "called off").await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    assert_eq!(bank.totals().await.authorised, 5000);
    test.settle().await;
    assert_eq!(get(test, id).await.state, PaymentState::Cancelled);
    assert_eq!((bank.totals().await.authorised, count(test, "payment.authorized").await), (0, 0));
});

on_both!(
    a_payment_belongs_to_one_order_and_one_without_is_found,
    MODULES,
    bank().await,
    async |test: &Test| {
        let id = ready(test, 5000).await;
        let ctx = test.system();
        confirm(test, id, "tok_approved").await.unwrap();
        let later = test.system().now + TimeDelta::seconds(5);
        assert_eq!(payments::unclaimed(ctx.db().read(), later).await.unwrap().len(), 1);
        let (one, other) = (new_id(), new_id());
        let tx = ctx.db().begin().await.unwrap();
        payments::attach_order(&tx, &ctx, id, one).await.unwrap();
        payments::attach_order(&tx, &ctx, id, one).await.unwrap();
        ctx.db().commit(tx).await.unwrap();
        let tx = ctx.db().begin().await.unwrap();
        assert!(payments::attach_order(&tx, &ctx, id, other).await.unwrap_err().is(payments::ORDER_ATTACHED));
        drop(tx);
        assert!(payments::unclaimed(ctx.db().read(), later).await.unwrap().is_empty());
        let steps = payments::steps(ctx.db().read(), &ctx, id).await.unwrap();
        assert_eq!(
            (steps.len(), steps[0].kind.as_str(), steps[0].state.as_str()),
            (1, "attempt", "authorised")
        );
    }
);

on_both!(
    the_bank_away_at_registration_is_said_and_may_be_tried_again,
    MODULES,
    bank().await,
    async |test: &Test| {
        let id = intent(test, new_id(), 5000).await.unwrap();
        Bank::of(test).fail("register", &[Fault::Unheard, Fault::Lost]);
        for _ in 0..2 {
            assert!(
                payments::prepare(&test.system(), id).await.unwrap_err().is(payments::PROVIDER_UNAVAILABLE)
            );
        }
        let view = payments::prepare(&test.system(), id).await.unwrap();
        assert!(view.client_secret.is_some());
        assert_eq!(Bank::of(test).totals().await.charges.len(), 1);
    }
);
