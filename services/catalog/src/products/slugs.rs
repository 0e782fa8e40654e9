//! Addresses of products: given once, kept for ever.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use stoa_catalog_entities::product_slug;
use stoa_kernel::{Ctx, Result, Tx, db};
use stoa_types::Uuid;

use super::codes::SLUG_TAKEN;

/// The locale slugs and texts are written in for now.
pub(crate) const LOCALE: &str = "en-gb";

/// Takes a slug for a new product: the one wished for or nothing, or a free one made
/// from `base`.
pub(crate) async fn take_slug(
    tx: &Tx,
    ctx: &Ctx,
    product: Uuid,
    wished: Option<&str>,
    base: &str,
) -> Result<String> {
    if let Some(slug) = wished {
        return if insert_slug(tx, ctx, product, slug).await? {
            Ok(slug.to_owned())
        } else {
            Err(slug_taken(slug))
        };
    }
    let base = if base.is_empty() { "product" } else { base };
    if insert_slug(tx, ctx, product, base).await? {
        return Ok(base.to_owned());
    }
    // The next number after those in use; somebody else may take it first.
    let mut number = next_number(tx, base).await?;
    loop {
        let slug = format!("{base}-{number}");
        if insert_slug(tx, ctx, product, &slug).await? {
            return Ok(slug);
        }
        number += 1;
    }
}

fn slug_taken(slug: &str) -> stoa_kernel::Error {
    SLUG_TAKEN
        .error("Another product has or had this address. Choose another.")
        .fact("slug", slug)
        .field("slug")
}

async fn next_number(tx: &Tx, base: &str) -> Result<u64> {
    let prefix = format!("{base}-");
    let used: Vec<String> = product_slug::Entity::find()
        .select_only()
        .column(product_slug::Column::Slug)
        .filter(product_slug::Column::Locale.eq(LOCALE))
        .filter(product_slug::Column::Slug.gte(prefix.clone()))
        // '.' follows '-' in the order both databases sort slugs by.
        .filter(product_slug::Column::Slug.lt(format!("{base}.")))
        .into_tuple()
        .all(tx)
        .await?;
    let numbers =
        used.iter().filter_map(|slug| slug.strip_prefix(&prefix)).filter_map(|rest| rest.parse::<u64>().ok());
    Ok(numbers.max().map_or(2, |number| number.saturating_add(1)))
}

async fn insert_slug(tx: &Tx, ctx: &Ctx, product: Uuid, slug: &str) -> Result<bool> {
    let row = product_slug::ActiveModel {
        locale: Set(LOCALE.to_owned()),
        slug: Set(slug.to_owned()),
        product_id: Set(product),
        current: Set(true),
        created_at: Set(ctx.now),
    };
    Ok(db::inserted(
        &product_slug::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(tx).await?,
    ))
}

/// Gives the product another slug. The former one stays its own and leads here; going
/// back to a former one is allowed.
pub(crate) async fn change_slug(tx: &Tx, ctx: &Ctx, product: Uuid, slug: &str) -> Result<()> {
    product_slug::Entity::update_many()
        .col_expr(product_slug::Column::Current, false.into())
        .filter(product_slug::Column::ProductId.eq(product))
        .filter(product_slug::Column::Locale.eq(LOCALE))
        .exec(tx)
        .await?;
    if insert_slug(tx, ctx, product, slug).await? {
        return Ok(());
    }
    let own = product_slug::Entity::update_many()
        .col_expr(product_slug::Column::Current, true.into())
        .filter(product_slug::Column::ProductId.eq(product))
        .filter(product_slug::Column::Locale.eq(LOCALE))
        .filter(product_slug::Column::Slug.eq(slug))
        .exec(tx)
        .await?;
    if own.rows_affected == 1 { Ok(()) } else { Err(slug_taken(slug)) }
}
