//! Service 12, sign-in and access: who somebody is and what they may do.
//!
//! # Promises
//! - A wrong password and an unknown address get the same answer after the same work.
//! - Guessing gets slower with every failure, per account and network; nobody can be
//!   locked out by somebody else's guesses.
//! - A session's id is new after each sign-in, and neither it nor a password can be
//!   read out of the database.
//! - A role taken away is gone with the next request (in other processes of the same
//!   installation within [`CACHED`]).
//! - Nobody can give more than they have.
//!
//! # Tables
//! `user`, `session`, `role`, `user_role`.
//!
//! # Events
//! `session.created`, `session.revoked`.

use std::time::Duration;

use stoa_kernel::{Code, Cron, ErrorKind, Module, Permission, personal::PersonalTable};

mod commands;
mod device;
pub mod http;
mod model;
mod password;
mod principal;
pub mod roles;
pub mod session;
mod sign_in;
mod social;
mod store;

pub use commands::{change_password, create_user, grant_role, revoke_role};
pub use device::Device;
pub use principal::{Principal, principal_of_session, principal_of_user};
pub use sign_in::sign_in;
pub use social::{Account, Attempt, SocialLogin, SocialLogins, social_login, social_providers};
pub use store::SqlSessions;

pub use crate::apps::{create_key, principal_of_key};

/// How long a process may believe what it has read about a person, key or session that
/// another process of the installation has changed since.
pub const CACHED: Duration = Duration::from_secs(3);

/// Register people and end their sessions.
pub const USERS_WRITE: Permission = Permission("auth.users.write");
/// See people, their roles and where they are signed in.
pub const USERS_READ: Permission = Permission("auth.users.read");
/// Give and take roles.
pub const ROLES_WRITE: Permission = Permission("auth.roles.write");

pub const WRONG_CREDENTIALS: Code = Code::new("auth.wrong_credentials", ErrorKind::Unauthenticated);
pub const EMAIL_TAKEN: Code = Code::new("auth.email_taken", ErrorKind::Conflict);
pub const EMAIL_INVALID: Code = Code::new("auth.email_invalid", ErrorKind::Invalid);
pub const NAME_INVALID: Code = Code::new("auth.name_invalid", ErrorKind::Invalid);
pub const PASSWORD_WEAK: Code = Code::new("auth.password_weak", ErrorKind::Invalid);
pub const PASSWORD_WRONG: Code = Code::new("auth.password_wrong", ErrorKind::Invalid);
pub const ROLE_SELLER: Code = Code::new("auth.role_seller", ErrorKind::Invalid);
pub const ROLE_TOO_WIDE: Code = Code::new("auth.role_too_wide", ErrorKind::Forbidden);
pub const LAST_ADMIN: Code = Code::new("auth.last_admin", ErrorKind::Conflict);

/// The service's part in the kernel.
pub const MODULE: Module = Module {
    number: 12,
    slug: "auth",
    permissions: &[USERS_READ, USERS_WRITE, ROLES_WRITE],
    codes: &[
        WRONG_CREDENTIALS,
        EMAIL_TAKEN,
        EMAIL_INVALID,
        NAME_INVALID,
        PASSWORD_WEAK,
        PASSWORD_WRONG,
        ROLE_SELLER,
        ROLE_TOO_WIDE,
        LAST_ADMIN,
    ],
    events: &["session.created", "session.revoked"],
    jobs: &[store::CLEAN_UP],
    crons: &[Cron { name: "auth.clean_up_sessions", schedule: "41 * * * *", job: "auth.clean_up_sessions" }],
    personal: &[
        PersonalTable { table: "user", columns: &["email", "email_normalised", "name"] },
        PersonalTable { table: "session", columns: &["user_id", "data", "user_agent", "address"] },
        PersonalTable { table: "role", columns: &[] },
        PersonalTable { table: "user_role", columns: &["user_id", "granted_by"] },
    ],
    ..Module::EMPTY
};
