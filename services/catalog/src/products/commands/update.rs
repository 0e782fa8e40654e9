use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use stoa_catalog_entities::product;
use stoa_catalog_types::{Change, ProductView, UpdateProduct};
use stoa_kernel::{Ctx, Error, Fields, Result};
use stoa_types::{Category, Id, Product};

use super::{entry, facts, tell};
use crate::{
    pim,
    products::{codes::*, model, queries, slugs, store},
    text,
};

/// Changes a product of which the caller knows `version`.
///
/// Needs `products.write`. 412 with the current version when somebody was faster; a
/// change that changes nothing writes nothing.
pub async fn update(ctx: &Ctx, id: Id<Product>, version: i64, input: UpdateProduct) -> Result<ProductView> {
    let mut fields = Fields::default();
    let title = input.title.as_deref().map(|title| model::title(title, &mut fields));
    let slug = input.slug.as_deref().map(str::trim);
    if let Some(slug) = slug {
        fields.check(
            text::is_slug(slug),
            "slug",
            SLUG_INVALID,
            "Use lower-case letters, digits and hyphens, such as salt-glazed-jug.",
        );
    }
    let maker = line(input.maker, "maker", 120, &mut fields);
    let description = input.description.as_deref().map(|html| model::description(html, &mut fields));
    let tags = input.tags.as_deref().map(|tags| model::tags(tags, &mut fields));
    let attributes = input.attributes.as_deref().map(|attributes| model::attributes(attributes, &mut fields));
    let tax_class = input.tax_class.as_deref().map(|class| model::tax_class(Some(class), &mut fields));
    let seo_title = line(input.seo_title, "seo_title", 255, &mut fields);
    let seo_description = line(input.seo_description, "seo_description", 500, &mut fields);
    fields.finish()?;

    let tx = ctx.db().begin().await?;
    let before = store::load_for_change(&tx, ctx, id, WRITE).await?;
    if before.version != version {
        return Err(Error::stale(before.version));
    }
    let mut after = before.clone();
    after.title = title.unwrap_or(after.title);
    after.maker = maker.apply(after.maker);
    after.description = description.unwrap_or(after.description);
    after.tax_class = tax_class.unwrap_or(after.tax_class);
    after.seo_title = seo_title.apply(after.seo_title);
    after.seo_description = seo_description.apply(after.seo_description);
    after.slug = slug.map_or(after.slug, str::to_owned);

    let mut changed = changed_columns(&before, &after);
    if before.slug != after.slug {
        slugs::change_slug(&tx, ctx, before.id, &after.slug).await?;
    }
    if let Some(tags) = &tags
        && store::set_tags(&tx, ctx, before.id, tags, false).await?
    {
        changed.push("tags");
    }
    let categories = wanted_categories(&tx, before.id, input.category, input.categories).await?;
    write_product(&tx, &mut after, categories.as_deref(), &mut changed).await?;
    if let Some(attributes) = &attributes {
        let axes: Vec<_> = store::axes(&tx, before.id).await?.iter().map(store::StoredAxis::axis).collect();
        if pim::set_attributes(&tx, ctx, before.id, attributes, &axes, false).await? {
            changed.push("attributes");
        }
    }
    if changed.is_empty() {
        tx.rollback().await?;
        return queries::load(ctx.db().read(), ctx, id).await;
    }
    let version = store::bump(&tx, ctx, &before).await?;
    let entry = entry("product.updated", &after).diff(&facts(&before), &facts(&after));
    tell(&tx, ctx, "product.updated", &after, version, &changed, entry).await?;
    ctx.db().commit(tx).await?;
    queries::load(ctx.db().read(), ctx, id).await
}

fn line(change: Change<String>, field: &str, longest: usize, fields: &mut Fields) -> Change<String> {
    match change {
        Change::Set(text) => {
            model::optional_line(Some(&text), field, longest, fields).map_or(Change::Clear, Change::Set)
        }
        other => other,
    }
}

/// The categories after the change, or None when they are not touched.
async fn wanted_categories(
    tx: &stoa_kernel::Tx,
    product: stoa_types::Uuid,
    primary: Change<Id<Category>>,
    others: Option<Vec<Id<Category>>>,
) -> Result<Option<Vec<Id<Category>>>> {
    if primary.is_keep() && others.is_none() {
        return Ok(None);
    }
    let current: Vec<Id<Category>> =
        store::category_ids(tx, product).await?.into_iter().map(Id::new).collect();
    let primary = primary.apply(current.first().copied());
    let others = others.unwrap_or_else(|| current.into_iter().skip(1).collect());
    // Without a primary one there are no others either: the first would become it.
    Ok(Some(primary.into_iter().chain(others).collect()))
}

/// Writes the product's own columns and, where given, its categories, and what it is
/// searched by; `changed` names what differs so far and gets the categories added.
pub(super) async fn write_product(
    tx: &stoa_kernel::Tx,
    after: &mut product::Model,
    categories: Option<&[Id<Category>]>,
    changed: &mut Vec<&'static str>,
) -> Result<()> {
    if let Some(wanted) = categories
        && store::set_categories(tx, after.id, wanted, false).await?
    {
        after.category_id = wanted.first().map(|category| category.uuid());
        changed.push("categories");
    }
    if changed.is_empty() {
        return Ok(());
    }
    write_columns(tx, after).await?;
    store::refresh_search(tx, after.id, &after.title, after.maker.as_deref()).await
}

/// Names of the columns that differ.
pub(crate) fn changed_columns(before: &product::Model, after: &product::Model) -> Vec<&'static str> {
    let pairs = [
        ("title", before.title != after.title),
        ("slug", before.slug != after.slug),
        ("maker", before.maker != after.maker),
        ("description", before.description != after.description),
        ("tax_class", before.tax_class != after.tax_class),
        ("seo_title", before.seo_title != after.seo_title),
        ("seo_description", before.seo_description != after.seo_description),
    ];
    pairs.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}

/// Writes the columns [`changed_columns`] compares.
pub(crate) async fn write_columns(tx: &stoa_kernel::Tx, after: &product::Model) -> Result<()> {
    product::ActiveModel {
        id: Set(after.id),
        title: Set(after.title.clone()),
        slug: Set(after.slug.clone()),
        maker: Set(after.maker.clone()),
        description: Set(after.description.clone()),
        tax_class: Set(after.tax_class.clone()),
        seo_title: Set(after.seo_title.clone()),
        seo_description: Set(after.seo_description.clone()),
        ..Default::default()
    }
    .update(tx)
    .await?;
    Ok(())
}
