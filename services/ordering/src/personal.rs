//! The ordering area's answer to somebody who asks for their data or for its erasure: orders and
//! carts, with their parcels and payments, which the areas below know by order and cart alone.
//!
//! Orders and the books stay under a pseudonym: what was sold, for how much and to which country
//! has to be known for years. Whoever bought it does not.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, LockType},
};
use serde_json::{Value, json};
use stoa_fulfilment::shipping;
use stoa_identity::customers::{self, ERASURE_BLOCKED};
use stoa_kernel::{BoxFuture, Ctx, Result, Tx, personal::PersonalData};
use stoa_ordering_entities::{cart, cart_checkout, cart_line, order, order_event, order_line};
use stoa_ordering_types::orders::{OrderStatus, PaymentStatus};
use stoa_payments::payments;
use stoa_types::{Cart, Customer, Id, Order, Uuid};

/// What ordering, payments and shipping know about a customer.
pub struct OrderingData;

impl PersonalData for OrderingData {
    fn export<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Value>> {
        Box::pin(export(ctx, customer))
    }

    fn blockers<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async move { blockers(ctx.db().read(), customer).await })
    }

    fn erase<'a>(&'a self, tx: &'a Tx, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<()>> {
        Box::pin(erase(tx, ctx, customer))
    }

    fn holdings<'a>(
        &'a self,
        ctx: &'a Ctx,
        customer: Id<Customer>,
    ) -> BoxFuture<'a, Result<Vec<(&'static str, i64)>>> {
        Box::pin(async move {
            let orders = orders_of(ctx.db().read(), customer).await?.len();
            Ok(vec![("orders", i64::try_from(orders).unwrap_or(i64::MAX))])
        })
    }

    fn marks<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let conn = ctx.db().read();
            let orders = orders_of(conn, customer).await?;
            let carts = carts_of(conn, customer, &orders).await?;
            let paid = payments::ids_of(conn, &carts).await?;
            let orders = orders.iter().map(|row| Id::<Order>::new(row.id).to_string());
            let carts = carts.iter().map(Id::to_string);
            Ok(orders.chain(carts).chain(paid.iter().map(Id::to_string)).collect())
        })
    }

    fn merge<'a>(
        &'a self,
        tx: &'a Tx,
        _: &'a Ctx,
        from: Id<Customer>,
        into: Id<Customer>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            order::Entity::update_many()
                .col_expr(order::Column::CustomerId, Expr::value(Some(into.uuid())))
                .filter(order::Column::CustomerId.eq(from.uuid()))
                .exec(tx)
                .await?;
            cart::Entity::update_many()
                .col_expr(cart::Column::CustomerId, Expr::value(Some(into.uuid())))
                .filter(cart::Column::CustomerId.eq(from.uuid()))
                .exec(tx)
                .await?;
            Ok(())
        })
    }
}

/// A customer's orders, and those without a customer that bear an address they have proved.
async fn orders_of(conn: &impl ConnectionTrait, customer: Id<Customer>) -> Result<Vec<order::Model>> {
    let addresses = customers::proved_addresses(conn, customer).await?;
    let unclaimed = Condition::all()
        .add(order::Column::CustomerId.is_null())
        .add(order::Column::EmailKey.is_in(addresses));
    let own = Condition::any().add(order::Column::CustomerId.eq(customer.uuid())).add(unclaimed);
    Ok(order::Entity::find().filter(own).order_by_asc(order::Column::Id).all(conn).await?)
}

/// The same by id, for areas above.
pub async fn order_ids_of(conn: &impl ConnectionTrait, customer: Id<Customer>) -> Result<Vec<Id<Order>>> {
    Ok(orders_of(conn, customer).await?.into_iter().map(|row| Id::new(row.id)).collect())
}

/// The carts these orders came from, and those with an address the customer has proved.
async fn carts_of(
    conn: &impl ConnectionTrait,
    customer: Id<Customer>,
    orders: &[order::Model],
) -> Result<Vec<Id<Cart>>> {
    let addresses = customers::proved_addresses(conn, customer).await?;
    let addresses = addresses.into_iter().map(|address| address.to_lowercase());
    let own = Condition::any()
        .add(cart::Column::CustomerId.eq(customer.uuid()))
        .add(cart::Column::Id.is_in(orders.iter().map(|row| row.cart_id)))
        .add(Expr::expr(Func::lower(Expr::col(cart::Column::Email))).is_in(addresses));
    let found: Vec<Uuid> = cart::Entity::find()
        .select_only()
        .column(cart::Column::Id)
        .filter(own)
        .order_by_asc(cart::Column::Id)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().map(Id::new).collect())
}

