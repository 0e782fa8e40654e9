//! Tables of the identity area: people, sessions, roles, keys, sellers, customers.

pub mod api_key;
pub mod customer;
pub mod role;
pub mod seller;
pub mod session;
pub mod user;
pub mod user_role;
