//! The door for channels: a whole product as its source describes it.
//!
//! The product is found again by seller and handle. What is the same is left alone;
//! what differs is made as the source says, except status, slug and pictures added by
//! hand, which the source does not know.

use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use serde_json::json;
use stoa_catalog_entities::{product, product_option, product_option_value, sku, variant, variant_option};
use stoa_catalog_types::{Change, ImportChange, ImportOutcome, PictureSource, ProductInput, VariantInput};
use stoa_kernel::{Ctx, Fields, Result, Tx};
use stoa_types::{Id, Seller, Sku, Uuid};

use super::{
    codes::*,
    commands::{self, NewMedia, NewProduct, SkuChange},
    model::{self, Axis, Combination},
    store,
};
use crate::{media, pim, sql::Sql, text};

/// Writes a product as its source describes it, in the caller's transaction. Price and
/// stock follow in the same one; publishing comes after them (`publish_in`).
///
/// Needs `products.write`. 422 with every field that is wrong, 409 where a code belongs
/// to another product; the caller rolls back then.
pub async fn import(tx: &Tx, ctx: &Ctx, input: &ProductInput) -> Result<ImportOutcome> {
    ctx.scope(WRITE)?.allows(Some(input.seller.uuid()), "seller")?;
    let new = check(tx, ctx, input).await?;
    let handle = new.handle.clone().unwrap_or_default();
    let known = product::Entity::find()
        .filter(product::Column::SellerId.eq(input.seller.uuid()))
        .filter(product::Column::Handle.eq(handle))
        .one(tx)
        .await?;
    match known {
        None => create(tx, ctx, input, new).await,
        Some(product) => update(tx, ctx, input, new, product).await,
    }
}

