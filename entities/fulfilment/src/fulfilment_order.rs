use sea_orm::entity::prelude::*;

/// What one seller has to send for one order.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "fulfilment_order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub seller_order_id: Uuid,
    pub seller_id: Uuid,
    pub state: String,
    /// Why nothing more of it may leave, such as `payment`; nothing while it may.
    pub hold_reason: Option<String>,
    pub delivery: String,
    pub ship_to: Json,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
