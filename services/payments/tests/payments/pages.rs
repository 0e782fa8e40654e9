//! The bank's own pages: card form and question.

use axum::{Router, body::Body};
use stoa_payments::{MODULES, payments};
use stoa_payments_types::PaymentState;
use stoa_testing::{Test, on_both};
use tower::ServiceExt;

use crate::support::{Bank, bank, confirm, ready, shopper};

const BACK: &str = "http://localhost:3000/en-gb/checkout/return";

/// Status, `Location`, body.
pub type Page = (u16, String, String);

async fn send(router: &Router, request: http::Request<Body>) -> Page {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let location = response
        .headers()
        .get("location")
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default();
    let bytes = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
    (status, location, String::from_utf8_lossy(&bytes).into_owned())
}

pub async fn post(router: &Router, path: &str, form: &[(&str, &str)]) -> Page {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = http::Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    send(router, request.body(Body::from(body)).unwrap()).await
}

async fn open(router: &Router, path: &str) -> Page {
    send(router, http::Request::get(path).body(Body::empty()).unwrap()).await
}

/// The card form as filled in.
pub fn card<'a>(secret: &'a str, number: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("client_secret", secret),
        ("number", number),
        ("expiry", "12 / 49"),
        ("cvc", "123"),
        ("return_url", BACK),
    ]
}

/// The path of an address below the bank's.
fn below(url: &str) -> String {
    url.strip_prefix("http://localhost:3000/sandbox").expect("an address of the bank").to_owned()
}

on_both!(the_card_form_pays_without_the_shop_seeing_the_card, MODULES, bank().await, async |test: &Test| {
    let router = Bank::of(test).sandbox.router();
    for (number, result, state) in [
        ("4000 0000 0000 0002", "declined", PaymentState::RequiresPaymentMethod),
        ("4000 0000 0000 0077", "processing", PaymentState::Processing),
        ("4000 0000 0000 0119", "processing", PaymentState::Processing),
        ("4242 4242 4242 4242", "authorised", PaymentState::RequiresCapture),
    ] {
        let id = ready(test, 9130).await;
        let ctx = shopper(test, "token");
        let view = payments::get(&ctx, id).await.unwrap();
        let (url, secret) = (view.hosted_url.unwrap(), view.client_secret.unwrap());
        let (status, location, _) = post(&router, &below(&url), &card(&secret, number)).await;
        // A card that can be tried again leaves its expiry, never its number.
        let expiry = if result == "declined" { "&expiry=12%2F49" } else { "" };
        assert_eq!((status, location), (303, format!("{BACK}?payment_result={result}{expiry}")), "{number}");
        assert_eq!(payments::sync(&ctx, id).await.unwrap().state, state, "{number}");
        Bank::of(test).travel(chrono::TimeDelta::seconds(6));
        if state == PaymentState::Processing {
            assert_eq!(
                payments::sync(&ctx, id).await.unwrap().state,
                PaymentState::RequiresCapture,
                "{number}"
            );
        }
    }
    // Of the card only brand and last four are known here.
    assert_eq!(test.scalar("SELECT COUNT(*) FROM payment_attempt WHERE card_last4 = '4242'").await, 1);
});

on_both!(a_mistyped_card_goes_back_to_the_shop_with_the_field, MODULES, bank().await, async |test: &Test| {
    let router = Bank::of(test).sandbox.router();
    let id = ready(test, 9130).await;
    let view = payments::get(&test.system(), id).await.unwrap();
    let (path, secret) = (below(&view.hosted_url.unwrap()), view.client_secret.unwrap());
    for (field, value, expiry) in [
        ("number", "4242 4242 4242 4241", "&expiry=12%2F49"),
        ("expiry", "01/20", "&expiry=01%2F20"),
        ("expiry", "4242424242424242", ""),
        ("cvc", "12", "&expiry=12%2F49"),
    ] {
        let mut form = card(&secret, "4242424242424242");
        for entry in &mut form {
            if entry.0 == field {
                entry.1 = value;
            }
        }
        let (status, location, _) = post(&router, &path, &form).await;
        let expected = format!("{BACK}?payment_result=invalid&field={field}{expiry}");
        assert_eq!((status, location), (303, expected));
    }
    let mut elsewhere = card(&secret, "4242424242424242");
    elsewhere[4].1 = "https://evil.example/";
    assert_eq!(post(&router, &path, &elsewhere).await.0, 400);
    assert_eq!(post(&router, &path, &card("wrong", "4242424242424242")).await.0, 404);
    assert_eq!(post(&router, "/hosted/sbi_none", &card(&secret, "4242424242424242")).await.0, 404);
    assert_eq!(payments::sync(&test.system(), id).await.unwrap().state, PaymentState::RequiresPaymentMethod);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM payment_attempt").await, 0);
});

