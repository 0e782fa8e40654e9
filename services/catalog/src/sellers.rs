//! Names of sellers, kept for a minute: every list and page shows them.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::LazyLock,
    time::Duration,
};

use sea_orm::ConnectionTrait;
use stoa_catalog_types::SellerRef;
use stoa_kernel::{Ctx, Result};
use stoa_types::{Id, Seller, Uuid};

use crate::cache::{Copies, Part};

static NAMES: LazyLock<Copies<Uuid, SellerRef>> =
    LazyLock::new(|| Copies::new(Part::Media, 10_000, Duration::from_secs(60)));

/// The seller's name; a plain word where the seller is unknown.
pub(crate) async fn name(conn: &impl ConnectionTrait, ctx: &Ctx, seller: Uuid) -> Result<SellerRef> {
    let load = async {
        let id = Id::<Seller>::new(seller);
        let mut found = stoa_identity::sellers::names(conn, &[id]).await?;
        Ok(match found.remove(&id) {
            Some(seller) => SellerRef { id, name: seller.name, slug: seller.slug },
            None => unknown(seller),
        })
    };
    NAMES.get(ctx, seller, load).await
}

/// Names of several.
pub(crate) async fn names(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    sellers: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, SellerRef>> {
    let mut found = HashMap::new();
    for seller in sellers {
        if let Entry::Vacant(entry) = found.entry(seller) {
            entry.insert(name(conn, ctx, seller).await?);
        }
    }
    Ok(found)
}

/// Stands in for a seller that is not there.
pub(crate) fn unknown(seller: Uuid) -> SellerRef {
    SellerRef { id: Id::new(seller), name: "Unknown shop".to_owned(), slug: String::new() }
}
