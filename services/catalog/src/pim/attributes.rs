//! Attributes of products, and option axes repeated as attributes for the facets.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter};
use serde_json::json;
use stoa_catalog_entities::{attribute_definition, attribute_option, attribute_value};
use stoa_catalog_types::{AttributeInput, AttributeView};
use stoa_kernel::{Ctx, NewEvent, Result, Tx, audit, db, events, new_id};
use stoa_types::{Attribute, Id, Uuid};

use crate::{products::model::Axis, sql::Sql, text};

const OWN: &str = "attribute";
const FROM_AXIS: &str = "axis";

/// One spelling for a code: an axis "Color" and an attribute "colour" are one facet.
fn code_of(name: &str) -> String {
    match text::slug(name).as_str() {
        "color" => "colour".to_owned(),
        code => code.to_owned(),
    }
}

/// The product's attributes in order, without those its axes repeat.
pub(crate) async fn attributes_of(conn: &impl ConnectionTrait, product: Uuid) -> Result<Vec<AttributeView>> {
    #[derive(FromQueryResult)]
    struct Row {
        code: String,
        name: String,
        value: String,
    }
    let mut sql = Sql::new(
        "SELECT d.code, d.label AS name, o.label AS value FROM attribute_value v \
         JOIN attribute_definition d ON d.id = v.attribute_id JOIN attribute_option o ON o.id = v.option_id WHERE v.product_id = ",
    );
    sql.bind(product).push(" AND v.origin = ").bind(OWN).push(" ORDER BY v.position");
    let rows = sql.all::<Row>(conn).await?;
    Ok(rows
        .into_iter()
        .map(|row| AttributeView { code: row.code, name: row.name, value: row.value })
        .collect())
}

/// Makes the product's attributes these, and repeats its axes; answers whether anything
/// changed. Attributes and options nobody used before are made.
pub(crate) async fn set_attributes(
    tx: &Tx,
    ctx: &Ctx,
    product: Uuid,
    wanted: &[AttributeInput],
    axes: &[Axis],
    fresh: bool,
) -> Result<bool> {
    let mut pairs: Vec<(&str, String, String)> =
        wanted.iter().map(|one| (OWN, one.name.clone(), one.value.clone())).collect();
    pairs.extend(axis_pairs(axes));
    replace(tx, ctx, product, &pairs, fresh, &[OWN, FROM_AXIS]).await
}

/// Repeats the axes anew after a variant was added.
pub(crate) async fn sync_axes(tx: &Tx, ctx: &Ctx, product: Uuid, axes: &[Axis]) -> Result<bool> {
    let pairs: Vec<_> = axis_pairs(axes).collect();
    replace(tx, ctx, product, &pairs, false, &[FROM_AXIS]).await
}

fn axis_pairs(axes: &[Axis]) -> impl Iterator<Item = (&'static str, String, String)> {
    axes.iter()
        .flat_map(|axis| axis.values.iter().map(|value| (FROM_AXIS, axis.name.clone(), value.value.clone())))
}

