use sea_orm_migration::{prelude::*, schema::*};

use crate::{create, index, unique};

/// Products with their variants and offers, categories and attributes, pictures, pages.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_catalog"
    }
}

/// A foreign key to the `id` of another table of this area.
fn reference(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("fk_{table}_{column}")).from(table, column).to(to, "id").to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for M1 {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            Table::create()
                .table("asset")
                .col(uuid("id").primary_key())
                .col(uuid_null("seller_id"))
                .col(string("state"))
                .col(string_null("sha256"))
                .col(string_null("mime"))
                .col(big_integer("size"))
                .col(integer("width"))
                .col(integer("height"))
                .col(string("placeholder"))
                .col(boolean("avif"))
                .col(string_null("file_name"))
                .col(text_null("source_url"))
                .col(text_null("error"))
                .col(integer("attempts"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .to_owned(),
            Table::create()
                .table("asset_derivative")
                .col(uuid("asset_id"))
                .col(string("format"))
                .col(integer("width"))
                .col(integer("height"))
                .col(big_integer("size"))
                .col(string("object"))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("asset_id").col("format").col("width"))
                .foreign_key(&mut reference("asset_derivative", "asset_id", "asset"))
                .to_owned(),
            Table::create()
                .table("category")
                .col(uuid("id").primary_key())
                .col(uuid_null("parent_id"))
                .col(string("slug"))
                .col(string("path"))
                .col(string("name"))
                .col(text_null("description"))
                .col(integer("position"))
                .col(uuid_null("asset_id"))
                .col(big_integer("version"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .foreign_key(&mut reference("category", "parent_id", "category"))
                .foreign_key(&mut reference("category", "asset_id", "asset"))
                .to_owned(),
            Table::create()
                .table("product")
                .col(uuid("id").primary_key())
                .col(uuid("seller_id"))
                .col(string_null("handle"))
                .col(string("status"))
                .col(text_null("status_reason"))
                .col(string("title"))
                .col(string("slug"))
                .col(string_null("maker"))
                .col(text("description"))
                .col(string_null("mpn"))
                .col(string("tax_class"))
                .col(uuid_null("category_id"))
                .col(uuid_null("thumbnail_id"))
                .col(string("thumbnail_alt"))
                .col(text("search_text"))
                .col(string_null("seo_title"))
                .col(text_null("seo_description"))
                .col(big_integer("version"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .col(timestamp_with_time_zone_null("published_at"))
                .col(timestamp_with_time_zone_null("archived_at"))
                .foreign_key(&mut reference("product", "category_id", "category"))
                .foreign_key(&mut reference("product", "thumbnail_id", "asset"))
                .to_owned(),
            Table::create()
                .table("product_slug")
                .col(string("locale"))
                .col(string("slug"))
                .col(uuid("product_id"))
                .col(boolean("current"))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("locale").col("slug"))
                .foreign_key(&mut reference("product_slug", "product_id", "product"))
                .to_owned(),
            Table::create()
                .table("product_option")
                .col(uuid("id").primary_key())
                .col(uuid("product_id"))
                .col(string("name"))
                .col(string("key"))
                .col(integer("position"))
                .foreign_key(&mut reference("product_option", "product_id", "product"))
                .to_owned(),
            Table::create()
                .table("product_option_value")
                .col(uuid("id").primary_key())
                .col(uuid("option_id"))
                .col(string("value"))
                .col(string("key"))
                .col(integer("position"))
                .foreign_key(&mut reference("product_option_value", "option_id", "product_option"))
                .to_owned(),
            Table::create()
                .table("variant")
                .col(uuid("id").primary_key())
                .col(uuid("product_id"))
                .col(string("title"))
                .col(string("option_key"))
                .col(string_null("gtin"))
                .col(big_integer_null("weight_grams"))
                .col(uuid_null("asset_id"))
                .col(boolean("active"))
                .col(integer("position"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .foreign_key(&mut reference("variant", "product_id", "product"))
                .foreign_key(&mut reference("variant", "asset_id", "asset"))
                .to_owned(),
            Table::create()
                .table("variant_option")
                .col(uuid("variant_id"))
                .col(uuid("option_id"))
                .col(uuid("value_id"))
                .primary_key(Index::create().col("variant_id").col("option_id"))
                .foreign_key(&mut reference("variant_option", "variant_id", "variant"))
                .foreign_key(&mut reference("variant_option", "option_id", "product_option"))
                .foreign_key(&mut reference("variant_option", "value_id", "product_option_value"))
                .to_owned(),
            Table::create()
                .table("sku")
                .col(uuid("id").primary_key())
                .col(uuid("product_id"))
                .col(uuid("variant_id"))
                .col(uuid("seller_id"))
                .col(string("code"))
                .col(string("code_key"))
                .col(string("condition"))
                .col(boolean("active"))
                .col(boolean("in_stock"))
                .col(big_integer("version"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .foreign_key(&mut reference("sku", "product_id", "product"))
                .foreign_key(&mut reference("sku", "variant_id", "variant"))
                .to_owned(),
            Table::create()
                .table("tag")
                .col(uuid("id").primary_key())
                .col(string("name"))
                .col(string("key"))
                .col(timestamp_with_time_zone("created_at"))
                .to_owned(),
            Table::create()
                .table("product_tag")
                .col(uuid("product_id"))
                .col(uuid("tag_id"))
                .col(integer("position"))
                .primary_key(Index::create().col("product_id").col("tag_id"))
                .foreign_key(&mut reference("product_tag", "product_id", "product"))
                .foreign_key(&mut reference("product_tag", "tag_id", "tag"))
                .to_owned(),
            Table::create()
                .table("product_category")
                .col(uuid("product_id"))
                .col(uuid("category_id"))
                .col(integer("position"))
                .primary_key(Index::create().col("product_id").col("category_id"))
                .foreign_key(&mut reference("product_category", "product_id", "product"))
                .foreign_key(&mut reference("product_category", "category_id", "category"))
                .to_owned(),
            Table::create()
                .table("product_relationship")
                .col(uuid("product_id"))
                .col(uuid("target_id"))
                .col(string("kind"))
                .col(integer("position"))
                .primary_key(Index::create().col("product_id").col("target_id").col("kind"))
                .foreign_key(&mut reference("product_relationship", "product_id", "product"))
                .foreign_key(&mut reference("product_relationship", "target_id", "product"))
                .to_owned(),
            Table::create()
                .table("product_media")
                .col(uuid("product_id"))
                .col(uuid("asset_id"))
                .col(integer("position"))
                .col(string("alt"))
                .col(string("origin"))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("product_id").col("asset_id"))
                .foreign_key(&mut reference("product_media", "product_id", "product"))
                .foreign_key(&mut reference("product_media", "asset_id", "asset"))
                .to_owned(),
            Table::create()
                .table("attribute_definition")
                .col(uuid("id").primary_key())
                .col(string("code"))
                .col(string("label"))
                .col(string("kind"))
                .col(boolean("required"))
                .col(boolean("filterable"))
                .col(boolean("searchable"))
                .col(boolean("localizable"))
                .col(boolean("variant_axis"))
                .col(integer("position"))
                .col(big_integer("version"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .to_owned(),
            Table::create()
                .table("attribute_option")
                .col(uuid("id").primary_key())
                .col(uuid("attribute_id"))
                .col(string("code"))
                .col(string("label"))
                .col(integer("position"))
                .col(timestamp_with_time_zone("created_at"))
                .foreign_key(&mut reference("attribute_option", "attribute_id", "attribute_definition"))
                .to_owned(),
            Table::create()
                .table("attribute_value")
                .col(uuid("id").primary_key())
                .col(uuid("product_id"))
                .col(uuid("attribute_id"))
                .col(uuid_null("option_id"))
                .col(string_null("locale"))
                .col(json_binary_null("value"))
                .col(string("origin"))
                .col(integer("position"))
                .foreign_key(&mut reference("attribute_value", "product_id", "product"))
                .foreign_key(&mut reference("attribute_value", "attribute_id", "attribute_definition"))
                .foreign_key(&mut reference("attribute_value", "option_id", "attribute_option"))
                .to_owned(),
            Table::create()
                .table("offer_summary")
                .col(uuid("sku_id"))
                .col(string_len("currency", 3))
                .col(uuid("product_id"))
                .col(big_integer("amount"))
                .col(big_integer_null("compare_at"))
                .col(boolean("in_stock"))
                .col(timestamp_with_time_zone("updated_at"))
                .primary_key(Index::create().col("sku_id").col("currency"))
                .foreign_key(&mut reference("offer_summary", "sku_id", "sku"))
                .foreign_key(&mut reference("offer_summary", "product_id", "product"))
                .to_owned(),
            Table::create()
                .table("product_summary")
                .col(uuid("product_id"))
                .col(string_len("currency", 3))
                .col(big_integer("from_amount"))
                .col(big_integer("to_amount"))
                .col(big_integer_null("compare_at"))
                .col(boolean("in_stock"))
                .col(timestamp_with_time_zone("updated_at"))
                .primary_key(Index::create().col("product_id").col("currency"))
                .foreign_key(&mut reference("product_summary", "product_id", "product"))
                .to_owned(),
            Table::create()
                .table("page")
                .col(uuid("id").primary_key())
                .col(string("slug"))
                .col(string("locale"))
                .col(string("title"))
                .col(string("template"))
                .col(string("status"))
                .col(big_integer("version"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .col(timestamp_with_time_zone_null("published_at"))
                .to_owned(),
            Table::create()
                .table("content_block")
                .col(uuid("id").primary_key())
                .col(uuid("page_id"))
                .col(integer("position"))
                .col(string("kind"))
                .col(integer("schema_version"))
                .col(json_binary("data"))
                .col(timestamp_with_time_zone("updated_at"))
                .foreign_key(&mut reference("content_block", "page_id", "page"))
                .to_owned(),
        ];
        let indexes = vec![
            index("asset", &["sha256"]),
            index("asset", &["state"]),
            index("asset", &["source_url"]),
            unique("category", &["path"]),
            index("category", &["parent_id"]),
            unique("product", &["seller_id", "handle"]),
            index("product", &["status", "id"]),
            index("product", &["seller_id", "id"]),
            index("product", &["status", "published_at"]),
            index("product_slug", &["product_id"]),
            unique("product_option", &["product_id", "key"]),
            unique("product_option_value", &["option_id", "key"]),
            unique("variant", &["product_id", "option_key"]),
            index("variant", &["gtin"]),
            index("variant_option", &["value_id"]),
            unique("sku", &["seller_id", "code_key"]),
            unique("sku", &["variant_id", "seller_id", "condition"]),
            index("sku", &["product_id"]),
            unique("tag", &["key"]),
            index("product_tag", &["tag_id"]),
            index("product_category", &["category_id", "product_id"]),
            index("product_relationship", &["target_id"]),
            index("product_media", &["asset_id"]),
            unique("attribute_definition", &["code"]),
            unique("attribute_option", &["attribute_id", "code"]),
            index("attribute_value", &["product_id"]),
            index("attribute_value", &["option_id", "product_id"]),
            index("offer_summary", &["product_id", "currency"]),
            unique("page", &["slug", "locale"]),
            index("content_block", &["page_id", "position"]),
        ];
        create(manager, tables, indexes).await
    }
}
