use chrono::TimeDelta;
use stoa_fulfilment::inventory::{self, INSUFFICIENT_STOCK};
use stoa_kernel::{
    Ctx,
    error::codes::{NOT_FOUND, STALE},
};
use stoa_ordering::{carts, orders};
use stoa_ordering_types::carts::{AddLine, Address, CreateCart, DeliveryChoice, LineProblem, UpdateCart};
use stoa_payments::payments;
use stoa_payments_types::PaymentState;
use stoa_testing::{Test, on_both};

use crate::support::*;

on_both!(the_server_works_out_every_amount, &modules(), bank().await, async |test: &Test| {
    let (kleio, werk) = (seller(test, "kleio", 1000).await, seller(test, "werk", 1200).await);
    let (jug, cup) = (offer(test, kleio, "jug", 4800, 5).await, offer(test, werk, "cup", 1250, 9).await);
    let (ctx, cart) = shopper(test, &[(jug, 1), (cup, 3)]).await;
    assert_eq!(cart.parcels.len(), 2);
    assert_eq!(cart.totals.items, euros(4800 + 3750));
    let shipping: i64 = cart.parcels.iter().map(|parcel| parcel.shipping.amount).sum();
    assert!(shipping > 0 && cart.parcels.iter().all(|parcel| parcel.chosen.is_some()));
    assert_eq!(cart.totals.shipping, euros(shipping));
    assert_eq!(cart.totals.total, euros(8550 + shipping));
    // 24 % in Greece, rounded once per line and per delivery.
    let vat = |gross: i64| euros(gross).tax_included(2400).unwrap().amount;
    let tax =
        vat(4800) + vat(3750) + cart.parcels.iter().map(|parcel| vat(parcel.shipping.amount)).sum::<i64>();
    assert_eq!(cart.totals.tax, euros(tax));
    assert_eq!((cart.items, cart.blocked), (4, false));
    assert_eq!(cart.address.as_ref().unwrap().postcode, "104 31");
    assert_eq!(carts::count(&ctx).await.unwrap(), 4);
    assert_eq!(carts::current(&ctx).await.unwrap().unwrap(), carts::get(&ctx, cart.id).await.unwrap());

    let dearest = cart.parcels[0].options.last().unwrap().clone();
    let choice = DeliveryChoice { seller: kleio, option: dearest.code.clone() };
    let chosen = carts::choose_delivery(&ctx, cart.id, vec![choice]).await.unwrap();
    assert_eq!(
        (chosen.parcels[0].chosen.as_ref(), chosen.parcels[0].shipping),
        (Some(&dearest.code), dearest.price)
    );
    let wrong = DeliveryChoice { seller: kleio, option: "by owl".to_owned() };
    let refused = carts::choose_delivery(&ctx, cart.id, vec![wrong]).await.unwrap_err();
    assert_eq!(refused.problem(None).errors[0].code, "carts.unknown_delivery");
});

on_both!(units_of_the_same_offer_are_one_line, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 10).await;
    let new = carts::create(&test.visitor(), CreateCart::default()).await.unwrap();
    let ctx = Ctx { cart_token: Some(new.token.clone()), ..test.visitor() };
    let id = new.cart.id;
    // Two windows at once: both count.
    let (one, two) = tokio::join!(
        carts::add_line(&ctx, id, AddLine::new(jug.sku, 2)),
        carts::add_line(&ctx, id, AddLine::new(jug.sku, 1))
    );
    one.unwrap();
    two.unwrap();
    let mut engraved = AddLine::new(jug.sku, 1);
    engraved.personalisation.insert("engraving".to_owned(), "Ioanna".to_owned());
    let cart = carts::add_line(&ctx, id, engraved).await.unwrap();
    let lines = &cart.parcels[0].lines;
    assert_eq!(lines.iter().map(|line| line.quantity).collect::<Vec<_>>(), [3, 1]);

    for wrong in [-1, 1000, 1_000_000_000] {
        let refused = carts::set_quantity(&ctx, id, lines[0].id, wrong, None).await.unwrap_err();
        assert_eq!(refused.problem(None).errors[0].code, "carts.quantity_invalid");
    }
    let refused = carts::add_line(&ctx, id, AddLine::new(jug.sku, 7)).await.unwrap_err();
    assert!(refused.is(INSUFFICIENT_STOCK) && refused.facts()["available"] == "10", "{refused}");
    let stale = carts::set_quantity(&ctx, id, lines[0].id, 2, Some(cart.version - 1)).await.unwrap_err();
    assert!(stale.is(STALE));
    let cart = carts::set_quantity(&ctx, id, lines[1].id, 0, Some(cart.version)).await.unwrap();
    assert_eq!(cart.items, 3);
    assert_eq!(carts::remove_line(&ctx, id, lines[1].id).await.unwrap().items, 3, "gone already is fine");
    assert_eq!(test.scalar("SELECT COUNT(*) FROM cart_line").await, 1);
});

