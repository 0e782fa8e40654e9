//! The address book.

use serde_json::{Value, json};
use stoa_identity::customers::{self, ADDRESSES_FULL};
use stoa_identity_types::{
    AddAddress, AddressUse, AddressView, ChangeAddress, MAX_ADDRESSES, PostalAddress, RoleName,
};
use stoa_kernel::{Ctx, Error};
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Customer, Id};

use super::{ALL, acting, user};

async fn shopper(test: &Test, email: &str) -> (Ctx, Id<Customer>) {
    let ctx = acting(test, &user(test, email, RoleName::Shopper, None).await).await;
    let id = customers::mine(&ctx).await.expect("a customer");
    (ctx, id)
}

fn athens(street: &str) -> PostalAddress {
    PostalAddress {
        name: "Ana Ruiz".to_owned(),
        street: street.to_owned(),
        postcode: "10431".to_owned(),
        city: "Athens".to_owned(),
        country: "gr".to_owned(),
        ..PostalAddress::default()
    }
}

fn adds(address: PostalAddress, default_for: &[AddressUse]) -> AddAddress {
    AddAddress { address, default_for: default_for.to_vec() }
}

fn wrong(error: Error) -> Vec<String> {
    error.problem(None).errors.into_iter().map(|error| error.field).collect()
}

async fn book(ctx: &Ctx, id: Id<Customer>) -> Vec<AddressView> {
    customers::addresses(ctx, id).await.expect("a book").items
}

// 11.M3
on_both!(m3_a_book_keeps_addresses_as_their_country_writes_them, ALL, async |test: &Test| {
    let (ctx, id) = shopper(test, "ana@stoa.example").await;
    let first = customers::add_address(&ctx, id, &adds(athens(" Ermou  12 "), &[])).await.unwrap();
    assert_eq!(first.lines, ["Ana Ruiz", "Ermou 12", "104 31 Athens", "Greece"]);
    assert_eq!(first.default_for, [AddressUse::Shipping, AddressUse::Billing], "the first is for both");
    let second = customers::add_address(&ctx, id, &adds(athens("Aiolou 1"), &[])).await.unwrap();
    assert_eq!(second.default_for, []);
    let third =
        customers::add_address(&ctx, id, &adds(athens("Athinas 3"), &[AddressUse::Shipping])).await.unwrap();
    assert_eq!(third.default_for, [AddressUse::Shipping]);
    let defaults: Vec<_> = book(&ctx, id).await.into_iter().map(|item| (item.id, item.default_for)).collect();
    assert_eq!(
        defaults,
        [(third.id, vec![AddressUse::Shipping]), (first.id, vec![AddressUse::Billing]), (second.id, vec![])]
    );

    let change = ChangeAddress {
        address: Some(PostalAddress { phone: Some("+30 210 123 4567".to_owned()), ..athens("Ermou 14") }),
        default_for: Some(vec![AddressUse::Shipping, AddressUse::Billing]),
    };
    let changed = customers::change_address(&ctx, id, second.id, 1, &change).await.unwrap();
    assert_eq!((changed.version, changed.address.street.as_str()), (2, "Ermou 14"));
    assert_eq!(changed.created_at, second.created_at);
    let stale = customers::change_address(&ctx, id, second.id, 1, &change).await.unwrap_err();
    assert_eq!(stale.problem(None).status, 412);

    customers::remove_address(&ctx, id, second.id).await.unwrap();
    customers::remove_address(&ctx, id, second.id).await.unwrap();
    let left = book(&ctx, id).await;
    assert!(left.len() == 2 && left.iter().all(|item| item.default_for.is_empty()), "{left:?}");
    let kept = "SELECT count(*) FROM address WHERE deleted_at IS NOT NULL";
    assert_eq!(test.scalar(kept).await, 1, "taken out, not destroyed");
    assert!(customers::change_address(&ctx, id, second.id, 3, &change).await.is_err(), "out is out");
    let told = "SELECT count(*) FROM outbox_event WHERE name = 'customer.updated'";
    assert_eq!(test.scalar(told).await, 5);
});

// 11.M3
on_both!(m3_a_book_is_its_owners_alone, ALL, async |test: &Test| {
    let (ctx, id) = shopper(test, "ana@stoa.example").await;
    let (bob, bobs) = shopper(test, "bob@stoa.example").await;
    let own = customers::add_address(&ctx, id, &adds(athens("Ermou 12"), &[])).await.unwrap();
    let not_found = |error: Error| error.problem(None).status == 404;
    assert!(not_found(customers::addresses(&bob, id).await.unwrap_err()));
    assert!(not_found(customers::add_address(&bob, id, &adds(athens("X 1"), &[])).await.unwrap_err()));
    // Through one's own book nobody reaches into another's.
    assert!(not_found(customers::address(&bob, bobs, own.id).await.unwrap_err()));
    let change = ChangeAddress { address: Some(athens("X 1")), default_for: None };
    assert!(not_found(customers::change_address(&bob, bobs, own.id, 1, &change).await.unwrap_err()));
    assert!(not_found(customers::remove_address(&bob, bobs, own.id).await.unwrap_err()));
    assert_eq!(book(&ctx, id).await, std::slice::from_ref(&own));
    // Staff see the country until they reveal more.
    let staff = book(&test.person(None, &[customers::READ]), id).await;
    assert_eq!(staff[0].address.country, "GR");
    let shown = serde_json::to_string(&staff).unwrap();
    assert!(!shown.contains("Ermou") && !shown.contains("104") && !shown.contains("Ruiz"), "{shown}");
});

