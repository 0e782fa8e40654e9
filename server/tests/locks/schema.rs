//! The migrated schema and the entities agree, on both databases, and every table says
//! what in it is about a person.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, IdenStatic, Iterable,
    RelationTrait, Statement,
    sea_query::{StringLen, TableRef},
};
use stoa_testing::{Backend, Test};

/// A column, as far as both databases tell it alike.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    null: bool,
    /// What can stand in it, such as `time`.
    kind: &'static str,
    /// Its longest text, where there is one.
    length: Option<u32>,
}

/// A table as its entity or the database describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Table {
    columns: BTreeMap<String, Column>,
    /// In order.
    primary_key: Vec<String>,
    /// Columns no two rows share a value of.
    unique: BTreeSet<String>,
    /// Column to the table it refers to.
    foreign: BTreeSet<(String, String)>,
}

/// The kinds that are told apart. SQLite knows one kind of whole number.
fn kind(column: &ColumnType, backend: DbBackend) -> &'static str {
    match column {
        ColumnType::String(_) | ColumnType::Text | ColumnType::Char(_) => "text",
        ColumnType::Integer | ColumnType::BigInteger if backend == DbBackend::Sqlite => "whole number",
        ColumnType::Integer => "32 bits",
        ColumnType::BigInteger => "64 bits",
        ColumnType::Boolean => "flag",
        ColumnType::Uuid => "uuid",
        ColumnType::TimestampWithTimeZone => "time",
        ColumnType::Json | ColumnType::JsonBinary => "json",
        ColumnType::Blob | ColumnType::VarBinary(_) | ColumnType::Binary(_) => "bytes",
        other => panic!("{other:?} is not among the kinds this test tells apart: add it"),
    }
}

/// The same by the name the database has for it.
fn stored_kind(name: &str) -> &'static str {
    let name = name.to_lowercase();
    match name.split('(').next().unwrap_or_default() {
        "varchar" | "text" | "character varying" | "character" => "text",
        "bigint" => "64 bits",
        // SQLite says INTEGER of all, PostgreSQL integer of 32 bits; the caller knows which.
        "integer" => "integer",
        "boolean" => "flag",
        "uuid" | "uuid_text" => "uuid",
        "timestamp with time zone" | "timestamp_with_timezone_text" => "time",
        "json" | "jsonb" | "json_text" | "jsonb_text" => "json",
        "bytea" | "blob" => "bytes",
        other => panic!("{other} is not among the kinds this test tells apart: add it"),
    }
}

fn entity<E: EntityTrait>(_: E, backend: DbBackend) -> (String, Table)
where
    E::Column: IdenStatic,
    E::PrimaryKey: IdenStatic,
{
    let mut table = Table::default();
    for column in E::Column::iter() {
        let (name, definition) = (column.as_str().to_owned(), column.def());
        let length = match definition.get_column_type() {
            ColumnType::String(StringLen::N(length)) => Some(*length),
            _ => None,
        };
        if definition.is_unique() {
            table.unique.insert(name.clone());
        }
        let kind = kind(definition.get_column_type(), backend);
        table.columns.insert(name, Column { null: definition.is_null(), kind, length });
    }
    table.primary_key = E::PrimaryKey::iter().map(|column| column.as_str().to_owned()).collect();
    for relation in E::Relation::iter().map(|relation| relation.def()).filter(|relation| !relation.is_owner) {
        let TableRef::Table(to, _) = &relation.to_tbl else { panic!("{:?} is no table", relation.to_tbl) };
        for column in relation.from_col.iter() {
            table.foreign.insert((column.to_string(), to.1.to_string()));
        }
    }
    (E::default().table_name().to_owned(), table)
}

macro_rules! entities {
    ($backend:expr; $($area:ident: $($table:ident)*;)*) => {
        BTreeMap::from([$($(entity($area::$table::Entity, $backend)),*),*])
    };
}

/// Every table there is; a new one is listed here.
fn all(backend: DbBackend) -> BTreeMap<String, Table> {
    entities! {
        backend;
        stoa_kernel_entities: audit_head audit_record cron_run idempotency_key inbox job outbox_event;
        stoa_identity_entities: address api_key app company company_member consent_record contact_method contact_preference customer customer_note customer_tag data_request invitation known_device oauth_client oauth_code oauth_consent oauth_grant oauth_refresh one_time_link passkey recovery_code remembered_device role role_request second_factor segment segment_member seller session social_account support_access user user_role;
        stoa_catalog_entities: asset asset_derivative attribute_definition attribute_option attribute_value category content_block offer_summary page product product_category product_media product_option product_option_value product_relationship product_slug product_summary product_tag sku tag variant variant_option;
        stoa_pricing_entities: price price_history price_list priced_sku tax_rate;
        stoa_fulfilment_entities: allocation fulfilment_line fulfilment_order line_cancellation location reservation reservation_line shipment shipment_line shipping_rate stock_level stock_movement tracking_event;
        stoa_payments_entities: journal_entry journal_line payment_attempt payment_capture payment_intent payment_refund webhook_event;
        stoa_ordering_entities: cart cart_checkout cart_line order order_event order_line seller_order;
        stoa_aftersales_entities: refund_line refund_record;
        stoa_engagement_entities: notification;
        stoa_channels_entities: import_product product_save;
    }
}

