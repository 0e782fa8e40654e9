//! What has to be true afterwards, whatever happened in between.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;
use stoa_payments::sandbox::Charge;
use stoa_types::{Event, Id, Order, Payment, Uuid};

use crate::{
    shopper::{Expected, Outcome},
    world::World,
};

/// An order as the shop has it.
struct Placed {
    id: Id<Order>,
    payment: Id<Payment>,
    total: i64,
}

/// Shop, bank, shoppers and consumers tell the same story.
pub async fn agree(world: &World, outcomes: &[Outcome]) {
    let orders = orders(world).await;
    money(world, &orders, outcomes).await;
    stock(world, &orders).await;
    effects(world, &orders).await;
    inboxes(world).await;
    received(world).await;
}

async fn orders(world: &World) -> Vec<Placed> {
    let sql = "SELECT id, payment_id, total_amount FROM customer_order ORDER BY id";
    let rows = world.db.read().query_all_raw(Statement::from_string(world.db.backend(), sql)).await;
    rows.expect("the orders")
        .iter()
        .map(|row| Placed {
            id: Id::new(row.try_get("", "id").expect("an id")),
            payment: Id::new(row.try_get("", "payment_id").expect("a payment")),
            total: row.try_get("", "total_amount").expect("an amount"),
        })
        .collect()
}

/// One paid order, or no order and no charge.
async fn money(world: &World, orders: &[Placed], outcomes: &[Outcome]) {
    let bank = world.bank_books().await;
    let mut charges: HashMap<&str, &Charge> =
        bank.charges.iter().map(|charge| (charge.payment.as_str(), charge)).collect();
    let mut of_payment = HashMap::new();
    for order in orders {
        let payment = order.payment.to_string();
        let charge =
            charges.remove(payment.as_str()).unwrap_or_else(|| panic!("{} was never charged", order.id));
        let told = (charge.status.as_str(), charge.captured, charge.refunded, charge.authorisations);
        assert_eq!(told, ("captured", order.total, 0, 1), "{} is charged once, to the cent", order.id);
        assert!(of_payment.insert(payment, order.id).is_none(), "one order for a payment");
    }
    for charge in charges.values() {
        let free = charge.captured == 0 && matches!(charge.status.as_str(), "open" | "voided");
        assert!(free, "no order, but a charge: {charge:?}");
    }
    assert_eq!(world.number("SELECT COUNT(DISTINCT cart_id) FROM customer_order").await, orders.len() as i64);
    for outcome in outcomes {
        let placed = outcome.payment.as_ref().and_then(|payment| of_payment.get(payment)).map(Id::to_string);
        if outcome.order.is_some() {
            assert_eq!(placed, outcome.order, "shopper {} has the order they saw", outcome.number);
        }
        match outcome.expected {
            Expected::Order => assert!(
                placed.is_some(),
                "shopper {} paid for nothing: {:?}",
                outcome.number,
                outcome.payment
            ),
            Expected::Nothing => assert_eq!(placed, None, "shopper {} did not pay", outcome.number),
            Expected::Either => {}
        }
    }
    assert!(orders.len() > outcomes.len() / 2, "only {} orders", orders.len());
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for account in stoa_payments::ledger::trial_balance(world.db.read()).await.expect("the shop's books") {
        let kind = account.account.split(':').next().unwrap_or_default().to_owned();
        *sums.entry(kind).or_default() += account.balance;
    }
    assert_eq!(sums.values().sum::<i64>(), 0, "the accounts sum to zero: {sums:?}");
    assert_eq!(sums.get("psp_clearing"), Some(&bank.captured), "the bank holds what the books say");
    assert_eq!(sums.get("customer_funds"), Some(&0), "every captured cent has an owner");
    assert_eq!(bank.captured, orders.iter().map(|order| order.total).sum::<i64>());
}

/// Counters equal the ledger, and what is set aside is what was bought.
async fn stock(world: &World, orders: &[Placed]) {
    for column in ["on_hand", "reserved", "allocated"] {
        let off = format!(
            "SELECT COUNT(*) FROM stock_level s WHERE s.{column} <> (SELECT COALESCE(SUM(m.delta_{column}), 0) \
             FROM stock_movement m WHERE m.sku_id = s.sku_id AND m.location_id = s.location_id)"
        );
        assert_eq!(world.number(&off).await, 0, "{column} equals the sum of its movements");
    }
    let initial: i64 = world.offers.iter().map(|(_, units)| units).sum();
    assert_eq!(world.number("SELECT SUM(on_hand) FROM stock_level").await, initial, "nothing has left yet");
    let oversold = "SELECT COUNT(*) FROM stock_level WHERE on_hand < reserved + allocated OR reserved < 0 OR allocated < 0";
    assert_eq!(world.number(oversold).await, 0, "nothing is sold twice");
    let set_aside = "SELECT COUNT(*) FROM stock_level s WHERE s.allocated <> \
                     (SELECT COALESCE(SUM(l.quantity), 0) FROM order_line l WHERE l.sku_id = s.sku_id)";
    assert_eq!(world.number(set_aside).await, 0, "set aside is what was bought");
    let kept = "SELECT COUNT(*) FROM stock_level s WHERE s.reserved <> (SELECT COALESCE(SUM(l.quantity), 0) \
                FROM reservation_line l JOIN reservation r ON r.id = l.reservation_id \
                WHERE l.sku_id = s.sku_id AND l.location_id = s.location_id AND l.held AND r.state = 'active')";
    assert_eq!(world.number(kept).await, 0, "reserved is what open checkouts keep");
    let committed = "SELECT COUNT(*) FROM reservation WHERE state = 'committed'";
    assert_eq!(world.number(committed).await, orders.len() as i64, "one reservation became each order");
}

