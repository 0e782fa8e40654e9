use sea_orm::entity::prelude::*;

/// Somebody asked to join a team by a link sent to their address. The link's own secret is not
/// stored, only its hash.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The seller whose team it is; absent for the platform's.
    pub seller_id: Option<Uuid>,
    /// Where it is sent, as it was typed.
    pub email: String,
    pub email_normalised: String,
    /// Ids of the roles it gives, a list of UUIDs.
    pub roles: Json,
    /// SHA-256 of the link's secret, hexadecimal.
    #[sea_orm(unique)]
    pub token_hash: String,
    /// The language the mail is written in, such as `en-gb`.
    pub locale: String,
    /// `awaiting_approval`, `open`, `accepted` or `withdrawn`.
    pub state: String,
    /// Actor who invites.
    pub invited_by: String,
    /// Actor who agreed, where another owner had to.
    pub approved_by: Option<String>,
    pub created_at: DateTimeUtc,
    /// Refused from this moment on.
    pub expires_at: DateTimeUtc,
    pub closed_at: Option<DateTimeUtc>,
    /// Who accepted.
    pub user_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::seller::Entity",
        from = "Column::SellerId",
        to = "super::seller::Column::Id"
    )]
    Seller,
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
}

impl ActiveModelBehavior for ActiveModel {}
