use sea_orm::entity::prelude::*;

/// A passkey: the public half of a key pair that a person's device keeps (WebAuthn). Nothing
/// in it lets anybody in.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// The credential's id as the authenticator made it, base64url.
    #[sea_orm(unique)]
    pub credential_id: String,
    /// Public key, flags and counter as `webauthn-rs` keeps them.
    pub credential: Json,
    /// The authenticator's signature counter when it was last used; 0 where it counts nothing.
    pub sign_count: i64,
    /// What its owner calls it.
    pub name: String,
    pub created_at: DateTimeUtc,
    pub last_used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
}

impl ActiveModelBehavior for ActiveModel {}
