use sea_orm::entity::prelude::*;

/// A group of customers: those put in, or those a rule fits.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "segment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    /// The name in lower case: no two are alike.
    #[sea_orm(unique)]
    pub name_key: String,
    /// `static` or `rule`.
    pub kind: String,
    /// A list; all have to fit.
    pub conditions: Json,
    pub created_at: DateTimeUtc,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
