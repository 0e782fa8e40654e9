//! The neutral form every imported catalogue is brought into, whatever file
//! it came from.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use stoa_types::Currency;

/// A product as a file describes it, checked and ready to be written.
///
/// Text is trimmed, the description is sanitised HTML, prices are minor units
/// of [`ProductDraft::currency`], and every variant has a value on every axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductDraft {
    /// What names the product in its file; unique there.
    pub handle: String,
    /// The product's title.
    pub title: String,
    /// Sanitised HTML, possibly empty.
    pub description_html: String,
    /// Maker or brand, when the file names one.
    pub vendor: Option<String>,
    /// Where the file puts the product, outermost first; possibly empty.
    pub category_path: Vec<String>,
    /// The file's free word for what kind of product this is.
    pub product_type: Option<String>,
    /// Free tags, without repeats, in file order.
    pub tags: Vec<String>,
    /// Named properties, such as `("colour", "blue")`, in file order.
    pub attributes: Vec<AttributeDraft>,
    /// The axes variants differ in; empty for a product with one variant.
    pub options: Vec<OptionAxis>,
    /// At least one.
    pub variants: Vec<VariantDraft>,
    /// In display order, without repeats.
    pub images: Vec<ImageDraft>,
    /// Whether the file wants the product shown.
    pub status: DraftStatus,
    /// Title and description for search engines.
    pub seo: SeoDraft,
    /// The currency of every price in this draft.
    pub currency: Currency,
    /// First and last row in the file, the header being row 1.
    pub rows: RowRange,
}

/// An option axis and its values in the order they were met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionAxis {
    /// "Size".
    pub name: String,
    /// "Small", "Large"; no two differ in case alone.
    pub values: Vec<String>,
}

/// One variant: a tuple of option values and what it is sold as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantDraft {
    /// One value per axis, in the order of [`ProductDraft::options`].
    pub options: Vec<String>,
    /// The seller's own code; the writer makes one where it is missing.
    pub sku: Option<String>,
    /// Price in minor units, 0 or more.
    pub price_minor: i64,
    /// Former price in minor units, always above the price.
    pub compare_at_minor: Option<i64>,
    /// Pieces in stock, 0 or more.
    pub stock: i64,
    /// Whether the file asks for the stock to be counted down.
    pub stock_tracked: bool,
    /// Whether the file lets it be ordered when nothing is left.
    pub backorder: bool,
    /// Weight in grams, when known.
    pub weight_grams: Option<i64>,
    /// A GTIN with a valid check digit.
    pub barcode: Option<String>,
    /// The picture of this variant; it is also in [`ProductDraft::images`].
    pub image: Option<ImageSource>,
    /// Properties of this variant alone.
    pub attributes: Vec<AttributeDraft>,
    /// The row it came from.
    #[serde(skip)]
    pub row: u64,
}

/// A named property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeDraft {
    /// "material".
    pub name: String,
    /// "stoneware".
    pub value: String,
}

/// A picture to fetch or to find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageDraft {
    /// Where it is.
    pub source: ImageSource,
    /// Its alternative text; the product's title where the file has none.
    pub alt: String,
    /// Place in the gallery, from 1, without gaps.
    pub position: u32,
}

/// Where a picture is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageSource {
    /// An absolute http or https address. Whether it may be fetched (private
    /// networks, redirects) is for whoever fetches it to decide.
    Url(String),
    /// A file name relative to the folder the pictures lie in, without `..`.
    File(String),
}

/// Whether the file wants the product shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftStatus {
    /// Shown to shoppers.
    Active,
    /// Not shown yet.
    Draft,
    /// No longer shown.
    Archived,
}

/// Title and description for search engines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeoDraft {
    /// Title, when it differs from the product's.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
}

/// First and last row, both included, the header being row 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowRange {
    /// First row.
    pub first: u64,
    /// Last row.
    pub last: u64,
}

impl ProductDraft {
    /// SHA-256 over the draft's canonical JSON, in hexadecimal: equal for
    /// equal content wherever in the file it stands, whatever the order of
    /// struct fields, and unmoved by a new field that is empty.
    pub fn fingerprint(&self) -> String {
        let mut hasher = Sha256::new();
        if let Ok(Value::Object(mut fields)) = serde_json::to_value(self) {
            fields.remove("rows");
            let mut text = String::new();
            canonical(&Value::Object(fields), &mut text);
            hasher.update(text.as_bytes());
        }
        hex::encode(hasher.finalize())
    }
}

/// JSON with sorted keys, without spaces and without members that say
/// nothing (null, empty list, empty object).
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> =
                fields.iter().filter(|(_, value)| says_something(value)).map(|(name, _)| name).collect();
            names.sort();
            out.push('{');
            for (i, name) in names.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                canonical(&fields[name], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        simple => out.push_str(&simple.to_string()),
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => fields.values().any(says_something),
        _ => true,
    }
}
