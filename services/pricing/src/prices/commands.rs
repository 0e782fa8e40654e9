//! Setting prices.

use std::collections::HashSet;

use chrono::DateTime;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use serde_json::json;
use stoa_catalog::{
    offers::{self, OfferPrice},
    products,
};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, audit, events, new_id};
use stoa_pricing_entities::{price, price_history, price_list};
use stoa_pricing_types::{PricesPut, PutPrices, SetPrice};
use stoa_types::{Currency, Id, Money, PriceList, Seller, Sku, Uuid};

use super::{SKU_TWICE, SKU_UNKNOWN, TOO_MANY_ROWS, WRITE, model};

/// Most prices set at once.
const MOST_ROWS: usize = 500;

/// Sets what a SKU costs on the default list of the price's currency, in the caller's
/// transaction; answers whether anything changed. Writes history, offer summary, event
/// and audit row with it. The caller has checked who may.
///
/// 422 for a price that cannot be; 404 for an unknown SKU.
pub async fn set_in(tx: &Tx, ctx: &Ctx, sku: Id<Sku>, price: SetPrice) -> Result<bool> {
    model::checked(&price)?;
    let seller = products::sku_seller(tx, sku).await?;
    let list = ensure_default(tx, ctx, price.price.currency).await?;
    write(tx, ctx, &list, sku, seller, price).await
}

/// [`set_in`] by somebody: needs `prices.write`; another seller's SKU is 404.
pub async fn set(ctx: &Ctx, sku: Id<Sku>, price: SetPrice) -> Result<bool> {
    let scope = ctx.scope(WRITE)?;
    let tx = ctx.db().begin().await?;
    let seller = products::sku_seller(&tx, sku).await?;
    scope.allows(Some(seller.uuid()), "SKU")?;
    let changed = set_in(&tx, ctx, sku, price).await?;
    ctx.db().commit(tx).await?;
    Ok(changed)
}

/// Puts up to 500 prices on a list, all or none.
///
/// Needs `prices.write`. 422 with an error for each row that is wrong.
pub async fn put_prices(ctx: &Ctx, list: Id<PriceList>, input: PutPrices) -> Result<PricesPut> {
    ctx.require(WRITE)?;
    let mut fields = Fields::default();
    let fits = (1..=MOST_ROWS).contains(&input.prices.len());
    fields.check(fits, "prices", TOO_MANY_ROWS, "Send 1 to 500 prices at once.");
    fields.finish()?;
    let tx = ctx.db().begin().await?;
    let missing = || Error::not_found("price list");
    let list = price_list::Entity::find_by_id(list.uuid()).one(&tx).await?.ok_or_else(missing)?;
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
    let mut put = PricesPut { changed: 0, unchanged: 0 };
    for (sku, seller, price) in rows {
        if write(&tx, ctx, &list, sku, seller, price).await? {
            put.changed += 1;
        } else {
            put.unchanged += 1;
        }
    }
    ctx.db().commit(tx).await?;
    Ok(put)
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

async fn write(
    tx: &Tx,
    ctx: &Ctx,
    list: &price_list::Model,
    sku: Id<Sku>,
    seller: Id<Seller>,
    wanted: SetPrice,
) -> Result<bool> {
    let (amount, compare_at) = (wanted.price.amount, wanted.compare_at.map(|was| was.amount));
    let known = price::Entity::find()
        .filter(price::Column::PriceListId.eq(list.id))
        .filter(price::Column::SkuId.eq(sku.uuid()))
        .filter(price::Column::MinQuantity.eq(1))
        .filter(price::Column::ValidFrom.eq(DateTime::UNIX_EPOCH))
        .one(tx)
        .await?;
    if known.as_ref().is_some_and(|known| known.amount == amount && known.compare_at == compare_at) {
        return Ok(false);
    }
    let row = price::ActiveModel {
        id: Set(Uuid::now_v7()),
        price_list_id: Set(list.id),
        sku_id: Set(sku.uuid()),
        seller_id: Set(seller.uuid()),
        min_quantity: Set(1),
        amount: Set(amount),
        compare_at: Set(compare_at),
        valid_from: Set(DateTime::UNIX_EPOCH),
        valid_to: Set(None),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    use price::Column::{Amount, CompareAt, MinQuantity, PriceListId, SkuId, UpdatedAt, ValidFrom};
    let clash = OnConflict::columns([PriceListId, SkuId, MinQuantity, ValidFrom])
        .update_columns([Amount, CompareAt, UpdatedAt])
        .to_owned();
    price::Entity::insert(row).on_conflict(clash).exec_without_returning(tx).await?;
    let history = price_history::ActiveModel {
        id: Set(Uuid::now_v7()),
        price_list_id: Set(list.id),
        sku_id: Set(sku.uuid()),
        min_quantity: Set(1),
        amount: Set(Some(amount)),
        compare_at: Set(compare_at),
        actor: Set(ctx.actor.to_string()),
        at: Set(ctx.now),
    };
    price_history::Entity::insert(history).exec_without_returning(tx).await?;
    if list.default_for.is_some() {
        let offer = OfferPrice { price: wanted.price, compare_at: wanted.compare_at };
        offers::record_price(tx, ctx, sku, wanted.price.currency, Some(offer)).await?;
    }
    let list_id = Id::<PriceList>::new(list.id);
    let before = known.map(|known| (known.amount, known.compare_at));
    let facts = |price: Option<(i64, Option<i64>)>| json!({ "price_list": list_id, "currency": list.currency, "amount": price.map(|one| one.0), "compare_at": price.and_then(|one| one.1) });
    let data = json!({
        "sku": sku,
        "price_list": list_id,
        "currency": list.currency,
        "amount": amount,
        "compare_at": compare_at,
        "previous": before.map(|one| one.0),
    });
    // A price has no version of its own: the moment of its change orders its events.
    let event = NewEvent::new("price.updated", sku, ctx.now.timestamp_micros());
    events::emit(tx, ctx, event.seller(Some(seller)).data(data)).await?;
    let entry = audit::Entry::new("price.updated", sku).seller(Some(seller));
    audit::record(tx, ctx, entry.diff(&facts(before), &facts(Some((amount, compare_at))))).await?;
    Ok(true)
}
