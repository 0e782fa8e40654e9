//! One shopper: does what a careful client does when answers fail to come.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use http::Method;
use serde_json::{Value, json};
use stoa_types::{Id, Sku};

use crate::{dice::Dice, world::World};

/// The shop was dead for longer than the stock stays reserved: nothing was taken.
const EXPIRED: &str = "payments.intent_expired";
/// How long a step is tried again.
const PATIENCE: Duration = Duration::from_secs(120);

/// What has to have come of a checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The bank said yes: one paid order.
    Order,
    /// Nothing was paid: no order, no charge.
    Nothing,
    /// The shopper went away too early to know.
    Either,
}

/// How a checkout ended, as far as its shopper knows.
pub struct Outcome {
    pub number: usize,
    /// Wire id of the payment, when there was one.
    pub payment: Option<String>,
    /// Wire id of the order, when the shopper saw it.
    pub order: Option<String>,
    pub expected: Expected,
}

/// How the shopper pays.
#[derive(Debug, Clone, Copy)]
enum Paying {
    Token(&'static str),
    /// A declined card, then a good one.
    SecondCard,
    /// By the bank's own form.
    Form,
    Never,
}

pub struct Shopper {
    number: usize,
    client: reqwest::Client,
    shop: String,
    answered: Arc<AtomicUsize>,
    dice: Dice,
    offers: Vec<Id<Sku>>,
    token: String,
    cart: String,
}

/// An answer that is one: nobody died over it.
struct Answer {
    status: u16,
    body: Value,
}

impl Answer {
    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Shopper {
    pub fn new(number: usize, world: &World, answered: Arc<AtomicUsize>, dice: Dice) -> Self {
        Self {
            number,
            client: world.client.clone(),
            shop: world.shop_url(""),
            answered,
            dice,
            offers: world.offers.iter().map(|(sku, _)| *sku).collect(),
            token: String::new(),
            cart: String::new(),
        }
    }

    fn outcome(&self, payment: Option<String>, order: Option<String>, expected: Expected) -> Outcome {
        Outcome { number: self.number, payment, order, expected }
    }

    async fn think(&mut self) {
        let pause = Duration::from_millis(self.dice.below(3500) as u64);
        tokio::time::sleep(pause).await;
    }

    /// Sends until there is an answer: a dead or starting shop, and one that still works
    /// on the first try, is asked again with the same key.
    async fn call(
        &mut self,
        method: Method,
        path: &str,
        key: &str,
        etag: Option<&str>,
        body: &Value,
    ) -> Answer {
        let until = Instant::now() + PATIENCE;
        let mut last = String::new();
        while Instant::now() < until {
            let mut request = self
                .client
                .request(method.clone(), format!("{}{path}", self.shop))
                .header("idempotency-key", format!("{}-{key}", self.number));
            if !self.token.is_empty() {
                request = request.header("stoa-cart-token", &self.token);
            }
            if let Some(etag) = etag {
                request = request.header("if-match", etag);
            }
            if method != Method::GET {
                request = request.json(body);
            }
            match request.send().await {
                Err(error) => last = error.to_string(),
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    if let Ok(bytes) = answer.bytes().await {
                        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
                        let answer = Answer { status, body };
                        if status < 500 && answer.code() != "kernel.idempotency_key_running" {
                            self.answered.fetch_add(1, Ordering::Relaxed);
                            return answer;
                        }
                        last = format!("{status} {}", answer.body);
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(150 + self.dice.below(200) as u64)).await;
        }
        panic!("{method} {path} by shopper {} is not answered: {last}", self.number);
    }

    async fn post(&mut self, path: &str, key: &str, body: Value) -> Answer {
        self.call(Method::POST, path, key, None, &body).await
    }

    /// The whole checkout.
    pub async fn check_out(mut self) -> Outcome {
        self.think().await;
        let version = self.fill_cart().await;
        self.think().await;
        self.say_where(version).await;
        self.think().await;
        let path = format!("/v1/carts/{}/checkout-intent", self.cart);
        let intent = self.post(&path, "intent", json!({})).await;
        match (intent.status, intent.code()) {
            (200, _) => {}
            (409, "inventory.insufficient_stock" | "carts.has_problems") => {
                return self.outcome(None, None, Expected::Nothing);
            }
            (status, _) => panic!("checkout intent of {}: {status} {}", self.number, intent.body),
        }
        let Some(payment) = intent.body["payment"].as_str().map(str::to_owned) else {
            panic!("no payment: {}", intent.body);
        };
        self.think().await;
        let paying = match self.dice.below(100) {
            0..56 => Paying::Token("tok_approved"),
            56..66 => Paying::Token("tok_late"),
            66..69 => Paying::Token("tok_timeout"),
            69..76 => Paying::Token("tok_declined"),
            76..84 => Paying::SecondCard,
            84..95 => Paying::Form,
            _ => Paying::Never,
        };
        let expected = match paying {
            Paying::Token("tok_declined") => {
                self.pay(&payment, "declined", "tok_declined").await;
                Expected::Nothing
            }
            Paying::Token(token) => match self.pay(&payment, "pay", token).await.code() {
                EXPIRED => Expected::Nothing,
                _ => Expected::Order,
            },
            Paying::SecondCard => {
                self.pay(&payment, "first", "tok_declined").await;
                self.think().await;
                self.pay_again(&payment).await
            }
            Paying::Form => self.pay_by_form(&payment).await,
            Paying::Never => Expected::Nothing,
        };
        // Some close the browser right after paying: the bank's message or the sweeper
        // has to place their orders.
        if expected == Expected::Nothing || self.dice.below(10) < 3 {
            return self.outcome(Some(payment), None, expected);
        }
        self.think().await;
        let order = self.place(&payment).await;
        self.outcome(Some(payment), order, expected)
    }

    /// A cart with up to three offers; answers its version.
    async fn fill_cart(&mut self) -> i64 {
        for round in 0..20 {
            let mut chosen: Vec<Id<Sku>> = Vec::new();
            for _ in 0..=self.dice.below(3) {
                let sku = self.offers[self.dice.below(self.offers.len())];
                if !chosen.contains(&sku) {
                    chosen.push(sku);
                }
            }
            let lines: Vec<Value> =
                chosen.iter().map(|sku| json!({ "sku": sku, "quantity": 1 + self.dice.below(2) })).collect();
            let body = json!({ "currency": "EUR", "country": "GR", "lines": lines });
            let made = self.post("/v1/carts", &format!("cart-{round}"), body).await;
            match made.status {
                // Under a key as short as this the token is shown once: whoever did not hear it begins anew.
                201 => {
                    if let (Some(token), Some(cart)) = (made.body["token"].as_str(), made.body["id"].as_str())
                    {
                        (self.token, self.cart) = (token.to_owned(), cart.to_owned());
                        return made.body["version"].as_i64().unwrap_or(1);
                    }
                }
                // Sold out already: something else then.
                409 => {}
                status => panic!("cart of {}: {status} {}", self.number, made.body),
            }
        }
        panic!("no cart after many tries");
    }

    async fn say_where(&mut self, mut version: i64) {
        let body = json!({
            "email": format!("shopper{}@example.com", self.number),
            "address": { "name": "Ioanna Pappa", "street": "Ermou 1", "postcode": "105 63", "city": "Athens", "country": "GR" },
        });
        let path = format!("/v1/carts/{}", self.cart);
        for _ in 0..20 {
            let done = self.call(Method::PATCH, &path, "where", Some(&format!("\"{version}\"")), &body).await;
            match done.status {
                200 => return,
                // The change was made and its answer lost, or not: look.
                412 => {
                    let seen = self.call(Method::GET, &path, "look", None, &Value::Null).await;
                    assert_eq!(seen.status, 200, "{}", seen.body);
                    if !seen.body["email"].is_null() {
                        return;
                    }
                    version = seen.body["version"].as_i64().unwrap_or(1);
                }
                status => panic!("address of {}: {status} {}", self.number, done.body),
            }
        }
        panic!("no address after many tries");
    }

    async fn pay(&mut self, payment: &str, key: &str, token: &str) -> Answer {
        let body =
            json!({ "payment_method": token, "return_url": format!("{}/en-gb/checkout/return", self.shop) });
        let answer = self.post(&format!("/v1/payments/{payment}/confirm"), key, body).await;
        let fine = answer.status == 200 || matches!(answer.code(), "payments.intent_processing" | EXPIRED);
        assert!(fine, "payment of {}: {} {}", self.number, answer.status, answer.body);
        answer
    }

    /// The second card, as soon as the shop knows that the first was declined.
    async fn pay_again(&mut self, payment: &str) -> Expected {
        for round in 0..90 {
            let answer = self.pay(payment, &format!("second-{round}"), "tok_approved").await;
            match (answer.status, answer.code()) {
                (200, _) => return Expected::Order,
                (_, EXPIRED) => return Expected::Nothing,
                _ => {}
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Expected::Either
    }

    /// Posts the card to the bank as the shop's page has the browser do it.
    async fn pay_by_form(&mut self, payment: &str) -> Expected {
        let cart = self.cart.clone();
        let view = self.post("/v1/payments/intents", "prepare", json!({ "cart": cart })).await;
        let (Some(url), Some(secret)) =
            (view.body["hosted_url"].as_str(), view.body["client_secret"].as_str())
        else {
            panic!("no form for {payment}: {} {}", view.status, view.body);
        };
        let back = format!("{}/en-gb/checkout/return", self.shop);
        let fields = [
            ("client_secret", secret),
            ("number", "4242 4242 4242 4242"),
            ("expiry", "12/34"),
            ("cvc", "123"),
            ("return_url", &back),
        ];
        let encoded = reqwest::Url::parse_with_params("http://form/", fields).expect("a form");
        let sent = self
            .client
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded.query().unwrap_or_default().to_owned())
            .send()
            .await
            .expect("the bank lives");
        let back = sent.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert!(back.contains("payment_result=authorised"), "{} {back}", sent.status());
        if self.dice.below(2) == 0 {
            self.come_back(back).await;
        }
        Expected::Order
    }

    /// The browser follows the bank's redirect to the shop's page.
    async fn come_back(&mut self, url: &str) {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let cookie = format!("stoa_cart={}", self.token);
            let answer = self.client.get(url).header("cookie", cookie).send().await;
            if answer.is_ok_and(|answer| answer.status().as_u16() < 500) {
                self.answered.fetch_add(1, Ordering::Relaxed);
                return;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        panic!("shopper {} comes back to nothing", self.number);
    }

    /// Comes back from the bank; whoever is told that it takes longer asks a few times.
    async fn place(&mut self, payment: &str) -> Option<String> {
        for round in 0..3 {
            let body = json!({ "cart": self.cart, "payment": payment });
            let placed = self.post("/v1/orders", &format!("order-{round}"), body).await;
            match (placed.status, placed.code()) {
                (200, _) => return placed.body["id"].as_str().map(str::to_owned),
                (409, "orders.not_paid") => tokio::time::sleep(Duration::from_secs(2)).await,
                (status, _) => panic!("order of {}: {status} {}", self.number, placed.body),
            }
        }
        None
    }
}
