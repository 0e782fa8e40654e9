//! The platform area: what watches over all the others. So far the audit trail.

pub mod audit;

use stoa_kernel::{Module, http::Router};

/// What the area's services hand to the kernel.
pub const MODULES: &[&Module] = &[&audit::MODULE];

/// Every REST route of the area.
pub fn routes() -> Router {
    audit::http::routes()
}
