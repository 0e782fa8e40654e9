//! Carts: what a shopper means to buy, up to the moment of paying.
//!
//! Promises:
//! - A cart opens with its token alone (or for staff with a permission); with any other
//!   it does not exist. The token is kept as a hash.
//! - Every amount is worked out here, when the cart is read, from prices, delivery and
//!   tax of that moment. Reading changes nothing: a lower price is passed on, a higher
//!   one waits for the shopper's consent.
//! - Every change raises the version and answers with the whole cart. Two at once queue
//!   up on the cart's row, so both count.
//! - [`checkout_intent`] freezes a cart: its snapshot, the stock kept for it and the
//!   payment are written in one transaction. Any later change of the cart ends that
//!   checkout: stock is free again, the payment is voided, and completing it answers
//!   that the cart has changed.
//! - A cart that became an order is closed for ever; one that nobody comes back to is
//!   deleted.
//!
//! Tables: cart, cart_line, cart_checkout. Events: cart.updated.

mod address;
pub(crate) mod checkout;
mod cleaning;
mod commands;
mod estimate;
mod http;
mod model;
mod queries;
mod snapshot;
mod typo;
mod view;

use stoa_kernel::{Module, Permission, personal::PersonalTable};

pub(crate) use address::clean;
pub use address::{countries, country_name};
pub use checkout::checkout_intent;
pub use commands::{
    add_line, add_to_current, choose_delivery, create, remove_line, set_address, set_quantity, update,
};
pub use estimate::delivery_estimate;
pub use http::routes;
pub use queries::{count, current, get};
pub use typo::meant_email;

pub(crate) use checkout::{COMPLETED, REFUSED, SUPERSEDED};
pub(crate) use commands::close;
pub(crate) use queries::opens;
pub(crate) use snapshot::{Line, Parcel, Snapshot};

/// May read every cart (platform staff).
pub const READ: Permission = Permission("carts.read");
/// May read and change every cart (a headless shop's own server).
pub const WRITE: Permission = Permission("carts.write");

/// Error codes of carts.
pub mod codes {
    use stoa_kernel::{Code, ErrorKind};

    /// Not a whole number in the allowed range.
    pub const QUANTITY: Code = Code::new("carts.quantity_invalid", ErrorKind::Invalid);
    /// Too many or too long texts.
    pub const PERSONALISATION: Code = Code::new("carts.personalisation_invalid", ErrorKind::Invalid);
    /// No such offer.
    pub const UNKNOWN_SKU: Code = Code::new("carts.unknown_sku", ErrorKind::Invalid);
    /// Not sold any more, or not in the cart's currency.
    pub const UNAVAILABLE: Code = Code::new("carts.unavailable", ErrorKind::Conflict);
    /// 200 lines are the most.
    pub const TOO_MANY_LINES: Code = Code::new("carts.too_many_lines", ErrorKind::Invalid);
    /// Not an email address.
    pub const EMAIL: Code = Code::new("carts.email_invalid", ErrorKind::Invalid);
    /// A part of the address is missing or cannot be right.
    pub const ADDRESS_INCOMPLETE: Code = Code::new("carts.address_incomplete", ErrorKind::Invalid);
    /// The postcode is not one of that country.
    pub const ADDRESS_POSTCODE: Code = Code::new("carts.postcode_invalid", ErrorKind::Invalid);
    /// A parcel can't be sent to this country.
    pub const NOT_DELIVERABLE: Code = Code::new("carts.not_deliverable", ErrorKind::Invalid);
    /// Not one of the parcel's delivery options.
    pub const UNKNOWN_DELIVERY: Code = Code::new("carts.unknown_delivery", ErrorKind::Invalid);
    /// Nothing to buy.
    pub const EMPTY: Code = Code::new("carts.empty", ErrorKind::Conflict);
    /// A line stands in the way: a rise not accepted, too little stock, gone. Fact
    /// `lines`.
    pub const PROBLEMS: Code = Code::new("carts.has_problems", ErrorKind::Conflict);
    /// It became an order. Fact `order`.
    pub const COMPLETED: Code = Code::new("carts.completed", ErrorKind::Conflict);
}

/// The service.
pub const MODULE: Module = Module {
    number: 5,
    slug: "carts",
    permissions: &[READ, WRITE],
    codes: &[
        codes::QUANTITY,
        codes::PERSONALISATION,
        codes::UNKNOWN_SKU,
        codes::UNAVAILABLE,
        codes::TOO_MANY_LINES,
        codes::EMAIL,
        codes::ADDRESS_INCOMPLETE,
        codes::ADDRESS_POSTCODE,
        codes::NOT_DELIVERABLE,
        codes::UNKNOWN_DELIVERY,
        codes::EMPTY,
        codes::PROBLEMS,
        codes::COMPLETED,
    ],
    events: &["cart.updated"],
    jobs: cleaning::JOBS,
    crons: cleaning::CRONS,
    personal: &[
        PersonalTable { table: "cart", columns: &["email", "address"] },
        PersonalTable { table: "cart_line", columns: &["personalisation"] },
        PersonalTable { table: "cart_checkout", columns: &["snapshot"] },
    ],
    ..Module::EMPTY
};