async fn export(ctx: &Ctx, customer: Id<Customer>) -> Result<Value> {
    let conn = ctx.db().read();
    let rows = orders_of(conn, customer).await?;
    let carts = carts_of(conn, customer, &rows).await?;
    let ids: Vec<Id<Order>> = rows.iter().map(|row| Id::new(row.id)).collect();
    let within = || rows.iter().map(|row| row.id);
    let lines = order_line::Entity::find()
        .filter(order_line::Column::OrderId.is_in(within()))
        .order_by_asc(order_line::Column::Position)
        .all(conn)
        .await?;
    let events = order_event::Entity::find()
        .filter(order_event::Column::OrderId.is_in(within()))
        .filter(order_event::Column::Public.eq(true))
        .order_by_asc(order_event::Column::At)
        .all(conn)
        .await?;
    let orders: Vec<Value> = rows
        .iter()
        .map(|row| {
            let lines: Vec<Value> = lines
                .iter()
                .filter(|line| line.order_id == row.id)
                .map(|line| {
                    json!({
                        "title": line.title, "options": line.options, "personalisation": line.personalisation,
                        "quantity": line.quantity, "total": line.total_amount, "state": line.state,
                    })
                })
                .collect();
            let events: Vec<Value> = events
                .iter()
                .filter(|event| event.order_id == row.id)
                .map(|event| json!({ "kind": event.kind, "at": event.at }))
                .collect();
            json!({
                "id": Id::<Order>::new(row.id), "number": row.number, "email": row.email, "name": row.name,
                "address": row.address, "currency": row.currency, "total": row.total_amount,
                "refunded": row.refunded_amount, "status": row.status, "payment_status": row.payment_status,
                "placed_at": row.placed_at, "lines": lines, "events": events,
            })
        })
        .collect();
    let open = cart::Entity::find()
        .filter(cart::Column::Id.is_in(carts.iter().map(|id| id.uuid())))
        .filter(cart::Column::State.eq("open"))
        .all(conn)
        .await?;
    let in_carts = cart_line::Entity::find()
        .filter(cart_line::Column::CartId.is_in(open.iter().map(|row| row.id)))
        .all(conn)
        .await?;
    let open: Vec<Value> = open
        .into_iter()
        .map(|row| {
            let lines: Vec<Value> = in_carts
                .iter()
                .filter(|line| line.cart_id == row.id)
                .map(|line| json!({ "quantity": line.quantity, "personalisation": line.personalisation }))
                .collect();
            json!({
                "id": Id::<Cart>::new(row.id), "email": row.email, "address": row.address,
                "changed_at": row.updated_at, "lines": lines,
            })
        })
        .collect();
    Ok(json!({
        "orders": orders,
        "carts": open,
        "payments": payments::export_of(conn, &carts).await?,
        "shipping": shipping::export_of(conn, &ids).await?,
    }))
}

async fn blockers(conn: &impl ConnectionTrait, customer: Id<Customer>) -> Result<Vec<String>> {
    let rows = orders_of(conn, customer).await?;
    let mut all = Vec::new();
    for row in &rows {
        let over = [OrderStatus::Delivered, OrderStatus::Completed, OrderStatus::Cancelled];
        let unpaid = [PaymentStatus::Pending, PaymentStatus::Authorized, PaymentStatus::Failed];
        if !over.iter().any(|status| row.status == status.as_str()) {
            all.push(format!("Order {} is on its way. It has to arrive first.", row.number));
        } else if row.status != OrderStatus::Cancelled.as_str()
            && unpaid.iter().any(|status| row.payment_status == status.as_str())
        {
            all.push(format!("The payment of order {} is not settled.", row.number));
        }
    }
    let carts = carts_of(conn, customer, &rows).await?;
    if being_paid(conn, &carts).await? {
        all.push("Something is being paid for at this moment. Wait until it is over.".to_owned());
    }
    Ok(all)
}

/// Whether a payment for one of these carts is not over and has no order yet.
async fn being_paid(conn: &impl ConnectionTrait, carts: &[Id<Cart>]) -> Result<bool> {
    let open: Vec<Uuid> = cart::Entity::find()
        .select_only()
        .column(cart::Column::Id)
        .filter(cart::Column::Id.is_in(carts.iter().map(|id| id.uuid())))
        .filter(cart::Column::State.eq("open"))
        .into_tuple()
        .all(conn)
        .await?;
    let open: Vec<Id<Cart>> = open.into_iter().map(Id::new).collect();
    Ok(!payments::with_live(conn, &open).await?.is_empty())
}

