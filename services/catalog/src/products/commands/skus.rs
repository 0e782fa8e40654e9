use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde_json::json;
use stoa_catalog_entities::{product, sku, variant, variant_option};
use stoa_catalog_types::{Change, ProductStatus, SkuView, UpdateSku, VariantInput};
use stoa_kernel::{Ctx, Error, Fields, Result, Tx, db};
use stoa_types::{Id, Product, Sku, Uuid};

use super::{entry, tell};
use crate::{
    offers, pim,
    products::{codes::*, model, queries, store},
    text,
};

/// Adds a variant and the seller's offer of it; values an option lacks are added to it.
///
/// Needs `products.write`. 409 when the options or the code are taken.
pub async fn add_sku(ctx: &Ctx, id: Id<Product>, input: VariantInput) -> Result<SkuView> {
    let tx = ctx.db().begin().await?;
    let product = store::load_for_change(&tx, ctx, id, WRITE).await?;
    refuse_archived(&product)?;
    let stored = store::axes(&tx, product.id).await?;
    let mut axes: Vec<_> = stored.iter().map(store::StoredAxis::axis).collect();
    let mut fields = Fields::default();
    let combination = model::combination(&mut axes, &input, "", &mut fields);
    let count = variant_count(&tx, product.id).await?;
    fields.check(
        count < model::MOST_VARIANTS,
        "options",
        TOO_MANY_VARIANTS,
        "A product has at most 500 variants.",
    );
    fields.finish()?;
    let Some(combination) = combination else { return Err(Error::not_found("variant")) };
    let stored = store::write_axes(&tx, product.id, stored, &axes).await?;
    let owner = store::Owner { product: product.id, seller: product.seller_id, slug: &product.slug };
    let ids =
        store::insert_variants(&tx, ctx, &owner, &stored, std::slice::from_ref(&combination), count).await?;
    let Some((_, sku)) = ids.first().copied() else { return Err(Error::not_found("variant")) };
    pim::sync_axes(&tx, ctx, product.id, &axes).await?;
    let version = store::bump(&tx, ctx, &product).await?;
    let entry = entry("product.sku_added", &product)
        .facts(json!({ "sku": sku, "options": combination.title(&axes) }));
    tell(&tx, ctx, "product.updated", &product, version, &["skus"], entry).await?;
    ctx.db().commit(tx).await?;
    queries::sku_view(ctx.db().read(), ctx, id, sku).await
}

pub(super) fn refuse_archived(product: &product::Model) -> Result<()> {
    if model::status(&product.status) == ProductStatus::Archived {
        return Err(ARCHIVED.error("This product is archived. Bring it back as a draft first."));
    }
    Ok(())
}

async fn variant_count(tx: &Tx, product: Uuid) -> Result<usize> {
    use sea_orm::PaginatorTrait;
    Ok(variant::Entity::find().filter(variant::Column::ProductId.eq(product)).count(tx).await? as usize)
}

/// Changes a SKU, of which the caller knows `version`, and its variant.
///
/// Needs `products.write`. 412 with the current version when somebody was faster, 409 when
/// the options or the code belong to another variant; its own do not count.
pub async fn update_sku(
    ctx: &Ctx,
    id: Id<Product>,
    sku: Id<Sku>,
    version: i64,
    input: UpdateSku,
) -> Result<SkuView> {
    let tx = ctx.db().begin().await?;
    let product = store::load_for_change(&tx, ctx, id, WRITE).await?;
    refuse_archived(&product)?;
    let missing = || Error::not_found("SKU");
    let before = sku::Entity::find_by_id(sku.uuid())
        .filter(sku::Column::ProductId.eq(product.id))
        .one(&tx)
        .await?
        .ok_or_else(missing)?;
    // The product is locked, and with it all that is its.
    if before.version != version {
        return Err(Error::stale(before.version));
    }
    let variant = variant::Entity::find_by_id(before.variant_id).one(&tx).await?.ok_or_else(missing)?;
    let change = SkuChange::check(input)?;
    let changed = apply(&tx, ctx, &product, &before, &variant, change).await?;
    if changed {
        let version = store::bump(&tx, ctx, &product).await?;
        let after = sku::Entity::find_by_id(sku.uuid()).one(&tx).await?.ok_or_else(missing)?;
        let facts = |sku: &sku::Model| json!({ "sku": sku.id, "code": sku.code, "active": sku.active });
        let entry = entry("product.sku_updated", &product).diff(&facts(&before), &facts(&after));
        tell(&tx, ctx, "product.updated", &product, version, &["skus"], entry).await?;
        ctx.db().commit(tx).await?;
    }
    queries::sku_view(ctx.db().read(), ctx, id, sku).await
}

