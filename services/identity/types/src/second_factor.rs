//! The second step at sign-in: an authenticator app, recovery codes.

use std::fmt;

use serde::{Deserialize, Serialize};
use stoa_types::{DateTime, Utc};

use crate::Password;

/// A code of the authenticator app (6 digits) or a recovery code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VerifyCode {
    /// Spaces and hyphens count for nothing.
    pub code: String,
}

/// What sign-in answers when the password alone is not enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondStep {
    /// Until when the code is awaited.
    pub expires_at: DateTime<Utc>,
}

/// Begins setting up an authenticator app, proven by the password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartSecondFactor {
    pub password: Password,
}

/// What an authenticator app needs, and the codes for when it is lost. Shown until it is
/// confirmed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondFactorSetup {
    /// The secret in base32, for typing.
    pub key: String,
    /// The same as an `otpauth://` address, for a QR code.
    pub uri: String,
    /// Ten codes, each good once.
    pub recovery_codes: Vec<String>,
}

/// Whether sign-in asks for a second step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondFactorView {
    /// Since when; absent while it doesn't.
    pub since: Option<DateTime<Utc>>,
    /// Recovery codes not used yet.
    pub recovery_codes_left: u64,
}

/// Takes the second step away, proven by the password and by the step itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RemoveSecondFactor {
    pub password: Password,
    /// A code of the app, or a recovery code.
    pub code: String,
}

macro_rules! debug_without_secrets {
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

debug_without_secrets!(VerifyCode, StartSecondFactor, SecondFactorSetup, RemoveSecondFactor);
