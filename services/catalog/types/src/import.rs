use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use stoa_types::{Asset, Id, Product, Seller, Sku};

use crate::{AttributeInput, OptionInput};

/// A whole product from a channel. It is found again by seller and handle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductInput {
    pub seller: Id<Seller>,
    /// What names the product in its source; unique per seller.
    pub handle: String,
    pub title: String,
    pub maker: Option<String>,
    /// HTML; what is not plain formatting is removed.
    pub description_html: String,
    /// Names from the outermost category; made where missing. Empty for none.
    pub category_path: Vec<String>,
    pub tags: Vec<String>,
    pub attributes: Vec<AttributeInput>,
    pub options: Vec<OptionInput>,
    /// At least one.
    pub variants: Vec<VariantImport>,
    /// In display order.
    pub pictures: Vec<PictureInput>,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
}

/// A variant of an imported product and the seller's offer of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantImport {
    /// One value for each axis, in their order.
    pub options: Vec<String>,
    /// The seller's own code; kept or made where missing.
    pub sku: Option<String>,
    pub gtin: Option<String>,
    pub weight_grams: Option<i64>,
    /// Place of this variant's picture in [`ProductInput::pictures`], from 0.
    pub picture: Option<usize>,
}

/// A picture of an imported product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureInput {
    pub source: PictureSource,
    /// The product's title where empty.
    pub alt: String,
}

/// Where a picture is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureSource {
    /// To be fetched by a job.
    Url(String),
    /// Stored already.
    Asset(Id<Asset>),
}

/// What an import did to the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportChange {
    Created,
    Updated,
    /// Nothing was written.
    Unchanged,
}

/// What became of an imported product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOutcome {
    pub product: Id<Product>,
    pub change: ImportChange,
    /// One per variant, in the order given.
    pub skus: Vec<Id<Sku>>,
}

/// A part of a product that a source describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportPart {
    Title,
    Maker,
    Description,
    SeoTitle,
    SeoDescription,
    Categories,
    Tags,
    Attributes,
    /// Options and variants, with their codes, GTINs and weights.
    Variants,
    /// Pictures and which of them show which variant.
    Pictures,
}

/// What a source says the same of as the last time: it stays as it is now, whoever wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SameAsLast {
    pub parts: BTreeSet<ImportPart>,
    /// Places of such variants in [`ProductInput::variants`], where others differ.
    pub variants: BTreeSet<usize>,
    /// The SKUs the source had the last time; in the order of the variants where
    /// [`ImportPart::Variants`] is the same. Others are not taken out of the offer.
    pub skus: Vec<Id<Sku>>,
}
