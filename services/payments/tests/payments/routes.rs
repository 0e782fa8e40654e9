use http::Method;
use serde_json::json;
use stoa_kernel::{Ctx, new_id};
use stoa_payments::{MODULES, payments, routes};
use stoa_testing::{Client, Test, on_both};
use stoa_types::Cart;

use crate::support::{bank, intent, ready, shopper};

on_both!(only_the_payer_and_staff_see_a_payment, MODULES, bank().await, async |test: &Test| {
    let client = Client::new(&test.app, routes());
    let id = ready(test, 9130).await;
    let path = format!("/v1/payments/{id}");
    let payer = shopper(test, "token");
    let staff = test.person(None, &[payments::PAYMENTS_READ]);
    let mine = client.get(&payer, &path).await;
    assert_eq!(mine.status.as_u16(), 200);
    assert!(mine.json()["client_secret"].is_string());
    let theirs = client.get(&staff, &path).await;
    assert_eq!((theirs.status.as_u16(), theirs.json()["client_secret"].is_null()), (200, true));
    let strangers = [
        test.visitor(),
        shopper(test, "another"),
        test.person(None, &[]),
        test.person(Some(new_id()), &[payments::PAYMENTS_READ]),
    ];
    for ctx in &strangers {
        assert_eq!(client.get(ctx, &path).await.status.as_u16(), 404);
        let confirm = json!({ "payment_method": "tok_approved" });
        assert_eq!(
            client
                .post(ctx, &format!("{path}/confirm"), &new_id::<Cart>().to_string(), confirm)
                .await
                .status
                .as_u16(),
            404
        );
    }
    assert_eq!(client.get(&payer, "/v1/payments/pay_x").await.status.as_u16(), 404);
});

on_both!(the_amount_is_never_the_clients_to_say, MODULES, bank().await, async |test: &Test| {
    let client = Client::new(&test.app, routes());
    let (cart, ctx) = (new_id::<Cart>(), shopper(test, "token"));
    let id = intent(test, cart, 9130).await.unwrap();
    let post =
        |key: &'static str, body: serde_json::Value| client.post(&ctx, "/v1/payments/intents", key, body);
    let refused = post("a", json!({ "cart": cart, "amount": 1 })).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "kernel.invalid"));
    let made = post("b", json!({ "cart": cart })).await;
    assert_eq!(made.status.as_u16(), 200);
    assert_eq!(
        (made.json()["id"].as_str().unwrap(), made.json()["amount"]["amount"].as_i64()),
        (id.to_string().as_str(), Some(9130))
    );
    assert_eq!(post("c", json!({ "cart": new_id::<Cart>() })).await.status.as_u16(), 404);
    let staff = test.person(None, &[payments::PAYMENTS_READ]);
    let none = client.post(&staff, "/v1/payments/intents", "d", json!({ "cart": new_id::<Cart>() })).await;
    assert_eq!(none.code(), "payments.no_intent");
    let keyless =
        client.send(&ctx, Method::POST, "/v1/payments/intents", &[], Some(json!({ "cart": cart }))).await;
    assert_eq!(keyless.status.as_u16(), 400);
});

on_both!(
    a_card_number_is_refused_wherever_it_stands_and_never_said_back,
    MODULES,
    bank().await,
    async |test: &Test| {
        let client = Client::new(&test.app, routes());
        let ctx = shopper(test, "token");
        let id = ready(test, 9130).await;
        let path = format!("/v1/payments/{id}/confirm");
        for (number, body) in [
        json!({ "payment_method": "4242424242424242" }),
        json!({ "payment_method": "4242 4242 4242 4242" }),
        json!({ "payment_method": 4_242_424_242_424_242_i64 }),
        json!({ "payment_method": "tok_approved", "return_url": "http://localhost:3000/?card=4242424242424242" }),
        json!({ "payment_method": "tok_approved", "4242424242424242": 1 }),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = client.post(&ctx, &path, &format!("key-{number}"), body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "payments.card_number_refused"));
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("4242"));
    }
        assert_eq!(test.scalar("SELECT COUNT(*) FROM payment_attempt").await, 0);
    }
);

on_both!(paying_by_the_route_answers_the_outcome, MODULES, bank().await, async |test: &Test| {
    let client = Client::new(&test.app, routes());
    let ctx = shopper(test, "token");
    let id = ready(test, 9130).await;
    let path = format!("/v1/payments/{id}/confirm");
    let elsewhere = json!({ "payment_method": "tok_approved", "return_url": "https://evil.example/" });
    let refused = client.post(&ctx, &path, "1", elsewhere).await;
    assert_eq!(
        (refused.status.as_u16(), refused.json()["errors"][0]["field"].as_str()),
        (422, Some("return_url"))
    );
    let body = json!({ "payment_method": "tok_approved" });
    let paid = client.post(&ctx, &path, "2", body.clone()).await;
    assert_eq!((paid.status.as_u16(), paid.json()["state"].as_str()), (200, Some("requires_capture")));
    let again = client.post(&ctx, &path, "2", body).await;
    assert_eq!((again.status.as_u16(), again.bytes), (200, paid.bytes));
    assert_eq!(test.scalar("SELECT COUNT(*) FROM payment_attempt").await, 1);
    // A partner's checkout pays by permission.
    let partner = test.person(None, &[payments::PAYMENTS_WRITE]);
    let other = ready(test, 100).await;
    let paid = client
        .post(
            &partner,
            &format!("/v1/payments/{other}/confirm"),
            "3",
            json!({ "payment_method": "tok_approved" }),
        )
        .await;
    assert_eq!(paid.json()["state"].as_str(), Some("requires_capture"));
    let seller = Ctx { seller: Some(new_id()), ..partner };
    assert_eq!(
        client
            .post(
                &seller,
                &format!("/v1/payments/{other}/confirm"),
                "4",
                json!({ "payment_method": "tok_approved" })
            )
            .await
            .status
            .as_u16(),
        404
    );
});
