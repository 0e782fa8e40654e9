//! The aftersales area: what happens after the sale. For now refunds.

pub mod personal;
pub mod refunds;

use stoa_kernel::Module;

/// The area's services.
pub const MODULES: &[&Module] = &[&refunds::MODULE];

/// The area's REST routes.
pub fn routes() -> stoa_kernel::http::Router {
    refunds::routes()
}
