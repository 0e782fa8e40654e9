//! Reading products: lists for everybody, records for their seller and staff.

use sea_orm::{ConnectionTrait, FromQueryResult};
use stoa_catalog_types::{MediaView, ProductQuery, ProductStatus, ProductSummary, ProductView, SkuView};
use stoa_kernel::{
    Ctx, Error, Result, Scope,
    page::{self, Cursor},
};
use stoa_types::{Asset, Currency, DateTime, Id, Money, Page, PageQuery, Product, Sku, Utc, Uuid};

use super::{
    Details,
    codes::{PUBLISH, READ, WRITE},
    details,
    details::media_of,
    model,
};
use crate::{
    media::{PICTURE_COLUMNS, PictureRow},
    pim, sellers,
    sql::{Sql, anywhere},
    text,
};

/// What lists of products may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// Only what is published.
    Public,
    /// Everything in the scope.
    Scoped(Scope),
}

fn sight(ctx: &Ctx) -> Sight {
    if ctx.may(READ) {
        Sight::Scoped(ctx.seller.map_or(Scope::Platform, Scope::Seller))
    } else {
        Sight::Public
    }
}

#[derive(FromQueryResult)]
struct SummaryRow {
    id: Uuid,
    version: i64,
    status: String,
    title: String,
    slug: String,
    maker: Option<String>,
    seller_id: Uuid,
    thumbnail_id: Option<Uuid>,
    thumbnail_alt: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
    from_amount: Option<i64>,
    to_amount: Option<i64>,
    compare_at: Option<i64>,
    in_stock: Option<bool>,
    #[sea_orm(nested)]
    picture: PictureRow,
}

/// Products, the newest first. Visitors see what is published, sellers their own,
/// staff all. Price and stock come from the summary in the caller's currency.
pub async fn list(ctx: &Ctx, query: &ProductQuery) -> Result<Page<ProductSummary>> {
    let paging = PageQuery { after: query.after.clone(), limit: query.limit };
    let limit = page::limit(&paging)?;
    let cursor = Cursor::<Id<Product>>::read(&paging)?;
    let conn = ctx.db().read();
    let mut sql = Sql::new(
        "SELECT p.id, p.version, p.status, p.title, p.slug, p.maker, p.seller_id, p.thumbnail_id, p.thumbnail_alt, \
         p.created_at, p.updated_at, p.published_at, s.from_amount, s.to_amount, s.compare_at, s.in_stock, ",
    );
    sql.push(PICTURE_COLUMNS)
        .push(" FROM product p LEFT JOIN product_summary s ON s.product_id = p.id AND s.currency = ")
        .bind(ctx.currency.code())
        .push(" LEFT JOIN asset a ON a.id = p.thumbnail_id WHERE ");
    let status = match sight(ctx) {
        Sight::Public if query.status.is_some_and(|status| status != ProductStatus::Published) => {
            return Ok(Page { items: Vec::new(), next: None, prev: None, total: None });
        }
        Sight::Public => Some(ProductStatus::Published),
        Sight::Scoped(scope) => {
            if let Some(own) = scope.seller() {
                sql.push("p.seller_id = ").bind(own).push(" AND ");
            }
            query.status
        }
    };
    if let Some(status) = status {
        sql.push("p.status = ").bind(status.as_str()).push(" AND ");
    }
    if let Some(seller) = query.seller {
        sql.push("p.seller_id = ").bind(seller.uuid()).push(" AND ");
    }
    for word in words(query.q.as_deref().unwrap_or_default()) {
        sql.push("p.search_text LIKE ").bind(anywhere(&word)).push(" ESCAPE '!' AND ");
    }
    if let Some(path) = &query.category {
        let ids = path_ids(conn, ctx, path).await?.ok_or_else(|| Error::not_found("category"))?;
        sql.push("EXISTS (SELECT 1 FROM product_category c WHERE c.product_id = p.id AND c.category_id IN ")
            .list(ids)
            .push(") AND ");
    }
    match &cursor {
        Cursor::Start => sql.push("TRUE ORDER BY p.id DESC"),
        Cursor::After(id) => sql.push("p.id < ").bind(id.uuid()).push(" ORDER BY p.id DESC"),
        Cursor::Before(id) => sql.push("p.id > ").bind(id.uuid()).push(" ORDER BY p.id"),
    };
    sql.push(" LIMIT ").bind(limit as i64 + 1);
    let rows = sql.all::<SummaryRow>(conn).await?;
    let page = page::build(rows, limit, &cursor, |row| Id::<Product>::new(row.id));
    let owners: Vec<Uuid> = page.items.iter().map(|row| row.seller_id).collect();
    let names = sellers::names(conn, ctx, owners).await?;
    let money = |amount: Option<i64>| amount.map(|amount| Money::new(amount, ctx.currency));
    Ok(page.map(|row| ProductSummary {
        id: Id::new(row.id),
        version: row.version,
        status: model::status(&row.status),
        title: row.title,
        slug: row.slug,
        maker: row.maker,
        seller: names.get(&row.seller_id).cloned().unwrap_or_else(|| sellers::unknown(row.seller_id)),
        picture: row.thumbnail_id.map(|asset| row.picture.picture(asset, row.thumbnail_alt)),
        price_from: money(row.from_amount),
        price_to: money(row.to_amount),
        compare_at: money(row.compare_at),
        in_stock: row.in_stock.unwrap_or(false),
        created_at: row.created_at,
        updated_at: row.updated_at,
        published_at: row.published_at,
    }))
}

