//! Reading prices.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait,
};
use stoa_catalog::products;
use stoa_kernel::{
    Ctx, Error, Fields, Result, Scope,
    page::{self, Cursor},
};
use stoa_pricing_entities::{price, price_list};
use stoa_pricing_types::{ListedPrice, PriceListView, PriceQuery, PriceView, PricesView, SkuPrice};
use stoa_types::{Currency, Id, Money, PageQuery, PriceList, Sku, Uuid};

use super::{QUANTITY_INVALID, READ, TOO_MANY_ROWS, commands, model};

/// What these SKUs cost now, one piece each, in the caller's currency; those without a
/// price are missing. One statement.
pub async fn current(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    skus: &[Id<Sku>],
) -> Result<HashMap<Id<Sku>, SkuPrice>> {
    current_in(conn, ctx, ctx.currency, skus).await
}

/// [`current`] in a currency.
pub async fn current_in(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    currency: Currency,
    skus: &[Id<Sku>],
) -> Result<HashMap<Id<Sku>, SkuPrice>> {
    let wanted: Vec<(Id<Sku>, i64)> = skus.iter().map(|sku| (*sku, 1)).collect();
    for_quantities(conn, ctx, currency, &wanted).await
}

/// What these SKUs cost apiece in these quantities. One statement.
pub async fn for_quantities(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    currency: Currency,
    wanted: &[(Id<Sku>, i64)],
) -> Result<HashMap<Id<Sku>, SkuPrice>> {
    let found = tiers(conn, ctx, currency, wanted.iter().map(|one| one.0.uuid())).await?;
    let money = |amount| Money::new(amount, currency);
    let price = |tier: &Tier| SkuPrice { price: money(tier.amount), compare_at: tier.compare_at.map(money) };
    Ok(wanted
        .iter()
        .filter_map(|(sku, quantity)| Some((*sku, price(best(&found, *sku, *quantity)?))))
        .collect())
}

/// A price on a default list that holds now.
#[derive(sea_orm::FromQueryResult)]
struct Tier {
    sku_id: Uuid,
    price_list_id: Uuid,
    min_quantity: i64,
    amount: i64,
    compare_at: Option<i64>,
    valid_from: stoa_types::DateTime<stoa_types::Utc>,
}

fn best(tiers: &[Tier], sku: Id<Sku>, quantity: i64) -> Option<&Tier> {
    let own = tiers.iter().filter(|tier| tier.sku_id == sku.uuid());
    model::tier(own, quantity, |tier| (tier.min_quantity, tier.valid_from.timestamp_micros()))
}

async fn tiers(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    currency: Currency,
    skus: impl Iterator<Item = Uuid>,
) -> Result<Vec<Tier>> {
    let skus: Vec<Uuid> = skus.collect();
    if skus.is_empty() {
        return Ok(Vec::new());
    }
    use price::Column::{Amount, CompareAt, MinQuantity, PriceListId, SkuId, ValidFrom, ValidTo};
    let lasting = Condition::any().add(ValidTo.is_null()).add(ValidTo.gt(ctx.now));
    Ok(price::Entity::find()
        .select_only()
        .columns([SkuId, PriceListId, MinQuantity, Amount, CompareAt, ValidFrom])
        .join(sea_orm::JoinType::InnerJoin, price::Relation::PriceList.def())
        .filter(price_list::Column::DefaultFor.eq(currency.code()))
        .filter(SkuId.is_in(skus))
        .filter(ValidFrom.lte(ctx.now).and(lasting))
        .into_model()
        .all(conn)
        .await?)
}

/// Prices with the rule that gave them. Visitors see those of published products;
/// others need `prices.read` and see their own.
pub async fn find(ctx: &Ctx, query: &PriceQuery) -> Result<PricesView> {
    let conn = ctx.db().read();
    if query.customer.is_some() {
        ctx.require(READ)?;
    }
    let texts: Vec<String> =
        query.sku.split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect();
    let quantity = query.quantity.unwrap_or(1);
    let mut fields = Fields::default();
    fields.check((1..=100).contains(&texts.len()), "sku", TOO_MANY_ROWS, "Ask for 1 to 100 SKUs.");
    fields.check(
        (1..=1_000_000).contains(&quantity),
        "quantity",
        QUANTITY_INVALID,
        "Ask for 1 to 1,000,000 pieces.",
    );
    fields.finish()?;
    let known = products::resolve_skus(conn, ctx, &texts).await?;
    let mut skus: Vec<Id<Sku>> =
        texts.iter().filter_map(|text| known.get(text)).map(|found| found.0).collect();
    // A caller of one seller reads others' public prices by id like any visitor.
    skus.extend(
        texts
            .iter()
            .filter(|text| !known.contains_key(*text))
            .filter_map(|text| text.parse::<Id<Sku>>().ok()),
    );
    let cards = products::sku_cards(conn, ctx, &skus).await?;
    let own = |seller| ctx.may(READ) && ctx.seller.is_none_or(|own| own == seller);
    skus.retain(|sku| cards.get(sku).is_some_and(|card| card.sellable || own(card.seller)));
    if skus.is_empty() {
        return Err(Error::not_found("SKU"));
    }
    let currency = query.currency.unwrap_or(ctx.currency);
    let found = tiers(conn, ctx, currency, skus.iter().map(|sku| sku.uuid())).await?;
    let money = |amount| Money::new(amount, currency);
    let items = skus.iter().filter_map(|sku| Some((*sku, best(&found, *sku, quantity)?)));
    let items = items.map(|(sku, tier)| PriceView {
        sku,
        price: money(tier.amount),
        compare_at: tier.compare_at.map(money),
        price_list: Id::new(tier.price_list_id),
        min_quantity: tier.min_quantity,
        explain: explain(tier, currency),
    });
    Ok(PricesView { items: items.collect() })
}

