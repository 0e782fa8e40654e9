use sea_orm::entity::prelude::*;

/// An event written in the transaction of its change, waiting for its consumers or delivered.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    /// Version of the shape of `data`.
    pub data_version: i32,
    pub subject_kind: String,
    pub subject_id: Uuid,
    /// Version of the subject after the change; consumers ignore an older one.
    pub subject_version: i64,
    pub seller_id: Option<Uuid>,
    pub actor: String,
    pub trace: Option<String>,
    pub data: Json,
    /// Internal events never leave the program.
    pub internal: bool,
    pub occurred_at: DateTimeUtc,
    /// `pending`, `delivered` or `dead`.
    pub state: String,
    pub attempts: i32,
    pub next_at: DateTimeUtc,
    pub delivered_at: Option<DateTimeUtc>,
    pub last_error: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
