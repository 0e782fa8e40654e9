use chrono::TimeDelta;
use futures::future::join_all;
use http::Method;
use serde_json::json;
use stoa_fulfilment::{routes, shipping};
use stoa_fulfilment_types::{CreateShipment, FulfilmentState, LineQuantity, ShipmentState, TrackingInput};
use stoa_kernel::{Ctx, new_id};
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Id, OrderLine, Seller};

use crate::{
    support::{Placed, available, books_agree, count, counters, modules, place, staff_of, stocked},
    transact,
};

fn parcel(lines: Option<&[(Id<OrderLine>, i64)]>) -> CreateShipment {
    let lines = lines.map(|lines| {
        lines.iter().map(|(line, units)| LineQuantity { order_line: *line, quantity: *units }).collect()
    });
    CreateShipment { carrier: "DHL".to_owned(), tracking_number: "JD014600".to_owned(), lines }
}

async fn state(test: &Test, placed: &Placed) -> FulfilmentState {
    shipping::fulfilment(&test.system(), placed.fulfilment).await.expect("it is there").state
}

on_both!(
    parcels_take_stock_with_them_and_the_last_one_completes_the_order,
    &modules(),
    async |test: &Test| {
        let seller = new_id::<Seller>();
        let (jug, cup) = (stocked(test, seller, 10).await, stocked(test, seller, 10).await);
        let placed = place(test, seller, &[(jug, 2), (cup, 3)]).await;
        let staff = staff_of(test, seller);
        let first =
            shipping::create_shipment(&staff, placed.fulfilment, parcel(Some(&[(placed.lines[1], 2)])))
                .await
                .unwrap();
        assert_eq!(
            (first.state, first.lines.len(), first.lines[0].quantity),
            (ShipmentState::LabelPurchased, 1, 2)
        );
        assert!(first.tracking_url.unwrap().contains("JD014600"));
        assert_eq!(state(test, &placed).await, FulfilmentState::InProgress);
        assert_eq!((counters(test, jug).await, counters(test, cup).await), ((10, 0, 2), (8, 0, 1)));
        assert_eq!(count(test, "fulfillment.completed").await, 0);
        let rest = shipping::create_shipment(&staff, placed.fulfilment, parcel(None)).await.unwrap();
        assert_eq!(rest.lines.iter().map(|line| line.quantity).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(state(test, &placed).await, FulfilmentState::Closed);
        assert_eq!((counters(test, jug).await, counters(test, cup).await), ((8, 0, 0), (7, 0, 0)));
        assert_eq!(
            (count(test, "shipment.created").await, count(test, "fulfillment.completed").await),
            (2, 1)
        );
        assert!(
            shipping::create_shipment(&staff, placed.fulfilment, parcel(None))
                .await
                .unwrap_err()
                .is(shipping::INVALID_TRANSITION)
        );
        let seen = shipping::of_orders(test.app.db.read(), &test.system(), &[placed.order]).await.unwrap();
        assert_eq!((seen.len(), seen[0].shipments.len()), (1, 2));
        books_agree(test).await;
    }
);

on_both!(the_same_units_packed_twice_at_once_leave_once, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let jug = stocked(test, seller, 10).await;
    let placed = place(test, seller, &[(jug, 3)]).await;
    let staff = staff_of(test, seller);
    let line = [(placed.lines[0], 2)];
    let done =
        join_all((0..6).map(|_| shipping::create_shipment(&staff, placed.fulfilment, parcel(Some(&line)))))
            .await;
    assert_eq!(done.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for error in done.into_iter().filter_map(Result::err) {
        assert!(error.is(shipping::NOT_OPEN), "{error}");
        assert_eq!(error.facts().get("open").map(String::as_str), Some("1"));
    }
    assert_eq!(counters(test, jug).await, (8, 0, 1));
    books_agree(test).await;
});

on_both!(the_same_key_sends_one_parcel, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let jug = stocked(test, seller, 10).await;
    let placed = place(test, seller, &[(jug, 3)]).await;
    let staff = Ctx { idempotency_key: Some("pack-1".to_owned()), ..staff_of(test, seller) };
    let line = [(placed.lines[0], 1)];
    let done =
        join_all((0..4).map(|_| shipping::create_shipment(&staff, placed.fulfilment, parcel(Some(&line)))))
            .await;
    let ids: Vec<_> = done.into_iter().map(|outcome| outcome.unwrap().id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(counters(test, jug).await, (9, 0, 2));
});

on_both!(cancelling_lines_gives_their_stock_back_once, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let (jug, cup) = (stocked(test, seller, 10).await, stocked(test, seller, 10).await);
    let placed = place(test, seller, &[(jug, 2), (cup, 3)]).await;
    let (order, lines) = (placed.order, &placed.lines);
    for _ in 0..2 {
        transact!(test, |tx, ctx| shipping::cancel_lines(tx, ctx, order, &[(lines[1], 1)], "shopper-1"))
            .unwrap();
    }
    assert_eq!((counters(test, cup).await, available(test, cup).await), ((10, 0, 2), 8));
    shipping::create_shipment(&staff_of(test, seller), placed.fulfilment, parcel(Some(&[(lines[0], 2)])))
        .await
        .unwrap();
    // One line has left: nothing of this cancellation happens.
    let error = transact!(test, |tx, ctx| shipping::cancel_lines(
        tx,
        ctx,
        order,
        &[(lines[1], 2), (lines[0], 1)],
        "shopper-2"
    ))
    .unwrap_err();
    assert!(error.is(shipping::NOT_OPEN));
    assert_eq!(counters(test, cup).await, (10, 0, 2));
    transact!(test, |tx, ctx| shipping::cancel_lines(tx, ctx, order, &[(lines[1], 2)], "shopper-3")).unwrap();
    assert_eq!((state(test, &placed).await, available(test, cup).await), (FulfilmentState::Closed, 10));
    let whole = place(test, seller, &[(jug, 1)]).await;
    transact!(test, |tx, ctx| shipping::cancel_lines(tx, ctx, whole.order, &[(whole.lines[0], 1)], "all"))
        .unwrap();
    assert_eq!(state(test, &whole).await, FulfilmentState::Cancelled);
    assert!(
        shipping::create_shipment(&staff_of(test, seller), whole.fulfilment, parcel(None))
            .await
            .unwrap_err()
            .is(shipping::INVALID_TRANSITION)
    );
    books_agree(test).await;
});

