use sea_orm::entity::prelude::*;

/// A value a select attribute can have.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attribute_option")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub attribute_id: Uuid,
    /// Never changes.
    pub code: String,
    pub label: String,
    pub position: i32,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::attribute_definition::Entity",
        from = "Column::AttributeId",
        to = "super::attribute_definition::Column::Id"
    )]
    Attribute,
}

impl ActiveModelBehavior for ActiveModel {}
