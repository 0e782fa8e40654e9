//! The demo marketplace: words and numbers from a grammar, pictures from
//! parameters, the same for the same seed on every machine.

pub mod art;
pub mod grammar;
