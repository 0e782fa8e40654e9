use sea_orm_migration::{prelude::*, schema::*};

use crate::{append_only::append_only, create, index, unique};

/// Payments with their attempts, captures and refunds, the provider's webhooks, and
/// the journal.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_payments"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for M1 {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut tables = payments();
        tables.extend(ledger());
        let indexes = vec![
            unique("payment_intent", &["live_cart"]),
            index("payment_intent", &["cart_id"]),
            unique("payment_intent", &["provider", "provider_ref"]),
            index("payment_intent", &["sync_at"]),
            index("payment_intent", &["order_id"]),
            unique("payment_attempt", &["intent_id", "number"]),
            unique("payment_attempt", &["intent_id", "idempotency_key"]),
            unique("payment_attempt", &["intent_id", "provider_ref"]),
            index("payment_capture", &["intent_id"]),
            index("payment_capture", &["state", "requested_at"]),
            index("payment_refund", &["intent_id"]),
            index("payment_refund", &["state", "requested_at"]),
            unique("webhook_event", &["provider", "provider_event_id"]),
            index("webhook_event", &["state", "provider_ref"]),
            unique("journal_entry", &["key"]),
            unique("journal_entry", &["reverses_id"]),
            index("journal_entry", &["order_id"]),
            index("journal_entry", &["payment_id"]),
            unique("journal_line", &["entry_id", "position"]),
            index("journal_line", &["account", "currency"]),
        ];
        create(manager, tables, indexes).await?;
        append_only(manager, &["journal_entry", "journal_line"]).await
    }
}

fn payments() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("payment_intent")
            .col(uuid("id").primary_key())
            .col(uuid("cart_id"))
            .col(uuid_null("live_cart"))
            .col(uuid_null("order_id"))
            .col(string("owner"))
            .col(big_integer("amount"))
            .col(string_len("currency", 3))
            .col(big_integer("captured"))
            .col(big_integer("capturing"))
            .col(big_integer("refunded"))
            .col(big_integer("refunding"))
            .col(string("state"))
            .col(string("risk"))
            .col(string("provider"))
            .col(string_null("provider_ref"))
            .col(big_integer("provider_version"))
            .col(string_null("client_secret"))
            .col(string_null("challenge_url"))
            .col(string_null("decline_code"))
            .col(string_null("card_brand"))
            .col(string_null("card_last4"))
            .col(timestamp_with_time_zone_null("authorised_at"))
            .col(string("void_state"))
            .col(text_null("void_reason"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("sync_at"))
            .col(integer("sync_count"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned(),
        Table::create()
            .table("payment_attempt")
            .col(uuid("id").primary_key())
            .col(uuid("intent_id"))
            .col(integer("number"))
            .col(string_null("idempotency_key"))
            .col(string("state"))
            .col(string_null("token"))
            .col(string_null("return_url"))
            .col(string_null("provider_ref"))
            .col(string_null("decline_code"))
            .col(string_null("card_brand"))
            .col(string_null("card_last4"))
            .col(timestamp_with_time_zone("started_at"))
            .col(timestamp_with_time_zone_null("finished_at"))
            .foreign_key(ForeignKey::create().from("payment_attempt", "intent_id").to("payment_intent", "id"))
            .to_owned(),
        Table::create()
            .table("payment_capture")
            .col(uuid("id").primary_key())
            .col(uuid("intent_id"))
            .col(big_integer("amount"))
            .col(string("state"))
            .col(string_null("provider_ref"))
            .col(text_null("error"))
            .col(timestamp_with_time_zone("requested_at"))
            .col(timestamp_with_time_zone_null("finished_at"))
            .foreign_key(ForeignKey::create().from("payment_capture", "intent_id").to("payment_intent", "id"))
            .to_owned(),
        Table::create()
            .table("payment_refund")
            .col(uuid("id").primary_key())
            .col(uuid("intent_id"))
            .col(big_integer("amount"))
            .col(string("state"))
            .col(string_null("provider_ref"))
            .col(text_null("error"))
            .col(timestamp_with_time_zone("requested_at"))
            .col(timestamp_with_time_zone_null("finished_at"))
            .foreign_key(ForeignKey::create().from("payment_refund", "intent_id").to("payment_intent", "id"))
            .to_owned(),
        Table::create()
            .table("webhook_event")
            .col(uuid("id").primary_key())
            .col(string("provider"))
            .col(string("provider_event_id"))
            .col(string("kind"))
            .col(string("provider_ref"))
            .col(uuid_null("intent_id"))
            .col(text("raw"))
            .col(string("state"))
            .col(timestamp_with_time_zone("received_at"))
            .col(timestamp_with_time_zone_null("processed_at"))
            .to_owned(),
    ]
}

fn ledger() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("journal_entry")
            .col(uuid("id").primary_key())
            .col(string("key"))
            .col(text("description"))
            .col(string_len("currency", 3))
            .col(uuid_null("order_id"))
            .col(uuid_null("payment_id"))
            .col(uuid_null("refund_id"))
            .col(uuid_null("reverses_id"))
            .col(timestamp_with_time_zone("posted_at"))
            .to_owned(),
        Table::create()
            .table("journal_line")
            .col(uuid("id").primary_key())
            .col(uuid("entry_id"))
            .col(integer("position"))
            .col(string("account"))
            .col(uuid_null("seller_id"))
            .col(string_len("currency", 3))
            .col(big_integer("amount"))
            .foreign_key(ForeignKey::create().from("journal_line", "entry_id").to("journal_entry", "id"))
            .to_owned(),
    ]
}
