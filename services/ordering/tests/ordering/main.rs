//! Carts and orders with everything below them, on SQLite and PostgreSQL.

mod buying;
mod carts;
mod cleaning;
mod delivery;
mod failures;
mod holding;
mod linking;
mod moving;
mod races;
mod routes;
mod statements;
mod support;
