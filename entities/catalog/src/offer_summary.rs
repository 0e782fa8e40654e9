use sea_orm::entity::prelude::*;

/// Price of a SKU in one currency, and whether it can be bought: what lists and pages read. Written by pricing and inventory.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "offer_summary")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sku_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: String,
    pub product_id: Uuid,
    /// Minor units.
    pub amount: i64,
    pub compare_at: Option<i64>,
    pub in_stock: bool,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::sku::Entity", from = "Column::SkuId", to = "super::sku::Column::Id")]
    Sku,
    #[sea_orm(
        belongs_to = "super::product::Entity",
        from = "Column::ProductId",
        to = "super::product::Column::Id"
    )]
    Product,
}

impl ActiveModelBehavior for ActiveModel {}
