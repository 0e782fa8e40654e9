use futures::future::join_all;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use stoa_kernel::{Result, new_id};
use stoa_payments::{
    MODULES,
    ledger::{self, Account},
    payments::{self, RefundRequest},
};
use stoa_payments_types::PaymentState;
use stoa_testing::{Test, on_both};
use stoa_types::{Currency, Id, Payment, Refund};

use crate::support::{Bank, Fault, bank, confirm, count, euros, get, ready, settle};

async fn capture(test: &Test, id: Id<Payment>, amount: i64) -> Result<()> {
    let ctx = test.system();
    let tx = ctx.db().begin().await?;
    payments::request_capture(&tx, &ctx, id, euros(amount)).await?;
    Ok(ctx.db().commit(tx).await?)
}

async fn refund(test: &Test, id: Id<Payment>, refund: Id<Refund>, amount: i64) -> Result<()> {
    let ctx = test.system();
    let tx = ctx.db().begin().await?;
    payments::request_refund(&tx, &ctx, RefundRequest { refund, payment: id, amount: euros(amount) }).await?;
    Ok(ctx.db().commit(tx).await?)
}

async fn paid(test: &Test, amount: i64) -> Id<Payment> {
    let id = ready(test, amount).await;
    confirm(test, id, "tok_approved").await.unwrap();
    id
}

async fn captured(test: &Test, amount: i64) -> Id<Payment> {
    let id = paid(test, amount).await;
    capture(test, id, amount).await.unwrap();
    test.settle().await;
    id
}

/// Our books, the bank's books and the journal say the same.
async fn books_agree(test: &Test) {
    let totals = Bank::of(test).totals().await;
    let ours = (
        test.scalar("SELECT SUM(captured) FROM payment_intent").await,
        test.scalar("SELECT SUM(refunded) FROM payment_intent").await,
    );
    assert_eq!(ours, (totals.captured, totals.refunded));
    let conn = test.app.db.read();
    let clearing = ledger::balance_of(conn, &Account::PspClearing, Currency::EUR).await.unwrap();
    assert_eq!(clearing, totals.captured - totals.refunded);
    assert_eq!(test.scalar("SELECT SUM(amount) FROM journal_line").await, 0);
    assert_eq!(test.scalar("SELECT SUM(capturing) + SUM(refunding) FROM payment_intent").await, 0);
    assert!(totals.charges.iter().all(|charge| charge.authorisations <= 1));
}

on_both!(a_capture_takes_the_money_once_and_books_it, MODULES, bank().await, async |test: &Test| {
    let id = paid(test, 9130).await;
    capture(test, id, 9130).await.unwrap();
    settle(test).await;
    let view = get(test, id).await;
    assert_eq!(
        (view.state, view.captured.amount, view.refundable.amount),
        (PaymentState::Succeeded, 9130, 9130)
    );
    assert_eq!(count(test, "payment.captured").await, 1);
    assert!(capture(test, id, 1).await.unwrap_err().is(payments::CAPTURE_EXCEEDS_AUTHORISED));
    books_agree(test).await;
});

