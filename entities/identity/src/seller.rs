use sea_orm::entity::prelude::*;

/// A shop on the marketplace.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "seller")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub slug: String,
    pub name: String,
    pub email: String,
    /// ISO 3166-1 alpha-2.
    #[sea_orm(column_type = "String(StringLen::N(2))")]
    pub country: String,
    pub description: Option<String>,
    /// `draft`, `pending_approval`, `active`, `suspended` or `terminated`: the platform's word.
    pub status: String,
    pub status_reason: Option<String>,
    /// `online` or `offline`: the seller's own switch. Live means active and online.
    pub presence: String,
    /// The platform's share in basis points.
    pub commission_bp: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
