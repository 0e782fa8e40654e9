use chrono::TimeDelta;
use stoa_fulfilment::{inventory, shipping};
use stoa_fulfilment_types::{CreateShipment, LineQuantity as Packed, ShipmentState, TrackingInput};
use stoa_kernel::error::codes::{FORBIDDEN, NOT_FOUND, STALE};
use stoa_ordering::orders;
use stoa_ordering_types::orders::{CancelOrder, LineQuantity, LineState, OrderStatus, OrderView, SetStatus};
use stoa_testing::{Test, on_both};

use crate::support::*;

async fn ship(
    test: &Test,
    order: &OrderView,
    part: usize,
    quantity: Option<i64>,
) -> stoa_types::Id<stoa_types::Shipment> {
    let part = &order.parcels[part];
    let lines = quantity.map(|quantity| vec![Packed { order_line: part.lines[0].id, quantity }]);
    let input = CreateShipment { carrier: "ELTA".to_owned(), tracking_number: "EL123".to_owned(), lines };
    let made =
        shipping::create_shipment(&test.system(), part.fulfilment.unwrap(), input).await.expect("a shipment");
    test.settle().await;
    made.id
}

async fn news(test: &Test, shipment: stoa_types::Id<stoa_types::Shipment>, status: ShipmentState) {
    test.travel(TimeDelta::hours(1));
    let ctx = test.system();
    let input = TrackingInput {
        status,
        occurred_at: ctx.now,
        description: String::new(),
        place: None,
        event_id: None,
    };
    shipping::record_tracking(&ctx, shipment, input).await.expect("news");
    test.settle().await;
}

on_both!(lines_follow_their_parcels, &modules(), bank().await, async |test: &Test| {
    let (kleio, werk) = (seller(test, "kleio", 1000).await, seller(test, "werk", 1250).await);
    let (jug, cup) = (offer(test, kleio, "jug", 4800, 5).await, offer(test, werk, "cup", 1250, 9).await);
    let placed = buy(test, &[(jug, 1), (cup, 3)]).await;
    let first = ship(test, &placed, 1, Some(2)).await;
    let now = order(test, &placed).await;
    assert_eq!(now.status, OrderStatus::PartiallyShipped);
    assert_eq!(
        (now.parcels[0].status, now.parcels[1].status),
        (OrderStatus::Processing, OrderStatus::PartiallyShipped)
    );
    assert_eq!((now.parcels[1].lines[0].state, now.parcels[1].lines[0].shipped), (LineState::Allocated, 2));
    let rest = ship(test, &placed, 1, None).await;
    let jugs = ship(test, &placed, 0, None).await;
    let now = order(test, &placed).await;
    assert_eq!(now.status, OrderStatus::Shipped);
    assert_eq!(now.parcels[1].shipments.len(), 2);
    assert_eq!(now.parcels[1].shipments[0].tracking_number.as_deref(), Some("EL123"));
    assert_eq!(test.events().await.iter().filter(|name| *name == "order.fulfilled").count(), 1);
    for shipment in [first, rest, jugs] {
        news(test, shipment, ShipmentState::InTransit).await;
        news(test, shipment, ShipmentState::Delivered).await;
        // The courier says it twice.
        news(test, shipment, ShipmentState::Delivered).await;
    }
    let now = order(test, &placed).await;
    assert_eq!((now.status, now.parcels[1].lines[0].delivered), (OrderStatus::Delivered, 3));
    // The buyer reads it all on the order's page.
    let token = orders::access_token(&test.app, placed.id);
    let page = orders::order_page(&test.visitor(), &token).await.unwrap().order;
    let shipped = page.timeline.iter().find(|entry| entry.kind == "shipped").unwrap();
    assert_eq!(
        (shipped.data["carrier"].as_str(), shipped.data["tracking_number"].as_str()),
        ("ELTA", "EL123")
    );
    assert_eq!(page.timeline.iter().filter(|entry| entry.kind == "delivered").count(), 3);

    let staff = test.person(None, &[orders::READ, orders::WRITE]);
    let back = SetStatus { status: "new".to_owned(), lines: Vec::new(), reason: None };
    let refused = orders::set_status(&staff, placed.id, now.version, back).await.unwrap_err();
    assert!(refused.is(orders::codes::INVALID_TRANSITION), "{refused}");
    assert_eq!((refused.facts()["from"].as_str(), refused.facts()["allowed"].as_str()), ("delivered", ""));
    agree(test).await;
});

on_both!(a_withdrawn_parcel_opens_its_lines_again, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 5).await;
    let placed = buy(test, &[(jug, 2)]).await;
    let shipment = ship(test, &placed, 0, None).await;
    shipping::cancel_shipment(&test.system(), shipment).await.unwrap();
    test.settle().await;
    let now = order(test, &placed).await;
    assert_eq!((now.status, now.parcels[0].lines[0].shipped), (OrderStatus::Processing, 0));
    assert!(now.parcels[0].shipments.is_empty());
    agree(test).await;
});

