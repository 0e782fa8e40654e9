use sea_orm::entity::prelude::*;

/// One payment: what is to be paid, what was taken and what was given back.
/// captured + capturing <= amount and refunded + refunding <= captured, guarded in SQL.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_intent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub cart_id: Uuid,
    /// The cart while this is the cart's current payment.
    #[sea_orm(unique)]
    pub live_cart: Option<Uuid>,
    /// The one order it pays for.
    pub order_id: Option<Uuid>,
    /// SHA-256 of the cart's token, hex.
    pub owner: String,
    pub amount: i64,
    #[sea_orm(column_type = "String(StringLen::N(3))")]
    pub currency: String,
    pub captured: i64,
    /// Asked of the provider, answer outstanding.
    pub capturing: i64,
    pub refunded: i64,
    pub refunding: i64,
    pub state: String,
    /// `accept`, `review` or `refuse`.
    pub risk: String,
    pub provider: String,
    pub provider_ref: Option<String>,
    /// Version of the provider's record that was seen last; older news is ignored.
    pub provider_version: i64,
    pub client_secret: Option<String>,
    pub challenge_url: Option<String>,
    pub decline_code: Option<String>,
    pub card_brand: Option<String>,
    pub card_last4: Option<String>,
    pub authorised_at: Option<DateTimeUtc>,
    /// `none`, `requested` or `done`.
    pub void_state: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub void_reason: Option<String>,
    pub expires_at: DateTimeUtc,
    /// When the provider is to be asked next; none once settled.
    pub sync_at: Option<DateTimeUtc>,
    pub sync_count: i32,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