async fn replace(
    tx: &Tx,
    ctx: &Ctx,
    product: Uuid,
    wanted: &[(&'static str, String, String)],
    fresh: bool,
    origins: &[&'static str],
) -> Result<bool> {
    let mut unique: Vec<(&'static str, String, String, String, String)> = Vec::with_capacity(wanted.len());
    for (origin, name, value) in wanted {
        let (code, option) = (code_of(name), text::slug(value));
        let option = if option.is_empty() { "other".to_owned() } else { option };
        if !code.is_empty()
            && !unique.iter().any(|known| known.1 == code && known.2 == option && known.0 == *origin)
        {
            unique.push((*origin, code, option, name.clone(), value.clone()));
        }
    }
    if fresh && unique.is_empty() {
        return Ok(false);
    }
    if !fresh {
        #[derive(FromQueryResult)]
        struct Row {
            origin: String,
            code: String,
            option: String,
        }
        let mut sql = Sql::new(
            "SELECT v.origin, d.code, o.code AS option FROM attribute_value v JOIN attribute_definition d ON d.id = v.attribute_id \
             JOIN attribute_option o ON o.id = v.option_id WHERE v.product_id = ",
        );
        sql.bind(product)
            .push(" AND v.origin IN ")
            .list(origins.iter().copied())
            .push(" ORDER BY v.origin, v.position");
        let current = sql.all::<Row>(tx).await?;
        let same = current.iter().map(|row| (row.origin.as_str(), row.code.as_str(), row.option.as_str()));
        if same.eq(unique.iter().map(|one| (one.0, one.1.as_str(), one.2.as_str()))) {
            return Ok(false);
        }
        attribute_value::Entity::delete_many()
            .filter(attribute_value::Column::ProductId.eq(product))
            .filter(attribute_value::Column::Origin.is_in(origins.iter().copied()))
            .exec(tx)
            .await?;
        if unique.is_empty() {
            return Ok(true);
        }
    }
    let attributes =
        ensure_attributes(tx, ctx, unique.iter().map(|one| (one.1.as_str(), one.3.as_str()))).await?;
    let pairs: Vec<(Uuid, &str, &str)> = unique
        .iter()
        .filter_map(|one| Some((*attributes.get(&one.1)?, one.2.as_str(), one.4.as_str())))
        .collect();
    let options = ensure_options(tx, ctx, &pairs).await?;
    let rows: Vec<_> = unique
        .iter()
        .enumerate()
        .filter_map(|(place, one)| {
            let attribute = *attributes.get(&one.1)?;
            let option = *options.get(&(attribute, one.2.clone()))?;
            Some(attribute_value::ActiveModel {
                id: Set(Uuid::now_v7()),
                product_id: Set(product),
                attribute_id: Set(attribute),
                option_id: Set(Some(option)),
                locale: Set(None),
                value: Set(None),
                origin: Set(one.0.to_owned()),
                position: Set(place as i32),
            })
        })
        .collect();
    attribute_value::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(true)
}

/// Ids by code, making those that are missing.
async fn ensure_attributes<'a>(
    tx: &Tx,
    ctx: &Ctx,
    wanted: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<HashMap<String, Uuid>> {
    let wanted: HashMap<&str, &str> = wanted.collect();
    let find = || async {
        let rows = attribute_definition::Entity::find()
            .filter(attribute_definition::Column::Code.is_in(wanted.keys().copied()))
            .all(tx)
            .await?;
        Ok::<_, stoa_kernel::Error>(rows.into_iter().map(|row| (row.code, row.id)).collect::<HashMap<_, _>>())
    };
    let known = find().await?;
    if known.len() == wanted.len() {
        return Ok(known);
    }
    let mut missing: Vec<(&&str, &&str)> =
        wanted.iter().filter(|(code, _)| !known.contains_key(**code)).collect();
    missing.sort_unstable();
    for (code, name) in missing {
        let id = new_id::<Attribute>();
        let row = attribute_definition::ActiveModel {
            id: Set(id.uuid()),
            code: Set((*code).to_owned()),
            label: Set(sentence_case(name)),
            kind: Set("select".to_owned()),
            required: Set(false),
            filterable: Set(true),
            searchable: Set(false),
            localizable: Set(false),
            variant_axis: Set(true),
            position: Set(rank(code)),
            version: Set(1),
            created_at: Set(ctx.now),
            updated_at: Set(ctx.now),
        };
        let made = attribute_definition::Entity::insert(row)
            .on_conflict_do_nothing_on([attribute_definition::Column::Code])
            .exec_without_returning(tx)
            .await?;
        if db::inserted(&made) {
            // The event's subject is the attribute by its UUID; there is no typed id of it yet.
            let data = json!({ "attribute": id.uuid(), "code": code, "label": name, "kind": "select" });
            events::emit(
                tx,
                ctx,
                NewEvent::new("attribute.created", Id::<Attribute>::new(id.uuid()), 1).data(data.clone()),
            )
            .await?;
            audit::record(tx, ctx, audit::Entry::new("attribute.created", id).facts(data)).await?;
        }
    }
    find().await
}

/// Facets shoppers use most stand first.
fn rank(code: &str) -> i32 {
    let order = ["colour", "glaze", "material", "size", "wood", "finish", "brand"];
    order.iter().position(|known| *known == code).map_or(100, |place| place as i32)
}

fn sentence_case(name: &str) -> String {
    let name = if name.eq_ignore_ascii_case("color") { "Colour" } else { name };
    let mut letters = name.trim().chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Option ids by attribute and code, making those that are missing.
async fn ensure_options(
    tx: &Tx,
    ctx: &Ctx,
    wanted: &[(Uuid, &str, &str)],
) -> Result<HashMap<(Uuid, String), Uuid>> {
    let find = || async {
        let rows = attribute_option::Entity::find()
            .filter(attribute_option::Column::AttributeId.is_in(wanted.iter().map(|one| one.0)))
            .filter(attribute_option::Column::Code.is_in(wanted.iter().map(|one| one.1)))
            .all(tx)
            .await?;
        let ids = rows.into_iter().map(|row| ((row.attribute_id, row.code), row.id));
        Ok::<_, stoa_kernel::Error>(ids.collect::<HashMap<_, _>>())
    };
    let known = find().await?;
    let mut missing: Vec<&(Uuid, &str, &str)> =
        wanted.iter().filter(|one| !known.contains_key(&(one.0, one.1.to_owned()))).collect();
    if missing.is_empty() {
        return Ok(known);
    }
    missing.sort_unstable_by_key(|one| (one.0, one.1));
    missing.dedup_by_key(|one| (one.0, one.1));
    let rows = missing.into_iter().map(|(attribute, code, label)| attribute_option::ActiveModel {
        id: Set(Uuid::now_v7()),
        attribute_id: Set(*attribute),
        code: Set((*code).to_owned()),
        label: Set(sentence_case(label)),
        position: Set(0),
        created_at: Set(ctx.now),
    });
    attribute_option::Entity::insert_many(rows)
        .on_conflict_do_nothing_on([attribute_option::Column::AttributeId, attribute_option::Column::Code])
        .exec_without_returning(tx)
        .await?;
    find().await
}
