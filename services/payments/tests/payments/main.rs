//! Payments, the sandbox provider and the ledger, on SQLite and PostgreSQL.

mod attempts;
mod bank;
mod contract;
mod intents;
mod ledger;
mod money;
mod pages;
mod routes;
mod support;
mod webhooks;
