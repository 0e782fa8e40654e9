use sea_orm::entity::prelude::*;

/// Support's leave to act for somebody, given by them for a while.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "support_access")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The member of staff who asks.
    pub staff_id: Uuid,
    /// The seller it is about; absent for a shopper's account.
    pub seller_id: Option<Uuid>,
    /// Whose leave it is: the shopper, or the owner who gave it.
    pub user_id: Option<Uuid>,
    /// Why, in the words of whoever asks.
    pub reason: String,
    /// Whether changes are asked for too, not only a look.
    pub wants_write: bool,
    /// Whether changes were agreed to.
    pub write: bool,
    /// `asked`, `given`, `refused` or `ended`.
    pub state: String,
    /// Minutes it is asked for.
    pub minutes: i64,
    pub created_at: DateTimeUtc,
    pub decided_at: Option<DateTimeUtc>,
    /// While `asked`: too late to agree from then on. While `given`: over from then on.
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::StaffId", to = "super::user::Column::Id")]
    Staff,
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
