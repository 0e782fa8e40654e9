use sea_orm::entity::prelude::*;

/// One seller's part of an order.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "seller_order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub seller_id: Uuid,
    #[sea_orm(unique)]
    pub number: String,
    pub seller_name: String,
    pub seller_slug: String,
    pub fulfilment_id: Option<Uuid>,
    /// Code of the chosen option.
    pub delivery: String,
    pub delivery_name: String,
    pub arrives_from: DateTimeUtc,
    pub arrives_to: DateTimeUtc,
    pub items_amount: i64,
    pub shipping_amount: i64,
    pub shipping_tax_bp: i64,
    pub shipping_tax_amount: i64,
    /// The tax within `total_amount`, that of delivery included.
    pub tax_amount: i64,
    pub total_amount: i64,
    pub commission_amount: i64,
    /// Delivery cost given back or on its way back.
    pub refunded_shipping: i64,
    pub refunded_shipping_tax: i64,
    /// Of this part given back, as the provider has said.
    pub settled_refund_amount: i64,
    pub unit_count: i64,
    pub status: String,
    pub version: i64,
    pub placed_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::order::Entity", from = "Column::OrderId", to = "super::order::Column::Id")]
    Order,
}

impl Related<super::order::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Order.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
