//! Tables of the identity area: people, sessions, links, roles, keys, sellers, customers.

pub mod api_key;
pub mod customer;
pub mod one_time_link;
pub mod recovery_code;
pub mod role;
pub mod second_factor;
pub mod seller;
pub mod session;
pub mod user;
pub mod user_role;
