use sea_orm::entity::prelude::*;

/// A message of a provider, kept as it came.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub provider: String,
    pub provider_event_id: String,
    pub kind: String,
    pub provider_ref: String,
    pub intent_id: Option<Uuid>,
    /// Empty once its time is over.
    #[sea_orm(column_type = "Text")]
    pub raw: String,
    /// `received`, `processed` or `parked`.
    pub state: String,
    pub received_at: DateTimeUtc,
    pub processed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
