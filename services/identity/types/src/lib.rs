//! What crosses the wire of the identity area: people, roles, keys, links, sellers.

pub mod access;
pub mod apps;
pub mod auth;
pub mod customers;
pub mod links;
pub mod oauth;
pub mod passkeys;
pub mod privacy;
pub mod second_factor;
pub mod sellers;

pub use access::*;
pub use apps::*;
pub use auth::*;
pub use customers::*;
pub use links::*;
pub use oauth::*;
pub use passkeys::*;
pub use privacy::*;
pub use second_factor::*;
pub use sellers::*;
