use futures::future::join_all;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use stoa_kernel::{Result, new_id};
use stoa_payments::{
    MODULES,
    ledger::{self, Account, Journal},
};
use stoa_testing::{Test, on_both};
use stoa_types::{Currency, Id, JournalEntry, Seller};

async fn post(
    test: &Test,
    key: &str,
    currency: Currency,
    lines: Vec<(Account, i64)>,
) -> Result<Id<JournalEntry>> {
    let ctx = test.system();
    let tx = ctx.db().begin().await?;
    let journal = Journal {
        key: key.to_owned(),
        description: "test".to_owned(),
        currency,
        lines,
        order: None,
        payment: None,
        refund: None,
    };
    let id = ledger::post(&tx, &ctx, journal).await?;
    ctx.db().commit(tx).await?;
    Ok(id)
}

on_both!(an_entry_that_does_not_balance_is_refused, MODULES, async |test: &Test| {
    for lines in [
        vec![],
        vec![(Account::PspClearing, 0), (Account::CustomerFunds, 0)],
        vec![(Account::PspClearing, 100), (Account::CustomerFunds, -99)],
        vec![(Account::PspClearing, i64::MAX), (Account::CustomerFunds, i64::MAX)],
    ] {
        assert!(post(test, "bad", Currency::EUR, lines).await.unwrap_err().is(ledger::UNBALANCED));
    }
    assert_eq!(test.scalar("SELECT COUNT(*) FROM journal_entry").await, 0);
});

on_both!(the_same_key_books_once_however_often_and_with_other_lines_never, MODULES, async |test: &Test| {
    let lines = vec![(Account::PspClearing, 100), (Account::CustomerFunds, -100)];
    let ids = join_all((0..5).map(|_| post(test, "capture:1", Currency::EUR, lines.clone()))).await;
    let first = *ids[0].as_ref().unwrap();
    assert!(ids.iter().all(|id| *id.as_ref().unwrap() == first));
    let other = vec![(Account::PspClearing, 200), (Account::CustomerFunds, -200)];
    assert!(post(test, "capture:1", Currency::EUR, other).await.unwrap_err().is(ledger::KEY_REUSED));
    assert!(post(test, "capture:1", Currency::GBP, lines).await.unwrap_err().is(ledger::KEY_REUSED));
    assert_eq!(test.scalar("SELECT COUNT(*) FROM journal_line").await, 2);
});

on_both!(an_entry_is_reversed_at_most_once, MODULES, async |test: &Test| {
    let seller = new_id::<Seller>();
    let lines = vec![
        (Account::CustomerFunds, 100),
        (Account::SellerPayable(seller), -90),
        (Account::CommissionIncome, -10),
    ];
    let id = post(test, "split:1", Currency::EUR, lines).await.unwrap();
    let ctx = test.system();
    let tx = ctx.db().begin().await.unwrap();
    let undone = ledger::reverse(&tx, &ctx, id, "undo:1").await.unwrap();
    assert_eq!(ledger::reverse(&tx, &ctx, id, "undo:1").await.unwrap(), undone);
    assert!(ledger::reverse(&tx, &ctx, id, "undo:2").await.unwrap_err().is(ledger::ALREADY_REVERSED));
    ctx.db().commit(tx).await.unwrap();
    let balances = ledger::trial_balance(ctx.db().read()).await.unwrap();
    assert_eq!(balances.len(), 3);
    assert!(balances.iter().all(|account| account.balance == 0), "{balances:?}");
});

on_both!(any_sequence_of_entries_sums_to_zero_in_every_currency, MODULES, async |test: &Test| {
    let sellers: Vec<Id<Seller>> = (0..3).map(|_| new_id()).collect();
    let entry = (0_usize..2, prop::collection::vec((0_usize..6, -50_000_i64..50_000), 1..5));
    let mut runner = TestRunner::deterministic();
    for number in 0..40 {
        let (currency, parts) = entry.new_tree(&mut runner).unwrap().current();
        let account = |place: usize| match place {
            0..=2 => Account::SellerPayable(sellers[place]),
            3 => Account::CommissionIncome,
            4 => Account::CustomerFunds,
            _ => Account::PspClearing,
        };
        let mut lines: Vec<(Account, i64)> =
            parts.iter().map(|(place, amount)| (account(*place), *amount)).collect();
        let difference: i64 = lines.iter().map(|(_, amount)| amount).sum();
        // Half of them are wrong by a cent, and must leave no trace.
        lines.push((Account::Rounding, -difference + i64::from(number % 2)));
        let done =
            post(test, &format!("entry:{number}"), [Currency::EUR, Currency::GBP][currency], lines.clone())
                .await;
        let sum: i64 = lines.iter().map(|(_, amount)| amount).sum();
        assert_eq!(done.is_ok(), sum == 0 && lines.iter().any(|(_, amount)| *amount != 0));
    }
    for currency in ["EUR", "GBP"] {
        assert_eq!(
            test.scalar(&format!("SELECT SUM(amount) FROM journal_line WHERE currency = '{currency}'")).await,
            0
        );
    }
    let balances = ledger::trial_balance(test.app.db.read()).await.unwrap();
    assert_eq!(balances.iter().map(|account| account.balance).sum::<i64>(), 0);
    assert!(balances.iter().any(|account| account.balance != 0));
});

on_both!(the_database_itself_refuses_to_alter_the_books, MODULES, async |test: &Test| {
    use sea_orm::ConnectionTrait;
    post(test, "one", Currency::EUR, vec![(Account::PspClearing, 100), (Account::CustomerFunds, -100)])
        .await
        .unwrap();
    for sql in [
        "UPDATE journal_line SET amount = 0",
        "UPDATE journal_entry SET description = 'other'",
        "DELETE FROM journal_line",
        "DELETE FROM journal_entry",
    ] {
        assert!(test.app.db.write().execute_unprepared(sql).await.is_err(), "{sql}");
    }
    assert_eq!(test.scalar("SELECT MAX(amount) FROM journal_line").await, 100);
});