on_both!(the_status_command_moves_lines_forwards_only, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 5).await;
    let placed = buy(test, &[(jug, 2)]).await;
    let now = order(test, &placed).await;
    let staff = test.person(None, &[orders::READ, orders::WRITE, orders::CANCEL]);
    let to = |status: &str| SetStatus { status: status.to_owned(), lines: Vec::new(), reason: None };
    let set =
        async |status: &str, version: i64| orders::set_status(&staff, placed.id, version, to(status)).await;
    assert!(set("delivered", now.version).await.unwrap_err().is(orders::codes::INVALID_TRANSITION));
    assert!(set("shipped", now.version).await.unwrap_err().is(orders::codes::NEEDS_SHIPMENT));
    assert!(set("delivered", now.version - 1).await.unwrap_err().is(STALE));
    assert_eq!(
        set("flying", now.version).await.unwrap_err().problem(None).errors[0].code,
        "orders.status_unknown"
    );
    let mere = test.person(None, &[orders::READ]);
    assert!(
        orders::set_status(&mere, placed.id, now.version, to("delivered")).await.unwrap_err().is(FORBIDDEN)
    );
    // Cancelling gives money back, by whichever door.
    let clerk = test.person(None, &[orders::READ, orders::WRITE]);
    let refused = orders::set_status(&clerk, placed.id, now.version, to("cancelled")).await.unwrap_err();
    assert!(refused.is(FORBIDDEN) && refused.facts()["permission"] == "orders.cancel", "{refused}");
    ship(test, &placed, 0, None).await;
    let now = order(test, &placed).await;
    let arrived = set("delivered", now.version).await.unwrap();
    assert_eq!(
        (arrived.status, arrived.parcels[0].lines[0].state),
        (OrderStatus::Delivered, LineState::Delivered)
    );
    assert!(set("cancelled", arrived.version).await.unwrap_err().is(orders::codes::INVALID_TRANSITION));
});

on_both!(
    cancelling_restores_stock_once_and_stops_the_packing,
    &modules(),
    bank().await,
    async |test: &Test| {
        let (kleio, werk) = (seller(test, "kleio", 1000).await, seller(test, "werk", 1250).await);
        let (jug, cup) = (offer(test, kleio, "jug", 4800, 5).await, offer(test, werk, "cup", 1250, 9).await);
        let placed = buy(test, &[(jug, 2), (cup, 3)]).await;
        let (jugs, cups) = (placed.parcels[0].lines[0].id, placed.parcels[1].lines[0].id);
        let staff = test.person(None, &[orders::CANCEL]);
        let some = |order_line, quantity| CancelOrder {
            lines: vec![LineQuantity { order_line, quantity }],
            reason: Some("Found it cheaper".to_owned()),
        };
        let now = orders::cancel(&staff, placed.id, some(cups, 1), Some("one")).await.unwrap();
        let again = orders::cancel(&staff, placed.id, some(cups, 1), Some("one")).await.unwrap();
        assert_eq!((now.parcels[1].lines[0].cancelled, again.parcels[1].lines[0].cancelled), (1, 1));
        let available = async |offer: Offer| {
            inventory::available(test.app.db.read(), &test.system(), &[offer.sku]).await.unwrap()[&offer.sku]
        };
        assert_eq!((available(jug).await, available(cup).await), (3, 7));
        ship(test, &placed, 0, Some(1)).await;
        let refused = orders::cancel(&staff, placed.id, some(jugs, 2), Some("two")).await.unwrap_err();
        assert!(refused.is(orders::codes::NOT_OPEN) && refused.facts()["open"] == "1", "{refused}");
        let unknown =
            orders::cancel(&staff, placed.id, some(stoa_kernel::new_id(), 1), None).await.unwrap_err();
        assert_eq!(unknown.problem(None).errors[0].field, "lines/0/order_line");
        let now = orders::cancel(&staff, placed.id, CancelOrder::default(), Some("rest")).await.unwrap();
        assert_eq!(now.status, OrderStatus::Shipped, "what is left has left");
        assert_eq!((now.parcels[0].lines[0].cancelled, now.parcels[1].status), (1, OrderStatus::Cancelled));
        assert_eq!((available(jug).await, available(cup).await), (4, 9));
        let refused =
            orders::cancel(&staff, placed.id, CancelOrder::default(), Some("more")).await.unwrap_err();
        assert!(refused.is(orders::codes::INVALID_TRANSITION));
        assert!(
            orders::cancel(&staff, stoa_kernel::new_id(), CancelOrder::default(), None)
                .await
                .unwrap_err()
                .is(NOT_FOUND)
        );
        test.settle().await;
        agree(test).await;
    }
);
