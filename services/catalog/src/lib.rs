//! Products, their attributes and categories, pictures, content, and the shop's lists
//! and pages made of them.

mod cache;
pub mod cms;
pub mod media;
pub mod offers;
pub mod pim;
pub mod products;
mod sellers;
mod sql;
pub mod storefront;
mod text;

use stoa_kernel::{Module, http::Router};

/// The area's services.
pub const MODULES: &[&Module] = &[&products::MODULE, &pim::MODULE, &media::MODULE, &cms::MODULE];

/// The area's REST routes and the addresses of its pictures.
pub fn routes() -> Router {
    Router::new().merge(products::routes()).merge(media::routes())
}
