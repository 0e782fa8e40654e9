use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stoa_types::{Asset, Id, Money, Product, Sku};

use crate::{AttributeView, CategoryRef, OptionView, Picture, SellerRef};

/// Items on a numbered page of a shop list.
pub const PAGE_SIZE: u64 = 24;

/// How a shop list is ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// Best match for a search, otherwise what can be bought first, then the newest.
    #[default]
    Featured,
    Newest,
    PriceAsc,
    PriceDesc,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 4] = [Self::Featured, Self::Newest, Self::PriceAsc, Self::PriceDesc];

    /// The value in the address: `featured`, `newest`, `price-asc`, `price-desc`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Featured => "featured",
            Self::Newest => "newest",
            Self::PriceAsc => "price-asc",
            Self::PriceDesc => "price-desc",
        }
    }

    /// The order of that name; [`Sort::Featured`] for anything else, as pages ignore
    /// what they do not know.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text).unwrap_or_default()
    }
}

/// What a shop list is asked for. What does not exist narrows to nothing or is left
/// out; only an unknown category is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Browse {
    /// A category's path, such as `kitchen/jugs`, with everything under it.
    pub category: Option<String>,
    /// Search words, all of which must occur.
    pub q: Option<String>,
    /// A shop's slug: the list of one seller.
    pub shop: Option<String>,
    /// Picked facet values by facet code: `colour` with `sand` and `blue`; the code
    /// `seller` takes shop slugs. Values of one facet are alternatives.
    pub facets: BTreeMap<String, Vec<String>>,
    /// Lowest and highest price, minor units of the reader's currency.
    pub price_from: Option<i64>,
    pub price_to: Option<i64>,
    /// Leaves out what is sold out.
    pub in_stock: bool,
    pub sort: Sort,
    /// From 1; 0 counts as 1.
    pub page: u32,
}

/// A price as shops show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceTag {
    pub now: Money,
    pub now_text: String,
    /// The former price, while it is reduced.
    pub was: Option<Money>,
    pub was_text: Option<String>,
    /// The cheapest of several prices: reads "From €24.00".
    pub from: bool,
}

/// A product in a grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductCard {
    pub id: Id<Product>,
    pub title: String,
    pub slug: String,
    /// The maker, or the shop where no maker is known.
    pub maker: String,
    pub price: PriceTag,
    pub picture: Option<Picture>,
    pub in_stock: bool,
    /// Published in the last 30 days.
    pub new: bool,
    /// By how many per cent the price is reduced; 0 when it is not.
    pub reduced_percent: u32,
}

/// A value of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetValue {
    /// What the address carries.
    pub value: String,
    pub label: String,
    /// How many items picking it would show, given all other facets.
    pub count: u64,
    pub picked: bool,
    /// `#rrggbb` where the value is a colour Stoa knows.
    pub colour: Option<String>,
}

/// A group of values to narrow by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    /// The name in the address, such as `colour`.
    pub code: String,
    pub label: String,
    pub values: Vec<FacetValue>,
}

/// The prices found, all filters but the price itself applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceBounds {
    pub min: Money,
    pub max: Money,
    pub min_text: String,
    pub max_text: String,
}

/// A category as a tile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryTile {
    pub category: CategoryRef,
    /// A picture of something in it.
    pub picture: Option<Picture>,
    /// Published items in it and under it.
    pub count: u64,
}

/// The category a shop list belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryView {
    pub category: CategoryRef,
    pub description: Option<String>,
    /// From the root to this one, this one included.
    pub breadcrumb: Vec<CategoryRef>,
    pub children: Vec<CategoryTile>,
}

/// A page of a shop list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowseResult {
    pub category: Option<CategoryView>,
    pub shop: Option<SellerRef>,
    /// The search as it was understood.
    pub q: Option<String>,
    pub items: Vec<ProductCard>,
    pub facets: Vec<Facet>,
    /// Absent when nothing was found.
    pub price: Option<PriceBounds>,
    /// How many of the found can be bought, the stock filter not applied.
    pub in_stock_count: u64,
    pub total: u64,
    /// From 1.
    pub page: u32,
    /// At least 1.
    pub pages: u32,
    pub sort: Sort,
}

/// One way to buy a product, for the variant picker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferView {
    pub sku: Id<Sku>,
    /// One value for each axis, in their order.
    pub options: Vec<String>,
    /// "Sand, Large"; empty without axes.
    pub title: String,
    /// Absent where it has no price in the reader's currency.
    pub price: Option<PriceTag>,
    pub in_stock: bool,
    /// The picture of this variant, one of the gallery.
    pub picture: Option<Id<Asset>>,
}

/// Everything the product page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductPage {
    pub id: Id<Product>,
    pub title: String,
    pub slug: String,
    pub maker: Option<String>,
    /// Sanitised HTML, safe to put on the page.
    pub description_html: String,
    pub seller: SellerRef,
    pub breadcrumb: Vec<CategoryRef>,
    pub gallery: Vec<Picture>,
    pub options: Vec<OptionView>,
    /// Active ones only, in order.
    pub offers: Vec<OfferView>,
    /// The cheapest, reading "From" where prices differ; absent without any price.
    pub price: Option<PriceTag>,
    pub in_stock: bool,
    pub attributes: Vec<AttributeView>,
    /// Others of the same category.
    pub similar: Vec<ProductCard>,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
}

/// What a product's address leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProductLookup {
    Found {
        page: Box<ProductPage>,
    },
    /// The product's slug has changed: answer 301 to this one.
    Moved {
        slug: String,
    },
    /// No longer sold: answer 410 and show what is like it.
    Gone {
        title: String,
        breadcrumb: Vec<CategoryRef>,
        similar: Vec<ProductCard>,
    },
}
