//! What can be done with a product, one function each.

mod create;
mod edit;
mod media;
mod publish;
mod skus;
mod update;

pub use create::create;
pub(crate) use create::{NewProduct, insert};
pub use edit::{edit, edit_problems};
pub(crate) use media::{NewMedia, append_media, remove as remove_media, set_alt, write_order};
pub use media::{attach_media, detach_media};
pub use publish::{archive, publish, publish_in, revive};
pub(crate) use skus::{SkuChange, apply as apply_sku, set_active, set_pictures};
pub use skus::{add_sku, update_sku};
pub use update::update;
pub(crate) use update::{changed_columns, write_columns};

use serde_json::{Value, json};
use stoa_catalog_entities::product;
use stoa_kernel::{Ctx, NewEvent, Result, Tx, audit, events};
use stoa_types::{Id, Product, Seller};

/// What the audit compares before and after.
pub(crate) fn facts(product: &product::Model) -> Value {
    json!({
        "status": product.status,
        "title": product.title,
        "slug": product.slug,
        "maker": product.maker,
        "description": product.description,
        "category": product.category_id,
        "tax_class": product.tax_class,
        "seo_title": product.seo_title,
        "seo_description": product.seo_description,
    })
}

/// Writes event and audit row of a change in its transaction.
pub(crate) async fn tell(
    tx: &Tx,
    ctx: &Ctx,
    name: &'static str,
    product: &product::Model,
    version: i64,
    changed: &[&str],
    entry: audit::Entry,
) -> Result<()> {
    let (id, seller) = (Id::<Product>::new(product.id), Id::<Seller>::new(product.seller_id));
    let data = json!({ "product": id, "status": product.status, "slug": product.slug, "changed": changed });
    events::emit(tx, ctx, NewEvent::new(name, id, version).seller(Some(seller)).data(data)).await?;
    audit::record(tx, ctx, entry.seller(Some(seller))).await
}

/// The audit entry of a change to `product`.
pub(crate) fn entry(action: &'static str, product: &product::Model) -> audit::Entry {
    audit::Entry::new(action, Id::<Product>::new(product.id))
}
