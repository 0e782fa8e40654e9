//! Tax: how much of an amount is tax, by where it goes and when.
//!
//! Prices include tax. The tax of a line is computed once from the line's whole amount
//! and rounded once; it is stored with the order, and what is given back later is a
//! share of what was stored.
//!
//! Invariants
//! - Net and tax of a line make its amount, to the minor unit.
//! - Territories that share a country's code but not its tax have a rule of their own,
//!   never the country's rate in silence.
//! - A rate is never changed: it ends, and another begins.
//!
//! Tables: `tax_rate`. The rates of the European Union, the United Kingdom, Norway and
//! Switzerland come with the schema.

mod http;
mod model;
mod queries;

pub use http::routes;
pub use queries::{quote, rates};

use stoa_kernel::{Code, ErrorKind, Module, personal::PersonalTable};

pub const COUNTRY_UNKNOWN: Code = Code::new("tax.country_unknown", ErrorKind::Invalid);
pub const TOO_MANY_LINES: Code = Code::new("tax.too_many_lines", ErrorKind::Invalid);
pub const AMOUNT_INVALID: Code = Code::new("tax.amount_invalid", ErrorKind::Invalid);
pub const CURRENCY_MISMATCH: Code = Code::new("tax.currency_mismatch", ErrorKind::Invalid);

/// What tax brings to the kernel.
pub const MODULE: Module = Module {
    number: 20,
    slug: "tax",
    codes: &[COUNTRY_UNKNOWN, TOO_MANY_LINES, AMOUNT_INVALID, CURRENCY_MISMATCH],
    personal: &[PersonalTable { table: "tax_rate", columns: &[] }],
    ..Module::EMPTY
};
