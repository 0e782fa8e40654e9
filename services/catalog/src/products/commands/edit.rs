use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use stoa_catalog_entities::{product, sku, variant, variant_option};
use stoa_catalog_types::{EditOutcome, ImportChange, PictureEdit, ProductEdit, VariantEdit};
use stoa_kernel::{Ctx, Error, Fields, Result, Scope, Tx};
use stoa_types::{FieldError, Id, Seller, Sku, Uuid};

use super::{
    NewProduct, SkuChange, apply_sku, entry, facts, insert,
    media::{self, NewMedia},
    skus::refuse_archived,
    tell,
    update::{changed_columns, write_product},
};
use crate::{
    pim,
    products::{
        codes::*,
        grow::{Grown, grow},
        model::{self, Combination},
        store,
    },
    text,
};

/// Writes a whole product as its editor wants it, in the caller's transaction, where price
/// and stock follow; `besides` names what of those is about to change, so that it counts
/// as a change of the product too.
///
/// Needs `products.write`. 412 with the current version when somebody was faster, 422 with
/// every field that is wrong, 409 where a code belongs to another product.
pub async fn edit(tx: &Tx, ctx: &Ctx, input: &ProductEdit, besides: &[&'static str]) -> Result<EditOutcome> {
    let (text, fields) = check(input);
    match input.product {
        Some((id, version)) => {
            let before = store::load_for_change(tx, ctx, id, WRITE).await?;
            refuse_archived(&before)?;
            if before.version != version {
                return Err(Error::stale(before.version));
            }
            change(tx, ctx, input, text, before, fields, besides).await
        }
        None => create(tx, ctx, input, text, fields).await,
    }
}

/// What is wrong with an edit by itself, without a look at what is stored: for a door that
/// found something it cannot even read and wants to name everything at once.
pub fn edit_problems(input: &ProductEdit) -> Vec<FieldError> {
    check(input).1.into_inner()
}

fn check(input: &ProductEdit) -> (Texts, Fields) {
    let mut fields = Fields::default();
    let text = Texts {
        title: model::title(&input.title, &mut fields),
        maker: model::optional_line(input.maker.as_deref(), "maker", 120, &mut fields),
        description: model::description(&input.description, &mut fields),
    };
    check_variants(&input.variants, &mut fields);
    let many = input.pictures.len() > model::MOST_MEDIA;
    fields.check(!many, "pictures", TOO_MANY_MEDIA, "A product has at most 50 pictures.");
    (text, fields)
}

/// The product's own texts, checked.
struct Texts {
    title: String,
    maker: Option<String>,
    description: String,
}

fn check_variants(variants: &[VariantEdit], fields: &mut Fields) {
    let mut codes = HashSet::new();
    for (place, variant) in variants.iter().enumerate() {
        let at = |field: &str| format!("variants/{place}/{field}");
        if let Some(code) = given(variant) {
            let fits = model::code(code).is_some();
            fields.check(fits, &at("code"), SKU_INVALID, "A code has up to 64 characters in one line.");
            let first = codes.insert(text::key(code));
            fields.check(first, &at("code"), SKU_TAKEN, "Another variant has the same code.");
        }
        model::weight(variant.weight_grams, &at("weight_grams"), fields);
    }
}

fn given(variant: &VariantEdit) -> Option<&str> {
    variant.code.as_deref().map(str::trim).filter(|code| !code.is_empty())
}

async fn create(
    tx: &Tx,
    ctx: &Ctx,
    input: &ProductEdit,
    text: Texts,
    mut fields: Fields,
) -> Result<EditOutcome> {
    let seller = match (ctx.scope(WRITE)?, input.seller) {
        (Scope::Seller(own), None) => Some(own),
        (Scope::Seller(own), Some(other)) if own != other => return Err(Error::not_found("seller")),
        (_, named) => named,
    };
    fields.check(seller.is_some(), "seller", SELLER_MISSING, "Say whose product it is.");
    let one = input.variants.len() == 1;
    fields.check(one, "variants", NO_ACTIVE_VARIANT, "A new product begins with one variant.");
    let grown = grow(&[], &[Vec::new()], &input.options, &mut fields);
    let made = grown.combinations(1, &mut fields);
    fields.finish()?;
    let seller = seller.ok_or_else(|| Error::not_found("seller"))?;
    if !stoa_identity::sellers::names(tx, &[seller]).await?.contains_key(&seller) {
        return Err(Error::not_found("seller"));
    }
    let first = input.variants.first().map(|variant| Combination {
        values: grown.extended(&[]),
        code: given(variant).and_then(model::code),
        gtin: None,
        weight_grams: variant.weight_grams,
    });
    let weight = first.as_ref().and_then(|first| first.weight_grams);
    let new = NewProduct {
        handle: None,
        slug: None,
        slug_base: text::slug(&text.title),
        title: text.title,
        maker: text.maker,
        description: text.description,
        categories: input.category.into_iter().collect(),
        tags: Vec::new(),
        attributes: Vec::new(),
        axes: grown.axes,
        combinations: first.into_iter().chain(made.into_iter().map(|values| plain(values, weight))).collect(),
        tax_class: model::tax_class(None, &mut Fields::default()),
        seo_title: None,
        seo_description: None,
    };
    let (product, ids) = insert(tx, ctx, seller, new).await.map_err(|error| at_code(error, 0))?;
    if !input.pictures.is_empty() {
        set_media(tx, ctx, &product, &input.pictures).await?;
        store::refresh_thumbnail(tx, product.id).await?;
    }
    let mut skus = ids.into_iter().map(|(_, sku)| sku);
    Ok(EditOutcome {
        product: Id::new(product.id),
        seller,
        change: ImportChange::Created,
        version: product.version,
        skus: skus.by_ref().take(1).collect(),
        made: skus.collect(),
    })
}

fn plain(values: Vec<usize>, weight_grams: Option<i64>) -> Combination {
    Combination { values, code: None, gtin: None, weight_grams }
}

/// Ties the refusal of a code to the variant it was given for.
fn at_code(error: Error, place: usize) -> Error {
    if !error.is(SKU_TAKEN) {
        return error;
    }
    let code = error.facts().get("sku").map(String::as_str).unwrap_or_default();
    store::sku_taken(code, &format!("variants/{place}/code"))
}

async fn change(
    tx: &Tx,
    ctx: &Ctx,
    input: &ProductEdit,
    text: Texts,
    before: product::Model,
    mut fields: Fields,
    besides: &[&'static str],
) -> Result<EditOutcome> {
    let stored = store::axes(tx, before.id).await?;
    let variants = variants_of(tx, before.id, &stored).await?;
    let axes: Vec<_> = stored.iter().map(store::StoredAxis::axis).collect();
    let used: Vec<Vec<usize>> = variants.iter().map(|known| known.values.clone()).collect();
    let grown = grow(&axes, &used, &input.options, &mut fields);
    let made = grown.combinations(variants.len(), &mut fields);
    fields.finish()?;

    let mut after = before.clone();
    (after.title, after.maker, after.description) = (text.title, text.maker, text.description);
    let mut changed = changed_columns(&before, &after);
    let categories = categories(tx, &before, input).await?;
    write_product(tx, &mut after, categories.as_deref(), &mut changed).await?;
    let (skus, fresh, touched) =
        set_variants(tx, ctx, &before, input, &variants, stored, grown, made).await?;
    if touched {
        changed.push("skus");
    }
    if set_media(tx, ctx, &before, &input.pictures).await? {
        store::refresh_thumbnail(tx, before.id).await?;
        changed.push("media");
    }
    changed.extend(besides);
    let mut outcome = EditOutcome {
        product: Id::new(before.id),
        seller: Id::<Seller>::new(before.seller_id),
        change: ImportChange::Unchanged,
        version: before.version,
        skus,
        made: fresh,
    };
    if changed.is_empty() {
        return Ok(outcome);
    }
    outcome.change = ImportChange::Updated;
    outcome.version = store::bump(tx, ctx, &before).await?;
    let mut facts_after = facts(&after);
    facts_after["changed"] = changed.clone().into();
    let entry = entry("product.updated", &after).diff(&facts(&before), &facts_after);
    tell(tx, ctx, "product.updated", &after, outcome.version, &changed, entry).await?;
    Ok(outcome)
}

/// The categories after the edit; none when the primary one stays.
async fn categories(
    tx: &Tx,
    before: &product::Model,
    input: &ProductEdit,
) -> Result<Option<Vec<Id<stoa_types::Category>>>> {
    let wanted = input.category.map(Id::uuid);
    if before.category_id == wanted {
        return Ok(None);
    }
    let others = store::category_ids(tx, before.id).await?.into_iter().skip(1);
    // Without a primary one there are no others either: the first would become it.
    Ok(Some(match wanted {
        Some(primary) => {
            std::iter::once(primary).chain(others.filter(|id| *id != primary)).map(Id::new).collect()
        }
        None => Vec::new(),
    }))
}

/// A SKU with its variant, and the places of the variant's values on the axes.
struct Known {
    sku: sku::Model,
    variant: variant::Model,
    values: Vec<usize>,
}

async fn variants_of(tx: &Tx, product: Uuid, axes: &[store::StoredAxis]) -> Result<Vec<Known>> {
    let skus = sku::Entity::find().filter(sku::Column::ProductId.eq(product)).all(tx).await?;
    let mut skus: HashMap<Uuid, sku::Model> = skus.into_iter().map(|sku| (sku.variant_id, sku)).collect();
    let variants = variant::Entity::find()
        .filter(variant::Column::ProductId.eq(product))
        .order_by_asc(variant::Column::Position)
        .all(tx)
        .await?;
    let ids: Vec<Uuid> = variants.iter().map(|variant| variant.id).collect();
    let choices =
        variant_option::Entity::find().filter(variant_option::Column::VariantId.is_in(ids)).all(tx).await?;
    let chosen: HashMap<(Uuid, Uuid), Uuid> =
        choices.into_iter().map(|one| ((one.variant_id, one.option_id), one.value_id)).collect();
    let place = |variant: Uuid, axis: &store::StoredAxis| {
        let value = chosen.get(&(variant, axis.id));
        axis.values.iter().position(|(id, _)| Some(id) == value).unwrap_or_default()
    };
    Ok(variants
        .into_iter()
        .filter_map(|variant| {
            let values = axes.iter().map(|axis| place(variant.id, axis)).collect();
            Some(Known { sku: skus.remove(&variant.id)?, variant, values })
        })
        .collect())
}

/// Writes options and variants; answers the SKUs named, those made, and whether anything
/// changed.
#[allow(clippy::too_many_arguments, reason = "one caller; the product and what becomes of it")]
async fn set_variants(
    tx: &Tx,
    ctx: &Ctx,
    product: &product::Model,
    input: &ProductEdit,
    known: &[Known],
    stored: Vec<store::StoredAxis>,
    grown: Grown,
    made: Vec<Vec<usize>>,
) -> Result<(Vec<Id<Sku>>, Vec<Id<Sku>>, bool)> {
    let mut changed = false;
    let axes = store::write_axes(tx, product.id, stored, &grown.axes).await?;
    for known in known {
        let edit =
            input.variants.iter().enumerate().find(|(_, edit)| edit.sku.map(Id::uuid) == Some(known.sku.id));
        let options = grown.has_new_axes().then(|| {
            let values = grown.extended(&known.values);
            let value = |(axis, place): (&model::Axis, usize)| Some(axis.values.get(place)?.value.clone());
            grown.axes.iter().zip(values).filter_map(value).collect()
        });
        let change = SkuChange {
            options,
            code: edit.and_then(|(_, edit)| given(edit)).and_then(model::code),
            weight_grams: edit.and_then(|(_, edit)| edit.weight_grams),
            active: edit.map(|(_, edit)| edit.active),
            ..SkuChange::default()
        };
        let place = edit.map(|(place, _)| place).unwrap_or_default();
        changed |= apply_sku(tx, ctx, product, &known.sku, &known.variant, change)
            .await
            .map_err(|error| at_code(error, place))?;
    }
    let missing = || Error::not_found("SKU");
    let named = input.variants.iter().map(|edit| {
        edit.sku.filter(|id| known.iter().any(|known| known.sku.id == id.uuid())).ok_or_else(missing)
    });
    let named: Vec<Id<Sku>> = named.collect::<Result<_>>()?;
    let weight = known.first().and_then(|known| known.variant.weight_grams);
    let fresh: Vec<Combination> = made.into_iter().map(|values| plain(values, weight)).collect();
    let owner = store::Owner { product: product.id, seller: product.seller_id, slug: &product.slug };
    let ids = store::insert_variants(tx, ctx, &owner, &axes, &fresh, known.len()).await?;
    if !ids.is_empty() || grown.has_new_axes() {
        pim::sync_axes(tx, ctx, product.id, &grown.axes).await?;
        changed = true;
    }
    Ok((named, ids.into_iter().map(|(_, sku)| sku).collect(), changed))
}

/// Makes the pictures these, in this order; answers whether anything changed.
async fn set_media(tx: &Tx, ctx: &Ctx, product: &product::Model, wanted: &[PictureEdit]) -> Result<bool> {
    let current = media::shown(tx, product.id).await?;
    let mut order: Vec<Uuid> = Vec::with_capacity(wanted.len());
    let mut new: Vec<NewMedia> = Vec::new();
    let mut changed = false;
    for picture in wanted {
        let asset = picture.asset.uuid();
        if order.contains(&asset) {
            continue;
        }
        let alt = match text::line(&picture.alt, 255) {
            Some(alt) if !alt.is_empty() => alt,
            _ => product.title.clone(),
        };
        match current.iter().find(|(known, _)| *known == asset) {
            Some((_, known)) if *known == alt => {}
            Some(_) => {
                media::set_alt(tx, product.id, asset, &alt).await?;
                changed = true;
            }
            None => {
                media::usable(tx, product, picture.asset).await?;
                new.push(NewMedia { asset, alt, position: order.len(), origin: "manual" });
            }
        }
        order.push(asset);
    }
    let gone: Vec<Uuid> =
        current.iter().map(|(known, _)| *known).filter(|known| !order.contains(known)).collect();
    changed |= media::remove(tx, product.id, &gone).await?;
    if !new.is_empty() {
        media::append_media(tx, ctx, product.id, &new).await?;
        changed = true;
    }
    if !order.iter().eq(current.iter().map(|(known, _)| known)) {
        media::write_order(tx, product.id, &order).await?;
        changed = true;
    }
    Ok(changed)
}
