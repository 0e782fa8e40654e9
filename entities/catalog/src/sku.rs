use sea_orm::entity::prelude::*;

/// One seller's offer of a variant.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sku")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub product_id: Uuid,
    pub variant_id: Uuid,
    pub seller_id: Uuid,
    /// The seller's own code.
    pub code: String,
    /// The code trimmed and in lower case; unique per seller.
    pub code_key: String,
    /// `new`, later also used ones.
    pub condition: String,
    pub active: bool,
    /// Whether it can be bought, told by the inventory.
    pub in_stock: bool,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
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
        belongs_to = "super::variant::Entity",
        from = "Column::VariantId",
        to = "super::variant::Column::Id"
    )]
    Variant,
}

impl ActiveModelBehavior for ActiveModel {}
