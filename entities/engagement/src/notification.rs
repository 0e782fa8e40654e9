use sea_orm::entity::prelude::*;

/// One message to one recipient about one event.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The event it is about; with `template` and `channel` it is unique, so that an
    /// event delivered twice sends one message.
    pub event_id: Uuid,
    pub template: String,
    pub channel: String,
    pub order_id: Option<Uuid>,
    /// The parcel it is about, where it is about one.
    pub shipment_id: Option<Uuid>,
    /// Amount the message speaks of, minor units of `currency`.
    pub amount: Option<i64>,
    pub currency: Option<String>,
    /// Filled in when it is sent.
    pub recipient: Option<String>,
    pub subject: Option<String>,
    pub locale: String,
    /// `queued`, `sent`, `failed` or `skipped`.
    pub state: String,
    pub reason: Option<String>,
    pub created_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