#[derive(FromQueryResult)]
struct Row {
    /// Table, column or index, and what is asked of it.
    t: String,
    c: String,
    /// Kind of a column, table a foreign key leads to, name of an index.
    k: String,
    /// Place in a key, or length; below 0 for none.
    n: i64,
    /// May be null; is unique.
    f: bool,
}

async fn rows(test: &Test, sqlite: &str, postgres: &str) -> Vec<Row> {
    let backend = test.app.db.backend();
    let sql = if test.app.db.is_sqlite() { sqlite } else { postgres };
    let rows = test.app.db.read().query_all_raw(Statement::from_string(backend, sql)).await;
    let rows = rows.expect("the catalogue answers");
    rows.iter().map(|row| Row::from_query_result(row, "").expect("a row")).collect()
}

const SQLITE_TABLES: &str =
    "m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'seaql_migrations'";
const POSTGRES_TABLES: &str = "n.nspname = 'public' AND t.relkind = 'r' AND t.relname <> 'seaql_migrations'";

/// An index: its table, its columns in order, whether it is unique. What an expression
/// gives has no name.
type Indexes = BTreeMap<String, (String, Vec<String>, bool)>;

/// Indexes with a name of ours, and those that the database has made for keys.
async fn indexes(test: &Test) -> Indexes {
    let sqlite = format!(
        "SELECT m.name AS t, COALESCE(x.name, '') AS c, i.name AS k, CAST(x.seqno AS BIGINT) AS n, i.\"unique\" = 1 AS f \
         FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) x WHERE {SQLITE_TABLES} \
         AND i.partial = 0 ORDER BY 3, 4"
    );
    let postgres = format!(
        "SELECT t.relname::text AS t, COALESCE(a.attname::text, '') AS c, i.relname::text AS k, k.place AS n, x.indisunique AS f \
         FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
         JOIN pg_namespace n ON n.oid = t.relnamespace \
         CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k(attnum, place) \
         LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum \
         WHERE {POSTGRES_TABLES} AND x.indpred IS NULL ORDER BY 3, 4"
    );
    let mut indexes = Indexes::new();
    for row in rows(test, &sqlite, &postgres).await {
        indexes.entry(row.k).or_insert_with(|| (row.t, Vec::new(), row.f)).1.push(row.c);
    }
    indexes
}

async fn migrated(test: &Test) -> BTreeMap<String, Table> {
    let sqlite = format!(
        "SELECT m.name AS t, p.name AS c, p.type AS k, CAST(p.pk AS BIGINT) AS n, (p.\"notnull\" = 0 AND p.pk = 0) AS f \
         FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE {SQLITE_TABLES}"
    );
    let postgres = format!(
        "SELECT t.relname::text AS t, a.attname::text AS c, format_type(a.atttypid, a.atttypmod) AS k, \
         COALESCE(array_position(x.indkey::int2[], a.attnum) + 1, 0)::bigint AS n, NOT a.attnotnull AS f \
         FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
         LEFT JOIN pg_index x ON x.indrelid = t.oid AND x.indisprimary WHERE {POSTGRES_TABLES}"
    );
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let mut keys: BTreeMap<String, BTreeMap<i64, String>> = BTreeMap::new();
    for row in rows(test, &sqlite, &postgres).await {
        let length = row.k.split_once('(').and_then(|(_, rest)| rest.trim_end_matches(')').parse().ok());
        let kind = match (stored_kind(&row.k), test.app.db.is_sqlite()) {
            ("integer", true) => "whole number",
            ("integer", false) => "32 bits",
            (kind, _) => kind,
        };
        if row.n > 0 {
            keys.entry(row.t.clone()).or_default().insert(row.n, row.c.clone());
        }
        let column = Column { null: row.f, kind, length };
        tables.entry(row.t).or_default().columns.insert(row.c, column);
    }
    for (table, key) in keys {
        tables.entry(table).or_default().primary_key = key.into_values().collect();
    }
    for (table, columns, unique) in indexes(test).await.into_values() {
        let table = tables.entry(table).or_default();
        if let [only] = columns.as_slice()
            && unique
            && table.primary_key != columns
        {
            table.unique.insert(only.clone());
        }
    }
    let sqlite = format!(
        "SELECT m.name AS t, f.\"from\" AS c, f.\"table\" AS k, CAST(f.seq AS BIGINT) AS n, 1 = 1 AS f \
         FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE {SQLITE_TABLES}"
    );
    let postgres = format!(
        "SELECT t.relname::text AS t, a.attname::text AS c, o.relname::text AS k, 0::bigint AS n, true AS f \
         FROM pg_constraint x JOIN pg_class t ON t.oid = x.conrelid JOIN pg_class o ON o.oid = x.confrelid \
         JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(x.conkey) \
         WHERE x.contype = 'f' AND {POSTGRES_TABLES}"
    );
    for row in rows(test, &sqlite, &postgres).await {
        tables.entry(row.t).or_default().foreign.insert((row.c, row.k));
    }
    tables
}

