use sea_orm_migration::{prelude::*, schema::*};

use crate::{append_only::append_only, create, index, unique};

/// Stock with its ledger, reservations, allocations; rates, fulfilment orders,
/// shipments and tracking.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_fulfilment"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for M1 {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut tables = inventory();
        tables.extend(shipping());
        let indexes = vec![
            unique("location", &["seller_id", "code"]),
            index("stock_level", &["location_id"]),
            unique("reservation", &["active_reference"]),
            index("reservation", &["state", "expires_at"]),
            index("reservation_line", &["sku_id", "location_id"]),
            index("allocation", &["sku_id", "location_id"]),
            unique("stock_movement", &["operation", "sku_id", "location_id"]),
            index("stock_movement", &["sku_id", "location_id"]),
            unique("shipping_rate", &["zone", "service", "currency", "max_weight_grams"]),
            index("fulfilment_order", &["order_id"]),
            index("fulfilment_order", &["seller_id", "created_at"]),
            unique("fulfilment_line", &["fulfilment_order_id", "order_line_id"]),
            index("fulfilment_line", &["order_id"]),
            index("shipment", &["order_id"]),
            unique("shipment", &["fulfilment_order_id", "idempotency_key"]),
            unique("tracking_event", &["shipment_id", "dedupe_key"]),
        ];
        create(manager, tables, indexes).await?;
        append_only(manager, &["stock_movement"]).await?;
        seed_rates(manager).await
    }
}

