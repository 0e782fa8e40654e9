use sea_orm::entity::prelude::*;

/// Every price there was; rows are only added.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "price_history")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub price_list_id: Uuid,
    pub sku_id: Uuid,
    pub min_quantity: i64,
    /// Absent where the price was taken away.
    pub amount: Option<i64>,
    pub compare_at: Option<i64>,
    pub actor: String,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::price_list::Entity",
        from = "Column::PriceListId",
        to = "super::price_list::Column::Id"
    )]
    PriceList,
}

impl ActiveModelBehavior for ActiveModel {}