on_both!(cancelling_and_sending_at_once_have_one_winner, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let jug = stocked(test, seller, 30).await;
    for number in 0..8 {
        let placed = place(test, seller, &[(jug, 2)]).await;
        let staff = staff_of(test, seller);
        let (order, line, key) = (placed.order, placed.lines[0], format!("cancel-{number}"));
        let cancel =
            async { transact!(test, |tx, ctx| shipping::cancel_lines(tx, ctx, order, &[(line, 2)], &key)) };
        let send = shipping::create_shipment(&staff, placed.fulfilment, parcel(Some(&[(line, 2)])));
        let (cancelled, sent) = futures::join!(cancel, send);
        assert!(cancelled.is_ok() != sent.is_ok(), "{cancelled:?} {sent:?}");
    }
    assert_eq!(counters(test, jug).await.2, 0);
    books_agree(test).await;
});

on_both!(a_withdrawn_parcel_puts_everything_back_once, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let jug = stocked(test, seller, 10).await;
    let placed = place(test, seller, &[(jug, 2)]).await;
    let staff = staff_of(test, seller);
    let sent = shipping::create_shipment(&staff, placed.fulfilment, parcel(None)).await.unwrap();
    assert_eq!(counters(test, jug).await, (8, 0, 0));
    for _ in 0..2 {
        let view = shipping::cancel_shipment(&staff, sent.id).await.unwrap();
        assert_eq!(view.state, ShipmentState::Cancelled);
        assert_eq!(
            (counters(test, jug).await, state(test, &placed).await),
            ((10, 0, 2), FulfilmentState::Open)
        );
    }
    assert_eq!(count(test, "shipment.cancelled").await, 1);
    let again = shipping::create_shipment(&staff, placed.fulfilment, parcel(None)).await.unwrap();
    shipping::record_tracking(&staff, again.id, news(test, ShipmentState::InTransit, 0)).await.unwrap();
    assert!(shipping::cancel_shipment(&staff, again.id).await.unwrap_err().is(shipping::ALREADY_PICKED_UP));
    books_agree(test).await;
});

