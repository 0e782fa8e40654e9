//! Writing the parts of a product, for creating, changing and importing alike.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};
use stoa_catalog_entities::{
    category, product, product_category, product_option, product_option_value, product_tag, sku, tag,
    variant, variant_option,
};
use stoa_kernel::{Ctx, Permission, Result, Tx, db, new_id};
use stoa_types::{Category, Id, Product, Sku, Uuid, Variant};

use super::{
    codes::*,
    model::{Axis, AxisValue, Combination, search_text},
};
use crate::{
    cache::{Part, touch},
    sql::Sql,
    text,
};

/// The product, locked for a change by somebody who may make it; 404 otherwise.
pub(crate) async fn load_for_change(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Product>,
    permission: Permission,
) -> Result<product::Model> {
    let scope = ctx.scope(permission)?;
    let missing = || stoa_kernel::Error::not_found("product");
    let product =
        product::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?.ok_or_else(missing)?;
    scope.allows(Some(product.seller_id), "product")?;
    Ok(product)
}

/// Counts the product's version up; every change ends with it. Answers the new version.
pub(crate) async fn bump(tx: &Tx, ctx: &Ctx, product: &product::Model) -> Result<i64> {
    let version = product.version + 1;
    product::Entity::update_many()
        .col_expr(product::Column::Version, version.into())
        .col_expr(product::Column::UpdatedAt, ctx.now.into())
        .filter(product::Column::Id.eq(product.id))
        .exec(tx)
        .await?;
    touch(ctx, Part::Catalogue);
    Ok(version)
}

/// An axis as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredAxis {
    pub id: Uuid,
    pub name: String,
    pub key: String,
    /// Id, value and key, in order.
    pub values: Vec<(Uuid, AxisValue)>,
}

impl StoredAxis {
    pub fn axis(&self) -> Axis {
        let values = self.values.iter().map(|(_, value)| value.clone()).collect();
        Axis { name: self.name.clone(), key: self.key.clone(), values }
    }
}

/// The product's axes with their values, in order.
pub(crate) async fn axes(conn: &impl ConnectionTrait, product: Uuid) -> Result<Vec<StoredAxis>> {
    let mut sql = Sql::new(
        "SELECT o.id, o.name, o.key, v.id AS value_id, v.value, v.key AS value_key \
         FROM product_option o JOIN product_option_value v ON v.option_id = o.id WHERE o.product_id = ",
    );
    sql.bind(product).push(" ORDER BY o.position, v.position");
    let mut axes: Vec<StoredAxis> = Vec::new();
    for row in sql.all::<AxisRow>(conn).await? {
        if axes.last().is_none_or(|axis| axis.id != row.id) {
            axes.push(StoredAxis { id: row.id, name: row.name, key: row.key, values: Vec::new() });
        }
        if let Some(axis) = axes.last_mut() {
            axis.values.push((row.value_id, AxisValue { value: row.value, key: row.value_key }));
        }
    }
    Ok(axes)
}

#[derive(FromQueryResult)]
struct AxisRow {
    id: Uuid,
    name: String,
    key: String,
    value_id: Uuid,
    value: String,
    value_key: String,
}

/// Writes axes that are not there yet and values their axes lack; answers them all in
/// the order of `axes`.
pub(crate) async fn write_axes(
    tx: &Tx,
    product: Uuid,
    stored: Vec<StoredAxis>,
    axes: &[Axis],
) -> Result<Vec<StoredAxis>> {
    let mut options = Vec::new();
    let mut values = Vec::new();
    let mut written = Vec::with_capacity(axes.len());
    for (position, axis) in axes.iter().enumerate() {
        let mut now = match stored.iter().find(|known| known.key == axis.key) {
            Some(known) => known.clone(),
            None => {
                let id = Uuid::now_v7();
                options.push(product_option::ActiveModel {
                    id: Set(id),
                    product_id: Set(product),
                    name: Set(axis.name.clone()),
                    key: Set(axis.key.clone()),
                    position: Set(position as i32),
                });
                StoredAxis { id, name: axis.name.clone(), key: axis.key.clone(), values: Vec::new() }
            }
        };
        for value in &axis.values {
            if now.values.iter().any(|(_, known)| known.key == value.key) {
                continue;
            }
            let id = Uuid::now_v7();
            values.push(product_option_value::ActiveModel {
                id: Set(id),
                option_id: Set(now.id),
                value: Set(value.value.clone()),
                key: Set(value.key.clone()),
                position: Set(now.values.len() as i32),
            });
            now.values.push((id, value.clone()));
        }
        written.push(now);
    }
    if !options.is_empty() {
        product_option::Entity::insert_many(options).exec_without_returning(tx).await?;
    }
    if !values.is_empty() {
        product_option_value::Entity::insert_many(values).exec_without_returning(tx).await?;
    }
    Ok(written)
}

