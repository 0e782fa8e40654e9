//! Tables of the pricing area, one file each.

pub mod price;
pub mod price_history;
pub mod price_list;
pub mod priced_sku;
pub mod tax_rate;
