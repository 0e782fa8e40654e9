//! Registered apps, their keys and their OAuth clients.

use std::fmt;

use serde::{Deserialize, Serialize};
use stoa_types::{App, DateTime, Id, OAuthClient, Seller, User, Utc};

/// An app to be registered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateApp {
    /// What people are told it is called, 1 to 120 characters.
    pub name: String,
    /// What it does, at most 2,000 characters.
    #[serde(default)]
    pub description: Option<String>,
    /// Its page on the web, with `https`.
    #[serde(default)]
    pub website: Option<String>,
    /// The seller it works for; absent: the maker's own, or the platform.
    #[serde(default)]
    pub seller: Option<Id<Seller>>,
}

/// A registered app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppView {
    pub id: Id<App>,
    pub name: String,
    pub description: Option<String>,
    pub website: Option<String>,
    pub seller: Option<Id<Seller>>,
    /// Whoever answers for it.
    pub owner: Option<Id<User>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// Who an app is handed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TransferApp {
    /// A person who may manage apps for the same seller.
    pub owner: Id<User>,
}

/// A key to be made for an app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateAppKey {
    /// What the key is for, 1 to 120 characters.
    pub name: String,
    /// Permissions the key carries; none beyond those of whoever makes it.
    pub scopes: Vec<String>,
    /// From this moment on the key is refused; absent: until revoked.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Networks the key works from, such as `192.0.2.7` or `2001:db8::/32`, at most 50;
    /// none: from everywhere.
    #[serde(default)]
    pub networks: Vec<String>,
}

/// How a key gives way to its successor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// Seconds that the old key goes on working; 0: it ends at once. At most 30 days.
    pub overlap_seconds: i64,
}

/// A key that somebody has found where it should not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportLeak {
    /// The whole key: having it is the proof.
    pub key: crate::Password,
    /// Where it was found.
    #[serde(default)]
    pub found_at: Option<String>,
}

/// An OAuth client to be registered for an app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateOAuthClient {
    /// Addresses that answers may be sent to: `https`, or `http` on this machine
    /// (`localhost`, `127.0.0.1`, `[::1]`), without wildcard or fragment, at most 10. None
    /// for a client that only has tokens of its own.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// What it may ask for: `openid`, `profile`, `email`, `offline_access`, and permissions.
    pub scopes: Vec<String>,
    /// Whether it can keep a secret: a server can, a page or an app on a phone cannot.
    #[serde(default)]
    pub confidential: bool,
    /// Whether it may have tokens of its own (client credentials); needs a secret, and whoever
    /// registers it must have its permissions.
    #[serde(default)]
    pub own_tokens: bool,
}

/// An OAuth client as it is listed: never its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OAuthClientView {
    /// What OAuth calls `client_id`.
    pub id: Id<OAuthClient>,
    pub app: Id<App>,
    pub redirect_uris: Vec<String>,
    pub scopes: Vec<String>,
    pub confidential: bool,
    pub own_tokens: bool,
    /// The secret's last four characters.
    pub secret_last_four: Option<String>,
    pub created_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The OAuth clients of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OAuthClients {
    /// The newest first, at most 100.
    pub items: Vec<OAuthClientView>,
}

/// A client just registered. The secret is shown this once and cannot be read again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewOAuthClient {
    pub view: OAuthClientView,
    /// What OAuth calls `client_secret`; absent for a client that cannot keep one.
    pub secret: Option<String>,
}

impl fmt::Debug for NewOAuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewOAuthClient").field("view", &self.view).finish_non_exhaustive()
    }
}
