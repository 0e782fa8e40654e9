//! What the last import of a product wrote.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stoa_catalog_types::{ImportPart, ProductInput, SameAsLast};
use stoa_channels_entities::import_product::{ActiveModel, Column, Entity, Model};
use stoa_kernel::{Ctx, Result, Tx};
use stoa_pricing_types::SetPrice;
use stoa_types::{Currency, Id, Money, Product, Seller, Sku, Uuid};

use super::model::{ImageDraft, VariantDraft};

/// Price and stock of a variant as a file gave them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Offer {
    pub currency: String,
    pub price: i64,
    pub compare_at: Option<i64>,
    pub stock: i64,
}

impl Offer {
    pub fn of(variant: &VariantDraft, currency: Currency) -> Self {
        Self {
            currency: currency.code().to_owned(),
            price: variant.price_minor,
            compare_at: variant.compare_at_minor,
            stock: variant.stock,
        }
    }

    /// As pricing takes it.
    pub fn set_price(&self, currency: Currency) -> SetPrice {
        let money = |amount| Money::new(amount, currency);
        SetPrice { price: money(self.price), compare_at: self.compare_at.map(money) }
    }

    pub fn same_price(&self, other: &Self) -> bool {
        (&self.currency, self.price, self.compare_at) == (&other.currency, other.price, other.compare_at)
    }
}

/// What a file said of a product, part by part, as hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parts {
    parts: BTreeMap<ImportPart, String>,
    /// In file order.
    variants: Vec<String>,
    /// What the variants became.
    skus: Vec<Id<Sku>>,
}

impl Parts {
    /// `complete` when all of the pictures could be had; else they are tried again.
    pub fn of(input: &ProductInput, images: &[ImageDraft], complete: bool) -> Self {
        let shown: Vec<_> = input.variants.iter().map(|variant| variant.picture).collect();
        let variants: Vec<String> = input
            .variants
            .iter()
            .map(|variant| hash(&(&variant.options, &variant.sku, &variant.gtin, variant.weight_grams)))
            .collect();
        let mut parts = BTreeMap::from([
            (ImportPart::Title, hash(&input.title)),
            (ImportPart::Maker, hash(&input.maker)),
            (ImportPart::Description, hash(&input.description_html)),
            (ImportPart::SeoTitle, hash(&input.seo_title)),
            (ImportPart::SeoDescription, hash(&input.seo_description)),
            (ImportPart::Categories, hash(&input.category_path)),
            (ImportPart::Tags, hash(&input.tags)),
            (ImportPart::Attributes, hash(&input.attributes)),
            (ImportPart::Variants, hash(&(&input.options, &variants))),
        ]);
        if complete {
            parts.insert(ImportPart::Pictures, hash(&(images, shown)));
        }
        Self { parts, variants, skus: Vec::new() }
    }

    /// What has not changed since `last`.
    pub fn same_as(&self, last: &Self) -> SameAsLast {
        let parts = self.parts.iter().filter(|(part, hash)| last.parts.get(part) == Some(hash));
        let variants = self.variants.iter().enumerate().filter(|(_, hash)| last.variants.contains(hash));
        SameAsLast {
            parts: parts.map(|(part, _)| *part).collect(),
            variants: variants.map(|(place, _)| place).collect(),
            skus: last.skus.clone(),
        }
    }

    /// With what the variants became, in file order.
    pub fn became(self, skus: &[Id<Sku>]) -> Self {
        Self { skus: skus.to_vec(), ..self }
    }
}

fn hash(value: &impl Serialize) -> String {
    let text = serde_json::to_vec(value).unwrap_or_default();
    hex::encode(Sha256::digest(text))
}

/// By SKU id.
pub(super) type Offers = BTreeMap<Uuid, Offer>;

/// What is remembered of a product.
#[derive(Debug)]
pub(super) struct Remembered {
    pub fingerprint: String,
    pub parts: Parts,
    pub offers: Offers,
    pub published: bool,
}

/// Whose product, from which kind of file, under which name.
pub(super) struct Key<'a> {
    pub seller: Id<Seller>,
    pub source: &'a str,
    pub handle: &'a str,
}

pub(super) async fn remembered(conn: &impl ConnectionTrait, key: &Key<'_>) -> Result<Option<Remembered>> {
    let row: Option<Model> = Entity::find()
        .filter(Column::SellerId.eq(key.seller.uuid()))
        .filter(Column::Source.eq(key.source))
        .filter(Column::Handle.eq(key.handle))
        .one(conn)
        .await?;
    row.map(|row| {
        Ok(Remembered {
            fingerprint: row.fingerprint,
            parts: serde_json::from_value(row.parts)?,
            offers: serde_json::from_value(row.offers)?,
            published: row.published,
        })
    })
    .transpose()
}

pub(super) async fn remember(
    tx: &Tx,
    ctx: &Ctx,
    key: &Key<'_>,
    product: Id<Product>,
    now: Remembered,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(stoa_kernel::new_id::<Sku>().uuid()),
        seller_id: Set(key.seller.uuid()),
        source: Set(key.source.to_owned()),
        handle: Set(key.handle.to_owned()),
        fingerprint: Set(now.fingerprint),
        product_id: Set(product.uuid()),
        parts: Set(serde_json::to_value(&now.parts)?),
        offers: Set(serde_json::to_value(&now.offers)?),
        published: Set(now.published),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::SellerId, Column::Source, Column::Handle])
                .update_columns([
                    Column::Fingerprint,
                    Column::ProductId,
                    Column::Parts,
                    Column::Offers,
                    Column::Published,
                    Column::UpdatedAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