/// Whose product the variants belong to, and what their codes are made from.
pub(crate) struct Owner<'a> {
    pub product: Uuid,
    pub seller: Uuid,
    pub slug: &'a str,
}

/// Writes variants with the seller's SKUs; answers both ids, in order. Each code is
/// unique for the seller: 409 for one that is taken, a free one where none is given.
pub(crate) async fn insert_variants(
    tx: &Tx,
    ctx: &Ctx,
    owner: &Owner<'_>,
    axes: &[StoredAxis],
    combinations: &[Combination],
    first_position: usize,
) -> Result<Vec<(Id<Variant>, Id<Sku>)>> {
    let plain: Vec<Axis> = axes.iter().map(StoredAxis::axis).collect();
    let mut variants = Vec::with_capacity(combinations.len());
    let mut choices = Vec::new();
    let mut ids = Vec::with_capacity(combinations.len());
    for (place, combination) in combinations.iter().enumerate() {
        let id = new_id::<Variant>();
        variants.push(variant::ActiveModel {
            id: Set(id.uuid()),
            product_id: Set(owner.product),
            title: Set(combination.title(&plain)),
            option_key: Set(combination.key(&plain)),
            gtin: Set(combination.gtin.clone()),
            weight_grams: Set(combination.weight_grams),
            asset_id: Set(None),
            active: Set(true),
            position: Set((first_position + place) as i32),
            created_at: Set(ctx.now),
            updated_at: Set(ctx.now),
        });
        choices.extend(choices_of(id.uuid(), axes, combination));
        ids.push((id, new_id::<Sku>()));
    }
    if variants.is_empty() {
        return Ok(ids);
    }
    let inserted = variant::Entity::insert_many(variants)
        .on_conflict_do_nothing_on([variant::Column::ProductId, variant::Column::OptionKey])
        .exec_without_returning(tx)
        .await?;
    if !matches!(inserted, sea_orm::TryInsertResult::Inserted(count) if count == ids.len() as u64) {
        return Err(TUPLE_TAKEN.error("Another variant has the same options.").field("options"));
    }
    if !choices.is_empty() {
        variant_option::Entity::insert_many(choices).exec_without_returning(tx).await?;
    }
    for (place, (combination, (variant, sku))) in combinations.iter().zip(&ids).enumerate() {
        let made = |number: usize| made_code(owner.slug, first_position + place, number);
        match &combination.code {
            Some(code) => {
                if !insert_sku(tx, ctx, owner, *variant, *sku, code).await? {
                    return Err(sku_taken(code, &format!("variants/{place}/sku")));
                }
            }
            None => {
                let mut number = 0;
                while !insert_sku(tx, ctx, owner, *variant, *sku, &made(number)).await? {
                    number += 1;
                }
            }
        }
    }
    Ok(ids)
}

/// The refusal of a code that belongs to another product of the seller; `field` is where it
/// stands in what was sent.
pub fn sku_taken(code: &str, field: &str) -> stoa_kernel::Error {
    SKU_TAKEN
        .error("Another product of this seller has this code. Choose another.")
        .fact("sku", code)
        .field(field)
}

/// The rows that say which values a variant has.
pub(crate) fn choices_of(
    variant: Uuid,
    axes: &[StoredAxis],
    combination: &Combination,
) -> Vec<variant_option::ActiveModel> {
    let pairs = axes.iter().zip(&combination.values);
    pairs
        .filter_map(|(axis, place)| Some((axis.id, axis.values.get(*place)?.0)))
        .map(|(option, value)| variant_option::ActiveModel {
            variant_id: Set(variant),
            option_id: Set(option),
            value_id: Set(value),
        })
        .collect()
}

