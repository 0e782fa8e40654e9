use chrono::TimeDelta;
use futures::future::join_all;
use stoa_payments::{MODULES, payments};
use stoa_payments_types::PaymentState;
use stoa_testing::{Test, on_both};

use crate::support::{Bank, Fault, bank, confirm, count, get, ready, token};

on_both!(an_approved_card_reserves_the_money_and_says_so_once, MODULES, bank().await, async |test: &Test| {
    let id = ready(test, 9130).await;
    let view = confirm(test, id, "tok_approved").await.unwrap();
    assert_eq!((view.state, view.captured.amount), (PaymentState::RequiresCapture, 0));
    assert_eq!(view.card.unwrap().last4, "4242");
    // Asking again, by whatever way, says nothing twice.
    payments::sync(&test.system(), id).await.unwrap();
    assert_eq!(confirm(test, id, "tok_approved").await.unwrap().state, PaymentState::RequiresCapture);
    payments::sweep(&test.system()).await.unwrap();
    test.settle().await;
    assert_eq!(count(test, "payment.authorized").await, 1);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM payment_attempt").await, 1);
    assert_eq!(Bank::of(test).totals().await.authorised, 9130);
});

on_both!(confirming_many_times_at_once_makes_one_attempt, MODULES, bank().await, async |test: &Test| {
    let id = ready(test, 5000).await;
    let tries = join_all((0..8).map(|_| confirm(test, id, "tok_approved"))).await;
    for outcome in &tries {
        match outcome {
            Ok(view) => assert_eq!(view.state, PaymentState::RequiresCapture),
            Err(error) => assert!(error.is(payments::INTENT_PROCESSING), "{error}"),
        }
    }
    assert!(tries.iter().any(Result::is_ok));
    assert_eq!(test.scalar("SELECT COUNT(*) FROM payment_attempt").await, 1);
    assert_eq!(count(test, "payment.authorized").await, 1);
    let totals = Bank::of(test).totals().await;
    assert_eq!((totals.authorised, totals.charges[0].authorisations), (5000, 1));
});

on_both!(a_declined_card_takes_nothing_and_another_may_follow, MODULES, bank().await, async |test: &Test| {
    let id = ready(test, 5000).await;
    let view = confirm(test, id, "tok_insufficient_funds").await.unwrap();
    assert_eq!(view.state, PaymentState::RequiresPaymentMethod);
    assert_eq!(view.decline.unwrap().code, "insufficient_funds");
    assert_eq!(Bank::of(test).totals().await.authorised, 0);
    let view = confirm(test, id, "tok_approved").await.unwrap();
    assert_eq!((view.state, view.decline), (PaymentState::RequiresCapture, None));
    assert_eq!(test.scalar("SELECT COUNT(*) FROM payment_attempt WHERE state = 'declined'").await, 1);
    // The token is kept no longer than the outcome is open.
    assert_eq!(test.scalar("SELECT COUNT(*) FROM payment_attempt WHERE token IS NOT NULL").await, 0);
});

on_both!(an_unknown_token_is_a_decline_and_not_a_charge, MODULES, bank().await, async |test: &Test| {
    let id = ready(test, 5000).await;
    let view = confirm(test, id, "tok_nobody_knows").await.unwrap();
    assert_eq!(
        (view.state, view.decline.unwrap().code.as_str()),
        (PaymentState::RequiresPaymentMethod, "provider_refused")
    );
    assert_eq!(confirm(test, id, "tok_approved").await.unwrap().state, PaymentState::RequiresCapture);
});

on_both!(
    an_answer_that_never_comes_is_processing_and_is_found_by_asking,
    MODULES,
    bank().await,
    async |test: &Test| {
        let id = ready(test, 7000).await;
        let view = confirm(test, id, "tok_timeout").await.unwrap();
        assert_eq!(view.state, PaymentState::Processing);
        let again = confirm(test, id, "tok_approved").await.unwrap_err();
        assert!(again.is(payments::INTENT_PROCESSING));
        test.travel(TimeDelta::seconds(3));
        test.settle().await;
        assert_eq!(get(test, id).await.state, PaymentState::RequiresCapture);
        assert_eq!(count(test, "payment.authorized").await, 1);
        assert_eq!(Bank::of(test).totals().await.charges[0].authorisations, 1);
    }
);

