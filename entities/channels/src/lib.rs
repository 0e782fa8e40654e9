//! Tables of the channels area.

pub mod import_product;
pub mod product_save;
