use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};
use stoa_kernel::{jobs, new_id};
use stoa_payments::{MODULES, payments, routes, sandbox::Message};
use stoa_payments_types::PaymentState;
use stoa_testing::{Client, Test, on_both};

use crate::support::{Bank, Fault, bank, confirm, count, get, intent, ready};

const PATH: &str = "/v1/payments/webhooks/sandbox";

async fn send(test: &Test, message: &Message) -> u16 {
    let client = Client::new(&test.app, routes());
    let body: Value = serde_json::from_str(&message.body).unwrap();
    let headers = [("stoa-sandbox-signature", message.signature.as_str())];
    client.send(&test.visitor(), Method::POST, PATH, &headers, Some(body)).await.status.as_u16()
}

on_both!(a_late_yes_comes_by_message, MODULES, bank().await, async |test: &Test| {
    let bank = Bank::of(test);
    let id = ready(test, 5000).await;
    assert_eq!(confirm(test, id, "tok_late").await.unwrap().state, PaymentState::Processing);
    assert!(bank.sandbox.due_messages().await.unwrap().is_empty());
    bank.travel(TimeDelta::seconds(6));
    let messages = bank.sandbox.due_messages().await.unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(send(test, &messages[0]).await, 200);
    test.settle().await;
    assert_eq!(get(test, id).await.state, PaymentState::RequiresCapture);
    assert_eq!(count(test, "payment.authorized").await, 1);
    bank.sandbox.delivered(&messages[0], true).await.unwrap();
    assert!(bank.sandbox.due_messages().await.unwrap().is_empty());
});

on_both!(a_message_twice_counts_once, MODULES, bank().await, async |test: &Test| {
    let bank = Bank::of(test);
    let id = ready(test, 5000).await;
    confirm(test, id, "tok_late").await.unwrap();
    bank.travel(TimeDelta::seconds(6));
    let message = bank.sandbox.due_messages().await.unwrap().remove(0);
    let sent = futures::future::join_all((0..4).map(|_| send(test, &message))).await;
    assert_eq!(sent, [200; 4]);
    test.settle().await;
    assert_eq!(send(test, &message).await, 200);
    test.settle().await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM webhook_event").await, 1);
    assert_eq!(count(test, "payment.authorized").await, 1);
});

on_both!(messages_in_the_wrong_order_end_the_same, MODULES, bank().await, async |test: &Test| {
    let bank = Bank::of(test);
    let id = ready(test, 5000).await;
    // We hear neither answer: decline first, yes later.
    bank.fail("confirm", &[Fault::Unheard]);
    confirm(test, id, "tok_declined").await.unwrap();
    payments::sync(&test.system(), id).await.unwrap();
    bank.fail("confirm", &[Fault::Unheard]);
    confirm(test, id, "tok_approved").await.unwrap();
    let mut messages = bank.sandbox.due_messages().await.unwrap();
    messages.reverse();
    assert_eq!(messages.len(), 2);
    for message in &messages {
        assert_eq!(send(test, message).await, 200);
        test.settle().await;
        assert_eq!(get(test, id).await.state, PaymentState::RequiresCapture);
    }
    assert_eq!(count(test, "payment.authorized").await, 1);
});

on_both!(
    a_message_that_is_forged_or_old_is_refused_and_leaves_no_trace,
    MODULES,
    bank().await,
    async |test: &Test| {
        let bank = Bank::of(test);
        let id = ready(test, 5000).await;
        confirm(test, id, "tok_approved").await.unwrap();
        let good = bank.sandbox.due_messages().await.unwrap().remove(0);
        let mut forged = good.clone();
        forged.body = good.body.replace("authorised", "captured");
        assert_eq!(send(test, &forged).await, 401);
        for signature in ["", "t=1,v1=00", "v1=00", "t=x,v1=", "t=-9223372036854775808,v1=00"] {
            let mut unsigned = good.clone();
            unsigned.signature = signature.to_owned();
            assert_eq!(send(test, &unsigned).await, 401, "{signature}");
        }
        test.travel(TimeDelta::minutes(6));
        assert_eq!(send(test, &good).await, 401);
        assert_eq!(test.scalar("SELECT COUNT(*) FROM webhook_event").await, 0);
        let client = Client::new(&test.app, routes());
        let nobody = client
            .send(&test.visitor(), Method::POST, "/v1/payments/webhooks/nobody", &[], Some(json!({})))
            .await;
        assert_eq!(nobody.status.as_u16(), 404);
        let large = json!({ "text": "x".repeat(300_000) });
        assert_eq!(
            client.send(&test.visitor(), Method::POST, PATH, &[], Some(large)).await.status.as_u16(),
            413
        );
    }
);

