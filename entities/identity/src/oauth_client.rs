use sea_orm::entity::prelude::*;

/// What an app signs people in with, or itself. Its secret is not stored, only a hash.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_client")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub app_id: Uuid,
    /// SHA-256 of the secret, hexadecimal; absent for a public client, which has none.
    pub secret_hash: Option<String>,
    /// The secret's last four characters.
    pub secret_last_four: Option<String>,
    /// Addresses that answers may be sent to, as registered.
    pub redirect_uris: Json,
    /// What it may ask people for and, of permissions, use itself; sorted.
    pub scopes: Json,
    /// Whether it may have tokens of its own (client credentials).
    pub own_tokens: bool,
    pub created_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::app::Entity", from = "Column::AppId", to = "super::app::Column::Id")]
    App,
}

impl Related<super::app::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::App.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
