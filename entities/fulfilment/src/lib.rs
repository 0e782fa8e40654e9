//! Stock, reservations, fulfilment orders and shipments.

pub mod location;
pub mod stock_level;
pub mod reservation;
pub mod reservation_line;
pub mod allocation;
pub mod stock_movement;
pub mod shipping_rate;
pub mod fulfilment_order;
pub mod fulfilment_line;
pub mod line_cancellation;
pub mod shipment;
pub mod shipment_line;
pub mod tracking_event;
