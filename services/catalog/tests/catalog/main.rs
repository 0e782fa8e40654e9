//! The catalogue through its functions and its routes, on both databases.

mod browsing;
mod importing;
mod media;
mod products;
mod routes;
mod search;
mod statements;
mod support;
