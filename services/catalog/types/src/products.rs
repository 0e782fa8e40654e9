use serde::{Deserialize, Serialize};
use stoa_types::{Asset, Category, DateTime, Id, Money, Product, Seller, Sku, Utc, Variant};

use crate::{AttributeInput, AttributeView, CategoryRef, Change, MediaView, Picture};

/// Where a product stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// Being written; only its seller and staff see it.
    Draft,
    /// Handed in for review.
    Proposed,
    /// Sent back with a reason.
    Rejected,
    /// Shown to shoppers.
    Published,
    /// No longer sold; kept for the orders that name it.
    Archived,
}

impl ProductStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Proposed, Self::Rejected, Self::Published, Self::Archived];

    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Proposed => "proposed",
            Self::Rejected => "rejected",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    /// The status of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// An axis in which variants differ, and its values in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OptionInput {
    pub name: String,
    pub values: Vec<String>,
}

/// A variant to be made, with the seller's offer of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VariantInput {
    /// One value for each axis, in their order.
    #[serde(default)]
    pub options: Vec<String>,
    /// The seller's own code; made from the product when left out.
    #[serde(default)]
    pub sku: Option<String>,
    /// GTIN-8, -12, -13 or -14.
    #[serde(default)]
    pub gtin: Option<String>,
    #[serde(default)]
    pub weight_grams: Option<i64>,
}

/// A new product, as a draft.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateProduct {
    pub title: String,
    /// Whose product it is; staff must name the seller, a seller may leave it out.
    #[serde(default)]
    pub seller: Option<Id<Seller>>,
    /// Made from the title when left out.
    #[serde(default)]
    pub slug: Option<String>,
    /// Who makes it.
    #[serde(default)]
    pub maker: Option<String>,
    /// HTML; what is not plain formatting is removed.
    #[serde(default)]
    pub description: Option<String>,
    /// The primary category.
    #[serde(default)]
    pub category: Option<Id<Category>>,
    /// Further categories.
    #[serde(default)]
    pub categories: Vec<Id<Category>>,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub attributes: Vec<AttributeInput>,
    /// None for a product that comes in one form only.
    #[serde(default)]
    pub options: Vec<OptionInput>,
    /// Left empty, every combination of the options is made.
    #[serde(default)]
    pub variants: Vec<VariantInput>,
    /// Tax class, such as `standard`.
    #[serde(default)]
    pub tax_class: Option<String>,
    #[serde(default)]
    pub seo_title: Option<String>,
    #[serde(default)]
    pub seo_description: Option<String>,
}

/// Changes to a product; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateProduct {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The former slug keeps leading here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub maker: Change<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub category: Change<Id<Category>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<Id<Category>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Vec<AttributeInput>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_class: Option<String>,
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub seo_title: Change<String>,
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub seo_description: Change<String>,
}

/// Changes to one SKU and its variant; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateSku {
    /// One value for each axis, in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<String>>,
    /// The seller's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub gtin: Change<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_grams: Option<i64>,
    /// Whether it is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// A seller by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SellerRef {
    pub id: Id<Seller>,
    pub name: String,
    pub slug: String,
}

/// A value of an axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OptionValueView {
    pub value: String,
    /// `#rrggbb` where the value is a colour Stoa knows.
    pub colour: Option<String>,
}

/// An axis in which the variants differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OptionView {
    pub name: String,
    /// The name as a query parameter, such as `glaze`.
    pub key: String,
    pub values: Vec<OptionValueView>,
}

/// One seller's offer of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkuView {
    pub id: Id<Sku>,
    /// For `If-Match`.
    pub version: i64,
    /// The seller's own code.
    pub code: String,
    pub variant: Id<Variant>,
    pub seller: Id<Seller>,
    /// One value for each axis, in their order.
    pub options: Vec<String>,
    /// The values in a line, such as "Sand, Large"; empty without axes.
    pub title: String,
    pub gtin: Option<String>,
    pub weight_grams: Option<i64>,
    /// Whether it is offered.
    pub active: bool,
    /// Absent where it has no price in the currency asked for.
    pub price: Option<Money>,
    /// The former price, above `price`.
    pub compare_at: Option<Money>,
    pub in_stock: bool,
    /// The picture of this variant, one of the product's.
    pub picture: Option<Id<Asset>>,
}

/// A product with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductView {
    pub id: Id<Product>,
    /// For `If-Match`.
    pub version: i64,
    pub status: ProductStatus,
    pub title: String,
    pub slug: String,
    pub maker: Option<String>,
    /// Sanitised HTML.
    pub description: String,
    pub seller: SellerRef,
    /// The primary category.
    pub category: Option<CategoryRef>,
    /// All categories, the primary one first.
    pub categories: Vec<CategoryRef>,
    pub tags: Vec<String>,
    pub attributes: Vec<AttributeView>,
    pub options: Vec<OptionView>,
    pub skus: Vec<SkuView>,
    pub media: Vec<MediaView>,
    pub tax_class: String,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub published_at: Option<DateTime<Utc>>,
    pub archived_at: Option<DateTime<Utc>>,
}

/// A product in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductSummary {
    pub id: Id<Product>,
    pub version: i64,
    pub status: ProductStatus,
    pub title: String,
    pub slug: String,
    pub maker: Option<String>,
    pub seller: SellerRef,
    /// The thumbnail.
    pub picture: Option<Picture>,
    /// The lowest and highest price of its active SKUs in the currency asked for.
    pub price_from: Option<Money>,
    pub price_to: Option<Money>,
    /// The former price of the cheapest.
    pub compare_at: Option<Money>,
    /// Whether any active SKU can be bought.
    pub in_stock: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub published_at: Option<DateTime<Utc>>,
}

/// Filters of the product list. Visitors see what is published, sellers their own,
/// staff everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ProductQuery {
    /// Cursor from `next` or `prev` of an earlier answer.
    pub after: Option<String>,
    /// Items a page, 1 to 100; 25 unless told.
    pub limit: Option<u32>,
    /// One of the statuses.
    pub status: Option<ProductStatus>,
    /// Words in title, maker, tags or category, all of which must occur.
    pub q: Option<String>,
    /// A category's path, such as `kitchen/jugs`; those under it count as well.
    pub category: Option<String>,
    /// A seller's id.
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
    pub seller: Option<Id<Seller>>,
}

/// What other areas need to know of a SKU in a cart, an order, a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuCard {
    pub sku: Id<Sku>,
    /// The seller's own code.
    pub code: String,
    pub product: Id<Product>,
    pub variant: Id<Variant>,
    pub seller: Id<Seller>,
    pub title: String,
    pub slug: String,
    /// "Sand, Large"; empty without axes.
    pub options: String,
    /// The variant's picture, else the product's first.
    pub picture: Option<Picture>,
    /// 0 where unknown.
    pub weight_grams: i64,
    pub tax_class: String,
    /// Published and active; price and stock are asked elsewhere.
    pub sellable: bool,
}
