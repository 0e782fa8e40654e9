//! Setting prices.

use std::collections::{HashMap, HashSet};

use chrono::DateTime;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;
use stoa_catalog::{
    offers::{self, OfferPrice},
    products,
};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, audit, db, events, new_id};
use stoa_pricing_entities::{price, price_history, price_list, priced_sku};
use stoa_pricing_types::{PricesPut, PutPrices, SetPrice};
use stoa_types::{Currency, Id, Money, PriceList, Seller, Sku, Uuid};

use super::{CURRENCY_MISMATCH, SKU_TWICE, SKU_UNKNOWN, TOO_MANY_ROWS, WRITE, model, queries};

/// Most prices set at once.
const MOST_ROWS: usize = 500;

/// Sets what a SKU costs on the default list of the price's currency, in the caller's
/// transaction; answers whether anything changed. Writes history, offer summary, event
/// and audit row with it. The caller has checked who may.
///
/// 422 for a price that cannot be; 404 for an unknown SKU.
pub async fn set_in(tx: &Tx, ctx: &Ctx, sku: Id<Sku>, price: SetPrice) -> Result<bool> {
    let seller = products::sku_seller(tx, sku).await?;
    Ok(set_all_in(tx, ctx, seller, &[(sku, price)]).await? > 0)
}

/// [`set_in`] of SKUs of one seller, each once, in one currency, in a handful of statements;
/// answers how many changed.
pub async fn set_all_in(
    tx: &Tx,
    ctx: &Ctx,
    seller: Id<Seller>,
    prices: &[(Id<Sku>, SetPrice)],
) -> Result<u64> {
    let Some((_, first)) = prices.first() else { return Ok(0) };
    for (_, price) in prices {
        model::checked(price)?;
        if price.price.currency != first.price.currency {
            return Err(CURRENCY_MISMATCH.error("Give all prices in one currency."));
        }
    }
    let list = ensure_default(tx, ctx, first.price.currency).await?;
    let mut rows: Vec<_> = prices.iter().map(|(sku, price)| (*sku, seller, *price)).collect();
    // One order for everybody, as in `put`.
    rows.sort_by_key(|row| row.0);
    write(tx, ctx, &list, &rows).await
}

/// [`set_in`] by somebody: needs `prices.write`; another seller's SKU is 404.
pub async fn set(ctx: &Ctx, sku: Id<Sku>, price: SetPrice) -> Result<bool> {
    // An import of the product locks it first and the price afterwards; this the other way.
    db::repeat(|| set_once(ctx, sku, price)).await
}

async fn set_once(ctx: &Ctx, sku: Id<Sku>, price: SetPrice) -> Result<bool> {
    let scope = ctx.scope(WRITE)?;
    let tx = ctx.db().begin().await?;
    let seller = products::sku_seller(&tx, sku).await?;
    scope.allows(Some(seller.uuid()), "SKU")?;
    let changed = set_in(&tx, ctx, sku, price).await?;
    ctx.db().commit(tx).await?;
    Ok(changed)
}

/// Puts up to 500 prices on a list of which the caller knows `version`, all or none.
///
/// Needs `prices.write`. 412 with the current version when one of the caller's prices on it
/// was changed since; 422 with an error for each row that is wrong.
pub async fn put_prices(ctx: &Ctx, list: Id<PriceList>, version: i64, input: PutPrices) -> Result<PricesPut> {
    // Shoppers who take the last of some of these SKUs may wait for us, and we for them.
    db::repeat(|| put(ctx, list, version, &input)).await
}

