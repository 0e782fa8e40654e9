//! What the last import of a product wrote.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};
use stoa_channels_entities::import_product::{ActiveModel, Column, Entity, Model};
use stoa_kernel::{Ctx, Result, Tx};
use stoa_types::{Currency, Id, Product, Seller, Sku, Uuid};

use super::model::VariantDraft;

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

    pub fn same_price(&self, other: &Self) -> bool {
        (&self.currency, self.price, self.compare_at) == (&other.currency, other.price, other.compare_at)
    }
}

/// By SKU id.
pub(super) type Offers = BTreeMap<Uuid, Offer>;

/// What is remembered of a product.
#[derive(Debug)]
pub(super) struct Remembered {
    pub fingerprint: String,
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
