use sea_orm::entity::prelude::*;

/// Who did what to which record, written in the transaction of the change.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Given by the sequencer, without gaps; absent until it has run.
    #[sea_orm(unique)]
    pub seq: Option<i64>,
    pub at: DateTimeUtc,
    pub actor: String,
    pub action: String,
    pub entity_kind: String,
    pub entity_id: Uuid,
    pub seller_id: Option<Uuid>,
    pub request_id: String,
    /// W3C `traceparent` of the request, event or job; none for schedules and the command line.
    pub trace: Option<String>,
    pub reason: Option<String>,
    /// Field by field: before and after.
    pub changes: Json,
    /// RFC 6962 leaf hash, hexadecimal, given with `seq`.
    pub leaf_hash: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