on_both!(the_banks_question_works_by_plain_forms, MODULES, bank().await, async |test: &Test| {
    let router = Bank::of(test).sandbox.router();
    for (answer, result, state) in [
        ("approve", "authorised", PaymentState::RequiresCapture),
        ("decline", "declined", PaymentState::RequiresPaymentMethod),
    ] {
        let id = ready(test, 9130).await;
        let view = payments::get(&test.system(), id).await.unwrap();
        let (path, secret) = (below(&view.hosted_url.unwrap()), view.client_secret.unwrap());
        let (status, question, _) = post(&router, &path, &card(&secret, "4000002500003155")).await;
        assert_eq!(status, 303);
        let question = below(&question);
        assert_eq!(
            payments::sync(&test.system(), id).await.unwrap().state,
            PaymentState::RequiresCustomerAction
        );
        let (status, _, html) = open(&router, &question).await;
        assert_eq!(status, 200);
        assert!(html.contains("91.30 EUR") && html.contains("Approve payment") && !html.contains("<script"));
        let (page, asked) = question.split_once("?secret=").unwrap();
        assert_eq!(open(&router, page).await.0, 404);
        assert_eq!(post(&router, page, &[("secret", "wrong"), ("answer", "approve")]).await.0, 404);
        let (status, location, _) = post(&router, page, &[("secret", asked), ("answer", answer)]).await;
        assert_eq!((status, location), (303, format!("{BACK}?payment_result={result}")));
        assert_eq!(payments::sync(&test.system(), id).await.unwrap().state, state);
        // The question is answered once.
        assert_eq!(post(&router, page, &[("secret", asked), ("answer", "approve")]).await.0, 404);
    }
});

on_both!(the_card_form_pressed_twice_charges_once, MODULES, bank().await, async |test: &Test| {
    let router = Bank::of(test).sandbox.router();
    let id = ready(test, 9130).await;
    let view = payments::get(&test.system(), id).await.unwrap();
    let (path, secret) = (below(&view.hosted_url.unwrap()), view.client_secret.unwrap());
    let form = card(&secret, "4242424242424242");
    let pages = futures::future::join_all((0..4).map(|_| post(&router, &path, &form))).await;
    assert!(pages.iter().all(|page| page.1.ends_with("payment_result=authorised")), "{pages:?}");
    // And a token on top of it does not charge again.
    assert_eq!(confirm(test, id, "tok_approved").await.unwrap().state, PaymentState::RequiresCapture);
    let totals = Bank::of(test).totals().await;
    assert_eq!((totals.authorised, totals.charges[0].authorisations), (9130, 1));
});

#[tokio::test]
async fn the_bank_goes_on_where_it_stopped() {
    use stoa_payments::payments::{NewRegistration, Provider};
    use stoa_payments::sandbox::{Credentials, Sandbox, SandboxConfig, SandboxProvider};
    let folder = tempfile::tempdir().unwrap();
    let config = || {
        SandboxConfig::new(
            folder.path().join("bank.db"),
            "http://localhost:4000",
            Credentials::derive(&[1; 32]),
        )
    };
    let new = NewRegistration {
        payment: stoa_kernel::new_id(),
        amount: crate::support::euros(5000),
        return_origin: "http://localhost:3000".to_owned(),
    };
    let first = SandboxProvider::embedded(&Sandbox::open(config()).await.unwrap());
    let reference = first.register(&new).await.unwrap().reference;
    first.confirm(&reference, stoa_kernel::new_id(), "tok_approved", None).await.unwrap();
    first.capture(&reference, new.amount, "key").await.unwrap();
    drop(first);
    let sandbox = Sandbox::open(config()).await.unwrap();
    let second = SandboxProvider::embedded(&sandbox);
    assert_eq!(second.register(&new).await.unwrap().reference, reference);
    second.capture(&reference, new.amount, "key").await.unwrap();
    let totals = sandbox.ledger().await.unwrap();
    assert_eq!((totals.captured, totals.charges.len()), (5000, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bank_serves_over_a_socket_and_sends_its_messages() {
    use std::sync::{Arc, Mutex};
    use stoa_payments::payments::{NewRegistration, Provider, ProviderError};
    use stoa_payments::sandbox::{Credentials, Sandbox, SandboxConfig, SandboxProvider};
    let folder = tempfile::tempdir().unwrap();
    // The shop's inbox is away for the first message.
    let inbox: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = inbox.clone();
    let shop = Router::new().route(
        "/hook",
        axum::routing::post(move |body: String| async move {
            let mut heard = heard.lock().unwrap();
            heard.push(body);
            if heard.len() == 1 { http::StatusCode::SERVICE_UNAVAILABLE } else { http::StatusCode::OK }
        }),
    );
    let shop_listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bank_listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", bank_listener.local_addr().unwrap());
    let credentials = Credentials::derive(&[1; 32]);
    let mut config = SandboxConfig::new(folder.path().join("bank.db"), base.clone(), credentials.clone());
    config.webhook_url = Some(format!("http://{}/hook", shop_listener.local_addr().unwrap()));
    let sandbox = Sandbox::open(config).await.unwrap();
    let router = sandbox.router();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let tasks = [
        tokio::spawn(async move { axum::serve(shop_listener, shop).await.unwrap() }),
        tokio::spawn(async move { axum::serve(bank_listener, router).await.unwrap() }),
        tokio::spawn(sandbox.clone().deliver(stopped)),
    ];
    let provider = SandboxProvider::remote(&base, credentials).unwrap();
    let new = NewRegistration {
        payment: stoa_kernel::new_id(),
        amount: crate::support::euros(5000),
        return_origin: "http://localhost:3000".to_owned(),
    };
    let reference = provider.register(&new).await.unwrap().reference;
    provider.confirm(&reference, stoa_kernel::new_id(), "tok_approved", None).await.unwrap();
    for _ in 0..100 {
        if inbox.lock().unwrap().len() > 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let heard = inbox.lock().unwrap().clone();
    assert_eq!(heard.len(), 2);
    assert!(heard[0].contains("intent.authorised") && heard[0] == heard[1]);
    let stranger = SandboxProvider::remote(&base, Credentials::derive(&[2; 32])).unwrap();
    assert!(matches!(stranger.fetch(&reference).await, Err(ProviderError::Unknown(_))));
    stop.send(true).unwrap();
    for task in tasks {
        task.abort();
    }
}
