//! What crosses the wire of the identity area: people, roles, keys, links, sellers.

pub mod auth;
pub mod links;
pub mod second_factor;
pub mod sellers;

pub use auth::*;
pub use links::*;
pub use second_factor::*;
pub use sellers::*;
