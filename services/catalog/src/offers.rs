//! The summary of offers that lists and pages read: price of a SKU in a currency and
//! whether it can be bought, and the same for the whole product.
//!
//! Pricing and inventory write it in their own transactions. On PostgreSQL the product
//! is locked meanwhile, so that two changes never sum up without seeing each other;
//! whoever changes several SKUs in one transaction does so in the order of their ids.

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
    #[derive(FromQueryResult)]
    struct Row {
        product_id: Uuid,
        in_stock: bool,
        amount: Option<i64>,
        compare_at: Option<i64>,
    }
    let mut sql = Sql::new(
        "SELECT k.product_id, k.in_stock, o.amount, o.compare_at FROM sku k \
         LEFT JOIN offer_summary o ON o.sku_id = k.id AND o.currency = ",
    );
    sql.bind(currency.code()).push(" WHERE k.id = ").bind(sku.uuid());
    let row = sql.one::<Row>(tx).await?.ok_or_else(|| Error::not_found("SKU"))?;
    let wanted = price.map(|price| (price.price.amount, price.compare_at.map(|money| money.amount)));
    if row.amount.map(|amount| (amount, row.compare_at)) == wanted {
        return Ok(());
    }
    match wanted {
        Some((amount, compare_at)) => {
            let mut sql = Sql::new(
                "INSERT INTO offer_summary (sku_id, currency, product_id, amount, compare_at, in_stock, updated_at) VALUES (",
            );
            sql.bind(sku.uuid()).push(", ").bind(currency.code()).push(", ").bind(row.product_id).push(", ");
            sql.bind(amount)
                .push(", ")
                .bind(compare_at)
                .push(", ")
                .bind(row.in_stock)
                .push(", ")
                .bind(ctx.now);
            sql.push(
                ") ON CONFLICT (sku_id, currency) DO UPDATE SET amount = excluded.amount, compare_at = excluded.compare_at, \
                 updated_at = excluded.updated_at",
            );
            sql.execute(tx).await?;
        }
        None => {
            let mut sql = Sql::new("DELETE FROM offer_summary WHERE sku_id = ");
            sql.bind(sku.uuid()).push(" AND currency = ").bind(currency.code());
            sql.execute(tx).await?;
        }
    }
    summarise(tx, ctx, row.product_id).await
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
    if tx.get_database_backend() == DbBackend::Postgres {
        let mut sql = Sql::new("SELECT id FROM product WHERE id = ");
        sql.bind(product).push(" FOR NO KEY UPDATE");
        sql.execute(tx).await?;
    }
    let active = "FROM offer_summary o JOIN sku k ON k.id = o.sku_id JOIN variant v ON v.id = k.variant_id \
                  WHERE k.active AND v.active AND o.product_id = ";
    let mut sql = Sql::new("DELETE FROM product_summary WHERE product_id = ");
    sql.bind(product).push(" AND currency NOT IN (SELECT o.currency ").push(active).bind(product).push(")");
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
    sql.bind(ctx.now).push(time).push(active).bind(product).push(
        " GROUP BY o.product_id, o.currency ON CONFLICT (product_id, currency) DO UPDATE SET from_amount = excluded.from_amount, \
         to_amount = excluded.to_amount, compare_at = excluded.compare_at, in_stock = excluded.in_stock, \
         updated_at = excluded.updated_at",
    );
    sql.execute(tx).await?;
    touch(ctx, Part::Catalogue);
    Ok(())
}
