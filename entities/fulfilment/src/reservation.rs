use sea_orm::entity::prelude::*;

/// Stock promised to a checkout for a while.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reservation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub reference: String,
    /// The reference while active: at most one active reservation has it.
    #[sea_orm(unique)]
    pub active_reference: Option<String>,
    /// `active`, `committed`, `released` or `expired`.
    pub state: String,
    /// The order it became.
    pub order_id: Option<Uuid>,
    /// The seller who made it through the API; none for the shop's own.
    pub seller_id: Option<Uuid>,
    pub expires_at: DateTimeUtc,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
