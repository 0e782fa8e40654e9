use stoa_fulfilment::shipping::{self, ParcelNeed};
use stoa_identity::sellers;
use stoa_identity_types::CreateSeller;
use stoa_testing::{Test, on_both};
use stoa_types::{Currency, Id, Money, Seller};

use crate::support::modules;

async fn seller(test: &Test, slug: &str, country: &str) -> Id<Seller> {
    let new = CreateSeller {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        email: format!("{slug}@stoa.example"),
        country: country.to_owned(),
        description: None,
        commission_bp: None,
    };
    sellers::create(&test.system(), new).await.expect("a seller").id
}

fn need(seller: Id<Seller>, weight_grams: i64, value: i64) -> ParcelNeed {
    ParcelNeed { seller, weight_grams, value: Money::new(value, Currency::EUR) }
}

on_both!(each_parcel_gets_its_options_cheapest_first_with_dates, &modules(), async |test: &Test| {
    let (greek, german) = (seller(test, "kleio", "GR").await, seller(test, "werk", "DE").await);
    let ctx = test.system();
    let needs = [need(greek, 800, 3000), need(german, 800, 3000), need(greek, 31_000, 5000)];
    let found = shipping::options(ctx.db().read(), &ctx, "gr", "104 31", &needs).await.unwrap();
    assert_eq!(found.iter().map(|parcel| parcel.seller).collect::<Vec<_>>(), [greek, german, greek]);
    let prices = |place: usize| -> Vec<(&str, i64)> {
        found[place].options.iter().map(|option| (option.code.as_str(), option.price.amount)).collect()
    };
    assert_eq!(prices(0), [("standard", 390), ("express", 790)]);
    assert_eq!(prices(1), [("standard", 790), ("express", 1690)]);
    // Heavier than a parcel may be: two of them, but free above 50 euros.
    assert_eq!(prices(2), [("standard", 0), ("express", 3980)]);
    for option in found.iter().flat_map(|parcel| &parcel.options) {
        assert_eq!(option.needs_phone, option.code == "express", "express couriers ring");
        assert!(option.arrives_from > ctx.now.date_naive() && option.arrives_from <= option.arrives_to);
    }
});

on_both!(where_nothing_is_delivered_is_said_at_the_country, &modules(), async |test: &Test| {
    let greek = seller(test, "kleio", "GR").await;
    let ctx = test.system();
    for country in ["", "Greece", "G1"] {
        let error =
            shipping::options(ctx.db().read(), &ctx, country, "", &[need(greek, 1, 1)]).await.unwrap_err();
        assert_eq!(error.problem(None).errors[0].field, "country");
    }
    let pounds = ParcelNeed { value: Money::new(1, Currency::GBP), ..need(greek, 1, 1) };
    let error = shipping::options(ctx.db().read(), &ctx, "GR", "", &[pounds]).await.unwrap_err();
    assert_eq!(error.code(), "shipping.no_delivery");
});
