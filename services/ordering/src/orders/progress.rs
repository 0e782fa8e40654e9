//! Moving an order on: its lock, its timeline, and what follows from its lines.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};
use serde_json::{Value, json};
use stoa_kernel::{Ctx, Error, NewEvent, Result, Tx, events};
use stoa_ordering_entities::{order, order_event, order_line, seller_order};
use stoa_ordering_types::orders::OrderStatus;
use stoa_types::{Id, Order, Seller, Uuid};

use super::model::{Units, roll_up};

/// The order's row, locked until the transaction ends.
pub(super) async fn lock(tx: &Tx, ctx: &Ctx, id: Id<Order>) -> Result<Option<order::Model>> {
    let mut query = order::Entity::find_by_id(id.uuid());
    if !ctx.db().is_sqlite() {
        query = query.lock(LockType::Update);
    }
    Ok(query.one(tx).await?)
}

/// The order's lines by position.
pub(super) async fn lines(conn: &impl ConnectionTrait, id: Uuid) -> Result<Vec<order_line::Model>> {
    Ok(order_line::Entity::find()
        .filter(order_line::Column::OrderId.eq(id))
        .order_by_asc(order_line::Column::Position)
        .all(conn)
        .await?)
}

/// The order's parts by number.
pub(super) async fn parts(conn: &impl ConnectionTrait, id: Uuid) -> Result<Vec<seller_order::Model>> {
    Ok(seller_order::Entity::find()
        .filter(seller_order::Column::OrderId.eq(id))
        .order_by_asc(seller_order::Column::Number)
        .all(conn)
        .await?)
}

pub(super) fn units(line: &order_line::Model) -> Units {
    Units {
        quantity: line.quantity,
        allocated: line.allocated_quantity,
        shipped: line.shipped_quantity,
        delivered: line.delivered_quantity,
        cancelled: line.cancelled_quantity,
    }
}

pub(super) fn read<T: std::str::FromStr>(word: &str) -> Result<T> {
    word.parse().map_err(|_| Error::internal(format!("unknown word in the database: {word}")))
}

/// Adds to the order's timeline.
pub(super) async fn note(
    tx: &Tx,
    ctx: &Ctx,
    order: Id<Order>,
    seller: Option<Id<Seller>>,
    kind: &str,
    public: bool,
    data: Value,
) -> Result<()> {
    let row = order_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        order_id: Set(order.uuid()),
        seller_id: Set(seller.map(Id::uuid)),
        at: Set(ctx.now),
        actor: Set(ctx.actor.to_string()),
        kind: Set(kind.to_owned()),
        public: Set(public),
        data: Set(data),
    };
    order_event::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// After quantities of lines (or the payment status) of a locked order have changed:
/// writes the states that follow and tells the world. Answers the order's status.
pub(super) async fn settle(tx: &Tx, ctx: &Ctx, order: &order::Model) -> Result<OrderStatus> {
    let lines = lines(tx, order.id).await?;
    for line in &lines {
        let state = units(line).state().as_str();
        if state != line.state {
            order_line::Entity::update_many()
                .col_expr(order_line::Column::State, state.into())
                .filter(order_line::Column::Id.eq(line.id))
                .exec(tx)
                .await?;
        }
    }
    let mut by_part: BTreeMap<Uuid, Vec<Units>> = BTreeMap::new();
    for line in &lines {
        by_part.entry(line.seller_order_id).or_default().push(units(line));
    }
    for part in parts(tx, order.id).await? {
        let own = by_part.remove(&part.id).unwrap_or_default();
        let count: i64 = own.iter().map(|line| line.wanted()).sum();
        let status = roll_up(own).as_str();
        if status != part.status || count != part.unit_count {
            seller_order::Entity::update_many()
                .col_expr(seller_order::Column::Status, status.into())
                .col_expr(seller_order::Column::UnitCount, count.into())
                .col_expr(seller_order::Column::Version, (part.version + 1).into())
                .col_expr(seller_order::Column::UpdatedAt, Expr::value(ctx.now))
                .filter(seller_order::Column::Id.eq(part.id))
                .exec(tx)
                .await?;
        }
    }
    let before: OrderStatus = read(&order.status)?;
    let status = roll_up(lines.iter().map(units));
    let count: i64 = lines.iter().map(|line| units(line).wanted()).sum();
    let version = order.version + 1;
    order::Entity::update_many()
        .col_expr(order::Column::Status, status.as_str().into())
        .col_expr(order::Column::UnitCount, count.into())
        .col_expr(order::Column::Version, version.into())
        .col_expr(order::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(order::Column::Id.eq(order.id))
        .exec(tx)
        .await?;
    announce(tx, ctx, order, version, status, &order.payment_status).await?;
    let gone =
        |status| matches!(status, OrderStatus::Shipped | OrderStatus::Delivered | OrderStatus::Completed);
    if gone(status) && !gone(before) {
        let id = Id::<Order>::new(order.id);
        events::emit(tx, ctx, NewEvent::new("order.fulfilled", id, version).data(json!({ "order": id })))
            .await?;
    }
    Ok(status)
}

/// Says that the order has changed.
pub(super) async fn announce(
    tx: &Tx,
    ctx: &Ctx,
    order: &order::Model,
    version: i64,
    status: OrderStatus,
    payment_status: &str,
) -> Result<()> {
    let id = Id::<Order>::new(order.id);
    let data = json!({ "order": id, "status": status, "payment_status": payment_status });
    events::emit(tx, ctx, NewEvent::new("order.updated", id, version).data(data)).await
}
