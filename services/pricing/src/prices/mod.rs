//! Prices: what a SKU costs, on which list, and what it cost before.
//!
//! Every currency has one default list, made when its first price is set; it holds the
//! prices everybody gets. A price is set together with its history, the catalogue's
//! offer summary and its event, so page, list and cart never disagree.
//!
//! Invariants
//! - A price is 0 or more and in its list's currency; a former price lies above it.
//! - `price_history` only grows: every price there was can be found again.
//!
//! - `price.updated` is about a SKU; its version counts the changes of that SKU's prices on
//!   all lists, in the order in which they were committed.
//!
//! Tables: `price_list`, `price`, `price_history`, `priced_sku`. Events: `price.updated`.

mod commands;
mod http;
mod model;
mod queries;

pub use commands::{put_prices, set, set_all_in, set_in};
pub use http::routes;
pub use queries::{current, current_in, default_list, find, for_quantities, list, lists};

use stoa_kernel::{Code, ErrorKind, Module, Permission, personal::PersonalTable};

/// See price lists; a seller sees the own prices on them.
pub const READ: Permission = Permission("prices.read");
/// Set prices; a seller those of the own SKUs.
pub const WRITE: Permission = Permission("prices.write");

pub const NEGATIVE: Code = Code::new("prices.negative", ErrorKind::Invalid);
pub const TOO_HIGH: Code = Code::new("prices.too_high", ErrorKind::Invalid);
pub const COMPARE_AT_LOW: Code = Code::new("prices.compare_at_low", ErrorKind::Invalid);
pub const CURRENCY_MISMATCH: Code = Code::new("prices.currency_mismatch", ErrorKind::Invalid);
pub const SKU_UNKNOWN: Code = Code::new("prices.sku_unknown", ErrorKind::Invalid);
pub const SKU_TWICE: Code = Code::new("prices.sku_twice", ErrorKind::Invalid);
pub const TOO_MANY_ROWS: Code = Code::new("prices.too_many_rows", ErrorKind::Invalid);
pub const QUANTITY_INVALID: Code = Code::new("prices.quantity_invalid", ErrorKind::Invalid);

/// What prices bring to the kernel.
pub const MODULE: Module = Module {
    number: 4,
    slug: "prices",
    permissions: &[READ, WRITE],
    codes: &[
        NEGATIVE,
        TOO_HIGH,
        COMPARE_AT_LOW,
        CURRENCY_MISMATCH,
        SKU_UNKNOWN,
        SKU_TWICE,
        TOO_MANY_ROWS,
        QUANTITY_INVALID,
    ],
    events: &["price.updated"],
    personal: &[
        PersonalTable { table: "price_list", columns: &[] },
        PersonalTable { table: "price", columns: &[] },
        PersonalTable { table: "price_history", columns: &[] },
        PersonalTable { table: "priced_sku", columns: &[] },
    ],
    ..Module::EMPTY
};
