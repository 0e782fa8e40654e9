use sea_orm::entity::prelude::*;

/// Somebody asked for a copy of their data, or for its erasure.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "data_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `export` or `erasure`.
    pub kind: String,
    /// `asked`, `waiting`, `blocked`, `working`, `ready`, `done`, `cancelled`, `expired` or `failed`.
    pub state: String,
    pub customer_id: Uuid,
    /// Kind and customer while it is under way: there is one of each at a time.
    #[sea_orm(unique)]
    pub open_key: Option<String>,
    /// Actor who asked.
    pub asked_by: String,
    /// The language its mails are written in, such as `en-gb`.
    pub locale: String,
    pub asked_at: DateTimeUtc,
    /// A month later: the law's limit.
    pub due_at: DateTimeUtc,
    /// When a confirmed erasure is carried out.
    pub effective_at: Option<DateTimeUtc>,
    /// What keeps it from that, a list of sentences.
    pub blockers: Json,
    /// Where a copy's files lie, without their endings.
    pub object: Option<String>,
    /// Size of the copy as JSON.
    pub bytes: Option<i64>,
    /// When an unconfirmed erasure, or a copy, is over.
    pub expires_at: Option<DateTimeUtc>,
    pub closed_at: Option<DateTimeUtc>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::customer::Entity",
        from = "Column::CustomerId",
        to = "super::customer::Column::Id"
    )]
    Customer,
}

impl ActiveModelBehavior for ActiveModel {}
