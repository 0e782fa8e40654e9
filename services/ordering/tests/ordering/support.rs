//! A shop with offers in it, a bank to pay at which can be made to fail, and shoppers.

use std::time::Duration;

use axum::http::Extensions;
use chrono::TimeDelta;
use stoa_fulfilment::inventory;
use stoa_kernel::{Ctx, Module, Result};
use stoa_ordering::{carts, orders};
use stoa_ordering_types::{
    carts::{AddLine, Address, CartView, CheckoutIntentView, CreateCart, UpdateCart},
    orders::OrderView,
};
use stoa_payments::{ledger, payments};
use stoa_payments_types::{Confirm, PaymentView};
use stoa_pricing::prices;
use stoa_pricing_types::SetPrice;
use stoa_testing::Test;
use stoa_types::{Currency, Id, Money, Payment, Seller, Sku};

#[allow(dead_code, reason = "shared with the tests of payments")]
#[path = "../../../payments/tests/payments/bank.rs"]
mod bank;
#[allow(dead_code, reason = "shared with the tests of the whole program")]
#[path = "offers.rs"]
mod offers;

pub use bank::{Bank, Fault};

/// All services an order touches.
pub fn modules() -> Vec<&'static Module> {
    let areas = [
        stoa_identity::MODULES,
        stoa_catalog::MODULES,
        stoa_pricing::MODULES,
        stoa_fulfilment::MODULES,
        stoa_payments::MODULES,
        stoa_ordering::MODULES,
    ];
    areas.concat()
}

/// The parts an app needs: a bank of its own, which many may ask at once.
pub async fn bank() -> Extensions {
    bank::patient(Duration::from_secs(20)).await
}

pub fn euros(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

pub async fn seller(test: &Test, slug: &str, commission_bp: i64) -> Id<Seller> {
    offers::seller(&test.system(), slug, commission_bp).await
}

/// A published product with one offer.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    pub seller: Id<Seller>,
    pub sku: Id<Sku>,
}

/// Puts a product on sale at `price` cents with `stock` units.
pub async fn offer(test: &Test, seller: Id<Seller>, name: &str, price: i64, stock: i64) -> Offer {
    Offer { seller, sku: offers::put_on_sale(&test.system(), seller, name, price, stock).await.sku }
}

pub async fn reprice(test: &Test, offer: Offer, price: i64) {
    prices::set(&test.system(), offer.sku, SetPrice { price: euros(price), compare_at: None })
        .await
        .expect("a price");
}

pub fn athens() -> Address {
    Address {
        name: "Ioanna Papadaki".to_owned(),
        street: "Ermou 12".to_owned(),
        postcode: "10431".to_owned(),
        city: "Athens".to_owned(),
        country: "GR".to_owned(),
        ..Address::default()
    }
}

/// A shopper with a cart of these offers, addressed and ready to be paid.
pub async fn shopper(test: &Test, wanted: &[(Offer, i64)]) -> (Ctx, CartView) {
    let lines = wanted.iter().map(|(offer, quantity)| AddLine::new(offer.sku, *quantity)).collect();
    let new =
        carts::create(&test.visitor(), CreateCart { lines, ..CreateCart::default() }).await.expect("a cart");
    let ctx = Ctx { cart_token: Some(new.token), ..test.visitor() };
    let change = UpdateCart {
        email: Some("Ioanna@Example.com".to_owned()),
        address: Some(athens()),
        ..UpdateCart::default()
    };
    let cart = carts::update(&ctx, new.cart.id, Some(new.cart.version), change).await.expect("an address");
    (ctx, cart)
}

/// Freezes the shopper's cart and makes the payment known to the bank.
pub async fn checkout(ctx: &Ctx, cart: &CartView) -> Result<CheckoutIntentView> {
    let intent = carts::checkout_intent(ctx, cart.id, "key").await?;
    payments::prepare(ctx, intent.payment).await?;
    Ok(intent)
}

pub async fn pay(ctx: &Ctx, payment: Id<Payment>, token: &str) -> Result<PaymentView> {
    let confirm = Confirm {
        payment_method: token.to_owned(),
        return_url: Some("http://localhost:3000/en-gb/checkout/return".to_owned()),
    };
    payments::confirm(ctx, payment, confirm).await
}

/// Buys: cart, checkout, payment, order, and everything that follows.
pub async fn buy(test: &Test, wanted: &[(Offer, i64)]) -> OrderView {
    let (ctx, cart) = shopper(test, wanted).await;
    let intent = checkout(&ctx, &cart).await.expect("a checkout");
    pay(&ctx, intent.payment, "tok_approved").await.expect("paid");
    let order = orders::complete(&ctx, intent.payment).await.expect("an order");
    settle(test).await;
    order
}

/// The order as staff see it now.
pub async fn order(test: &Test, of: &OrderView) -> OrderView {
    orders::get(&test.system(), of.id).await.expect("the order")
}

/// Lets time pass and everything that is due happen.
pub async fn settle(test: &Test) {
    for seconds in [0, 5, 30, 120, 600] {
        test.travel(TimeDelta::seconds(seconds));
        test.settle().await;
    }
}

/// The books of shop and bank agree and stock equals its movements.
pub async fn agree(test: &Test) {
    let ctx = test.system();
    let balances = ledger::trial_balance(ctx.db().read()).await.expect("balances");
    assert_eq!(
        balances.iter().map(|balance| balance.balance).sum::<i64>(),
        0,
        "the accounts sum to zero: {balances:?}"
    );
    let bank = Bank::of(test).totals().await;
    let clearing = ledger::balance_of(ctx.db().read(), &ledger::Account::PspClearing, Currency::EUR)
        .await
        .expect("a balance");
    assert_eq!(clearing, bank.captured - bank.refunded, "the bank holds what the books say");
    let funds = ledger::balance_of(ctx.db().read(), &ledger::Account::CustomerFunds, Currency::EUR)
        .await
        .expect("a balance");
    assert_eq!(funds, 0, "every captured cent has an owner");
    assert_eq!(inventory::verify_ledger(&ctx).await.expect("stock"), [], "stock equals its movements");
    let dead = test.scalar("SELECT COUNT(*) FROM outbox_event WHERE state = 'dead'").await
        + test.scalar("SELECT COUNT(*) FROM job WHERE state = 'dead'").await;
    assert_eq!(dead, 0, "no event or job was given up");
}
