use sea_orm::entity::prelude::*;

/// The state of the audit tree after a run of the sequencer.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_head")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub size: i64,
    /// RFC 6962 tree root over the first `size` records, hexadecimal.
    pub root: String,
    /// Roots of the complete subtrees, largest first, from which the tree grows.
    pub frontier: Json,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
