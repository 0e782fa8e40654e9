//! The product page.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use stoa_catalog_entities::product_slug;
use stoa_catalog_types::{AssetState, OfferView, ProductCard, ProductLookup, ProductPage, ProductStatus};
use stoa_kernel::{Ctx, Error, Result};
use stoa_types::Uuid;

use super::cards;
use crate::{
    cache::{Copies, Part},
    products::{self, Details, Live, live, offers_of, slugs::LOCALE},
    sql::Sql,
};

/// Similar products shown.
const SIMILAR: usize = 8;

/// What the address of a product leads to; 404 where it never was one, or is one that
/// is not published yet.
pub async fn product_page(ctx: &Ctx, slug: &str) -> Result<ProductLookup> {
    let missing = || Error::not_found("product");
    let conn = ctx.db().read();
    let by_slug = |sql: &mut Sql| {
        sql.push("p.id = (SELECT l.product_id FROM product_slug l WHERE l.locale = ").bind(LOCALE);
        sql.push(" AND l.slug = ").bind(slug).push(")");
    };
    let live = live(conn, ctx.currency, by_slug).await?.ok_or_else(missing)?;
    if !matches!(live.status, ProductStatus::Published | ProductStatus::Archived) {
        return Err(missing());
    }
    let details = products::details(conn, ctx, live.id, live.version).await?;
    if details.product.slug != slug && is_former(ctx, live.id, slug).await? {
        return Ok(ProductLookup::Moved { slug: details.product.slug.clone() });
    }
    if live.status == ProductStatus::Archived {
        // A product that came back as a draft and went again was never shown since.
        details.product.published_at.ok_or_else(missing)?;
        let similar = similar(ctx, &details).await?;
        let (title, breadcrumb) = (details.product.title.clone(), details.breadcrumb.clone());
        return Ok(ProductLookup::Gone { title, breadcrumb, similar });
    }
    let similar = similar(ctx, &details).await?;
    Ok(ProductLookup::Found { page: Box::new(page(ctx, &details, &live, similar)) })
}

/// Whether the product is called otherwise by now. Details may be a moment old.
async fn is_former(ctx: &Ctx, product: Uuid, slug: &str) -> Result<bool> {
    let current: Option<bool> = product_slug::Entity::find_by_id((LOCALE.to_owned(), slug.to_owned()))
        .select_only()
        .column(product_slug::Column::Current)
        .filter(product_slug::Column::ProductId.eq(product))
        .into_tuple()
        .one(ctx.db().read())
        .await?;
    Ok(current == Some(false))
}

fn page(ctx: &Ctx, details: &Details, live: &Live, similar: Vec<ProductCard>) -> ProductPage {
    let product = &details.product;
    let mut skus = offers_of(details, live);
    skus.retain(|sku| sku.active);
    let prices = || {
        skus.iter()
            .filter_map(|sku| sku.price.map(|price| (price.amount, sku.compare_at.map(|was| was.amount))))
    };
    let cheapest = prices().min_by_key(|price| price.0);
    let dearest = prices().map(|price| price.0).max();
    let price = cheapest.map(|(from, was)| cards::tag(ctx, ctx.currency, from, dearest.unwrap_or(from), was));
    // What cannot be had is not shown to shoppers.
    let shown = details.media.iter().filter(|media| media.state != AssetState::Failed);
    ProductPage {
        id: live.id.into(),
        title: product.title.clone(),
        slug: product.slug.clone(),
        maker: product.maker.clone(),
        description_html: product.description.clone(),
        seller: details.seller.clone(),
        breadcrumb: details.breadcrumb.clone(),
        gallery: shown.map(|media| media.picture.clone()).collect(),
        options: details.options.clone(),
        price,
        in_stock: skus.iter().any(|sku| sku.in_stock && sku.price.is_some()),
        offers: skus
            .into_iter()
            .map(|sku| OfferView {
                sku: sku.id,
                price: sku.price.map(|price| {
                    cards::tag(
                        ctx,
                        ctx.currency,
                        price.amount,
                        price.amount,
                        sku.compare_at.map(|was| was.amount),
                    )
                }),
                options: sku.options,
                title: sku.title,
                in_stock: sku.in_stock,
                picture: sku.picture,
            })
            .collect(),
        attributes: details.attributes.clone(),
        similar,
        seo_title: product.seo_title.clone(),
        seo_description: product.seo_description.clone(),
    }
}

/// Path of a category and the reader's currency.
type SimilarIn = (String, stoa_types::Currency);

static SIMILAR_CARDS: LazyLock<Copies<SimilarIn, Arc<Vec<ProductCard>>>> =
    LazyLock::new(|| Copies::new(Part::Catalogue, 1_000, Duration::from_secs(30)));

/// Others of the primary category, what can be bought first.
async fn similar(ctx: &Ctx, details: &Details) -> Result<Vec<ProductCard>> {
    let id = details.product.id;
    let Some(category) = details.breadcrumb.last() else { return Ok(Vec::new()) };
    // One more than is shown: the product itself may be among them.
    let load = async { Ok(Arc::new(cards::of_category(ctx, &category.path, SIMILAR + 1).await?)) };
    let found = SIMILAR_CARDS.get(ctx, (category.path.clone(), ctx.currency), load).await?;
    Ok(found.iter().filter(|card| card.id.uuid() != id).take(SIMILAR).cloned().collect())
}