fn explain(tier: &Tier, currency: Currency) -> Vec<String> {
    let list = format!("Base: the everyday price list in {}.", currency.code());
    match tier.min_quantity {
        1 => vec![list],
        many => vec![list, format!("Quantity: the price from {many} pieces on.")],
    }
}

/// The price lists there are. Needs `prices.read`; their prices are left out.
pub async fn lists(ctx: &Ctx) -> Result<Vec<PriceListView>> {
    let scope = ctx.scope(READ)?;
    let rows = price_list::Entity::find()
        .order_by_asc(price_list::Column::Code)
        .limit(500)
        .all(ctx.db().read())
        .await?;
    let versions = versions(ctx.db().read(), &rows, scope).await?;
    rows.into_iter()
        .map(|list| {
            let version = list.version + versions.get(&list.id).copied().unwrap_or_default();
            view(list, version, Vec::new(), None)
        })
        .collect()
}

/// A price list with a page of its prices: a seller sees the own ones. Needs
/// `prices.read`.
pub async fn list(ctx: &Ctx, id: Id<PriceList>, query: &PageQuery) -> Result<PriceListView> {
    let scope = ctx.scope(READ)?;
    let limit = page::limit(query)?;
    let cursor = Cursor::<(Uuid, Uuid)>::read(query)?;
    let conn = ctx.db().read();
    let missing = || Error::not_found("price list");
    let list = price_list::Entity::find_by_id(id.uuid()).one(conn).await?.ok_or_else(missing)?;
    use price::Column::{Id as PriceId, PriceListId, SellerId, SkuId};
    let mut rows = price::Entity::find().filter(PriceListId.eq(list.id)).limit(limit + 1);
    if let Some(seller) = scope.seller() {
        rows = rows.filter(SellerId.eq(seller));
    }
    rows = match &cursor {
        Cursor::Start => rows.order_by_asc(SkuId).order_by_asc(PriceId),
        Cursor::After((sku, id)) => rows
            .filter(SkuId.gt(*sku).or(SkuId.eq(*sku).and(PriceId.gt(*id))))
            .order_by_asc(SkuId)
            .order_by_asc(PriceId),
        Cursor::Before((sku, id)) => rows
            .filter(SkuId.lt(*sku).or(SkuId.eq(*sku).and(PriceId.lt(*id))))
            .order_by_desc(SkuId)
            .order_by_desc(PriceId),
    };
    let page = page::build(rows.all(conn).await?, limit, &cursor, |row| (row.sku_id, row.id));
    let version = version(conn, &list, scope).await?;
    view(list, version, page.items, page.next)
}

/// What a caller of this scope knows a list by: it counts the changes of the list and of
/// the prices on it that the caller may see, so that sellers on one list do not stand in
/// each other's way.
pub(super) async fn version(
    conn: &impl ConnectionTrait,
    list: &price_list::Model,
    scope: Scope,
) -> Result<i64> {
    let changes = versions(conn, std::slice::from_ref(list), scope).await?;
    Ok(list.version + changes.get(&list.id).copied().unwrap_or_default())
}

/// How often the visible prices on each list changed.
async fn versions(
    conn: &impl ConnectionTrait,
    lists: &[price_list::Model],
    scope: Scope,
) -> Result<HashMap<Uuid, i64>> {
    use price::Column::{PriceListId, SellerId, Version};
    // PostgreSQL sums 64 bits up to a decimal number.
    let mut sums = price::Entity::find()
        .select_only()
        .column(PriceListId)
        .column_as(Version.sum().cast_as("BIGINT"), "changes")
        .filter(PriceListId.is_in(lists.iter().map(|list| list.id)))
        .group_by(PriceListId);
    if let Some(seller) = scope.seller() {
        sums = sums.filter(SellerId.eq(seller));
    }
    Ok(sums.into_tuple::<(Uuid, i64)>().all(conn).await?.into_iter().collect())
}

/// The default list of a currency, made when it is missing. Needs `prices.write` to
/// make it and `prices.read` to see it.
pub async fn default_list(ctx: &Ctx, currency: Currency) -> Result<PriceListView> {
    ctx.require(READ)?;
    let known = price_list::Entity::find()
        .filter(price_list::Column::DefaultFor.eq(currency.code()))
        .one(ctx.db().read())
        .await?;
    let id = match known {
        Some(list) => list.id,
        None => {
            ctx.require(super::WRITE)?;
            let tx = ctx.db().begin().await?;
            let list = commands::ensure_default(&tx, ctx, currency).await?;
            ctx.db().commit(tx).await?;
            list.id
        }
    };
    list(ctx, Id::new(id), &PageQuery::default()).await
}

fn view(
    list: price_list::Model,
    version: i64,
    prices: Vec<price::Model>,
    next: Option<String>,
) -> Result<PriceListView> {
    let currency: Currency = list.currency.parse()?;
    let money = |amount| Money::new(amount, currency);
    Ok(PriceListView {
        id: Id::new(list.id),
        version,
        code: list.code,
        name: list.name,
        currency,
        default: list.default_for.is_some(),
        prices: prices
            .into_iter()
            .map(|row| ListedPrice {
                sku: Id::new(row.sku_id),
                min_quantity: row.min_quantity,
                price: money(row.amount),
                compare_at: row.compare_at.map(money),
                updated_at: row.updated_at,
            })
            .collect(),
        next,
    })
}
