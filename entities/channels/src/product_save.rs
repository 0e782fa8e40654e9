use sea_orm::entity::prelude::*;

/// A form that was saved, kept while it may be sent again.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "product_save")]
pub struct Model {
    /// SHA-256 of who sent it and its idempotency key, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of what it said, in hexadecimal.
    pub body_hash: String,
    pub product_id: Uuid,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
