use sea_orm::entity::prelude::*;

/// One change of the counters, never altered. (operation, sku, location) is unique, so
/// an operation that runs twice moves stock once.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_movement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub sku_id: Uuid,
    pub location_id: Uuid,
    pub seller_id: Uuid,
    /// `adjust`, `reserve`, `release`, `expire`, `allocate`, `deallocate`, `ship` or `unship`.
    pub kind: String,
    pub delta_on_hand: i64,
    pub delta_reserved: i64,
    pub delta_allocated: i64,
    pub operation: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    pub actor: String,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
