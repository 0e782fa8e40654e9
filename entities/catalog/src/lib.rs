//! Tables of the catalog area, one file each.

pub mod asset;
pub mod asset_derivative;
pub mod attribute_definition;
pub mod attribute_option;
pub mod attribute_value;
pub mod category;
pub mod content_block;
pub mod offer_summary;
pub mod page;
pub mod product;
pub mod product_category;
pub mod product_media;
pub mod product_option;
pub mod product_option_value;
pub mod product_relationship;
pub mod product_slug;
pub mod product_summary;
pub mod product_tag;
pub mod sku;
pub mod tag;
pub mod variant;
pub mod variant_option;
