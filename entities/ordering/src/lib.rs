//! Tables of carts and orders.

pub mod cart;
pub mod cart_checkout;
pub mod cart_line;
pub mod order;
pub mod order_event;
pub mod order_line;
pub mod seller_order;
