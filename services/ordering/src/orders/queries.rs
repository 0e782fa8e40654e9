//! Reading orders.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationTrait, Select,
    sea_query::{Expr, ExprTrait, LikeExpr, Query},
};
use stoa_identity::customers;
use stoa_kernel::{Actor, App, Ctx, Error, Result, Scope, page, ports::Rate, sign};
use stoa_ordering_entities::{cart, order, seller_order};
use stoa_ordering_types::orders::{
    OrderCounts, OrderPage, OrderQuery, OrderRow, OrderStatus, OrderView, PaymentStatus,
};
use stoa_payments::payments::owner_of;
use stoa_types::{Cart, Currency, Customer, Id, Money, Order, Page, PageQuery, Payment, Uuid};

use super::{
    READ,
    model::read_number,
    progress::read,
    view::{self, Reader},
};

/// Wrong links from one network.
const WRONG_LINKS: Rate = Rate { name: "orders.wrong_link", count: 20, per: Duration::from_secs(60) };

/// Purpose of the link in the buyer's mails.
const LINK: &str = "orders.view";

/// The token of the order's link, for the buyer alone.
pub fn access_token(app: &App, order: Id<Order>) -> String {
    sign::sign(app, LINK, &order.to_string())
}

/// The order a link's token opens; 404 when it is not one of ours.
pub fn by_token(ctx: &Ctx, token: &str) -> Result<Id<Order>> {
    sign::verify(&ctx.app, LINK, token)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::not_found("order"))
}

/// The order as the buyer sees it by the link. 404 for a link that is not ours, and 429
/// for the network that tries many.
pub async fn order_page(ctx: &Ctx, token: &str) -> Result<OrderPage> {
    let id = match by_token(ctx, token) {
        Ok(id) => id,
        Err(error) => {
            ctx.limit(WRONG_LINKS).await?;
            return Err(error);
        }
    };
    let order = view::load(ctx.db().read(), ctx, id, Reader::Shopper).await?;
    Ok(OrderPage { token: token.to_owned(), order })
}

/// The order as its buyer sees it, for mails: asks no permission.
pub async fn for_mail(conn: &impl ConnectionTrait, ctx: &Ctx, id: Id<Order>) -> Result<OrderView> {
    view::load(conn, ctx, id, Reader::Shopper).await
}

/// The language the order was placed in: what is written to its buyer is written in it.
pub async fn locale(conn: &impl ConnectionTrait, id: Id<Order>) -> Result<String> {
    let query = order::Entity::find_by_id(id.uuid()).select_only().column(order::Column::Locale);
    query.into_tuple().one(conn).await?.ok_or_else(|| Error::not_found("order"))
}

/// The order a payment has paid, if it has been placed.
pub async fn of_payment(ctx: &Ctx, payment: Id<Payment>) -> Result<Option<Id<Order>>> {
    of_payment_in(ctx.db().read(), payment).await
}

pub(super) async fn of_payment_in(
    conn: &impl ConnectionTrait,
    payment: Id<Payment>,
) -> Result<Option<Id<Order>>> {
    id_where(conn, order::Column::PaymentId.eq(payment.uuid())).await
}

/// The order a cart became.
pub async fn of_cart(ctx: &Ctx, cart: Id<Cart>) -> Result<Option<Id<Order>>> {
    id_where(ctx.db().read(), order::Column::CartId.eq(cart.uuid())).await
}

async fn id_where(conn: &impl ConnectionTrait, filter: Expr) -> Result<Option<Id<Order>>> {
    let query = order::Entity::find().select_only().column(order::Column::Id).filter(filter);
    Ok(query.into_tuple::<Uuid>().one(conn).await?.map(Id::new))
}

pub(super) async fn payment_of(conn: &impl ConnectionTrait, id: Id<Order>) -> Result<Option<Id<Payment>>> {
    let query = order::Entity::find_by_id(id.uuid()).select_only().column(order::Column::PaymentId);
    Ok(query.into_tuple::<Uuid>().one(conn).await?.map(Id::new))
}

