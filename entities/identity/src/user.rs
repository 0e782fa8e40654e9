use sea_orm::entity::prelude::*;

/// A person who can sign in. Shoppers, sellers' people and platform staff alike; what
/// sets them apart is their roles.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// As it was typed.
    pub email: String,
    /// Case-folded, its domain in ASCII: what the address is recognised by.
    #[sea_orm(unique)]
    pub email_normalised: String,
    /// When the person proved that the address is theirs.
    pub email_verified_at: Option<DateTimeUtc>,
    pub name: String,
    /// PHC string; absent for an account that signs in by other means only.
    pub password_hash: Option<String>,
    pub password_changed_at: Option<DateTimeUtc>,
    /// `active` or `suspended`.
    pub status: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
