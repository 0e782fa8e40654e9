use sea_orm::entity::prelude::*;

/// A named property products can have, such as material.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attribute_definition")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Never changes.
    #[sea_orm(unique)]
    pub code: String,
    pub label: String,
    /// `select` for now; the type never changes.
    pub kind: String,
    pub required: bool,
    pub filterable: bool,
    pub searchable: bool,
    pub localizable: bool,
    pub variant_axis: bool,
    pub position: i32,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
