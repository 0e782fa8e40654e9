use sea_orm_migration::{prelude::*, schema::*};

use crate::{create, unique};

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
                .col(json_binary("offers"))
                .col(boolean("published"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .to_owned(),
        ];
        create(manager, tables, vec![unique("import_product", &["seller_id", "source", "handle"])]).await
    }
}
