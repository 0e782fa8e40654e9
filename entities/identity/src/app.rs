use sea_orm::entity::prelude::*;

/// A program that somebody registered: what its keys and OAuth clients belong to.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "app")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What people are told it is called.
    pub name: String,
    /// What it does, in its owner's words.
    pub description: Option<String>,
    /// Its page on the web, with `https`.
    pub website: Option<String>,
    /// The seller it works for; absent for the platform's.
    pub seller_id: Option<Uuid>,
    /// Whoever answers for it; absent when the operator's command line made it.
    pub user_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// When it was deleted: from then on nothing of it works.
    pub deleted_at: Option<DateTimeUtc>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
    #[sea_orm(
        belongs_to = "super::seller::Entity",
        from = "Column::SellerId",
        to = "super::seller::Column::Id"
    )]
    Seller,
}

impl ActiveModelBehavior for ActiveModel {}
