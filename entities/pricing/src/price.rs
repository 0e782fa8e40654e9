use sea_orm::entity::prelude::*;

/// What a SKU costs on a list from a number of pieces on.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "price")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub price_list_id: Uuid,
    pub sku_id: Uuid,
    /// Whose SKU it is.
    pub seller_id: Uuid,
    pub min_quantity: i64,
    /// Minor units of the list's currency, tax included.
    pub amount: i64,
    /// The former price, above `amount`.
    pub compare_at: Option<i64>,
    /// 1970 for a price that always held.
    pub valid_from: DateTimeUtc,
    pub valid_to: Option<DateTimeUtc>,
    /// Counts the changes of this price, from 1.
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
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