/// What consumers do with an event is done once for each order.
async fn effects(world: &World, orders: &[Placed]) {
    let count = orders.len() as i64;
    for (what, sql) in [
        ("order placed", "SELECT COUNT(*) FROM outbox_event WHERE name = 'order.created'"),
        (
            "order placed, each another",
            "SELECT COUNT(DISTINCT subject_id) FROM outbox_event WHERE name = 'order.created'",
        ),
        (
            "money authorised",
            "SELECT COUNT(*) FROM outbox_event e JOIN customer_order o ON o.payment_id = e.subject_id WHERE e.name = 'payment.authorized'",
        ),
        ("money taken", "SELECT COUNT(*) FROM outbox_event WHERE name = 'payment.captured'"),
        (
            "money taken, each another",
            "SELECT COUNT(DISTINCT subject_id) FROM outbox_event WHERE name = 'payment.captured'",
        ),
        ("capture booked", "SELECT COUNT(*) FROM journal_entry WHERE key LIKE 'capture:%'"),
        ("sale booked", "SELECT COUNT(*) FROM journal_entry WHERE key LIKE 'sale:%'"),
        ("timeline begun", "SELECT COUNT(*) FROM order_event WHERE kind = 'placed'"),
        ("timeline paid", "SELECT COUNT(*) FROM order_event WHERE kind = 'paid'"),
        (
            "confirmation",
            "SELECT COUNT(*) FROM notification WHERE template = 'order_confirmed' AND state = 'sent'",
        ),
        ("confirmation, each another", "SELECT COUNT(DISTINCT order_id) FROM notification"),
    ] {
        assert_eq!(world.number(sql).await, count, "{what}: once for each order");
    }
    let twice = "SELECT COUNT(*) FROM (SELECT 1 FROM outbox_event GROUP BY subject_kind, subject_id, name, subject_version HAVING COUNT(*) > 1) AS t";
    assert_eq!(world.number(twice).await, 0, "no version of anything is told twice");
    // A crash between sending and noting it may send a mail again, under the same id.
    let mut ids = BTreeSet::new();
    for file in std::fs::read_dir(world.file("mail")).expect("the mail folder") {
        let path = file.expect("a mail").path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: "));
        ids.extend(id.map(str::to_owned));
    }
    assert_eq!(ids.len() as i64, count, "one confirmation mail for each order");
}

/// Each consumer inside the shop has taken each of its events, and no others.
async fn inboxes(world: &World) {
    let undelivered = "SELECT COUNT(*) FROM outbox_event WHERE state <> 'delivered'";
    assert_eq!(world.number(undelivered).await, 0, "every event is delivered");
    let mut consumers = 0;
    for subscriber in stoa::wire::modules().iter().flat_map(|module| module.subscribers) {
        let names: Vec<String> = subscriber.events.iter().map(|name| format!("'{name}'")).collect();
        let (names, consumer) = (names.join(", "), subscriber.name);
        let missing = format!(
            "SELECT COUNT(*) FROM outbox_event e WHERE e.name IN ({names}) AND NOT EXISTS \
             (SELECT 1 FROM inbox i WHERE i.consumer = '{consumer}' AND i.event_id = e.id)"
        );
        assert_eq!(world.number(&missing).await, 0, "{consumer} has missed an event");
        let sent = world.number(&format!("SELECT COUNT(*) FROM outbox_event WHERE name IN ({names})")).await;
        let taken = world.number(&format!("SELECT COUNT(*) FROM inbox WHERE consumer = '{consumer}'")).await;
        assert_eq!(taken, sent, "{consumer} has taken what was sent");
        consumers += i64::from(sent > 0);
    }
    assert!(consumers >= 3, "several consumers had something to do: {consumers}");
}

/// The consumer outside, which wrote down what it received while the shop was dying, has
/// every event once.
async fn received(world: &World) {
    let rows = Statement::from_string(world.db.backend(), "SELECT id FROM outbox_event");
    let rows = world.db.read().query_all_raw(rows).await.expect("the outbox");
    let sent: BTreeSet<String> = rows
        .iter()
        .map(|row| Id::<Event>::new(row.try_get::<Uuid>("", "id").expect("an id")).to_string())
        .collect();
    let mut taken = Vec::new();
    // It looks a few times a second.
    for _ in 0..40 {
        let text = std::fs::read_to_string(world.file("consumer.out")).expect("what the consumer wrote");
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        taken = whole
            .lines()
            .map(|line| {
                let event: Value = serde_json::from_str(line).expect("an event");
                event["id"].as_str().unwrap_or_default().to_owned()
            })
            .collect();
        if taken.len() >= sent.len() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    let distinct: BTreeSet<String> = taken.iter().cloned().collect();
    assert_eq!(distinct.len(), taken.len(), "an event was received twice");
    let missed: Vec<&String> = sent.difference(&distinct).collect();
    assert!(missed.is_empty(), "{} events were never received, such as {:?}", missed.len(), missed.first());
    // Those of schedules may come while we look; nothing else is left to happen.
    assert!(
        distinct.len() - sent.len() < 20,
        "{} events received that nobody sent",
        distinct.len() - sent.len()
    );
}
