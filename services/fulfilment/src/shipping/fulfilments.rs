//! Fulfilment orders: made with the order, split, and cancelled by line.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};
use serde_json::{Value, json};
use stoa_fulfilment_entities::{fulfilment_line, fulfilment_order, line_cancellation};
use stoa_fulfilment_types::{CreateFulfilment, FulfilmentState, FulfilmentView, LineQuantity};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, audit, events, new_id};
use stoa_types::{FulfilmentOrder, Id, Order, OrderLine, Seller, SellerOrder, Sku, Uuid};

use super::{
    NOT_OPEN, QUANTITY_INVALID, SHIPPING_WRITE,
    holds::on_hold,
    model::{Table, settled},
    queries,
};
use crate::inventory;

/// What a seller has to send for an order.
pub struct NewFulfilment {
    pub order: Id<Order>,
    pub seller_order: Id<SellerOrder>,
    pub seller: Id<Seller>,
    /// The address, kept as given.
    pub ship_to: Value,
    /// Code of the chosen delivery option.
    pub delivery: String,
    pub lines: Vec<FulfilmentLineInput>,
}

/// One line of it.
pub struct FulfilmentLineInput {
    pub order_line: Id<OrderLine>,
    pub sku: Id<Sku>,
    pub title: String,
    /// At least 1.
    pub quantity: i64,
}

/// Makes a fulfilment order in the transaction that places the order.
pub async fn create_fulfilment(tx: &Tx, ctx: &Ctx, new: NewFulfilment) -> Result<Id<FulfilmentOrder>> {
    if new.lines.is_empty() || new.lines.iter().any(|line| line.quantity < 1) {
        return Err(Error::internal("a fulfilment order needs lines, each of at least 1"));
    }
    let id = new_id::<FulfilmentOrder>();
    insert(tx, ctx, id, new.order, new.seller_order, new.seller, new.ship_to, new.delivery).await?;
    let lines = new.lines.into_iter().map(|line| fulfilment_line::ActiveModel {
        id: Set(Uuid::now_v7()),
        fulfilment_order_id: Set(id.uuid()),
        order_id: Set(new.order.uuid()),
        order_line_id: Set(line.order_line.uuid()),
        sku_id: Set(line.sku.uuid()),
        title: Set(line.title),
        quantity: Set(line.quantity),
        shipped: Set(0),
        cancelled: Set(0),
    });
    fulfilment_line::Entity::insert_many(lines).exec_without_returning(tx).await?;
    Ok(id)
}

