//! Requests and views of orders.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stoa_types::{
    Cart, Currency, Customer, DateTime, FulfilmentOrder, Id, Money, Order, OrderLine, Payment, Product,
    Seller, SellerOrder, Shipment, Sku, Utc,
};

pub use crate::carts::{Address, LinePicture};

/// Where an order stands, rolled up from its lines; never set by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Placed; not all stock is set aside yet.
    New,
    /// Stock is set aside; the sellers pack.
    Processing,
    PartiallyShipped,
    Shipped,
    Delivered,
    /// Delivered, and the time for returns is over.
    Completed,
    Cancelled,
}

/// What became of the money, apart from where the goods are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    Pending,
    /// The bank reserves the amount; it is about to be taken.
    Authorized,
    Paid,
    PartiallyRefunded,
    Refunded,
    /// The reservation was given back, nothing was taken.
    Voided,
    /// Taking the money failed; somebody must look.
    Failed,
}

impl OrderStatus {
    /// Whether something of the order has still to be sent.
    pub const fn waits(self) -> bool {
        matches!(self, Self::New | Self::Processing | Self::PartiallyShipped)
    }
}

impl PaymentStatus {
    /// Whether the order's money has fallen through or has gone back whole, so that nothing of
    /// it may leave.
    pub const fn holds(self) -> bool {
        matches!(self, Self::Voided | Self::Failed | Self::Refunded)
    }

    /// Whether money is held that could be given back: reserved, or taken and not given back
    /// whole.
    pub const fn returnable(self) -> bool {
        matches!(self, Self::Authorized | Self::Paid | Self::PartiallyRefunded)
    }
}

/// Where the units of a line are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    Placed,
    Allocated,
    Shipped,
    Delivered,
    Cancelled,
}

stoa_types::words! {
    OrderStatus {
        New = "new", Processing = "processing", PartiallyShipped = "partially_shipped", Shipped = "shipped",
        Delivered = "delivered", Completed = "completed", Cancelled = "cancelled",
    }
    PaymentStatus {
        Pending = "pending", Authorized = "authorized", Paid = "paid", PartiallyRefunded = "partially_refunded",
        Refunded = "refunded", Voided = "voided", Failed = "failed",
    }
    LineState {
        Placed = "placed", Allocated = "allocated", Shipped = "shipped", Delivered = "delivered", Cancelled = "cancelled",
    }
}

impl Address {
    /// The address as it stands on a parcel, line by line, without what is missing.
    pub fn lines(&self) -> Vec<String> {
        let place = format!("{} {}", self.postcode, self.city);
        [
            Some(self.name.as_str()),
            self.company.as_deref(),
            Some(self.street.as_str()),
            self.extra.as_deref(),
            Some(place.as_str()),
            self.region.as_deref(),
            Some(self.country.as_str()),
        ]
        .into_iter()
        .flatten()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
    }
}

/// Places the order of a cart whose payment is authorised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub cart: Id<Cart>,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub payment: Id<Payment>,
}

/// Cancels what has not been shipped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// Lines and how many of each; everything that has not been shipped when empty.
    #[serde(default)]
    pub lines: Vec<LineQuantity>,
    /// Shown in the timeline.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Units of one order line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LineQuantity {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub order_line: Id<OrderLine>,
    pub quantity: i64,
}

/// A command on line states: moves the named lines (all lines in the caller's scope
/// when none is named) to a state. `delivered` and `cancelled` can be asked for;
/// `shipped` comes from a shipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetStatus {
    /// A line state, or `new`, which is what an order of `placed` lines is called.
    pub status: String,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub lines: Vec<Id<OrderLine>>,
    #[serde(default)]
    pub reason: Option<String>,
}

/// Which orders a list shows. Times are compared with when the order was placed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct OrderQuery {
    /// Cursor from `next` or `prev` of an earlier answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Items a page, 1 to 100; 25 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<OrderStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_status: Option<PaymentStatus>,
    /// Only orders of which something must not leave for now; `false`: only the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_hold: Option<bool>,
    /// Orders with a part of this seller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
    pub seller: Option<Id<Seller>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_from: Option<DateTime<Utc>>,
    /// Before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_to: Option<DateTime<Utc>>,
    /// An order number, or the beginning of an email address (staff only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
}

/// One row of the order index. A seller sees own lines, amounts and status only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderRow {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: Id<Order>,
    /// The number people read; a seller's part has its own, such as `K7QM-2XPAC-1`.
    pub number: String,
    pub status: OrderStatus,
    pub payment_status: PaymentStatus,
    /// Name on the address.
    pub name: String,
    /// Staff only.
    pub email: Option<String>,
    pub country: String,
    /// Units not cancelled.
    pub items: i64,
    pub total: Money,
    /// How many sellers take part (1 for a seller).
    pub sellers: i64,
    pub placed_at: DateTime<Utc>,
}

impl OrderRow {
    /// Whether what has not left of it must not leave for now.
    pub const fn on_hold(&self) -> bool {
        self.status.waits() && self.payment_status.holds()
    }
}

/// How many orders stand where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCounts {
    /// Each status once, without what is on hold.
    pub standing: Vec<(OrderStatus, i64)>,
    /// Those of which something must not leave for now, as [`OrderRow::on_hold`] says.
    pub on_hold: i64,
}

