use sea_orm::entity::prelude::*;

/// What a customer agreed to or took back, once. The database refuses to alter a row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "consent_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub customer_id: Uuid,
    /// `news`, `recommendations` or `research`.
    pub purpose: String,
    /// `email` or `sms`.
    pub channel: String,
    pub given: bool,
    /// `daily`, `weekly` or `monthly`: how often at most.
    pub frequency: String,
    /// Which sentence was agreed to.
    pub text_version: i64,
    /// `account`, `api`, `unsubscribe`, `one_click` or `staff`.
    pub source: String,
    /// The network it came from, as a hash that needs the installation's key.
    pub ip_hash: Option<String>,
    /// Who said it.
    pub actor: String,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
