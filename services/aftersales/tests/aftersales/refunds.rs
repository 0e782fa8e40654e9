use futures::future::join_all;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::json;
use stoa_aftersales::refunds;
use stoa_aftersales_types::refunds::{CreateRefund, RefundReason, RefundState, RefundUnits, RefundView};
use stoa_fulfilment::shipping;
use stoa_fulfilment_types::CreateShipment;
use stoa_kernel::{
    Ctx, Module, Result,
    error::codes::{FORBIDDEN, KEY_REUSED, NOT_FOUND},
};
use stoa_ordering::orders;
use stoa_ordering_types::orders::{CancelOrder, LineQuantity, OrderStatus, OrderView, PaymentStatus};
use stoa_payments::ledger::{self, Account};
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Currency, Id, OrderLine};

use crate::support::*;

fn all() -> Vec<&'static Module> {
    [modules(), stoa_aftersales::MODULES.to_vec()].concat()
}

fn units(order_line: Id<OrderLine>, quantity: i64) -> CreateRefund {
    CreateRefund {
        lines: vec![RefundUnits { order_line, quantity }],
        reason: RefundReason::Damaged,
        ..CreateRefund::default()
    }
}

fn free(amount: i64) -> CreateRefund {
    CreateRefund { amount: Some(euros(amount)), ..CreateRefund::default() }
}

async fn refund(test: &Test, order: &OrderView, input: CreateRefund, key: &str) -> Result<RefundView> {
    refunds::refund_order(&test.system(), order.id, input, key).await
}

async fn bought(test: &Test) -> OrderView {
    let (kleio, werk) = (seller(test, "kleio", 1000).await, seller(test, "werk", 1250).await);
    let (jug, cup) = (offer(test, kleio, "jug", 4801, 9).await, offer(test, werk, "cup", 1255, 9).await);
    buy(test, &[(jug, 3), (cup, 3)]).await
}

async fn balance(test: &Test, account: Account) -> i64 {
    ledger::balance_of(test.app.db.read(), &account, Currency::EUR).await.unwrap()
}

on_both!(a_refund_gives_units_back_through_the_bank, &all(), bank().await, async |test: &Test| {
    let placed = bought(test).await;
    let (jugs, kleio) = (placed.parcels[0].lines[0].id, placed.parcels[0].seller);
    let before = balance(test, Account::SellerPayable(kleio)).await;
    let made = refund(test, &placed, units(jugs, 1), "one").await.unwrap();
    assert_eq!((made.state, made.amount, made.items), (RefundState::Submitted, euros(4801), euros(4801)));
    let again = refund(test, &placed, units(jugs, 1), "one").await.unwrap();
    assert_eq!(again.id, made.id, "the same key is the same refund");
    assert!(refund(test, &placed, units(jugs, 2), "one").await.unwrap_err().is(KEY_REUSED));
    settle(test).await;
    let now = refunds::get(&test.system(), made.id).await.unwrap();
    assert_eq!(now.state, RefundState::Succeeded);
    let view = order(test, &placed).await;
    assert_eq!((view.payment_status, view.totals.refunded), (PaymentStatus::PartiallyRefunded, euros(4801)));
    assert_eq!(view.parcels[0].lines[0].refunded, 1);
    assert_eq!(Bank::of(test).totals().await.refunded, 4801);
    assert_eq!(balance(test, Account::SellerPayable(kleio)).await, before + 4801 - made.commission.amount);
    assert!(view.timeline.iter().any(|entry| entry.kind == "refunded" && entry.data["amount"] == "4801"));
    for name in ["refund.initiated", "payment.refunded", "refund.succeeded"] {
        assert_eq!(test.events().await.iter().filter(|event| *event == name).count(), 1, "{name}");
    }
    agree(test).await;

    // The rest, delivery included: not a cent more.
    let left = refunds::refundable(&test.system(), placed.id).await.unwrap();
    assert_eq!(left.total.amount, placed.totals.total.amount - 4801);
    let over = refund(test, &placed, free(left.total.amount + 1), "over").await.unwrap_err();
    assert!(
        over.is(refunds::EXCEEDS_REFUNDABLE) && over.facts()["refundable"] == left.total.amount.to_string()
    );
    let lines = left
        .lines
        .iter()
        .map(|line| RefundUnits { order_line: line.order_line, quantity: line.quantity })
        .collect();
    let rest = CreateRefund { lines, shipping: Some(left.shipping), ..CreateRefund::default() };
    refund(test, &placed, rest, "rest").await.unwrap();
    settle(test).await;
    let view = order(test, &placed).await;
    assert_eq!((view.payment_status, view.totals.refunded), (PaymentStatus::Refunded, placed.totals.total));
    for account in [Account::CommissionIncome, Account::SellerPayable(kleio), Account::PspClearing] {
        assert_eq!(balance(test, account).await, 0, "{account}");
    }
    let of_order = refunds::of_order(&test.system(), placed.id).await.unwrap();
    let tax: i64 = of_order.iter().map(|refund| refund.tax.amount).sum();
    assert_eq!(tax, placed.totals.tax.amount, "exactly the tax that was charged");
    assert!(refund(test, &placed, units(jugs, 1), "more").await.unwrap_err().is(refunds::EXCEEDS_REFUNDABLE));
    agree(test).await;
});

