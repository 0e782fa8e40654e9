use sea_orm::entity::prelude::*;

/// A picture or other file: the original under `media/{sha256}`, its derivatives beside it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "asset")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose file it is; absent for the marketplace's own.
    pub seller_id: Option<Uuid>,
    /// `pending`, `processing`, `ready` or `failed`.
    pub state: String,
    /// Of the bytes as they were sent, hexadecimal; absent until they are there.
    pub sha256: Option<String>,
    /// Found in the bytes.
    pub mime: Option<String>,
    /// Bytes of the stored original.
    pub size: i64,
    /// Pixels; 0 until known.
    pub width: i32,
    pub height: i32,
    /// Average colour, `#rrggbb`.
    pub placeholder: String,
    /// Whether every width is there as AVIF too.
    pub avif: bool,
    pub file_name: Option<String>,
    /// Where it was or will be fetched.
    pub source_url: Option<String>,
    /// Why it failed, or failed last.
    pub error: Option<String>,
    /// How often it was tried to be fetched.
    pub attempts: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
