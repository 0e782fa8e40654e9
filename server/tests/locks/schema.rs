//! The migrated schema and the entities agree, on both databases, and every table says
//! what in it is about a person.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Iterable, Statement};
use stoa_testing::{Backend, Test};

/// Column name to "may be null".
type Columns = BTreeMap<String, bool>;

fn entity<E: EntityTrait>(_: E) -> (String, Columns)
where
    E::Column: IdenStatic,
{
    let columns =
        E::Column::iter().map(|column| (column.as_str().to_owned(), column.def().is_null())).collect();
    (E::default().table_name().to_owned(), columns)
}

macro_rules! entities {
    ($($area:ident: $($table:ident)*;)*) => {
        BTreeMap::from([$($(entity($area::$table::Entity)),*),*])
    };
}

/// Every table there is; a new one is listed here.
fn all() -> BTreeMap<String, Columns> {
    entities! {
        stoa_kernel_entities: audit_head audit_record cron_run idempotency_key inbox job outbox_event;
        stoa_identity_entities: api_key customer role seller session user user_role;
        stoa_catalog_entities: asset asset_derivative attribute_definition attribute_option attribute_value category content_block offer_summary page product product_category product_media product_option product_option_value product_relationship product_slug product_summary product_tag sku tag variant variant_option;
        stoa_pricing_entities: price price_history price_list tax_rate;
        stoa_fulfilment_entities: allocation fulfilment_line fulfilment_order line_cancellation location reservation reservation_line shipment shipment_line shipping_rate stock_level stock_movement tracking_event;
        stoa_payments_entities: journal_entry journal_line payment_attempt payment_capture payment_intent payment_refund webhook_event;
        stoa_ordering_entities: cart cart_checkout cart_line order order_event order_line seller_order;
        stoa_aftersales_entities: refund_line refund_record;
        stoa_engagement_entities: notification;
        stoa_channels_entities: import_product product_save;
    }
}

async fn migrated(test: &Test) -> BTreeMap<String, Columns> {
    let sql = if test.app.db.is_sqlite() {
        "SELECT m.name AS t, p.name AS c, (p.\"notnull\" = 0 AND p.pk = 0) AS n FROM sqlite_master m JOIN pragma_table_info(m.name) p \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'seaql_migrations'"
    } else {
        "SELECT table_name::text AS t, column_name::text AS c, (is_nullable = 'YES') AS n FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name <> 'seaql_migrations'"
    };
    let rows = test
        .app
        .db
        .read()
        .query_all_raw(Statement::from_string(test.app.db.backend(), sql))
        .await
        .expect("the schema");
    let mut tables: BTreeMap<String, Columns> = BTreeMap::new();
    for row in rows {
        let table: String = row.try_get("", "t").expect("a table");
        tables
            .entry(table)
            .or_default()
            .insert(row.try_get("", "c").expect("a column"), row.try_get("", "n").expect("a flag"));
    }
    tables
}

async fn compare(backend: Backend) {
    let test = Test::new(backend, &[], Default::default()).await;
    let migrated = migrated(&test).await;
    let entities = all();
    let names = |tables: &BTreeMap<String, Columns>| tables.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(
        names(&migrated),
        names(&entities),
        "left: migrations, right: entities (list new ones in this test)"
    );
    for (table, columns) in &entities {
        assert_eq!(
            &migrated[table], columns,
            "{table} on {backend:?}: left migrated, right entity (name: may be null)"
        );
    }
}

#[tokio::test]
async fn the_migrated_schema_equals_the_entities_on_sqlite() {
    compare(Backend::Sqlite).await;
}

#[tokio::test]
async fn the_migrated_schema_equals_the_entities_on_postgresql() {
    compare(Backend::Postgres).await;
}

#[test]
fn every_table_declares_its_personal_columns() {
    let declared: BTreeMap<&str, &[&str]> = stoa::wire::modules()
        .iter()
        .flat_map(|module| module.personal)
        .chain(stoa_kernel::module::KERNEL.personal)
        .map(|table| (table.table, table.columns))
        .collect();
    for (table, columns) in all() {
        let personal = declared.get(table.as_str()).unwrap_or_else(|| {
            panic!("{table} is in no MODULE.personal: list it, with no columns if nothing in it is personal")
        });
        for column in *personal {
            assert!(
                columns.contains_key(*column),
                "{table}.{column} is declared personal but does not exist"
            );
        }
    }
}