on_both!(
    a_lost_request_and_a_lost_answer_both_end_as_one_charge,
    MODULES,
    bank().await,
    async |test: &Test| {
        for (fault, amount) in [(Fault::Lost, 1100), (Fault::Unheard, 2200)] {
            let bank = Bank::of(test);
            let id = ready(test, amount).await;
            bank.fail("confirm", &[fault]);
            assert_eq!(
                confirm(test, id, "tok_approved").await.unwrap().state,
                PaymentState::Processing,
                "{fault:?}"
            );
            // The bank is away for a while, too.
            bank.fail("fetch", &[Fault::Lost]);
            for seconds in [3, 10, 20, 60] {
                test.travel(TimeDelta::seconds(seconds));
                test.settle().await;
                payments::sweep(&test.system()).await.unwrap();
            }
            assert_eq!(get(test, id).await.state, PaymentState::RequiresCapture, "{fault:?}");
            let charge = bank.totals().await.charges.pop().unwrap();
            assert_eq!((charge.amount, charge.authorisations), (amount, 1), "{fault:?}");
        }
        assert_eq!(count(test, "payment.authorized").await, 2);
    }
);

on_both!(
    a_process_that_died_after_writing_the_attempt_is_finished_by_the_sweeper,
    MODULES,
    bank().await,
    async |test: &Test| {
        let bank = Bank::of(test);
        let id = ready(test, 4200).await;
        // The call is cut and the job that would poll is lost with the process.
        bank.fail("confirm", &[Fault::Lost]);
        confirm(test, id, "tok_approved").await.unwrap();
        test.scalar("SELECT COUNT(*) FROM job").await;
        sea_orm::ConnectionTrait::execute_unprepared(test.app.db.write(), "DELETE FROM job").await.unwrap();
        test.travel(TimeDelta::minutes(2));
        payments::sweep(&test.system()).await.unwrap();
        assert_eq!(get(test, id).await.state, PaymentState::RequiresCapture);
        assert_eq!(bank.totals().await.charges[0].authorisations, 1);
    }
);

on_both!(the_bank_can_ask_the_shopper_first, MODULES, bank().await, async |test: &Test| {
    let id = ready(test, 3155).await;
    let view = confirm(test, id, "tok_challenge").await.unwrap();
    assert_eq!(view.state, PaymentState::RequiresCustomerAction);
    assert!(view.challenge_url.unwrap().starts_with("http://localhost:3000/sandbox/challenge/"));
    // Who gives up may take another card; the question is void then.
    let view = confirm(test, id, "tok_approved").await.unwrap();
    assert_eq!((view.state, view.challenge_url), (PaymentState::RequiresCapture, None));
    assert_eq!(Bank::of(test).totals().await.charges[0].authorisations, 1);
});

on_both!(the_same_key_answers_its_attempt_and_makes_no_other, MODULES, bank().await, async |test: &Test| {
    let id = ready(test, 3155).await;
    let ctx = stoa_kernel::Ctx { idempotency_key: Some("pay-1".to_owned()), ..test.system() };
    payments::confirm(&ctx, id, token("tok_declined")).await.unwrap();
    let again = payments::confirm(&ctx, id, token("tok_approved")).await.unwrap();
    assert_eq!(again.state, PaymentState::RequiresPaymentMethod);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM payment_attempt").await, 1);
});

on_both!(a_risky_checkout_is_not_even_told_to_the_bank, MODULES, bank().await, async |test: &Test| {
    let ctx = test.system();
    let tx = ctx.db().begin().await.unwrap();
    let new = payments::NewIntent {
        amount: crate::support::euros(100),
        cart: stoa_kernel::new_id(),
        owner: payments::owner_of("token"),
        risk: payments::RiskDecision::Refuse,
        expires_at: ctx.now + TimeDelta::minutes(30),
    };
    let id = payments::create_intent(&tx, &ctx, new).await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    assert!(payments::prepare(&ctx, id).await.unwrap_err().is(payments::RISK_REFUSED));
    assert!(confirm(test, id, "tok_approved").await.unwrap_err().is(payments::RISK_REFUSED));
    assert!(Bank::of(test).totals().await.charges.is_empty());
});
