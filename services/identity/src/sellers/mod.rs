//! Service 17, sellers: whose shop is whose, and on what terms it sells.
//!
//! # Promises
//! - A seller's address in the shop (its slug) is its own for ever.
//! - Whether a seller can be bought from follows from two switches, the platform's and the
//!   seller's, at the moment of reading; nothing copies the answer.
//! - What only the seller and the platform may know is not in what a visitor gets.
//!
//! # Tables
//! `seller`.
//!
//! # Events
//! `seller.onboarded`.

use stoa_kernel::{Code, ErrorKind, Module, Permission, personal::PersonalTable};

mod commands;
pub mod http;
mod model;
mod queries;

pub use commands::create;
pub use queries::{by_slug, get, id_of_slug, ids_of_slugs, list, names, terms};

/// See what only the platform and the seller know about a seller.
pub const READ: Permission = Permission("sellers.read");
/// Take sellers on board.
pub const WRITE: Permission = Permission("sellers.write");

pub const SLUG_TAKEN: Code = Code::new("sellers.slug_taken", ErrorKind::Conflict);
pub const SLUG_INVALID: Code = Code::new("sellers.slug_invalid", ErrorKind::Invalid);
pub const NAME_INVALID: Code = Code::new("sellers.name_invalid", ErrorKind::Invalid);
pub const EMAIL_INVALID: Code = Code::new("sellers.email_invalid", ErrorKind::Invalid);
pub const COUNTRY_INVALID: Code = Code::new("sellers.country_invalid", ErrorKind::Invalid);
pub const DESCRIPTION_INVALID: Code = Code::new("sellers.description_invalid", ErrorKind::Invalid);
pub const COMMISSION_INVALID: Code = Code::new("sellers.commission_invalid", ErrorKind::Invalid);

/// The service's part in the kernel.
pub const MODULE: Module = Module {
    number: 17,
    slug: "sellers",
    permissions: &[READ, WRITE],
    codes: &[
        SLUG_TAKEN,
        SLUG_INVALID,
        NAME_INVALID,
        EMAIL_INVALID,
        COUNTRY_INVALID,
        DESCRIPTION_INVALID,
        COMMISSION_INVALID,
    ],
    events: &["seller.onboarded"],
    // A shop may be one person, so its name and address are treated as a person's.
    personal: &[PersonalTable { table: "seller", columns: &["name", "email", "description"] }],
    ..Module::EMPTY
};