on_both!(a_cart_opens_with_its_token_alone, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 10).await;
    let (ctx, cart) = shopper(test, &[(jug, 1)]).await;
    let (other, theirs) = shopper(test, &[(jug, 1)]).await;
    let nobody = test.visitor();
    for stranger in [&other, &nobody, &test.person(Some(jug.seller), &[carts::READ, carts::WRITE])] {
        assert!(carts::get(stranger, cart.id).await.unwrap_err().is(NOT_FOUND));
        assert!(
            carts::add_line(stranger, cart.id, AddLine::new(jug.sku, 1)).await.unwrap_err().is(NOT_FOUND)
        );
        assert!(carts::checkout_intent(stranger, cart.id, "k").await.unwrap_err().is(NOT_FOUND));
    }
    let reader = test.person(None, &[carts::READ]);
    assert_eq!(carts::get(&reader, cart.id).await.unwrap().items, 1);
    assert!(carts::add_line(&reader, cart.id, AddLine::new(jug.sku, 1)).await.is_err());
    assert!(carts::get(&ctx, cart.id).await.is_ok() && carts::get(&other, theirs.id).await.is_ok());
    let token = ctx.cart_token.unwrap();
    assert_eq!(test.scalar(&format!("SELECT COUNT(*) FROM cart WHERE token_hash = '{token}'")).await, 0);
});

on_both!(a_rise_waits_for_consent_and_a_fall_is_passed_on, &modules(), bank().await, async |test: &Test| {
    let honey = offer(test, seller(test, "kleio", 1000).await, "honey", 1120, 10).await;
    let (ctx, cart) = shopper(test, &[(honey, 2)]).await;
    let line = cart.parcels[0].lines[0].id;
    reprice(test, honey, 1190).await;
    let risen = carts::get(&ctx, cart.id).await.unwrap();
    assert_eq!(
        risen.parcels[0].lines[0].problems,
        [LineProblem::PriceUp { from: euros(1120), to: euros(1190) }]
    );
    assert_eq!((risen.totals.items, risen.blocked, risen.version), (euros(2240), true, cart.version));
    let refused = carts::checkout_intent(&ctx, cart.id, "k").await.unwrap_err();
    assert!(refused.is(carts::codes::PROBLEMS) && refused.facts()["lines"] == line.to_string());
    let consent = UpdateCart { accept_prices: vec![line], ..UpdateCart::default() };
    let accepted = carts::update(&ctx, cart.id, None, consent).await.unwrap();
    assert_eq!((accepted.totals.items, accepted.blocked), (euros(2380), false));
    reprice(test, honey, 990).await;
    let fallen = carts::get(&ctx, cart.id).await.unwrap();
    assert_eq!(
        fallen.parcels[0].lines[0].problems,
        [LineProblem::PriceDown { from: euros(1190), to: euros(990) }]
    );
    assert_eq!((fallen.totals.items, fallen.blocked), (euros(1980), false));
    let intent = carts::checkout_intent(&ctx, cart.id, "k").await.unwrap();
    assert_eq!(intent.amount, fallen.totals.total);
});

on_both!(an_address_is_checked_where_it_is_given, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 10).await;
    let (ctx, cart) = shopper(test, &[(jug, 1)]).await;
    let wrong = Address { postcode: "1043".to_owned(), street: " ".to_owned(), ..athens() };
    let refused = carts::set_address(&ctx, cart.id, "nobody".to_owned(), wrong).await.unwrap_err();
    let fields: Vec<String> = refused.problem(None).errors.into_iter().map(|error| error.field).collect();
    assert_eq!(fields, ["email", "address/street", "address/postcode"]);
    let far = Address { country: "AQ".to_owned(), ..athens() };
    let refused = carts::set_address(&ctx, cart.id, "a@example.com".to_owned(), far).await.unwrap_err();
    assert_eq!(refused.problem(None).status, 422, "{refused}");
    assert_eq!(carts::get(&ctx, cart.id).await.unwrap().country, "GR", "nothing was written");
});

