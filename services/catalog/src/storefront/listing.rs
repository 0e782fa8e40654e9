//! Which products a shop list holds, in order, and how many its facets would.
//!
//! Searched once and kept for some seconds: the pages of a list, and everybody who
//! reads it meanwhile, share one search.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use stoa_catalog_types::Browse;
use stoa_identity::sellers;
use stoa_kernel::{Ctx, Error, Result};
use stoa_types::{Id, Product, Seller, Uuid};

use super::search::{Engine, Found, FoundFacet, MOST_VALUES, SearchQuery};
use crate::{
    cache::{Copies, Part},
    pim,
    products::words,
};

/// Shops that can be picked at once.
const MOST_SELLERS: usize = 50;

/// Code of the facet of shops.
pub(super) const SELLER: &str = "seller";

/// A list as it was found.
pub(super) struct Listing {
    pub category: Option<Uuid>,
    pub shop: Option<Uuid>,
    pub words: Vec<String>,
    pub ids: Vec<Uuid>,
    pub total: u64,
    /// Lowest and highest price, the price filter not applied.
    pub prices: Option<(i64, i64)>,
    pub in_stock: u64,
    pub facets: Vec<FoundFacet>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    browse: Browse,
    currency: stoa_types::Currency,
}

static LISTINGS: LazyLock<Copies<Key, Arc<Listing>>> =
    LazyLock::new(|| Copies::new(Part::Catalogue, 500, Duration::from_secs(15)));

/// The list; 404 for an unknown category or shop.
pub(super) async fn get(ctx: &Ctx, browse: &Browse) -> Result<Arc<Listing>> {
    let mut browse = browse.clone();
    browse.page = 0;
    let key = Key { browse: browse.clone(), currency: ctx.currency };
    LISTINGS.get(ctx, key, async { Ok(Arc::new(find(ctx, &browse).await?)) }).await
}

/// The first products of the list; 404 for an unknown category or shop.
pub(super) async fn first(ctx: &Ctx, browse: &Browse, limit: usize) -> Result<Vec<Id<Product>>> {
    let (query, _) = query(ctx, browse).await?;
    Engine::of(ctx).0.first(ctx, &query, limit).await
}

async fn find(ctx: &Ctx, browse: &Browse) -> Result<Listing> {
    let (query, category) = query(ctx, browse).await?;
    let Found { ids, total, in_stock, prices, mut facets, sellers } =
        Engine::of(ctx).0.find(ctx, &query).await?;
    let shops = seller_facet(ctx, sellers).await?;
    // One shop narrows nothing, unless it is picked.
    if query.shop.is_none() && (shops.values.len() > 1 || query.sellers.is_some()) {
        facets.push(shops);
    }
    Ok(Listing {
        category,
        shop: query.shop.map(Id::uuid),
        words: query.words,
        ids: ids.into_iter().map(Id::uuid).collect(),
        total,
        prices,
        in_stock,
        facets,
    })
}

/// What the list asks the engine for, and its category.
async fn query(ctx: &Ctx, browse: &Browse) -> Result<(SearchQuery, Option<Uuid>)> {
    let conn = ctx.db().read();
    let tree = pim::tree(conn, ctx).await?;
    let category = match &browse.category {
        None => None,
        Some(path) => Some(tree.by_path(path).ok_or_else(|| Error::not_found("category"))?),
    };
    let shop = match &browse.shop {
        None => None,
        Some(slug) => {
            let found = sellers::id_of_slug(conn, slug).await?;
            Some(found.ok_or_else(|| Error::not_found("shop"))?)
        }
    };
    let picked = browse.facets.get(SELLER).filter(|slugs| !slugs.is_empty());
    let picked = match picked {
        None => None,
        Some(slugs) => {
            let slugs: Vec<&str> = slugs.iter().take(MOST_SELLERS).map(String::as_str).collect();
            Some(sellers::ids_of_slugs(conn, &slugs).await?)
        }
    };
    let options = browse.facets.iter().filter(|(code, values)| *code != SELLER && !values.is_empty());
    let query = SearchQuery {
        words: words(browse.q.as_deref().unwrap_or_default()),
        categories: category.map(|id| tree.with_descendants(id).into_iter().map(Id::new).collect()),
        shop,
        sellers: picked,
        options: options.map(|(code, values)| (code.clone(), values.clone())).collect(),
        price_from: browse.price_from,
        price_to: browse.price_to,
        in_stock: browse.in_stock,
        sort: browse.sort,
        currency: ctx.currency,
    };
    Ok((query, category))
}

/// The facet of shops, by their names.
async fn seller_facet(ctx: &Ctx, counts: Vec<(Id<Seller>, u64)>) -> Result<FoundFacet> {
    let ids: Vec<Id<Seller>> = counts.iter().map(|one| one.0).collect();
    let names = sellers::names(ctx.db().read(), &ids).await?;
    let named = counts.into_iter().filter_map(|(id, count)| Some((names.get(&id)?, count)));
    let mut values: Vec<(String, String, u64)> =
        named.map(|(seller, count)| (seller.slug.clone(), seller.name.clone(), count)).collect();
    values.sort_by(|left, right| left.1.cmp(&right.1));
    values.truncate(MOST_VALUES);
    Ok(FoundFacet { code: SELLER.to_owned(), label: "Shop".to_owned(), values })
}
