//! The door for channels: a whole product as its source describes it.
//!
//! The product is found again by seller and handle. What is the same is left alone;
//! what differs is made as the source says, except status, slug and pictures added by
//! hand, which the source does not know, and what the caller knows the source to say as
//! it did the last time ([`import_again`]).

use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use stoa_catalog_entities::{product, product_option, product_option_value, sku, variant, variant_option};
use stoa_catalog_types::{
    Change, ImportChange, ImportOutcome, ImportPart, ProductInput, SameAsLast, VariantInput,
};
use stoa_kernel::{Ctx, Error, Fields, Result, Tx};
use stoa_types::{Id, Sku, Uuid};

mod pictures;

use pictures::sync_pictures;

use super::{
    codes::*,
    commands::{self, NewProduct, SkuChange},
    model::{self, Axis, Combination},
    store,
};
use crate::{pim, sql::Sql, text};

/// Writes a product as its source describes it, in the caller's transaction. Price and
/// stock follow in the same one; publishing comes after them (`publish_in`).
///
/// Needs `products.write`. 422 with every field that is wrong, 409 where a code belongs
/// to another product; the caller rolls back then.
pub async fn import(tx: &Tx, ctx: &Ctx, input: &ProductInput) -> Result<ImportOutcome> {
    import_again(tx, ctx, input, &SameAsLast::default()).await
}

/// [`import`] of a product of which the source says some parts as the last time: those
/// stay as somebody may have written them since.
pub async fn import_again(
    tx: &Tx,
    ctx: &Ctx,
    input: &ProductInput,
    same: &SameAsLast,
) -> Result<ImportOutcome> {
    ctx.scope(WRITE)?.allows(Some(input.seller.uuid()), "seller")?;
    let new = check(tx, ctx, input, same).await?;
    let handle = new.handle.clone().unwrap_or_default();
    let known = product::Entity::find()
        .filter(product::Column::SellerId.eq(input.seller.uuid()))
        .filter(product::Column::Handle.eq(handle))
        .lock_exclusive()
        .one(tx)
        .await?;
    let written = match known {
        None => create(tx, ctx, input, new).await,
        Some(product) => update(tx, ctx, input, same, new, product).await,
    };
    written.map_err(|error| at_variant(error, input))
}

/// A code's refusal by the place of the variant that brings it, which those who write a few
/// of the variants do not know.
fn at_variant(error: Error, input: &ProductInput) -> Error {
    let code = error.facts().get("sku").filter(|_| error.is(SKU_TAKEN)).cloned().unwrap_or_default();
    let is_it = |sku: Option<&str>| sku.is_some_and(|sku| text::key(sku) == text::key(&code));
    match input.variants.iter().position(|variant| is_it(variant.sku.as_deref())) {
        Some(place) => store::sku_taken(&code, &format!("variants/{place}/sku")),
        None => error,
    }
}

