//! Sellers and what others see of them.

use std::fmt;

use serde::{Deserialize, Serialize};
use stoa_types::{DateTime, Id, Seller, Utc};

/// A seller to be taken on board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateSeller {
    /// The shop's address, `/shop/<slug>`: 2 to 60 lower-case letters, digits and hyphens.
    pub slug: String,
    /// The shop's name, 1 to 120 characters.
    pub name: String,
    /// Where the platform reaches the seller; never shown to shoppers.
    pub email: String,
    /// ISO 3166-1 alpha-2 code of the country the seller is established in, such as `DE`.
    pub country: String,
    /// What the shop says about itself, at most 2,000 characters.
    #[serde(default)]
    pub description: Option<String>,
    /// The platform's share in basis points, 0 to 10,000; 1,000 (10 %) unless told.
    #[serde(default)]
    pub commission_bp: Option<i64>,
}

/// Where a seller stands with the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SellerStatus {
    Draft,
    PendingApproval,
    Active,
    Suspended,
    Terminated,
}

impl SellerStatus {
    /// Every status, in the order of a seller's life.
    pub const ALL: [Self; 5] =
        [Self::Draft, Self::PendingApproval, Self::Active, Self::Suspended, Self::Terminated];

    /// The name as stored and as on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::PendingApproval => "pending_approval",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Terminated => "terminated",
        }
    }
}

impl fmt::Display for SellerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The seller's own switch: whether the shop is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SellerPresence {
    Online,
    Offline,
}

impl SellerPresence {
    /// Both positions.
    pub const ALL: [Self; 2] = [Self::Online, Self::Offline];

    /// The name as stored and as on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
        }
    }
}

impl fmt::Display for SellerPresence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A seller. Shoppers see the first fields; `details` is for the seller and for staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SellerView {
    pub id: Id<Seller>,
    pub slug: String,
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub description: Option<String>,
    /// Whether the shop can be bought from: active and online.
    pub live: bool,
    /// Present for the seller's own people and for platform staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<SellerDetails>,
}

/// What only the seller and the platform know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SellerDetails {
    pub email: String,
    pub status: SellerStatus,
    pub status_reason: Option<String>,
    pub presence: SellerPresence,
    /// The platform's share in basis points: 1,000 is 10 %.
    pub commission_bp: i64,
    pub created_at: DateTime<Utc>,
    pub version: i64,
}

/// What a list of other things needs to name a seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SellerName {
    pub id: Id<Seller>,
    pub name: String,
    pub slug: String,
}

/// On what terms a seller sells right now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SellerTerms {
    pub id: Id<Seller>,
    /// The platform's share in basis points: 1,000 is 10 %.
    pub commission_bp: i64,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Whether the seller can be bought from, worked out at the moment of reading.
    pub live: bool,
}