fn inventory() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("location")
            .col(uuid("id").primary_key())
            .col(uuid("seller_id"))
            .col(string("code"))
            .col(string("name"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned(),
        Table::create()
            .table("stock_level")
            .col(uuid("sku_id"))
            .col(uuid("location_id"))
            .col(uuid("seller_id"))
            .col(big_integer("on_hand"))
            .col(big_integer("reserved"))
            .col(big_integer("allocated"))
            .col(big_integer("safety"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("updated_at"))
            .primary_key(Index::create().col("sku_id").col("location_id"))
            .foreign_key(ForeignKey::create().from("stock_level", "location_id").to("location", "id"))
            .to_owned(),
        Table::create()
            .table("reservation")
            .col(uuid("id").primary_key())
            .col(string("reference"))
            .col(string_null("active_reference"))
            .col(string("state"))
            .col(uuid_null("order_id"))
            .col(uuid_null("seller_id"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned(),
        Table::create()
            .table("reservation_line")
            .col(uuid("reservation_id"))
            .col(uuid("sku_id"))
            .col(uuid("location_id"))
            .col(uuid("seller_id"))
            .col(big_integer("quantity"))
            .col(boolean("held"))
            .primary_key(Index::create().col("reservation_id").col("sku_id").col("location_id"))
            .foreign_key(
                ForeignKey::create().from("reservation_line", "reservation_id").to("reservation", "id"),
            )
            .to_owned(),
        Table::create()
            .table("allocation")
            .col(uuid("order_id"))
            .col(uuid("sku_id"))
            .col(uuid("location_id"))
            .col(uuid("seller_id"))
            .col(big_integer("quantity"))
            .col(big_integer("shipped"))
            .col(big_integer("released"))
            .primary_key(Index::create().col("order_id").col("sku_id").col("location_id"))
            .to_owned(),
        Table::create()
            .table("stock_movement")
            .col(uuid("id").primary_key())
            .col(uuid("sku_id"))
            .col(uuid("location_id"))
            .col(uuid("seller_id"))
            .col(string("kind"))
            .col(big_integer("delta_on_hand"))
            .col(big_integer("delta_reserved"))
            .col(big_integer("delta_allocated"))
            .col(string("operation"))
            .col(text_null("reason"))
            .col(string("actor"))
            .col(timestamp_with_time_zone("at"))
            .to_owned(),
    ]
}

fn shipping() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("shipping_rate")
            .col(uuid("id").primary_key())
            .col(string("zone"))
            .col(string("service"))
            .col(string("name"))
            .col(big_integer("max_weight_grams"))
            .col(big_integer("amount"))
            .col(big_integer_null("free_over"))
            .col(string_len("currency", 3))
            .col(integer("handling_days"))
            .col(integer("transit_from"))
            .col(integer("transit_to"))
            .to_owned(),
        Table::create()
            .table("fulfilment_order")
            .col(uuid("id").primary_key())
            .col(uuid("order_id"))
            .col(uuid("seller_order_id"))
            .col(uuid("seller_id"))
            .col(string("state"))
            .col(string_null("hold_reason"))
            .col(string("delivery"))
            .col(json_binary("ship_to"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned(),
        Table::create()
            .table("fulfilment_line")
            .col(uuid("id").primary_key())
            .col(uuid("fulfilment_order_id"))
            .col(uuid("order_id"))
            .col(uuid("order_line_id"))
            .col(uuid("sku_id"))
            .col(text("title"))
            .col(big_integer("quantity"))
            .col(big_integer("shipped"))
            .col(big_integer("cancelled"))
            .foreign_key(
                ForeignKey::create()
                    .from("fulfilment_line", "fulfilment_order_id")
                    .to("fulfilment_order", "id"),
            )
            .to_owned(),
        Table::create()
            .table("line_cancellation")
            .col(uuid("order_id"))
            .col(string("key"))
            .col(timestamp_with_time_zone("at"))
            .primary_key(Index::create().col("order_id").col("key"))
            .to_owned(),
        Table::create()
            .table("shipment")
            .col(uuid("id").primary_key())
            .col(uuid("fulfilment_order_id"))
            .col(uuid("order_id"))
            .col(uuid("seller_order_id"))
            .col(uuid("seller_id"))
            .col(string("state"))
            .col(string("carrier"))
            .col(string("tracking_number"))
            .col(string_null("idempotency_key"))
            .col(timestamp_with_time_zone_null("last_event_at"))
            .col(timestamp_with_time_zone_null("delivered_at"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .foreign_key(
                ForeignKey::create().from("shipment", "fulfilment_order_id").to("fulfilment_order", "id"),
            )
            .to_owned(),
        Table::create()
            .table("shipment_line")
            .col(uuid("shipment_id"))
            .col(uuid("fulfilment_line_id"))
            .col(uuid("order_line_id"))
            .col(uuid("sku_id"))
            .col(big_integer("quantity"))
            .primary_key(Index::create().col("shipment_id").col("fulfilment_line_id"))
            .foreign_key(ForeignKey::create().from("shipment_line", "shipment_id").to("shipment", "id"))
            .to_owned(),
        Table::create()
            .table("tracking_event")
            .col(uuid("id").primary_key())
            .col(uuid("shipment_id"))
            .col(string("status"))
            .col(text("description"))
            .col(string_null("place"))
            .col(string("dedupe_key"))
            .col(timestamp_with_time_zone("occurred_at"))
            .col(timestamp_with_time_zone("recorded_at"))
            .foreign_key(ForeignKey::create().from("tracking_event", "shipment_id").to("shipment", "id"))
            .to_owned(),
    ]
}

/// The rates every marketplace starts with; a seller's own come later.
async fn seed_rates(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    struct Service {
        zone: &'static str,
        code: &'static str,
        name: &'static str,
        free_over: Option<i64>,
        handling: i32,
        transit: (i32, i32),
        /// Up to so many grams, so many cents.
        brackets: [(i64, i64); 4],
    }
    let standard = "Standard delivery";
    let express = "Express delivery";
    let services = [
        Service {
            zone: "domestic",
            code: "standard",
            name: standard,
            free_over: Some(5000),
            handling: 1,
            transit: (1, 3),
            brackets: [(1000, 390), (5000, 490), (15000, 690), (30000, 990)],
        },
        Service {
            zone: "domestic",
            code: "express",
            name: express,
            free_over: None,
            handling: 0,
            transit: (1, 1),
            brackets: [(1000, 790), (5000, 990), (15000, 1490), (30000, 1990)],
        },
        Service {
            zone: "eu",
            code: "standard",
            name: standard,
            free_over: Some(10000),
            handling: 1,
            transit: (3, 6),
            brackets: [(1000, 790), (5000, 1190), (15000, 1790), (30000, 2690)],
        },
        Service {
            zone: "eu",
            code: "express",
            name: express,
            free_over: None,
            handling: 0,
            transit: (1, 2),
            brackets: [(1000, 1690), (5000, 2290), (15000, 3490), (30000, 4990)],
        },
        Service {
            zone: "other",
            code: "standard",
            name: standard,
            free_over: None,
            handling: 1,
            transit: (6, 12),
            brackets: [(1000, 1490), (5000, 2490), (15000, 4490), (30000, 6990)],
        },
        Service {
            zone: "other",
            code: "express",
            name: express,
            free_over: None,
            handling: 0,
            transit: (2, 4),
            brackets: [(1000, 3290), (5000, 4990), (15000, 8490), (30000, 12990)],
        },
    ];
    let mut insert = Query::insert();
    insert.into_table("shipping_rate").columns([
        "id",
        "zone",
        "service",
        "name",
        "max_weight_grams",
        "amount",
        "free_over",
        "currency",
        "handling_days",
        "transit_from",
        "transit_to",
    ]);
    // Fixed ids, so that two installations hold the same rows.
    let mut number = 0_u128;
    for service in &services {
        for (weight, amount) in service.brackets {
            number += 1;
            insert.values_panic([
                uuid_value(number).into(),
                service.zone.into(),
                service.code.into(),
                service.name.into(),
                weight.into(),
                amount.into(),
                service.free_over.into(),
                "EUR".into(),
                service.handling.into(),
                service.transit.0.into(),
                service.transit.1.into(),
            ]);
        }
    }
    manager.execute(insert).await
}

/// `5704…` in the first group marks a seeded rate.
fn uuid_value(number: u128) -> sea_orm_migration::sea_orm::prelude::Uuid {
    sea_orm_migration::sea_orm::prelude::Uuid::from_u128((0x5704_0000_0000_7000_8000_u128 << 48) | number)
}
