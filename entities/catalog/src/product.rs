use sea_orm::entity::prelude::*;

/// What is sold, whoever offers it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "product")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who brought it in and may change it.
    pub seller_id: Uuid,
    /// Its name in the file or channel it came from.
    pub handle: Option<String>,
    /// `draft`, `proposed`, `rejected`, `published` or `archived`.
    pub status: String,
    /// Why it was rejected.
    pub status_reason: Option<String>,
    pub title: String,
    /// The current one of the default locale; all of them are in `product_slug`.
    pub slug: String,
    pub maker: Option<String>,
    /// Sanitised HTML.
    pub description: String,
    /// The maker's part number.
    pub mpn: Option<String>,
    pub tax_class: String,
    /// The primary category.
    pub category_id: Option<Uuid>,
    /// The first picture.
    pub thumbnail_id: Option<Uuid>,
    pub thumbnail_alt: String,
    /// Title, maker, tags and categories in lower case without accents.
    pub search_text: String,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub published_at: Option<DateTimeUtc>,
    pub archived_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::category::Entity",
        from = "Column::CategoryId",
        to = "super::category::Column::Id"
    )]
    Category,
    #[sea_orm(
        belongs_to = "super::asset::Entity",
        from = "Column::ThumbnailId",
        to = "super::asset::Column::Id"
    )]
    Thumbnail,
}

impl ActiveModelBehavior for ActiveModel {}
