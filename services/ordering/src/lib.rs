//! The ordering area: carts, and the orders they become.
//!
//! [`carts`] holds what somebody means to buy, up to a frozen checkout; [`orders`] turns
//! a frozen checkout whose payment is authorised into exactly one order, and follows
//! its lines until they have arrived or were cancelled.

pub mod carts;
pub mod orders;
pub mod personal;

use stoa_kernel::Module;

/// The area's services.
pub const MODULES: &[&Module] = &[&carts::MODULE, &orders::MODULE];

/// The area's REST routes.
pub fn routes() -> stoa_kernel::http::Router {
    carts::routes().merge(orders::routes())
}
