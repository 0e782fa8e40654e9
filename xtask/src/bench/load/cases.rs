//! What is measured.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::json;

use super::http::{Answer, Client};
use super::run::Operation;
use super::shop::{Shop, list_path, popular, uuid_of};

/// One case of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Case {
    /// A page of 20 products with price and stock, over the API
    List,
    /// A product with its variants, prices and stock, over the API
    Product,
    /// A new cart with one line, over the API
    Cart,
    /// Cart, address, checkout intent, payment, order: five requests over the API
    Checkout,
    /// The HTML page of a category
    CategoryPage,
    /// The HTML page of a product
    ProductPage,
}

impl Case {
    pub const ALL: [Self; 6] =
        [Self::List, Self::Product, Self::Cart, Self::Checkout, Self::CategoryPage, Self::ProductPage];

    pub fn name(self) -> &'static str {
        match self {
            Self::List => "product list of 20",
            Self::Product => "product",
            Self::Cart => "new cart with a line",
            Self::Checkout => "whole checkout",
            Self::CategoryPage => "category page, HTML",
            Self::ProductPage => "product page, HTML",
        }
    }

    /// Milliseconds of CPU for each operation that are aimed at, on SQLite with 1,000 products.
    pub fn goal(self) -> Option<f64> {
        match self {
            Self::List => Some(0.7),
            Self::Product => Some(0.3),
            Self::Cart => Some(1.5),
            Self::Checkout => Some(6.0),
            Self::CategoryPage => Some(3.0),
            Self::ProductPage => None,
        }
    }

    /// Whether it changes anything, so that events and jobs follow.
    pub fn writes(self) -> bool {
        matches!(self, Self::Cart | Self::Checkout)
    }

    /// The operation against the shop.
    pub fn operation(self, shop: &Shop) -> Box<Operation> {
        match self {
            Self::List => paths(shop.pages.iter().map(|(cursor, _)| list_path(cursor)).collect(), None),
            Self::Product => {
                let all = shop.products.iter().map(|(id, _)| format!("/v1/products/{id}")).collect();
                paths(all, Some(popular(shop.products.len())))
            }
            Self::Cart => {
                let offers = shop.offers.clone();
                Box::new(move |client, turn| new_cart(client, offer(&offers, turn)).map(|_| ()))
            }
            Self::Checkout => {
                let offers = shop.offers.clone();
                Box::new(move |client, turn| check_out(client, offer(&offers, turn)))
            }
            Self::CategoryPage => {
                paths(shop.categories.iter().map(|(path, _)| format!("/en-gb/c/{path}")).collect(), None)
            }
            Self::ProductPage => {
                let all = shop.products.iter().map(|(_, slug)| format!("/en-gb/p/{slug}")).collect();
                paths(all, Some(popular(shop.products.len())))
            }
        }
    }

    /// The same main query asked of the bare handler; none for what writes.
    pub fn bare(self, shop: &Shop) -> Result<Option<Box<Operation>>> {
        Ok(match self {
            Self::List => Some(paths(
                shop.pages.iter().map(|(_, after)| format!("/list?after={after}")).collect(),
                None,
            )),
            Self::Product | Self::ProductPage => {
                let ids = shop.products.iter().map(|(id, _)| Ok(format!("/product?id={}", uuid_of(id)?)));
                Some(paths(ids.collect::<Result<_>>()?, Some(popular(shop.products.len()))))
            }
            Self::CategoryPage => {
                let ids = shop.categories.iter().map(|(_, ids)| format!("/cards?ids={}", ids.join(",")));
                Some(paths(ids.collect(), None))
            }
            Self::Cart | Self::Checkout => None,
        })
    }
}

fn offer(offers: &[String], turn: u64) -> &str {
    &offers[turn as usize % offers.len()]
}

/// Gets one path after the other, or in this order.
fn paths(paths: Vec<String>, order: Option<Vec<usize>>) -> Box<Operation> {
    Box::new(move |client, turn| {
        let place = match &order {
            Some(order) => order[turn as usize % order.len()],
            None => turn as usize % paths.len(),
        };
        expect(client.get(&paths[place])?, 200).map(|_| ())
    })
}

fn expect(answer: Answer<'_>, status: u16) -> Result<Answer<'_>> {
    if answer.status == status && !answer.body.is_empty() {
        return Ok(answer);
    }
    let text: String = String::from_utf8_lossy(answer.body).chars().take(300).collect();
    bail!("answered with {} instead of {status}: {text}", answer.status)
}

#[derive(Deserialize)]
struct NewCart {
    id: String,
    token: String,
}

fn new_cart(client: &mut Client, offer: &str) -> Result<(NewCart, String)> {
    let body = json!({ "lines": [{ "sku": offer, "quantity": 1 }] }).to_string();
    let answer = expect(client.send("POST", "/v1/carts", &[], Some(&body))?, 201)?;
    Ok((serde_json::from_slice(answer.body)?, answer.etag.context("a cart without an ETag")?))
}

#[derive(Deserialize)]
struct Intent {
    payment: String,
}

/// What a guest's purchase takes, as a partner's shop would do it. Keys are sent where one must.
fn check_out(client: &mut Client, offer: &str) -> Result<()> {
    let (cart, etag) = new_cart(client, offer)?;
    let token = ("stoa-cart-token", cart.token.as_str());
    let path = format!("/v1/carts/{}", cart.id);
    let buyer = json!({
        "email": "bench@example.com",
        "address": {
            "name": "Ioanna Papadaki", "street": "Ermou 12", "postcode": "10431", "city": "Athens", "country": "GR"
        },
    });
    expect(client.send("PATCH", &path, &[token, ("if-match", &etag)], Some(&buyer.to_string()))?, 200)?;
    let key = ("idempotency-key", cart.id.as_str());
    let answer = expect(client.send("POST", &format!("{path}/checkout-intent"), &[token, key], None)?, 200)?;
    let intent: Intent = serde_json::from_slice(answer.body)?;
    let confirm = format!("/v1/payments/{}/confirm", intent.payment);
    let card = json!({ "payment_method": "tok_approved" }).to_string();
    let answer = expect(client.send("POST", &confirm, &[token, key], Some(&card))?, 200)?;
    #[derive(Deserialize)]
    struct Paid {
        state: String,
    }
    let paid: Paid = serde_json::from_slice(answer.body)?;
    if paid.state != "requires_capture" {
        bail!("the payment is {}", paid.state);
    }
    let order = json!({ "cart": cart.id, "payment": intent.payment }).to_string();
    expect(client.send("POST", "/v1/orders", &[token, key], Some(&order))?, 200).map(|_| ())
}
