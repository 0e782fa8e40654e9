use sea_orm::entity::prelude::*;

/// A product that came in from a file, and what the file said last.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_product")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub seller_id: Uuid,
    /// The kind of file, `shopify` or `vendure`; unique with `seller_id` and `handle`.
    pub source: String,
    /// What names the product in its file.
    pub handle: String,
    /// SHA-256 of what the file said, in hexadecimal; empty while something of it
    /// could not be had, so that the next import tries again.
    pub fingerprint: String,
    pub product_id: Uuid,
    /// What the file said of each part of the product, as hashes, and the SKUs it became.
    pub parts: Json,
    /// By SKU id: price, former price and stock as the file gave them.
    pub offers: Json,
    /// Whether an import has published it.
    pub published: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