#[allow(clippy::too_many_arguments, reason = "the columns of one row")]
async fn insert(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<FulfilmentOrder>,
    order: Id<Order>,
    seller_order: Id<SellerOrder>,
    seller: Id<Seller>,
    ship_to: Value,
    delivery: String,
) -> Result<()> {
    let row = fulfilment_order::ActiveModel {
        id: Set(id.uuid()),
        order_id: Set(order.uuid()),
        seller_order_id: Set(seller_order.uuid()),
        seller_id: Set(seller.uuid()),
        state: Set(FulfilmentState::Open.name().to_owned()),
        hold_reason: Set(None),
        delivery: Set(delivery),
        ship_to: Set(ship_to),
        version: Set(1),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    fulfilment_order::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes units out of what is to be sent and gives their stock back, all lines or none:
/// [`NOT_OPEN`] when some have left or were cancelled before, and then nothing was
/// written. The same `key` for the same order changes things once.
pub async fn cancel_lines(
    tx: &Tx,
    ctx: &Ctx,
    order: Id<Order>,
    lines: &[(Id<OrderLine>, i64)],
    key: &str,
) -> Result<()> {
    let orders = lock_orders(tx, fulfilment_order::Column::OrderId.eq(order.uuid())).await?;
    let done = line_cancellation::Entity::find_by_id((order.uuid(), key.to_owned())).one(tx).await?;
    if done.is_some() {
        return Ok(());
    }
    let rows = lines_of(tx, fulfilment_line::Column::OrderId.eq(order.uuid())).await?;
    let wanted = lines.iter().map(|(line, units)| LineQuantity { order_line: *line, quantity: *units });
    let moves = plan(&rows, wanted)?;
    for (row, units) in &moves {
        let open = open_expr();
        let done = fulfilment_line::Entity::update_many()
            .col_expr(
                fulfilment_line::Column::Cancelled,
                Expr::col(fulfilment_line::Column::Cancelled).add(*units),
            )
            .filter(fulfilment_line::Column::Id.eq(row.id))
            .filter(open.gte(*units))
            .exec(tx)
            .await?;
        if done.rows_affected != 1 {
            return Err(not_open(row.order_line_id, 0));
        }
    }
    let sellers: HashMap<Uuid, Uuid> = orders.iter().map(|row| (row.id, row.seller_id)).collect();
    let stock: Vec<(Id<Sku>, Id<Seller>, i64)> = moves
        .iter()
        .map(|(row, units)| {
            let seller = sellers.get(&row.fulfilment_order_id).copied().unwrap_or(Uuid::nil());
            (Id::new(row.sku_id), Id::new(seller), *units)
        })
        .collect();
    inventory::deallocate(tx, ctx, order, &stock, &format!("cancel:{key}")).await?;
    let note = line_cancellation::ActiveModel {
        order_id: Set(order.uuid()),
        key: Set(key.to_owned()),
        at: Set(ctx.now),
    };
    line_cancellation::Entity::insert(note).exec_without_returning(tx).await?;
    for row in orders.iter().filter(|row| moves.iter().any(|(line, _)| line.fulfilment_order_id == row.id)) {
        settle(tx, ctx, row).await?;
    }
    Ok(())
}

/// Packs open units of one seller apart from the rest: they move to a fulfilment order
/// of their own. Asking for all that is open changes nothing and answers what is there.
pub async fn split(ctx: &Ctx, input: CreateFulfilment) -> Result<FulfilmentView> {
    let scope = ctx.scope(SHIPPING_WRITE)?;
    check_lines(&input.lines)?;
    let tx = ctx.db().begin().await?;
    let orders = lock_orders(&tx, fulfilment_order::Column::OrderId.eq(input.order.uuid())).await?;
    let seen: Vec<_> =
        orders.iter().filter(|row| scope.allows(Some(row.seller_id), "order").is_ok()).collect();
    if seen.is_empty() {
        return Err(Error::not_found("order"));
    }
    if let Some(reason) = seen.iter().find_map(|row| row.hold_reason.as_deref()) {
        return Err(on_hold(reason));
    }
    let all = lines_of(&tx, fulfilment_line::Column::OrderId.eq(input.order.uuid())).await?;
    let packable = |id: Uuid| {
        seen.iter()
            .find(|row| row.id == id)
            .is_some_and(|row| matches!(row.state.as_str(), "open" | "in_progress" | "scheduled"))
    };
    let rows: Vec<fulfilment_line::Model> =
        all.into_iter().filter(|row| packable(row.fulfilment_order_id)).collect();
    let moves = plan(&rows, input.lines.iter().cloned())?;
    let from =
        moves.first().and_then(|(row, _)| seen.iter().find(|order| order.id == row.fulfilment_order_id));
    let from = from.ok_or_else(|| Error::not_found("order line"))?;
    if moves.iter().any(|(row, _)| row.fulfilment_order_id != from.id) {
        return Err(NOT_OPEN.error(
            "These lines are packed in different fulfilment orders already. Send one request for each.",
        ));
    }
    let open: i64 = rows.iter().filter(|row| row.fulfilment_order_id == from.id).map(left).sum();
    let asked: i64 = moves.iter().map(|(_, units)| units).sum();
    if asked == open {
        let id = Id::new(from.id);
        tx.rollback().await?;
        return queries::after_split(ctx, id).await;
    }
    let id = new_id::<FulfilmentOrder>();
    let (seller_order, seller) = (Id::new(from.seller_order_id), Id::new(from.seller_id));
    insert(&tx, ctx, id, input.order, seller_order, seller, from.ship_to.clone(), from.delivery.clone())
        .await?;
    for (row, units) in &moves {
        take_out(&tx, row, *units).await?;
        let line = fulfilment_line::ActiveModel {
            id: Set(Uuid::now_v7()),
            fulfilment_order_id: Set(id.uuid()),
            order_id: Set(row.order_id),
            order_line_id: Set(row.order_line_id),
            sku_id: Set(row.sku_id),
            title: Set(row.title.clone()),
            quantity: Set(*units),
            shipped: Set(0),
            cancelled: Set(0),
        };
        fulfilment_line::Entity::insert(line).exec_without_returning(&tx).await?;
    }
    settle(&tx, ctx, from).await?;
    let entry = audit::Entry::new("fulfilment.split", id).seller(Some(seller));
    let facts =
        json!({ "order": input.order, "from": Id::<FulfilmentOrder>::new(from.id), "lines": input.lines });
    audit::record(&tx, ctx, entry.facts(facts)).await?;
    ctx.db().commit(tx).await?;
    queries::after_split(ctx, id).await
}

/// Moves units out of a line; a line left empty goes, since its row would say nothing.
async fn take_out(tx: &Tx, row: &fulfilment_line::Model, units: i64) -> Result<()> {
    let done = fulfilment_line::Entity::update_many()
        .col_expr(fulfilment_line::Column::Quantity, Expr::col(fulfilment_line::Column::Quantity).sub(units))
        .filter(fulfilment_line::Column::Id.eq(row.id))
        .filter(open_expr().gte(units))
        .exec(tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(not_open(row.order_line_id, 0));
    }
    fulfilment_line::Entity::delete_many()
        .filter(fulfilment_line::Column::Id.eq(row.id))
        .filter(fulfilment_line::Column::Quantity.eq(0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Every field error of line quantities, in one answer.
pub(super) fn check_lines(lines: &[LineQuantity]) -> Result<()> {
    let mut fields = Fields::default();
    fields.check((1..=500).contains(&lines.len()), "lines", QUANTITY_INVALID, "Send 1 to 500 lines.");
    for (number, line) in lines.iter().enumerate() {
        let whole = (1..=1_000_000).contains(&line.quantity);
        fields.check(whole, &format!("lines/{number}/quantity"), QUANTITY_INVALID, "Send 1 to 1,000,000.");
    }
    fields.finish()
}

/// Locks fulfilment orders, in order.
pub(super) async fn lock_orders(
    tx: &Tx,
    which: impl sea_orm::sea_query::IntoCondition,
) -> Result<Vec<fulfilment_order::Model>> {
    use sea_orm::ConnectionTrait;
    let mut query = fulfilment_order::Entity::find()
        .filter(which.into_condition())
        .order_by_asc(fulfilment_order::Column::Id);
    if tx.get_database_backend() == sea_orm::DbBackend::Postgres {
        query = query.lock(LockType::Update);
    }
    Ok(query.all(tx).await?)
}

/// Lines by their id, oldest first.
pub(super) async fn lines_of(
    tx: &Tx,
    which: impl sea_orm::sea_query::IntoCondition,
) -> Result<Vec<fulfilment_line::Model>> {
    Ok(fulfilment_line::Entity::find()
        .filter(which.into_condition())
        .order_by_asc(fulfilment_line::Column::Id)
        .all(tx)
        .await?)
}

/// Units of a line that may still leave or be cancelled.
pub(super) fn left(row: &fulfilment_line::Model) -> i64 {
    row.quantity - row.shipped - row.cancelled
}

pub(super) fn open_expr() -> sea_orm::sea_query::SimpleExpr {
    use fulfilment_line::Column::{Cancelled, Quantity, Shipped};
    Expr::col(Quantity).sub(Expr::col(Shipped)).sub(Expr::col(Cancelled))
}

/// Which rows give which units. The same line twice is summed.
pub(super) fn plan(
    rows: &[fulfilment_line::Model],
    wanted: impl IntoIterator<Item = LineQuantity>,
) -> Result<Vec<(fulfilment_line::Model, i64)>> {
    let mut sums: BTreeMap<Uuid, i64> = BTreeMap::new();
    for line in wanted {
        *sums.entry(line.order_line.uuid()).or_default() += line.quantity;
    }
    let mut moves = Vec::new();
    for (order_line, units) in sums {
        let own = rows.iter().filter(|row| row.order_line_id == order_line);
        let places: Vec<(&fulfilment_line::Model, i64)> = own.map(|row| (row, left(row))).collect();
        if places.is_empty() {
            return Err(Error::not_found("order line"));
        }
        let mut need = units;
        for (row, open) in &places {
            let taken = Ord::min(need, *open);
            if taken > 0 {
                moves.push(((*row).clone(), taken));
                need -= taken;
            }
        }
        if need > 0 || units < 1 {
            return Err(not_open(order_line, places.iter().map(|(_, open)| open).sum()));
        }
    }
    Ok(moves)
}

pub(super) fn not_open(order_line: Uuid, open: i64) -> Error {
    let detail = match open {
        0 => "Nothing of this line is left to send or cancel.".to_owned(),
        units => format!("Only {units} of this line can still be sent or cancelled."),
    };
    NOT_OPEN.error(detail).fact("order_line", Id::<OrderLine>::new(order_line)).fact("open", open)
}

/// Brings a locked fulfilment order's state in line with its lines, and tells when it
/// is complete.
pub(super) async fn settle(tx: &Tx, ctx: &Ctx, row: &fulfilment_order::Model) -> Result<FulfilmentState> {
    let lines = lines_of(tx, fulfilment_line::Column::FulfilmentOrderId.eq(row.id)).await?;
    let sum = |of: fn(&fulfilment_line::Model) -> i64| lines.iter().map(of).sum::<i64>();
    let before = FulfilmentState::read(&row.state)?;
    let after = settled(
        before,
        row.hold_reason.is_some(),
        sum(|line| line.quantity),
        sum(|line| line.shipped),
        sum(|line| line.cancelled),
    );
    if before != after {
        before.check(after)?;
    }
    fulfilment_order::Entity::update_many()
        .col_expr(fulfilment_order::Column::State, after.name().into())
        .col_expr(fulfilment_order::Column::Version, Expr::col(fulfilment_order::Column::Version).add(1))
        .col_expr(fulfilment_order::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(fulfilment_order::Column::Id.eq(row.id))
        .filter(fulfilment_order::Column::Version.eq(row.version))
        .exec(tx)
        .await?;
    if after == FulfilmentState::Closed && before != after {
        let id = Id::<FulfilmentOrder>::new(row.id);
        let data = json!({
            "order": Id::<Order>::new(row.order_id),
            "seller_order": Id::<SellerOrder>::new(row.seller_order_id),
            "fulfilment": id,
        });
        let event =
            NewEvent::new("fulfillment.completed", id, row.version + 1).seller(Some(Id::new(row.seller_id)));
        events::emit(tx, ctx, event.data(data)).await?;
    }
    Ok(after)
}