async fn check(tx: &Tx, ctx: &Ctx, input: &ProductInput, same: &SameAsLast) -> Result<NewProduct> {
    let mut fields = Fields::default();
    let title = model::title(&input.title, &mut fields);
    let handle = text::line(&input.handle, 255).filter(|handle| !handle.is_empty());
    fields.check(handle.is_some(), "handle", TEXT_INVALID, "Name the product in up to 255 characters.");
    fields.check(
        !input.variants.is_empty(),
        "variants",
        NO_ACTIVE_VARIANT,
        "A product has at least one variant.",
    );
    fields.check(
        input.pictures.len() <= model::MOST_MEDIA,
        "pictures",
        TOO_MANY_MEDIA,
        "A product has at most 50 pictures.",
    );
    let mut axes = model::axes(&input.options, &mut fields);
    let variants: Vec<VariantInput> = input
        .variants
        .iter()
        .map(|variant| VariantInput {
            options: variant.options.clone(),
            sku: variant.sku.clone(),
            gtin: variant.gtin.clone(),
            weight_grams: variant.weight_grams,
        })
        .collect();
    let combinations = model::combinations(&mut axes, &variants, &mut fields);
    let slug_base = match text::slug(&input.handle) {
        slug if slug.is_empty() => text::slug(&title),
        slug => slug,
    };
    let mut new = NewProduct {
        handle,
        slug: None,
        slug_base,
        maker: model::optional_line(input.maker.as_deref(), "maker", 120, &mut fields),
        description: model::description(&input.description_html, &mut fields),
        categories: Vec::new(),
        tags: model::tags(&input.tags, &mut fields),
        attributes: model::attributes(&input.attributes, &mut fields),
        tax_class: model::tax_class(None, &mut fields),
        seo_title: model::optional_line(input.seo_title.as_deref(), "seo_title", 255, &mut fields),
        seo_description: model::optional_line(
            input.seo_description.as_deref(),
            "seo_description",
            500,
            &mut fields,
        ),
        title,
        axes,
        combinations,
    };
    fields.finish()?;
    if !same.parts.contains(&ImportPart::Categories) {
        new.categories =
            pim::ensure_category_path(tx, ctx, &input.category_path).await?.into_iter().collect();
    }
    Ok(new)
}

async fn create(tx: &Tx, ctx: &Ctx, input: &ProductInput, new: NewProduct) -> Result<ImportOutcome> {
    let (product, ids) = commands::insert(tx, ctx, input.seller, new).await?;
    let variants: Vec<Uuid> = ids.iter().map(|(variant, _)| variant.uuid()).collect();
    let pictures: Vec<(Uuid, Option<Uuid>)> = variants.into_iter().map(|id| (id, None)).collect();
    sync_pictures(tx, ctx, input, &product, &pictures).await?;
    Ok(ImportOutcome {
        product: Id::new(product.id),
        change: ImportChange::Created,
        skus: ids.into_iter().map(|(_, sku)| sku).collect(),
    })
}

async fn update(
    tx: &Tx,
    ctx: &Ctx,
    input: &ProductInput,
    same: &SameAsLast,
    new: NewProduct,
    before: product::Model,
) -> Result<ImportOutcome> {
    let fresh = |part| !same.parts.contains(&part);
    let mut after = before.clone();
    if fresh(ImportPart::Title) {
        after.title.clone_from(&new.title);
    }
    if fresh(ImportPart::Maker) {
        after.maker.clone_from(&new.maker);
    }
    if fresh(ImportPart::Description) {
        after.description.clone_from(&new.description);
    }
    if fresh(ImportPart::SeoTitle) {
        after.seo_title.clone_from(&new.seo_title);
    }
    if fresh(ImportPart::SeoDescription) {
        after.seo_description.clone_from(&new.seo_description);
    }
    let mut changed = commands::changed_columns(&before, &after);
    let columns = !changed.is_empty();
    if fresh(ImportPart::Tags) && store::set_tags(tx, ctx, before.id, &new.tags, false).await? {
        changed.push("tags");
    }
    // A source without categories leaves those given by hand.
    if !new.categories.is_empty() && !starts_with(&store::category_ids(tx, before.id).await?, &new.categories)
    {
        store::set_categories(tx, before.id, &new.categories, false).await?;
        changed.push("categories");
    }
    let unmoved = match fresh(ImportPart::Variants) {
        true => None,
        false => unmoved(tx, &before, input, same).await?,
    };
    let axes = match &unmoved {
        Some(_) => store::axes(tx, before.id).await?.iter().map(store::StoredAxis::axis).collect(),
        None => new.axes.clone(),
    };
    let attributes = match fresh(ImportPart::Attributes) {
        true => pim::set_attributes(tx, ctx, before.id, &new.attributes, &axes, false).await?,
        false => pim::sync_axes(tx, ctx, before.id, &axes).await?,
    };
    if attributes {
        changed.push("attributes");
    }
    let variants = match unmoved {
        Some(unmoved) => unmoved,
        None => sync_variants(tx, ctx, &before, &new.axes, &new.combinations, same).await?,
    };
    if variants.changed {
        changed.push("skus");
    }
    if fresh(ImportPart::Pictures) && sync_pictures(tx, ctx, input, &before, &variants.pictures).await? {
        changed.push("media");
    }
    let outcome = |change| ImportOutcome { product: Id::new(before.id), change, skus: variants.skus.clone() };
    if changed.is_empty() {
        return Ok(outcome(ImportChange::Unchanged));
    }
    if columns {
        commands::write_columns(tx, &after).await?;
    }
    if columns || changed.iter().any(|part| matches!(*part, "tags" | "categories")) {
        store::refresh_search(tx, before.id, &after.title, after.maker.as_deref()).await?;
    }
    let version = store::bump(tx, ctx, &before).await?;
    let entry = match columns {
        true => commands::entry("product.imported", &after)
            .diff(&commands::facts(&before), &commands::facts(&after)),
        false => commands::entry("product.imported", &after).facts(json!({ "changed": changed })),
    };
    commands::tell(tx, ctx, "product.updated", &after, version, &changed, entry).await?;
    Ok(outcome(ImportChange::Updated))
}

