use sea_orm::entity::prelude::*;

/// A link sent to an address, good once and for one thing. The link's own secret is not
/// stored, only its hash.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `sign_up`, `reset` or `sign_in`: the one thing it is good for.
    pub purpose: String,
    /// Where it is sent, as it was typed.
    pub email: String,
    pub email_normalised: String,
    /// SHA-256 of the link's secret, hexadecimal.
    #[sea_orm(unique)]
    pub token_hash: String,
    /// The language the mail is written in, such as `en-gb`.
    pub locale: String,
    /// Whose account it is about, where that is not whoever has the address.
    pub user_id: Option<Uuid>,
    /// What to call the person, while there is no account yet: `sign_up` alone.
    pub name: Option<String>,
    /// The password chosen, while there is no account yet: `sign_up` alone. PHC string.
    pub password_hash: Option<String>,
    pub created_at: DateTimeUtc,
    /// Refused from this moment on.
    pub expires_at: DateTimeUtc,
    /// When it was used, or when another made it worthless.
    pub used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
