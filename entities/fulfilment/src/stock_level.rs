use sea_orm::entity::prelude::*;

/// Counters of one SKU at one location; each is the sum of its movements.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_level")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sku_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub location_id: Uuid,
    pub seller_id: Uuid,
    pub on_hand: i64,
    /// Held by reservations, expired ones included until somebody frees them.
    pub reserved: i64,
    /// Promised to orders and not yet shipped.
    pub allocated: i64,
    pub safety: i64,
    pub version: i64,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
