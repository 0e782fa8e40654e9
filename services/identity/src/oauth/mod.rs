//! The OAuth 2 and OpenID Connect provider, a part of service 12.
//!
//! # Promises
//! - Two ways to a token: a person's consent (authorization code, always with PKCE by
//!   SHA-256, RFC 7636) and an app's own secret (client credentials). No implicit answers, no
//!   passwords, no plain proofs.
//! - An answer goes to an address exactly as registered ([`redirect`]), and says who gave it
//!   (`iss`, RFC 9207).
//! - A code works once; the second time takes back what the first was given.
//! - A refresh token works once, and for [`LEEWAY`] more for those whose answer got lost and
//!   for tabs that ask at the same time. Later it is taken for stolen: the whole family of
//!   tokens ends, at once and for everybody, the leeway included.
//! - An access token is checked by its signature before anything is read, and by its family,
//!   remembered for [`crate::auth::CACHED`]: revoked here at once, in other processes within
//!   seconds.
//! - An app acts for a person with what it asked for, the person agreed to, and the person
//!   has at that moment; never with more, and never on what is the person's own.
//! - Whatever is wrong with a token, the answer is the same 401.
//!
//! # Tables
//! `oauth_client`, `oauth_consent`, `oauth_code`, `oauth_grant`, `oauth_refresh`.
//!
//! # Events
//! `auth.token_reused`.

use std::fmt;

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use stoa_identity_types::OAuthRefusal;
use stoa_kernel::{App, Code, Error, ErrorKind};

mod authorise;
mod clean_up;
mod client;
mod code;
mod consents;
mod grant;
pub mod http;
mod inspect;
mod jwt;
mod keys;
mod metadata;
mod principal;
pub mod redirect;
mod request;
pub mod scopes;
mod token;

pub use authorise::{Asked, Begun, ask, authorise, authorise_app, begin, decline};
pub(crate) use clean_up::{CLEAN_UP, ROTATE_KEYS};
pub use client::{create_client, lendable, list_clients, revoke_client};
pub use consents::{disconnect_app, list_connected_apps};
pub use inspect::{introspect, revoke_token, user_info};
pub use keys::KeyFolder;
pub use metadata::{discovery, key_set};
pub(crate) use principal::forget_all;
pub use principal::principal_of_token;
pub use token::exchange;

/// How long an access token works.
pub const ACCESS_LIFE: TimeDelta = TimeDelta::minutes(10);
/// How long a code works.
pub const CODE_LIFE: TimeDelta = TimeDelta::seconds(60);
/// How long a refresh token works that nobody uses.
pub const REFRESH_LIFE: TimeDelta = TimeDelta::days(30);
/// How long a family of tokens lives, however it is used; then the person is asked again.
pub const GRANT_LIFE: TimeDelta = TimeDelta::days(180);
/// How long a used refresh token is still answered with another.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(10);

/// Any access token that does not work, whatever the reason.
pub const TOKEN_INVALID: Code = Code::new("auth.token_invalid", ErrorKind::Unauthenticated);
pub const REDIRECT_INVALID: Code = Code::new("auth.redirect_invalid", ErrorKind::Invalid);
pub const SCOPE_INVALID: Code = Code::new("auth.scope_invalid", ErrorKind::Invalid);
pub const OWN_TOKENS_INVALID: Code = Code::new("auth.own_tokens_invalid", ErrorKind::Invalid);
/// What an app asked for can't be answered; the OAuth error is in the fact `error`.
pub const REQUEST_INVALID: Code = Code::new("auth.request_invalid", ErrorKind::Invalid);

/// Somebody came with a code or refresh token that was used before: its family was ended.
pub const TOKEN_REUSED: &str = "auth.token_reused";

/// A refusal by its OAuth name.
#[derive(Debug)]
pub enum Refusal {
    /// Said to the app: the error's name and what to do.
    Said(&'static str, &'static str),
    /// A failure of ours or of the limits.
    Failed(Error),
}

impl Refusal {
    /// As it goes over the wire.
    pub fn body(&self) -> OAuthRefusal {
        let (error, error_description) = match self {
            Self::Said(error, why) => (*error, (*why).to_owned()),
            Self::Failed(_) => ("server_error", "Something went wrong on our side. Try again.".to_owned()),
        };
        OAuthRefusal { error: error.to_owned(), error_description }
    }

    /// Whether it is this refusal.
    pub fn is(&self, name: &str) -> bool {
        matches!(self, Self::Said(error, _) if *error == name)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(error, why) => write!(f, "{error}: {why}"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}
impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// An answer or a refusal in OAuth's own form.
pub type Answer<T> = Result<T, Refusal>;

/// Who signs the tokens: the shop's own address (OpenID Connect Discovery, section 3).
pub fn issuer(app: &App) -> String {
    app.settings.public_url.clone()
}

/// What the tables know a code, token or secret by.
fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}
