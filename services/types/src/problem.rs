//! RFC 9457 problem documents.

use serde::{Deserialize, Serialize};

/// One field that was wrong. `field` is a JSON pointer without the leading slash
/// (`address/postcode`), which is also the form field's path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    pub field: String,
    /// Stable code, such as `products.title_missing`.
    pub code: String,
    /// What to do about it, in plain words.
    pub message: String,
}

/// What went wrong, as `application/problem+json` (RFC 9457) and as the error of
/// every page form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `about:blank`, since `code` says which problem it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    pub status: u16,
    /// Stable code, such as `inventory.insufficient_stock`.
    pub code: String,
    /// What happened and what to do, in plain words.
    pub detail: String,
    /// Every field that was wrong, all in one answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Facts that belong to the code, such as `available` or `allowed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub facts: Option<std::collections::BTreeMap<String, String>>,
    /// Quote this when asking for help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// The message for one field, if it was wrong.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|error| error.field == name).map(|error| error.message.as_str())
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}
impl std::error::Error for Problem {}