fn news(test: &Test, status: ShipmentState, minutes_ago: i64) -> TrackingInput {
    TrackingInput {
        status,
        occurred_at: test.system().now - TimeDelta::minutes(minutes_ago),
        description: String::new(),
        place: Some("Athens".to_owned()),
        event_id: None,
    }
}

on_both!(late_and_repeated_news_never_moves_a_parcel_back, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let jug = stocked(test, seller, 10).await;
    let placed = place(test, seller, &[(jug, 2)]).await;
    let staff = staff_of(test, seller);
    let id = shipping::create_shipment(&staff, placed.fulfilment, parcel(None)).await.unwrap().id;
    let delivered = news(test, ShipmentState::Delivered, 10);
    for _ in 0..3 {
        let view = shipping::record_tracking(&staff, id, delivered.clone()).await.unwrap();
        assert_eq!((view.state, view.tracking.len()), (ShipmentState::Delivered, 1));
        assert_eq!(view.delivered_at, Some(delivered.occurred_at));
    }
    assert_eq!(count(test, "shipment.tracking.updated").await, 1);
    // News from before and news that cannot be: both are kept, neither counts.
    for (status, minutes) in [(ShipmentState::OutForDelivery, 60), (ShipmentState::InTransit, 1)] {
        let view = shipping::record_tracking(&staff, id, news(test, status, minutes)).await.unwrap();
        assert_eq!(view.state, ShipmentState::Delivered);
    }
    let view = shipping::shipment(&staff, id).await.unwrap();
    assert_eq!(
        view.tracking.iter().map(|event| event.status).collect::<Vec<_>>(),
        [ShipmentState::InTransit, ShipmentState::Delivered, ShipmentState::OutForDelivery]
    );
    let ahead = TrackingInput {
        occurred_at: test.system().now + TimeDelta::days(2),
        ..news(test, ShipmentState::Cancelled, 0)
    };
    let error = shipping::record_tracking(&staff, id, ahead).await.unwrap_err();
    assert_eq!(error.problem(None).errors.len(), 2);
});

on_both!(some_lines_can_be_packed_apart, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let (jug, cup) = (stocked(test, seller, 10).await, stocked(test, seller, 10).await);
    let placed = place(test, seller, &[(jug, 2), (cup, 1)]).await;
    let client = Client::new(&test.app, routes());
    let staff = staff_of(test, seller);
    let body = json!({ "order": placed.order, "lines": [{ "order_line": placed.lines[0], "quantity": 1 }] });
    let made = client.post(&staff, "/v1/fulfillments", "split-1", body.clone()).await;
    assert_eq!((made.status.as_u16(), made.json()["lines"][0]["open"].as_i64()), (201, Some(1)));
    let listed = client.get(&staff, &format!("/v1/fulfillments?order={}", placed.order)).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    // A line in two places is cancelled and sent as one.
    transact!(test, |tx, ctx| shipping::cancel_lines(tx, ctx, placed.order, &[(placed.lines[0], 2)], "both"))
        .unwrap();
    assert_eq!(available(test, jug).await, 10);
    let path = made.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(client.get(&staff, &path).await.json()["state"], "cancelled");
    let all = json!({ "order": placed.order, "lines": [{ "order_line": placed.lines[1], "quantity": 1 }] });
    let same = client.post(&staff, "/v1/fulfillments", "split-2", all).await;
    assert_eq!(same.json()["id"].as_str(), Some(placed.fulfilment.to_string().as_str()));
    books_agree(test).await;
});

