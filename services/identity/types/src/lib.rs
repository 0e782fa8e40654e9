//! What crosses the wire of the identity area: people, roles, keys, sellers.

pub mod auth;
pub mod sellers;

pub use auth::*;
pub use sellers::*;
