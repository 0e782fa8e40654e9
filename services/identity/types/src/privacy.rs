//! What somebody asks about their data: a copy of everything, or that it be erased.

use serde::{Deserialize, Serialize};
use stoa_types::{Customer, DataRequest, DateTime, Id, Utc};

use crate::CustomerKind;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// A copy of everything held about the person.
    Export,
    /// That it be erased.
    Erasure,
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// An erasure nobody has confirmed yet by the link in the mail.
    Asked,
    /// A confirmed erasure, until its time comes; it can be called off.
    Waiting,
    /// An erasure whose time has come, but something keeps it, such as an open order.
    Blocked,
    /// A copy that is being put together.
    Working,
    /// A copy that can be fetched.
    Ready,
    /// Everything is erased.
    Done,
    /// Called off.
    Cancelled,
    /// A copy that was deleted again, or an erasure nobody confirmed in time.
    Expired,
    /// A copy that could not be made; staff look after it.
    Failed,
}

/// As what a copy is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    #[default]
    Json,
    /// One row for each value: area, path, value (RFC 4180).
    Csv,
}

stoa_types::words! {
    RequestKind { Export = "export", Erasure = "erasure" }
    RequestState {
        Asked = "asked", Waiting = "waiting", Blocked = "blocked", Working = "working", Ready = "ready",
        Done = "done", Cancelled = "cancelled", Expired = "expired", Failed = "failed",
    }
    ExportFormat { Json = "json", Csv = "csv" }
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DataRequestView {
    pub id: Id<DataRequest>,
    pub customer: Id<Customer>,
    pub kind: RequestKind,
    pub state: RequestState,
    pub asked_at: DateTime<Utc>,
    /// The law's limit: a month after it was asked (GDPR, Article 12(3)).
    pub due_at: DateTime<Utc>,
    /// When a confirmed erasure is carried out, unless something keeps it.
    pub effective_at: Option<DateTime<Utc>>,
    /// What keeps a blocked erasure from being carried out, in words.
    pub blockers: Vec<String>,
    /// Until when a copy can be fetched.
    pub expires_at: Option<DateTime<Utc>>,
    /// Size of a copy as JSON, bytes.
    pub bytes: Option<i64>,
    /// When it was over, one way or another.
    pub closed_at: Option<DateTime<Utc>>,
}

/// Somebody's requests, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DataRequests {
    pub items: Vec<DataRequestView>,
    /// What would keep an erasure from being carried out now, in words.
    #[serde(default)]
    pub blockers: Vec<String>,
}

/// A request as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DataRequestRow {
    #[serde(flatten)]
    pub request: DataRequestView,
    /// Masked.
    pub name: String,
    /// Masked.
    pub email: String,
    pub customer_kind: CustomerKind,
    /// Whether the law's limit has passed while it was open.
    pub overdue: bool,
}

/// Which requests staff want to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct DataRequestQuery {
    /// Cursor from the previous answer's `next` or `prev`.
    pub after: Option<String>,
    /// 1 to 100; 25 unless told.
    pub limit: Option<u32>,
    /// Absent for both.
    #[cfg_attr(feature = "openapi", param(inline))]
    pub kind: Option<RequestKind>,
    /// Only what is not over, the most urgent first; without it everything, the newest first.
    pub open: Option<bool>,
}

/// A link from a mail about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RequestToken {
    pub token: String,
}

/// As what a copy is fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct ExportFile {
    /// JSON unless told.
    #[cfg_attr(feature = "openapi", param(inline))]
    pub format: Option<ExportFormat>,
    /// The link's token, for somebody without an account.
    pub token: Option<String>,
}

/// Two records of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MergeCustomers {
    /// The record that goes.
    pub from: Id<Customer>,
    /// The record that stays.
    pub into: Id<Customer>,
    /// Versions of both as they were previewed.
    pub from_version: i64,
    pub into_version: i64,
    /// Why they are one person: for the audit trail.
    pub reason: String,
}

/// What a merge would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergePreview {
    /// Masked.
    pub from: crate::CustomerView,
    /// Masked.
    pub into: crate::CustomerView,
    /// What moves, such as `orders`, and how many.
    pub moves: Vec<Holding>,
    /// What is lost, in words, such as a sign-in.
    pub losses: Vec<String>,
    /// Why they cannot be merged, in words; none where they can.
    pub obstacles: Vec<String>,
}

/// How much of something belongs to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Holding {
    /// Such as `orders`.
    pub what: String,
    pub count: i64,
}

/// Which record a merge would take in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct MergeFrom {
    /// The record that goes.
    #[cfg_attr(feature = "openapi", param(value_type = String))]
    pub from: Id<Customer>,
}