fn starts_with(current: &[Uuid], wanted: &[Id<stoa_types::Category>]) -> bool {
    wanted.iter().map(|id| id.uuid()).eq(current.iter().copied().take(wanted.len()))
}

struct Synced {
    changed: bool,
    /// In the order of the input.
    skus: Vec<Id<Sku>>,
    /// Variant and its picture so far, in the order of the input.
    pictures: Vec<(Uuid, Option<Uuid>)>,
}

/// The variants as they are, for a source that says of them what it said before; None when
/// one of them cannot be found.
async fn unmoved(
    tx: &Tx,
    product: &product::Model,
    input: &ProductInput,
    same: &SameAsLast,
) -> Result<Option<Synced>> {
    if same.skus.len() != input.variants.len() {
        return Ok(None);
    }
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        variant_id: Uuid,
        asset_id: Option<Uuid>,
    }
    let mut sql = Sql::new(
        "SELECT k.id, k.variant_id, v.asset_id FROM sku k JOIN variant v ON v.id = k.variant_id WHERE k.product_id = ",
    );
    sql.bind(product.id).push(" AND k.id IN ").list(same.skus.iter().map(|sku| sku.uuid()));
    let rows = sql.all::<Row>(tx).await?;
    let found = same.skus.iter().map(|sku| rows.iter().find(|row| row.id == sku.uuid()));
    let pictures: Option<Vec<_>> = found.map(|row| row.map(|row| (row.variant_id, row.asset_id))).collect();
    Ok(pictures.map(|pictures| Synced { changed: false, skus: same.skus.clone(), pictures }))
}

