use sea_orm::entity::prelude::*;

/// Units of one offer in a cart.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cart_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub cart_id: Uuid,
    pub sku_id: Uuid,
    pub seller_id: Uuid,
    pub position: i32,
    pub quantity: i64,
    /// Minor units of the cart's currency: the price the shopper last agreed to.
    pub unit_price: i64,
    pub personalisation: Json,
    /// Hash of the texts, empty without any: the same offer with the same texts is one line.
    pub personalisation_key: String,
    pub added_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::cart::Entity", from = "Column::CartId", to = "super::cart::Column::Id")]
    Cart,
}

impl Related<super::cart::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Cart.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
