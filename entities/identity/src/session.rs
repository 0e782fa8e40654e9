use sea_orm::entity::prelude::*;

/// A browser's session, signed in or not. The cookie's value is not stored, only its hash.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the cookie's value, hexadecimal.
    #[sea_orm(unique)]
    pub token_hash: String,
    /// Who is signed in; absent for a visitor.
    pub user_id: Option<Uuid>,
    /// What pages keep for their next request.
    pub data: Json,
    pub user_agent: Option<String>,
    pub address: Option<String>,
    pub created_at: DateTimeUtc,
    /// Accurate to ten minutes.
    pub last_seen_at: DateTimeUtc,
    /// The session is refused from this moment on: idle for too long, or too old.
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
}

impl ActiveModelBehavior for ActiveModel {}
