use sea_orm::entity::prelude::*;

/// A block of a page.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "content_block")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub page_id: Uuid,
    pub position: i32,
    pub kind: String,
    /// Version of the shape of `data`.
    pub schema_version: i32,
    pub data: Json,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::page::Entity", from = "Column::PageId", to = "super::page::Column::Id")]
    Page,
}

impl ActiveModelBehavior for ActiveModel {}
