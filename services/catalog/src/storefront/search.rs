//! The seam where lists are searched, so that another engine can take SQL's place.

use std::{collections::BTreeMap, sync::Arc};

use stoa_catalog_types::Sort;
use stoa_kernel::{BoxFuture, Ctx, Result};
use stoa_types::{Category, Currency, Id, Product, Seller};

use super::sql::SqlSearch;

/// Most products of one list that can be paged through.
pub const LONGEST: usize = 12_000;
/// Attribute facets beside a list, and values in each facet.
pub const MOST_FACETS: usize = 8;
pub const MOST_VALUES: usize = 60;

/// Finds published products that have a price in the query's currency, and nothing else.
///
/// An engine with an index of its own hears of changes by the events of products, prices
/// and stock and may lag behind them; the embedded one never does. The server wires one as
/// an [`Engine`] among the program's parts. What an engine owes is in
/// `tests/catalog/search.rs`, which takes any.
pub trait SearchEngine: Send + Sync {
    /// The list that the query asks for. What the query names and does not exist finds
    /// nothing, but for an attribute code that nobody knows, which narrows nothing.
    fn find<'a>(&'a self, ctx: &'a Ctx, query: &'a SearchQuery) -> BoxFuture<'a, Result<Found>>;

    /// The first `limit` of the list that [`Self::find`] answers, without counting anything.
    fn first<'a>(
        &'a self,
        ctx: &'a Ctx,
        query: &'a SearchQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Id<Product>>>>;
}

/// The engine that the server has wired; without one, SQL searches.
#[derive(Clone)]
pub struct Engine(pub Arc<dyn SearchEngine>);

impl Engine {
    /// The program's engine.
    pub(super) fn of(ctx: &Ctx) -> Self {
        ctx.app.part::<Self>().unwrap_or_else(|_| Self(Arc::new(SqlSearch)))
    }
}

/// What a list is to hold. All that is given must fit.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    /// Folded words ([`crate::products::words`]); each must occur in the title, the maker
    /// or the other words a product is searched by.
    pub words: Vec<String>,
    /// In one of these categories.
    pub categories: Option<Vec<Id<Category>>>,
    /// Of this shop alone: its own list, which needs no facet of shops.
    pub shop: Option<Id<Seller>>,
    /// Of one of the shops picked in their facet.
    pub sellers: Option<Vec<Id<Seller>>>,
    /// Picked values by attribute code; values of one attribute are alternatives.
    pub options: BTreeMap<String, Vec<String>>,
    /// Lowest and highest price, minor units of `currency`.
    pub price_from: Option<i64>,
    pub price_to: Option<i64>,
    /// Leave out what is sold out.
    pub in_stock: bool,
    pub sort: Sort,
    pub currency: Currency,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order asked for, at most [`LONGEST`].
    pub ids: Vec<Id<Product>>,
    /// How many there are in all.
    pub total: u64,
    /// How many can be bought, were that not asked for.
    pub in_stock: u64,
    /// Lowest and highest price, were no price asked for.
    pub prices: Option<(i64, i64)>,
    /// In the attributes' order, at most [`MOST_FACETS`]. One of a single value is left out
    /// unless it is picked from.
    pub facets: Vec<FoundFacet>,
    /// How many each shop has, were none picked; empty for one shop's own list.
    pub sellers: Vec<(Id<Seller>, u64)>,
}

/// A facet and how many products each of its values has, were none of its own picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFacet {
    /// The attribute's code.
    pub code: String,
    pub label: String,
    /// Value, label, count; by label, at most [`MOST_VALUES`].
    pub values: Vec<(String, String, u64)>,
}
