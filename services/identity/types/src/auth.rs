//! Signing in, users, roles and API keys.

use std::fmt;

use serde::{Deserialize, Serialize};
use stoa_types::{ApiKey, DateTime, Id, Seller, Session, SocialAccount, User, Utc};

/// A password on its way in. Never printed: `Debug` hides it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = Password))]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// Wraps what was typed, unchanged: spaces at the ends belong to a password.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What was typed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// What a person types to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// E-mail address; upper and lower case are the same.
    pub email: String,
    pub password: Password,
}

/// A way to sign in with an account elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SocialProvider {
    /// Its name in addresses, such as `google`.
    pub key: String,
    /// Its name on the button, such as "Google".
    pub label: String,
}

/// The ways to sign in with an account elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SocialProviders {
    /// In the order of their buttons; none unless some are configured.
    pub items: Vec<SocialProvider>,
}

/// An account elsewhere that signs somebody in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SocialAccountView {
    pub id: Id<SocialAccount>,
    /// The provider's name in addresses, such as `google`.
    pub provider: String,
    /// The provider's name, such as "Google".
    pub label: String,
    /// The address the provider knew when it was added.
    pub email: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A person's accounts elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SocialAccounts {
    /// The oldest first, at most 100.
    pub items: Vec<SocialAccountView>,
}

/// The roles Stoa comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    /// Buys; has no permission beyond their own records.
    Shopper,
    /// Owns one seller and works for it.
    Seller,
    /// Looks after a seller's products, stock, prices and pictures.
    Catalog,
    /// Handles a seller's orders and parcels.
    Orders,
    /// Reads a seller's orders and prices, and what was done.
    Finance,
    /// Answers a seller's customers: reads what they ask about.
    Support,
    /// Platform support and operations: reads everything, handles orders and refunds.
    Staff,
    /// The platform's owner: may do everything.
    Admin,
}

impl RoleName {
    /// Every role, the weakest first.
    pub const ALL: [Self; 8] = [
        Self::Shopper,
        Self::Support,
        Self::Finance,
        Self::Orders,
        Self::Catalog,
        Self::Seller,
        Self::Staff,
        Self::Admin,
    ];

    /// Whether it is held for one seller, rather than for the platform.
    pub const fn is_sellers(self) -> bool {
        matches!(self, Self::Seller | Self::Catalog | Self::Orders | Self::Finance | Self::Support)
    }

    /// The name as stored and as on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shopper => "shopper",
            Self::Seller => "seller",
            Self::Catalog => "catalog",
            Self::Orders => "orders",
            Self::Finance => "finance",
            Self::Support => "support",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names none of the built-in roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRole;

impl fmt::Display for UnknownRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown role: use shopper, seller, catalog, orders, finance, support, staff or admin")
    }
}
impl std::error::Error for UnknownRole {}

impl std::str::FromStr for RoleName {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

/// A person to be registered by staff or on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    pub email: String,
    /// What to call the person, 1 to 120 characters.
    pub name: String,
    /// At least 12 characters.
    pub password: Password,
    pub role: RoleName,
    /// The seller a person with a seller's role works for; absent for the others.
    pub seller: Option<Id<Seller>>,
}

/// A person who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserView {
    pub id: Id<User>,
    pub email: String,
    pub name: String,
    pub roles: Vec<RoleView>,
    pub created_at: DateTime<Utc>,
    pub version: i64,
}

/// A role somebody holds, and for which seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleView {
    /// The role's name, such as `staff`.
    pub name: String,
    /// The seller it is limited to; absent for the platform's roles.
    pub seller: Option<Id<Seller>>,
}

/// Who has just signed in, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedIn {
    pub user: Id<User>,
    pub name: String,
    pub email: String,
    /// The seller the person works for; absent for shoppers and platform staff.
    pub seller: Option<Id<Seller>>,
    /// Names of the permissions held, sorted.
    pub permissions: Vec<String>,
    /// Whether the person has to set up a second step before their role counts.
    pub second_step_missing: bool,
}

/// One place where a person is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionView {
    pub id: Id<Session>,
    /// The browser's own description of itself.
    pub user_agent: Option<String>,
    /// The network address at sign-in.
    pub address: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Accurate to ten minutes.
    pub last_seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// The one that asks.
    pub current: bool,
}

/// Everywhere a person is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sessions {
    /// The most recent first, at most 100.
    pub items: Vec<SessionView>,
}

/// How many sessions were ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionsEnded {
    pub ended: u64,
}

/// A new password, proven by the old one or by a step-up just before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password in force; absent where its owner has stepped up in the last ten minutes.
    #[serde(default)]
    pub current: Option<Password>,
    /// At least 12 characters, and not one that guessers try.
    pub new: Password,
}

/// An API key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// What the key is for, 1 to 120 characters.
    pub name: String,
    /// Permissions the key carries; none beyond those of whoever makes it.
    pub scopes: Vec<String>,
    /// The seller the key works for; absent for a platform key.
    pub seller: Option<Id<Seller>>,
    /// From this moment on the key is refused; absent: until revoked.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// An API key as it is listed: never the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyView {
    pub id: Id<ApiKey>,
    pub name: String,
    /// `stoa_dev` or `stoa_live`.
    pub prefix: String,
    /// The key's last four characters.
    pub last_four: String,
    pub scopes: Vec<String>,
    pub seller: Option<Id<Seller>>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// Accurate to a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The network address of that use.
    pub last_used_from: Option<String>,
    /// The app it belongs to; absent for keys of the command line.
    pub app: Option<Id<stoa_types::App>>,
    /// Networks it works from; none: from everywhere.
    pub networks: Vec<String>,
    /// The key that takes its place.
    pub successor: Option<Id<ApiKey>>,
}

/// A key just made. The secret is shown this once and cannot be read again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewKey {
    pub view: ApiKeyView,
    /// The whole key, to be sent as `Authorization: Bearer stoa_…`.
    pub secret: String,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewKey").field("view", &self.view).finish_non_exhaustive()
    }
}