/// `SALT-GLAZED-JUG-1`, and `…-1B`, `…-1C` where that is taken.
fn made_code(slug: &str, place: usize, number: usize) -> String {
    let stem: String = slug.chars().take(40).collect::<String>().trim_end_matches('-').to_uppercase();
    let again = if number == 0 { String::new() } else { format!("-{}", number + 1) };
    format!("{stem}-{}{again}", place + 1)
}

async fn insert_sku(
    tx: &Tx,
    ctx: &Ctx,
    owner: &Owner<'_>,
    variant: Id<Variant>,
    id: Id<Sku>,
    code: &str,
) -> Result<bool> {
    let row = sku::ActiveModel {
        id: Set(id.uuid()),
        product_id: Set(owner.product),
        variant_id: Set(variant.uuid()),
        seller_id: Set(owner.seller),
        code: Set(code.to_owned()),
        code_key: Set(text::key(code)),
        condition: Set("new".to_owned()),
        active: Set(true),
        in_stock: Set(false),
        version: Set(1),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    Ok(db::inserted(
        &sku::Entity::insert(row)
            .on_conflict_do_nothing_on([sku::Column::SellerId, sku::Column::CodeKey])
            .exec_without_returning(tx)
            .await?,
    ))
}

/// Makes the product's tags these; answers whether anything changed.
pub(crate) async fn set_tags(
    tx: &Tx,
    ctx: &Ctx,
    product: Uuid,
    wanted: &[AxisValue],
    fresh: bool,
) -> Result<bool> {
    if fresh && wanted.is_empty() {
        return Ok(false);
    }
    if !fresh {
        let current: Vec<String> = tag_names(tx, product).await?.into_iter().map(|(_, key)| key).collect();
        if current.iter().eq(wanted.iter().map(|tag| &tag.key)) {
            return Ok(false);
        }
        product_tag::Entity::delete_many()
            .filter(product_tag::Column::ProductId.eq(product))
            .exec(tx)
            .await?;
        if wanted.is_empty() {
            return Ok(true);
        }
    }
    let new = wanted.iter().map(|tag| tag::ActiveModel {
        id: Set(Uuid::now_v7()),
        name: Set(tag.value.clone()),
        key: Set(tag.key.clone()),
        created_at: Set(ctx.now),
    });
    // Only those that are missing: reading first keeps the usual case free of writes.
    let keys: Vec<&str> = wanted.iter().map(|tag| tag.key.as_str()).collect();
    let mut ids = tag_ids(tx, &keys).await?;
    let missing: Vec<_> =
        new.filter(|row| row.key.try_as_ref().is_some_and(|key| !ids.contains_key(key))).collect();
    if !missing.is_empty() {
        tag::Entity::insert_many(missing)
            .on_conflict_do_nothing_on([tag::Column::Key])
            .exec_without_returning(tx)
            .await?;
        ids = tag_ids(tx, &keys).await?;
    }
    let rows: Vec<_> = wanted
        .iter()
        .enumerate()
        .filter_map(|(place, tag)| Some((place, *ids.get(&tag.key)?)))
        .map(|(place, tag)| product_tag::ActiveModel {
            product_id: Set(product),
            tag_id: Set(tag),
            position: Set(place as i32),
        })
        .collect();
    product_tag::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(true)
}

async fn tag_ids(tx: &Tx, keys: &[&str]) -> Result<HashMap<String, Uuid>> {
    let rows: Vec<(String, Uuid)> = tag::Entity::find()
        .select_only()
        .columns([tag::Column::Key, tag::Column::Id])
        .filter(tag::Column::Key.is_in(keys.iter().copied()))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Name and key of the product's tags, in order.
pub(crate) async fn tag_names(conn: &impl ConnectionTrait, product: Uuid) -> Result<Vec<(String, String)>> {
    #[derive(FromQueryResult)]
    struct Row {
        name: String,
        key: String,
    }
    let mut sql = Sql::new(
        "SELECT t.name, t.key FROM product_tag p JOIN tag t ON t.id = p.tag_id WHERE p.product_id = ",
    );
    sql.bind(product).push(" ORDER BY p.position");
    Ok(sql.all::<Row>(conn).await?.into_iter().map(|row| (row.name, row.key)).collect())
}

/// Ids of the product's categories, the primary one first.
pub(crate) async fn category_ids(conn: &impl ConnectionTrait, product: Uuid) -> Result<Vec<Uuid>> {
    Ok(product_category::Entity::find()
        .select_only()
        .column(product_category::Column::CategoryId)
        .filter(product_category::Column::ProductId.eq(product))
        .order_by_asc(product_category::Column::Position)
        .into_tuple()
        .all(conn)
        .await?)
}

/// Makes the product's categories these, the first one primary; answers whether
/// anything changed. 422 for one that does not exist.
pub(crate) async fn set_categories(
    tx: &Tx,
    product: Uuid,
    wanted: &[Id<Category>],
    fresh: bool,
) -> Result<bool> {
    let mut unique: Vec<Uuid> = Vec::with_capacity(wanted.len());
    for id in wanted {
        if !unique.contains(&id.uuid()) {
            unique.push(id.uuid());
        }
    }
    if fresh && unique.is_empty() {
        return Ok(false);
    }
    if !fresh {
        if category_ids(tx, product).await? == unique {
            return Ok(false);
        }
        product_category::Entity::delete_many()
            .filter(product_category::Column::ProductId.eq(product))
            .exec(tx)
            .await?;
    }
    if !unique.is_empty() {
        let known: Vec<Uuid> = category::Entity::find()
            .select_only()
            .column(category::Column::Id)
            .filter(category::Column::Id.is_in(unique.iter().copied()))
            .into_tuple()
            .all(tx)
            .await?;
        if known.len() != unique.len() {
            return Err(stoa_kernel::Error::invalid(vec![stoa_types::FieldError {
                field: "category".to_owned(),
                code: CATEGORY_UNKNOWN.name.to_owned(),
                message: "There is no such category.".to_owned(),
            }]));
        }
        let rows = unique.iter().enumerate().map(|(place, category)| product_category::ActiveModel {
            product_id: Set(product),
            category_id: Set(*category),
            position: Set(place as i32),
        });
        product_category::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    product::Entity::update_many()
        .col_expr(product::Column::CategoryId, unique.first().copied().into())
        .filter(product::Column::Id.eq(product))
        .exec(tx)
        .await?;
    Ok(true)
}

/// Writes anew what the product is searched by.
pub(crate) async fn refresh_search(tx: &Tx, product: Uuid, title: &str, maker: Option<&str>) -> Result<()> {
    let tags = tag_names(tx, product).await?;
    #[derive(FromQueryResult)]
    struct Row {
        name: String,
    }
    let mut sql = Sql::new(
        "SELECT c.name FROM product_category p JOIN category c ON c.id = p.category_id WHERE p.product_id = ",
    );
    sql.bind(product).push(" ORDER BY p.position");
    let categories = sql.all::<Row>(tx).await?;
    let parts = [title].into_iter().chain(maker).chain(tags.iter().map(|tag| tag.0.as_str()));
    let text = search_text(parts.chain(categories.iter().map(|row| row.name.as_str())));
    product::Entity::update_many()
        .col_expr(product::Column::SearchText, text.into())
        .filter(product::Column::Id.eq(product))
        .exec(tx)
        .await?;
    Ok(())
}

/// Makes the first picture that has not failed the thumbnail.
pub(crate) async fn refresh_thumbnail(tx: &Tx, product: Uuid) -> Result<()> {
    let first = |column: &str| {
        format!(
            "(SELECT m.{column} FROM product_media m JOIN asset a ON a.id = m.asset_id \
              WHERE m.product_id = product.id AND a.state <> 'failed' ORDER BY m.position LIMIT 1)"
        )
    };
    let mut sql = Sql::new("UPDATE product SET thumbnail_id = ");
    sql.push(&first("asset_id"))
        .push(", thumbnail_alt = COALESCE(")
        .push(&first("alt"))
        .push(", '') WHERE id = ")
        .bind(product);
    sql.execute(tx).await?;
    Ok(())
}