on_both!(captures_at_once_never_exceed_what_was_authorised, MODULES, bank().await, async |test: &Test| {
    let id = paid(test, 100).await;
    let done = join_all([capture(test, id, 60), capture(test, id, 60), capture(test, id, 60)]).await;
    assert_eq!(done.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    test.settle().await;
    assert_eq!(get(test, id).await.state, PaymentState::PartiallyCapturedAndCapturable);
    capture(test, id, 40).await.unwrap();
    test.settle().await;
    assert_eq!(get(test, id).await.state, PaymentState::Succeeded);
    books_agree(test).await;
});

on_both!(
    a_failure_at_any_step_of_capture_and_refund_ends_right,
    MODULES,
    bank().await,
    async |test: &Test| {
        let bank = Bank::of(test);
        let faults: [&[Fault]; 4] = [
            &[Fault::Lost],
            &[Fault::Unheard],
            &[Fault::Unheard, Fault::Unheard, Fault::Lost],
            &[Fault::Lost, Fault::Unheard, Fault::Lost, Fault::Lost],
        ];
        for (number, faults) in faults.into_iter().enumerate() {
            let id = paid(test, 1000).await;
            bank.fail("capture", faults);
            capture(test, id, 1000).await.unwrap();
            // The process dies between commit and call: the job is still there.
            assert_eq!(get(test, id).await.state, PaymentState::RequiresCapture);
            settle(test).await;
            assert_eq!(get(test, id).await.captured.amount, 1000, "{faults:?}");
            bank.fail("refund", faults);
            refund(test, id, new_id(), 400).await.unwrap();
            assert_eq!(get(test, id).await.refundable.amount, 600);
            settle(test).await;
            assert_eq!(get(test, id).await.refunded.amount, 400, "{faults:?}");
            assert_eq!(count(test, "payment.captured").await, number + 1);
            assert_eq!(count(test, "payment.refunded").await, number + 1);
            books_agree(test).await;
        }
    }
);

on_both!(a_job_that_was_given_up_is_taken_up_by_the_sweeper, MODULES, bank().await, async |test: &Test| {
    let id = paid(test, 1000).await;
    capture(test, id, 1000).await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(test.app.db.write(), "DELETE FROM job").await.unwrap();
    test.travel(chrono::TimeDelta::minutes(20));
    payments::sweep(&test.system()).await.unwrap();
    test.settle().await;
    assert_eq!(get(test, id).await.state, PaymentState::Succeeded);
    books_agree(test).await;
});

on_both!(
    two_refunds_of_sixty_of_a_hundred_at_once_are_one_refund,
    MODULES,
    bank().await,
    async |test: &Test| {
        let id = captured(test, 100).await;
        let done = join_all([refund(test, id, new_id(), 60), refund(test, id, new_id(), 60)]).await;
        let refused: Vec<_> = done.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        assert_eq!(refused.len(), 1);
        assert!(refused[0].is(payments::REFUND_EXCEEDS_CAPTURED));
        assert_eq!(refused[0].facts().get("refundable").map(String::as_str), Some("40"));
        settle(test).await;
        assert_eq!(get(test, id).await.refunded.amount, 60);
        // Two equal parts of what is left are two refunds.
        for _ in 0..2 {
            refund(test, id, new_id(), 20).await.unwrap();
        }
        settle(test).await;
        assert_eq!(get(test, id).await.refunded.amount, 100);
        books_agree(test).await;
    }
);

on_both!(the_same_refund_again_is_the_same_refund, MODULES, bank().await, async |test: &Test| {
    let id = captured(test, 100).await;
    let action = new_id::<Refund>();
    for _ in 0..3 {
        refund(test, id, action, 60).await.unwrap();
        test.settle().await;
    }
    assert_eq!(get(test, id).await.refunded.amount, 60);
    assert_eq!(count(test, "payment.refunded").await, 1);
    assert!(refund(test, id, new_id(), 0).await.unwrap_err().is(payments::AMOUNT_INVALID));
    books_agree(test).await;
});

on_both!(
    a_refund_the_bank_refuses_is_said_and_its_amount_is_free_again,
    MODULES,
    bank().await,
    async |test: &Test| {
        let id = captured(test, 100).await;
        Bank::of(test).fail("refund", &[Fault::Refused]);
        refund(test, id, new_id(), 60).await.unwrap();
        settle(test).await;
        let view = get(test, id).await;
        assert_eq!((view.refunded.amount, view.refundable.amount), (0, 100));
        assert_eq!(
            (count(test, "payment.refund.failed").await, count(test, "payment.refunded").await),
            (1, 0)
        );
        books_agree(test).await;
    }
);

on_both!(nothing_is_refunded_before_it_was_taken, MODULES, bank().await, async |test: &Test| {
    let id = paid(test, 100).await;
    assert!(refund(test, id, new_id(), 1).await.unwrap_err().is(payments::REFUND_EXCEEDS_CAPTURED));
    capture(test, id, 100).await.unwrap();
    assert!(refund(test, id, new_id(), 1).await.unwrap_err().is(payments::REFUND_EXCEEDS_CAPTURED));
});

on_both!(calling_off_releases_the_money_whatever_fails, MODULES, bank().await, async |test: &Test| {
    let bank = Bank::of(test);
    for faults in [&[][..], &[Fault::Lost], &[Fault::Unheard, Fault::Lost]] {
        let id = paid(test, 700).await;
        bank.fail("void", faults);
        for _ in 0..2 {
            let ctx = test.system();
            let tx = ctx.db().begin().await.unwrap();
            payments::request_void(&tx, &ctx, id, "out of stock").await.unwrap();
            ctx.db().commit(tx).await.unwrap();
        }
        settle(test).await;
        assert_eq!(get(test, id).await.state, PaymentState::Cancelled);
        assert_eq!(bank.totals().await.authorised, 0, "{faults:?}");
        assert!(capture(test, id, 700).await.is_err());
    }
    assert_eq!(count(test, "payment.voided").await, 3);
});

on_both!(what_is_being_taken_is_not_called_off, MODULES, bank().await, async |test: &Test| {
    let id = paid(test, 700).await;
    capture(test, id, 700).await.unwrap();
    let ctx = test.system();
    let tx = ctx.db().begin().await.unwrap();
    assert!(
        payments::request_void(&tx, &ctx, id, "too late").await.unwrap_err().is(payments::INTENT_PROCESSING)
    );
    drop(tx);
    test.settle().await;
    let tx = ctx.db().begin().await.unwrap();
    assert!(
        payments::request_void(&tx, &ctx, id, "too late").await.unwrap_err().is(payments::INVALID_TRANSITION)
    );
});

on_both!(a_bank_that_refuses_to_capture_leaves_it_to_a_person, MODULES, bank().await, async |test: &Test| {
    let id = paid(test, 700).await;
    Bank::of(test).fail("capture", &[Fault::Refused]);
    capture(test, id, 700).await.unwrap();
    settle(test).await;
    assert_eq!(get(test, id).await.state, PaymentState::Conflicted);
    assert_eq!((count(test, "payment.failed").await, count(test, "payment.captured").await), (1, 0));
});

/// One step of a random story.
#[derive(Debug, Clone)]
enum Step {
    Capture(i64, Vec<Fault>),
    Refund(i64, Vec<Fault>),
    Run,
}

fn story() -> impl Strategy<Value = Vec<Step>> {
    let fault = prop_oneof![Just(Fault::None), Just(Fault::Lost), Just(Fault::Unheard)];
    let faults = prop::collection::vec(fault, 0..3);
    let step = prop_oneof![
        (1_i64..700, faults.clone()).prop_map(|(amount, faults)| Step::Capture(amount, faults)),
        (1_i64..700, faults).prop_map(|(amount, faults)| Step::Refund(amount, faults)),
        Just(Step::Run),
    ];
    prop::collection::vec(step, 1..14)
}

on_both!(whatever_is_asked_and_whatever_fails_the_books_agree, MODULES, bank().await, async |test: &Test| {
    let bank = Bank::of(test);
    let mut runner = TestRunner::deterministic();
    for _ in 0..12 {
        let steps = story().new_tree(&mut runner).unwrap().current();
        let id = paid(test, 1000).await;
        for step in &steps {
            // What exceeds is refused; that is what the books must survive.
            let _ = match step {
                Step::Capture(amount, faults) => {
                    bank.fail("capture", faults);
                    capture(test, id, *amount).await
                }
                Step::Refund(amount, faults) => {
                    bank.fail("refund", faults);
                    refund(test, id, new_id(), *amount).await
                }
                Step::Run => {
                    test.settle().await;
                    Ok(())
                }
            };
        }
        settle(test).await;
        let view = get(test, id).await;
        assert!(view.captured.amount <= 1000 && view.refunded.amount <= view.captured.amount, "{steps:?}");
        books_agree(test).await;
    }
});
