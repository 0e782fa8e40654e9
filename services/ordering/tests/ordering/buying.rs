use stoa_fulfilment::inventory;
use stoa_kernel::{
    Ctx,
    error::codes::{FORBIDDEN, NOT_FOUND, SIGN_IN},
};
use stoa_ordering::orders;
use stoa_ordering_types::{
    carts::LinePicture,
    orders::{LineState, OrderQuery, OrderStatus, PaymentStatus},
};
use stoa_payments::ledger::{self, Account};
use stoa_testing::{Test, on_both};
use stoa_types::Currency;

use crate::support::*;

on_both!(
    a_paid_cart_becomes_one_order_with_a_part_per_seller,
    &modules(),
    bank().await,
    async |test: &Test| {
        let (kleio, werk) = (seller(test, "kleio", 1000).await, seller(test, "werk", 1250).await);
        let (jug, cup) = (offer(test, kleio, "jug", 4800, 5).await, offer(test, werk, "cup", 1250, 9).await);
        let placed = buy(test, &[(jug, 1), (cup, 3)]).await;
        let order = order(test, &placed).await;
        assert_eq!((order.status, order.payment_status), (OrderStatus::Processing, PaymentStatus::Paid));
        assert_eq!(order.parcels.len(), 2);
        assert_eq!(order.parcels[1].number, format!("{}-2", order.number));
        let line = &order.parcels[1].lines[0];
        assert_eq!(
            (line.sku_code.as_str(), line.quantity, line.total, line.tax_rate_bp),
            ("cup-1", 3, euros(3750), 2400)
        );
        assert_eq!((line.state, line.commission), (LineState::Allocated, Some(euros(469))));
        assert!(matches!(&line.picture, Some(LinePicture { src, .. }) if src.starts_with("/media/")));
        assert_eq!(order.email.as_deref(), Some("Ioanna@Example.com"));
        assert_eq!(placed.parcels[0].commission, None, "the buyer is not told");
        let kinds: Vec<&str> = order.timeline.iter().map(|entry| entry.kind.as_str()).collect();
        assert_eq!(kinds, ["placed", "paid"]);

        // Money: everything has an owner.
        agree(test).await;
        let balance = async |account: Account| {
            ledger::balance_of(test.app.db.read(), &account, Currency::EUR).await.unwrap()
        };
        let parts = [&order.parcels[0], &order.parcels[1]];
        for part in parts {
            let own = part.total.amount - part.commission.unwrap().amount;
            assert_eq!(balance(Account::SellerPayable(part.seller)).await, -own);
        }
        assert_eq!(balance(Account::CommissionIncome).await, -(480 + 469));
        assert_eq!(balance(Account::PspClearing).await, order.totals.total.amount);
        // Stock: the order's, no longer the cart's.
        let left =
            inventory::available(test.app.db.read(), &test.system(), &[jug.sku, cup.sku]).await.unwrap();
        assert_eq!((left[&jug.sku], left[&cup.sku]), (4, 6));
        let events = test.events().await;
        for name in [
            "cart.updated",
            "stock.reserved",
            "payment.authorized",
            "order.created",
            "payment.captured",
            "order.updated",
        ] {
            assert!(events.iter().any(|event| event == name), "{name} is missing in {events:?}");
        }
        assert_eq!(events.iter().filter(|event| *event == "order.created").count(), 1);
        // Personal data stays in the order's row.
        let leaked = "SELECT COUNT(*) FROM outbox_event WHERE LOWER(CAST(data AS TEXT)) LIKE '%ioanna%' OR LOWER(CAST(data AS TEXT)) LIKE '%ermou%'";
        assert_eq!(test.scalar(leaked).await, 0);
    }
);

