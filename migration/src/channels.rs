use sea_orm_migration::{prelude::*, schema::*};

use crate::{create, index, unique};

/// What imports remember of the products they wrote.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_channels"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for M1 {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            Table::create()
                .table("import_product")
                .col(uuid("id").primary_key())
                .col(uuid("seller_id"))
                .col(string("source"))
                .col(string("handle"))
                .col(string("fingerprint"))
                .col(uuid("product_id"))
                .col(json_binary("parts"))
                .col(json_binary("offers"))
                .col(boolean("published"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .to_owned(),
        ];
        create(manager, tables, vec![unique("import_product", &["seller_id", "source", "handle"])]).await
    }
}

/// What was saved by whom, so that a form sent twice is saved once.
pub struct M2;

impl MigrationName for M2 {
    fn name(&self) -> &str {
        "m0002_channels"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for M2 {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            Table::create()
                .table("product_save")
                .col(string("key").primary_key())
                .col(string("body_hash"))
                .col(uuid("product_id"))
                .col(timestamp_with_time_zone("created_at"))
                .to_owned(),
        ];
        create(manager, tables, vec![index("product_save", &["created_at"])]).await
    }
}
