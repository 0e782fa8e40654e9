use sea_orm::entity::prelude::*;

/// What a client was given: a family of tokens that live and die together.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_grant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub client_id: Uuid,
    /// Whom the client acts for; absent when it acts for itself.
    pub user_id: Option<Uuid>,
    /// What the person acted for when they agreed; absent for the platform and for shoppers.
    pub seller_id: Option<Uuid>,
    /// Names of scopes, sorted.
    pub scopes: Json,
    /// When the person signed in.
    pub signed_in_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    /// No token of it works from this moment on.
    pub expires_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    /// `client`, `person`, `code_reused` or `refresh_reused`.
    pub revoked_why: Option<String>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
    #[sea_orm(
        belongs_to = "super::oauth_client::Entity",
        from = "Column::ClientId",
        to = "super::oauth_client::Column::Id"
    )]
    Client,
}

impl ActiveModelBehavior for ActiveModel {}