/// Makes the variants those of the input: finds each by its code, else by its options;
/// changes, adds and takes out of the offer, deletes nothing.
async fn sync_variants(
    tx: &Tx,
    ctx: &Ctx,
    product: &product::Model,
    axes: &[Axis],
    wanted: &[Combination],
    same: &SameAsLast,
) -> Result<Synced> {
    let variants = variant::Entity::find()
        .filter(variant::Column::ProductId.eq(product.id))
        .order_by_asc(variant::Column::Position)
        .all(tx)
        .await?;
    let skus = sku::Entity::find()
        .filter(sku::Column::ProductId.eq(product.id))
        .filter(sku::Column::SellerId.eq(product.seller_id))
        .all(tx)
        .await?;
    let stored = store::axes(tx, product.id).await?;
    if !stored.iter().map(|axis| &axis.key).eq(axes.iter().map(|axis| &axis.key)) {
        let variants = replace_axes(tx, product, variants).await?;
        let mut synced = rewrite(tx, ctx, product, axes, wanted, &variants, &skus).await?;
        synced.changed = true;
        return Ok(synced);
    }
    let pairs: Vec<(&sku::Model, &variant::Model)> = skus
        .iter()
        .filter_map(|sku| Some((sku, variants.iter().find(|variant| variant.id == sku.variant_id)?)))
        .collect();
    let mut synced = Synced { changed: false, skus: Vec::new(), pictures: Vec::new() };
    let mut kept: Vec<Uuid> = Vec::new();
    let mut missing: Vec<(usize, Combination)> = Vec::new();
    for (place, combination) in wanted.iter().enumerate() {
        let code = combination.code.as_deref().map(text::key);
        let key = combination.key(axes);
        let by_code = pairs.iter().find(|(sku, _)| code.as_deref() == Some(sku.code_key.as_str()));
        let by_key = || pairs.iter().find(|(_, variant)| variant.option_key == key);
        let Some((sku, variant)) =
            by_code.or_else(by_key).copied().filter(|(sku, _)| !kept.contains(&sku.id))
        else {
            missing.push((place, combination.clone()));
            synced.skus.push(Id::new(Uuid::nil()));
            synced.pictures.push((Uuid::nil(), None));
            continue;
        };
        let values = axes.iter().zip(&combination.values);
        let options =
            values.filter_map(|(axis, place)| Some(axis.values.get(*place)?.value.clone())).collect();
        let change = match same.variants.contains(&place) {
            true => SkuChange::default(),
            false => SkuChange {
                options: (variant.option_key != key).then_some(options),
                code: combination.code.clone(),
                gtin: combination.gtin.clone().map_or(Change::Clear, Change::Set),
                weight_grams: combination.weight_grams,
                active: Some(true),
            },
        };
        synced.changed |= commands::apply_sku(tx, ctx, product, sku, variant, change).await?;
        kept.push(sku.id);
        synced.skus.push(Id::new(sku.id));
        synced.pictures.push((variant.id, variant.asset_id));
    }
    let gone: Vec<(Uuid, Uuid)> = pairs
        .iter()
        .filter(|(sku, variant)| !kept.contains(&sku.id) && (sku.active || variant.active))
        // What the source never had is not missing from it.
        .filter(|(sku, _)| same.skus.is_empty() || same.skus.contains(&Id::new(sku.id)))
        .map(|(sku, variant)| (sku.id, variant.id))
        .collect();
    if !gone.is_empty() {
        commands::set_active(tx, ctx, product.id, &gone, false).await?;
        synced.changed = true;
    }
    if !missing.is_empty() {
        let stored = store::write_axes(tx, product.id, store::axes(tx, product.id).await?, axes).await?;
        let fresh: Vec<Combination> =
            missing.iter().map(|(_, combination)| translate(axes, &stored, combination)).collect();
        let owner = store::Owner { product: product.id, seller: product.seller_id, slug: &product.slug };
        let ids = store::insert_variants(tx, ctx, &owner, &stored, &fresh, variants.len()).await?;
        for ((place, _), (variant, sku)) in missing.iter().zip(ids) {
            synced.skus[*place] = sku;
            synced.pictures[*place] = (variant.uuid(), None);
        }
        synced.changed = true;
    }
    Ok(synced)
}

/// A combination's places in axes that hold more values, or in another order.
fn translate(axes: &[Axis], stored: &[store::StoredAxis], combination: &Combination) -> Combination {
    let place = |(position, value): (usize, &usize)| {
        let key = axes.get(position).and_then(|axis| axis.values.get(*value)).map(|value| &value.key);
        let values = stored.get(position).map(|axis| &axis.values);
        values
            .and_then(|values| values.iter().position(|(_, known)| Some(&known.key) == key))
            .unwrap_or_default()
    };
    Combination { values: combination.values.iter().enumerate().map(place).collect(), ..combination.clone() }
}

