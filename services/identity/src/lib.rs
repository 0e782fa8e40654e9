//! The identity area: who people and programs are, what they may do, and whose shop
//! is whose.
//!
//! Four services live here: [`auth`] (12), [`customers`] (11), [`sellers`] (17) and
//! [`apps`] (45). Nothing in this area knows a product or an order.

pub mod apps;
pub mod auth;
pub mod customers;
pub mod email;
mod seal;
pub mod sellers;
mod text;

use stoa_kernel::{Module, http::Router};

/// What the area's services hand to the kernel.
pub const MODULES: &[&Module] = &[&auth::MODULE, &customers::MODULE, &sellers::MODULE, &apps::MODULE];

/// Every REST route of the area.
pub fn routes() -> Router {
    Router::new().merge(auth::http::routes()).merge(customers::http::routes()).merge(sellers::http::routes())
}