/// A checked change to a SKU.
#[derive(Default)]
pub(crate) struct SkuChange {
    pub options: Option<Vec<String>>,
    pub code: Option<String>,
    pub gtin: Change<String>,
    pub weight_grams: Option<i64>,
    pub active: Option<bool>,
}

impl SkuChange {
    fn check(input: UpdateSku) -> Result<Self> {
        let mut fields = Fields::default();
        let code = match input.code.as_deref() {
            None => None,
            Some(text) => {
                let code = model::code(text);
                fields.check(
                    code.is_some(),
                    "code",
                    SKU_INVALID,
                    "A code has 1 to 64 characters in one line.",
                );
                code
            }
        };
        let gtin = match input.gtin {
            Change::Set(gtin) => {
                let gtin = gtin.trim().to_owned();
                let right = model::gtin_is_valid(&gtin);
                fields.check(
                    right,
                    "gtin",
                    GTIN_INVALID,
                    "This is no GTIN: check its digits, the last one is a check digit.",
                );
                Change::Set(gtin)
            }
            other => other,
        };
        model::weight(input.weight_grams, "weight_grams", &mut fields);
        fields.finish()?;
        Ok(Self {
            options: input.options,
            code,
            gtin,
            weight_grams: input.weight_grams,
            active: input.active,
        })
    }
}

/// Writes what differs; answers whether anything did.
pub(crate) async fn apply(
    tx: &Tx,
    ctx: &Ctx,
    product: &product::Model,
    sku: &sku::Model,
    variant: &variant::Model,
    change: SkuChange,
) -> Result<bool> {
    let mut changed = false;
    if let Some(code) = change.code.filter(|code| *code != sku.code) {
        set_code(tx, sku, &code).await?;
        changed = true;
    }
    if let Some(options) = &change.options {
        changed |= set_options(tx, ctx, product, variant, options).await?;
    }
    let gtin = change.gtin.apply(variant.gtin.clone());
    let weight = change.weight_grams.or(variant.weight_grams);
    if gtin != variant.gtin || weight != variant.weight_grams {
        variant::Entity::update_many()
            .col_expr(variant::Column::Gtin, gtin.into())
            .col_expr(variant::Column::WeightGrams, weight.into())
            .col_expr(variant::Column::UpdatedAt, ctx.now.into())
            .filter(variant::Column::Id.eq(variant.id))
            .exec(tx)
            .await?;
        changed = true;
    }
    if let Some(active) = change.active
        && (active != sku.active || active != variant.active)
    {
        set_active(tx, ctx, product.id, &[(sku.id, variant.id)], active).await?;
        changed = true;
    }
    if changed {
        sku::Entity::update_many()
            .col_expr(sku::Column::Version, (sku.version + 1).into())
            .col_expr(sku::Column::UpdatedAt, ctx.now.into())
            .filter(sku::Column::Id.eq(sku.id))
            .exec(tx)
            .await?;
    }
    Ok(changed)
}

