//! Signing up, and links that are sent to an address.

use std::fmt;

use serde::{Deserialize, Serialize};
use stoa_types::{DateTime, Utc};

use crate::Password;

/// What a link is good for; it opens nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Proves an address, and with it makes the account that was asked for.
    SignUp,
    /// Lets the account's owner choose a new password.
    Reset,
    /// Signs the account's owner in.
    SignIn,
    /// Proves the address that an account is to have from now on.
    ChangeEmail,
    /// Good for nothing: tells the present address that another was asked for.
    EmailNotice,
    /// Good for nothing: tells the former address that the account has another.
    EmailChanged,
}

stoa_types::words! {
    LinkPurpose {
        SignUp = "sign_up", Reset = "reset", SignIn = "sign_in", ChangeEmail = "change_email",
        EmailNotice = "email_notice", EmailChanged = "email_changed",
    }
}

/// Somebody who wants an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    pub email: String,
    /// What to call the person, 1 to 120 characters.
    pub name: String,
    /// At least 12 characters, and not one that guessers try; absent for an account that signs
    /// in by a passkey, to be added once it is there.
    #[serde(default)]
    pub password: Option<Password>,
}

/// The link of the mail, with the password that was chosen at sign-up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmSignUp {
    /// What the link ends with.
    pub token: String,
    /// Absent where none was chosen.
    #[serde(default)]
    pub password: Option<Password>,
}

/// What a link may be asked for by somebody who can't sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkWanted {
    /// To choose a new password.
    Reset,
    /// To sign in.
    SignIn,
}

/// Somebody who wants a link sent to their address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RequestLink {
    pub email: String,
    pub purpose: LinkWanted,
}

/// A mail is on its way. The same for every address, known or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkSent {
    /// Until when the link in it works.
    pub expires_at: DateTime<Utc>,
}

/// A sign-in link's end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UseLink {
    /// What the link ends with.
    pub token: String,
}

/// A reset link's end, with the new password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// What the link ends with.
    pub token: String,
    /// At least 12 characters, and not one that guessers try.
    pub password: Password,
}

macro_rules! debug_without_token {
    ($($kind:ident),*) => {
        $(
            impl fmt::Debug for $kind {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.debug_struct(stringify!($kind)).finish_non_exhaustive()
                }
            }
        )*
    };
}

debug_without_token!(ConfirmSignUp, UseLink, ResetPassword);
