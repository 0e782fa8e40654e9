use sea_orm::entity::prelude::*;

/// A person's authenticator app. While it has no `confirmed_at` it is being set up and asks
/// for nothing.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The secret shared with the app, sealed with the installation's key.
    pub secret: String,
    /// The recovery codes as they are shown while it is set up, sealed; gone afterwards.
    pub recovery: Option<String>,
    /// The last 30 seconds whose code was taken: a code works once.
    pub last_step: Option<i64>,
    pub created_at: DateTimeUtc,
    pub confirmed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
}

impl ActiveModelBehavior for ActiveModel {}
