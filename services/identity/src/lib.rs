//! The identity area: who people and programs are, what they may do, and whose shop
//! is whose.
//!
//! Four services live here: [`auth`] (12), [`customers`] (11), [`sellers`] (17) and
//! [`apps`] (45). Nothing in this area knows a product or an order.

pub mod access;
pub mod apps;
pub mod auth;
pub mod customers;
pub mod email;
pub mod oauth;
pub mod postal;
mod seal;
pub mod sellers;
mod text;

use stoa_kernel::{Module, http::Router};

/// What the area's services hand to the kernel.
pub const MODULES: &[&Module] = &[&auth::MODULE, &customers::MODULE, &sellers::MODULE, &apps::MODULE];

/// Every REST route of the area.
pub fn routes() -> Router {
    Router::new()
        .merge(access::http::routes())
        .merge(auth::http::routes())
        .merge(oauth::http::routes())
        .merge(customers::http::routes())
        .merge(sellers::http::routes())
        .merge(apps::http::routes())
}