/// Words of a search, as they are looked for; at most eight.
pub fn words(q: &str) -> Vec<String> {
    let q: String = q.chars().take(200).collect();
    text::searchable(&q).split(' ').filter(|word| !word.is_empty()).take(8).map(str::to_owned).collect()
}

/// Ids of the category at this path and of all under it; None when there is none.
pub(crate) async fn path_ids(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    path: &str,
) -> Result<Option<Vec<Uuid>>> {
    let tree = pim::tree(conn, ctx).await?;
    Ok(tree.by_path(path).map(|node| tree.with_descendants(node)))
}

/// Price and stock of a SKU as they are now.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Offer {
    pub price: Option<Money>,
    pub compare_at: Option<Money>,
    pub in_stock: bool,
}

/// What of a product changes without its version: read anew each time.
pub(crate) struct Live {
    pub id: Uuid,
    pub version: i64,
    pub status: ProductStatus,
    pub seller: Uuid,
    pub offers: std::collections::HashMap<Id<Sku>, Offer>,
}

#[derive(FromQueryResult)]
struct LiveRow {
    id: Uuid,
    version: i64,
    status: String,
    seller_id: Uuid,
    sku_id: Option<Uuid>,
    in_stock: Option<bool>,
    amount: Option<i64>,
    compare_at: Option<i64>,
}

/// The product's version, status, prices and stock in one statement; `filter` says
/// which product (`p`).
pub(crate) async fn live(
    conn: &impl ConnectionTrait,
    currency: Currency,
    filter: impl FnOnce(&mut Sql),
) -> Result<Option<Live>> {
    let mut sql = Sql::new(
        "SELECT p.id, p.version, p.status, p.seller_id, k.id AS sku_id, k.in_stock, o.amount, o.compare_at FROM product p \
         LEFT JOIN sku k ON k.product_id = p.id LEFT JOIN offer_summary o ON o.sku_id = k.id AND o.currency = ",
    );
    sql.bind(currency.code()).push(" WHERE ");
    filter(&mut sql);
    let rows = sql.all::<LiveRow>(conn).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let (id, version, status, seller) =
        (first.id, first.version, model::status(&first.status), first.seller_id);
    let money = |amount: i64| Money::new(amount, currency);
    let offers = rows
        .iter()
        .filter_map(|row| {
            let offer = Offer {
                price: row.amount.map(money),
                compare_at: row.compare_at.map(money),
                in_stock: row.in_stock.unwrap_or(false),
            };
            Some((Id::new(row.sku_id?), offer))
        })
        .collect();
    Ok(Some(Live { id, version, status, seller, offers }))
}

