//! Inventory and shipping, on SQLite and PostgreSQL.

mod holds;
mod parcels;
mod rates;
mod reservations;
mod routes;
mod stock;
mod support;