/// An order with its timeline. Needs `orders.read`; a seller sees own parts. Who holds the
/// token of the cart it came from sees it as its buyer.
pub async fn get(ctx: &Ctx, id: Id<Order>) -> Result<OrderView> {
    let reader = match ctx.scope(READ) {
        Ok(scope) => Reader::Staff(scope),
        Err(_) if bought(ctx, id).await? => Reader::Shopper,
        Err(refused) => return Err(refused),
    };
    view::load(ctx.db().read(), ctx, id, reader).await
}

/// Whether the caller's cart became this order.
async fn bought(ctx: &Ctx, id: Id<Order>) -> Result<bool> {
    let Some(token) = &ctx.cart_token else { return Ok(false) };
    let carts = cart::Entity::find()
        .filter(cart::Column::OrderId.eq(id.uuid()))
        .filter(cart::Column::TokenHash.eq(owner_of(token)));
    Ok(carts.count(ctx.db().read()).await? > 0)
}

/// How many orders (a seller's: own parts) stand where, and how many are on hold; needs
/// `orders.read`.
pub async fn counts(ctx: &Ctx) -> Result<OrderCounts> {
    let scope = ctx.scope(READ)?;
    let conn = ctx.db().read();
    let rows: Vec<(String, String, i64)> = match scope {
        Scope::Platform => {
            use order::Column as C;
            let query = order::Entity::find().select_only().column(C::Status).column(C::PaymentStatus);
            let query =
                query.column_as(C::Id.count(), "orders").group_by(C::Status).group_by(C::PaymentStatus);
            query.into_tuple().all(conn).await?
        }
        Scope::Seller(seller) => {
            use seller_order::Column as C;
            let query = seller_order::Entity::find()
                .join(JoinType::InnerJoin, seller_order::Relation::Order.def())
                .select_only()
                .column(C::Status)
                .column(order::Column::PaymentStatus)
                .column_as(C::Id.count(), "orders")
                .filter(C::SellerId.eq(seller.uuid()))
                .group_by(C::Status)
                .group_by(order::Column::PaymentStatus);
            query.into_tuple().all(conn).await?
        }
    };
    let mut counts = OrderCounts {
        standing: OrderStatus::ALL.iter().map(|status| (*status, 0)).collect(),
        ..OrderCounts::default()
    };
    for (status, payment, orders) in rows {
        let (status, payment): (OrderStatus, PaymentStatus) = (read(&status)?, read(&payment)?);
        if status.waits() && payment.holds() {
            counts.on_hold += orders;
        } else if let Some((_, count)) = counts.standing.iter_mut().find(|(known, _)| *known == status) {
            *count += orders;
        }
    }
    Ok(counts)
}

#[derive(Debug, FromQueryResult)]
struct Row {
    key: Uuid,
    id: Uuid,
    number: String,
    status: String,
    payment_status: String,
    name: String,
    email: String,
    country: String,
    currency: String,
    units: i64,
    total: i64,
    sellers: i64,
    placed_at: DateTime<Utc>,
}