on_both!(what_was_given_back_whole_is_not_sent, &all(), bank().await, async |test: &Test| {
    let placed = bought(test).await;
    let ship = async |part: usize| {
        let part = &placed.parcels[part];
        let staff = test.person(Some(part.seller), &[shipping::SHIPPING_WRITE]);
        let input =
            CreateShipment { carrier: "ELTA".to_owned(), tracking_number: "EL1".to_owned(), lines: None };
        shipping::create_shipment(&staff, part.fulfilment.expect("a packing list"), input).await
    };
    let held = async || {
        let view = order(test, &placed).await;
        let parts: Vec<bool> = view.parcels.iter().map(|part| part.on_hold).collect();
        (view.status, parts)
    };
    settle(test).await;
    ship(0).await.unwrap();
    settle(test).await;
    // A part of the money holds nothing up.
    refund(test, &placed, units(placed.parcels[1].lines[0].id, 1), "one").await.unwrap();
    settle(test).await;
    assert_eq!(held().await, (OrderStatus::PartiallyShipped, vec![false, false]));

    let left = refunds::refundable(&test.system(), placed.id).await.unwrap();
    refund(test, &placed, left.everything(RefundReason::Goodwill), "rest").await.unwrap();
    settle(test).await;
    assert_eq!(held().await, (OrderStatus::PartiallyShipped, vec![false, true]));
    assert!(ship(1).await.unwrap_err().is(shipping::ON_HOLD));
    let werk = test.person(Some(placed.parcels[1].seller), &[orders::READ]);
    let counts = orders::counts(&werk).await.unwrap();
    assert_eq!((counts.of(OrderStatus::Processing), counts.on_hold), (0, 1));

    // It can still be cancelled, so that its stock is on sale again; no money moves.
    orders::cancel(&test.system(), placed.id, CancelOrder::default(), None).await.unwrap();
    settle(test).await;
    assert_eq!(held().await, (OrderStatus::Shipped, vec![false, false]));
    assert_eq!(order(test, &placed).await.totals.refunded, placed.totals.total);
    agree(test).await;
});

on_both!(what_is_on_its_way_back_is_not_given_back_yet, &all(), bank().await, async |test: &Test| {
    let placed = bought(test).await;
    let (jugs, cups) = (placed.parcels[0].lines[0].id, placed.parcels[1].lines[0].id);
    let staff = test.person(None, &[orders::READ]);
    let kleio = Ctx { seller: Some(placed.parcels[0].seller), ..staff.clone() };
    let seen = async |ctx: &Ctx| {
        let totals = orders::get(ctx, placed.id).await.unwrap().totals;
        (totals.refunded.amount, totals.refunding.amount)
    };
    Bank::of(test).fail("refund", &[Fault::Lost]);
    refund(test, &placed, units(jugs, 1), "one").await.unwrap();
    refund(test, &placed, units(cups, 2), "two").await.unwrap();
    assert_eq!((seen(&staff).await, seen(&kleio).await), ((0, 4801 + 2 * 1255), (0, 4801)));
    settle(test).await;
    assert_eq!((seen(&staff).await, seen(&kleio).await), ((4801 + 2 * 1255, 0), (4801, 0)));
    // One the bank refuses was never given back, and is not under way any more.
    Bank::of(test).fail("refund", &[Fault::Refused]);
    refund(test, &placed, units(jugs, 1), "three").await.unwrap();
    assert_eq!(seen(&kleio).await, (4801, 4801));
    settle(test).await;
    assert_eq!((seen(&staff).await, seen(&kleio).await), ((4801 + 2 * 1255, 0), (4801, 0)));
    agree(test).await;
});

