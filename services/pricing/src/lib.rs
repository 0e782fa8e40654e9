//! What things cost and how much of it is tax.

pub mod prices;
pub mod tax;

use stoa_kernel::{Module, http::Router};

/// The area's services.
pub const MODULES: &[&Module] = &[&prices::MODULE, &tax::MODULE];

/// The area's REST routes.
pub fn routes() -> Router {
    Router::new().merge(prices::routes()).merge(tax::routes())
}
