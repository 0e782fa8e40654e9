//! SKUs as other areas need them: what a line is, and which SKU a text means.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, FromQueryResult};
use stoa_catalog_types::SkuCard;
use stoa_kernel::{Ctx, Error, Result};
use stoa_types::{Id, Seller, Sku, Uuid};

use crate::{
    media::{PICTURE_COLUMNS, PictureRow},
    sql::Sql,
    text,
};

#[derive(FromQueryResult)]
struct CardRow {
    sku_id: Uuid,
    code: String,
    product_id: Uuid,
    variant_id: Uuid,
    seller_id: Uuid,
    title: String,
    slug: String,
    options: String,
    weight_grams: Option<i64>,
    tax_class: String,
    sellable: bool,
    asset_id: Option<Uuid>,
    #[sea_orm(nested)]
    picture: PictureRow,
}

/// What carts, orders and parcels show of these SKUs, in one statement. Archived and
/// unpublished ones are found too and not `sellable`; unknown ones are missing.
pub async fn sku_cards(
    conn: &impl ConnectionTrait,
    _: &Ctx,
    skus: &[Id<Sku>],
) -> Result<HashMap<Id<Sku>, SkuCard>> {
    if skus.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new(
        "SELECT k.id AS sku_id, k.code, k.product_id, k.variant_id, k.seller_id, p.title, p.slug, v.title AS options, \
         v.weight_grams, p.tax_class, (k.active AND v.active AND p.status = 'published') AS sellable, \
         COALESCE(v.asset_id, p.thumbnail_id) AS asset_id, ",
    );
    sql.push(PICTURE_COLUMNS)
        .push(
            " FROM sku k JOIN variant v ON v.id = k.variant_id JOIN product p ON p.id = k.product_id \
             LEFT JOIN asset a ON a.id = COALESCE(v.asset_id, p.thumbnail_id) WHERE k.id IN ",
        )
        .list(skus.iter().map(|sku| sku.uuid()));
    let rows = sql.all::<CardRow>(conn).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let card = SkuCard {
                sku: Id::new(row.sku_id),
                code: row.code,
                product: Id::new(row.product_id),
                variant: Id::new(row.variant_id),
                seller: Id::new(row.seller_id),
                picture: row.asset_id.map(|asset| row.picture.picture(asset, row.title.clone())),
                title: row.title,
                slug: row.slug,
                options: row.options,
                weight_grams: row.weight_grams.unwrap_or(0),
                tax_class: row.tax_class,
                sellable: row.sellable,
            };
            (card.sku, card)
        })
        .collect())
}

/// The SKU a route's text means: its id, or the seller's own code where the caller
/// works for one seller. 404 for anything else.
pub async fn resolve_sku(conn: &impl ConnectionTrait, ctx: &Ctx, text: &str) -> Result<Id<Sku>> {
    let found = resolve_skus(conn, ctx, &[text.to_owned()]).await?;
    found.get(text).map(|found| found.0).ok_or_else(|| Error::not_found("SKU"))
}

#[derive(FromQueryResult)]
struct ResolvedRow {
    id: Uuid,
    code_key: String,
    seller_id: Uuid,
}

/// [`resolve_sku`] for many, with each SKU's seller. A caller of one seller finds that
/// seller's only; what is not found is missing.
pub async fn resolve_skus(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    texts: &[String],
) -> Result<HashMap<String, (Id<Sku>, Id<Seller>)>> {
    if texts.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Id<Sku>> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    let mut sql = Sql::new("SELECT k.id, k.code_key, k.seller_id FROM sku k WHERE ");
    match ctx.seller {
        Some(seller) => {
            sql.push("k.seller_id = ")
                .bind(seller.uuid())
                .push(" AND (k.id IN ")
                .list(ids.iter().map(|id| id.uuid()));
            sql.push(" OR k.code_key IN ").list(texts.iter().map(|code| text::key(code))).push(")");
        }
        None if ids.is_empty() => return Ok(HashMap::new()),
        None => {
            sql.push("k.id IN ").list(ids.iter().map(|id| id.uuid()));
        }
    }
    let rows = sql.all::<ResolvedRow>(conn).await?;
    let mut found = HashMap::with_capacity(texts.len());
    for text in texts {
        let id: Option<Id<Sku>> = text.parse().ok();
        let key = text::key(text);
        let row = rows.iter().find(|row| match id {
            Some(id) => row.id == id.uuid(),
            None => row.code_key == key,
        });
        if let Some(row) = row {
            found.insert(text.clone(), (Id::new(row.id), Id::new(row.seller_id)));
        }
    }
    Ok(found)
}

/// Whose SKU it is; 404 when there is none.
pub async fn sku_seller(conn: &impl ConnectionTrait, sku: Id<Sku>) -> Result<Id<Seller>> {
    #[derive(FromQueryResult)]
    struct Row {
        seller_id: Uuid,
    }
    let mut sql = Sql::new("SELECT seller_id FROM sku WHERE id = ");
    sql.bind(sku.uuid());
    let row = sql.one::<Row>(conn).await?.ok_or_else(|| Error::not_found("SKU"))?;
    Ok(Id::new(row.seller_id))
}