on_both!(a_message_for_a_payment_nobody_knows_waits_for_it, MODULES, bank().await, async |test: &Test| {
    let bank = Bank::of(test);
    let id = intent(test, new_id(), 5000).await.unwrap();
    // The bank knows the payment, but we never heard: the process died.
    bank.fail("register", &[Fault::Unheard]);
    payments::prepare(&test.system(), id).await.unwrap_err();
    let router = bank.sandbox.router();
    let reference = test_pays_at(&router, id).await;
    let message = bank.sandbox.due_messages().await.unwrap().remove(0);
    assert!(message.body.contains(&reference));
    assert_eq!(send(test, &message).await, 202);
    test.settle().await;
    payments::sweep(&test.system()).await.unwrap();
    assert_eq!(test.scalar("SELECT COUNT(*) FROM webhook_event WHERE state = 'parked'").await, 1);
    payments::prepare(&test.system(), id).await.unwrap();
    payments::sweep(&test.system()).await.unwrap();
    test.settle().await;
    assert_eq!(get(test, id).await.state, PaymentState::RequiresCapture);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM webhook_event WHERE state = 'processed'").await, 1);
});

on_both!(
    the_words_of_old_messages_are_forgotten_and_they_still_count_once,
    MODULES,
    bank().await,
    async |test: &Test| {
        let bank = Bank::of(test);
        let id = ready(test, 5000).await;
        confirm(test, id, "tok_approved").await.unwrap();
        let message = bank.sandbox.due_messages().await.unwrap().remove(0);
        assert_eq!(send(test, &message).await, 200);
        test.settle().await;
        let night = async || {
            let ctx = test.system();
            jobs::enqueue(ctx.db().write(), &ctx, "payments.clean_up", ()).await.unwrap();
            test.settle().await;
            test.scalar("SELECT COUNT(*) FROM webhook_event WHERE raw <> ''").await
        };
        let days = (test.app.settings.keep_messages - TimeDelta::hours(1)).num_minutes();
        assert_eq!(night().await, 1);
        test.travel(TimeDelta::minutes(days));
        assert_eq!(night().await, 1);
        test.travel(TimeDelta::hours(2));
        assert_eq!(night().await, 0);
        test.travel(-TimeDelta::minutes(days) - TimeDelta::hours(2));
        assert_eq!(send(test, &message).await, 200);
        assert_eq!(test.scalar("SELECT COUNT(*) FROM webhook_event").await, 1);
    }
);

/// Registers again, as the bank's customer would see it, and pays on its form.
async fn test_pays_at(router: &axum::Router, id: stoa_types::Id<stoa_types::Payment>) -> String {
    use tower::ServiceExt;
    let key = stoa_payments::sandbox::Credentials::derive(&[7; 32]).api_key;
    let body =
        json!({ "payment": id, "amount": 5000, "currency": "EUR", "return_origin": "http://localhost:3000" });
    let request = http::Request::post("/v1/intents")
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(axum::body::Body::from(body.to_string()))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    let made: Value = serde_json::from_slice(&bytes).unwrap();
    let reference = made["id"].as_str().unwrap().to_owned();
    let form = crate::pages::card(made["client_secret"].as_str().unwrap(), "4242424242424242");
    let answer = crate::pages::post(router, &format!("/hosted/{reference}"), &form).await;
    assert_eq!(answer.0, 303);
    reference
}
