//! Service 11, customers: guests, who buy without registering, and people with an account.
//!
//! # Promises
//! - An account exists from the moment its address is confirmed, and not before. Asking for
//!   one says nothing about whether the address has one.
//! - Nobody's address becomes an account that somebody else chose the password of, unless
//!   they type that password themselves.
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

use std::time::Duration;

use stoa_kernel::{Code, ErrorKind, Module, personal::PersonalTable, ports::Rate};

mod guests;
pub mod http;
mod personal;
mod sign_up;

pub use guests::guest;
pub use personal::IdentityData;
pub use sign_up::{confirm_sign_up, sign_up};

/// Accounts asked for from one network.
const SIGN_UPS: Rate = Rate { name: "customers.sign_up", count: 10, per: Duration::from_secs(600) };

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