// 11.M3
on_both!(m3_a_book_holds_fifty_and_two_at_once_count, ALL, async |test: &Test| {
    let (ctx, id) = shopper(test, "ana@stoa.example").await;
    let most = i64::try_from(MAX_ADDRESSES).unwrap();
    for number in 1..most {
        let street = format!("Ermou {number}");
        customers::add_address(&ctx, id, &adds(athens(&street), &[])).await.unwrap();
    }
    let more = adds(athens("Aiolou 1"), &[]);
    let both = futures::future::join(
        customers::add_address(&ctx, id, &more),
        customers::add_address(&ctx, id, &more),
    )
    .await;
    let refused: Vec<_> = [both.0, both.1].into_iter().filter_map(Result::err).collect();
    assert!(refused.len() == 1 && refused[0].is(ADDRESSES_FULL), "{refused:?}");
    assert_eq!(test.scalar("SELECT count(*) FROM address").await, most);
    let one = book(&ctx, id).await.remove(7).id;
    customers::remove_address(&ctx, id, one).await.unwrap();
    customers::add_address(&ctx, id, &more).await.expect("room again");
});

// 11.E3
on_both!(e3_hong_kong_needs_no_postcode_and_the_united_states_a_state, ALL, async |test: &Test| {
    let (ctx, id) = shopper(test, "ana@stoa.example").await;
    let place = |country: &str, region: Option<&str>, postcode: &str| PostalAddress {
        country: country.to_owned(),
        region: region.map(str::to_owned),
        postcode: postcode.to_owned(),
        ..athens("Some Street 1")
    };
    for (country, region) in [("HK", "Kowloon"), ("AE", "Dubai")] {
        let kept =
            customers::add_address(&ctx, id, &adds(place(country, Some(region), ""), &[])).await.unwrap();
        assert_eq!(kept.address.postcode, "");
    }
    let missing = customers::add_address(&ctx, id, &adds(place("US", None, "10001"), &[])).await.unwrap_err();
    assert_eq!(missing.problem(None).status, 422);
    assert_eq!(wrong(missing), ["address/region"]);
    let nowhere = customers::add_address(&ctx, id, &adds(place("US", Some("Attica"), "1"), &[])).await;
    assert_eq!(wrong(nowhere.unwrap_err()), ["address/postcode", "address/region"]);
    let fine =
        customers::add_address(&ctx, id, &adds(place("US", Some("new york"), "10001"), &[])).await.unwrap();
    assert_eq!(fine.address.region.as_deref(), Some("NY"));
    let all = customers::add_address(&ctx, id, &adds(PostalAddress::default(), &[])).await.unwrap_err();
    assert_eq!(wrong(all), ["address/name", "address/street", "address/country", "address/city"]);
});

on_both!(an_address_book_works_over_rest, ALL, async |test: &Test| {
    let (ctx, id) = shopper(test, "ana@stoa.example").await;
    let client = Client::new(&test.app, stoa_identity::routes());
    let path = format!("/v1/customers/{id}/addresses");
    let body = json!({ "address": athens("Ermou 12"), "default_for": ["shipping"] });
    let made = client.post(&ctx, &path, "k1", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let again = client.post(&ctx, &path, "k1", body).await;
    assert_eq!(again.json()["id"], made.json()["id"], "one effect");
    let one = format!("{path}/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(made.headers["location"], one.as_str());
    assert_eq!(client.get(&ctx, &one).await.json()["address"]["postcode"], "104 31");
    let change = json!({ "default_for": [] });
    assert_eq!(client.patch(&ctx, &one, "\"1\"", change.clone()).await.json()["default_for"], json!([]));
    assert_eq!(client.patch(&ctx, &one, "\"1\"", change).await.status, 412);
    let unknown = client.post(&ctx, &path, "k2", json!({ "address": {}, "customer": "x" })).await;
    assert_eq!(unknown.status, 422);
    let gone = client.send(&ctx, http::Method::DELETE, &one, &[], None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(client.get(&ctx, &path).await.json(), json!({ "items": [] }));
    assert_eq!(client.get(&ctx, &one).await.status, 404);
    assert_eq!(client.get(&test.visitor(), &path).await.status, 401);
    let answer: Value = client.get(&test.person(None, &[]), &path).await.json();
    assert_eq!(answer["status"], 404);
});
