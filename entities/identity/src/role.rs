use sea_orm::entity::prelude::*;

/// A named set of permissions: one of the built-in ones, or a seller's own.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The seller whose team made it; absent for the platform's roles.
    pub seller_id: Option<Uuid>,
    pub name: String,
    /// Absent for a built-in role, whose permissions follow from the services in use.
    pub permissions: Option<Json>,
    pub created_at: DateTimeUtc,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
