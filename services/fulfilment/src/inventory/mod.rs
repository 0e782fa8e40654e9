//! Inventory: knows how many of each SKU lie where, promises them, and can prove it.
//!
//! What a SKU can still sell at a location is on_hand - allocated - reserved - safety.
//! A *reservation* holds units for a checkout for a while; when the order is placed it
//! becomes an *allocation* in the same transaction, and when a parcel leaves, on_hand
//! and allocation go down together.
//!
//! Invariants:
//! - Every change of a counter is one guarded statement with a row in `stock_movement`;
//!   a counter is the sum of its movements ([`verify_ledger`]).
//! - Only [`adjust_in`] and [`set_in`] may make what is available negative.
//! - An expired reservation counts for nothing, whether or not the sweeper has come.
//! - An order ships from, and gives back to, the locations it was allocated at.
//! - Every operation has a name (`stock_movement.operation`); the same one twice moves
//!   stock once.
//! - Stock rows are locked in the order (SKU, location), before any other row of this
//!   service is written, so that operations queue up instead of deadlocking.
//!
//! Tables: location, stock_level, reservation, reservation_line, allocation,
//! stock_movement. Events: inventory.adjusted, stock.reserved, stock.released.

mod allocations;
mod check;
mod events;
mod http;
mod levels;
mod model;
mod queries;
mod reservations;
mod shelf;

use stoa_kernel::{Code, ErrorKind, Module, Permission, personal::PersonalTable};

pub use allocations::{deallocate, ship, unship};
pub use check::verify_ledger;
pub use http::routes;
pub use levels::{adjust, adjust_in, location_of, set_in};
pub use queries::{available, available_to, levels, on_hand, warehouse};
pub use reservations::{NewReservation, commit, create, extend, give_back, release, reserve, sweep};

/// May see stock.
pub const INVENTORY_READ: Permission = Permission("inventory.read");
/// May change what lies on the shelf.
pub const INVENTORY_ADJUST: Permission = Permission("inventory.adjust");
/// May reserve stock and give it back.
pub const INVENTORY_RESERVE: Permission = Permission("inventory.reserve");

/// Not enough is available. Facts: `sku` and `available` of the first short one, and
/// `shortages` with all of them as `sku=available`.
pub const INSUFFICIENT_STOCK: Code =
    Code::new(stoa_fulfilment_types::INSUFFICIENT_STOCK, ErrorKind::Conflict);
/// The reservation was committed or released.
pub const RESERVATION_OVER: Code = Code::new(stoa_fulfilment_types::RESERVATION_OVER, ErrorKind::Conflict);
/// More units than the order still has allocated.
pub const NOT_ALLOCATED: Code = Code::new("inventory.not_allocated", ErrorKind::Conflict);
/// The quantity is not a whole number in the range allowed.
pub const QUANTITY_INVALID: Code = Code::new("inventory.quantity_invalid", ErrorKind::Invalid);
/// The text is missing or too long.
pub const TEXT_INVALID: Code = Code::new("inventory.text_invalid", ErrorKind::Invalid);

/// The service.
pub const MODULE: Module = Module {
    number: 3,
    slug: "inventory",
    permissions: &[INVENTORY_READ, INVENTORY_ADJUST, INVENTORY_RESERVE],
    codes: &[INSUFFICIENT_STOCK, RESERVATION_OVER, NOT_ALLOCATED, QUANTITY_INVALID, TEXT_INVALID],
    events: &["inventory.adjusted", "stock.reserved", "stock.released"],
    jobs: events::JOBS,
    crons: events::CRONS,
    personal: &[
        PersonalTable { table: "location", columns: &[] },
        PersonalTable { table: "stock_level", columns: &[] },
        PersonalTable { table: "reservation", columns: &[] },
        PersonalTable { table: "reservation_line", columns: &[] },
        PersonalTable { table: "allocation", columns: &[] },
        PersonalTable { table: "stock_movement", columns: &[] },
    ],
    ..Module::EMPTY
};
