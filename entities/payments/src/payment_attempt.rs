use sea_orm::entity::prelude::*;

/// One try to pay. Recorded before the provider is asked, or when the provider tells
/// of a try made on its own form.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub intent_id: Uuid,
    pub number: i32,
    pub idempotency_key: Option<String>,
    /// `started`, `authorised`, `challenged`, `processing`, `declined` or `abandoned`.
    pub state: String,
    /// The provider's token, kept until the outcome is known so that the same request can be sent again.
    pub token: Option<String>,
    pub return_url: Option<String>,
    pub provider_ref: Option<String>,
    pub decline_code: Option<String>,
    pub card_brand: Option<String>,
    pub card_last4: Option<String>,
    pub started_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
