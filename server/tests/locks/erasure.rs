//! A person is put into every table that may hold one, erased, and looked for everywhere: in
//! every table, file and mail, and in the database's own file.

use std::sync::Arc;

use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};
use stoa_aftersales::refunds;
use stoa_fulfilment::shipping;
use stoa_fulfilment_types::{CreateShipment, ShipmentState, TrackingInput};
use stoa_identity::{
    auth::{self, SqlSessions, session},
    customers::{
        self,
        privacy_notices::{PrivacyAbout, PrivacyNotice, privacy_mail},
    },
};
use stoa_identity_types::{
    AddContactMethod, AddNote, AddTag, Channel, ConsentPurpose, ConsentSource, ContactPurpose, CreateCompany,
    RecordConsent, RequestKind, RequestState, RoleName,
};
use stoa_kernel::Ctx;
use stoa_ordering::{carts, orders};
use stoa_ordering_types::carts::{AddLine, Address, CreateCart, UpdateCart};
use stoa_payments::payments;
use stoa_payments_types::Confirm;
use stoa_testing::{Backend, Test};
use stoa_types::{Customer, Id, Order, Sku};
use tower_sessions::Session;

use crate::world::{self, offers};

const EMAIL: &str = "zephyrine@quill.example";

/// What only she has.
const MARKS: &[&str] =
    &["zephyrine", "Zephyrine", "Quill", "Quagmire", "6941234567", "ZQ987654321GR", "Ottoline", "gossamer"];

fn address() -> Address {
    Address {
        name: "Zephyrine Quill".to_owned(),
        street: "Quagmire Lane 5".to_owned(),
        postcode: "10431".to_owned(),
        city: "Athens".to_owned(),
        country: "GR".to_owned(),
        phone: Some("+306941234567".to_owned()),
        ..Address::default()
    }
}

/// A cart of hers, and who holds it.
async fn cart(test: &Test, ctx: &Ctx, sku: Id<Sku>) -> (Ctx, Id<stoa_types::Cart>) {
    let mut line = AddLine::new(sku, 1);
    line.personalisation.insert("engraving".to_owned(), "for Ottoline".to_owned());
    let new = CreateCart { lines: vec![line], ..CreateCart::default() };
    let new = carts::create(&test.visitor(), new).await.expect("a cart");
    let shopper = Ctx { cart_token: Some(new.token), ..ctx.clone() };
    let change =
        UpdateCart { email: Some(EMAIL.to_owned()), address: Some(address()), ..UpdateCart::default() };
    carts::update(&shopper, new.cart.id, None, change).await.expect("an address");
    (shopper, new.cart.id)
}

async fn buy(test: &Test, ctx: &Ctx, sku: Id<Sku>, key: &str) -> Id<Order> {
    let (shopper, cart) = cart(test, ctx, sku).await;
    let intent = carts::checkout_intent(&shopper, cart, key).await.expect("a checkout");
    let paid = Confirm { payment_method: "tok_approved".to_owned(), return_url: None };
    payments::confirm(&shopper, intent.payment, paid).await.expect("paid");
    let order = orders::complete(&shopper, intent.payment).await.expect("an order");
    test.settle().await;
    order.id
}

/// Sends what was ordered, and has it arrive.
async fn deliver(test: &Test, order: Id<Order>) {
    let ctx = test.system();
    for parcel in shipping::of_orders(ctx.db().read(), &ctx, &[order]).await.expect("parcels") {
        let sent = CreateShipment {
            carrier: "ACS".to_owned(),
            tracking_number: "ZQ987654321GR".to_owned(),
            lines: None,
        };
        let shipment = shipping::create_shipment(&ctx, parcel.id, sent).await.expect("a shipment").id;
        let news = TrackingInput {
            status: ShipmentState::Delivered,
            occurred_at: test.app.now(),
            description: "Taken by Ottoline".to_owned(),
            place: Some("Quagmire Lane".to_owned()),
            event_id: None,
        };
        shipping::record_tracking(&test.system(), shipment, news).await.expect("news");
    }
    test.settle().await;
}