/// The order index, newest first. Needs `orders.read`; a seller sees one row per own
/// part, with own number, status and amount.
pub async fn list(ctx: &Ctx, query: OrderQuery) -> Result<Page<OrderRow>> {
    let scope = ctx.scope(READ)?;
    let paging = PageQuery { after: query.after.clone(), limit: query.limit };
    match scope {
        Scope::Platform => {
            let select =
                filter(all(), &query).filter(text(&query, true)).apply_if(query.status, |select, status| {
                    select.filter(order::Column::Status.eq(status.as_str()))
                });
            let select = select
                .apply_if(query.on_hold, |select, held| select.filter(on_hold(order::Column::Status, held)));
            let select = select.apply_if(query.seller, |select, seller| {
                let own = Query::select()
                    .column(seller_order::Column::OrderId)
                    .from(seller_order::Entity)
                    .and_where(seller_order::Column::SellerId.eq(seller.uuid()))
                    .to_owned();
                select.filter(order::Column::Id.in_subquery(own))
            });
            rows(ctx, select, order::Column::Id, &paging, true).await
        }
        Scope::Seller(seller) => {
            if query.seller.is_some_and(|asked| asked != seller) {
                return Ok(Page { items: Vec::new(), next: None, prev: None, total: None });
            }
            use seller_order::Column as C;
            let select = seller_order::Entity::find()
                .join(JoinType::InnerJoin, seller_order::Relation::Order.def())
                .select_only()
                .column_as(C::Id, "key")
                .column_as(order::Column::Id, "id")
                .column_as(C::Number, "number")
                .column_as(C::Status, "status")
                .column_as(order::Column::PaymentStatus, "payment_status")
                .column_as(order::Column::Name, "name")
                .column_as(order::Column::Email, "email")
                .column_as(order::Column::Country, "country")
                .column_as(order::Column::Currency, "currency")
                .column_as(C::UnitCount, "units")
                .column_as(C::TotalAmount, "total")
                .expr_as(Expr::cust("CAST(1 AS BIGINT)"), "sellers")
                .column_as(C::PlacedAt, "placed_at")
                .filter(C::SellerId.eq(seller.uuid()))
                .apply_if(query.status, |select, status| select.filter(C::Status.eq(status.as_str())))
                .apply_if(query.on_hold, |select, held| select.filter(on_hold(C::Status, held)));
            let select = filter(select, &query).filter(text(&query, false));
            rows(ctx, select, C::Id, &paging, false).await
        }
    }
}

/// A customer's orders, newest first: for whoever it is, and for the platform's staff with
/// `orders.read`. 401 for a visitor, 404 for everybody else.
pub async fn of_customer(ctx: &Ctx, customer: Id<Customer>, paging: PageQuery) -> Result<Page<OrderRow>> {
    if !customers::is_own(ctx, customer).await? {
        match ctx.scope(READ) {
            Ok(Scope::Platform) => {}
            Err(refused) if ctx.actor == Actor::Visitor => return Err(refused),
            _ => return Err(Error::not_found("customer")),
        }
    }
    let select = all().filter(order::Column::CustomerId.eq(customer.uuid()));
    rows(ctx, select, order::Column::Id, &paging, true).await
}

/// What a customer has bought: how many orders, and their worth in each currency less what was
/// given back. What was cancelled as a whole counts for nothing. Needs `orders.read` of the
/// platform.
pub async fn value_of_customer(ctx: &Ctx, customer: Id<Customer>) -> Result<CustomerValue> {
    let Scope::Platform = ctx.scope(READ)? else { return Err(Error::not_found("customer")) };
    use order::Column as C;
    let sum = |column: C| Expr::expr(Expr::col(column).sum()).cast_as("BIGINT");
    let rows: Vec<(String, i64, Option<i64>, Option<i64>)> = order::Entity::find()
        .select_only()
        .column(C::Currency)
        .column_as(C::Id.count(), "orders")
        .expr_as(sum(C::TotalAmount), "total")
        .expr_as(sum(C::RefundedAmount), "refunded")
        .filter(C::CustomerId.eq(customer.uuid()))
        .filter(C::Status.ne(OrderStatus::Cancelled.as_str()))
        .group_by(C::Currency)
        .order_by_asc(C::Currency)
        .into_tuple()
        .all(ctx.db().read())
        .await?;
    let mut value = CustomerValue::default();
    for (currency, orders, total, refunded) in rows {
        value.orders += orders;
        let worth = total.unwrap_or_default() - refunded.unwrap_or_default();
        value.totals.push(Money::new(worth, currency.parse()?));
    }
    Ok(value)
}

/// What a customer has bought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerValue {
    pub orders: i64,
    /// One a currency.
    pub totals: Vec<Money>,
}

