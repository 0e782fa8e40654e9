use sea_orm::entity::prelude::*;

/// A program's key. Of the key itself only a hash is kept.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    /// `stoa_dev` or `stoa_live`.
    pub prefix: String,
    pub last_four: String,
    /// SHA-256 of the whole key, hexadecimal.
    #[sea_orm(unique)]
    pub key_hash: String,
    /// Names of permissions, sorted.
    pub scopes: Json,
    /// The seller the key works for; absent for a platform key.
    pub seller_id: Option<Uuid>,
    /// Whoever made it and answers for it; absent when the operator's command line did.
    pub user_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub expires_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
    /// Accurate to a minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// The network address of that use.
    pub last_used_from: Option<String>,
    /// The app it belongs to; absent for keys of the command line.
    pub app_id: Option<Uuid>,
    /// Networks it works from, such as `192.0.2.0/24`; none: from everywhere.
    pub networks: Json,
    /// The key that takes its place.
    pub successor_id: Option<Uuid>,
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
    #[sea_orm(belongs_to = "super::app::Entity", from = "Column::AppId", to = "super::app::Column::Id")]
    App,
}

impl ActiveModelBehavior for ActiveModel {}
