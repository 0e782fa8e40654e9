//! What crosses the wire of the ordering area: carts and orders.
//!
//! Amounts are [`stoa_types::Money`] (whole minor units), times are UTC. Requests
//! refuse unknown members; views may grow.

pub mod carts;
pub mod orders;
