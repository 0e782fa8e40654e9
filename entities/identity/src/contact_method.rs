use sea_orm::entity::prelude::*;

/// A phone number of a customer, for one purpose.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_method")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub customer_id: Uuid,
    /// `delivery`, `account` or `marketing`.
    pub purpose: String,
    /// E.164.
    pub phone: String,
    /// When its owner proved it by a code.
    pub verified_at: Option<DateTimeUtc>,
    /// What the table knows the code by that was sent last; worth nothing without the
    /// installation's key.
    pub code_hash: Option<String>,
    pub code_expires_at: Option<DateTimeUtc>,
    /// Wrong codes since then.
    pub code_tries: i64,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::customer::Entity",
        from = "Column::CustomerId",
        to = "super::customer::Column::Id"
    )]
    Customer,
}

impl ActiveModelBehavior for ActiveModel {}
