use sea_orm_migration::{prelude::*, schema::*};

use crate::{create, index, unique};

/// Carts with their frozen checkouts, and orders with their parts, lines and timeline.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_ordering"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for M1 {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = vec![
            unique("cart", &["token_hash"]),
            index("cart", &["state", "updated_at"]),
            unique("cart_line", &["cart_id", "sku_id", "personalisation_key"]),
            index("cart_checkout", &["payment_id"]),
            index("cart_checkout", &["cart_id", "state"]),
            index("cart_checkout", &["state", "expires_at"]),
            unique("customer_order", &["number"]),
            unique("customer_order", &["cart_id"]),
            unique("customer_order", &["payment_id"]),
            index("customer_order", &["placed_at"]),
            index("customer_order", &["status", "id"]),
            index("customer_order", &["payment_status", "id"]),
            index("customer_order", &["email_key"]),
            index("customer_order", &["customer_id"]),
            unique("seller_order", &["order_id", "seller_id"]),
            unique("seller_order", &["number"]),
            index("seller_order", &["seller_id", "id"]),
            index("order_line", &["order_id", "position"]),
            index("order_line", &["seller_order_id"]),
            index("order_line", &["sku_id"]),
            index("order_event", &["order_id", "at"]),
        ];
        create(manager, tables(), indexes).await
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("cart")
            .col(uuid("id").primary_key())
            .col(string("token_hash"))
            .col(uuid_null("customer_id"))
            .col(string_len("currency", 3))
            .col(string("country"))
            .col(string_null("email"))
            .col(json_binary_null("address"))
            .col(json_binary("delivery"))
            .col(string("state"))
            .col(uuid_null("order_id"))
            .col(uuid_null("checkout_id"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned(),
        Table::create()
            .table("cart_line")
            .col(uuid("id").primary_key())
            .col(uuid("cart_id"))
            .col(uuid("sku_id"))
            .col(uuid("seller_id"))
            .col(integer("position"))
            .col(big_integer("quantity"))
            .col(big_integer("unit_price"))
            .col(json_binary("personalisation"))
            .col(string("personalisation_key"))
            .col(timestamp_with_time_zone("added_at"))
            .foreign_key(
                ForeignKey::create()
                    .name("fk_cart_line_cart_id")
                    .from("cart_line", "cart_id")
                    .to("cart", "id"),
            )
            .to_owned(),
        Table::create()
            .table("cart_checkout")
            .col(uuid("id").primary_key())
            .col(uuid("cart_id"))
            .col(big_integer("cart_version"))
            .col(uuid("payment_id"))
            .col(uuid("reservation_id"))
            .col(big_integer("amount"))
            .col(string_len("currency", 3))
            .col(json_binary("snapshot"))
            .col(string("state"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("closed_at"))
            .foreign_key(
                ForeignKey::create()
                    .name("fk_cart_checkout_cart_id")
                    .from("cart_checkout", "cart_id")
                    .to("cart", "id"),
            )
            .to_owned(),
        Table::create()
            .table("customer_order")
            .col(uuid("id").primary_key())
            .col(string("number"))
            .col(uuid("cart_id"))
            .col(uuid("payment_id"))
            .col(uuid_null("customer_id"))
            .col(string("email"))
            .col(string("email_key"))
            .col(string("name"))
            .col(json_binary("address"))
            .col(string("country"))
            .col(string("locale"))
            .col(string_len("currency", 3))
            .col(big_integer("items_amount"))
            .col(big_integer("shipping_amount"))
            .col(big_integer("tax_amount"))
            .col(big_integer("total_amount"))
            .col(big_integer("refunded_amount"))
            .col(big_integer("settled_refund_amount"))
            .col(big_integer("unit_count"))
            .col(big_integer("seller_count"))
            .col(string("status"))
            .col(string("payment_status"))
            .col(big_integer("payment_version"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("placed_at"))
            .col(timestamp_with_time_zone_null("paid_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned(),
        Table::create()
            .table("seller_order")
            .col(uuid("id").primary_key())
            .col(uuid("order_id"))
            .col(uuid("seller_id"))
            .col(string("number"))
            .col(string("seller_name"))
            .col(string("seller_slug"))
            .col(uuid_null("fulfilment_id"))
            .col(string("delivery"))
            .col(string("delivery_name"))
            .col(timestamp_with_time_zone("arrives_from"))
            .col(timestamp_with_time_zone("arrives_to"))
            .col(big_integer("items_amount"))
            .col(big_integer("shipping_amount"))
            .col(big_integer("shipping_tax_bp"))
            .col(big_integer("shipping_tax_amount"))
            .col(big_integer("tax_amount"))
            .col(big_integer("total_amount"))
            .col(big_integer("commission_amount"))
            .col(big_integer("refunded_shipping"))
            .col(big_integer("refunded_shipping_tax"))
            .col(big_integer("settled_refund_amount"))
            .col(big_integer("unit_count"))
            .col(string("status"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("placed_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .foreign_key(
                ForeignKey::create()
                    .name("fk_seller_order_order_id")
                    .from("seller_order", "order_id")
                    .to("customer_order", "id"),
            )
            .to_owned(),
        Table::create()
            .table("order_line")
            .col(uuid("id").primary_key())
            .col(uuid("order_id"))
            .col(uuid("seller_order_id"))
            .col(uuid("seller_id"))
            .col(integer("position"))
            .col(uuid("product_id"))
            .col(uuid("sku_id"))
            .col(string("sku_code"))
            .col(string("title"))
            .col(string("slug"))
            .col(string("options"))
            .col(json_binary("personalisation"))
            .col(json_binary_null("picture"))
            .col(big_integer("quantity"))
            .col(big_integer("unit_price"))
            .col(big_integer("total_amount"))
            .col(string_len("currency", 3))
            .col(string("tax_class"))
            .col(big_integer("tax_bp"))
            .col(big_integer("tax_amount"))
            .col(big_integer("commission_bp"))
            .col(big_integer("commission_amount"))
            .col(string("state"))
            .col(big_integer("allocated_quantity"))
            .col(big_integer("shipped_quantity"))
            .col(big_integer("delivered_quantity"))
            .col(big_integer("cancelled_quantity"))
            .col(big_integer("refunded_quantity"))
            .col(big_integer("refunded_amount"))
            .col(big_integer("refunded_tax"))
            .col(big_integer("refunded_commission"))
            .foreign_key(
                ForeignKey::create()
                    .name("fk_order_line_order_id")
                    .from("order_line", "order_id")
                    .to("customer_order", "id"),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("fk_order_line_seller_order_id")
                    .from("order_line", "seller_order_id")
                    .to("seller_order", "id"),
            )
            .to_owned(),
        Table::create()
            .table("order_event")
            .col(uuid("id").primary_key())
            .col(uuid("order_id"))
            .col(uuid_null("seller_id"))
            .col(timestamp_with_time_zone("at"))
            .col(string("actor"))
            .col(string("kind"))
            .col(boolean("public"))
            .col(json_binary("data"))
            .foreign_key(
                ForeignKey::create()
                    .name("fk_order_event_order_id")
                    .from("order_event", "order_id")
                    .to("customer_order", "id"),
            )
            .to_owned(),
    ]
}
