//! Service 12, sign-in and access: who somebody is and what they may do.
//!
//! # Promises
//! - A wrong password and an unknown address get the same answer after the same work.
//! - Guessing gets slower with every failure, per account and network; nobody can be
//!   locked out by somebody else's guesses, nor made to wait behind them.
//! - A session's id is new after each sign-in, and neither it nor a password can be
//!   read out of the database.
//! - A role taken away is gone with the next request (in other processes of the same
//!   installation within [`CACHED`]).
//! - Nobody can give more than they have.
//! - Whoever asks for a link to come back in gets the same answer after the same work,
//!   whether anybody is registered with the address or not. A link works once, for one
//!   thing and for a while, and cannot be read out of the database.
//! - Where somebody has turned the second step on, no way of signing in gets past it, and a
//!   code works once. Whose role needs one has no permission before they have it.
//! - A passkey signs in without an address or a password, and counts as both steps.
//! - How somebody signs in is changed only right after they have proved who they are, and they
//!   are told by mail.
//! - The last way of signing in cannot be taken away.
//! - A new password ends every link, session and remembered browser that was there before it.
//!
//! # Tables
//! `user`, `session`, `second_factor`, `recovery_code`, `passkey`, `remembered_device`,
//! `known_device`, `social_account`, `one_time_link`, `role`, `user_role`.
//!
//! # Events
//! `session.created`, `session.revoked`; internal: `auth.link_requested`, `auth.notice`.

use std::time::Duration;

use stoa_kernel::{Code, Cron, ErrorKind, Module, Permission, personal::PersonalTable};

use crate::access;

mod commands;
mod device;
pub mod http;
mod lanes;
pub(crate) mod links;
mod model;
mod next;
pub mod notices;
mod oidc;
mod own_password;
pub mod passkeys;
mod password;
mod policy;
mod principal;
mod recovery;
pub mod remembered;
pub mod roles;
pub mod second_factor;
pub mod session;
mod sign_in;
mod social;
pub mod social_accounts;
pub mod step_up;
mod store;
mod ways;

pub use commands::{create_user, grant_role, revoke_role};
pub use device::Device;
pub use lanes::Lanes;
pub use links::{LinkAbout, LinkMail, SeenLink, issue_link, look_at_link, request_link};
pub use next::check_next;
pub use oidc::{OidcProvider, OidcSettings};
pub use own_password::{change_password, has_password, remove_password};
pub use password::counting as counting_hashes;
pub use policy::SecondStepPolicy;
pub use principal::{Principal, principal_of_session, principal_of_user};
pub use recovery::{reset_password, sign_in_by_link};
pub use sign_in::sign_in;
pub use social::{Account, Attempt, SocialLogin, SocialLogins, social_login, social_providers};
pub use store::SqlSessions;

pub use crate::apps::{create_key, principal_of_key};
use crate::oauth;

// What the customers' service takes from here.
pub(crate) use commands::give as give_role;
pub(crate) use commands::{give_any, keep_an_admin, take_any};
pub(crate) use model::weakness;
pub(crate) use password::hash;
pub(crate) use principal::forget as forget_person;
pub(crate) use principal::{forget, forget_everybody, principal_at, sellers_of};
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
/// The person has not proved themselves lately ([`step_up`]).
pub const STEP_UP_REQUIRED: Code = Code::new("auth.step_up_required", ErrorKind::Forbidden);
/// A passkey that is none of ours, or an answer that does not fit the challenge: one answer for
/// all.
pub const PASSKEY_REFUSED: Code = Code::new("auth.passkey_refused", ErrorKind::Unauthenticated);
/// What the browser sent as a new passkey cannot be taken.
pub const PASSKEY_INVALID: Code = Code::new("auth.passkey_invalid", ErrorKind::Invalid);
/// The installation's address is no name of a host, which passkeys are bound to.
pub const PASSKEYS_OFF: Code = Code::new("auth.passkeys_off", ErrorKind::Conflict);
/// A person has as many passkeys as anybody may.
pub const PASSKEYS_FULL: Code = Code::new("auth.passkeys_full", ErrorKind::Conflict);
/// An account elsewhere that says no verified address.
pub const SOCIAL_UNVERIFIED: Code = Code::new("auth.social_unverified", ErrorKind::Conflict);
/// An account here has the address and never proved it: nobody is joined to it unasked.
pub const SOCIAL_CONFIRM_FIRST: Code = Code::new("auth.social_confirm_first", ErrorKind::Conflict);
/// The account elsewhere signs somebody else in.
pub const SOCIAL_TAKEN: Code = Code::new("auth.social_taken", ErrorKind::Conflict);
/// A place to go after signing in that is not on this site.
pub const NEXT_ELSEWHERE: Code = Code::new("auth.next_elsewhere", ErrorKind::BadRequest);
/// Nothing else signs this person in.
pub const LAST_WAY: Code = Code::new("auth.last_way", ErrorKind::Conflict);

