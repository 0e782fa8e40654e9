//! What the pricing area says on the wire: prices, price lists and tax.
//!
//! Amounts are minor units with their currency and include tax; rates are basis
//! points (2 400 is 24 %); times are UTC.

mod prices;
mod tax;

pub use prices::*;
pub use tax::*;
