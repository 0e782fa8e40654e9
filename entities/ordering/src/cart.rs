use sea_orm::entity::prelude::*;

/// What somebody means to buy. Amounts are worked out when it is read; the row
/// holds what the shopper said.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cart")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the token that opens it, hex.
    #[sea_orm(unique)]
    pub token_hash: String,
    pub customer_id: Option<Uuid>,
    #[sea_orm(column_type = "String(StringLen::N(3))")]
    pub currency: String,
    /// ISO 3166-1 alpha-2; the address's once there is one.
    pub country: String,
    pub email: Option<String>,
    pub address: Option<Json>,
    /// Seller id → code of the chosen option.
    pub delivery: Json,
    /// `open` or `completed`.
    pub state: String,
    pub order_id: Option<Uuid>,
    /// The active checkout, which the next change ends.
    pub checkout_id: Option<Uuid>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