on_both!(refunds_at_once_never_exceed_what_was_charged, &all(), bank().await, async |test: &Test| {
    let placed = bought(test).await;
    let cups = placed.parcels[1].lines[0].id;
    let ctx = test.system();
    let tries = (0..12).map(|place| {
        let (ctx, id) = (ctx.clone(), placed.id);
        let key = format!("k{}", place / 2);
        tokio::spawn(async move { refunds::refund_order(&ctx, id, units(cups, 1), &key).await })
    });
    let outcomes: Vec<_> = join_all(tries).await.into_iter().map(|done| done.expect("no panic")).collect();
    let mut made: Vec<_> =
        outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).map(|refund| refund.id).collect();
    made.sort();
    made.dedup();
    assert_eq!(made.len(), 3, "three units were bought");
    for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(error.is(refunds::EXCEEDS_REFUNDABLE), "{error}");
    }
    settle(test).await;
    assert_eq!(Bank::of(test).totals().await.refunded, 3 * 1255);
    agree(test).await;
});

on_both!(
    cancelling_gives_the_money_back_even_before_it_was_taken,
    &all(),
    bank().await,
    async |test: &Test| {
        let kleio = seller(test, "kleio", 1000).await;
        let jug = offer(test, kleio, "jug", 4800, 5).await;
        let (ctx, cart) = shopper(test, &[(jug, 2)]).await;
        let intent = checkout(&ctx, &cart).await.unwrap();
        pay(&ctx, intent.payment, "tok_approved").await.unwrap();
        let placed = orders::complete(&ctx, intent.payment).await.unwrap();
        // Nothing has been captured yet: one unit now, the rest later.
        let line = placed.parcels[0].lines[0].id;
        let one = CancelOrder { lines: vec![LineQuantity { order_line: line, quantity: 1 }], reason: None };
        orders::cancel(&test.system(), placed.id, one, Some("one")).await.unwrap();
        settle(test).await;
        let now = order(test, &placed).await;
        assert_eq!(
            (now.status, now.payment_status, now.totals.refunded),
            (OrderStatus::Processing, PaymentStatus::PartiallyRefunded, euros(4800))
        );
        orders::cancel(&test.system(), placed.id, CancelOrder::default(), Some("rest")).await.unwrap();
        settle(test).await;
        let now = order(test, &placed).await;
        assert_eq!((now.status, now.payment_status), (OrderStatus::Cancelled, PaymentStatus::Refunded));
        assert_eq!(now.totals.refunded, placed.totals.total, "delivery, too");
        let bank = Bank::of(test).totals().await;
        assert_eq!(
            (bank.captured, bank.refunded, bank.authorised),
            (placed.totals.total.amount, placed.totals.total.amount, 0)
        );
        agree(test).await;
    }
);

on_both!(a_refund_the_bank_refuses_can_be_asked_for_again, &all(), bank().await, async |test: &Test| {
    let placed = bought(test).await;
    let jugs = placed.parcels[0].lines[0].id;
    let bank = Bank::of(test);
    bank.fail("refund", &[Fault::Refused]);
    let made = refund(test, &placed, units(jugs, 3), "one").await.unwrap();
    settle(test).await;
    let failed = refunds::get(&test.system(), made.id).await.unwrap();
    assert_eq!(failed.state, RefundState::Failed);
    assert!(failed.failure.is_some());
    assert_eq!(order(test, &placed).await.totals.refunded, euros(0));
    // Answers that get lost are asked for again, with the same key.
    bank.fail("refund", &[Fault::Unheard, Fault::Lost]);
    let made = refund(test, &placed, units(jugs, 3), "two").await.unwrap();
    for _ in 0..3 {
        settle(test).await;
    }
    assert_eq!(refunds::get(&test.system(), made.id).await.unwrap().state, RefundState::Succeeded);
    assert_eq!(bank.totals().await.refunded, 3 * 4801);
    assert_eq!(test.events().await.iter().filter(|name| *name == "refund.failed").count(), 1);
    agree(test).await;
});

