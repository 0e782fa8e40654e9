//! Inventory and shipping, on SQLite and PostgreSQL.

mod parcels;
mod rates;
mod reservations;
mod routes;
mod stock;
mod support;