/// Offers these or takes them out of the offer, and sums the product up anew.
pub(crate) async fn set_active(
    tx: &Tx,
    ctx: &Ctx,
    product: Uuid,
    skus: &[(Uuid, Uuid)],
    active: bool,
) -> Result<()> {
    if skus.is_empty() {
        return Ok(());
    }
    sku::Entity::update_many()
        .col_expr(sku::Column::Active, active.into())
        .col_expr(sku::Column::Version, Expr::col(sku::Column::Version).add(1))
        .filter(sku::Column::Id.is_in(skus.iter().map(|pair| pair.0)))
        .exec(tx)
        .await?;
    variant::Entity::update_many()
        .col_expr(variant::Column::Active, active.into())
        .filter(variant::Column::Id.is_in(skus.iter().map(|pair| pair.1)))
        .exec(tx)
        .await?;
    offers::summarise(tx, ctx, product).await
}

async fn set_code(tx: &Tx, sku: &sku::Model, code: &str) -> Result<()> {
    let renamed = sku::Entity::update_many()
        .col_expr(sku::Column::Code, code.into())
        .col_expr(sku::Column::CodeKey, text::key(code).into())
        .filter(sku::Column::Id.eq(sku.id))
        .exec(tx)
        .await;
    match renamed {
        Err(error) if db::is_unique_violation(&error) => Err(store::sku_taken(code, "code")),
        other => Ok(other.map(|_| ())?),
    }
}

async fn set_options(
    tx: &Tx,
    ctx: &Ctx,
    product: &product::Model,
    variant: &variant::Model,
    options: &[String],
) -> Result<bool> {
    let stored = store::axes(tx, product.id).await?;
    let mut axes: Vec<_> = stored.iter().map(store::StoredAxis::axis).collect();
    let mut fields = Fields::default();
    let input = VariantInput { options: options.to_vec(), ..VariantInput::default() };
    let combination = model::combination(&mut axes, &input, "", &mut fields);
    fields.finish()?;
    let Some(combination) = combination.filter(|combination| combination.key(&axes) != variant.option_key)
    else {
        return Ok(false);
    };
    let (title, key) = (combination.title(&axes), combination.key(&axes));
    let twin = variant::Entity::find()
        .select_only()
        .column(variant::Column::Id)
        .filter(variant::Column::ProductId.eq(product.id))
        .filter(variant::Column::OptionKey.eq(key.clone()))
        .into_tuple::<Uuid>()
        .one(tx)
        .await?;
    if twin.is_some_and(|twin| twin != variant.id) {
        return Err(TUPLE_TAKEN.error("Another variant has the same options.").field("options"));
    }
    let stored = store::write_axes(tx, product.id, stored, &axes).await?;
    variant::Entity::update_many()
        .col_expr(variant::Column::Title, title.into())
        .col_expr(variant::Column::OptionKey, key.into())
        .col_expr(variant::Column::UpdatedAt, ctx.now.into())
        .filter(variant::Column::Id.eq(variant.id))
        .exec(tx)
        .await?;
    variant_option::Entity::delete_many()
        .filter(variant_option::Column::VariantId.eq(variant.id))
        .exec(tx)
        .await?;
    let choices = store::choices_of(variant.id, &stored, &combination);
    if !choices.is_empty() {
        variant_option::Entity::insert_many(choices).exec_without_returning(tx).await?;
    }
    pim::sync_axes(tx, ctx, product.id, &axes).await?;
    Ok(true)
}

/// Gives variants their pictures; answers whether any changed.
pub(crate) async fn set_pictures(tx: &Tx, pictures: &[(Uuid, Option<Uuid>, Option<Uuid>)]) -> Result<bool> {
    let mut changed = false;
    for (variant, before, after) in pictures {
        if before != after {
            variant::Entity::update_many()
                .col_expr(variant::Column::AssetId, (*after).into())
                .filter(variant::Column::Id.eq(*variant))
                .exec(tx)
                .await?;
            changed = true;
        }
    }
    Ok(changed)
}
