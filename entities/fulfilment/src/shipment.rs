use sea_orm::entity::prelude::*;

/// A parcel.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "shipment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub fulfilment_order_id: Uuid,
    pub order_id: Uuid,
    pub seller_order_id: Uuid,
    pub seller_id: Uuid,
    pub state: String,
    pub carrier: String,
    pub tracking_number: String,
    /// The request that made it; the same one again finds it.
    pub idempotency_key: Option<String>,
    /// When the news that set the state happened.
    pub last_event_at: Option<DateTimeUtc>,
    pub delivered_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
