//! What crosses the wire of the aftersales area: refunds.
//!
//! Amounts are [`stoa_types::Money`] (whole minor units), times are UTC.

pub mod refunds;
