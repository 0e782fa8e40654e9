//! Channels: catalogues in from other shops, and out to other places to sell.

pub mod channels;

use stoa_kernel::{Module, http::Router};

/// The area's services.
pub const MODULES: &[&Module] = &[&channels::MODULE];

/// The area's REST routes. There are none yet: imports run from the command line.
pub fn routes() -> Router {
    Router::new()
}
