use sea_orm::entity::prelude::*;

/// One line of an order, as it was when it was placed, and how many of its units are where.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "order_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub seller_order_id: Uuid,
    pub seller_id: Uuid,
    pub position: i32,
    pub product_id: Uuid,
    pub sku_id: Uuid,
    pub sku_code: String,
    pub title: String,
    pub slug: String,
    pub options: String,
    pub personalisation: Json,
    pub picture: Option<Json>,
    pub quantity: i64,
    pub unit_price: i64,
    pub total_amount: i64,
    #[sea_orm(column_type = "String(StringLen::N(3))")]
    pub currency: String,
    pub tax_class: String,
    pub tax_bp: i64,
    pub tax_amount: i64,
    pub commission_bp: i64,
    pub commission_amount: i64,
    /// Follows from the quantities.
    pub state: String,
    /// Units stock was set aside for.
    pub allocated_quantity: i64,
    pub shipped_quantity: i64,
    pub delivered_quantity: i64,
    pub cancelled_quantity: i64,
    /// Units given back or on their way back.
    pub refunded_quantity: i64,
    pub refunded_amount: i64,
    pub refunded_tax: i64,
    pub refunded_commission: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::order::Entity", from = "Column::OrderId", to = "super::order::Column::Id")]
    Order,
    #[sea_orm(
        belongs_to = "super::seller_order::Entity",
        from = "Column::SellerOrderId",
        to = "super::seller_order::Column::Id"
    )]
    SellerOrder,
}

impl Related<super::order::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Order.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
