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
//! - Whoever asks for a link to come back in gets the same answer after the same work,
//!   whether anybody is registered with the address or not. A link works once, for one
//!   thing and for a while, and cannot be read out of the database.
//! - Where somebody has turned the second step on, no way of signing in gets past it, and a
//!   code works once.
//! - A new password ends every link and session that was there before it.
//!
//! # Tables
//! `user`, `session`, `second_factor`, `recovery_code`, `one_time_link`, `role`, `user_role`.
//!
//! # Events
//! `session.created`, `session.revoked`; internal: `auth.link_requested`.

use std::time::Duration;

use stoa_kernel::{Code, Cron, ErrorKind, Module, Permission, personal::PersonalTable};

mod commands;
mod device;
pub mod http;
pub(crate) mod links;
mod model;
mod password;
mod principal;
mod recovery;
pub mod roles;
pub mod second_factor;
pub mod session;
mod sign_in;
mod social;
mod store;

pub use commands::{change_password, create_user, grant_role, revoke_role};
pub use device::Device;
pub use links::{LinkAbout, LinkMail, issue_link, look_at_link, request_link};
pub use principal::{Principal, principal_of_session, principal_of_user};
pub use recovery::{reset_password, sign_in_by_link};
pub use sign_in::sign_in;
pub use social::{Account, Attempt, SocialLogin, SocialLogins, social_login, social_providers};
pub use store::SqlSessions;

pub use crate::apps::{create_key, principal_of_key};

// What signing up, in the customers' service, takes from here.
pub(crate) use commands::give as give_role;
pub(crate) use model::weakness;
pub(crate) use password::hash;
pub(crate) use sign_in::confirms;

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
/// A link that was never one, was used, or is over: one answer for all.
pub const LINK_INVALID: Code = Code::new("auth.link_invalid", ErrorKind::NotFound);
/// The second step came too late, or without the first.
pub const SECOND_STEP_OVER: Code = Code::new("auth.second_step_over", ErrorKind::Unauthenticated);
pub const CODE_WRONG: Code = Code::new("auth.code_wrong", ErrorKind::Invalid);
pub const SECOND_FACTOR_ON: Code = Code::new("auth.second_factor_on", ErrorKind::Conflict);

/// The internal event that makes the mail of a link; its data are the link's id and purpose.
pub const LINK_REQUESTED: &str = "auth.link_requested";

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
        LINK_INVALID,
        SECOND_STEP_OVER,
        CODE_WRONG,
        SECOND_FACTOR_ON,
    ],
    events: &["session.created", "session.revoked", LINK_REQUESTED],
    jobs: &[store::CLEAN_UP, links::CLEAN_UP],
    crons: &[
        Cron { name: "auth.clean_up_sessions", schedule: "41 * * * *", job: "auth.clean_up_sessions" },
        Cron { name: "auth.clean_up_links", schedule: "47 * * * *", job: "auth.clean_up_links" },
    ],
    personal: &[
        PersonalTable { table: "user", columns: &["email", "email_normalised", "name"] },
        PersonalTable { table: "session", columns: &["user_id", "data", "user_agent", "address"] },
        PersonalTable { table: "one_time_link", columns: &["email", "email_normalised", "name"] },
        PersonalTable { table: "second_factor", columns: &["user_id"] },
        PersonalTable { table: "recovery_code", columns: &["user_id"] },
        PersonalTable { table: "role", columns: &[] },
        PersonalTable { table: "user_role", columns: &["user_id", "granted_by"] },
    ],
    ..Module::EMPTY
};
