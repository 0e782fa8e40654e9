//! Delivery options by rate table.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use stoa_fulfilment_entities::shipping_rate;
use stoa_fulfilment_types::{DeliveryOption, ParcelOptions, RateRequest};
use stoa_kernel::{Ctx, Error, Fields, Result};
use stoa_types::{Id, Money, Seller};

use super::{
    NO_DELIVERY, QUANTITY_INVALID, SHIPPING_READ,
    model::{country, needs_phone, price, working_days, zone},
};

/// One seller's parcel as far as delivery cares.
#[derive(Debug, Clone, Copy)]
pub struct ParcelNeed {
    pub seller: Id<Seller>,
    /// 0 when nobody knows: the lightest bracket.
    pub weight_grams: i64,
    /// What the goods cost, for delivery that is free above some value; its currency is
    /// the one of the prices asked for.
    pub value: Money,
}

/// Delivery options for each parcel, in the order asked, cheapest first. Where nothing
/// is delivered: 422 [`NO_DELIVERY`] on field `country`. The postcode does not change a
/// table rate; carriers will ask for it.
pub async fn options(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    to: &str,
    _postcode: &str,
    parcels: &[ParcelNeed],
) -> Result<Vec<ParcelOptions>> {
    let to = country(to).ok_or_else(|| refuse("country", "Choose a country."))?;
    let sellers: BTreeSet<Id<Seller>> = parcels.iter().map(|parcel| parcel.seller).collect();
    let sellers: Vec<Id<Seller>> = sellers.into_iter().collect();
    let terms = stoa_identity::sellers::terms(conn, &sellers).await?;
    let zones: HashMap<Id<Seller>, &'static str> = sellers
        .iter()
        .map(|seller| (*seller, zone(terms.get(seller).map_or("", |terms| terms.country.as_str()), &to)))
        .collect();
    let table = Table::load(conn, zones.values().copied(), parcels).await?;
    parcels
        .iter()
        .map(|parcel| {
            let zone = zones.get(&parcel.seller).copied().unwrap_or("other");
            let options = table.options(ctx, zone, parcel.weight_grams, parcel.value)?;
            Ok(ParcelOptions { seller: parcel.seller, options })
        })
        .collect()
}

/// Prices of one carrier for one parcel; `table` is the rate table. For sellers and
/// staff, who need no order for it.
pub async fn carrier_rates(ctx: &Ctx, carrier: &str, input: RateRequest) -> Result<Vec<DeliveryOption>> {
    ctx.require(SHIPPING_READ)?;
    if carrier != "table" {
        return Err(Error::not_found("carrier"));
    }
    let mut fields = Fields::default();
    let (from, to) = (country(&input.from_country), country(&input.to_country));
    fields.check(from.is_some(), "from_country", NO_DELIVERY, "Use a country code like GR.");
    fields.check(to.is_some(), "to_country", NO_DELIVERY, "Use a country code like GR.");
    let weighs = (1..=1_000_000).contains(&input.weight_grams);
    fields.check(weighs, "weight_grams", QUANTITY_INVALID, "Enter the weight in grams, 1 to 1,000,000.");
    fields.check(
        input.value.amount >= 0,
        "value/amount",
        QUANTITY_INVALID,
        "Enter the value of the goods, 0 or more.",
    );
    fields.finish()?;
    let zone = zone(&from.unwrap_or_default(), &to.unwrap_or_default());
    let parcel = ParcelNeed {
        seller: Id::new(stoa_types::Uuid::nil()),
        weight_grams: input.weight_grams,
        value: input.value,
    };
    let table = Table::load(ctx.db().read(), [zone], &[parcel]).await?;
    table.options(ctx, zone, input.weight_grams, input.value)
}

fn refuse(field: &str, text: &str) -> Error {
    NO_DELIVERY.error(text).field(field)
}

struct Table(Vec<shipping_rate::Model>);

impl Table {
    async fn load(
        conn: &impl ConnectionTrait,
        zones: impl IntoIterator<Item = &'static str>,
        parcels: &[ParcelNeed],
    ) -> Result<Self> {
        let zones: BTreeSet<&str> = zones.into_iter().collect();
        let currencies: BTreeSet<String> =
            parcels.iter().map(|parcel| parcel.value.currency.to_string()).collect();
        let rows = shipping_rate::Entity::find()
            .filter(shipping_rate::Column::Zone.is_in(zones))
            .filter(shipping_rate::Column::Currency.is_in(currencies))
            .all(conn)
            .await?;
        Ok(Self(rows))
    }

    fn options(&self, ctx: &Ctx, zone: &str, weight: i64, value: Money) -> Result<Vec<DeliveryOption>> {
        let mut services: BTreeMap<&str, Vec<&shipping_rate::Model>> = BTreeMap::new();
        for row in self.0.iter().filter(|row| row.zone == zone && row.currency == value.currency.code()) {
            services.entry(&row.service).or_default().push(row);
        }
        let today = ctx.now.date_naive();
        let mut options = Vec::with_capacity(services.len());
        for (code, rows) in services {
            let brackets: Vec<(i64, i64)> =
                rows.iter().map(|row| (row.max_weight_grams, row.amount)).collect();
            let (Some(rate), Some(amount)) = (rows.first(), price(&brackets, weight)) else { continue };
            let free = rate.free_over.is_some_and(|least| value.amount >= least);
            let leaves = working_days(today, rate.handling_days);
            options.push(DeliveryOption {
                code: code.to_owned(),
                name: rate.name.clone(),
                price: Money::new(if free { 0 } else { amount }, value.currency),
                free_over: rate.free_over.map(|least| Money::new(least, value.currency)),
                arrives_from: working_days(leaves, rate.transit_from),
                arrives_to: working_days(leaves, rate.transit_to),
                needs_phone: needs_phone(code),
            });
        }
        options.sort_by_key(|option| (option.price.amount, option.arrives_from));
        if options.is_empty() {
            return Err(refuse("country", "We don't deliver there yet."));
        }
        Ok(options)
    }
}