async fn put(ctx: &Ctx, list: Id<PriceList>, version: i64, input: &PutPrices) -> Result<PricesPut> {
    let scope = ctx.scope(WRITE)?;
    let mut fields = Fields::default();
    let fits = (1..=MOST_ROWS).contains(&input.prices.len());
    fields.check(fits, "prices", TOO_MANY_ROWS, "Send 1 to 500 prices at once.");
    fields.finish()?;
    let tx = ctx.db().begin().await?;
    let missing = || Error::not_found("price list");
    let list = price_list::Entity::find_by_id(list.uuid()).one(&tx).await?.ok_or_else(missing)?;
    let before = queries::version(&tx, &list, scope).await?;
    if before != version {
        return Err(Error::stale(before));
    }
    let currency: Currency = list.currency.parse()?;
    let texts: Vec<String> = input.prices.iter().map(|row| row.sku.clone()).collect();
    let known = products::resolve_skus(&tx, ctx, &texts).await?;
    let mut fields = Fields::default();
    let mut seen = HashSet::new();
    let mut rows = Vec::with_capacity(input.prices.len());
    for (place, row) in input.prices.iter().enumerate() {
        let at = format!("prices/{place}/");
        let money = |amount| Money::new(amount, currency);
        let price = SetPrice { price: money(row.amount), compare_at: row.compare_at.map(money) };
        model::check(&price, &at, &mut fields);
        match known.get(&row.sku) {
            None => fields.add(format!("{at}sku"), SKU_UNKNOWN, "There is no such SKU."),
            Some((sku, _)) if !seen.insert(*sku) => {
                fields.add(format!("{at}sku"), SKU_TWICE, "This SKU is in the list twice.")
            }
            Some((sku, seller)) => rows.push((*sku, *seller, price)),
        }
    }
    fields.finish()?;
    // One order for everybody, so that two lists at once wait instead of locking each other.
    rows.sort_by_key(|row| row.0);
    let changed = write(&tx, ctx, &list, &rows).await?;
    // On PostgreSQL somebody may have changed one of these prices while this waited for it;
    // then there are more changes than ours.
    let now = queries::version(&tx, &list, scope).await?;
    if now != version + changed as i64 {
        return Err(Error::stale(now - changed as i64));
    }
    ctx.db().commit(tx).await?;
    Ok(PricesPut { version: now, changed, unchanged: rows.len() as u64 - changed })
}

