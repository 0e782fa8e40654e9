//! Shipping: what delivery costs and when it arrives, what each seller has to send for
//! an order, and where every parcel is.
//!
//! Invariants:
//! - Per line shipped + cancelled never exceed the quantity; each step is a guarded
//!   statement.
//! - Stock leaves in the transaction that makes the shipment, and comes back in the one
//!   that withdraws it.
//! - A fulfilment order's state follows from its lines (`model::settled`), except while
//!   it is scheduled or held.
//! - While an order is held nothing of it leaves: the hold and a parcel take the same lock.
//! - Tracking news is recorded once and never moves a parcel back.
//! - Rows are locked in the order fulfilment orders, lines, stock, shipments.
//!
//! Tables: shipping_rate, fulfilment_order, fulfilment_line, line_cancellation,
//! shipment, shipment_line, tracking_event. Events: shipment.created,
//! shipment.cancelled, shipment.tracking.updated, fulfillment.completed, fulfillment.held,
//! fulfillment.released.

mod fulfilments;
mod holds;
mod http;
mod model;
mod personal;
mod queries;
mod rates;
mod shipments;
mod tracking;

use stoa_kernel::{Code, ErrorKind, Module, Permission, personal::PersonalTable};

pub use fulfilments::{FulfilmentLineInput, NewFulfilment, cancel_lines, create_fulfilment, split};
pub use holds::{REFUNDED, UNPAID, hold, release};
pub use http::routes;
pub use model::{CARRIERS, carrier_name, needs_phone, tracking_url};
pub use personal::{erase_of, export_of};
pub use queries::{fulfilment, list, of_orders, shipment};
pub use rates::{ParcelNeed, carrier_rates, options};
pub use shipments::{cancel_shipment, create_shipment};
pub use tracking::record_tracking;

/// May see fulfilment orders and shipments.
pub const SHIPPING_READ: Permission = Permission("shipping.read");
/// May pack, send and withdraw parcels and record their tracking.
pub const SHIPPING_WRITE: Permission = Permission("shipping.write");

/// Fewer units are open than asked for. Facts: `order_line`, `open`.
pub const NOT_OPEN: Code = Code::new(stoa_fulfilment_types::NOT_OPEN, ErrorKind::Conflict);
/// The fulfilment order's state does not allow it.
pub const INVALID_TRANSITION: Code =
    Code::new(stoa_fulfilment_types::INVALID_TRANSITION, ErrorKind::Conflict);
/// Nothing of the order may leave for now. Fact: `reason`.
pub const ON_HOLD: Code = Code::new(stoa_fulfilment_types::ON_HOLD, ErrorKind::Conflict);
/// The parcel has left.
pub const ALREADY_PICKED_UP: Code = Code::new(stoa_fulfilment_types::ALREADY_PICKED_UP, ErrorKind::Conflict);
/// Nothing is delivered there, or not in this currency.
pub const NO_DELIVERY: Code = Code::new("shipping.no_delivery", ErrorKind::Invalid);
/// The text is missing or too long.
pub const TEXT_INVALID: Code = Code::new("shipping.text_invalid", ErrorKind::Invalid);
/// Not a whole number in the range allowed.
pub const QUANTITY_INVALID: Code = Code::new("shipping.quantity_invalid", ErrorKind::Invalid);
/// This is no news a courier can send.
pub const STATUS_INVALID: Code = Code::new("shipping.status_invalid", ErrorKind::Invalid);

/// The service.
pub const MODULE: Module = Module {
    number: 9,
    slug: "shipping",
    permissions: &[SHIPPING_READ, SHIPPING_WRITE],
    codes: &[
        NOT_OPEN,
        INVALID_TRANSITION,
        ON_HOLD,
        ALREADY_PICKED_UP,
        NO_DELIVERY,
        TEXT_INVALID,
        QUANTITY_INVALID,
        STATUS_INVALID,
    ],
    events: &[
        "shipment.created",
        "shipment.cancelled",
        "shipment.tracking.updated",
        "fulfillment.completed",
        "fulfillment.held",
        "fulfillment.released",
    ],
    personal: &[
        PersonalTable { table: "shipping_rate", columns: &[] },
        PersonalTable { table: "fulfilment_order", columns: &["ship_to"] },
        PersonalTable { table: "fulfilment_line", columns: &[] },
        PersonalTable { table: "line_cancellation", columns: &[] },
        PersonalTable { table: "shipment", columns: &["tracking_number"] },
        PersonalTable { table: "shipment_line", columns: &[] },
        PersonalTable { table: "tracking_event", columns: &["place", "description"] },
    ],
    ..Module::EMPTY
};
