//! Orders: a frozen checkout whose payment is authorised becomes exactly one order.
//!
//! The client's return, the provider's message and the sweeper all call [`complete`];
//! whoever comes first makes the order, the others get the same one. In one
//! transaction the kept stock becomes the order's, the order with one part per seller
//! and a snapshot of every line is written, the sellers' packing lists are made and
//! the money is asked for. Is the stock gone by then, the payment is given back at once
//! and the cart stays open.
//!
//! Invariants:
//! - One order per cart and per payment (unique in the database).
//! - A line's units: delivered <= shipped <= quantity - cancelled, guarded in SQL. States
//!   of lines follow from them; the status of an order and of each seller's part follows
//!   from its lines and is never set.
//! - What was paid is a second axis (`payment_status`), moved by the payment's events.
//! - Of a line, of a parcel's delivery and of the order never more is given back than
//!   was charged, guarded in SQL.
//! - A seller sees own lines, own amounts and own timeline only.
//!
//! Tables: customer_order, seller_order, order_line, order_event. Events: order.created,
//! order.updated, order.fulfilled, order.cancelled.

mod cancel;
mod complete;
mod events;
mod http;
mod model;
mod progress;
mod queries;
mod refunds;
mod status;
mod sweep;
mod view;

use stoa_kernel::{Module, Permission, personal::PersonalTable};

pub use cancel::cancel;
pub use complete::{Completion, complete, complete_in};
pub use http::routes;
pub use queries::{
    CustomerValue, access_token, by_token, counts, for_mail, get, list, locale, of_cart, of_customer,
    of_payment, order_page, value_of_customer,
};
pub use refunds::{
    Leftover, RefundAsk, RefundPart, Refundable, give_back_refund, note_refund, quote_refund, refundable,
    settle_refund, take_refund,
};
pub use status::set_status;
pub use sweep::sweep;

/// May see orders: staff all, a seller own parts.
pub const READ: Permission = Permission("orders.read");
/// May move orders on.
pub const WRITE: Permission = Permission("orders.write");
/// May cancel what has not been shipped.
pub const CANCEL: Permission = Permission("orders.cancel");

/// Error codes of orders.
pub mod codes {
    use stoa_kernel::{Code, ErrorKind};

    /// The payment is not authorised. Fact `status`.
    pub const NOT_PAID: Code = Code::new("orders.not_paid", ErrorKind::Conflict);
    /// The cart was changed after its checkout was frozen; the payment was given back.
    pub const CART_CHANGED: Code = Code::new("orders.cart_changed", ErrorKind::Conflict);
    /// Stock was gone when the money came; the payment was given back, the cart is open.
    /// Fact `lines`: what is short.
    pub const STOCK_GONE: Code = Code::new("orders.stock_gone", ErrorKind::Conflict);
    /// Another payment has already paid for this cart. Fact `order`.
    pub const ALREADY_PLACED: Code = Code::new("orders.already_placed", ErrorKind::Conflict);
    /// A line can't go there from here. Facts `from`, `allowed`.
    pub const INVALID_TRANSITION: Code = Code::new("orders.invalid_transition", ErrorKind::Conflict);
    /// Goods leave by a shipment, not by a word.
    pub const NEEDS_SHIPMENT: Code = Code::new("orders.needs_shipment", ErrorKind::Conflict);
    /// Fewer units can still be cancelled. Facts `order_line`, `open`.
    pub const NOT_OPEN: Code = Code::new("orders.not_open", ErrorKind::Conflict);
    /// Not a line of this order, or not a number of units.
    pub const LINES_INVALID: Code = Code::new("orders.lines_invalid", ErrorKind::Invalid);
    /// Not a state.
    pub const STATUS_UNKNOWN: Code = Code::new("orders.status_unknown", ErrorKind::Invalid);
    /// More than is left to give back. Fact `refundable`, minor units.
    pub const EXCEEDS_REFUNDABLE: Code = Code::new("refunds.exceeds_refundable", ErrorKind::Conflict);
}

/// The service.
pub const MODULE: Module = Module {
    number: 6,
    slug: "orders",
    permissions: &[READ, WRITE, CANCEL],
    codes: &[
        codes::NOT_PAID,
        codes::CART_CHANGED,
        codes::STOCK_GONE,
        codes::ALREADY_PLACED,
        codes::INVALID_TRANSITION,
        codes::NEEDS_SHIPMENT,
        codes::NOT_OPEN,
        codes::LINES_INVALID,
        codes::STATUS_UNKNOWN,
    ],
    events: &["order.created", "order.updated", "order.fulfilled", "order.cancelled"],
    subscribers: events::SUBSCRIBERS,
    jobs: sweep::JOBS,
    crons: sweep::CRONS,
    personal: &[
        PersonalTable { table: "customer_order", columns: &["email", "email_key", "name", "address"] },
        PersonalTable { table: "seller_order", columns: &[] },
        PersonalTable { table: "order_line", columns: &["personalisation"] },
        PersonalTable { table: "order_event", columns: &["data"] },
    ],
};
