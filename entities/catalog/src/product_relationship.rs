use sea_orm::entity::prelude::*;

/// A product that goes with another.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "product_relationship")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_id: Uuid,
    /// `upsell`, `cross_sell`, `substitute`, `accessory` or `part_of`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    pub position: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::product::Entity",
        from = "Column::ProductId",
        to = "super::product::Column::Id"
    )]
    Product,
    #[sea_orm(
        belongs_to = "super::product::Entity",
        from = "Column::TargetId",
        to = "super::product::Column::Id"
    )]
    Target,
}

impl ActiveModelBehavior for ActiveModel {}
