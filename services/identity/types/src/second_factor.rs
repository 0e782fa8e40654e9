//! The second step at sign-in: an authenticator app, recovery codes.

use std::fmt;

use serde::{Deserialize, Serialize};
use stoa_types::{DateTime, Id, RememberedDevice, Utc};

/// A code of the authenticator app (6 digits) or a recovery code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VerifyCode {
    /// Spaces and hyphens count for nothing.
    pub code: String,
}

/// The second step at sign-in.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TakeSecondStep {
    /// A code of the authenticator app (6 digits) or a recovery code. Spaces and hyphens count
    /// for nothing.
    pub code: String,
    /// Whether this browser is not asked again for 30 days.
    #[serde(default)]
    pub remember: bool,
}

/// What sign-in answers when the password alone is not enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondStep {
    /// Until when it is awaited.
    pub expires_at: DateTime<Utc>,
    /// Whether a code of an app, or a recovery code, is taken.
    pub code: bool,
    /// Whether a passkey is taken.
    pub passkey: bool,
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

/// A browser that is not asked for the second step for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RememberedDeviceView {
    pub id: Id<RememberedDevice>,
    /// The browser's own description of itself.
    pub user_agent: Option<String>,
    /// The network address when it was remembered.
    pub address: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// The one that asks.
    pub current: bool,
}

/// Every browser that is not asked for the second step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RememberedDevices {
    /// The most recently used first, at most 100.
    pub items: Vec<RememberedDeviceView>,
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

debug_without_secrets!(VerifyCode, TakeSecondStep, SecondFactorSetup);
