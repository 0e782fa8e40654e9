use serde::{Deserialize, Serialize};
use stoa_types::{Currency, Customer, DateTime, Id, Money, PriceList, Sku, Utc};

/// What a SKU costs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkuPrice {
    /// Tax included.
    pub price: Money,
    /// The former price, above `price`.
    pub compare_at: Option<Money>,
}

/// A price to set on the default list of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPrice {
    /// Tax included, 0 or more.
    pub price: Money,
    /// The former price; same currency, above `price`.
    #[serde(default)]
    pub compare_at: Option<Money>,
}

/// A price and which rule gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceView {
    pub sku: Id<Sku>,
    pub price: Money,
    pub compare_at: Option<Money>,
    pub price_list: Id<PriceList>,
    /// From how many pieces on.
    pub min_quantity: i64,
    /// Which rule won and why, in order.
    pub explain: Vec<String>,
}

/// Which prices are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct PriceQuery {
    /// Ids of SKUs (up to 100, separated by commas), or one code of the caller's own.
    pub sku: String,
    /// ISO 4217; the caller's currency when left out.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
    pub currency: Option<Currency>,
    /// For how many pieces; 1 when left out.
    #[serde(default)]
    pub quantity: Option<i64>,
    /// For whom; needs `prices.read`. Every customer pays the same for now.
    #[serde(default, rename = "customerId")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
    pub customer: Option<Id<Customer>>,
}

/// The prices asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PricesView {
    /// SKUs without a price are left out.
    pub items: Vec<PriceView>,
}

/// A list of prices in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceListView {
    pub id: Id<PriceList>,
    /// For `If-Match`: counts the changes of the list and of the caller's prices on it.
    pub version: i64,
    /// Such as `default-eur`.
    pub code: String,
    pub name: String,
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "EUR"))]
    pub currency: Currency,
    /// Whether it holds the prices everybody gets.
    pub default: bool,
    /// The caller's prices on it, by SKU.
    pub prices: Vec<ListedPrice>,
    /// Cursor of the following prices; absent at the end.
    pub next: Option<String>,
}

/// One price on a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedPrice {
    pub sku: Id<Sku>,
    pub min_quantity: i64,
    pub price: Money,
    pub compare_at: Option<Money>,
    pub updated_at: DateTime<Utc>,
}

/// Prices to put on a list, 1 to 500, all or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutPrices {
    pub prices: Vec<PriceRow>,
}

/// A price to put on a list; the list gives the currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PriceRow {
    /// Id of the SKU, or the seller's own code where the caller is one seller.
    pub sku: String,
    /// Minor units, tax included, 0 or more.
    pub amount: i64,
    /// The former price in minor units, above `amount`.
    #[serde(default)]
    pub compare_at: Option<i64>,
}

/// What was put on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PricesPut {
    /// The list's version for this caller afterwards.
    pub version: i64,
    /// Prices that are new or differ from before.
    pub changed: u64,
    /// Prices that were as given.
    pub unchanged: u64,
}
