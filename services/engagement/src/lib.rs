//! What brings people back: notifications today; reviews, affiliates and chat follow.

pub mod notifications;
pub mod personal;

use stoa_kernel::{Module, http::Router};

/// The area's services.
pub const MODULES: &[&Module] = &[&notifications::MODULE];

/// The area's REST routes.
pub fn routes() -> Router {
    notifications::routes()
}
