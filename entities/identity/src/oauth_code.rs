use sea_orm::entity::prelude::*;

/// An authorization code, good once and for a minute. Only its hash is stored.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the code, hexadecimal.
    #[sea_orm(unique)]
    pub code_hash: String,
    pub client_id: Uuid,
    pub user_id: Uuid,
    /// What the person acted for when they agreed; absent for the platform and for shoppers.
    pub seller_id: Option<Uuid>,
    /// Where it was sent; whoever redeems it must say the same.
    pub redirect_uri: String,
    /// Names of scopes, sorted.
    pub scopes: Json,
    /// Goes into the identity token unchanged.
    pub nonce: Option<String>,
    /// SHA-256 of the proof (PKCE), base64url.
    pub challenge: String,
    /// When the person signed in.
    pub signed_in_at: DateTimeUtc,
    pub created_at: DateTimeUtc,
    /// Refused from this moment on.
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
    /// What was given for it, to be taken back should it come again.
    pub grant_id: Option<Uuid>,
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
