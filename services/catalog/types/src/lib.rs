//! What the catalog area says on the wire: products and their offers, categories,
//! pictures, the shop's lists and pages.
//!
//! Amounts are minor units with their currency, times UTC, weights grams. Texts that
//! end in `_text` are formatted for the reader's locale by the server.

mod browse;
mod change;
mod cms;
mod edit;
mod import;
mod media;
mod pim;
mod products;

pub use browse::*;
pub use change::Change;
pub use cms::*;
pub use edit::*;
pub use import::*;
pub use media::*;
pub use pim::*;
pub use products::*;
