use serde::{Deserialize, Serialize};
use stoa_types::{DateTime, Id, Location, Reservation, Seller, Sku, Utc};

/// `facts`: `sku`, `available`, and `shortages` (`sku=available`, comma-separated, all of them).
pub const INSUFFICIENT_STOCK: &str = "inventory.insufficient_stock";
/// The reservation is over: committed or released.
pub const RESERVATION_OVER: &str = "inventory.reservation_over";

/// Stock of one SKU at one location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockView {
    pub sku: Id<Sku>,
    pub location: Id<Location>,
    pub seller: Id<Seller>,
    /// Units that lie there.
    pub on_hand: i64,
    /// Promised to checkouts that have not expired.
    pub reserved: i64,
    /// Promised to orders that have not left yet.
    pub allocated: i64,
    /// Never sold.
    pub safety: i64,
    /// on_hand - allocated - reserved - safety; may be negative after an adjustment.
    pub available: i64,
    pub version: i64,
    pub updated_at: DateTime<Utc>,
}

/// A change of what lies on the shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AdjustStock {
    /// Units added, or taken away when negative; not 0, at most 1 000 000 000 either way.
    pub delta: i64,
    /// Why, in the words of whoever counted.
    pub reason: String,
    /// Where; the seller's first location unless told.
    #[serde(default)]
    pub location: Option<Id<Location>>,
}

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    /// Counts against what is available until it expires.
    Active,
    /// Became an order's allocation.
    Committed,
    /// Given back before its time.
    Released,
    /// Ran out; counts for nothing.
    Expired,
}

impl ReservationState {
    /// As stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Committed => "committed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

/// Units asked for in a reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReservationRequestLine {
    /// A SKU's id, or a seller's own code where the caller works for one seller.
    pub sku: String,
    /// At least 1.
    pub quantity: i64,
}

/// Reserve all of these lines or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateReservation {
    /// What it is for; an active reservation of the same caller and reference is replaced.
    pub reference: String,
    pub lines: Vec<ReservationRequestLine>,
    /// 60 to 86 400 seconds; the shop's reservation time unless told.
    #[serde(default)]
    pub expires_in_seconds: Option<i64>,
}

/// A reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReservationView {
    pub id: Id<Reservation>,
    pub reference: String,
    pub state: ReservationState,
    pub expires_at: DateTime<Utc>,
    pub lines: Vec<ReservationLineView>,
    pub version: i64,
}

/// Units of one SKU that a reservation holds at one location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReservationLineView {
    pub sku: Id<Sku>,
    pub location: Id<Location>,
    pub seller: Id<Seller>,
    pub quantity: i64,
}

/// What one location can sell of one SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AvailabilityView {
    pub sku: Id<Sku>,
    pub available: i64,
}

/// A counter that is not the sum of its movements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mismatch {
    pub sku: Id<Sku>,
    pub location: Id<Location>,
    /// `on_hand`, `reserved` or `allocated`.
    pub counter: String,
    /// What the stock row says.
    pub stock: i64,
    /// What the movements sum to.
    pub ledger: i64,
    /// What reservations hold or orders wait for; equal to `ledger` for on_hand.
    pub promised: i64,
}
