use serde::{Deserialize, Serialize};
use stoa_types::{Currency, DateTime, Money, Utc};

/// Amounts to find the tax of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TaxQuote {
    /// Where it goes, ISO 3166-1 alpha-2. Without it the answer is an estimate with
    /// the marketplace's own country.
    #[serde(default)]
    pub country: Option<String>,
    /// Some territories have rules of their own.
    #[serde(default)]
    pub postcode: Option<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "EUR"))]
    pub currency: Currency,
    /// The tax point; now when left out.
    #[serde(default)]
    pub at: Option<DateTime<Utc>>,
    /// Up to 500.
    pub lines: Vec<TaxLine>,
}

/// An amount with its tax class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TaxLine {
    /// The caller's name for the line.
    pub reference: String,
    /// Of the whole line, tax included.
    pub amount: Money,
    /// Such as `standard`.
    pub class: String,
}

/// Why a line is taxed as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaxReason {
    /// The standard rate applies.
    Standard,
    /// A reduced rate applies.
    Reduced,
    /// Taxable at 0 %.
    ZeroRated,
    /// No tax is collected there.
    NotCollecting,
}

impl TaxReason {
    /// The name on the wire and in stored lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Reduced => "reduced",
            Self::ZeroRated => "zero_rated",
            Self::NotCollecting => "not_collecting",
        }
    }
}

/// A line with its tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaxedLine {
    pub reference: String,
    /// Basis points: 2 400 is 24 %.
    pub rate_bp: i64,
    /// Tax within the line's amount, rounded once for the line.
    pub tax: Money,
    /// The amount without it; net and tax make the gross amount.
    pub net: Money,
    /// Whose tax it is, such as `GR`; empty where none is collected.
    pub jurisdiction: String,
    pub reason: TaxReason,
}

/// The tax of all lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaxResult {
    pub lines: Vec<TaxedLine>,
    /// Sum of the lines' tax.
    pub total: Money,
    /// True when no country was given.
    pub estimate: bool,
}

/// Which rates are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct RateQuery {
    /// ISO 3166-1 alpha-2; every country when left out.
    #[serde(default)]
    pub country: Option<String>,
    #[serde(default)]
    pub postcode: Option<String>,
}

/// A tax rate and since when it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaxRateView {
    pub country: String,
    /// A territory within the country; empty for the country itself.
    pub region: String,
    /// Such as `standard`.
    pub class: String,
    /// Basis points: 2 400 is 24 %.
    pub rate_bp: i64,
    pub valid_from: DateTime<Utc>,
    /// Absent while it holds.
    pub valid_to: Option<DateTime<Utc>>,
}

/// The rates that hold now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaxRatesView {
    pub items: Vec<TaxRateView>,
}
