use sea_orm::entity::prelude::*;

/// A price for parcels up to a weight, to a zone.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "shipping_rate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `domestic`, `eu` or `other`, seen from where the parcel starts.
    pub zone: String,
    pub service: String,
    pub name: String,
    pub max_weight_grams: i64,
    pub amount: i64,
    /// Goods worth this much travel free.
    pub free_over: Option<i64>,
    #[sea_orm(column_type = "String(StringLen::N(3))")]
    pub currency: String,
    /// Working days until the parcel leaves.
    pub handling_days: i32,
    /// Working days on the way, at least and at most.
    pub transit_from: i32,
    pub transit_to: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
