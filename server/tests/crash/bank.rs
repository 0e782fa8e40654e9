//! The bank as a process of its own, seen from outside.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use serde_json::{Value, json};
use stoa_payments::{payments::Provider, sandbox::SandboxProvider};
use tokio::net::TcpListener;

use crate::world::Bank;

type Heard = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A shop that only listens, and is not ready at first.
async fn listen() -> (String, Heard) {
    async fn hear(State(heard): State<Heard>, headers: HeaderMap, body: Bytes) -> http::StatusCode {
        let mut heard = heard.lock().expect("nobody panicked");
        heard.push((headers, body));
        if heard.len() <= 2 { http::StatusCode::INTERNAL_SERVER_ERROR } else { http::StatusCode::OK }
    }
    let heard = Heard::default();
    let router = Router::new().route("/webhook", post(hear)).with_state(heard.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/webhook", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, heard)
}

async fn register(bank: &Bank, payment: &str) -> Value {
    let body = json!({ "payment": payment, "amount": 4800, "currency": "EUR", "return_origin": "http://shop.example" });
    let request =
        bank.client.post(bank.url("/v1/intents")).bearer_auth(&bank.credentials.api_key).json(&body);
    request.send().await.expect("an answer").json().await.expect("JSON")
}

async fn submit(bank: &Bank, url: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let form = reqwest::Url::parse_with_params("http://form/", fields).expect("a form");
    let request = bank.client.post(url).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(form.query().unwrap_or_default().to_owned()).send().await.expect("an answer");
    let location = answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
    (answer.status().as_u16(), location.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bank_asks_on_its_own_pages_and_tells_the_shop_by_signed_messages() {
    let (webhook, heard) = listen().await;
    let mut bank = Bank::start(&webhook).await;
    let cards = bank.client.get(bank.url("/")).send().await.expect("a page").text().await.expect("text");
    assert!(cards.contains("4000 0025 0000 3155") && cards.contains("tok_challenge"), "{cards}");
    let stranger =
        bank.client.get(bank.url("/v1/ledger")).bearer_auth("wrong").send().await.expect("an answer");
    assert_eq!(stranger.status().as_u16(), 401);

    let made = register(&bank, "pay_1").await;
    let (id, secret) =
        (made["id"].as_str().expect("an id"), made["client_secret"].as_str().expect("a secret"));
    let back = "http://shop.example/en-gb/checkout/return";
    let card = [
        ("client_secret", secret),
        ("number", "4000 0025 0000 3155"),
        ("expiry", "12/34"),
        ("cvc", "123"),
        ("return_url", back),
    ];
    let (status, question) = submit(&bank, &bank.url(&format!("/hosted/{id}")), &card).await;
    assert_eq!(status, 303);
    assert!(question.starts_with(&bank.url("/challenge/")), "{question}");
    let page = bank.client.get(&question).send().await.expect("a page");
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(
        policy.contains("form-action 'self' http://shop.example;"),
        "the answer leads back to the shop: {policy}"
    );
    let html = page.text().await.expect("text");
    let action = format!("action=\"{}\"", bank.url(&format!("/challenge/{id}")));
    assert!(html.contains(&action) && html.contains("48.00 EUR"), "{html}");
    let challenge = question.split_once("secret=").expect("a secret").1;

    // What it has promised it keeps when it is killed itself.
    bank.restart().await;
    let answer = [("secret", challenge), ("answer", "approve")];
    let done = submit(&bank, &bank.url(&format!("/challenge/{id}")), &answer).await;
    assert_eq!(done, (303, format!("{back}?payment_result=authorised")));
    assert_eq!(submit(&bank, &bank.url(&format!("/challenge/{id}")), &answer).await.0, 404, "asked once");

    let provider = SandboxProvider::remote(&bank.url(""), bank.credentials.clone()).expect("a client");
    let snapshot = provider.fetch(id).await.expect("the payment");
    let mut taken = Vec::new();
    for _ in 0..200 {
        taken = heard.lock().expect("nobody panicked").clone();
        if taken.len() >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(taken.len(), heard.lock().expect("nobody panicked").len(), "what was taken is not sent again");
    let now = stoa_payments::sandbox::machine_clock()();
    let mut kinds = Vec::new();
    for (headers, body) in &taken {
        let event = provider.verify(headers, body, now).expect("signed");
        assert_eq!(event.reference, id);
        assert!(event.version <= snapshot.version);
        kinds.push((event.id, event.kind));
        let mut forged = body.to_vec();
        *forged.last_mut().expect("a body") = b' ';
        assert!(provider.verify(headers, &forged, now).is_err(), "another body");
        assert!(provider.verify(headers, body, now + chrono::TimeDelta::minutes(10)).is_err(), "too old");
    }
    // Refused twice, so sent again under the same id until it was taken.
    kinds.sort();
    kinds.dedup();
    assert!(kinds.iter().any(|(_, kind)| kind == "intent.authorised"), "{kinds:?}");
    assert_eq!(taken.len(), kinds.len() + 2, "{kinds:?}");
}

#[test]
fn its_help_says_what_it_is_for() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_stoa")).args(["sandbox", "--help"]).output();
    let help = String::from_utf8(output.expect("it runs").stdout).expect("text");
    for part in ["sandbox payment provider", "--bind", "--webhook", "--sandbox-url", "--data"] {
        assert!(help.contains(part), "{part} in {help}");
    }
}
