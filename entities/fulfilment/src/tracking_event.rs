use sea_orm::entity::prelude::*;

/// News of a parcel, as the courier told it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tracking_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub shipment_id: Uuid,
    pub status: String,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    pub place: Option<String>,
    /// The courier's id of the event, or what was said and when.
    pub dedupe_key: String,
    pub occurred_at: DateTimeUtc,
    pub recorded_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
