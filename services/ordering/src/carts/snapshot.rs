//! What a checkout has frozen: everything an order is made of, so that placing it works
//! nothing out again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stoa_ordering_types::carts::{Address, LinePicture};
use stoa_types::{Currency, Customer, DateTime, Id, Product, Seller, Sku, Utc};

/// Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub currency: Currency,
    pub locale: String,
    pub email: String,
    /// Whoever was signed in; absent for somebody who was not.
    #[serde(default)]
    pub customer: Option<Id<Customer>>,
    pub address: Address,
    pub items: i64,
    pub shipping: i64,
    pub tax: i64,
    pub total: i64,
    pub parcels: Vec<Parcel>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parcel {
    pub seller: Id<Seller>,
    pub seller_name: String,
    pub seller_slug: String,
    pub delivery: String,
    pub delivery_name: String,
    pub arrives_from: DateTime<Utc>,
    pub arrives_to: DateTime<Utc>,
    pub shipping: i64,
    pub shipping_tax_bp: i64,
    pub shipping_tax: i64,
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub sku: Id<Sku>,
    pub product: Id<Product>,
    pub sku_code: String,
    pub title: String,
    pub slug: String,
    pub options: String,
    pub personalisation: BTreeMap<String, String>,
    pub picture: Option<LinePicture>,
    pub quantity: i64,
    pub unit_price: i64,
    pub total: i64,
    pub tax_class: String,
    pub tax_bp: i64,
    pub tax: i64,
    pub commission_bp: i64,
    pub commission: i64,
}
