use sea_orm_migration::{prelude::*, schema::*};

use crate::{create, index, unique};

/// Refunds.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_aftersales"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for M1 {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = vec![
            unique("refund_record", &["key"]),
            index("refund_record", &["order_id"]),
            index("refund_record", &["payment_id", "state"]),
            index("refund_record", &["state", "requested_at"]),
            index("refund_line", &["refund_id"]),
            index("refund_line", &["order_line_id"]),
        ];
        create(manager, tables(), indexes).await
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("refund_record")
            .col(uuid("id").primary_key())
            .col(uuid("order_id"))
            .col(uuid("payment_id"))
            .col(string("key"))
            .col(string("body_hash"))
            .col(string("state"))
            .col(string("reason"))
            .col(text_null("note"))
            .col(string_len("currency", 3))
            .col(big_integer("amount"))
            .col(big_integer("items_amount"))
            .col(big_integer("shipping_amount"))
            .col(big_integer("tax_amount"))
            .col(big_integer("commission_amount"))
            .col(text_null("failure"))
            .col(string("requested_by"))
            .col(timestamp_with_time_zone("requested_at"))
            .col(timestamp_with_time_zone_null("settled_at"))
            .col(big_integer("version"))
            .to_owned(),
        Table::create()
            .table("refund_line")
            .col(uuid("id").primary_key())
            .col(uuid("refund_id"))
            .col(uuid_null("order_line_id"))
            .col(uuid("seller_order_id"))
            .col(uuid("seller_id"))
            .col(big_integer("quantity"))
            .col(big_integer("amount"))
            .col(big_integer("tax_amount"))
            .col(big_integer("commission_amount"))
            .foreign_key(
                ForeignKey::create()
                    .name("fk_refund_line_refund_id")
                    .from("refund_line", "refund_id")
                    .to("refund_record", "id"),
            )
            .to_owned(),
    ]
}
