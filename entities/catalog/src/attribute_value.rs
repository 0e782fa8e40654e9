use sea_orm::entity::prelude::*;

/// The value of a product's attribute.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attribute_value")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub product_id: Uuid,
    pub attribute_id: Uuid,
    /// For select attributes.
    pub option_id: Option<Uuid>,
    /// For localizable attributes.
    pub locale: Option<String>,
    /// For all other types.
    pub value: Option<Json>,
    /// `attribute`, or `axis` where it repeats a variant's option for the facets.
    pub origin: String,
    pub position: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::product::Entity",
        from = "Column::ProductId",
        to = "super::product::Column::Id"
    )]
    Product,
    #[sea_orm(
        belongs_to = "super::attribute_definition::Entity",
        from = "Column::AttributeId",
        to = "super::attribute_definition::Column::Id"
    )]
    Attribute,
    #[sea_orm(
        belongs_to = "super::attribute_option::Entity",
        from = "Column::OptionId",
        to = "super::attribute_option::Column::Id"
    )]
    Option,
}

impl ActiveModelBehavior for ActiveModel {}
