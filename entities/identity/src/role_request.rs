use sea_orm::entity::prelude::*;

/// A change of a seller's team that waits for somebody else's word: another owner's, or that of
/// whoever is to own the shop.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "role_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `give`, `widen` or `ownership`.
    pub kind: String,
    pub seller_id: Uuid,
    /// Who is to get the role or the shop; absent for `widen`.
    pub user_id: Option<Uuid>,
    /// The role given or widened; absent for `ownership`.
    pub role_id: Option<Uuid>,
    /// What the role is to carry, names of permissions: `widen` alone.
    pub permissions: Option<Json>,
    /// Who asked.
    pub asked_by: Uuid,
    /// `open`, `accepted`, `refused` or `withdrawn`.
    pub state: String,
    pub decided_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    /// Too late from this moment on.
    pub expires_at: DateTimeUtc,
    pub decided_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::seller::Entity",
        from = "Column::SellerId",
        to = "super::seller::Column::Id"
    )]
    Seller,
    #[sea_orm(belongs_to = "super::role::Entity", from = "Column::RoleId", to = "super::role::Column::Id")]
    Role,
}

impl Related<super::role::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Role.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
