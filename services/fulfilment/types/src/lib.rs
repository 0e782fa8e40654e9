//! What the fulfilment area says over the wire: stock, reservations, delivery
//! options, fulfilment orders, shipments and tracking.

mod inventory;
mod shipping;

pub use inventory::*;
pub use shipping::*;
