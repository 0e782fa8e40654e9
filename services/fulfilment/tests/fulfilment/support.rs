//! A seller with stock, and orders to send.

use chrono::TimeDelta;
use serde_json::json;
use stoa_fulfilment::{
    inventory::{self, NewReservation},
    shipping::{self, FulfilmentLineInput, NewFulfilment},
};
use stoa_kernel::{Ctx, Module, Result, new_id};
use stoa_testing::Test;
use stoa_types::{FulfilmentOrder, Id, Order, OrderLine, Reservation, Seller, Sku};

/// Every module these services stand on.
pub fn modules() -> Vec<&'static Module> {
    [stoa_identity::MODULES, stoa_fulfilment::MODULES].concat()
}

/// Runs `work` in a transaction and commits it, or gives its error back.
#[macro_export]
macro_rules! transact {
    ($test:expr, |$tx:ident, $ctx:ident| $work:expr) => {
        async {
            let $ctx = $test.system();
            let $ctx = &$ctx;
            let $tx = $ctx.db().begin().await?;
            let done = {
                let $tx = &$tx;
                $work.await?
            };
            $ctx.db().commit($tx).await?;
            Ok::<_, stoa_kernel::Error>(done)
        }
        .await
    };
}

/// A SKU of which `units` lie on the shelf.
pub async fn stocked(test: &Test, seller: Id<Seller>, units: i64) -> Id<Sku> {
    let sku = new_id();
    put(test, sku, seller, units).await;
    sku
}

/// Puts units on the shelf.
pub async fn put(test: &Test, sku: Id<Sku>, seller: Id<Seller>, units: i64) {
    let key = new_id::<Reservation>().to_string();
    transact!(test, |tx, ctx| inventory::adjust_in(tx, ctx, sku, seller, units, "counted", &key)).unwrap();
}

/// Reserves for 15 minutes.
pub async fn reserve(
    test: &Test,
    reference: &str,
    lines: &[(Id<Sku>, Id<Seller>, i64)],
) -> Result<Id<Reservation>> {
    transact!(test, |tx, ctx| inventory::reserve(
        tx,
        ctx,
        NewReservation {
            reference: reference.to_owned(),
            lines: lines.to_vec(),
            expires_at: ctx.now + TimeDelta::minutes(15)
        }
    ))
}

pub async fn commit(test: &Test, id: Id<Reservation>, order: Id<Order>) -> Result<()> {
    transact!(test, |tx, ctx| inventory::commit(tx, ctx, id, order))
}

pub async fn release(test: &Test, id: Id<Reservation>) -> Result<()> {
    transact!(test, |tx, ctx| inventory::release(tx, ctx, id))
}

pub async fn available(test: &Test, sku: Id<Sku>) -> i64 {
    inventory::available(test.app.db.read(), &test.system(), &[sku]).await.expect("stock")[&sku]
}

/// (on_hand, reserved, allocated) of a SKU with one location.
pub async fn counters(test: &Test, sku: Id<Sku>) -> (i64, i64, i64) {
    use sea_orm::{ConnectionTrait, Statement};
    let sql = "SELECT on_hand, reserved, allocated FROM stock_level WHERE sku_id = $1";
    let statement = Statement::from_sql_and_values(test.app.db.backend(), sql, [sku.uuid().into()]);
    let row = test.app.db.read().query_one_raw(statement).await.expect("a query").expect("a stock row");
    let read = |column: &str| row.try_get::<i64>("", column).expect("a number");
    (read("on_hand"), read("reserved"), read("allocated"))
}

/// Stock is the sum of its movements, and what is promised is what is held.
pub async fn books_agree(test: &Test) {
    assert_eq!(inventory::verify_ledger(&test.system()).await.expect("the check"), vec![]);
}

/// An order that waits to be sent.
pub struct Placed {
    pub order: Id<Order>,
    pub fulfilment: Id<FulfilmentOrder>,
    pub lines: Vec<Id<OrderLine>>,
}

/// Places an order of these SKUs and units with one seller.
pub async fn place(test: &Test, seller: Id<Seller>, wanted: &[(Id<Sku>, i64)]) -> Placed {
    let order = new_id::<Order>();
    let lines: Vec<_> = wanted.iter().map(|(sku, units)| (*sku, seller, *units)).collect();
    let reservation = reserve(test, &order.to_string(), &lines).await.expect("enough stock");
    commit(test, reservation, order).await.expect("still there");
    let order_lines: Vec<Id<OrderLine>> = wanted.iter().map(|_| new_id()).collect();
    let inputs = wanted.iter().zip(&order_lines).map(|((sku, units), line)| FulfilmentLineInput {
        order_line: *line,
        sku: *sku,
        title: "Jug".to_owned(),
        quantity: *units,
    });
    let new = NewFulfilment {
        order,
        seller_order: new_id(),
        seller,
        ship_to: json!({ "name": "Ioanna", "city": "Athens", "country": "GR" }),
        delivery: "standard".to_owned(),
        lines: inputs.collect(),
    };
    let fulfilment =
        transact!(test, |tx, ctx| shipping::create_fulfilment(tx, ctx, new)).expect("a fulfilment order");
    Placed { order, fulfilment, lines: order_lines }
}

/// The seller's own staff.
pub fn staff_of(test: &Test, seller: Id<Seller>) -> Ctx {
    test.person(
        Some(seller),
        &[
            shipping::SHIPPING_READ,
            shipping::SHIPPING_WRITE,
            inventory::INVENTORY_READ,
            inventory::INVENTORY_ADJUST,
            inventory::INVENTORY_RESERVE,
        ],
    )
}

/// How often an event was emitted.
pub async fn count(test: &Test, event: &str) -> usize {
    test.events().await.iter().filter(|name| *name == event).count()
}