/// The product's offers, for other parts of the catalogue.
pub(crate) fn offers_of(details: &Details, live: &Live) -> Vec<SkuView> {
    details
        .skus
        .iter()
        .map(|sku| {
            let offer = live.offers.get(&sku.id).copied().unwrap_or_default();
            SkuView {
                id: sku.id,
                version: sku.version,
                code: sku.code.clone(),
                variant: sku.variant,
                seller: sku.seller,
                options: sku.options.clone(),
                title: sku.title.clone(),
                gtin: sku.gtin.clone(),
                weight_grams: sku.weight_grams,
                active: sku.active,
                price: offer.price,
                compare_at: offer.compare_at,
                in_stock: offer.in_stock,
                picture: sku.picture,
            }
        })
        .collect()
}

/// A product: published for everybody, otherwise for its seller and staff; 404 for
/// everybody else.
pub async fn get(ctx: &Ctx, id: Id<Product>) -> Result<ProductView> {
    load(ctx.db().read(), ctx, id).await
}

/// The SKUs of a product with price and stock; visible like the product, and to
/// others than its seller and staff the offered ones only.
pub async fn skus(ctx: &Ctx, id: Id<Product>) -> Result<Vec<SkuView>> {
    Ok(get(ctx, id).await?.skus)
}

/// [`get`] on a connection of the caller's.
pub(crate) async fn load(conn: &impl ConnectionTrait, ctx: &Ctx, id: Id<Product>) -> Result<ProductView> {
    let missing = || Error::not_found("product");
    let by_id = |sql: &mut Sql| {
        sql.push("p.id = ").bind(id.uuid());
    };
    let live = live(conn, ctx.currency, by_id).await?.ok_or_else(missing)?;
    // Whoever may change it sees what became of it.
    let known = [READ, WRITE, PUBLISH].into_iter().any(|permission| ctx.may(permission));
    let own = known && ctx.seller.is_none_or(|seller| seller.uuid() == live.seller);
    if !own && live.status != ProductStatus::Published {
        return Err(missing());
    }
    let details = details::details(conn, ctx, live.id, live.version).await?;
    let mut skus = offers_of(&details, &live);
    if !own {
        skus.retain(|sku| sku.active);
    }
    let product = &details.product;
    Ok(ProductView {
        id,
        version: live.version,
        status: live.status,
        title: product.title.clone(),
        slug: product.slug.clone(),
        maker: product.maker.clone(),
        description: product.description.clone(),
        seller: details.seller.clone(),
        category: details.categories.first().filter(|_| product.category_id.is_some()).cloned(),
        categories: details.categories.clone(),
        tags: details.tags.clone(),
        attributes: details.attributes.clone(),
        options: details.options.clone(),
        skus,
        media: details.media.clone(),
        tax_class: product.tax_class.clone(),
        seo_title: product.seo_title.clone(),
        seo_description: product.seo_description.clone(),
        created_at: product.created_at,
        updated_at: product.updated_at,
        published_at: product.published_at,
        archived_at: product.archived_at,
    })
}

/// One SKU of a product just changed.
pub(crate) async fn sku_view(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    product: Id<Product>,
    sku: Id<Sku>,
) -> Result<SkuView> {
    let view = load(conn, ctx, product).await?;
    view.skus.into_iter().find(|known| known.id == sku).ok_or_else(|| Error::not_found("SKU"))
}

/// One picture of a product just changed.
pub(crate) async fn media_view(
    conn: &impl ConnectionTrait,
    product: Id<Product>,
    asset: Id<Asset>,
) -> Result<MediaView> {
    let media = media_of(conn, product.uuid()).await?;
    media.into_iter().find(|known| known.picture.asset == asset).ok_or_else(|| Error::not_found("picture"))
}