/// What differs between a table's migration and its entity, a line each.
fn differences(table: &str, migrated: &Table, entity: &Table) -> Vec<String> {
    let mut found = Vec::new();
    let names: BTreeSet<&String> = migrated.columns.keys().chain(entity.columns.keys()).collect();
    for name in names {
        match (migrated.columns.get(name), entity.columns.get(name)) {
            (Some(stored), Some(declared)) => {
                // A text without a length in the entity may have one in the database.
                let length = declared.length.is_some() && declared.length != stored.length;
                if (stored.null, stored.kind) != (declared.null, declared.kind) || length {
                    found.push(format!("{table}.{name} is {stored:?}, its entity says {declared:?}"));
                }
            }
            (Some(_), None) => found.push(format!("{table}.{name} is not in its entity")),
            (None, _) => found.push(format!("{table}.{name} is in no migration")),
        }
    }
    let same = |what: &str, stored: String, declared: String, found: &mut Vec<String>| {
        if stored != declared {
            found.push(format!("{table}: {what} {stored}, its entity says {declared}"));
        }
    };
    let text = |value: &dyn std::fmt::Debug| format!("{value:?}");
    same("primary key", text(&migrated.primary_key), text(&entity.primary_key), &mut found);
    same("unique", text(&migrated.unique), text(&entity.unique), &mut found);
    // An entity may leave out a relation that nobody joins by; one it names must be kept.
    for (column, to) in entity.foreign.difference(&migrated.foreign) {
        found.push(format!("{table}.{column} is no foreign key to {to}"));
    }
    found
}

async fn compare(backend: Backend) {
    let test = Test::new(backend, &[], Default::default()).await;
    let migrated = migrated(&test).await;
    let entities = all(test.app.db.backend());
    let names = |tables: &BTreeMap<String, Table>| tables.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(
        names(&migrated),
        names(&entities),
        "left: migrations, right: entities (list new ones in this test)"
    );
    let found: Vec<String> =
        entities.iter().flat_map(|(name, entity)| differences(name, &migrated[name], entity)).collect();
    assert!(found.is_empty(), "on {backend:?}:\n{}", found.join("\n"));
}

#[tokio::test]
async fn the_migrated_schema_equals_the_entities_on_sqlite() {
    compare(Backend::Sqlite).await;
}

#[tokio::test]
async fn the_migrated_schema_equals_the_entities_on_postgresql() {
    compare(Backend::Postgres).await;
}

#[tokio::test]
async fn both_databases_have_the_same_keys_and_indexes() {
    let (mut ours, mut foreign) = (Vec::new(), Vec::new());
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let test = Test::new(backend, &[], Default::default()).await;
        let mut indexes = indexes(&test).await;
        // Keys have names of the database's own.
        indexes.retain(|name, _| name.starts_with("ix_") || name.starts_with("ux_"));
        for (name, (table, _, unique)) in &indexes {
            assert_eq!(name.starts_with("ux_"), *unique, "{name} of {table} on {backend:?}");
        }
        ours.push(indexes);
        let tables = migrated(&test).await.into_iter();
        foreign.push(tables.map(|(name, table)| (name, table.foreign)).collect::<BTreeMap<_, _>>());
    }
    assert!(ours[0].len() > 50, "{} indexes", ours[0].len());
    assert_eq!(ours[0], ours[1], "left: SQLite, right: PostgreSQL");
    assert_eq!(foreign[0], foreign[1], "left: SQLite, right: PostgreSQL");
}

/// The lock itself notices what it is there for.
#[tokio::test]
async fn a_schema_that_went_astray_is_noticed() {
    let test = Test::new(Backend::Sqlite, &[], Default::default()).await;
    for sql in [
        "DROP INDEX ux_job_unique_key",
        "ALTER TABLE job DROP COLUMN trace",
        "ALTER TABLE job ADD COLUMN trace INTEGER",
        "ALTER TABLE cron_run ADD COLUMN more TEXT",
    ] {
        test.app.db.write().execute_unprepared(sql).await.expect(sql);
    }
    let (migrated, entities) = (migrated(&test).await, all(DbBackend::Sqlite));
    let of = |name: &str| differences(name, &migrated[name], &entities[name]).join("; ");
    let job = of("job");
    assert!(job.contains("job.trace is") && job.contains("unique {}"), "{job}");
    assert_eq!(of("cron_run"), "cron_run.more is not in its entity");
    assert_eq!(of("inbox"), "");
}

#[test]
fn every_table_declares_its_personal_columns() {
    let declared: BTreeMap<&str, &[&str]> = stoa::wire::modules()
        .iter()
        .flat_map(|module| module.personal)
        .chain(stoa_kernel::module::KERNEL.personal)
        .map(|table| (table.table, table.columns))
        .collect();
    for (table, Table { columns, .. }) in all(DbBackend::Sqlite) {
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
