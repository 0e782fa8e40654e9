//! Products: what is sold, in which variants, and who offers it.
//!
//! A product is written as a draft, published when nothing is missing, and archived;
//! it is never deleted. Its variants are the combinations of its options; a SKU is one
//! seller's offer of a variant.
//!
//! Invariants
//! - The values of a variant on all axes are unique in the product; a SKU's code is
//!   unique per seller, whatever its case.
//! - A slug belongs to one product for ever; a former one leads to the present one.
//! - Only a product with a priced active variant, a picture and a primary category is
//!   published.
//! - Every change counts `version` up, and writes its event and audit row with it.
//!
//! Tables: `product`, `product_slug`, `product_option`, `product_option_value`,
//! `variant`, `variant_option`, `sku`, `tag`, `product_tag`, `product_category`,
//! `product_relationship`, `product_media`, `offer_summary`, `product_summary`.
//! Events: `product.created`, `product.updated`, `product.published`,
//! `product.archived`.

mod codes;
mod commands;
mod details;
mod grow;
mod http;
mod import;
pub(crate) mod model;
mod queries;
mod refs;
pub(crate) mod slugs;
pub(crate) mod store;

pub use codes::*;
pub use commands::{
    add_sku, archive, attach_media, create, detach_media, edit, edit_problems, publish, publish_in, revive,
    update, update_sku,
};
pub(crate) use details::{Details, details};
pub use http::routes;
pub use import::{import, import_again};
pub(crate) use queries::{Live, live, offers_of, path_ids};
pub use queries::{get, list, skus, words};
pub use refs::{resolve_sku, resolve_skus, sku_cards, sku_seller};
pub use store::sku_taken;

use stoa_kernel::{Module, personal::PersonalTable};

/// What the product catalogue brings to the kernel.
pub const MODULE: Module = Module {
    number: 1,
    slug: "products",
    permissions: &[READ, WRITE, PUBLISH],
    codes: codes::ALL,
    events: &["product.created", "product.updated", "product.published", "product.archived"],
    personal: &[
        PersonalTable { table: "product", columns: &[] },
        PersonalTable { table: "product_slug", columns: &[] },
        PersonalTable { table: "product_option", columns: &[] },
        PersonalTable { table: "product_option_value", columns: &[] },
        PersonalTable { table: "variant", columns: &[] },
        PersonalTable { table: "variant_option", columns: &[] },
        PersonalTable { table: "sku", columns: &[] },
        PersonalTable { table: "tag", columns: &[] },
        PersonalTable { table: "product_tag", columns: &[] },
        PersonalTable { table: "product_category", columns: &[] },
        PersonalTable { table: "product_relationship", columns: &[] },
        PersonalTable { table: "product_media", columns: &[] },
        PersonalTable { table: "offer_summary", columns: &[] },
        PersonalTable { table: "product_summary", columns: &[] },
    ],
    ..Module::EMPTY
};