on_both!(another_sellers_parcels_are_not_there, &modules(), async |test: &Test| {
    let (seller, other) = (new_id::<Seller>(), new_id::<Seller>());
    let jug = stocked(test, seller, 10).await;
    let placed = place(test, seller, &[(jug, 2)]).await;
    let client = Client::new(&test.app, routes());
    let (mine, theirs) = (staff_of(test, seller), staff_of(test, other));
    let send = format!("/v1/fulfillments/{}/shipments", placed.fulfilment);
    let body = json!({ "carrier": "DHL", "tracking_number": "1Z" });
    assert_eq!(client.post(&theirs, &send, "a", body.clone()).await.status.as_u16(), 404);
    assert_eq!(client.post(&test.visitor(), &send, "b", body.clone()).await.status.as_u16(), 401);
    assert_eq!(
        client.post(&test.person(Some(seller), &[]), &send, "c", body.clone()).await.status.as_u16(),
        403
    );
    assert_eq!(client.send(&mine, Method::POST, &send, &[], Some(body.clone())).await.status.as_u16(), 400);
    let empty = client.post(&mine, &send, "d", json!({ "carrier": " ", "tracking_number": "" })).await;
    assert_eq!((empty.status.as_u16(), empty.json()["errors"].as_array().unwrap().len()), (422, 2));
    let sent = client.post(&mine, &send, "e", body).await;
    assert_eq!(sent.status.as_u16(), 201);
    let shipment = sent.headers["location"].to_str().unwrap().to_owned();
    let track = json!({ "status": "in_transit", "occurred_at": test.system().now });
    for (path, body) in [
        (shipment.clone(), None),
        (format!("{shipment}/tracking"), None),
        (format!("{shipment}/cancel"), Some(json!({}))),
        (format!("{shipment}/tracking"), Some(track.clone())),
        (format!("/v1/fulfillments/{}", placed.fulfilment), None),
    ] {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        assert_eq!(
            client.send(&theirs, method.clone(), &path, &[], body.clone()).await.status.as_u16(),
            404,
            "{method} {path}"
        );
        let own = client.send(&mine, method.clone(), &path, &[], body).await.status.as_u16();
        assert!(matches!(own, 200 | 409), "{method} {path}: {own}");
    }
    assert_eq!(client.get(&theirs, "/v1/fulfillments").await.json()["items"].as_array().unwrap().len(), 0);
    assert_eq!(client.get(&mine, "/v1/fulfillments?colour=red").await.status.as_u16(), 400);
});

on_both!(a_rate_is_asked_without_an_order, &modules(), async |test: &Test| {
    let client = Client::new(&test.app, routes());
    let staff = staff_of(test, new_id());
    let body = json!({ "from_country": "GR", "to_country": "DE", "weight_grams": 900, "value": { "amount": 1000, "currency": "EUR" } });
    let rates = client.post(&staff, "/v1/carriers/table/rates", "a", body.clone()).await;
    assert_eq!(
        (rates.status.as_u16(), rates.json()["items"][0]["price"]["amount"].as_i64()),
        (200, Some(790))
    );
    assert_eq!(client.post(&staff, "/v1/carriers/nobody/rates", "b", body).await.status.as_u16(), 404);
    let nothing = json!({ "from_country": "x", "to_country": "DE", "weight_grams": 0, "value": { "amount": -1, "currency": "EUR" } });
    let refused = client.post(&staff, "/v1/carriers/table/rates", "c", nothing).await;
    assert_eq!((refused.status.as_u16(), refused.json()["errors"].as_array().unwrap().len()), (422, 3));
});
