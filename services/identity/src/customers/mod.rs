//! Service 11, customers. So far guests: people who buy without registering.
//!
//! # Promises
//! - One guest record for each address, however often somebody buys and however they
//!   write the address.
//! - A guest is never the same record as a registered customer: an address somebody types
//!   at the checkout proves nothing.
//!
//! # Tables
//! `customer`.
//!
//! # Events
//! `customer.created`.

use stoa_kernel::{Code, ErrorKind, Module, personal::PersonalTable};

mod guests;
mod personal;

pub use guests::guest;
pub use personal::IdentityData;

pub const EMAIL_INVALID: Code = Code::new("customers.email_invalid", ErrorKind::Invalid);
pub const NAME_INVALID: Code = Code::new("customers.name_invalid", ErrorKind::Invalid);

/// The service's part in the kernel.
pub const MODULE: Module = Module {
    number: 11,
    slug: "customers",
    codes: &[EMAIL_INVALID, NAME_INVALID],
    events: &["customer.created"],
    personal: &[PersonalTable {
        table: "customer",
        columns: &["email", "email_normalised", "name", "user_id"],
    }],
    ..Module::EMPTY
};
