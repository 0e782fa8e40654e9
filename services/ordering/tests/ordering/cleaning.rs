use chrono::TimeDelta;
use stoa_kernel::{Ctx, error::codes::NOT_FOUND, jobs};
use stoa_ordering::{carts, orders};
use stoa_ordering_types::carts::{AddLine, CreateCart};
use stoa_testing::{Test, on_both};

use crate::support::*;

async fn night(test: &Test) {
    let ctx = test.system();
    jobs::enqueue(ctx.db().write(), &ctx, "carts.clean_up", ()).await.expect("a job");
    test.settle().await;
    assert_eq!(
        test.scalar("SELECT COUNT(*) FROM job WHERE kind = 'carts.clean_up' AND state <> 'done'").await,
        0
    );
}

on_both!(a_cart_nobody_comes_back_to_is_forgotten, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 50).await;
    // Addressed and even frozen, but never paid.
    let (idle, left) = shopper(test, &[(jug, 1)]).await;
    checkout(&idle, &left).await.unwrap();
    let (busy, kept) = shopper(test, &[(jug, 2)]).await;
    let bought = buy(test, &[(jug, 3)]).await;
    test.travel(TimeDelta::days(60));
    carts::add_line(&busy.renewed(), kept.id, AddLine::new(jug.sku, 1)).await.unwrap();
    test.travel(TimeDelta::days(29));
    night(test).await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM cart").await, 3, "89 days are not 90");
    test.travel(TimeDelta::days(2));
    night(test).await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM cart").await, 3, "its payment has not ended yet");
    stoa_payments::payments::sweep(&test.system()).await.unwrap();
    settle(test).await;
    night(test).await;
    assert!(carts::get(&idle.renewed(), left.id).await.unwrap_err().is(NOT_FOUND));
    assert_eq!(test.scalar("SELECT COUNT(*) FROM cart").await, 2);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM cart_checkout").await, 1, "that of the order");
    assert_eq!(carts::get(&busy.renewed(), kept.id).await.unwrap().items, 3);
    orders::get(&test.system(), bought.id).await.unwrap();
    agree(test).await;
});

on_both!(a_cart_with_money_reserved_for_it_stays, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 5).await;
    let (ctx, cart) = shopper(test, &[(jug, 1)]).await;
    let intent = checkout(&ctx, &cart).await.unwrap();
    pay(&ctx, intent.payment, "tok_approved").await.unwrap();
    // No worker ran for as long as that, and the first thing that runs is the cleaning.
    test.travel(TimeDelta::days(200));
    night_alone(test).await;
    let placed = orders::complete(&ctx.renewed(), intent.payment).await.unwrap();
    settle(test).await;
    assert_eq!(order(test, &placed).await.totals.total, placed.totals.total);
    agree(test).await;
});

/// The jobs by themselves: no event is delivered before them.
async fn night_alone(test: &Test) {
    let ctx = test.system();
    jobs::enqueue(ctx.db().write(), &ctx, "carts.clean_up", ()).await.expect("a job");
    let worker = jobs::Worker { name: "night", background: true };
    while jobs::work_once(&test.app, worker).await.expect("it runs") {}
    let done = "SELECT COUNT(*) FROM job WHERE kind = 'carts.clean_up' AND state = 'done'";
    assert_eq!(test.scalar(done).await, 1);
}

on_both!(
    many_idle_carts_go_in_portions_and_live_ones_between_them_stay,
    &modules(),
    bank().await,
    async |test: &Test| {
        let mut kept = Vec::new();
        for number in 0..450 {
            let visitor = Ctx { network: Some(format!("192.0.2.{}", number / 20)), ..test.visitor() };
            let made = carts::create(&visitor, CreateCart::default()).await.unwrap();
            if number % 100 == 7 {
                kept.push((made.token, made.cart.id));
            }
        }
        test.travel(TimeDelta::days(91));
        for (token, id) in &kept {
            let ctx = Ctx { cart_token: Some(token.clone()), ..test.visitor() };
            carts::update(&ctx, *id, None, Default::default()).await.unwrap();
        }
        night(test).await;
        assert_eq!(test.scalar("SELECT COUNT(*) FROM cart").await, kept.len() as i64);
    }
);
