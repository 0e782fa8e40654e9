//! What crosses the wire about notifications.

use serde::{Deserialize, Serialize};
use stoa_types::{DateTime, Id, Notification, Utc};

/// Where a message stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotificationStatus {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: Id<Notification>,
    /// Which message: `order_confirmed`, `order_shipped`, `order_refunded`.
    pub template: String,
    pub channel: String,
    /// `queued`, `sent`, `failed` or `skipped`.
    pub state: String,
    /// Why it was skipped or failed.
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
}
