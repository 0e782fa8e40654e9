//! The summary of offers that lists and pages read: price of a SKU in a currency and
//! whether it can be bought, and the same for the whole product.
//!
//! Pricing and inventory write it in their own transactions. On PostgreSQL the product
//! is locked meanwhile, so that two changes never sum up without seeing each other;
//! whoever changes several SKUs in one transaction does so in the order of their ids.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use stoa_kernel::{Ctx, Error, Result, Tx};
use stoa_types::{Currency, Id, Money, Sku, Uuid};

use crate::{
    cache::{Part, touch},
    sql::Sql,
};

/// What a SKU costs in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferPrice {
    /// Tax included.
    pub price: Money,
    /// The former price, above `price`.
    pub compare_at: Option<Money>,
}

/// Records what a SKU costs in `currency` from now on, or that it has no price there.
/// Writes nothing when it is recorded already.
pub async fn record_price(
    tx: &Tx,
    ctx: &Ctx,
    sku: Id<Sku>,
    currency: Currency,
    price: Option<OfferPrice>,
) -> Result<()> {
    record_prices(tx, ctx, currency, &[(sku, price)]).await
}

/// [`record_price`] of many SKUs in a handful of statements; each product is summed up
/// once. 404 when one of the SKUs is unknown.
pub async fn record_prices(
    tx: &Tx,
    ctx: &Ctx,
    currency: Currency,
    prices: &[(Id<Sku>, Option<OfferPrice>)],
) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        product_id: Uuid,
        in_stock: bool,
        amount: Option<i64>,
        compare_at: Option<i64>,
    }
    if prices.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(
        "SELECT k.id, k.product_id, k.in_stock, o.amount, o.compare_at FROM sku k \
         LEFT JOIN offer_summary o ON o.sku_id = k.id AND o.currency = ",
    );
    sql.bind(currency.code()).push(" WHERE k.id IN ").list(prices.iter().map(|price| price.0.uuid()));
    let rows: HashMap<Uuid, Row> = sql.all::<Row>(tx).await?.into_iter().map(|row| (row.id, row)).collect();
    let (mut products, mut gone, mut values) = (BTreeSet::new(), Vec::new(), 0);
    let mut insert = Sql::new(
        "INSERT INTO offer_summary (sku_id, currency, product_id, amount, compare_at, in_stock, updated_at) VALUES ",
    );
    for (sku, price) in prices {
        let row = rows.get(&sku.uuid()).ok_or_else(|| Error::not_found("SKU"))?;
        let wanted = price.map(|price| (price.price.amount, price.compare_at.map(|money| money.amount)));
        if row.amount.map(|amount| (amount, row.compare_at)) == wanted {
            continue;
        }
        products.insert(row.product_id);
        let Some((amount, compare_at)) = wanted else {
            gone.push(row.id);
            continue;
        };
        insert.push(if values == 0 { "(" } else { ", (" });
        insert.bind(row.id).push(", ").bind(currency.code()).push(", ").bind(row.product_id).push(", ");
        insert.bind(amount).push(", ").bind(compare_at).push(", ").bind(row.in_stock).push(", ");
        insert.bind(ctx.now).push(")");
        values += 1;
    }
    if values > 0 {
        insert.push(
            " ON CONFLICT (sku_id, currency) DO UPDATE SET amount = excluded.amount, compare_at = excluded.compare_at, \
             updated_at = excluded.updated_at",
        );
        insert.execute(tx).await?;
    }
    if !gone.is_empty() {
        let mut sql = Sql::new("DELETE FROM offer_summary WHERE currency = ");
        sql.bind(currency.code()).push(" AND sku_id IN ").list(gone);
        sql.execute(tx).await?;
    }
    summarise_all(tx, ctx, &products).await
}

/// Records whether a SKU can be bought. Writes nothing when it is recorded already, so
/// it may be called whenever stock moves.
pub async fn record_stock(tx: &Tx, ctx: &Ctx, sku: Id<Sku>, in_stock: bool) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        product_id: Uuid,
    }
    let mut sql = Sql::new("UPDATE sku SET in_stock = ");
    sql.bind(in_stock)
        .push(" WHERE id = ")
        .bind(sku.uuid())
        .push(" AND in_stock <> ")
        .bind(in_stock)
        .push(" RETURNING product_id");
    let Some(row) = sql.one::<Row>(tx).await? else { return Ok(()) };
    let mut sql = Sql::new("UPDATE offer_summary SET in_stock = ");
    sql.bind(in_stock).push(", updated_at = ").bind(ctx.now).push(" WHERE sku_id = ").bind(sku.uuid());
    sql.execute(tx).await?;
    summarise(tx, ctx, row.product_id).await
}

/// Sums the active offers of a product up, in each currency.
pub(crate) async fn summarise(tx: &Tx, ctx: &Ctx, product: Uuid) -> Result<()> {
    summarise_all(tx, ctx, &BTreeSet::from([product])).await
}

/// [`summarise`] for many products at once.
async fn summarise_all(tx: &Tx, ctx: &Ctx, products: &BTreeSet<Uuid>) -> Result<()> {
    if products.is_empty() {
        return Ok(());
    }
    let these = || products.iter().copied();
    if tx.get_database_backend() == DbBackend::Postgres {
        // In one order for everybody, so that nobody waits for each other in a circle.
        let mut sql = Sql::new("SELECT id FROM product WHERE id IN ");
        sql.list(these()).push(" ORDER BY id FOR NO KEY UPDATE");
        sql.execute(tx).await?;
    }
    let active = "FROM offer_summary o JOIN sku k ON k.id = o.sku_id JOIN variant v ON v.id = k.variant_id \
                  WHERE k.active AND v.active AND o.product_id ";
    let mut sql = Sql::new("DELETE FROM product_summary WHERE product_id IN ");
    sql.list(these())
        .push(" AND currency NOT IN (SELECT o.currency ")
        .push(active)
        .push("= product_summary.product_id)");
    sql.execute(tx).await?;
    let mut sql = Sql::new(
        "INSERT INTO product_summary (product_id, currency, from_amount, to_amount, compare_at, in_stock, updated_at) \
         SELECT o.product_id, o.currency, MIN(o.amount), MAX(o.amount), \
         (SELECT c.compare_at FROM offer_summary c JOIN sku ck ON ck.id = c.sku_id JOIN variant cv ON cv.id = ck.variant_id \
          WHERE c.product_id = o.product_id AND c.currency = o.currency AND ck.active AND cv.active \
          ORDER BY c.amount, c.sku_id LIMIT 1), \
         MAX(CASE WHEN o.in_stock THEN 1 ELSE 0 END) = 1, CAST(",
    );
    let time =
        if tx.get_database_backend() == DbBackend::Postgres { " AS timestamptz) " } else { " AS text) " };
    sql.bind(ctx.now).push(time).push(active).push("IN ").list(these()).push(
        " GROUP BY o.product_id, o.currency ON CONFLICT (product_id, currency) DO UPDATE SET from_amount = excluded.from_amount, \
         to_amount = excluded.to_amount, compare_at = excluded.compare_at, in_stock = excluded.in_stock, \
         updated_at = excluded.updated_at",
    );
    sql.execute(tx).await?;
    touch(ctx, Part::Catalogue);
    Ok(())
}