/// Columns of bytes are shown in hexadecimal.
fn hexadecimal(mark: &str) -> String {
    mark.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Where any of the marks are.
async fn found(test: &Test) -> Vec<(String, String)> {
    let mut places = Vec::new();
    for (place, rows) in test.everything().await {
        for row in rows {
            // Mails are base64 or quoted-printable: read them as their readers do.
            let mail = stoa_kernel::ports::ReadMail::parse(row.as_bytes());
            let all = format!("{row} {} {} {}", mail.to, mail.subject, mail.text);
            let bytes = row.to_ascii_lowercase();
            let there = |mark: &&&str| all.contains(**mark) || bytes.contains(&hexadecimal(mark));
            places.extend(MARKS.iter().filter(there).map(|_| (place.clone(), row.clone())));
        }
    }
    places
}

async fn erased_everywhere(backend: Backend) {
    let test = &Test::new(backend, &stoa::wire::modules(), world::parts().await).await;
    let system = test.system();
    let seller = offers::seller(&system, "kleio", 1000).await;
    let sku = offers::put_on_sale(&system, seller, "jug", 2400, 50).await.sku;

    // Bought as a guest first, then with an account that has proved the address.
    let as_guest = buy(test, &test.visitor(), sku, "guest").await;
    let user = world::person(test, EMAIL, RoleName::Shopper, None).await;
    let db = &test.app.db;
    {
        use sea_orm::ConnectionTrait as _;
        let proved = "UPDATE \"user\" SET email_verified_at = created_at, name = 'Zephyrine Quill'";
        db.write().execute_unprepared(proved).await.expect("proved");
    }
    let router = world::router(&test.app, 1_000_000);
    let cookie = world::signed_in(&router, EMAIL).await;
    let known = auth::principal_of_user(&test.app, user).await.unwrap().unwrap();
    let ctx = Ctx { network: Some("192.0.2.7".to_owned()), ..known.act(test.visitor()) };
    let browser = Session::new(None, Arc::new(SqlSessions::new(&test.app)), None);
    let device =
        auth::Device { address: Some("192.0.2.7".parse().unwrap()), user_agent: None, remembered: None };
    let _ = session::start(&ctx, &browser, &known, &device).await.unwrap();
    let id = customers::mine(&ctx).await.expect("a customer");
    let own = buy(test, &ctx, sku, "account").await;
    for order in [as_guest, own] {
        deliver(test, order).await;
    }
    let given =
        json!({ "amount": { "amount": 100, "currency": "EUR" }, "reason": "goodwill", "note": "gossamer" });
    refunds::refund_order(&test.system(), own, serde_json::from_value(given).unwrap(), "back").await.unwrap();
    test.settle().await;
    cart(test, &ctx, sku).await;

    // What she and staff wrote down, by the router where answers are stored.
    let sent = async |path: String, body: Value, key: &str| {
        let headers =
            [("cookie", cookie.as_str()), ("idempotency-key", key), ("origin", "http://localhost:3000")];
        let answer = world::send(&router, Method::POST, &path, &headers, &body.to_string()).await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text);
    };
    let postal = serde_json::to_value(address()).unwrap();
    sent(format!("/v1/customers/{id}/addresses"), json!({ "address": postal }), "a").await;
    let phone = AddContactMethod { phone: "+30 694 123 4567".to_owned(), purpose: ContactPurpose::Marketing };
    customers::add_contact_method(&ctx, id, &phone).await.expect("a phone");
    let consent = RecordConsent {
        purpose: ConsentPurpose::News,
        channel: Channel::Email,
        given: true,
        text_version: None,
        frequency: None,
    };
    customers::record_consent(&ctx, id, &consent, ConsentSource::Account).await.unwrap();
    let company =
        CreateCompany { name: "Quill Ltd".to_owned(), country: "GR".to_owned(), tax_id: None, admin: None };
    customers::create_company(&ctx, &company).await.unwrap();
    customers::add_tag(&system, id, &AddTag { tag: "gossamer".to_owned() }).await.unwrap();
    customers::add_note(&system, id, &AddNote { text: "Zephyrine likes gossamer".to_owned() }).await.unwrap();
    customers::ask_export(&ctx, &browser, id).await.unwrap();
    test.settle().await;

    let places = found(test).await;
    for table in [
        "customer",
        "user",
        "address",
        "contact_method",
        "company",
        "customer_tag",
        "customer_note",
        "customer_order",
        "order_line",
        "cart",
        "cart_line",
        "cart_checkout",
        "fulfilment_order",
        "shipment",
        "tracking_event",
        "refund_record",
        "notification",
        "idempotency_key",
    ] {
        assert!(places.iter().any(|(place, _)| place == table), "she is not in {table} to begin with");
    }
    for folder in ["/mail/", "/exports/"] {
        assert!(
            places.iter().any(|(place, _)| place.contains(folder)),
            "she is not in {folder} to begin with"
        );
    }

    erase(test, &ctx, &browser, id).await;
    let left: Vec<_> = found(test).await.into_iter().filter(|(place, row)| !stays(place, row)).collect();
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(
        test.scalar("SELECT count(*) FROM customer_order WHERE total_amount > 0").await,
        2,
        "the books stay"
    );
    assert_eq!(test.scalar("SELECT count(*) FROM payment_intent WHERE card_last4 IS NOT NULL").await, 0);
    let sums = "SELECT coalesce(sum(amount), 0) FROM journal_line";
    assert_eq!(test.scalar(sums).await, 0, "and balance");
    if db.is_sqlite() {
        use sea_orm::ConnectionTrait as _;
        for sql in ["PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            db.write().execute_unprepared(sql).await.expect(sql);
        }
        for file in std::fs::read_dir(test.folder()).unwrap().map(|file| file.unwrap().path()) {
            if file.file_name().unwrap().to_string_lossy().starts_with("stoa.db") {
                let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
                for mark in MARKS.iter().filter(|mark| !matches!(**mark, "gossamer" | "ZQ987654321GR")) {
                    assert!(!text.contains(mark), "{mark} is in {}", file.display());
                }
            }
        }
    }
}

