//! The platform area through its functions and its routes, on both databases.

mod audit;
mod statements;
