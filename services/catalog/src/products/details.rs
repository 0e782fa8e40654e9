//! Everything of a product but prices, stock and status, kept by version.
//!
//! A product of one version never changes, so a copy keyed by it can only be out of
//! date in names of others (seller, category) and in how far its pictures are, for half
//! a minute. Prices and stock are read anew each time.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult};
use stoa_catalog_entities::product;
use stoa_catalog_types::{AttributeView, CategoryRef, MediaView, OptionValueView, OptionView, SellerRef};
use stoa_kernel::{Ctx, Error, Result};
use stoa_types::{Asset, Id, Seller, Sku, Uuid, Variant};

use super::store;
use crate::{
    cache::{Copies, Part},
    media, pim, sellers,
    sql::Sql,
    text,
};

/// A SKU without price and stock.
#[derive(Debug, Clone)]
pub(crate) struct SkuDetails {
    pub id: Id<Sku>,
    pub code: String,
    pub variant: Id<Variant>,
    pub seller: Id<Seller>,
    pub options: Vec<String>,
    pub title: String,
    pub version: i64,
    pub gtin: Option<String>,
    pub weight_grams: Option<i64>,
    pub active: bool,
    pub picture: Option<Id<Asset>>,
}

/// A product of one version.
pub(crate) struct Details {
    pub product: product::Model,
    pub seller: SellerRef,
    pub categories: Vec<CategoryRef>,
    /// From the root to the primary category.
    pub breadcrumb: Vec<CategoryRef>,
    pub tags: Vec<String>,
    pub attributes: Vec<AttributeView>,
    pub options: Vec<OptionView>,
    pub skus: Vec<SkuDetails>,
    pub media: Vec<MediaView>,
}

static DETAILS: LazyLock<Copies<(Uuid, i64), Arc<Details>>> =
    LazyLock::new(|| Copies::new(Part::Media, 4_000, Duration::from_secs(30)));

/// The product's details; `version` as read just now.
pub(crate) async fn details(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: Uuid,
    version: i64,
) -> Result<Arc<Details>> {
    DETAILS.get(ctx, (id, version), async { Ok(Arc::new(load(conn, ctx, id).await?)) }).await
}

async fn load(conn: &impl ConnectionTrait, ctx: &Ctx, id: Uuid) -> Result<Details> {
    let mut product =
        product::Entity::find_by_id(id).one(conn).await?.ok_or_else(|| Error::not_found("product"))?;
    // Cleaned when it was written, and again here, should the rules have become stricter.
    product.description = text::safe_html(&product.description);
    let axes = store::axes(conn, id).await?;
    let tree = pim::tree(conn, ctx).await?;
    let categories = store::category_ids(conn, id).await?;
    let categories: Vec<CategoryRef> = categories.into_iter().filter_map(|id| tree.reference(id)).collect();
    let breadcrumb = product.category_id.map(|id| tree.breadcrumb(id)).unwrap_or_default();
    let options = axes
        .iter()
        .map(|axis| OptionView {
            name: axis.name.clone(),
            key: text::slug(&axis.key),
            values: axis
                .values
                .iter()
                .map(|(_, value)| OptionValueView {
                    value: value.value.clone(),
                    colour: pim::colour_of(&value.key),
                })
                .collect(),
        })
        .collect();
    Ok(Details {
        seller: sellers::name(conn, ctx, product.seller_id).await?,
        tags: store::tag_names(conn, id).await?.into_iter().map(|(name, _)| name).collect(),
        attributes: pim::attributes_of(conn, id).await?,
        skus: skus(conn, id, &axes).await?,
        media: media_of(conn, id).await?,
        options,
        categories,
        breadcrumb,
        product,
    })
}

#[derive(FromQueryResult)]
struct SkuRow {
    id: Uuid,
    version: i64,
    code: String,
    active: bool,
    seller_id: Uuid,
    variant_id: Uuid,
    title: String,
    gtin: Option<String>,
    weight_grams: Option<i64>,
    asset_id: Option<Uuid>,
}

#[derive(FromQueryResult)]
struct ChoiceRow {
    variant_id: Uuid,
    option_id: Uuid,
    value_id: Uuid,
}

async fn skus(
    conn: &impl ConnectionTrait,
    product: Uuid,
    axes: &[store::StoredAxis],
) -> Result<Vec<SkuDetails>> {
    let mut sql = Sql::new(
        "SELECT k.id, k.version, k.code, (k.active AND v.active) AS active, k.seller_id, v.id AS variant_id, v.title, v.gtin, v.weight_grams, \
         v.asset_id FROM sku k JOIN variant v ON v.id = k.variant_id WHERE k.product_id = ",
    );
    sql.bind(product).push(" ORDER BY v.position, k.id");
    let rows = sql.all::<SkuRow>(conn).await?;
    let mut chosen: HashMap<Uuid, HashMap<Uuid, Uuid>> = HashMap::new();
    if !axes.is_empty() {
        let mut sql = Sql::new(
            "SELECT c.variant_id, c.option_id, c.value_id FROM variant_option c JOIN variant v ON v.id = c.variant_id \
             WHERE v.product_id = ",
        );
        sql.bind(product);
        for row in sql.all::<ChoiceRow>(conn).await? {
            chosen.entry(row.variant_id).or_default().insert(row.option_id, row.value_id);
        }
    }
    let value_of = |variant: Uuid, axis: &store::StoredAxis| {
        let value = chosen.get(&variant)?.get(&axis.id)?;
        axis.values.iter().find(|(id, _)| id == value).map(|(_, value)| value.value.clone())
    };
    Ok(rows
        .into_iter()
        .map(|row| SkuDetails {
            id: Id::new(row.id),
            version: row.version,
            code: row.code,
            variant: Id::new(row.variant_id),
            seller: Id::new(row.seller_id),
            options: axes.iter().map(|axis| value_of(row.variant_id, axis).unwrap_or_default()).collect(),
            title: row.title,
            gtin: row.gtin,
            weight_grams: row.weight_grams,
            active: row.active,
            picture: row.asset_id.map(Id::new),
        })
        .collect())
}

#[derive(FromQueryResult)]
struct MediaRow {
    asset_id: Uuid,
    position: i32,
    alt: String,
    error: Option<String>,
    #[sea_orm(nested)]
    asset: media::PictureRow,
}

/// The product's pictures in order, failed ones included.
pub(crate) async fn media_of(conn: &impl ConnectionTrait, product: Uuid) -> Result<Vec<MediaView>> {
    let mut sql = Sql::new("SELECT m.asset_id, m.position, m.alt, a.error, ");
    sql.push(media::PICTURE_COLUMNS)
        .push(" FROM product_media m JOIN asset a ON a.id = m.asset_id WHERE m.product_id = ")
        .bind(product)
        .push(" ORDER BY m.position");
    let rows = sql.all::<MediaRow>(conn).await?;
    Ok(rows
        .into_iter()
        .map(|row| MediaView {
            position: row.position.max(0) as u32,
            state: row.asset.state(),
            error: row.error,
            picture: row.asset.picture(row.asset_id, row.alt),
        })
        .collect())
}
