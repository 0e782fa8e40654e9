//! Channels: catalogues in from other shops, and out to other places to sell.

pub mod channels;
