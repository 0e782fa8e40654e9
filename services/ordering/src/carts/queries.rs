//! Reading carts.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Statement,
};
use stoa_kernel::{Ctx, Error, Result};
use stoa_ordering_entities::{cart, cart_line};
use stoa_ordering_types::carts::CartView;
use stoa_payments::payments::owner_of;
use stoa_types::{Cart, Id};

use super::{
    READ, WRITE,
    view::{Facts, Rows, work_out},
};

/// The open cart of the caller's token. None without a token, with an unknown one, and
/// once the cart has become an order.
pub async fn current(ctx: &Ctx) -> Result<Option<CartView>> {
    match current_row(ctx.db().read(), ctx).await? {
        Some(cart) => Ok(Some(load(ctx.db().read(), ctx, cart).await?)),
        None => Ok(None),
    }
}

pub(super) async fn current_row(conn: &impl ConnectionTrait, ctx: &Ctx) -> Result<Option<cart::Model>> {
    let Some(token) = &ctx.cart_token else { return Ok(None) };
    let found = cart::Entity::find().filter(cart::Column::TokenHash.eq(owner_of(token))).one(conn).await?;
    Ok(found.filter(|cart| cart.state == "open"))
}

/// Units in the caller's open cart; 0 without one.
pub async fn count(ctx: &Ctx) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Sum {
        units: i64,
    }
    let Some(token) = &ctx.cart_token else { return Ok(0) };
    let sql = "SELECT CAST(COALESCE(SUM(l.quantity), 0) AS BIGINT) AS units FROM cart c JOIN cart_line l ON l.cart_id = c.id \
               WHERE c.token_hash = $1 AND c.state = 'open'";
    let query = Statement::from_sql_and_values(ctx.db().backend(), sql, [owner_of(token).into()]);
    Ok(Sum::find_by_statement(query).one(ctx.db().read()).await?.map_or(0, |sum| sum.units))
}

/// A cart. 404 when the caller may not open it.
pub async fn get(ctx: &Ctx, id: Id<Cart>) -> Result<CartView> {
    let conn = ctx.db().read();
    let cart =
        cart::Entity::find_by_id(id.uuid()).one(conn).await?.filter(|cart| opens(ctx, cart) || staff(ctx));
    load(conn, ctx, cart.ok_or_else(|| Error::not_found("cart"))?).await
}

/// Whether the caller may change this cart: by its token, as a platform program with the
/// permission, or as Stoa itself.
pub(crate) fn opens(ctx: &Ctx, cart: &cart::Model) -> bool {
    let by_token = ctx.cart_token.as_deref().is_some_and(|token| owner_of(token) == cart.token_hash);
    by_token || (ctx.may(WRITE) && ctx.seller.is_none())
}

fn staff(ctx: &Ctx) -> bool {
    ctx.may(READ) && ctx.seller.is_none()
}

async fn load(conn: &impl ConnectionTrait, ctx: &Ctx, cart: cart::Model) -> Result<CartView> {
    let lines = lines(conn, &cart).await?;
    let rows = Rows { cart, lines };
    let skus: Vec<_> = rows.lines.iter().map(|line| Id::new(line.sku_id)).collect();
    let facts = Facts::load(conn, ctx, rows.currency()?, rows.id(), &skus).await?;
    Ok(work_out(conn, ctx, &rows, facts).await?.view)
}

pub(super) async fn lines(conn: &impl ConnectionTrait, cart: &cart::Model) -> Result<Vec<cart_line::Model>> {
    Ok(cart_line::Entity::find()
        .filter(cart_line::Column::CartId.eq(cart.id))
        .order_by_asc(cart_line::Column::Position)
        .order_by_asc(cart_line::Column::Id)
        .all(conn)
        .await?)
}
