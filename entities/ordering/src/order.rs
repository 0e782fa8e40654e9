use sea_orm::entity::prelude::*;

/// What a shopper has bought, from one seller or several.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What people read and type.
    #[sea_orm(unique)]
    pub number: String,
    #[sea_orm(unique)]
    pub cart_id: Uuid,
    #[sea_orm(unique)]
    pub payment_id: Uuid,
    pub customer_id: Option<Uuid>,
    pub email: String,
    /// The email address as it is searched for: lower case.
    pub email_key: String,
    pub name: String,
    pub address: Json,
    pub country: String,
    pub locale: String,
    #[sea_orm(column_type = "String(StringLen::N(3))")]
    pub currency: String,
    pub items_amount: i64,
    pub shipping_amount: i64,
    /// The tax within `total_amount`.
    pub tax_amount: i64,
    pub total_amount: i64,
    /// Given back or on its way back.
    pub refunded_amount: i64,
    /// Given back, as the provider has said.
    pub settled_refund_amount: i64,
    /// Units not cancelled.
    pub unit_count: i64,
    pub seller_count: i64,
    /// Rolled up from the lines.
    pub status: String,
    pub payment_status: String,
    /// Version of the payment that `payment_status` goes back to: older news counts for
    /// nothing.
    pub payment_version: i64,
    pub version: i64,
    pub placed_at: DateTimeUtc,
    pub paid_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
