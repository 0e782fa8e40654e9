use sea_orm::entity::prelude::*;

/// Somebody who buys. A guest and a registered customer with the same address are two
/// records until the registered one has proved the address.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `guest` or `registered`. One record of each kind per normalised address.
    pub kind: String,
    /// As it was typed.
    pub email: String,
    pub email_normalised: String,
    pub name: String,
    /// The sign-in of a registered customer.
    #[sea_orm(unique)]
    pub user_id: Option<Uuid>,
    /// The language we write in, lower-case BCP 47.
    pub locale: Option<String>,
    /// The addresses of the book that are used unless told.
    pub shipping_address_id: Option<Uuid>,
    pub billing_address_id: Option<Uuid>,
    /// The record of the same person that it was merged into: all it had is there.
    pub merged_into: Option<Uuid>,
    /// From then on it says nothing about a person.
    pub erased_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
}

impl ActiveModelBehavior for ActiveModel {}
