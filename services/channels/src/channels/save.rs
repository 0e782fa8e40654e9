//! Saving a product as a person edits it: product, variants, prices, stock and pictures in
//! one transaction, or nothing of it.

use std::collections::{HashMap, hash_map::Entry};

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use stoa_catalog::products;
use stoa_catalog_types::{EditOutcome, ProductEdit};
use stoa_channels_entities::product_save;
use stoa_fulfilment::inventory;
use stoa_kernel::{
    Ctx, Error, Fields, Job, Result, Tx, audit, db,
    error::codes::{KEY_MISSING, KEY_REUSED, KEY_RUNNING},
    format,
    jobs::JobHandler,
};
use stoa_pricing::prices;
use stoa_pricing_types::{SetPrice, SkuPrice};
use stoa_types::{Currency, Id, Money, Product, Sku};

use super::{PRICE_MOVED, STOCK_INVALID, STOCK_MOVED};

/// The most units of one SKU.
const MOST_UNITS: i64 = 1_000_000_000;

/// A product with its offers, as a form sends them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SaveProduct {
    pub product: ProductEdit,
    /// What each of the product's variants costs and how many there are, in their order.
    pub offers: Vec<OfferEdit>,
    /// Show it to shoppers when everything is written.
    pub publish: bool,
}

/// Price and stock of one variant; none leaves it alone.
///
/// Variants made by this edit begin with the first one's price and no stock.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct OfferEdit {
    pub price: Option<Edited<Money>>,
    pub stock: Option<Edited<i64>>,
}

/// A value its editor saw and the one wanted now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Edited<T> {
    /// None where there was none to be seen.
    pub shown: Option<T>,
    pub wanted: T,
}

impl<T: PartialEq + Copy> Edited<T> {
    fn differs(self) -> bool {
        self.shown != Some(self.wanted)
    }
}

/// Saves a product as its editor wants it; answers which it is.
///
/// Everything is written in one transaction: a product is never left with half of its
/// prices. The same `key` of the same person again changes nothing. A price that somebody
/// else changed while this one was edited is not overwritten; of a stock the difference is
/// written, so that what was sold meanwhile stays sold.
///
/// Needs `products.write`, `prices.write` for prices, `inventory.adjust` for stock and
/// `products.publish` to publish. 412 when the product was changed meanwhile; 422 with
/// every field that is wrong (`variants/2/price`).
pub async fn save(ctx: &Ctx, input: SaveProduct, key: &str) -> Result<Id<Product>> {
    if key.is_empty() {
        return Err(KEY_MISSING.error("Open the form anew and save again."));
    }
    let key = hex::encode(Sha256::digest(format!("{} {key}", ctx.actor)));
    let hash = hex::encode(Sha256::digest(serde_json::to_vec(&input)?));
    if let Some(known) = by_key(ctx.db().read(), &key).await? {
        return repeated(known, &hash);
    }
    // Shoppers who take the last of some of its SKUs may wait for us, and we for them.
    match db::repeat(|| save_once(ctx, &input, &key, &hash)).await {
        Ok(product) => Ok(product),
        // The same form may have been saved while this one waited.
        Err(error) => match by_key(ctx.db().write(), &key).await? {
            Some(known) => repeated(known, &hash),
            None => Err(error),
        },
    }
}

async fn save_once(ctx: &Ctx, input: &SaveProduct, key: &str, hash: &str) -> Result<Id<Product>> {
    let tx = ctx.db().begin().await?;
    let product = save_in(&tx, ctx, input, key, hash).await?;
    ctx.db().commit(tx).await?;
    Ok(product)
}

async fn by_key(conn: &impl ConnectionTrait, key: &str) -> Result<Option<product_save::Model>> {
    Ok(product_save::Entity::find_by_id(key.to_owned()).one(conn).await?)
}

fn repeated(known: product_save::Model, hash: &str) -> Result<Id<Product>> {
    if known.body_hash != hash {
        return Err(
            KEY_REUSED.error("This form was saved already and says something else now. Open it anew.")
        );
    }
    Ok(Id::new(known.product_id))
}

async fn save_in(tx: &Tx, ctx: &Ctx, input: &SaveProduct, key: &str, hash: &str) -> Result<Id<Product>> {
    let mut besides = Vec::new();
    if input.offers.iter().filter_map(|offer| offer.price).any(Edited::differs) {
        besides.push("prices");
    }
    if input.offers.iter().filter_map(|offer| offer.stock).any(Edited::differs) {
        besides.push("stock");
    }
    let written = products::edit(tx, ctx, &input.product, &besides).await?;
    let mut fields = Fields::default();
    set_prices(tx, ctx, input, &written, &mut fields).await?;
    set_stock(tx, ctx, input, &written, key, &mut fields).await?;
    fields.finish()?;
    if input.publish {
        products::publish_in(tx, ctx, written.product).await?;
    }
    let row = product_save::ActiveModel {
        key: Set(key.to_owned()),
        body_hash: Set(hash.to_owned()),
        product_id: Set(written.product.uuid()),
        created_at: Set(ctx.now),
    };
    let done = product_save::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(tx).await?;
    if !db::inserted(&done) {
        return Err(KEY_RUNNING.error("This form has just been saved."));
    }
    Ok(written.product)
}

