use sea_orm::entity::prelude::*;

/// What a refund gives back of one line, or of one parcel's delivery.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refund_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub refund_id: Uuid,
    /// None for delivery.
    pub order_line_id: Option<Uuid>,
    pub seller_order_id: Uuid,
    pub seller_id: Uuid,
    pub quantity: i64,
    pub amount: i64,
    pub tax_amount: i64,
    pub commission_amount: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::refund_record::Entity",
        from = "Column::RefundId",
        to = "super::refund_record::Column::Id"
    )]
    RefundRecord,
}

impl Related<super::refund_record::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::RefundRecord.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
