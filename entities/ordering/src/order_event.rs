use sea_orm::entity::prelude::*;

/// Something that happened to an order; rows are only added.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "order_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    /// The seller whose part it is about; nobody else's portal shows it.
    pub seller_id: Option<Uuid>,
    pub at: DateTimeUtc,
    pub actor: String,
    pub kind: String,
    /// Whether the shopper sees it.
    pub public: bool,
    /// Text facts for the sentence.
    pub data: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::order::Entity", from = "Column::OrderId", to = "super::order::Column::Id")]
    Order,
}

impl Related<super::order::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Order.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
