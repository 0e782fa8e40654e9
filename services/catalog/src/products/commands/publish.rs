use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter};
use stoa_catalog_entities::product;
use stoa_catalog_types::{ProductStatus, ProductView};
use stoa_kernel::{Ctx, Fields, Result, Tx};
use stoa_types::{Id, Product, Uuid};

use super::{entry, facts, tell};
use crate::{
    products::{codes::*, model, queries, store},
    sql::Sql,
};

/// Shows the product to shoppers.
///
/// Needs `products.publish`. 422 naming everything that is missing; 409 from a status
/// that does not lead there. Publishing what is published changes nothing.
pub async fn publish(ctx: &Ctx, id: Id<Product>) -> Result<ProductView> {
    let tx = ctx.db().begin().await?;
    publish_in(&tx, ctx, id).await?;
    ctx.db().commit(tx).await?;
    queries::load(ctx.db().read(), ctx, id).await
}

/// [`publish`] in the caller's transaction, after prices were set there; false when it
/// was published already.
pub async fn publish_in(tx: &Tx, ctx: &Ctx, id: Id<Product>) -> Result<bool> {
    let before = store::load_for_change(tx, ctx, id, PUBLISH).await?;
    let from = model::status(&before.status);
    if from == ProductStatus::Published {
        return Ok(false);
    }
    model::check_transition(from, ProductStatus::Published)?;
    gate(tx, &before).await?;
    move_to(tx, ctx, before, ProductStatus::Published, "product.published").await?;
    Ok(true)
}

/// Takes the product away from shoppers for good; orders keep naming it.
///
/// Needs `products.publish`. Archiving what is archived changes nothing.
pub async fn archive(ctx: &Ctx, id: Id<Product>) -> Result<ProductView> {
    move_alone(ctx, id, ProductStatus::Archived, "product.archived").await
}

/// Brings an archived product back as a draft. Needs `products.publish`.
pub async fn revive(ctx: &Ctx, id: Id<Product>) -> Result<ProductView> {
    move_alone(ctx, id, ProductStatus::Draft, "product.updated").await
}

async fn move_alone(
    ctx: &Ctx,
    id: Id<Product>,
    to: ProductStatus,
    event: &'static str,
) -> Result<ProductView> {
    let tx = ctx.db().begin().await?;
    let before = store::load_for_change(&tx, ctx, id, PUBLISH).await?;
    let from = model::status(&before.status);
    if from != to {
        model::check_transition(from, to)?;
        move_to(&tx, ctx, before, to, event).await?;
        ctx.db().commit(tx).await?;
    }
    queries::load(ctx.db().read(), ctx, id).await
}

async fn move_to(
    tx: &Tx,
    ctx: &Ctx,
    before: product::Model,
    to: ProductStatus,
    event: &'static str,
) -> Result<()> {
    let mut after = before.clone();
    after.status = to.as_str().to_owned();
    match to {
        ProductStatus::Published => {
            // The first day in the shop stays; a product that comes back is not new.
            after.published_at = before.published_at.or(Some(ctx.now));
            after.archived_at = None;
        }
        ProductStatus::Archived => after.archived_at = Some(ctx.now),
        _ => after.archived_at = None,
    }
    product::Entity::update_many()
        .col_expr(product::Column::Status, after.status.clone().into())
        .col_expr(product::Column::PublishedAt, after.published_at.into())
        .col_expr(product::Column::ArchivedAt, after.archived_at.into())
        .filter(product::Column::Id.eq(before.id))
        .exec(tx)
        .await?;
    let version = store::bump(tx, ctx, &before).await?;
    let entry = entry(event, &after).diff(&facts(&before), &facts(&after));
    tell(tx, ctx, event, &after, version, &["status"], entry).await
}

/// Everything a shopper must find: refuses with all that is missing at once.
async fn gate(tx: &Tx, product: &product::Model) -> Result<()> {
    let found = readiness(tx, product.id).await?;
    let mut fields = Fields::default();
    if fields.check(found.active > 0, "skus", NO_ACTIVE_VARIANT, "Add a variant that is offered.") {
        let message = match found.unpriced {
            1 if found.active == 1 => "Set a price.".to_owned(),
            count => format!("Set a price for {count} of {} variants.", found.active),
        };
        fields.check(found.unpriced == 0, "skus", NO_PRICE, &message);
    }
    fields.check(found.pictures > 0, "media", NO_PICTURE, "Add a picture and say what it shows.");
    fields.check(product.category_id.is_some(), "category", NO_CATEGORY, "Choose a category.");
    fields.finish()
}

#[derive(FromQueryResult)]
struct Readiness {
    active: i64,
    unpriced: i64,
    pictures: i64,
}

async fn readiness(tx: &Tx, product: Uuid) -> Result<Readiness> {
    let active = "FROM sku k JOIN variant v ON v.id = k.variant_id WHERE k.product_id = p.id AND k.active AND v.active";
    let mut sql = Sql::new("SELECT (SELECT COUNT(*) ");
    sql.push(active)
        .push(") AS active, (SELECT COUNT(*) ")
        .push(active)
        .push(" AND NOT EXISTS (SELECT 1 FROM offer_summary o WHERE o.sku_id = k.id)) AS unpriced, ")
        // A picture on its way counts; one that could not be had does not.
        .push(
            "(SELECT COUNT(*) FROM product_media m JOIN asset a ON a.id = m.asset_id \
              WHERE m.product_id = p.id AND m.alt <> '' AND a.state <> 'failed') AS pictures \
             FROM product p WHERE p.id = ",
        )
        .bind(product);
    let none = Readiness { active: 0, unpriced: 0, pictures: 0 };
    Ok(sql.one(tx).await?.unwrap_or(none))
}
