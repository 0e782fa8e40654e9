use sea_orm_migration::{prelude::*, schema::*};

use crate::{create, index, unique};

/// Notifications.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_engagement"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for M1 {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            Table::create()
                .table("notification")
                .col(uuid("id").primary_key())
                .col(uuid("event_id"))
                .col(string("template"))
                .col(string("channel"))
                .col(uuid_null("order_id"))
                .col(uuid_null("shipment_id"))
                .col(big_integer_null("amount"))
                .col(string_null("currency"))
                .col(string_null("recipient"))
                .col(string_null("subject"))
                .col(string("locale"))
                .col(string("state"))
                .col(text_null("reason"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("sent_at"))
                .to_owned(),
        ];
        let indexes = vec![
            unique("notification", &["event_id", "template", "channel"]),
            index("notification", &["order_id"]),
        ];
        create(manager, tables, indexes).await
    }
}
