use stoa_kernel::error::codes::NOT_FOUND;
use stoa_ordering::carts;
use stoa_ordering_types::carts::{AddLine, Address, CreateCart, DeliveryChoice, UpdateCart};
use stoa_testing::{Test, on_both};
use stoa_types::{Id, Uuid};

use crate::support::*;

on_both!(
    delivery_is_estimated_before_anything_is_in_a_cart,
    &modules(),
    bank().await,
    async |test: &Test| {
        let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 5).await;
        let visitor = test.visitor();
        let home = carts::delivery_estimate(&visitor, jug.sku, None, "").await.unwrap();
        assert_eq!((home.country.as_str(), home.postcode), ("GR", None));
        let codes: Vec<&str> = home.options.iter().map(|option| option.code.as_str()).collect();
        assert_eq!(codes, ["standard", "express"]);
        let abroad = carts::delivery_estimate(&visitor, jug.sku, Some("de"), "10 115").await.unwrap();
        assert_eq!((abroad.country.as_str(), abroad.postcode.as_deref()), ("DE", Some("10115")));
        assert!(abroad.options[0].price.amount > home.options[0].price.amount);

        // What is estimated is what the cart asks for.
        let (cart, token) =
            carts::add_to_current(&visitor, AddLine::new(jug.sku, 1), Some("DE")).await.unwrap();
        assert!(token.is_some());
        assert_eq!(cart.country, "DE");
        assert_eq!(cart.parcels[0].options, abroad.options);

        for (country, postcode, field) in [
            (Some("GR"), "1043", "postcode"),
            (Some("DE"), "104 31 7", "postcode"),
            (Some("Atlantis"), "", "country"),
        ] {
            let wrong = carts::delivery_estimate(&visitor, jug.sku, country, postcode).await.unwrap_err();
            assert_eq!(wrong.problem(None).errors[0].field, field, "{country:?} {postcode}");
        }
        let nothing = carts::delivery_estimate(&visitor, Id::new(Uuid::nil()), None, "").await.unwrap_err();
        assert!(nothing.is(NOT_FOUND));
    }
);

on_both!(a_courier_who_rings_wants_a_number, &modules(), bank().await, async |test: &Test| {
    let kleio = seller(test, "kleio", 1000).await;
    let jug = offer(test, kleio, "jug", 4800, 5).await;
    let express = || vec![DeliveryChoice { seller: kleio, option: "express".to_owned() }];
    let to = |phone: Option<&str>| UpdateCart {
        email: Some("ioanna@example.com".to_owned()),
        address: Some(Address { phone: phone.map(str::to_owned), ..athens() }),
        delivery: express(),
        ..UpdateCart::default()
    };
    let (ctx, cart) = shopper(test, &[(jug, 1)]).await;
    let refused = carts::update(&ctx, cart.id, None, to(None)).await.unwrap_err().problem(None);
    assert_eq!(
        refused.errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(),
        ["address/phone"]
    );
    assert_eq!(carts::get(&ctx, cart.id).await.unwrap().version, cart.version, "nothing was written");
    let nameless = UpdateCart {
        address: Some(Address { name: String::new(), ..athens() }),
        delivery: express(),
        ..UpdateCart::default()
    };
    let refused = carts::update(&ctx, cart.id, None, nameless).await.unwrap_err().problem(None);
    let fields: Vec<&str> = refused.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["address/name", "address/phone"], "all of a form's errors at once");
    let told = carts::update(&ctx, cart.id, None, to(Some("+30 210 123 4567"))).await.unwrap();
    assert_eq!(told.parcels[0].chosen.as_deref(), Some("express"));
    carts::checkout_intent(&ctx, cart.id, "k").await.unwrap();

    // Chosen before the number is known: the last look finds it.
    let (ctx, cart) = shopper(test, &[(jug, 1)]).await;
    let chosen = carts::choose_delivery(&ctx, cart.id, express()).await.unwrap();
    let refused = carts::checkout_intent(&ctx, chosen.id, "k").await.unwrap_err().problem(None);
    assert_eq!(refused.errors[0].field, "address/phone");
    let by_post = DeliveryChoice { seller: kleio, option: "standard".to_owned() };
    carts::choose_delivery(&ctx, cart.id, vec![by_post]).await.unwrap();
    carts::checkout_intent(&ctx, cart.id, "k").await.unwrap();
    // A cart alone says nothing about a place.
    let empty = carts::create(&test.visitor(), CreateCart::default()).await.unwrap();
    assert_eq!(empty.cart.country, "GR");
});
