//! Passkeys (WebAuthn), and proving once more who one is.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stoa_types::{DateTime, Id, Passkey, Utc};

use crate::Password;

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyView {
    pub id: Id<Passkey>,
    /// What its owner calls it.
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A person's passkeys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Passkeys {
    /// The newest first, at most 20.
    pub items: Vec<PasskeyView>,
}

/// What the browser's WebAuthn interface is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyOptions {
    /// The `publicKey` member of the options, in the JSON form of WebAuthn Level 3 (binary
    /// values in base64url).
    #[serde(rename = "publicKey")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub public_key: Value,
}

/// A passkey just made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddPasskey {
    /// What to call it, 1 to 60 characters; "Passkey" where nothing is said.
    #[serde(default)]
    pub name: Option<String>,
    /// What the browser answered: a `RegistrationResponseJSON` of WebAuthn Level 3.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub credential: Value,
}

/// A passkey's answer to a challenge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UsePasskey {
    /// What the browser answered: an `AuthenticationResponseJSON` of WebAuthn Level 3.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub credential: Value,
}

/// Whether somebody has proved themselves lately, and by what they can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepUpView {
    /// Until when nothing more is asked; absent when it is.
    pub fresh_until: Option<DateTime<Utc>>,
    /// What they have to prove it by; without any, they sign in again.
    pub passkey: bool,
    pub code: bool,
    pub password: bool,
}

/// Proves who one is by one of the two.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepUp {
    /// Taken from whoever has not turned the second step on.
    #[serde(default)]
    pub password: Option<Password>,
    /// A code of the authenticator app, or a recovery code.
    #[serde(default)]
    pub code: Option<String>,
}

impl fmt::Debug for StepUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StepUp(…)")
    }
}
