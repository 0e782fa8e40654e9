//! Carts and orders with everything below them, on SQLite and PostgreSQL.

mod buying;
mod carts;
mod delivery;
mod failures;
mod moving;
mod races;
mod routes;
mod support;
