//! What the payments area says over the wire.

mod payments;

pub use payments::*;