fn all() -> Select<order::Entity> {
    use order::Column as C;
    order::Entity::find()
        .select_only()
        .column_as(C::Id, "key")
        .column_as(C::Id, "id")
        .column_as(C::Number, "number")
        .column_as(C::Status, "status")
        .column_as(C::PaymentStatus, "payment_status")
        .column_as(C::Name, "name")
        .column_as(C::Email, "email")
        .column_as(C::Country, "country")
        .column_as(C::Currency, "currency")
        .column_as(C::UnitCount, "units")
        .column_as(C::TotalAmount, "total")
        .column_as(C::SellerCount, "sellers")
        .column_as(C::PlacedAt, "placed_at")
}

/// Filters on the order itself.
fn filter<E: EntityTrait>(select: Select<E>, query: &OrderQuery) -> Select<E> {
    use order::Column as C;
    select
        .apply_if(query.payment_status, |select, status| select.filter(C::PaymentStatus.eq(status.as_str())))
        .apply_if(query.placed_from, |select, from| select.filter(C::PlacedAt.gte(from)))
        .apply_if(query.placed_to, |select, to| select.filter(C::PlacedAt.lt(to)))
}

/// [`OrderRow::on_hold`] as a filter on the list, or its opposite; `status` is the column of
/// whatever the list's rows are.
fn on_hold(status: impl ColumnTrait, held: bool) -> Condition {
    let waits = OrderStatus::ALL.iter().filter(|status| status.waits()).map(|status| status.as_str());
    let holds = PaymentStatus::ALL.iter().filter(|status| status.holds()).map(|status| status.as_str());
    let both = Condition::all().add(status.is_in(waits)).add(order::Column::PaymentStatus.is_in(holds));
    if held { both } else { both.not() }
}

/// What was typed into the search box: a number, else (staff only) the beginning of an
/// email address.
fn text(query: &OrderQuery, staff: bool) -> Condition {
    let Some(typed) = query.q.as_deref().map(str::trim).filter(|typed| !typed.is_empty()) else {
        return Condition::all();
    };
    // A seller's part adds its place to the order's number.
    let whole =
        typed.rsplit_once('-').filter(|(front, _)| front.len() >= 9).map_or(typed, |(front, _)| front);
    match read_number(typed).or_else(|| read_number(whole)) {
        Some(number) => Condition::all().add(order::Column::Number.eq(number)),
        None if staff => {
            let start = typed.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            Condition::all().add(
                Expr::col((order::Entity, order::Column::EmailKey))
                    .like(LikeExpr::new(format!("{start}%")).escape('\\')),
            )
        }
        None => Condition::all().add(Expr::value(false)),
    }
}

/// One page by id, which grows with time.
async fn rows<E: EntityTrait>(
    ctx: &Ctx,
    select: Select<E>,
    id: impl ColumnTrait,
    paging: &PageQuery,
    staff: bool,
) -> Result<Page<OrderRow>> {
    let limit = page::limit(paging)?;
    let cursor = page::Cursor::<Uuid>::read(paging)?;
    let select = match &cursor {
        page::Cursor::Start => select.order_by_desc(id),
        page::Cursor::After(last) => select.filter(id.lt(*last)).order_by_desc(id),
        page::Cursor::Before(first) => select.filter(id.gt(*first)).order_by_asc(id),
    };
    let found = select.limit(limit + 1).into_model::<Row>().all(ctx.db().read()).await?;
    let page = page::build(found, limit, &cursor, |row| row.key);
    let mut failed = None;
    let page = page.map(|row| row_view(row, staff).map_err(|error| failed = Some(error)).ok());
    match failed {
        Some(error) => Err(error),
        None => Ok(Page {
            items: page.items.into_iter().flatten().collect(),
            next: page.next,
            prev: page.prev,
            total: page.total,
        }),
    }
}

fn row_view(row: Row, staff: bool) -> Result<OrderRow> {
    let currency: Currency = row.currency.parse()?;
    Ok(OrderRow {
        id: Id::new(row.id),
        number: row.number,
        status: read(&row.status)?,
        payment_status: read(&row.payment_status)?,
        name: row.name,
        email: staff.then_some(row.email),
        country: row.country,
        items: row.units,
        total: Money::new(row.total, currency),
        sellers: row.sellers,
        placed_at: row.placed_at,
    })
}
