//! Tables of carts and orders.

pub mod cart;
pub mod cart_line;
pub mod cart_checkout;
pub mod order;
pub mod seller_order;
pub mod order_line;
pub mod order_event;
