//! The one shape of every list.

use serde::{Deserialize, Serialize};

/// One page of a list in keyset order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Cursor of the page after this one; absent on the last.
    pub next: Option<String>,
    /// Cursor of the page before this one; absent on the first.
    pub prev: Option<String>,
    /// How many there are in all, where counting is cheap.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// The only page of a list that is short by nature.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None, prev: None, total: None }
    }

    /// The same page with every item translated.
    pub fn map<U>(self, translate: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(translate).collect(),
            next: self.next,
            prev: self.prev,
            total: self.total,
        }
    }
}

/// Which page is asked for: an opaque cursor and how many items, 1 to 100.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct PageQuery {
    /// Cursor from `next` or `prev` of an earlier answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Items a page, 1 to 100; 25 unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}
