//! Products as cards.

use std::collections::HashMap;

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, FromQueryResult};
use stoa_catalog_types::{Browse, PriceTag, ProductCard, Sort};
use stoa_kernel::{Ctx, Result, format};
use stoa_types::{Currency, DateTime, Id, Money, Product, Utc, Uuid};

use super::listing;
use crate::{
    media::{PICTURE_COLUMNS, PictureRow},
    sellers,
    sql::Sql,
};

/// How long a product counts as new.
const NEW: TimeDelta = TimeDelta::days(30);

#[derive(FromQueryResult)]
struct CardRow {
    id: Uuid,
    title: String,
    slug: String,
    maker: Option<String>,
    seller_id: Uuid,
    published_at: Option<DateTime<Utc>>,
    thumbnail_id: Option<Uuid>,
    thumbnail_alt: String,
    from_amount: i64,
    to_amount: i64,
    compare_at: Option<i64>,
    in_stock: bool,
    #[sea_orm(nested)]
    picture: PictureRow,
}

/// A price in words. `to` is the highest of several.
pub(crate) fn tag(ctx: &Ctx, currency: Currency, from: i64, to: i64, compare_at: Option<i64>) -> PriceTag {
    let now = Money::new(from, currency);
    let was = compare_at.filter(|was| *was > from).map(|was| Money::new(was, currency));
    PriceTag {
        now,
        now_text: format::money(now, &ctx.locale),
        was,
        was_text: was.map(|was| format::money(was, &ctx.locale)),
        from: to > from,
    }
}

/// These products as cards, in this order; those not sold now are left out.
pub async fn cards(ctx: &Ctx, products: &[Id<Product>]) -> Result<Vec<ProductCard>> {
    let ids: Vec<Uuid> = products.iter().map(|id| id.uuid()).collect();
    load(ctx.db().read(), ctx, &ids).await
}

pub(super) async fn load(conn: &impl ConnectionTrait, ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<ProductCard>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT p.id, p.title, p.slug, p.maker, p.seller_id, p.published_at, p.thumbnail_id, p.thumbnail_alt, s.from_amount, \
         s.to_amount, s.compare_at, s.in_stock, ",
    );
    sql.push(PICTURE_COLUMNS)
        .push(" FROM product p JOIN product_summary s ON s.product_id = p.id AND s.currency = ")
        .bind(ctx.currency.code())
        .push(" LEFT JOIN asset a ON a.id = p.thumbnail_id WHERE p.status = 'published' AND p.id IN ")
        .list(ids.iter().copied());
    let rows = sql.all::<CardRow>(conn).await?;
    let unnamed: Vec<Uuid> = rows.iter().filter(|row| row.maker.is_none()).map(|row| row.seller_id).collect();
    let names = sellers::names(conn, ctx, unnamed).await?;
    let mut found: HashMap<Uuid, ProductCard> = HashMap::with_capacity(rows.len());
    for row in rows {
        let price = tag(ctx, ctx.currency, row.from_amount, row.to_amount, row.compare_at);
        let reduced = price.was.map_or(0, |was| (was.amount - price.now.amount) * 100 / was.amount.max(1));
        let maker = row.maker.or_else(|| names.get(&row.seller_id).map(|seller| seller.name.clone()));
        let card = ProductCard {
            id: Id::new(row.id),
            title: row.title,
            slug: row.slug,
            maker: maker.unwrap_or_default(),
            price,
            picture: row.thumbnail_id.map(|asset| row.picture.picture(asset, row.thumbnail_alt)),
            in_stock: row.in_stock,
            new: row.published_at.is_some_and(|at| ctx.now - at < NEW),
            reduced_percent: u32::try_from(reduced).unwrap_or(0),
        };
        found.insert(row.id, card);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The first few hits of a search, for the search box.
pub async fn suggest(ctx: &Ctx, q: &str, limit: usize) -> Result<Vec<ProductCard>> {
    if crate::products::words(q).is_empty() {
        return Ok(Vec::new());
    }
    first(ctx, Browse { q: Some(q.to_owned()), ..Browse::default() }, limit).await
}

/// What was published last.
pub(crate) async fn newest(ctx: &Ctx, limit: usize) -> Result<Vec<ProductCard>> {
    first(ctx, Browse { sort: Sort::Newest, ..Browse::default() }, limit).await
}

/// What a category holds, what can be bought first; nothing for an unknown one.
pub(crate) async fn of_category(ctx: &Ctx, path: &str, limit: usize) -> Result<Vec<ProductCard>> {
    if crate::products::path_ids(ctx.db().read(), ctx, path).await?.is_none() {
        return Ok(Vec::new());
    }
    first(ctx, Browse { category: Some(path.to_owned()), ..Browse::default() }, limit).await
}

async fn first(ctx: &Ctx, browse: Browse, limit: usize) -> Result<Vec<ProductCard>> {
    let found = listing::first(ctx, &browse, limit).await?;
    cards(ctx, &found).await
}
