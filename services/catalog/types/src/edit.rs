use serde::{Deserialize, Serialize};
use stoa_types::{Asset, Category, Id, Product, Seller, Sku};

use crate::ImportChange;

/// A product as its editor wants it: everything a form shows, written at once. Price and
/// stock belong to other services.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductEdit {
    /// The product, and the version the editor was looking at; none for a new product.
    pub product: Option<(Id<Product>, i64)>,
    /// Whose product a new one becomes; a seller may leave it out.
    pub seller: Option<Id<Seller>>,
    pub title: String,
    pub maker: Option<String>,
    /// HTML; what is not plain formatting is removed.
    pub description: String,
    /// The primary category; further ones stay.
    pub category: Option<Id<Category>>,
    /// What to add to the options; those not named stay as they are.
    pub options: Vec<OptionEdit>,
    /// A new product has one at least. SKUs not named stay as they are.
    pub variants: Vec<VariantEdit>,
    /// Every picture the product shall have, in order.
    pub pictures: Vec<PictureEdit>,
}

/// Values to add to an option. An option of a new name is added: what the product has
/// already takes its first value.
///
/// Every combination that has one of the other added values is made as a variant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionEdit {
    pub name: String,
    pub add: Vec<String>,
}

/// A SKU and its variant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantEdit {
    /// None for the first one of a new product.
    pub sku: Option<Id<Sku>>,
    /// The seller's own code; kept or made where missing.
    pub code: Option<String>,
    pub weight_grams: Option<i64>,
    /// Whether it is offered.
    pub active: bool,
}

/// A stored picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureEdit {
    pub asset: Id<Asset>,
    /// What it shows; the product's title where empty.
    pub alt: String,
}

/// What an edit did to the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditOutcome {
    pub product: Id<Product>,
    pub seller: Id<Seller>,
    pub change: ImportChange,
    /// The version after it.
    pub version: i64,
    /// The SKUs of [`ProductEdit::variants`], in their order.
    pub skus: Vec<Id<Sku>>,
    /// The SKUs of variants that were made besides.
    pub made: Vec<Id<Sku>>,
}
