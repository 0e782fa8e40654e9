//! Service 45, developer apps and API keys.
//!
//! # Promises
//! - An app owns keys and OAuth clients; once it is deleted nothing of it works.
//! - A key is shown once, when it is made; the database holds a hash of it.
//! - A key with a typing error is refused by its checksum, without a look at the database.
//! - A key never carries more than its maker has, now and later: take a permission from
//!   the maker and their keys lose it with the next request.
//! - No program can make a key, widen one, or register what could: not by a key, not by a token.
//! - A key gives way to its successor when its owner says: both work until then, only the
//!   successor from that moment on.
//!
//! Quotas and usage are not there yet.
//!
//! # Tables
//! `app`, `api_key`; the OAuth clients are in [`crate::oauth`].
//!
//! # Events
//! `apiKey.created`, `apiKey.revoked`.

use stoa_kernel::{Code, ErrorKind, Module, Permission, personal::PersonalTable};

mod app;
mod commands;
pub mod http;
mod key;
mod leak;
mod networks;
mod principal;
mod queries;
mod rotate;
mod shown;

pub(crate) use app::find;
pub use app::{create_app, delete_app, get_app, list_apps, transfer_app};
pub(crate) use commands::refuse_programs;
pub use commands::{create_app_key, create_key, revoke_app_key, revoke_key};
pub(crate) use key::last_four;
pub use leak::report_leak;
pub use principal::{bearer, principal_of_bearer, principal_of_key, refuse_key_in_query};
pub(crate) use principal::{forget_all, lends};
pub use queries::{get_app_key, list_app_keys, list_keys};
pub use rotate::rotate_key;
pub use shown::{keep_to_show, take_to_show};

/// See which apps there are, and their OAuth clients.
pub const APPS_READ: Permission = Permission("apps.read");
/// Register apps and OAuth clients, and end them.
pub const APPS_WRITE: Permission = Permission("apps.write");
/// See which keys there are.
pub const KEYS_READ: Permission = Permission("apps.keys.read");
/// Make and revoke keys.
pub const KEYS_WRITE: Permission = Permission("apps.keys.write");

pub const KEY_INVALID: Code = Code::new("apps.key_invalid", ErrorKind::Unauthenticated);
pub const KEY_EXPIRED: Code = Code::new("apps.key_expired", ErrorKind::Unauthenticated);
pub const KEY_REVOKED: Code = Code::new("apps.key_revoked", ErrorKind::Unauthenticated);
/// A key at a network that it is not meant for.
pub const KEY_NETWORK: Code = Code::new("apps.key_network", ErrorKind::Forbidden);
pub const KEY_IN_QUERY: Code = Code::new("apps.key_in_query", ErrorKind::BadRequest);
/// A program asks for what only a person may do.
pub const KEY_FROM_KEY: Code = Code::new("apps.key_from_key", ErrorKind::Forbidden);
/// The key has a successor already, or has ended.
pub const KEY_OVER: Code = Code::new("apps.key_over", ErrorKind::Conflict);
pub const SCOPES_INVALID: Code = Code::new("apps.scopes_invalid", ErrorKind::Invalid);
pub const NAME_INVALID: Code = Code::new("apps.name_invalid", ErrorKind::Invalid);
pub const DESCRIPTION_INVALID: Code = Code::new("apps.description_invalid", ErrorKind::Invalid);
pub const WEBSITE_INVALID: Code = Code::new("apps.website_invalid", ErrorKind::Invalid);
pub const NETWORK_INVALID: Code = Code::new("apps.network_invalid", ErrorKind::Invalid);
pub const OVERLAP_INVALID: Code = Code::new("apps.overlap_invalid", ErrorKind::Invalid);
pub const OWNER_INVALID: Code = Code::new("apps.owner_invalid", ErrorKind::Invalid);
pub const EXPIRY_PAST: Code = Code::new("apps.expiry_past", ErrorKind::Invalid);
pub const SELLER_UNKNOWN: Code = Code::new("apps.seller_unknown", ErrorKind::Invalid);

/// The service's part in the kernel.
pub const MODULE: Module = Module {
    number: 45,
    slug: "apps",
    permissions: &[APPS_READ, APPS_WRITE, KEYS_READ, KEYS_WRITE],
    codes: &[
        KEY_INVALID,
        KEY_EXPIRED,
        KEY_REVOKED,
        KEY_NETWORK,
        KEY_IN_QUERY,
        KEY_FROM_KEY,
        KEY_OVER,
        SCOPES_INVALID,
        NAME_INVALID,
        DESCRIPTION_INVALID,
        WEBSITE_INVALID,
        NETWORK_INVALID,
        OVERLAP_INVALID,
        OWNER_INVALID,
        EXPIRY_PAST,
        SELLER_UNKNOWN,
    ],
    events: &["apiKey.created", "apiKey.revoked"],
    personal: &[
        PersonalTable { table: "app", columns: &["user_id"] },
        PersonalTable { table: "api_key", columns: &["user_id", "last_used_from"] },
    ],
    ..Module::EMPTY
};