/// The default list of a currency, made when it is missing.
pub(super) async fn ensure_default(tx: &Tx, ctx: &Ctx, currency: Currency) -> Result<price_list::Model> {
    let find =
        || price_list::Entity::find().filter(price_list::Column::DefaultFor.eq(currency.code())).one(tx);
    if let Some(list) = find().await? {
        return Ok(list);
    }
    let row = price_list::ActiveModel {
        id: Set(new_id::<PriceList>().uuid()),
        code: Set(format!("default-{}", currency.code().to_lowercase())),
        name: Set(format!("Everyday prices in {}", currency.code())),
        currency: Set(currency.code().to_owned()),
        kind: Set("base".to_owned()),
        default_for: Set(Some(currency.code().to_owned())),
        priority: Set(0),
        starts_at: Set(None),
        ends_at: Set(None),
        version: Set(1),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    price_list::Entity::insert(row)
        .on_conflict_do_nothing_on([price_list::Column::Code])
        .exec_without_returning(tx)
        .await?;
    find().await?.ok_or_else(|| Error::internal("the default price list is gone"))
}

/// Writes those of the prices that differ from what is on the list, each SKU once, with
/// their history, the catalogue's summary, events and audit rows; answers how many did.
/// The number of statements does not grow with the number of prices.
async fn write(
    tx: &Tx,
    ctx: &Ctx,
    list: &price_list::Model,
    wanted: &[(Id<Sku>, Id<Seller>, SetPrice)],
) -> Result<u64> {
    let skus = wanted.iter().map(|row| row.0.uuid());
    // Locked, so that what an event says was there before is what it replaced.
    let known: HashMap<Uuid, (i64, Option<i64>)> = price::Entity::find()
        .select_only()
        .columns([price::Column::SkuId, price::Column::Amount, price::Column::CompareAt])
        .filter(price::Column::PriceListId.eq(list.id))
        .filter(price::Column::SkuId.is_in(skus))
        .filter(price::Column::MinQuantity.eq(1))
        .filter(price::Column::ValidFrom.eq(DateTime::UNIX_EPOCH))
        .order_by_asc(price::Column::SkuId)
        .lock_exclusive()
        .into_tuple::<(Uuid, i64, Option<i64>)>()
        .all(tx)
        .await?
        .into_iter()
        .map(|(sku, amount, compare_at)| (sku, (amount, compare_at)))
        .collect();
    let changes: Vec<Change> = wanted
        .iter()
        .map(|(sku, seller, price)| Change {
            sku: *sku,
            seller: *seller,
            before: known.get(&sku.uuid()).copied(),
            amount: price.price.amount,
            compare_at: price.compare_at.map(|was| was.amount),
        })
        .filter(|change| change.before != Some((change.amount, change.compare_at)))
        .collect();
    if changes.is_empty() {
        return Ok(0);
    }
    use price::Column::{Amount, CompareAt, MinQuantity, PriceListId, SkuId, UpdatedAt, ValidFrom, Version};
    let clash = OnConflict::columns([PriceListId, SkuId, MinQuantity, ValidFrom])
        .update_columns([Amount, CompareAt, UpdatedAt])
        .value(Version, Expr::col((price::Entity, Version)).add(1))
        .to_owned();
    let rows = changes.iter().map(|change| change.price(ctx, list));
    price::Entity::insert_many(rows).on_conflict(clash).exec_without_returning(tx).await?;
    let history = changes.iter().map(|change| change.history(ctx, list));
    price_history::Entity::insert_many(history).exec_without_returning(tx).await?;
    if list.default_for.is_some() {
        let currency: Currency = list.currency.parse()?;
        let money = |amount| Money::new(amount, currency);
        let offers: Vec<(Id<Sku>, Option<OfferPrice>)> = changes
            .iter()
            .map(|change| {
                let offer =
                    OfferPrice { price: money(change.amount), compare_at: change.compare_at.map(money) };
                (change.sku, Some(offer))
            })
            .collect();
        offers::record_prices(tx, ctx, currency, &offers).await?;
    }
    let versions = count_up(tx, changes.iter().map(|change| change.sku.uuid())).await?;
    let told = changes
        .iter()
        .map(|change| change.event(list, versions.get(&change.sku.uuid()).copied().unwrap_or_default()));
    events::emit_all(tx, ctx, told).await?;
    audit::record_all(tx, ctx, changes.iter().map(|change| change.entry(list))).await?;
    Ok(changes.len() as u64)
}

/// Counts the changes of each SKU's prices up by one; answers the new counts. Whoever else
/// changes a price of one of them, on whichever list, waits until this transaction ends.
async fn count_up(tx: &Tx, skus: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, i64>> {
    use priced_sku::Column::{SkuId, Version};
    let rows = skus.map(|sku| priced_sku::ActiveModel { sku_id: Set(sku), version: Set(1) });
    let next =
        OnConflict::column(SkuId).value(Version, Expr::col((priced_sku::Entity, Version)).add(1)).to_owned();
    let counted = priced_sku::Entity::insert_many(rows).on_conflict(next).exec_with_returning(tx).await?;
    Ok(counted.into_iter().map(|row| (row.sku_id, row.version)).collect())
}

/// A price that becomes another one; amounts in minor units of its list's currency.
struct Change {
    sku: Id<Sku>,
    seller: Id<Seller>,
    /// Price and former price so far.
    before: Option<(i64, Option<i64>)>,
    amount: i64,
    compare_at: Option<i64>,
}

impl Change {
    fn price(&self, ctx: &Ctx, list: &price_list::Model) -> price::ActiveModel {
        price::ActiveModel {
            id: Set(Uuid::now_v7()),
            price_list_id: Set(list.id),
            sku_id: Set(self.sku.uuid()),
            seller_id: Set(self.seller.uuid()),
            min_quantity: Set(1),
            amount: Set(self.amount),
            compare_at: Set(self.compare_at),
            valid_from: Set(DateTime::UNIX_EPOCH),
            valid_to: Set(None),
            version: Set(1),
            created_at: Set(ctx.now),
            updated_at: Set(ctx.now),
        }
    }

    fn history(&self, ctx: &Ctx, list: &price_list::Model) -> price_history::ActiveModel {
        price_history::ActiveModel {
            id: Set(Uuid::now_v7()),
            price_list_id: Set(list.id),
            sku_id: Set(self.sku.uuid()),
            min_quantity: Set(1),
            amount: Set(Some(self.amount)),
            compare_at: Set(self.compare_at),
            actor: Set(ctx.actor.to_string()),
            at: Set(ctx.now),
        }
    }

    fn event(&self, list: &price_list::Model, version: i64) -> NewEvent {
        let data = json!({
            "sku": self.sku,
            "price_list": Id::<PriceList>::new(list.id),
            "currency": list.currency,
            "amount": self.amount,
            "compare_at": self.compare_at,
            "previous": self.before.map(|before| before.0),
        });
        NewEvent::new("price.updated", self.sku, version).seller(Some(self.seller)).data(data)
    }

    fn entry(&self, list: &price_list::Model) -> audit::Entry {
        let list_id = Id::<PriceList>::new(list.id);
        let facts = |price: Option<(i64, Option<i64>)>| {
            json!({
                "price_list": list_id,
                "currency": list.currency,
                "amount": price.map(|one| one.0),
                "compare_at": price.and_then(|one| one.1),
            })
        };
        audit::Entry::new("price.updated", self.sku)
            .seller(Some(self.seller))
            .diff(&facts(self.before), &facts(Some((self.amount, self.compare_at))))
    }
}
