//! REST routes of the audit trail.

use serde::Deserialize;
use stoa_kernel::{
    Ctx, Result,
    http::{Json, Query, Router},
};
use stoa_platform_types::AuditRecordView;
use stoa_types::{Page, PageQuery, Problem};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{RecordsQuery, queries};

/// `/v1/audit/records`.
pub fn routes() -> Router {
    OpenApiRouter::new().routes(routes!(list_audit_records))
}

/// Which records.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Kind of record, such as `product`.
    entity_type: Option<String>,
    /// A record's id, such as `prd_…`.
    entity_id: Option<String>,
    /// Id of a person or key, `system` or `visitor`.
    actor: Option<String>,
    /// Such as `product.published`.
    action: Option<String>,
    /// Cursor from `next` or `prev` of an earlier answer.
    after: Option<String>,
    /// Items a page, 1 to 100; 25 unless told.
    limit: Option<u32>,
}

/// List audit records
///
/// Who did what, the latest first. Needs `audit.read`; a seller gets what concerns that
/// seller. Records are numbered (`seq`) within a minute of being written.
#[utoipa::path(
    get,
    path = "/v1/audit/records",
    tag = "audit",
    params(AuditQuery),
    responses(
        (status = 200, description = "A page of records", body = Page<AuditRecordView>),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without `audit.read`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`entityId` is no id, or of another kind", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_audit_records(
    ctx: Ctx,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Page<AuditRecordView>>> {
    let query = RecordsQuery {
        entity_type: query.entity_type,
        entity_id: query.entity_id,
        actor: query.actor,
        action: query.action,
        page: PageQuery { after: query.after, limit: query.limit },
    };
    Ok(Json(queries::records(&ctx, &query).await?))
}
