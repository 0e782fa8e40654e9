use sea_orm::entity::prelude::*;

/// A combination of option values.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "variant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub product_id: Uuid,
    /// Its values in a line; empty without axes.
    pub title: String,
    /// Its values in lower case, in the order of the axes; unique in the product.
    pub option_key: String,
    pub gtin: Option<String>,
    pub weight_grams: Option<i64>,
    /// Its picture, one of the product's.
    pub asset_id: Option<Uuid>,
    pub active: bool,
    pub position: i32,
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
    #[sea_orm(belongs_to = "super::asset::Entity", from = "Column::AssetId", to = "super::asset::Column::Id")]
    Asset,
}

impl ActiveModelBehavior for ActiveModel {}