on_both!(each_reader_sees_what_is_theirs, &modules(), bank().await, async |test: &Test| {
    let (kleio, werk) = (seller(test, "kleio", 1000).await, seller(test, "werk", 1250).await);
    let (jug, cup) = (offer(test, kleio, "jug", 4800, 9).await, offer(test, werk, "cup", 1250, 9).await);
    let both = buy(test, &[(jug, 1), (cup, 3)]).await;
    let only = buy(test, &[(cup, 1)]).await;
    let mine = test.person(Some(kleio), &[orders::READ]);
    let list = orders::list(&mine, OrderQuery::default()).await.unwrap();
    assert_eq!(list.items.len(), 1);
    let row = &list.items[0];
    assert_eq!(
        (row.number.clone(), row.items, row.email.clone(), row.sellers),
        (format!("{}-1", both.number), 1, None, 1)
    );
    assert_eq!(row.total, both.parcels[0].total);
    let view = orders::get(&mine, both.id).await.unwrap();
    let text = serde_json::to_string(&view).unwrap();
    for secret in
        ["werk", "cup", "Ioanna@Example.com", &both.totals.total.amount.to_string(), &cup.sku.to_string()]
    {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert_eq!(view.parcels[0].commission, Some(euros(480)));
    assert!(orders::get(&mine, only.id).await.unwrap_err().is(NOT_FOUND));
    assert!(orders::get(&test.visitor(), both.id).await.unwrap_err().is(SIGN_IN));
    assert!(orders::get(&test.person(None, &[]), both.id).await.unwrap_err().is(FORBIDDEN));

    let staff = test.person(None, &[orders::READ]);
    let found = async |query: OrderQuery| -> Vec<String> {
        orders::list(&staff, query).await.unwrap().items.into_iter().map(|row| row.number).collect()
    };
    let all = [only.number.clone(), both.number.clone()];
    let just_both = vec![both.number.clone()];
    assert_eq!(found(OrderQuery::default()).await, all);
    let q = |text: &str| OrderQuery { q: Some(text.to_owned()), ..OrderQuery::default() };
    assert_eq!(found(q(&both.number.to_lowercase())).await, just_both);
    assert_eq!(found(q(&format!("{}-2", both.number))).await, just_both);
    assert_eq!(found(q("ioanna@")).await, all);
    assert_eq!(found(q("i%a")).await, Vec::<String>::new());
    assert_eq!(found(OrderQuery { seller: Some(kleio), ..OrderQuery::default() }).await, just_both);
    assert_eq!(
        found(OrderQuery { payment_status: Some(PaymentStatus::Refunded), ..OrderQuery::default() }).await,
        Vec::<String>::new()
    );
    assert_eq!(
        found(OrderQuery {
            status: Some(OrderStatus::Processing),
            placed_to: Some(only.placed_at),
            ..OrderQuery::default()
        })
        .await,
        just_both
    );
    let first = orders::list(&staff, OrderQuery { limit: Some(1), ..OrderQuery::default() }).await.unwrap();
    let second =
        orders::list(&staff, OrderQuery { limit: Some(1), after: first.next, ..OrderQuery::default() })
            .await
            .unwrap();
    assert_eq!((second.items[0].number.clone(), second.next.is_none()), (both.number.clone(), true));
    let counts = orders::counts(&mine).await.unwrap();
    assert_eq!((counts.of(OrderStatus::Processing), counts.on_hold), (1, 0));

    // The link in the mail.
    let token = orders::access_token(&test.app, both.id);
    let page = orders::order_page(&test.visitor(), &token).await.unwrap();
    assert_eq!((page.order.id, page.order.parcels[0].commission), (both.id, None));
    assert!(page.order.timeline.iter().all(|entry| entry.actor.is_none()));
    let other = orders::access_token(&test.app, only.id);
    let forged = format!("{}.{}", both.id, other.rsplit_once('.').unwrap().1);
    for wrong in [forged.as_str(), "", "x", token.trim_end_matches(|_: char| true)] {
        assert!(orders::order_page(&test.visitor(), wrong).await.unwrap_err().is(NOT_FOUND));
    }
});

on_both!(an_order_keeps_what_was_agreed, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 5).await;
    let (ctx, cart) = shopper(test, &[(jug, 1)]).await;
    let intent = checkout(&ctx, &cart).await.unwrap();
    reprice(test, jug, 9900).await;
    pay(&ctx, intent.payment, "tok_approved").await.unwrap();
    let order = orders::complete(&ctx, intent.payment).await.unwrap();
    assert_eq!((order.parcels[0].lines[0].unit_price, order.totals.total), (euros(4800), intent.amount));
    assert_eq!(orders::complete(&ctx, intent.payment).await.unwrap().id, order.id);
    assert_eq!(orders::of_payment(&ctx, intent.payment).await.unwrap(), Some(order.id));
    assert_eq!(orders::of_cart(&ctx, cart.id).await.unwrap(), Some(order.id));
    let customer = order.customer.unwrap();
    let staff = test.person(None, &[orders::READ]);
    let page = orders::of_customer(&staff, customer, stoa_types::PageQuery::default()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let seller = Ctx { seller: Some(jug.seller), ..staff };
    assert!(orders::of_customer(&seller, customer, stoa_types::PageQuery::default()).await.is_err());
});
