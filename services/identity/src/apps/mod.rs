//! Service 45, developer apps and API keys. So far the keys.
//!
//! # Promises
//! - A key is shown once, when it is made; the database holds a hash of it.
//! - A key with a typing error is refused by its checksum, without a look at the database.
//! - A key never carries more than its maker has, now and later: take a permission from
//!   the maker and their keys lose it with the next request.
//! - A key can neither make a key nor widen one.
//!
//! # Tables
//! `api_key`.
//!
//! # Events
//! `apiKey.created`, `apiKey.revoked`.

use stoa_kernel::{Code, ErrorKind, Module, Permission, personal::PersonalTable};

mod commands;
mod key;
mod principal;
mod queries;

pub use commands::{create_key, revoke_key};
pub(crate) use principal::forget_all;
pub use principal::{principal_of_key, refuse_key_in_query};
pub use queries::list_keys;

/// See which keys there are.
pub const KEYS_READ: Permission = Permission("apps.keys.read");
/// Make and revoke keys.
pub const KEYS_WRITE: Permission = Permission("apps.keys.write");

pub const KEY_INVALID: Code = Code::new("apps.key_invalid", ErrorKind::Unauthenticated);
pub const KEY_EXPIRED: Code = Code::new("apps.key_expired", ErrorKind::Unauthenticated);
pub const KEY_REVOKED: Code = Code::new("apps.key_revoked", ErrorKind::Unauthenticated);
pub const KEY_IN_QUERY: Code = Code::new("apps.key_in_query", ErrorKind::BadRequest);
pub const KEY_FROM_KEY: Code = Code::new("apps.key_from_key", ErrorKind::Forbidden);
pub const SCOPES_INVALID: Code = Code::new("apps.scopes_invalid", ErrorKind::Invalid);
pub const NAME_INVALID: Code = Code::new("apps.name_invalid", ErrorKind::Invalid);
pub const EXPIRY_PAST: Code = Code::new("apps.expiry_past", ErrorKind::Invalid);
pub const SELLER_UNKNOWN: Code = Code::new("apps.seller_unknown", ErrorKind::Invalid);

/// The service's part in the kernel.
pub const MODULE: Module = Module {
    number: 45,
    slug: "apps",
    permissions: &[KEYS_READ, KEYS_WRITE],
    codes: &[
        KEY_INVALID,
        KEY_EXPIRED,
        KEY_REVOKED,
        KEY_IN_QUERY,
        KEY_FROM_KEY,
        SCOPES_INVALID,
        NAME_INVALID,
        EXPIRY_PAST,
        SELLER_UNKNOWN,
    ],
    events: &["apiKey.created", "apiKey.revoked"],
    personal: &[PersonalTable { table: "api_key", columns: &["user_id"] }],
    ..Module::EMPTY
};
