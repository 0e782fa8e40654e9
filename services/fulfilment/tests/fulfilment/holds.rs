use http::Method;
use serde_json::json;
use stoa_fulfilment::{routes, shipping};
use stoa_fulfilment_types::{CreateFulfilment, CreateShipment, FulfilmentState, LineQuantity};
use stoa_kernel::{Result, new_id};
use stoa_testing::{Client, Test, on_both};
use stoa_types::Seller;

use crate::{
    support::{Placed, books_agree, count, counters, modules, place, staff_of, stocked},
    transact,
};

fn parcel(lines: Option<Vec<LineQuantity>>) -> CreateShipment {
    CreateShipment { carrier: "DHL".to_owned(), tracking_number: "JD014600".to_owned(), lines }
}

async fn hold(test: &Test, placed: &Placed, reason: &str) -> Result<()> {
    transact!(test, |tx, ctx| shipping::hold(tx, ctx, placed.order, reason))
}

async fn release(test: &Test, placed: &Placed, reason: &str) -> Result<()> {
    transact!(test, |tx, ctx| shipping::release(tx, ctx, placed.order, reason))
}

/// The state with why it is held.
async fn state(test: &Test, placed: &Placed) -> (FulfilmentState, Option<String>) {
    let view = shipping::fulfilment(&test.system(), placed.fulfilment).await.expect("it is there");
    (view.state, view.hold)
}

on_both!(a_held_order_sends_nothing_until_it_is_released, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let jug = stocked(test, seller, 10).await;
    let placed = place(test, seller, &[(jug, 3)]).await;
    let staff = staff_of(test, seller);
    for _ in 0..2 {
        hold(test, &placed, shipping::UNPAID).await.unwrap();
        assert_eq!(state(test, &placed).await, (FulfilmentState::OnHold, Some("payment".to_owned())));
    }
    let client = Client::new(&test.app, routes());
    let path = format!("/v1/fulfillments/{}/shipments", placed.fulfilment);
    let body = json!({ "carrier": "DHL", "tracking_number": "JD014600" });
    let refused = client.post(&staff, &path, "held", body.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "shipping.on_hold"));
    assert_eq!(refused.json()["facts"]["reason"], "payment");
    let apart = CreateFulfilment {
        order: placed.order,
        lines: vec![LineQuantity { order_line: placed.lines[0], quantity: 1 }],
    };
    assert!(shipping::split(&staff, apart).await.unwrap_err().is(shipping::ON_HOLD));
    assert_eq!(counters(test, jug).await, (10, 0, 3), "nothing has left");
    let held = client.send(&staff, Method::GET, "/v1/fulfillments?state=on_hold", &[], None).await;
    assert_eq!(held.json()["items"][0]["hold"], "payment");

    release(test, &placed, "another").await.unwrap();
    assert_eq!(state(test, &placed).await.0, FulfilmentState::OnHold, "it was held for something else");
    for _ in 0..2 {
        release(test, &placed, shipping::UNPAID).await.unwrap();
        assert_eq!(state(test, &placed).await, (FulfilmentState::Open, None));
    }
    // The refusal was not kept under the key.
    assert_eq!(client.post(&staff, &path, "held", body).await.status, 201);
    assert_eq!(state(test, &placed).await.0, FulfilmentState::Closed);
    for event in ["fulfillment.held", "fulfillment.released", "fulfillment.completed"] {
        assert_eq!(count(test, event).await, 1, "{event}");
    }
    let audited =
        "SELECT COUNT(*) FROM audit_record WHERE action IN ('fulfilment.held', 'fulfilment.released')";
    assert_eq!(test.scalar(audited).await, 2);
    books_agree(test).await;
});

on_both!(what_has_left_stays_and_the_rest_waits, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let jug = stocked(test, seller, 10).await;
    let placed = place(test, seller, &[(jug, 3)]).await;
    let staff = staff_of(test, seller);
    let one = vec![LineQuantity { order_line: placed.lines[0], quantity: 1 }];
    shipping::create_shipment(&staff, placed.fulfilment, parcel(Some(one))).await.unwrap();
    hold(test, &placed, shipping::UNPAID).await.unwrap();
    assert_eq!(state(test, &placed).await.0, FulfilmentState::OnHold);
    release(test, &placed, shipping::UNPAID).await.unwrap();
    assert_eq!(state(test, &placed).await.0, FulfilmentState::InProgress);
    // What waits can still be cancelled.
    hold(test, &placed, shipping::UNPAID).await.unwrap();
    let (order, line) = (placed.order, placed.lines[0]);
    transact!(test, |tx, ctx| shipping::cancel_lines(tx, ctx, order, &[(line, 2)], "all")).unwrap();
    assert_eq!(state(test, &placed).await.0, FulfilmentState::Closed);
    assert_eq!(counters(test, jug).await, (9, 0, 0));
    books_agree(test).await;
});

on_both!(what_a_withdrawn_parcel_opens_is_held_too, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let jug = stocked(test, seller, 10).await;
    let placed = place(test, seller, &[(jug, 2)]).await;
    let staff = staff_of(test, seller);
    let sent = shipping::create_shipment(&staff, placed.fulfilment, parcel(None)).await.unwrap();
    hold(test, &placed, shipping::UNPAID).await.unwrap();
    assert_eq!(state(test, &placed).await.0, FulfilmentState::Closed);
    shipping::cancel_shipment(&staff, sent.id).await.unwrap();
    assert_eq!(state(test, &placed).await.0, FulfilmentState::OnHold);
    let refused = shipping::create_shipment(&staff, placed.fulfilment, parcel(None)).await.unwrap_err();
    assert!(refused.is(shipping::ON_HOLD), "{refused}");
    release(test, &placed, shipping::UNPAID).await.unwrap();
    shipping::create_shipment(&staff, placed.fulfilment, parcel(None)).await.unwrap();
    books_agree(test).await;
});

on_both!(a_parcel_and_a_hold_at_once_have_one_winner, &modules(), async |test: &Test| {
    let seller = new_id::<Seller>();
    let jug = stocked(test, seller, 30).await;
    for _ in 0..8 {
        let placed = place(test, seller, &[(jug, 2)]).await;
        let staff = staff_of(test, seller);
        let send = shipping::create_shipment(&staff, placed.fulfilment, parcel(None));
        let (held, sent) = futures::join!(hold(test, &placed, shipping::UNPAID), send);
        held.unwrap();
        match sent {
            Ok(_) => assert_eq!(state(test, &placed).await.0, FulfilmentState::Closed),
            Err(error) => {
                assert!(error.is(shipping::ON_HOLD), "{error}");
                assert_eq!(state(test, &placed).await.0, FulfilmentState::OnHold);
            }
        }
    }
    books_agree(test).await;
});
