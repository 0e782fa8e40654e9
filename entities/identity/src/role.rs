use sea_orm::entity::prelude::*;

/// A named set of permissions: one of the built-in ones, or one that somebody made.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `platform`, `seller` or `company`: what it may be held for.
    pub scope: String,
    /// The seller whose team made it; absent for the platform's roles.
    pub seller_id: Option<Uuid>,
    pub name: String,
    /// The name in lower case: a team has it once.
    pub name_folded: String,
    /// Absent for a built-in role, whose permissions follow from the services in use.
    pub permissions: Option<Json>,
    /// Actor who made it; absent for a built-in role.
    pub created_by: Option<String>,
    pub created_at: DateTimeUtc,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