/// The internal event that makes the mail of a link; its data are the link's id and purpose.
pub const LINK_REQUESTED: &str = "auth.link_requested";
/// The internal event that makes a mail about somebody's own account ([`notices::Notice`]).
pub const NOTICE: &str = "auth.notice";

/// The service's part in the kernel.
pub const MODULE: Module = Module {
    number: 12,
    slug: "auth",
    permissions: &[
        USERS_READ,
        USERS_WRITE,
        ROLES_WRITE,
        access::TEAM_READ,
        access::TEAM_WRITE,
        access::SUPPORT_WRITE,
    ],
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
        STEP_UP_REQUIRED,
        PASSKEY_REFUSED,
        PASSKEY_INVALID,
        PASSKEYS_OFF,
        PASSKEYS_FULL,
        LAST_WAY,
        NEXT_ELSEWHERE,
        SOCIAL_UNVERIFIED,
        SOCIAL_CONFIRM_FIRST,
        SOCIAL_TAKEN,
        access::ROLE_NAME_INVALID,
        access::ROLE_NAME_TAKEN,
        access::ROLE_PERMISSIONS,
        access::ROLE_BUILT_IN,
        access::ROLE_HELD,
        access::LAST_OWNER,
        access::INVITATION_ROLES,
        access::INVITATION_INVALID,
        access::INVITATION_ADDRESS,
        access::ALREADY_MEMBER,
        access::NOT_A_MEMBER,
        access::NOT_AN_OWNER,
        access::REQUEST_OVER,
        access::ONESELF,
        access::PERMISSION_UNKNOWN,
        access::SUPPORT_INVALID,
        access::SUPPORT_READS,
        oauth::TOKEN_INVALID,
        oauth::REDIRECT_INVALID,
        oauth::SCOPE_INVALID,
        oauth::OWN_TOKENS_INVALID,
        oauth::REQUEST_INVALID,
    ],
    events: &[
        "session.created",
        "session.revoked",
        LINK_REQUESTED,
        NOTICE,
        access::ROLE_CHANGED,
        access::ROLE_GRANTED,
        access::ROLE_REVOKED,
        access::TEAM_NOTICE,
        "user.suspended",
        "user.reinstated",
        oauth::TOKEN_REUSED,
    ],
    jobs: &[
        store::CLEAN_UP,
        links::CLEAN_UP,
        remembered::CLEAN_UP,
        access::CLEAN_UP,
        oauth::CLEAN_UP,
        oauth::ROTATE_KEYS,
    ],
    crons: &[
        Cron { name: "auth.clean_up_invitations", schedule: "23 4 * * *", job: "auth.clean_up_invitations" },
        Cron { name: "auth.clean_up_devices", schedule: "53 * * * *", job: "auth.clean_up_devices" },
        Cron { name: "auth.clean_up_sessions", schedule: "41 * * * *", job: "auth.clean_up_sessions" },
        Cron { name: "auth.clean_up_links", schedule: "47 * * * *", job: "auth.clean_up_links" },
        Cron { name: "auth.clean_up_tokens", schedule: "37 * * * *", job: "auth.clean_up_tokens" },
        Cron { name: "auth.rotate_keys", schedule: "7 4 * * *", job: "auth.rotate_keys" },
    ],
    personal: &[
        PersonalTable { table: "oauth_client", columns: &[] },
        PersonalTable { table: "oauth_consent", columns: &["user_id"] },
        PersonalTable { table: "oauth_code", columns: &["user_id"] },
        PersonalTable { table: "oauth_grant", columns: &["user_id"] },
        PersonalTable { table: "oauth_refresh", columns: &[] },
        PersonalTable { table: "user", columns: &["email", "email_normalised", "name"] },
        PersonalTable { table: "session", columns: &["user_id", "data", "user_agent", "address"] },
        PersonalTable { table: "one_time_link", columns: &["email", "email_normalised", "name"] },
        PersonalTable { table: "second_factor", columns: &["user_id"] },
        PersonalTable { table: "recovery_code", columns: &["user_id"] },
        PersonalTable { table: "passkey", columns: &["user_id", "credential_id", "credential", "name"] },
        PersonalTable { table: "remembered_device", columns: &["user_id", "user_agent", "address"] },
        PersonalTable { table: "known_device", columns: &["user_id", "mark"] },
        PersonalTable { table: "social_account", columns: &["user_id", "subject", "email"] },
        PersonalTable { table: "role", columns: &["created_by"] },
        PersonalTable {
            table: "invitation",
            columns: &["email", "email_normalised", "invited_by", "approved_by", "user_id"],
        },
        PersonalTable { table: "role_request", columns: &["user_id", "asked_by", "decided_by"] },
        PersonalTable { table: "support_access", columns: &["staff_id", "user_id", "reason"] },
        PersonalTable { table: "user_role", columns: &["user_id", "granted_by"] },
    ],
    ..Module::EMPTY
};