on_both!(a_checkout_freezes_the_cart_until_it_changes, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 3).await;
    let (ctx, cart) = shopper(test, &[(jug, 2)]).await;
    let first = checkout(&ctx, &cart).await.unwrap();
    let again = carts::checkout_intent(&ctx, cart.id, "another key").await.unwrap();
    assert_eq!(first, again, "the same version is the same checkout");
    let left = inventory::available(test.app.db.read(), &ctx, &[jug.sku]).await.unwrap();
    assert_eq!(left[&jug.sku], 1);
    assert!(!carts::get(&ctx, cart.id).await.unwrap().blocked, "its own reservation is not in its way");

    let changed = carts::set_quantity(&ctx, cart.id, cart.parcels[0].lines[0].id, 1, None).await.unwrap();
    let left = inventory::available(test.app.db.read(), &ctx, &[jug.sku]).await.unwrap();
    assert_eq!(left[&jug.sku], 3, "the change gave the stock back");
    assert_eq!(payments::get(&ctx, first.payment).await.unwrap().state, PaymentState::Cancelled);
    let refused = orders::complete(&ctx, first.payment).await.unwrap_err();
    assert!(refused.is(orders::codes::CART_CHANGED), "{refused}");
    let second = checkout(&ctx, &changed).await.unwrap();
    assert_ne!(second.payment, first.payment);
    pay(&ctx, second.payment, "tok_approved").await.unwrap();
    let order = orders::complete(&ctx, second.payment).await.unwrap();
    let refused = carts::add_line(&ctx, cart.id, AddLine::new(jug.sku, 1)).await.unwrap_err();
    assert!(refused.is(carts::codes::COMPLETED) && refused.facts()["order"] == order.id.to_string());
    assert!(carts::current(&ctx).await.unwrap().is_none());
    settle(test).await;
    agree(test).await;
});

on_both!(a_checkout_that_nobody_pays_frees_its_stock, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 1).await;
    let (ctx, cart) = shopper(test, &[(jug, 1)]).await;
    let first = checkout(&ctx, &cart).await.unwrap();
    test.travel(TimeDelta::minutes(40));
    let left = inventory::available(test.app.db.read(), &test.visitor(), &[jug.sku]).await.unwrap();
    assert_eq!(left[&jug.sku], 1);
    let ctx = ctx.renewed();
    let second = checkout(&ctx, &cart).await.unwrap();
    assert_ne!(first.payment, second.payment, "a new checkout is a new payment");
    assert!(second.expires_at > ctx.now);
});

on_both!(an_unfinished_cart_is_not_frozen, &modules(), bank().await, async |test: &Test| {
    let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 1).await;
    let new = carts::create(&test.visitor(), CreateCart::default()).await.unwrap();
    let ctx = Ctx { cart_token: Some(new.token), ..test.visitor() };
    assert!(carts::checkout_intent(&ctx, new.cart.id, "k").await.unwrap_err().is(carts::codes::EMPTY));
    let cart = carts::add_line(&ctx, new.cart.id, AddLine::new(jug.sku, 1)).await.unwrap();
    let fields: Vec<String> = carts::checkout_intent(&ctx, cart.id, "k")
        .await
        .unwrap_err()
        .problem(None)
        .errors
        .into_iter()
        .map(|error| error.field)
        .collect();
    assert_eq!(fields, ["email", "address"]);
    let (other, theirs) = shopper(test, &[(jug, 1)]).await;
    checkout(&other, &theirs).await.unwrap();
    carts::set_address(&ctx, cart.id, "a@example.com".to_owned(), athens()).await.unwrap();
    let refused = carts::checkout_intent(&ctx, cart.id, "k").await.unwrap_err();
    assert!(refused.is(carts::codes::PROBLEMS), "the last one is kept for another: {refused}");
});
