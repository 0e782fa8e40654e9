//! What shoppers see of the catalogue: lists with facets, product pages, the tree.
//!
//! Everything here shows published products with a price in the reader's currency, and
//! nothing else. Which products a list holds, and how many a facet would, is kept for
//! seconds; prices and stock on a page are read anew. Lists are searched by a
//! [`SearchEngine`], which is SQL unless the server wires another.

mod browse;
mod cards;
mod listing;
mod page;
mod search;
mod sql;

pub use browse::browse;
pub(crate) use browse::tiles;
pub use cards::{cards, suggest};
pub(crate) use cards::{newest, of_category};
pub use page::product_page;
pub use search::{Engine, Found, FoundFacet, LONGEST, MOST_FACETS, MOST_VALUES, SearchEngine, SearchQuery};
pub use sql::SqlSearch;

use std::sync::Arc;

use stoa_catalog_types::CategoryNode;
use stoa_kernel::{Ctx, Result};

use crate::pim;

/// The category tree, at most half a minute old.
pub async fn category_tree(ctx: &Ctx) -> Result<Arc<Vec<CategoryNode>>> {
    Ok(pim::tree(ctx.db().read(), ctx).await?.roots.clone())
}
