use sea_orm_migration::{prelude::*, schema::*};

use crate::{
    append_only::{append_only, filled_in_once},
    create, index, unique,
};

/// Outbox, inbox, jobs, schedules, audit and idempotency.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_kernel"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for M1 {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            Table::create()
                .table("outbox_event")
                .col(uuid("id").primary_key())
                .col(string("name"))
                .col(integer("data_version"))
                .col(string("subject_kind"))
                .col(uuid("subject_id"))
                .col(big_integer("subject_version"))
                .col(uuid_null("seller_id"))
                .col(string("actor"))
                .col(string_null("trace"))
                .col(json_binary("data"))
                .col(boolean("internal"))
                .col(timestamp_with_time_zone("occurred_at"))
                .col(string("state"))
                .col(integer("attempts"))
                .col(timestamp_with_time_zone("next_at"))
                .col(timestamp_with_time_zone_null("delivered_at"))
                .col(text_null("last_error"))
                .to_owned(),
            Table::create()
                .table("inbox")
                .col(string("consumer"))
                .col(uuid("event_id"))
                .col(timestamp_with_time_zone("handled_at"))
                .primary_key(Index::create().col("consumer").col("event_id"))
                .to_owned(),
            Table::create()
                .table("job")
                .col(uuid("id").primary_key())
                .col(string("kind"))
                .col(json_binary("payload"))
                .col(string("state"))
                .col(string_null("unique_key"))
                .col(boolean("background"))
                .col(string_null("trace"))
                .col(timestamp_with_time_zone("run_at"))
                .col(integer("attempts"))
                .col(integer("max_attempts"))
                .col(string_null("locked_by"))
                .col(timestamp_with_time_zone_null("locked_until"))
                .col(big_integer("progress_done"))
                .col(big_integer_null("progress_total"))
                .col(text_null("last_error"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("finished_at"))
                .to_owned(),
            Table::create()
                .table("cron_run")
                .col(string("name"))
                .col(timestamp_with_time_zone("slot"))
                .primary_key(Index::create().col("name").col("slot"))
                .to_owned(),
            Table::create()
                .table("audit_record")
                .col(uuid("id").primary_key())
                .col(big_integer_null("seq"))
                .col(timestamp_with_time_zone("at"))
                .col(string("actor"))
                .col(string("action"))
                .col(string("entity_kind"))
                .col(uuid("entity_id"))
                .col(uuid_null("seller_id"))
                .col(string("request_id"))
                .col(string_null("trace"))
                .col(text_null("reason"))
                .col(json_binary("changes"))
                .col(string_null("leaf_hash"))
                .to_owned(),
            Table::create()
                .table("audit_head")
                .col(big_integer("size").primary_key())
                .col(string("root"))
                .col(json_binary("frontier"))
                .col(timestamp_with_time_zone("at"))
                .to_owned(),
            Table::create()
                .table("idempotency_key")
                .col(string("scope"))
                .col(string("key"))
                .col(string("body_hash"))
                .col(timestamp_with_time_zone("lease_until"))
                .col(integer_null("status"))
                .col(string_null("content_type"))
                .col(string_null("etag"))
                .col(string_null("location"))
                .col(blob_null("body"))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("scope").col("key"))
                .to_owned(),
        ];
        let indexes = vec![
            index("outbox_event", &["state", "next_at"]),
            index("outbox_event", &["subject_kind", "subject_id"]),
            unique("job", &["unique_key"]),
            index("job", &["state", "background", "run_at"]),
            unique("audit_record", &["seq"]),
            index("audit_record", &["entity_kind", "entity_id"]),
            index("audit_record", &["seller_id", "id"]),
        ];
        create(manager, tables, indexes).await?;
        append_only(manager, &["audit_head"]).await?;
        // The sequencer numbers a record later.
        let fixed = [
            "id",
            "at",
            "actor",
            "action",
            "entity_kind",
            "entity_id",
            "seller_id",
            "request_id",
            "trace",
            "reason",
            "changes",
        ];
        filled_in_once(manager, "audit_record", &["seq", "leaf_hash"], &fixed).await
    }
}
