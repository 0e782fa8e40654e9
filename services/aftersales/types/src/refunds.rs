//! Requests and views of refunds.

use serde::{Deserialize, Serialize};
use stoa_types::{DateTime, Id, Money, Order, OrderLine, Payment, Refund, Seller, SellerOrder, Utc};

/// What to give back: units of lines and delivery cost, or a free amount, never both
/// a free amount and units.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateRefund {
    #[serde(default)]
    pub lines: Vec<RefundUnits>,
    /// Delivery cost to give back; spread over the parcels that still have some.
    #[serde(default)]
    pub shipping: Option<Money>,
    /// A free amount, spread over the lines (then delivery) by what is left of each.
    #[serde(default)]
    pub amount: Option<Money>,
    pub reason: RefundReason,
    /// For staff; never shown to the shopper.
    #[serde(default)]
    pub note: Option<String>,
}

/// Units of one line to give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RefundUnits {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub order_line: Id<OrderLine>,
    pub quantity: i64,
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// What was ordered will not be sent.
    Cancelled,
    Returned,
    Damaged,
    Lost,
    #[default]
    Goodwill,
    Other,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// Decided; waits until the payment has been taken.
    Requested,
    /// With the payment provider.
    Submitted,
    Succeeded,
    Failed,
}

stoa_types::words! {
    RefundReason {
        Cancelled = "cancelled", Returned = "returned", Damaged = "damaged", Lost = "lost", Goodwill = "goodwill", Other = "other",
    }
    RefundState {
        Requested = "requested", Submitted = "submitted", Succeeded = "succeeded", Failed = "failed",
    }
}

/// One refund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: Id<Refund>,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub order: Id<Order>,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub payment: Id<Payment>,
    pub version: i64,
    pub state: RefundState,
    pub reason: RefundReason,
    pub note: Option<String>,
    pub amount: Money,
    /// Parts of `amount`.
    pub items: Money,
    pub shipping: Money,
    /// The tax within `amount`.
    pub tax: Money,
    /// What the marketplace gives back of its commission.
    pub commission: Money,
    pub lines: Vec<RefundLineView>,
    /// What the provider said when it failed.
    pub failure: Option<String>,
    pub requested_by: String,
    pub requested_at: DateTime<Utc>,
    pub settled_at: Option<DateTime<Utc>>,
}

/// One part of a refund: units or an amount of a line, or a parcel's delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundLineView {
    /// None for delivery.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub order_line: Option<Id<OrderLine>>,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub seller_order: Id<SellerOrder>,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub seller: Id<Seller>,
    pub quantity: i64,
    pub amount: Money,
    pub tax: Money,
    pub commission: Money,
}

/// What can still be given back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refundable {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub order: Id<Order>,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub payment: Id<Payment>,
    pub lines: Vec<RefundableLine>,
    pub shipping: Money,
    /// All of it together.
    pub total: Money,
}

impl Refundable {
    /// Everything that is left, as a refund: all units, so that they count as refunded, and
    /// what is left of the delivery.
    pub fn everything(&self, reason: RefundReason) -> CreateRefund {
        let units =
            |line: &RefundableLine| RefundUnits { order_line: line.order_line, quantity: line.quantity };
        CreateRefund {
            lines: self.lines.iter().filter(|line| line.quantity > 0).map(units).collect(),
            shipping: (self.shipping.amount > 0).then_some(self.shipping),
            reason,
            ..CreateRefund::default()
        }
    }
}

/// What is left of one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundableLine {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub order_line: Id<OrderLine>,
    pub title: String,
    pub options: String,
    /// Units not refunded yet.
    pub quantity: i64,
    pub unit_price: Money,
    /// Money not refunded yet.
    pub amount: Money,
}
