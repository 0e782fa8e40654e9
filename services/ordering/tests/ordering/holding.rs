use sea_orm::ConnectionTrait;
use serde_json::json;
use stoa_fulfilment::shipping;
use stoa_fulfilment_types::{CreateShipment, FulfilmentState, ShipmentView};
use stoa_kernel::{Ctx, NewEvent, Result, events};
use stoa_ordering::orders;
use stoa_ordering_types::orders::{OrderQuery, OrderStatus, OrderView, PaymentStatus};
use stoa_testing::{Test, on_both};

use crate::support::*;

/// An order of two sellers whose money the bank refuses to hand over.
async fn unpaid(test: &Test) -> OrderView {
    let (kleio, werk) = (seller(test, "kleio", 1000).await, seller(test, "werk", 1250).await);
    let (jug, cup) = (offer(test, kleio, "jug", 4800, 5).await, offer(test, werk, "cup", 1250, 9).await);
    Bank::of(test).fail("capture", &[Fault::Refused]);
    let placed = buy(test, &[(jug, 1), (cup, 3)]).await;
    order(test, &placed).await
}

async fn ship(test: &Test, order: &OrderView, part: usize) -> Result<ShipmentView> {
    let part = &order.parcels[part];
    let staff = test.person(Some(part.seller), &[shipping::SHIPPING_WRITE]);
    let input =
        CreateShipment { carrier: "ELTA".to_owned(), tracking_number: "EL123".to_owned(), lines: None };
    shipping::create_shipment(&staff, part.fulfilment.expect("a packing list"), input).await
}

async fn states(test: &Test, order: &OrderView) -> Vec<FulfilmentState> {
    let packed = shipping::of_orders(test.app.db.read(), &test.system(), &[order.id]).await.expect("lists");
    packed.into_iter().map(|packing| packing.state).collect()
}

async fn payment_version(test: &Test) -> i64 {
    test.scalar("SELECT version FROM payment_intent").await
}

/// The payment's service says this of the order's payment.
async fn news(test: &Test, order: &OrderView, name: &'static str, version: i64) {
    let ctx = test.system();
    let payment = order.payment.expect("staff see the payment");
    let tx = ctx.db().begin().await.expect("a transaction");
    let event = NewEvent::new(name, payment, version).data(json!({ "payment": payment }));
    events::emit(&tx, &ctx, event).await.expect("an event");
    ctx.db().commit(tx).await.expect("committed");
    test.settle().await;
}

async fn count(test: &Test, event: &str) -> usize {
    test.events().await.iter().filter(|name| *name == event).count()
}

/// How many orders can be sent and how many are on hold, by the counts and by the list.
async fn waiting(ctx: &Ctx) -> [(i64, i64); 2] {
    let counts = orders::counts(ctx).await.expect("counts");
    let listed = async |held| {
        let query = OrderQuery { on_hold: Some(held), ..OrderQuery::default() };
        let items = orders::list(ctx, query).await.expect("a list").items;
        assert!(items.iter().all(|row| row.on_hold() == held), "{items:?}");
        i64::try_from(items.len()).expect("few")
    };
    [(counts.of(OrderStatus::Processing), counts.on_hold), (listed(false).await, listed(true).await)]
}

on_both!(
    an_order_whose_money_fell_through_sends_nothing_until_it_comes,
    &modules(),
    bank().await,
    async |test: &Test| {
        let placed = unpaid(test).await;
        assert_eq!(placed.payment_status, PaymentStatus::Failed);
        assert_eq!(states(test, &placed).await, [FulfilmentState::OnHold; 2]);
        for part in 0..2 {
            let refused = ship(test, &placed, part).await.unwrap_err();
            assert!(refused.is(shipping::ON_HOLD), "{refused}");
        }
        // The seller reads it in the list and on the order.
        let kleio = test.person(Some(placed.parcels[0].seller), &[orders::READ]);
        let rows = orders::list(&kleio, OrderQuery::default()).await.unwrap().items;
        assert!(rows[0].on_hold());
        let own = orders::get(&kleio, placed.id).await.unwrap();
        assert_eq!(own.parcels.iter().map(|part| part.on_hold).collect::<Vec<_>>(), [true]);
        // Nobody is told to send it, neither by a count nor by a list.
        let staff = test.person(None, &[orders::READ]);
        for reader in [&kleio, &staff] {
            assert_eq!(waiting(reader).await, [(0, 1); 2]);
        }

        // The money is reserved anew: it is asked for again, and the goods may leave.
        let version = payment_version(test).await + 1;
        let anew = format!("UPDATE payment_intent SET state = 'requires_capture', version = {version}");
        test.app.db.write().execute_unprepared(&anew).await.unwrap();
        news(test, &placed, "payment.authorized", version).await;
        settle(test).await;
        let now = order(test, &placed).await;
        assert_eq!(now.payment_status, PaymentStatus::Paid);
        assert!(now.paid_at.is_some() && now.parcels.iter().all(|part| !part.on_hold));
        assert_eq!(states(test, &placed).await, [FulfilmentState::Open; 2]);
        for reader in [&kleio, &staff] {
            assert_eq!(waiting(reader).await, [(1, 0); 2]);
        }
        assert_eq!(
            (count(test, "fulfillment.held").await, count(test, "fulfillment.released").await),
            (2, 2)
        );
        for part in 0..2 {
            ship(test, &placed, part).await.unwrap();
        }
        settle(test).await;
        agree(test).await;
    }
);

on_both!(news_of_a_payment_may_come_twice_and_in_any_order, &modules(), bank().await, async |test: &Test| {
    let placed = unpaid(test).await;
    let known = payment_version(test).await;
    let status = async || (order(test, &placed).await.payment_status, states(test, &placed).await[0]);
    let (held, free) = (FulfilmentState::OnHold, FulfilmentState::Open);
    for (name, version, expected) in [
        ("payment.captured", known - 1, (PaymentStatus::Failed, held)),
        ("payment.authorized", known + 20, (PaymentStatus::Authorized, free)),
        // Older than what is known by now.
        ("payment.failed", known + 10, (PaymentStatus::Authorized, free)),
        ("payment.voided", known + 30, (PaymentStatus::Voided, held)),
        ("payment.voided", known + 30, (PaymentStatus::Voided, held)),
        ("payment.authorized", known + 25, (PaymentStatus::Voided, held)),
        ("payment.captured", known + 40, (PaymentStatus::Paid, free)),
        ("payment.captured", known + 40, (PaymentStatus::Paid, free)),
        ("payment.failed", known + 50, (PaymentStatus::Paid, free)),
    ] {
        news(test, &placed, name, version).await;
        assert_eq!(status().await, expected, "{name} {version}");
    }
    // Two sellers, held twice and released twice, and nobody was told more often.
    assert_eq!((count(test, "fulfillment.held").await, count(test, "fulfillment.released").await), (4, 4));
    let sales = "SELECT COUNT(*) FROM journal_entry WHERE key LIKE 'sale:%'";
    assert_eq!(test.scalar(sales).await, 1, "the sale is booked once");
});