fn at(place: usize, field: &str) -> String {
    format!("variants/{place}/{field}")
}

async fn set_prices(
    tx: &Tx,
    ctx: &Ctx,
    input: &SaveProduct,
    written: &EditOutcome,
    fields: &mut Fields,
) -> Result<()> {
    let mut edited: Vec<(usize, Id<Sku>, Edited<Money>)> =
        (written.skus.iter().zip(&input.offers).enumerate())
            .filter_map(|(place, (sku, offer))| Some((place, *sku, offer.price?)))
            .collect();
    let Some((_, _, first)) = edited.first().copied() else { return Ok(()) };
    let changes = edited.iter().any(|(_, _, price)| price.differs());
    if !changes && written.made.is_empty() {
        return Ok(());
    }
    ctx.scope(prices::WRITE)?.allows(Some(written.seller.uuid()), "product")?;
    // In the order in which checkouts and imports take them, too.
    edited.sort_by_key(|edit| edit.1);
    let mut current: HashMap<Currency, HashMap<Id<Sku>, SkuPrice>> = HashMap::new();
    for (place, sku, price) in edited.into_iter().filter(|(_, _, price)| price.differs()) {
        let currency = price.wanted.currency;
        let found = match current.entry(currency) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(prices::current_in(tx, ctx, currency, &written.skus).await?),
        };
        let now = found.get(&sku).copied();
        let moved = now.map(|now| now.price).filter(|now| Some(*now) != price.shown && *now != price.wanted);
        if let Some(now) = moved {
            let now = format::money(now, &ctx.locale);
            let message = format!("Somebody set this price to {now} meanwhile. Enter the one you want.");
            fields.add(at(place, "price"), PRICE_MOVED, message);
            continue;
        }
        let compare_at = now.and_then(|now| now.compare_at).filter(|was| was.amount > price.wanted.amount);
        let set = SetPrice { price: price.wanted, compare_at };
        named(prices::set_in(tx, ctx, sku, set).await, &at(place, "price"), fields)?;
    }
    for sku in &written.made {
        let set = SetPrice { price: first.wanted, compare_at: None };
        named(prices::set_in(tx, ctx, *sku, set).await, &at(0, "price"), fields)?;
    }
    Ok(())
}

/// What is wrong with a value, under the name it has in the form.
fn named<T>(done: Result<T>, field: &str, fields: &mut Fields) -> Result<()> {
    let Err(error) = done else { return Ok(()) };
    let problem = error.problem(None);
    if problem.errors.is_empty() {
        return Err(error);
    }
    let renamed = problem.errors.into_iter().map(|mut one| {
        one.field = field.to_owned();
        one
    });
    let mut all = std::mem::take(fields).into_inner();
    all.extend(renamed);
    Err(Error::invalid(all))
}

async fn set_stock(
    tx: &Tx,
    ctx: &Ctx,
    input: &SaveProduct,
    written: &EditOutcome,
    key: &str,
    fields: &mut Fields,
) -> Result<()> {
    let mut edited: Vec<(usize, Id<Sku>, Edited<i64>)> = (written.skus.iter().zip(&input.offers).enumerate())
        .filter_map(|(place, (sku, offer))| Some((place, *sku, offer.stock?)))
        .filter(|(_, _, stock)| stock.differs())
        .collect();
    if edited.is_empty() {
        return Ok(());
    }
    edited.sort_by_key(|edit| edit.1);
    ctx.scope(inventory::INVENTORY_ADJUST)?.allows(Some(written.seller.uuid()), "product")?;
    let skus: Vec<Id<Sku>> = edited.iter().map(|(_, sku, _)| *sku).collect();
    let on_hand = inventory::on_hand(tx, &skus).await?;
    for (place, sku, stock) in edited {
        let fits = (0..=MOST_UNITS).contains(&stock.wanted);
        if !fields.check(
            fits,
            &at(place, "stock"),
            STOCK_INVALID,
            "Enter a whole number from 0 to 1,000,000,000.",
        ) {
            continue;
        }
        let now = on_hand.get(&sku).copied().unwrap_or_default();
        let delta = stock.wanted - stock.shown.unwrap_or_default();
        if delta == 0 {
            continue;
        }
        if now + delta < 0 {
            let message = format!("Only {now} are left meanwhile. Enter how many there are.");
            fields.add(at(place, "stock"), STOCK_MOVED, message);
            continue;
        }
        let action = format!("save:{key}");
        inventory::adjust_in(tx, ctx, sku, written.seller, delta, "edited", &action).await?;
        let facts = json!({ "delta": delta, "on_hand": now + delta });
        let entry = audit::Entry::new("inventory.adjusted", sku).seller(Some(written.seller));
        audit::record(tx, ctx, entry.reason(Some("edited".to_owned())).facts(facts)).await?;
    }
    Ok(())
}

/// Forgets forms that were saved long ago; nobody sends them again.
pub(super) const FORGET: JobHandler =
    JobHandler { kind: "channels.forget_saves", attempts: 3, run: |ctx, _: &Job| Box::pin(forget(ctx)) };

async fn forget(ctx: &Ctx) -> Result<()> {
    product_save::Entity::delete_many()
        .filter(product_save::Column::CreatedAt.lt(ctx.now - ctx.app.settings.keep_answers))
        .exec(ctx.db().write())
        .await?;
    Ok(())
}
