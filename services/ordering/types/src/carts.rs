//! Requests and views of carts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stoa_types::{
    Cart, CartLine, Currency, DateTime, Id, Money, Order, Payment, Product, Reservation, Seller, Sku, Utc,
};

/// Most units of one line.
pub const MAX_QUANTITY: i64 = 999;
/// Most lines of one cart.
pub const MAX_LINES: usize = 200;

/// Starts a cart, with its first lines if there are any.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateCart {
    /// ISO 4217; the caller's currency unless told.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "EUR"))]
    pub currency: Option<Currency>,
    /// Country of delivery, ISO 3166-1 alpha-2, for delivery and tax before an address is known.
    #[serde(default)]
    pub country: Option<String>,
    #[serde(default)]
    pub lines: Vec<AddLine>,
}

/// Puts units of an offer into a cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddLine {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sku: Id<Sku>,
    /// 1 to 999.
    pub quantity: i64,
    /// What the shopper asks to be made different, such as an engraving. The same
    /// offer with the same texts is one line.
    #[serde(default)]
    pub personalisation: BTreeMap<String, String>,
}

impl AddLine {
    /// Units of an offer as it is sold.
    pub fn new(sku: Id<Sku>, quantity: i64) -> Self {
        Self { sku, quantity, personalisation: BTreeMap::new() }
    }
}

/// Changes a line's quantity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetLine {
    /// 0 removes the line.
    pub quantity: i64,
}

/// Changes what is known about the delivery. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateCart {
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub address: Option<Address>,
    /// Country before an address is known; an address brings its own.
    #[serde(default)]
    pub country: Option<String>,
    /// One choice per parcel; parcels not named keep theirs.
    #[serde(default)]
    pub delivery: Vec<DeliveryChoice>,
    /// Lines whose raised price is accepted.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub accept_prices: Vec<Id<CartLine>>,
}

/// Where a parcel goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Full name.
    #[serde(default)]
    pub name: String,
    /// Street and number.
    #[serde(default)]
    pub street: String,
    /// Flat, floor, building.
    #[serde(default)]
    pub extra: Option<String>,
    #[serde(default)]
    pub company: Option<String>,
    #[serde(default)]
    pub postcode: String,
    #[serde(default)]
    pub city: String,
    #[serde(default)]
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2, such as `GR`.
    #[serde(default)]
    pub country: String,
    /// For the courier.
    #[serde(default)]
    pub phone: Option<String>,
}

/// How one seller's parcel travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeliveryChoice {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub seller: Id<Seller>,
    /// Code of one of the parcel's options.
    pub option: String,
}

/// Whether a cart can still be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CartState {
    Open,
    /// It became an order.
    Completed,
}

/// A cart as its holder sees it. Every amount is worked out by the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CartView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: Id<Cart>,
    pub version: i64,
    pub state: CartState,
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "EUR"))]
    pub currency: Currency,
    /// Country of delivery the amounts are worked out for.
    pub country: String,
    pub email: Option<String>,
    pub address: Option<Address>,
    /// Lines grouped by seller, in the order the sellers came in.
    pub parcels: Vec<ParcelView>,
    pub totals: CartTotals,
    /// Units in the cart.
    pub items: i64,
    /// Whether some line stands in the way of buying (a rise not accepted, no stock, gone).
    pub blocked: bool,
    /// The order a completed cart became.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub order: Option<Id<Order>>,
    pub updated_at: DateTime<Utc>,
}

/// A cart that has just been made, with the token that opens it. The token is shown
/// here once and never again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCart {
    /// Send it as the header `Stoa-Cart-Token` or as the shop's cart cookie.
    pub token: String,
    #[serde(flatten)]
    pub cart: CartView,
}

/// What one seller sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParcelView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub seller: Id<Seller>,
    pub seller_name: String,
    pub seller_slug: String,
    pub lines: Vec<CartLineView>,
    /// Sum of the lines, tax included.
    pub subtotal: Money,
    /// Ways to send it, cheapest first; empty when it can't be sent to this country.
    pub options: Vec<DeliveryOptionView>,
    /// Code of the chosen option, the cheapest unless the shopper chose; none when it can't be sent.
    pub chosen: Option<String>,
    /// Price of the chosen option, tax included.
    pub shipping: Money,
}

/// One way to send a parcel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryOptionView {
    pub code: String,
    pub name: String,
    pub price: Money,
    /// First and last day it may arrive.
    pub arrives_from: DateTime<Utc>,
    pub arrives_to: DateTime<Utc>,
    /// The courier can't deliver without a phone number: the address needs one.
    pub needs_phone: bool,
}

/// When one unit of an offer would arrive at a place, and for how much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryEstimate {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// As the country writes it; none where none was asked for.
    pub postcode: Option<String>,
    /// Cheapest first, at least one.
    pub options: Vec<DeliveryOptionView>,
    /// Goods of this seller worth this much travel free by the cheapest option.
    pub free_over: Option<Money>,
}

/// One line of a cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CartLineView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: Id<CartLine>,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sku: Id<Sku>,
    /// None when the offer is gone.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub product: Option<Id<Product>>,
    pub title: String,
    /// The product page's slug; empty when it is gone.
    pub slug: String,
    /// The chosen variant in words: "Sand, Large".
    pub options: String,
    pub personalisation: BTreeMap<String, String>,
    pub picture: Option<LinePicture>,
    pub quantity: i64,
    /// What one costs in this cart, tax included.
    pub unit_price: Money,
    /// A higher earlier price, if the seller shows one.
    pub compare_at: Option<Money>,
    pub total: Money,
    pub problems: Vec<LineProblem>,
}

/// The picture beside a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinePicture {
    /// A small derivative's address.
    pub src: String,
    pub srcset: Option<String>,
    pub alt: String,
    pub width: u32,
    pub height: u32,
    /// The picture's average colour, `#rrggbb`, to show while it loads.
    pub placeholder: String,
}

/// What has changed about a line since it was put in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum LineProblem {
    /// It costs more now. The line keeps the old price and can't be bought until the
    /// rise is accepted (`accept_prices`) or the line removed.
    PriceUp { from: Money, to: Money },
    /// It costs less now; the line already shows the lower price.
    PriceDown { from: Money, to: Money },
    /// It is no longer sold, or not in this currency.
    Unavailable,
    /// Fewer are left than the line asks for.
    InsufficientStock { available: i64 },
}

impl LineProblem {
    /// Whether it stands in the way of buying.
    pub fn blocks(&self) -> bool {
        !matches!(self, Self::PriceDown { .. })
    }
}

/// What the cart costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CartTotals {
    /// All lines, tax included.
    pub items: Money,
    /// The chosen delivery of every parcel, tax included.
    pub shipping: Money,
    /// The tax within `total`.
    pub tax: Money,
    pub total: Money,
}

/// A frozen checkout: the amount, the stock kept for it, and the payment that pays it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckoutIntentView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub cart: Id<Cart>,
    /// The cart's version that was frozen; any change of the cart ends this checkout.
    pub cart_version: i64,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub payment: Id<Payment>,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub reservation: Id<Reservation>,
    pub amount: Money,
    /// Until when stock and prices are kept.
    pub expires_at: DateTime<Utc>,
}
