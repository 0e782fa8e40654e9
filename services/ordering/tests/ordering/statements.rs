//! Lists of orders are asked for at once, not order by order.

use stoa_ordering::orders;
use stoa_ordering_types::orders::OrderQuery;
use stoa_testing::{Test, no_more_statements, on_both};

use crate::support::*;

on_both!(
    a_list_of_twenty_orders_asks_no_more_than_one_of_two,
    &modules(),
    bank().await,
    async |test: &Test| {
        let kleio = seller(test, "kleio", 1000).await;
        let jug = offer(test, kleio, "jug", 4800, 100).await;
        let cup = offer(test, seller(test, "werk", 1250).await, "cup", 1250, 100).await;
        let (staff, owner) = (test.person(None, &[orders::READ]), test.person(Some(kleio), &[orders::READ]));
        let mut before: Vec<Vec<String>> = Vec::new();
        let mut placed = 0;
        for count in [2, 20] {
            while placed < count {
                let (ctx, cart) = shopper(test, &[(jug, 1), (cup, 2)]).await;
                let intent = checkout(&ctx, &cart).await.expect("a checkout");
                pay(&ctx, intent.payment, "tok_approved").await.expect("paid");
                orders::complete(&ctx, intent.payment).await.expect("an order");
                placed += 1;
            }
            let mut now = Vec::new();
            for ctx in [&staff, &owner] {
                let (page, listed) = test.statements(orders::list(ctx, OrderQuery::default())).await;
                assert_eq!(page.expect("the list").items.len(), count);
                let (_, counted) = test.statements(orders::counts(ctx)).await;
                now.extend([listed, counted]);
            }
            for (few, many) in before.iter().zip(&now) {
                no_more_statements(few, many);
            }
            before = now;
        }
    }
);
