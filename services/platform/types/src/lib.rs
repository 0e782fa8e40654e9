//! What crosses the wire of the platform area: the audit trail.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stoa_types::{AuditRecord, DateTime, Id, Seller, Utc};

/// One thing that was done: who, what, to which record, when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditRecordView {
    pub id: Id<AuditRecord>,
    /// Place in the trail, without gaps; absent for the first minute of a record's life.
    pub seq: Option<i64>,
    pub at: DateTime<Utc>,
    /// Id of the person or key, `system` or `visitor`.
    pub actor: String,
    /// Such as `product.published`.
    pub action: String,
    /// Such as `product`.
    pub entity_type: String,
    /// The record's id as everywhere on the wire, such as `prd_…`.
    pub entity_id: String,
    /// The seller concerned, where one is.
    pub seller: Option<Id<Seller>>,
    pub request_id: String,
    /// W3C `traceparent` of what led to it, where the caller sent one.
    pub trace: Option<String>,
    pub reason: Option<String>,
    /// Field by field `before` and `after`, or facts about what was done.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub changes: Value,
}