/// Takes the axes away when the source names others. Until [`rewrite`] has run the
/// variants have keys of their own, so that no old tuple stands in a new one's way.
async fn replace_axes(
    tx: &Tx,
    product: &product::Model,
    mut variants: Vec<variant::Model>,
) -> Result<Vec<variant::Model>> {
    let ids: Vec<Uuid> = variants.iter().map(|variant| variant.id).collect();
    variant_option::Entity::delete_many()
        .filter(variant_option::Column::VariantId.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    for variant in &mut variants {
        variant.option_key = format!("\u{1f}{}", variant.id);
        variant::Entity::update_many()
            .col_expr(variant::Column::OptionKey, variant.option_key.clone().into())
            .filter(variant::Column::Id.eq(variant.id))
            .exec(tx)
            .await?;
    }
    let options = store::axes(tx, product.id).await?;
    let options: Vec<Uuid> = options.iter().map(|axis| axis.id).collect();
    product_option_value::Entity::delete_many()
        .filter(product_option_value::Column::OptionId.is_in(options.iter().copied()))
        .exec(tx)
        .await?;
    product_option::Entity::delete_many()
        .filter(product_option::Column::ProductId.eq(product.id))
        .exec(tx)
        .await?;
    Ok(variants)
}

/// Writes the new axes and finds the variants again by code, else by place.
async fn rewrite(
    tx: &Tx,
    ctx: &Ctx,
    product: &product::Model,
    axes: &[Axis],
    wanted: &[Combination],
    variants: &[variant::Model],
    skus: &[sku::Model],
) -> Result<Synced> {
    let stored = store::write_axes(tx, product.id, Vec::new(), axes).await?;
    let mut synced = Synced { changed: true, skus: Vec::new(), pictures: Vec::new() };
    let mut free: Vec<(&sku::Model, &variant::Model)> = skus
        .iter()
        .filter_map(|sku| Some((sku, variants.iter().find(|variant| variant.id == sku.variant_id)?)))
        .collect();
    free.sort_by_key(|(_, variant)| variant.position);
    let mut missing = Vec::new();
    for (place, combination) in wanted.iter().enumerate() {
        let code = combination.code.as_deref().map(text::key);
        let found = match &code {
            Some(code) => free.iter().position(|(sku, _)| sku.code_key == *code),
            None => (!free.is_empty()).then_some(0),
        };
        let Some(found) = found else {
            missing.push((place, combination.clone()));
            synced.skus.push(Id::new(Uuid::nil()));
            synced.pictures.push((Uuid::nil(), None));
            continue;
        };
        let (sku, variant) = free.remove(found);
        let values = axes.iter().zip(&combination.values);
        let change = SkuChange {
            options: Some(
                values.filter_map(|(axis, place)| Some(axis.values.get(*place)?.value.clone())).collect(),
            ),
            gtin: combination.gtin.clone().map_or(Change::Clear, Change::Set),
            weight_grams: combination.weight_grams,
            active: Some(true),
            code: None,
        };
        commands::apply_sku(tx, ctx, product, sku, variant, change).await?;
        synced.skus.push(Id::new(sku.id));
        synced.pictures.push((variant.id, variant.asset_id));
    }
    let gone: Vec<(Uuid, Uuid)> = free.iter().map(|(sku, variant)| (sku.id, variant.id)).collect();
    commands::set_active(tx, ctx, product.id, &gone, false).await?;
    if !missing.is_empty() {
        let fresh: Vec<Combination> =
            missing.iter().map(|(_, combination)| translate(axes, &stored, combination)).collect();
        let owner = store::Owner { product: product.id, seller: product.seller_id, slug: &product.slug };
        let ids = store::insert_variants(tx, ctx, &owner, &stored, &fresh, variants.len()).await?;
        for ((place, _), (variant, sku)) in missing.iter().zip(ids) {
            synced.skus[*place] = sku;
            synced.pictures[*place] = (variant.uuid(), None);
        }
    }
    Ok(synced)
}
