use serde::{Deserialize, Serialize};
use stoa_types::{Asset, Id, Product};

use crate::{CategoryTile, Picture, ProductCard, SellerRef};

/// Where a row of products comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
pub enum RowSource {
    /// What was published last.
    Newest,
    /// A category by its path, what can be bought first.
    Category { path: String },
    /// These, in this order; those that are not sold now are left out.
    Products { ids: Vec<Id<Product>> },
}

/// A block of a page as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum BlockData {
    /// The one large opening.
    Hero {
        heading: String,
        text: String,
        link_label: String,
        /// Path inside the shop, without the locale, such as `/c/kitchen`.
        href: String,
        picture: Option<Id<Asset>>,
        /// What the picture shows.
        alt: String,
    },
    /// Categories by path; none means the top ones.
    CategoryTiles { heading: String, categories: Vec<String> },
    /// A row of products.
    ProductRow { heading: String, link_label: String, href: String, source: RowSource, limit: u32 },
    /// A maker's story; the seller by slug.
    Story {
        heading: String,
        text: String,
        seller: Option<String>,
        link_label: String,
        href: String,
        picture: Option<Id<Asset>>,
        alt: String,
    },
}

/// A block of a page as it is shown: products and pictures are looked up each time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HomeBlock {
    Hero {
        heading: String,
        text: String,
        link_label: String,
        href: String,
        picture: Option<Picture>,
    },
    CategoryTiles {
        heading: String,
        tiles: Vec<CategoryTile>,
    },
    ProductRow {
        heading: String,
        link_label: String,
        href: String,
        products: Vec<ProductCard>,
    },
    Story {
        heading: String,
        text: String,
        seller: Option<SellerRef>,
        link_label: String,
        href: String,
        picture: Option<Picture>,
    },
}

/// The home page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomePage {
    pub title: String,
    pub blocks: Vec<HomeBlock>,
}
