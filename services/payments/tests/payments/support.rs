//! Payments as a checkout makes them.

use std::time::Duration;

use axum::http::Extensions;
use chrono::TimeDelta;
use stoa_kernel::{Ctx, new_id};
use stoa_payments::payments::{self, NewIntent, RiskDecision};
use stoa_payments_types::{Confirm, PaymentView};
use stoa_testing::Test;
use stoa_types::{Cart, Currency, Id, Money, Payment};

pub use crate::bank::{Bank, Fault};

/// The parts a test's app needs: a bank of its own.
pub async fn bank() -> Extensions {
    crate::bank::patient(Duration::from_millis(1500)).await
}

pub fn euros(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

/// The shopper whose cart has this token.
pub fn shopper(test: &Test, token: &str) -> Ctx {
    Ctx { cart_token: Some(token.to_owned()), ..test.visitor() }
}

/// A payment as a checkout makes it, known to the bank.
pub async fn ready(test: &Test, amount: i64) -> Id<Payment> {
    let id = intent(test, new_id(), amount).await.expect("an intent");
    payments::prepare(&test.system(), id).await.expect("the bank knows it");
    id
}

/// A payment of a cart whose token is `token`.
pub async fn intent(test: &Test, cart: Id<Cart>, amount: i64) -> stoa_kernel::Result<Id<Payment>> {
    let ctx = test.system();
    let tx = ctx.db().begin().await?;
    let new = NewIntent {
        amount: euros(amount),
        cart,
        owner: payments::owner_of("token"),
        risk: RiskDecision::Accept,
        expires_at: ctx.now + TimeDelta::minutes(30),
    };
    let id = payments::create_intent(&tx, &ctx, new).await?;
    ctx.db().commit(tx).await?;
    Ok(id)
}

pub fn token(token: &str) -> Confirm {
    Confirm {
        payment_method: token.to_owned(),
        return_url: Some("http://localhost:3000/en-gb/checkout/return".to_owned()),
    }
}

pub async fn confirm(test: &Test, id: Id<Payment>, with: &str) -> stoa_kernel::Result<PaymentView> {
    payments::confirm(&test.system(), id, token(with)).await
}

pub async fn get(test: &Test, id: Id<Payment>) -> PaymentView {
    payments::get(&test.system(), id).await.expect("the payment")
}

/// How often an event was emitted.
pub async fn count(test: &Test, event: &str) -> usize {
    test.events().await.iter().filter(|name| *name == event).count()
}

/// Lets time pass and everything that is due happen, until nothing is left to do.
pub async fn settle(test: &Test) {
    for seconds in [0, 3, 10, 60, 300, 1800, 4000] {
        test.travel(TimeDelta::seconds(seconds));
        test.settle().await;
    }
}
