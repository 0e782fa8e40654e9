use sea_orm::entity::prelude::*;

/// One side of a booking: debit positive, credit negative, minor units.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "journal_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub entry_id: Uuid,
    pub position: i32,
    pub account: String,
    pub seller_id: Option<Uuid>,
    #[sea_orm(column_type = "String(StringLen::N(3))")]
    pub currency: String,
    pub amount: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
