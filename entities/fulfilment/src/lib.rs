//! Stock, reservations, fulfilment orders and shipments.

pub mod allocation;
pub mod fulfilment_line;
pub mod fulfilment_order;
pub mod line_cancellation;
pub mod location;
pub mod reservation;
pub mod reservation_line;
pub mod shipment;
pub mod shipment_line;
pub mod shipping_rate;
pub mod stock_level;
pub mod stock_movement;
pub mod tracking_event;
