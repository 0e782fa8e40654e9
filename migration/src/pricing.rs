use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::prelude::{ChronoDate, ChronoTime, DateTimeUtc, Uuid},
};

use crate::{create, index, unique};

/// Price lists, prices and their history, tax rates.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_pricing"
    }
}

/// A foreign key to the `id` of another table of this area.
fn reference(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("fk_{table}_{column}")).from(table, column).to(to, "id").to_owned()
}

/// Standard rates in basis points, with the day they began to hold where that lies in
/// the life of this table: the states of the European Union, then others.
const STANDARD_RATES: [(&str, i64, &str); 30] = [
    ("AT", 2000, "1984-01-01"),
    ("BE", 2100, "1996-01-01"),
    ("BG", 2000, "1999-01-01"),
    ("CY", 1900, "2014-01-13"),
    ("CZ", 2100, "2013-01-01"),
    ("DE", 1900, "2021-01-01"),
    ("DK", 2500, "1992-01-01"),
    ("EE", 2400, "2025-07-01"),
    ("ES", 2100, "2012-09-01"),
    ("FI", 2550, "2024-09-01"),
    ("FR", 2000, "2014-01-01"),
    ("GR", 2400, "2016-06-01"),
    ("HR", 2500, "2012-03-01"),
    ("HU", 2700, "2012-01-01"),
    ("IE", 2300, "2021-03-01"),
    ("IT", 2200, "2013-10-01"),
    ("LT", 2100, "2009-09-01"),
    ("LU", 1700, "2024-01-01"),
    ("LV", 2100, "2012-07-01"),
    ("MT", 1800, "2004-01-01"),
    ("NL", 2100, "2012-10-01"),
    ("PL", 2300, "2011-01-01"),
    ("PT", 2300, "2011-01-01"),
    ("RO", 2100, "2025-08-01"),
    ("SE", 2500, "1990-07-01"),
    ("SI", 2200, "2013-07-01"),
    ("SK", 2300, "2025-01-01"),
    ("GB", 2000, "2011-01-04"),
    ("NO", 2500, "2005-01-01"),
    ("CH", 810, "2024-01-01"),
];

/// Territories with a rate of their own.
const REGIONAL_RATES: [(&str, &str, i64, &str); 5] = [
    ("FR", "FR-GP", 850, "2000-01-01"),
    ("FR", "FR-MQ", 850, "2000-01-01"),
    ("FR", "FR-RE", 850, "2000-01-01"),
    ("PT", "PT-20", 1600, "2021-07-01"),
    ("PT", "PT-30", 2200, "2012-04-01"),
];

/// Rates that ended within the years refunds may still look back to.
const FORMER_RATES: [(&str, i64, &str, &str); 3] = [
    ("EE", 2200, "2024-01-01", "2025-07-01"),
    ("RO", 1900, "2017-01-01", "2025-08-01"),
    ("SK", 2000, "2011-01-01", "2025-01-01"),
];

async fn seed_rates(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut insert = Query::insert();
    insert.into_table("tax_rate").columns([
        "id",
        "country",
        "region",
        "class",
        "rate_bp",
        "valid_from",
        "valid_to",
    ]);
    let current = STANDARD_RATES.iter().map(|(country, rate, from)| (*country, "", *rate, *from, None));
    let former = FORMER_RATES.iter().map(|(country, rate, from, to)| (*country, "", *rate, *from, Some(*to)));
    let regional =
        REGIONAL_RATES.iter().map(|(country, region, rate, from)| (*country, *region, *rate, *from, None));
    for (place, (country, region, rate, from, to)) in current.chain(former).chain(regional).enumerate() {
        // Data of the schema keeps the same ids everywhere: the last bytes count.
        let id = Uuid::from_u128(0x5a70_0000_0000_8000_8000_0000_0000_0000 + place as u128 + 1);
        let to = to.map(midnight).transpose()?;
        insert
            .values([
                id.into(),
                country.into(),
                region.into(),
                "standard".into(),
                rate.into(),
                midnight(from)?.into(),
                to.into(),
            ])
            .map_err(|error| DbErr::Custom(error.to_string()))?;
    }
    manager.execute(insert).await
}

/// The start of a day in UTC.
fn midnight(day: &str) -> Result<DateTimeUtc, DbErr> {
    let day: ChronoDate = day.parse().map_err(|_| DbErr::Custom(format!("{day} is no day")))?;
    Ok(day.and_time(ChronoTime::MIN).and_utc())
}

#[async_trait::async_trait]
impl MigrationTrait for M1 {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            Table::create()
                .table("price_list")
                .col(uuid("id").primary_key())
                .col(string("code"))
                .col(string("name"))
                .col(string_len("currency", 3))
                .col(string("kind"))
                .col(string_null("default_for"))
                .col(integer("priority"))
                .col(timestamp_with_time_zone_null("starts_at"))
                .col(timestamp_with_time_zone_null("ends_at"))
                .col(big_integer("version"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .to_owned(),
            Table::create()
                .table("price")
                .col(uuid("id").primary_key())
                .col(uuid("price_list_id"))
                .col(uuid("sku_id"))
                .col(uuid("seller_id"))
                .col(big_integer("min_quantity"))
                .col(big_integer("amount"))
                .col(big_integer_null("compare_at"))
                .col(timestamp_with_time_zone("valid_from"))
                .col(timestamp_with_time_zone_null("valid_to"))
                .col(big_integer("version"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .foreign_key(&mut reference("price", "price_list_id", "price_list"))
                .to_owned(),
            Table::create()
                .table("price_history")
                .col(uuid("id").primary_key())
                .col(uuid("price_list_id"))
                .col(uuid("sku_id"))
                .col(big_integer("min_quantity"))
                .col(big_integer_null("amount"))
                .col(big_integer_null("compare_at"))
                .col(string("actor"))
                .col(timestamp_with_time_zone("at"))
                .foreign_key(&mut reference("price_history", "price_list_id", "price_list"))
                .to_owned(),
            Table::create()
                .table("priced_sku")
                .col(uuid("sku_id").primary_key())
                .col(big_integer("version"))
                .to_owned(),
            Table::create()
                .table("tax_rate")
                .col(uuid("id").primary_key())
                .col(string_len("country", 2))
                .col(string("region"))
                .col(string("class"))
                .col(big_integer("rate_bp"))
                .col(timestamp_with_time_zone("valid_from"))
                .col(timestamp_with_time_zone_null("valid_to"))
                .to_owned(),
        ];
        let indexes = vec![
            unique("price_list", &["code"]),
            unique("price_list", &["default_for"]),
            unique("price", &["price_list_id", "sku_id", "min_quantity", "valid_from"]),
            index("price", &["sku_id"]),
            // How often a seller's prices changed, for If-Match.
            index("price", &["price_list_id", "seller_id", "version"]),
            index("price_history", &["sku_id", "at"]),
            unique("tax_rate", &["country", "region", "class", "valid_from"]),
        ];
        create(manager, tables, indexes).await?;
        seed_rates(manager).await
    }
}
