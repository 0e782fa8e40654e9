use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use stoa_types::{
    DateTime, FulfilmentOrder, Id, Money, Order, OrderLine, Seller, SellerOrder, Shipment, Sku, Utc,
};

/// Some of the quantity has left already or was cancelled before. `facts`: `order_line`, `open`.
pub const NOT_OPEN: &str = "shipping.not_open";
/// The fulfilment order does not allow this now. `facts`: `from`, `allowed`.
pub const INVALID_TRANSITION: &str = "shipping.invalid_transition";
/// Nothing of it may leave for now. `facts`: `reason`.
pub const ON_HOLD: &str = "shipping.on_hold";
/// The parcel is with the courier already.
pub const ALREADY_PICKED_UP: &str = "shipping.already_picked_up";

/// One way to have a parcel delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryOption {
    /// Stable code, such as `standard`.
    pub code: String,
    /// As shoppers read it, such as `Standard delivery`.
    pub name: String,
    /// What the shopper pays, tax included; zero when free.
    pub price: Money,
    /// Goods worth this much travel free.
    pub free_over: Option<Money>,
    /// First and last day the parcel may arrive, by the calendar of the destination.
    pub arrives_from: NaiveDate,
    pub arrives_to: NaiveDate,
    /// The courier can't deliver without a phone number.
    pub needs_phone: bool,
}

/// The options of one seller's parcel, cheapest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParcelOptions {
    pub seller: Id<Seller>,
    pub options: Vec<DeliveryOption>,
}

/// States of a fulfilment order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FulfilmentState {
    /// Waiting to be packed.
    Open,
    /// To be packed at a later date.
    Scheduled,
    /// Must not leave for now.
    OnHold,
    /// Some of it has left.
    InProgress,
    /// Given up with goods left that can't be sent.
    Incomplete,
    /// Nothing of it will leave.
    Cancelled,
    /// Everything that was to leave has left.
    Closed,
}

/// States of a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ShipmentState {
    Draft,
    /// Packed, labelled, announced to the courier.
    LabelPurchased,
    /// On the courier's pick-up list.
    Manifested,
    InTransit,
    OutForDelivery,
    Delivered,
    /// The courier reports a problem.
    Exception,
    /// Came back to the seller.
    Returned,
    /// Withdrawn before pick-up.
    Cancelled,
}

/// A seller's share of an order, as the one who packs sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FulfilmentView {
    pub id: Id<FulfilmentOrder>,
    pub order: Id<Order>,
    pub seller_order: Id<SellerOrder>,
    pub seller: Id<Seller>,
    pub state: FulfilmentState,
    /// Why nothing more of it may leave: `payment` while its order's payment has fallen
    /// through. Nothing while it may leave.
    pub hold: Option<String>,
    /// Code of the delivery option the shopper chose.
    pub delivery: String,
    /// The address as it was given with the order.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub ship_to: serde_json::Value,
    pub lines: Vec<FulfilmentLineView>,
    pub shipments: Vec<ShipmentView>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
}

/// One line of a fulfilment order: quantity = open + shipped + cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FulfilmentLineView {
    pub order_line: Id<OrderLine>,
    pub sku: Id<Sku>,
    pub title: String,
    pub quantity: i64,
    pub shipped: i64,
    pub cancelled: i64,
    pub open: i64,
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShipmentView {
    pub id: Id<Shipment>,
    pub fulfilment: Id<FulfilmentOrder>,
    pub order: Id<Order>,
    pub seller_order: Id<SellerOrder>,
    pub seller: Id<Seller>,
    pub state: ShipmentState,
    pub carrier: String,
    pub tracking_number: String,
    /// The courier's own tracking page, where we know it.
    pub tracking_url: Option<String>,
    pub lines: Vec<ShipmentLineView>,
    /// Newest first.
    pub tracking: Vec<TrackingEventView>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub delivered_at: Option<DateTime<Utc>>,
}

/// What lies in a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShipmentLineView {
    pub order_line: Id<OrderLine>,
    pub sku: Id<Sku>,
    pub quantity: i64,
}

/// Something the courier has told us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrackingEventView {
    pub status: ShipmentState,
    pub description: String,
    pub place: Option<String>,
    pub occurred_at: DateTime<Utc>,
}

/// Lines and how many of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LineQuantity {
    pub order_line: Id<OrderLine>,
    /// At least 1.
    pub quantity: i64,
}

/// Pack some open lines of an order apart from the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateFulfilment {
    pub order: Id<Order>,
    pub lines: Vec<LineQuantity>,
}

/// Send a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateShipment {
    /// Who carries it, such as `DHL`.
    pub carrier: String,
    pub tracking_number: String,
    /// Everything still open unless told.
    #[serde(default)]
    pub lines: Option<Vec<LineQuantity>>,
}

/// A piece of news about a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrackingInput {
    pub status: ShipmentState,
    /// When it happened; late news never moves a parcel back.
    pub occurred_at: DateTime<Utc>,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub place: Option<String>,
    /// The courier's id of the event; the same one is recorded once.
    #[serde(default)]
    pub event_id: Option<String>,
}

/// Ask a carrier what a parcel would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RateRequest {
    /// ISO 3166-1 alpha-2.
    pub from_country: String,
    pub to_country: String,
    #[serde(default)]
    pub postcode: String,
    pub weight_grams: i64,
    /// What the goods are worth.
    pub value: Money,
}