async fn erase(tx: &Tx, ctx: &Ctx, customer: Id<Customer>) -> Result<()> {
    let rows = orders_of(tx, customer).await?;
    let carts = carts_of(tx, customer, &rows).await?;
    // Whoever places an order takes the cart's row first: after this, each was placed or has
    // to wait and finds no cart.
    let mut locked = cart::Entity::find().filter(cart::Column::Id.is_in(carts.iter().map(|id| id.uuid())));
    if !ctx.db().is_sqlite() {
        locked = locked.lock(LockType::Update);
    }
    locked.order_by_asc(cart::Column::Id).all(tx).await?;
    let kept = blockers(tx, customer).await?;
    if !kept.is_empty() {
        return Err(ERASURE_BLOCKED.error(kept.join(" ")));
    }
    let rows = orders_of(tx, customer).await?;
    let ids: Vec<Id<Order>> = rows.iter().map(|row| Id::new(row.id)).collect();
    shipping::erase_of(tx, &ids).await?;
    payments::erase_of(tx, &carts).await?;
    erase_orders(tx, ctx, customer, &rows).await?;
    erase_events(tx, &rows).await?;
    erase_carts(tx, &carts).await
}

async fn erase_orders(tx: &Tx, ctx: &Ctx, customer: Id<Customer>, rows: &[order::Model]) -> Result<()> {
    use order::Column as C;
    let pseudonym = format!("erased:{customer}");
    let mut countries: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for row in rows {
        countries.entry(&row.country).or_default().push(row.id);
    }
    for (country, ids) in countries {
        order::Entity::update_many()
            .col_expr(C::Email, pseudonym.clone().into())
            .col_expr(C::EmailKey, pseudonym.clone().into())
            .col_expr(C::Name, "".into())
            .col_expr(C::Address, Expr::value(json!({ "country": country })))
            .col_expr(C::CustomerId, Expr::value(Some(customer.uuid())))
            .col_expr(C::UpdatedAt, ctx.now.into())
            .col_expr(C::Version, Expr::col(C::Version).add(1))
            .filter(C::Id.is_in(ids.iter().copied()))
            .exec(tx)
            .await?;
        order_line::Entity::update_many()
            .col_expr(order_line::Column::Personalisation, Expr::value(json!({})))
            .filter(order_line::Column::OrderId.is_in(ids))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// What happened to the orders stays; by which number a courier knew the parcel does not.
async fn erase_events(tx: &Tx, rows: &[order::Model]) -> Result<()> {
    let events = order_event::Entity::find()
        .filter(order_event::Column::OrderId.is_in(rows.iter().map(|row| row.id)))
        .all(tx)
        .await?;
    for mut event in events {
        let number = event.data.as_object_mut().and_then(|data| data.remove("tracking_number"));
        if number.is_some() {
            order_event::Entity::update_many()
                .col_expr(order_event::Column::Data, Expr::value(event.data))
                .filter(order_event::Column::Id.eq(event.id))
                .exec(tx)
                .await?;
        }
    }
    Ok(())
}

/// Carts that became orders stay, blank; the others go.
async fn erase_carts(tx: &Tx, carts: &[Id<Cart>]) -> Result<()> {
    let all = || carts.iter().map(|id| id.uuid());
    let open: Vec<Uuid> = cart::Entity::find()
        .select_only()
        .column(cart::Column::Id)
        .filter(cart::Column::Id.is_in(all()))
        .filter(cart::Column::State.eq("open"))
        .into_tuple()
        .all(tx)
        .await?;
    cart_line::Entity::delete_many()
        .filter(cart_line::Column::CartId.is_in(open.iter().copied()))
        .exec(tx)
        .await?;
    cart_checkout::Entity::delete_many()
        .filter(cart_checkout::Column::CartId.is_in(open.iter().copied()))
        .exec(tx)
        .await?;
    cart::Entity::delete_many().filter(cart::Column::Id.is_in(open)).exec(tx).await?;
    cart::Entity::update_many()
        .col_expr(cart::Column::Email, Expr::value(Option::<String>::None))
        .col_expr(cart::Column::Address, Expr::value(Option::<Value>::None))
        .filter(cart::Column::Id.is_in(all()))
        .exec(tx)
        .await?;
    cart_line::Entity::update_many()
        .col_expr(cart_line::Column::Personalisation, Expr::value(json!({})))
        .filter(cart_line::Column::CartId.is_in(all()))
        .exec(tx)
        .await?;
    let frozen =
        cart_checkout::Entity::find().filter(cart_checkout::Column::CartId.is_in(all())).all(tx).await?;
    for row in frozen {
        cart_checkout::Entity::update_many()
            .col_expr(cart_checkout::Column::Snapshot, Expr::value(blank(row.snapshot)))
            .filter(cart_checkout::Column::Id.eq(row.id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// A checkout without its person, still readable as one.
fn blank(mut snapshot: Value) -> Value {
    let country = snapshot["address"]["country"].clone();
    snapshot["email"] = json!("");
    snapshot["address"] = json!({ "country": country.as_str().unwrap_or_default() });
    for parcel in snapshot["parcels"].as_array_mut().into_iter().flatten() {
        for line in parcel["lines"].as_array_mut().into_iter().flatten() {
            line["personalisation"] = json!({});
        }
    }
    snapshot
}