impl OrderCounts {
    /// How many have this status and are not on hold.
    pub fn of(&self, status: OrderStatus) -> i64 {
        self.standing.iter().filter(|(known, _)| *known == status).map(|(_, count)| count).sum()
    }
}

/// An order. A seller sees own parts only, without the shopper's email and without
/// anything of other sellers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: Id<Order>,
    pub number: String,
    pub version: i64,
    pub status: OrderStatus,
    pub payment_status: PaymentStatus,
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "EUR"))]
    pub currency: Currency,
    /// Staff and the shopper only.
    pub email: Option<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub customer: Option<Id<Customer>>,
    pub address: Address,
    pub parcels: Vec<SellerOrderView>,
    pub totals: OrderTotals,
    /// Staff and the shopper only.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub payment: Option<Id<Payment>>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub cart: Option<Id<Cart>>,
    pub timeline: Vec<TimelineEntry>,
    pub placed_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

/// What an order (or the caller's part of it) costs and what was given back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderTotals {
    pub items: Money,
    pub shipping: Money,
    /// The tax within `total`.
    pub tax: Money,
    pub total: Money,
    /// Given back to the shopper, as the provider has said.
    pub refunded: Money,
    /// Decided and on its way back; not part of `refunded`.
    pub refunding: Money,
}

/// One seller's part of an order: one parcel, or several when it ships in parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SellerOrderView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: Id<SellerOrder>,
    pub number: String,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub seller: Id<Seller>,
    pub seller_name: String,
    pub seller_slug: String,
    pub status: OrderStatus,
    /// What has not left must not leave for now.
    pub on_hold: bool,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub fulfilment: Option<Id<FulfilmentOrder>>,
    pub delivery: String,
    pub delivery_name: String,
    pub arrives_from: DateTime<Utc>,
    pub arrives_to: DateTime<Utc>,
    pub lines: Vec<OrderLineView>,
    pub items: Money,
    pub shipping: Money,
    pub shipping_refunded: Money,
    pub tax: Money,
    pub total: Money,
    /// What the marketplace keeps; not shown to the shopper.
    pub commission: Option<Money>,
    pub shipments: Vec<ShipmentSummary>,
}

impl SellerOrderView {
    /// What is in one of its shipments, such as `2 × Salt-glazed jug`; empty where that is
    /// all there was to send.
    pub fn content_of(&self, shipment: &ShipmentSummary) -> Vec<String> {
        let units = |line: &OrderLineView| {
            let packed = shipment.lines.iter().filter(|packed| packed.order_line == line.id);
            packed.map(|packed| packed.quantity).sum::<i64>()
        };
        if self.lines.iter().all(|line| units(line) == line.quantity - line.cancelled) {
            return Vec::new();
        }
        self.lines
            .iter()
            .map(|line| (units(line), line))
            .filter(|(units, _)| *units > 0)
            .map(|(units, line)| match line.options.as_str() {
                "" => format!("{units} × {}", line.title),
                options => format!("{units} × {} ({options})", line.title),
            })
            .collect()
    }
}

/// A parcel on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShipmentSummary {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: Id<Shipment>,
    pub carrier: String,
    pub tracking_number: Option<String>,
    pub tracking_url: Option<String>,
    pub status: String,
    pub shipped_at: DateTime<Utc>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub lines: Vec<LineQuantity>,
}

/// One line, as it was when the order was placed, and where its units are now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderLineView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: Id<OrderLine>,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub product: Id<Product>,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sku: Id<Sku>,
    /// The seller's own code.
    pub sku_code: String,
    pub title: String,
    pub slug: String,
    pub options: String,
    pub personalisation: BTreeMap<String, String>,
    pub picture: Option<LinePicture>,
    pub state: LineState,
    pub quantity: i64,
    pub shipped: i64,
    pub delivered: i64,
    pub cancelled: i64,
    pub refunded: i64,
    pub unit_price: Money,
    pub total: Money,
    pub refunded_amount: Money,
    /// Basis points: 2400 is 24 %.
    pub tax_rate_bp: i64,
    pub tax: Money,
    /// Not shown to the shopper.
    pub commission: Option<Money>,
}

/// One thing that happened to an order, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineEntry {
    pub at: DateTime<Utc>,
    /// `placed`, `paid`, `payment_failed`, `voided`, `shipped`, `delivered`, `cancelled`,
    /// `refund_requested`, `refunded`, `refund_failed`.
    pub kind: String,
    /// Who did it: `system`, `visitor`, or an id; none for the shopper's page.
    pub actor: Option<String>,
    /// The seller whose part it is about, if it is about one.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub seller: Option<Id<Seller>>,
    /// Facts for the sentence, such as `carrier`, `tracking_number`, `quantity`, `amount`
    /// (with `currency`), `reason`.
    pub data: BTreeMap<String, String>,
}

/// An order as the shopper sees it by the link in the email: [`OrderView`] without
/// commission and actors, and the link's token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderPage {
    /// Part of the page's address: `/{locale}/order/{token}`.
    pub token: String,
    pub order: OrderView,
}