on_both!(any_sequence_of_refunds_keeps_the_books, &all(), bank().await, async |test: &Test| {
    let placed = bought(test).await;
    let lines: Vec<_> = placed.parcels.iter().flat_map(|part| &part.lines).map(|line| line.id).collect();
    let mut runner = TestRunner::deterministic();
    let wish = (0..4_u8, 0..2_usize, 1..3_i64, 1..6_000_i64);
    for step in 0..24 {
        let (kind, line, quantity, amount) = wish.new_tree(&mut runner).expect("a wish").current();
        let input = match kind {
            0 | 1 => units(lines[line], quantity),
            2 => free(amount),
            _ => CreateRefund { shipping: Some(euros(amount / 10 + 1)), ..CreateRefund::default() },
        };
        if let Err(error) = refund(test, &placed, input, &format!("step {step}")).await {
            assert!(error.is(refunds::EXCEEDS_REFUNDABLE), "{error}");
        }
    }
    let left = refunds::refundable(&test.system(), placed.id).await.unwrap();
    if left.total.amount > 0 {
        refund(test, &placed, free(left.total.amount), "rest").await.unwrap();
    }
    settle(test).await;
    agree(test).await;
    let all = refunds::of_order(&test.system(), placed.id).await.unwrap();
    let sum = |of: fn(&RefundView) -> i64| all.iter().map(of).sum::<i64>();
    assert_eq!(sum(|refund| refund.amount.amount), placed.totals.total.amount);
    assert_eq!(sum(|refund| refund.tax.amount), placed.totals.tax.amount);
    assert_eq!(balance(test, Account::CommissionIncome).await, 0);
    assert_eq!(order(test, &placed).await.payment_status, PaymentStatus::Refunded);
});

on_both!(the_refund_routes_know_who_asks, &all(), bank().await, async |test: &Test| {
    let placed = bought(test).await;
    let client = Client::new(&test.app, stoa_aftersales::routes());
    let path = format!("/v1/payments/{}/refund", placed.payment.unwrap());
    let cup = placed.parcels[1].lines[0].id;
    let body =
        json!({ "lines": [{ "order_line": cup, "quantity": 1 }], "reason": "damaged", "note": "chipped" });
    let staff = test.person(None, &[refunds::READ, refunds::WRITE]);
    assert_eq!(client.post(&test.visitor(), &path, "a", body.clone()).await.status, 401);
    assert_eq!(client.post(&test.person(None, &[refunds::READ]), &path, "a", body.clone()).await.status, 403);
    let werk = Ctx { seller: Some(placed.parcels[1].seller), ..staff.clone() };
    assert_eq!(client.post(&werk, &path, "w", body.clone()).await.status, 404, "sellers don't refund");
    assert_eq!(
        client.send(&staff, http::Method::POST, &path, &[], Some(body.clone())).await.code(),
        "kernel.idempotency_key_missing"
    );
    let made = client.post(&staff, &path, "a", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.json());
    assert_eq!(client.post(&staff, &path, "a", body).await.json()["id"], made.json()["id"]);
    let unlike = json!({ "amount": { "amount": 100, "currency": "USD" }, "reason": "goodwill" });
    assert_eq!(client.post(&staff, &path, "b", unlike).await.status, 422);
    let both = json!({ "amount": { "amount": 100, "currency": "EUR" }, "lines": [{ "order_line": cup, "quantity": 1 }], "reason": "goodwill" });
    assert_eq!(
        client.post(&staff, &path, "c", both).await.json()["errors"][0]["code"],
        "refunds.amount_invalid"
    );
    assert_eq!(
        client.post(&staff, &path, "d", json!({ "reason": "other" })).await.json()["errors"][0]["code"],
        "refunds.nothing"
    );
    let status = format!("/v1/refunds/{}/status", made.json()["id"].as_str().unwrap());
    assert_eq!(client.get(&staff, &status).await.json()["note"], "chipped");
    let own = client.get(&werk, &status).await;
    assert_eq!(
        (own.status.as_u16(), own.json()["amount"]["amount"].as_i64(), own.json()["note"].is_null()),
        (200, Some(1255), true)
    );
    let kleio = Ctx { seller: Some(placed.parcels[0].seller), ..staff.clone() };
    assert_eq!(client.get(&kleio, &status).await.status, 404);
    assert_eq!(client.get(&test.visitor(), &status).await.status, 401);
    let stranger = test.person(None, &[]);
    assert!(
        refunds::get(&stranger, made.json()["id"].as_str().unwrap().parse().unwrap())
            .await
            .unwrap_err()
            .is(FORBIDDEN)
    );
    assert!(refunds::of_order(&kleio, placed.id).await.unwrap().is_empty());
    assert!(refunds::refundable(&kleio, placed.id).await.unwrap_err().is(NOT_FOUND));
});

