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
//!   at the checkout proves nothing. What a guest bought becomes an account's when that has
//!   proved the address, and not before.
//! - An account gets another address when that is proved, and its former one is told.
//! - An address takes what its country needs and nothing else; a book holds at most
//!   [`MAX_ADDRESSES`](stoa_identity_types::MAX_ADDRESSES), and orders keep copies.
//! - What somebody agreed to is recorded with the sentence they saw, never altered, and taken
//!   back as easily as given, without signing in as well.
//! - A phone number counts when its owner has typed the code that was sent there.
//! - Staff see what is about a person masked; who looks behind the mask is in the audit trail,
//!   with the reason.
//! - A company always has an admin.
//! - Whoever asks gets a copy of everything held about them, and has it erased once they have
//!   confirmed it by mail, a week has passed and nothing keeps it.
//!
//! # Tables
//! `customer`, `address`, `contact_method`, `consent_record` (append-only),
//! `contact_preference`, `customer_tag`, `customer_note`, `segment`, `segment_member`,
//! `company`, `company_member`, `data_request`.
//!
//! # Events
//! `customer.created`, `customer.updated` (names what changed), `customer.deleted` (erased, or
//! merged into another); internal: `customer.guest_linked` (an account has proved the address of
//! a guest), `customer.privacy_notice` (a mail about a request is to be sent).

use std::time::Duration;

use stoa_kernel::{Code, ErrorKind, Module, Permission, personal::PersonalTable, ports::Rate};

mod access;
mod addresses;
mod companies;
mod consents;
mod contacts;
mod email_change;
mod erasure;
mod exports;
mod guests;
pub mod http;
mod http_book;
mod http_companies;
mod http_privacy;
mod http_staff;
mod merge;
mod personal;
pub mod privacy_notices;
mod profile;
mod requests;
mod segments;
mod sign_up;
mod staff;

pub use access::{ensure, is_own, mine, shopper};
pub use addresses::{add_address, address, addresses, change_address, remove_address};
pub use companies::{
    company, create_company, my_companies, remove_member, set_member, spending, update_company,
};
pub use consents::{
    claim_contact, consents, look_at_unsubscribe, one_click_url, record_consent, record_consents, texts,
    unsubscribe, unsubscribe_url,
};
pub use contacts::{
    TextCarrier, TextMessages, add_contact_method, contact_methods, e164, remove_contact_method, resend_code,
    verify_contact_method,
};
pub(crate) use email_change::address_proved;
pub use email_change::{change_email, confirm_email};
pub use erasure::{ask_erasure, blockers, cancel_erasure, cancel_erasure_by_link, confirm_erasure};
pub use exports::{ExportedFile, ask_export, export_file, export_file_by_link};
pub(crate) use guests::adopt;
pub use guests::{buyer, guest};
pub use merge::{merge_customers, preview_merge};
pub use personal::{IdentityData, PersonalRegister};
pub use profile::{get, update};
pub use requests::{data_requests, look_at_request, proved_addresses, requests};
pub use segments::{
    add_to_segment, create_segment, of_customer as segments_of, remove_from_segment, segments,
};
pub(crate) use sign_up::register;
pub use sign_up::{confirm_sign_up, sign_up};
pub use staff::{add_note, add_tag, list, remove_tag, reveal, reveal_for_a_while, revealed, staff_record};

/// Accounts asked for from one network.
const SIGN_UPS: Rate = Rate { name: "customers.sign_up", count: 10, per: Duration::from_secs(600) };

/// See customers, masked.
pub const READ: Permission = Permission("customers.read");
/// Change customers, their notes, tags, segments and companies.
pub const WRITE: Permission = Permission("customers.write");
/// See what is about a person unmasked; every look is in the audit trail.
pub const REVEAL: Permission = Permission("customers.reveal");

/// An account has proved the address of a guest: its data are both customers' ids.
pub const GUEST_LINKED: &str = "customer.guest_linked";
/// A customer is to be told about their request: its data are a [`privacy_notices::PrivacyNotice`].
pub const PRIVACY_NOTICE: &str = "customer.privacy_notice";

