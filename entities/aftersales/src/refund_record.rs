use sea_orm::entity::prelude::*;

/// One refund of an order: decided, sent to the provider, settled.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refund_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub payment_id: Uuid,
    /// The caller's key: the same key is the same refund.
    #[sea_orm(unique)]
    pub key: String,
    /// SHA-256 of what was asked under the key.
    pub body_hash: String,
    /// `requested`, `submitted`, `succeeded` or `failed`.
    pub state: String,
    pub reason: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(3))")]
    pub currency: String,
    pub amount: i64,
    pub items_amount: i64,
    pub shipping_amount: i64,
    pub tax_amount: i64,
    pub commission_amount: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub failure: Option<String>,
    pub requested_by: String,
    pub requested_at: DateTimeUtc,
    pub settled_at: Option<DateTimeUtc>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
