//! Where goods lie and how they travel: inventory and shipping.

pub mod inventory;
pub mod shipping;

use stoa_kernel::Module;

/// The services of this area.
pub const MODULES: &[&Module] = &[&inventory::MODULE, &shipping::MODULE];

/// The area's REST routes.
pub fn routes() -> stoa_kernel::http::Router {
    inventory::routes().merge(shipping::routes())
}
