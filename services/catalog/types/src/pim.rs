use serde::{Deserialize, Serialize};
use stoa_types::{Category, Id};

/// A named property given for a product, such as material: stoneware. The attribute
/// and its option are made when nobody has used them before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AttributeInput {
    pub name: String,
    pub value: String,
}

impl AttributeInput {
    /// `name` with `value`.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// A property of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttributeView {
    /// The attribute's code, such as `material`.
    pub code: String,
    /// Its label, such as "Material".
    pub name: String,
    /// The value's label, such as "Stoneware".
    pub value: String,
}

/// A category by name, for breadcrumbs and links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CategoryRef {
    pub id: Id<Category>,
    pub name: String,
    /// Slugs from the root, such as `kitchen/jugs`; the end of `/{l}/c/{path}`.
    pub path: String,
}

/// A category with those under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryNode {
    pub category: CategoryRef,
    pub children: Vec<CategoryNode>,
}

/// A new category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateCategory {
    pub name: String,
    /// Made from the name when left out.
    #[serde(default)]
    pub slug: Option<String>,
    #[serde(default)]
    pub parent: Option<Id<Category>>,
    #[serde(default)]
    pub description: Option<String>,
}