/// The audit trail, which nothing alters, keeps what staff give as the reason of a refund, and with
/// the event `shipment.created` the courier's number: docs/services/11-customers.md says so.
fn stays(place: &str, row: &str) -> bool {
    (place == "audit_record" && row.contains("refund.initiated"))
        || (matches!(place, "audit_record" | "outbox_event") && row.contains("shipment.created"))
}

async fn erase(test: &Test, ctx: &Ctx, browser: &Session, id: Id<Customer>) {
    let asked = customers::ask_erasure(ctx, browser, id).await.unwrap();
    test.settle().await;
    let notice = PrivacyNotice { about: PrivacyAbout::ConfirmErasure, request: asked.id };
    let mail = privacy_mail(&test.system(), &notice).await.unwrap().expect("a mail");
    let token = mail.url.split_once("token=").expect("a token").1;
    let told = customers::requests(ctx, id, RequestKind::Erasure).await.unwrap().blockers;
    assert_eq!(told, Vec::<String>::new(), "nothing keeps her");
    customers::confirm_erasure(&test.visitor(), token).await.unwrap();
    test.settle().await;
    test.travel(TimeDelta::days(8));
    test.settle().await;
    let state = customers::requests(&test.system(), id, RequestKind::Erasure).await.unwrap().items[0].state;
    assert_eq!(state, RequestState::Done);
}

/// 11.M7, 11.B1, 11.B2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b1_somebody_in_every_table_is_gone_from_all_of_them_on_sqlite() {
    erased_everywhere(Backend::Sqlite).await;
}

/// 11.M7, 11.B1, 11.B2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b1_somebody_in_every_table_is_gone_from_all_of_them_on_postgres() {
    erased_everywhere(Backend::Postgres).await;
}

/// 11.E4
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_what_is_being_bought_is_finished_before_its_buyer_is_erased() {
    let test = &Test::new(Backend::Sqlite, &stoa::wire::modules(), world::parts().await).await;
    let seller = offers::seller(&test.system(), "kleio", 1000).await;
    let sku = offers::put_on_sale(&test.system(), seller, "jug", 2400, 50).await.sku;
    let user = world::person(test, EMAIL, RoleName::Shopper, None).await;
    {
        use sea_orm::ConnectionTrait as _;
        let proved = "UPDATE \"user\" SET email_verified_at = created_at";
        test.app.db.write().execute_unprepared(proved).await.expect("proved");
    }
    let known = auth::principal_of_user(&test.app, user).await.unwrap().unwrap();
    let ctx = known.act(test.visitor());
    let id = customers::mine(&ctx).await.unwrap();
    let staff = test.system();
    let nobody = Session::new(None, Arc::new(SqlSessions::new(&test.app)), None);
    let asked = customers::ask_erasure(&staff, &nobody, id).await.unwrap();
    let notice = PrivacyNotice { about: PrivacyAbout::ConfirmErasure, request: asked.id };
    let url = privacy_mail(&staff, &notice).await.unwrap().unwrap().url;
    customers::confirm_erasure(&test.visitor(), url.split_once("token=").unwrap().1).await.unwrap();
    test.travel(TimeDelta::days(7) - TimeDelta::minutes(5));
    let ctx = ctx.renewed();
    let (shopper, cart) = cart(test, &ctx, sku).await;
    let intent = carts::checkout_intent(&shopper, cart, "late").await.unwrap();
    test.travel(TimeDelta::minutes(6));
    test.settle().await;
    let state =
        async || customers::requests(&test.system(), id, RequestKind::Erasure).await.unwrap().items[0].state;
    assert_eq!(state().await, RequestState::Blocked, "something is being paid for");
    let paid = Confirm { payment_method: "tok_approved".to_owned(), return_url: None };
    payments::confirm(&shopper.renewed(), intent.payment, paid).await.expect("paid");
    let order = orders::complete(&shopper.renewed(), intent.payment).await.expect("an order").id;
    test.settle().await;
    test.travel(TimeDelta::hours(7));
    test.settle().await;
    assert_eq!(state().await, RequestState::Blocked, "the parcel is on its way");
    deliver(test, order).await;
    test.travel(TimeDelta::hours(7));
    test.settle().await;
    assert_eq!(state().await, RequestState::Done);
    assert_eq!(test.scalar("SELECT count(*) FROM customer_order WHERE name = ''").await, 1);
}
