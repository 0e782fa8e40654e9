//! Reading the audit trail.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stoa_kernel::{
    Ctx, Fields, Result, Scope,
    page::{self, Cursor},
};
use stoa_kernel_entities::audit_record;
use stoa_platform_types::AuditRecordView;
use stoa_types::{Id, Page, PageQuery, Uuid, id_text, read_id};

use super::{ENTITY_INVALID, READ};

/// Which part of the trail; everything that is set must fit.
#[derive(Debug, Clone, Default)]
pub struct RecordsQuery {
    /// Kind of record, such as `product`.
    pub entity_type: Option<String>,
    /// A record's id, such as `prd_…`; its prefix already says the kind.
    pub entity_id: Option<String>,
    /// Id of a person or key, `system` or `visitor`.
    pub actor: Option<String>,
    /// Such as `product.published`.
    pub action: Option<String>,
    pub page: PageQuery,
}

/// Records, the latest first. Needs `audit.read`; a seller gets what concerns that seller.
///
/// 422 `audit.entity_invalid` on `entityId` for what is no id, or one of another kind than
/// `entityType` says.
pub async fn records(ctx: &Ctx, query: &RecordsQuery) -> Result<Page<AuditRecordView>> {
    let scope = ctx.scope(READ)?;
    let (limit, cursor) = (page::limit(&query.page)?, Cursor::<Uuid>::read(&query.page)?);
    let mut rows = in_scope(scope).limit(limit + 1);
    let (kind, id) = entity(query)?;
    if let Some(kind) = kind {
        rows = rows.filter(audit_record::Column::EntityKind.eq(kind));
    }
    if let Some(id) = id {
        rows = rows.filter(audit_record::Column::EntityId.eq(id));
    }
    if let Some(actor) = &query.actor {
        rows = rows.filter(audit_record::Column::Actor.eq(actor));
    }
    if let Some(action) = &query.action {
        rows = rows.filter(audit_record::Column::Action.eq(action));
    }
    // Ids are UUIDv7: in the order of writing, also for records not numbered yet.
    let rows = match &cursor {
        Cursor::Start => rows.order_by_desc(audit_record::Column::Id),
        Cursor::After(id) => {
            rows.filter(audit_record::Column::Id.lt(*id)).order_by_desc(audit_record::Column::Id)
        }
        Cursor::Before(id) => {
            rows.filter(audit_record::Column::Id.gt(*id)).order_by_asc(audit_record::Column::Id)
        }
    };
    let rows = rows.all(ctx.db().read()).await?;
    Ok(page::build(rows, limit, &cursor, |row| row.id).map(view))
}

fn in_scope(scope: Scope) -> sea_orm::Select<audit_record::Entity> {
    match scope.seller() {
        None => audit_record::Entity::find(),
        Some(seller) => audit_record::Entity::find().filter(audit_record::Column::SellerId.eq(seller)),
    }
}

/// The kind and the id asked for, where they are.
fn entity(query: &RecordsQuery) -> Result<(Option<String>, Option<Uuid>)> {
    let Some(text) = &query.entity_id else { return Ok((query.entity_type.clone(), None)) };
    let mut fields = Fields::default();
    let found = read_id(text.trim());
    fields.check(
        found.is_some(),
        "entityId",
        ENTITY_INVALID,
        "Enter a record's id, like ord_ and 26 characters.",
    );
    let (kind, id) = found.map_or((None, None), |(kind, id)| (kind, Some(id)));
    let same = kind.is_none() || query.entity_type.as_deref().is_none_or(|wanted| Some(wanted) == kind);
    fields.check(same, "entityId", ENTITY_INVALID, "This id is not one of the entityType asked for.");
    fields.finish()?;
    Ok((kind.map(str::to_owned).or_else(|| query.entity_type.clone()), id))
}

fn view(row: audit_record::Model) -> AuditRecordView {
    AuditRecordView {
        id: Id::new(row.id),
        seq: row.seq,
        at: row.at,
        actor: row.actor,
        action: row.action,
        entity_id: id_text(&row.entity_kind, row.entity_id),
        entity_type: row.entity_kind,
        seller: row.seller_id.map(Id::new),
        request_id: row.request_id,
        trace: row.trace,
        reason: row.reason,
        changes: row.changes,
    }
}