on_both!(the_whole_order_is_all_its_units_and_its_delivery, &all(), bank().await, async |test: &Test| {
    let placed = bought(test).await;
    let ctx = test.system();
    let left = refunds::refundable(&ctx, placed.id).await.unwrap();
    let whole = left.everything(RefundReason::Returned);
    assert_eq!(refunds::quote(&ctx, placed.id, &whole).await.unwrap(), placed.totals.total);
    let same = refunds::refundable(&ctx, placed.id).await.unwrap();
    assert_eq!(same, left, "asking what it comes to takes nothing");
    refunds::refund_as_shown(&ctx, placed.id, whole, left.total, "whole").await.unwrap();
    settle(test).await;
    let view = order(test, &placed).await;
    assert_eq!((view.payment_status, view.totals.refunded), (PaymentStatus::Refunded, placed.totals.total));
    for line in view.parcels.iter().flat_map(|parcel| &parcel.lines) {
        assert_eq!((line.refunded, line.refunded_amount), (line.quantity, line.total), "{}", line.title);
    }
    let none = refunds::refundable(&ctx, placed.id).await.unwrap().everything(RefundReason::Returned);
    assert!(refund(test, &placed, none, "again").await.unwrap_err().code() == "kernel.invalid");
    agree(test).await;
});

on_both!(nothing_moves_when_the_amount_is_not_the_one_shown, &all(), bank().await, async |test: &Test| {
    let placed = bought(test).await;
    let ctx = test.system();
    let jugs = placed.parcels[0].lines[0].id;
    let shown = refunds::quote(&ctx, placed.id, &units(jugs, 3)).await.unwrap();
    assert_eq!(shown, euros(3 * 4801));
    // A colleague gives some of it back in between: the last units are worth less now.
    refund(test, &placed, free(1000), "between").await.unwrap();
    let events = test.events().await.len();
    let refused = refunds::refund_as_shown(&ctx, placed.id, units(jugs, 3), shown, "late").await.unwrap_err();
    assert!(refused.is(refunds::CHANGED), "{refused:?}");
    assert_eq!(test.events().await.len(), events);
    let now = refunds::quote(&ctx, placed.id, &units(jugs, 3)).await.unwrap();
    assert!(now.amount < shown.amount);
    let made = refunds::refund_as_shown(&ctx, placed.id, units(jugs, 3), now, "late").await.unwrap();
    assert_eq!(made.amount, now);
    let again = refunds::refund_as_shown(&ctx, placed.id, units(jugs, 3), now, "late").await.unwrap();
    assert_eq!(again.id, made.id, "a repeated submit is the same refund, though less is left");
});

on_both!(asking_what_a_refund_comes_to_waits_for_nobody, &all(), bank().await, async |test: &Test| {
    let placed = bought(test).await;
    let jugs = placed.parcels[0].lines[0].id;
    let ctx = test.system();
    // Somebody is just refunding the same order, and has not ended.
    let tx = ctx.db().begin().await.unwrap();
    let ask = orders::RefundAsk { amount: Some(1000), ..orders::RefundAsk::default() };
    orders::take_refund(&tx, &ctx, placed.id, &ask).await.unwrap();
    let asked = units(jugs, 2);
    let quote = refunds::quote(&ctx, placed.id, &asked);
    let quote = tokio::time::timeout(std::time::Duration::from_secs(5), quote).await;
    assert_eq!(quote.expect("no lock is waited for").unwrap(), euros(2 * 4801));
    tx.rollback().await.unwrap();
    let over = refunds::quote(&ctx, placed.id, &units(jugs, 4)).await.unwrap_err();
    assert!(over.is(refunds::EXCEEDS_REFUNDABLE), "{over}");
});

on_both!(a_key_belongs_to_whoever_sends_it, &all(), bank().await, async |test: &Test| {
    let placed = bought(test).await;
    let jugs = placed.parcels[0].lines[0].id;
    let staff = || test.person(None, &[refunds::READ, refunds::WRITE]);
    let (maria, nikos) = (staff(), staff());
    let first = refunds::refund_order(&maria, placed.id, units(jugs, 1), "one").await.unwrap();
    let second = refunds::refund_order(&nikos, placed.id, units(jugs, 1), "one").await.unwrap();
    assert_ne!(first.id, second.id);
    let seller = test.person(Some(placed.parcels[0].seller), &[refunds::READ, refunds::WRITE]);
    assert!(refunds::quote(&seller, placed.id, &free(1)).await.unwrap_err().is(NOT_FOUND));
    assert!(refunds::quote(&test.person(None, &[]), placed.id, &free(1)).await.unwrap_err().is(FORBIDDEN));
});