pub const EMAIL_INVALID: Code = Code::new("customers.email_invalid", ErrorKind::Invalid);
pub const EMAIL_SAME: Code = Code::new("customers.email_same", ErrorKind::Invalid);
pub const NAME_INVALID: Code = Code::new("customers.name_invalid", ErrorKind::Invalid);
pub const LOCALE_INVALID: Code = Code::new("customers.locale_invalid", ErrorKind::Invalid);
pub const ADDRESS_INCOMPLETE: Code = Code::new("customers.address_incomplete", ErrorKind::Invalid);
pub const ADDRESS_POSTCODE: Code = Code::new("customers.address_postcode", ErrorKind::Invalid);
pub const ADDRESS_COUNTRY: Code = Code::new("customers.address_country", ErrorKind::Invalid);
pub const ADDRESSES_FULL: Code = Code::new("customers.addresses_full", ErrorKind::Conflict);
pub const CONSENT_TEXT: Code = Code::new("customers.consent_text", ErrorKind::Invalid);
pub const UNSUBSCRIBE_INVALID: Code = Code::new("customers.unsubscribe_invalid", ErrorKind::NotFound);
pub const PHONE_INVALID: Code = Code::new("customers.phone_invalid", ErrorKind::Invalid);
pub const CONTACT_KNOWN: Code = Code::new("customers.contact_known", ErrorKind::Conflict);
pub const CONTACTS_FULL: Code = Code::new("customers.contacts_full", ErrorKind::Conflict);
pub const CODE_WRONG: Code = Code::new("customers.code_wrong", ErrorKind::Invalid);
pub const CODE_OVER: Code = Code::new("customers.code_over", ErrorKind::Conflict);
pub const NO_CARRIER: Code = Code::new("customers.no_carrier", ErrorKind::Unavailable);
pub const REASON_INVALID: Code = Code::new("customers.reason_invalid", ErrorKind::Invalid);
pub const TAG_INVALID: Code = Code::new("customers.tag_invalid", ErrorKind::Invalid);
pub const TAGS_FULL: Code = Code::new("customers.tags_full", ErrorKind::Conflict);
pub const NOTE_INVALID: Code = Code::new("customers.note_invalid", ErrorKind::Invalid);
pub const SEGMENT_NAME: Code = Code::new("customers.segment_name", ErrorKind::Invalid);
pub const SEGMENT_RULE: Code = Code::new("customers.segment_rule", ErrorKind::Invalid);
pub const SEGMENT_TAKEN: Code = Code::new("customers.segment_taken", ErrorKind::Conflict);
pub const SEGMENT_STATIC: Code = Code::new("customers.segment_static", ErrorKind::Conflict);
pub const COMPANY_INVALID: Code = Code::new("customers.company_invalid", ErrorKind::Invalid);
pub const TAX_ID_INVALID: Code = Code::new("customers.tax_id_invalid", ErrorKind::Invalid);
pub const MEMBER_UNKNOWN: Code = Code::new("customers.member_unknown", ErrorKind::Invalid);
pub const LIMIT_INVALID: Code = Code::new("customers.limit_invalid", ErrorKind::Invalid);
pub const LAST_COMPANY_ADMIN: Code = Code::new("customers.last_company_admin", ErrorKind::Conflict);
pub const REQUEST_LINK: Code = Code::new("customers.request_link_invalid", ErrorKind::NotFound);
pub const REQUEST_OVER: Code = Code::new("customers.request_over", ErrorKind::Conflict);
pub const EXPORT_OVER: Code = Code::new("customers.export_over", ErrorKind::NotFound);
pub const ERASURE_OPEN: Code = Code::new("customers.erasure_open", ErrorKind::Conflict);
/// Something keeps the person's data, such as an open order.
pub const ERASURE_BLOCKED: Code = Code::new("customers.erasure_blocked", ErrorKind::Conflict);
pub const MERGE_IMPOSSIBLE: Code = Code::new("customers.merge_impossible", ErrorKind::Conflict);

/// The service's part in the kernel.
pub const MODULE: Module = Module {
    number: 11,
    slug: "customers",
    permissions: &[READ, WRITE, REVEAL],
    codes: &[
        EMAIL_INVALID,
        EMAIL_SAME,
        NAME_INVALID,
        LOCALE_INVALID,
        ADDRESS_INCOMPLETE,
        ADDRESS_POSTCODE,
        ADDRESS_COUNTRY,
        ADDRESSES_FULL,
        CONSENT_TEXT,
        UNSUBSCRIBE_INVALID,
        PHONE_INVALID,
        CONTACT_KNOWN,
        CONTACTS_FULL,
        CODE_WRONG,
        CODE_OVER,
        NO_CARRIER,
        REASON_INVALID,
        TAG_INVALID,
        TAGS_FULL,
        NOTE_INVALID,
        SEGMENT_NAME,
        SEGMENT_RULE,
        SEGMENT_TAKEN,
        SEGMENT_STATIC,
        COMPANY_INVALID,
        TAX_ID_INVALID,
        MEMBER_UNKNOWN,
        LIMIT_INVALID,
        LAST_COMPANY_ADMIN,
        REQUEST_LINK,
        REQUEST_OVER,
        EXPORT_OVER,
        ERASURE_OPEN,
        ERASURE_BLOCKED,
        MERGE_IMPOSSIBLE,
    ],
    events: &["customer.created", "customer.updated", "customer.deleted", GUEST_LINKED, PRIVACY_NOTICE],
    jobs: &[contacts::SEND, exports::EXPORT, erasure::ERASE, requests::TIDY],
    crons: &[requests::TIDYING],
    personal: &[
        PersonalTable { table: "customer", columns: &["email", "email_normalised", "name", "user_id"] },
        PersonalTable {
            table: "address",
            columns: &[
                "name", "street", "extra", "company", "postcode", "city", "region", "country", "phone",
            ],
        },
        PersonalTable { table: "data_request", columns: &["asked_by"] },
        PersonalTable { table: "contact_method", columns: &["phone", "code_hash"] },
        PersonalTable { table: "consent_record", columns: &["ip_hash", "actor"] },
        PersonalTable { table: "contact_preference", columns: &[] },
        PersonalTable { table: "customer_tag", columns: &["tag"] },
        PersonalTable { table: "customer_note", columns: &["text", "author"] },
        PersonalTable { table: "segment", columns: &[] },
        PersonalTable { table: "segment_member", columns: &["customer_id"] },
        PersonalTable { table: "company", columns: &["name", "tax_id"] },
        PersonalTable { table: "company_member", columns: &["customer_id"] },
    ],
    ..Module::EMPTY
};
