//! Product information: the category tree and the attributes products are found by.
//!
//! At this depth attributes are select lists that grow with what sellers say, and every
//! one of them is a facet. Category nodes are never deleted.
//!
//! Invariants: a category's path is unique; codes of attributes and options never
//! change; a product's option axes named like an attribute count as its values.
//!
//! Tables: `category`, `attribute_definition`, `attribute_option`, `attribute_value`.
//! Events: `attribute.created`, `taxonomy.updated`.

mod attributes;
mod categories;
mod colours;

pub(crate) use attributes::{attributes_of, set_attributes, sync_axes};
pub(crate) use categories::tree;
pub use categories::{create_category, ensure_category_path};
pub(crate) use colours::colour_of;

use stoa_kernel::{Code, ErrorKind, Module, Permission, personal::PersonalTable};

/// Change the category tree.
pub const TAXONOMY_WRITE: Permission = Permission("pim.taxonomy_write");

pub const CATEGORY_TAKEN: Code = Code::new("pim.category_taken", ErrorKind::Conflict);
pub const CATEGORY_NAME_INVALID: Code = Code::new("pim.category_name_invalid", ErrorKind::Invalid);
pub const TOO_DEEP: Code = Code::new("pim.too_deep", ErrorKind::Invalid);

/// What product information brings to the kernel.
pub const MODULE: Module = Module {
    number: 2,
    slug: "pim",
    permissions: &[TAXONOMY_WRITE],
    codes: &[CATEGORY_TAKEN, CATEGORY_NAME_INVALID, TOO_DEEP],
    events: &["attribute.created", "taxonomy.updated"],
    personal: &[
        PersonalTable { table: "category", columns: &[] },
        PersonalTable { table: "attribute_definition", columns: &[] },
        PersonalTable { table: "attribute_option", columns: &[] },
        PersonalTable { table: "attribute_value", columns: &[] },
    ],
    ..Module::EMPTY
};
