//! Quotes and rates.

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
    time::Duration,
};

use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use stoa_kernel::{Ctx, Fields, Result};
use stoa_pricing_entities::tax_rate;
use stoa_pricing_types::{RateQuery, TaxQuote, TaxRateView, TaxRatesView, TaxResult, TaxedLine};
use stoa_types::Money;

use super::{AMOUNT_INVALID, COUNTRY_UNKNOWN, CURRENCY_MISMATCH, TOO_MANY_LINES, model};

const MOST_LINES: usize = 500;

/// All rates, kept for a minute; by data folder, since tests run several programs in
/// one process.
static RATES: LazyLock<moka::sync::Cache<PathBuf, Arc<Vec<tax_rate::Model>>>> = LazyLock::new(|| {
    moka::sync::Cache::builder().max_capacity(64).time_to_live(Duration::from_secs(60)).build()
});

async fn all_rates(conn: &impl ConnectionTrait, ctx: &Ctx) -> Result<Arc<Vec<tax_rate::Model>>> {
    let key = &ctx.app.settings.data;
    if let Some(rates) = RATES.get(key) {
        return Ok(rates);
    }
    let rates = tax_rate::Entity::find()
        .order_by_asc(tax_rate::Column::Country)
        .order_by_asc(tax_rate::Column::Region)
        .order_by_asc(tax_rate::Column::Class)
        .order_by_asc(tax_rate::Column::ValidFrom)
        .all(conn)
        .await?;
    let rates = Arc::new(rates);
    RATES.insert(key.clone(), rates.clone());
    Ok(rates)
}

/// The tax within amounts that include it.
///
/// Each line is rounded once, half away from zero. Without a country the answer is an
/// estimate. 422 for what is no country, a negative amount or a foreign currency.
pub async fn quote(conn: &impl ConnectionTrait, ctx: &Ctx, quote: &TaxQuote) -> Result<TaxResult> {
    let mut fields = Fields::default();
    fields.check(
        quote.lines.len() <= MOST_LINES,
        "lines",
        TOO_MANY_LINES,
        "Ask for up to 500 lines at once.",
    );
    let estimate = quote.country.is_none();
    let place =
        model::jurisdiction(quote.country.as_deref().unwrap_or(model::HOME), quote.postcode.as_deref());
    fields.check(
        place.is_some(),
        "country",
        COUNTRY_UNKNOWN,
        "Give the country by its two letters, such as GR.",
    );
    for (number, line) in quote.lines.iter().enumerate().take(MOST_LINES) {
        let at = format!("lines/{number}/amount");
        fields.check(
            line.amount.currency == quote.currency,
            &at,
            CURRENCY_MISMATCH,
            "Give every amount in the quote's currency.",
        );
        fields.check(line.amount.amount >= 0, &at, AMOUNT_INVALID, "An amount is 0 or more.");
    }
    fields.finish()?;
    let Some(place) = place else {
        return Err(COUNTRY_UNKNOWN.error("Give the country by its two letters, such as GR."));
    };
    let rates = all_rates(conn, ctx).await?;
    let at = quote.at.unwrap_or(ctx.now);
    let mut lines = Vec::with_capacity(quote.lines.len());
    for line in &quote.lines {
        let rate = model::rate(&rates, &place, &line.class, at);
        let rate_bp = rate.map_or(0, |rate| rate.rate_bp);
        let tax = line.amount.tax_included(rate_bp)?;
        let jurisdiction = match rate {
            None => String::new(),
            Some(_) if place.region.is_empty() => place.country.clone(),
            Some(_) => place.region.to_owned(),
        };
        lines.push(TaxedLine {
            reference: line.reference.clone(),
            rate_bp,
            tax,
            net: line.amount.minus(tax)?,
            jurisdiction,
            reason: model::reason(rate),
        });
    }
    let total = Money::sum(quote.currency, lines.iter().map(|line| line.tax))?;
    Ok(TaxResult { lines, total, estimate })
}

/// The rates that hold now, of one country or all. 422 for what is no country.
pub async fn rates(ctx: &Ctx, query: &RateQuery) -> Result<TaxRatesView> {
    let place = match &query.country {
        None => None,
        Some(country) => {
            let place = model::jurisdiction(country, query.postcode.as_deref());
            let mut fields = Fields::default();
            fields.check(
                place.is_some(),
                "country",
                COUNTRY_UNKNOWN,
                "Give the country by its two letters, such as GR.",
            );
            fields.finish()?;
            place
        }
    };
    let rates = all_rates(ctx.db().read(), ctx).await?;
    let here = |rate: &&tax_rate::Model| match &place {
        None => true,
        Some(place) => {
            rate.country == place.country && (query.postcode.is_none() || rate.region == place.region)
        }
    };
    let now =
        |rate: &&tax_rate::Model| rate.valid_from <= ctx.now && rate.valid_to.is_none_or(|end| ctx.now < end);
    let items = rates.iter().filter(here).filter(now).map(|rate| TaxRateView {
        country: rate.country.clone(),
        region: rate.region.clone(),
        class: rate.class.clone(),
        rate_bp: rate.rate_bp,
        valid_from: rate.valid_from,
        valid_to: rate.valid_to,
    });
    Ok(TaxRatesView { items: items.collect() })
}