async fn check(tx: &Tx, ctx: &Ctx, input: &ProductInput) -> Result<NewProduct> {
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
    new.categories = pim::ensure_category_path(tx, ctx, &input.category_path).await?.into_iter().collect();
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
    new: NewProduct,
    before: product::Model,
) -> Result<ImportOutcome> {
    let mut after = before.clone();
    after.title = new.title.clone();
    after.maker = new.maker.clone();
    after.description = new.description.clone();
    after.seo_title = new.seo_title.clone();
    after.seo_description = new.seo_description.clone();
    let mut changed = commands::changed_columns(&before, &after);
    let columns = !changed.is_empty();
    if store::set_tags(tx, ctx, before.id, &new.tags, false).await? {
        changed.push("tags");
    }
    // A source without categories leaves those given by hand.
    if !new.categories.is_empty() && !starts_with(&store::category_ids(tx, before.id).await?, &new.categories)
    {
        store::set_categories(tx, before.id, &new.categories, false).await?;
        changed.push("categories");
    }
    if pim::set_attributes(tx, ctx, before.id, &new.attributes, &new.axes, false).await? {
        changed.push("attributes");
    }
    let variants = sync_variants(tx, ctx, &before, &new.axes, &new.combinations).await?;
    if variants.changed {
        changed.push("skus");
    }
    if sync_pictures(tx, ctx, input, &before, &variants.pictures).await? {
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

/// Makes the variants those of the input: finds each by its code, else by its options;
/// changes, adds and takes out of the offer, deletes nothing.
async fn sync_variants(
    tx: &Tx,
    ctx: &Ctx,
    product: &product::Model,
    axes: &[Axis],
    wanted: &[Combination],
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
        let change = SkuChange {
            options: (variant.option_key != key).then_some(options),
            code: combination.code.clone(),
            gtin: combination.gtin.clone().map_or(Change::Clear, Change::Set),
            weight_grams: combination.weight_grams,
            active: Some(true),
        };
        synced.changed |= commands::apply_sku(tx, ctx, product, sku, variant, change).await?;
        kept.push(sku.id);
        synced.skus.push(Id::new(sku.id));
        synced.pictures.push((variant.id, variant.asset_id));
    }
    let gone: Vec<(Uuid, Uuid)> = pairs
        .iter()
        .filter(|(sku, variant)| !kept.contains(&sku.id) && (sku.active || variant.active))
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

#[derive(FromQueryResult)]
struct Shown {
    asset_id: Uuid,
    alt: String,
    origin: String,
    source_url: Option<String>,
}

/// Makes the pictures those of the input, and gives the variants theirs. Pictures added
/// by hand stay, behind the imported ones.
async fn sync_pictures(
    tx: &Tx,
    ctx: &Ctx,
    input: &ProductInput,
    product: &product::Model,
    variants: &[(Uuid, Option<Uuid>)],
) -> Result<bool> {
    let mut sql = Sql::new(
        "SELECT m.asset_id, m.alt, m.origin, a.source_url FROM product_media m JOIN asset a ON a.id = m.asset_id WHERE m.product_id = ",
    );
    sql.bind(product.id).push(" ORDER BY m.position");
    let shown = sql.all::<Shown>(tx).await?;
    let mut order: Vec<Uuid> = Vec::new();
    let mut new: Vec<NewMedia> = Vec::new();
    // The asset of each picture of the input, for the variants.
    let mut assets: Vec<Uuid> = Vec::new();
    let mut changed = false;
    for picture in &input.pictures {
        let known = shown.iter().find(|shown| match &picture.source {
            PictureSource::Url(url) => shown.source_url.as_deref() == Some(url.as_str()),
            PictureSource::Asset(asset) => shown.asset_id == asset.uuid(),
        });
        let asset = match (known, &picture.source) {
            (Some(known), _) => known.asset_id,
            (None, PictureSource::Asset(asset)) => asset.uuid(),
            (None, PictureSource::Url(url)) => {
                media::enqueue_fetch(tx, ctx, Some(Id::<Seller>::new(product.seller_id)), url).await?.uuid()
            }
        };
        assets.push(asset);
        if order.contains(&asset) {
            continue;
        }
        let alt = match text::line(&picture.alt, 255) {
            Some(alt) if !alt.is_empty() => alt,
            _ => text::line(&input.title, 255).unwrap_or_default(),
        };
        match known {
            None => new.push(NewMedia { asset, alt, position: order.len(), origin: "import" }),
            Some(known) if known.alt != alt && known.origin == "import" => {
                commands::set_alt(tx, product.id, asset, &alt).await?;
                changed = true;
            }
            Some(_) => {}
        }
        order.push(asset);
    }
    let gone: Vec<Uuid> = shown
        .iter()
        .filter(|shown| shown.origin == "import" && !order.contains(&shown.asset_id))
        .map(|shown| shown.asset_id)
        .collect();
    order.extend(
        shown
            .iter()
            .filter(|shown| shown.origin != "import" && !order.contains(&shown.asset_id))
            .map(|shown| shown.asset_id)
            .collect::<Vec<_>>(),
    );
    changed |= commands::remove_media(tx, product.id, &gone).await?;
    if !new.is_empty() {
        commands::append_media(tx, ctx, product.id, &new).await?;
        changed = true;
    }
    if !order.iter().eq(shown.iter().map(|shown| &shown.asset_id)) {
        commands::write_order(tx, product.id, &order).await?;
        changed = true;
    }
    let pictures: Vec<(Uuid, Option<Uuid>, Option<Uuid>)> = variants
        .iter()
        .zip(&input.variants)
        .map(|((variant, before), input)| {
            // The row above was read before pictures were taken away.
            let before = before.filter(|asset| !gone.contains(asset));
            (*variant, before, input.picture.and_then(|place| assets.get(place).copied()))
        })
        .collect();
    changed |= commands::set_pictures(tx, &pictures).await?;
    if changed {
        store::refresh_thumbnail(tx, product.id).await?;
    }
    Ok(changed)
}
