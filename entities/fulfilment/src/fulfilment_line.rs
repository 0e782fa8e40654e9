use sea_orm::entity::prelude::*;

/// One order line in a fulfilment order; open = quantity - shipped - cancelled.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "fulfilment_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub fulfilment_order_id: Uuid,
    pub order_id: Uuid,
    pub order_line_id: Uuid,
    pub sku_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub quantity: i64,
    pub shipped: i64,
    pub cancelled: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
