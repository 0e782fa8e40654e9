use proptest::prelude::*;
use serde_json::json;
use stoa_pricing::tax;
use stoa_pricing_types::{TaxLine, TaxQuote, TaxReason};
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Currency, DateTime, Utc};

use crate::{eur, modules};

fn quote(country: Option<&str>, amounts: &[i64]) -> TaxQuote {
    let line = |(place, amount): (usize, &i64)| TaxLine {
        reference: place.to_string(),
        amount: eur(*amount),
        class: "standard".to_owned(),
    };
    TaxQuote {
        country: country.map(str::to_owned),
        postcode: None,
        currency: Currency::EUR,
        at: None,
        lines: amounts.iter().enumerate().map(line).collect(),
    }
}

on_both!(m20_1_the_rate_is_the_one_of_the_day, &modules(), async |test: &Test| {
    let (ctx, conn) = (&test.ctx, test.ctx.db().read());
    let at = |day: &str| Some(format!("{day}T00:00:00Z").parse::<DateTime<Utc>>().unwrap());
    let rate = async |country: &str, postcode: Option<&str>, day: &str| {
        let ask = TaxQuote {
            at: at(day),
            postcode: postcode.map(str::to_owned),
            ..quote(Some(country), &[12_000])
        };
        let line = tax::quote(conn, ctx, &ask).await.unwrap().lines.remove(0);
        (line.rate_bp, line.jurisdiction, line.reason)
    };
    assert_eq!(rate("EE", None, "2025-06-30").await.0, 2200);
    assert_eq!(rate("EE", None, "2025-07-01").await, (2400, "EE".to_owned(), TaxReason::Standard));
    assert_eq!(rate("gr", None, "2026-01-01").await.0, 2400);
    assert_eq!(rate("ES", Some("35001"), "2026-01-01").await, (0, String::new(), TaxReason::NotCollecting));
    assert_eq!(
        rate("PT", Some("9500-321"), "2026-01-01").await,
        (1600, "PT-20".to_owned(), TaxReason::Standard)
    );
    assert_eq!(rate("US", None, "2026-01-01").await, (0, String::new(), TaxReason::NotCollecting));
    // All 27 states of the Union have a rate today.
    let union = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";
    for country in union.split(' ') {
        assert!(rate(country, None, "2026-11-22").await.0 >= 1700, "{country}");
    }
});

on_both!(e20_1_net_and_tax_make_the_gross_amount_for_every_quantity, &modules(), async |test: &Test| {
    let (ctx, conn) = (&test.ctx, test.ctx.db().read());
    // The unit price times the quantity is taxed once: no cent drifts from 1 to 1,000 pieces.
    for unit in [1_i64, 99, 333, 1999] {
        let amounts: Vec<i64> = (1..=500).map(|quantity| unit * quantity * 2).collect();
        for country in ["GR", "DE", "FI", "CH"] {
            let result = tax::quote(conn, ctx, &quote(Some(country), &amounts)).await.unwrap();
            for (line, gross) in result.lines.iter().zip(&amounts) {
                assert_eq!(line.net.amount + line.tax.amount, *gross);
                // gross × rate ÷ (1 + rate), to the nearest cent.
                let (tax, rate) = (i128::from(line.tax.amount), i128::from(line.rate_bp));
                let exact = i128::from(*gross) * rate;
                assert!((2 * (tax * (10_000 + rate) - exact)).abs() <= 10_000 + rate, "{country} {gross}");
            }
            assert_eq!(result.total.amount, result.lines.iter().map(|line| line.tax.amount).sum::<i64>());
        }
    }
});

on_both!(tax_over_rest, &modules(), async |test: &Test| {
    let client = Client::new(&test.app, stoa_pricing::routes());
    let visitor = test.visitor();
    let ask = json!({ "country": "DE", "currency": "EUR", "lines": [{ "reference": "a", "amount": { "amount": 11900, "currency": "EUR" }, "class": "standard" }] });
    let answer = client.post(&visitor, "/v1/taxes/quote", "key-1", ask).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(
        (answer.json()["total"]["amount"].clone(), answer.json()["estimate"].clone()),
        (json!(1900), json!(false))
    );
    let wrong = json!({ "country": "Germany", "currency": "EUR", "lines": [
        { "reference": "a", "amount": { "amount": 1, "currency": "USD" }, "class": "standard" },
        { "reference": "b", "amount": { "amount": -1, "currency": "EUR" }, "class": "standard" },
    ] });
    let refused = client.post(&visitor, "/v1/taxes/quote", "key-2", wrong).await;
    let codes: Vec<String> = refused.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes, ["tax.country_unknown", "tax.currency_mismatch", "tax.amount_invalid"]);
    let guess = json!({ "currency": "EUR", "lines": [] });
    assert_eq!(client.post(&visitor, "/v1/taxes/quote", "key-3", guess).await.json()["estimate"], true);

    let rates = client.get(&visitor, "/v1/taxes/rates?country=EE").await.json();
    assert_eq!(rates["items"].as_array().unwrap().len(), 1, "a rate that has ended is not listed");
    assert_eq!(rates["items"][0]["rate_bp"], 2400);
    assert_eq!(
        client.get(&visitor, "/v1/taxes/rates?country=ES&postcode=38001").await.json()["items"],
        json!([])
    );
    assert_eq!(client.get(&visitor, "/v1/taxes/rates?country=Spain").await.status.as_u16(), 422);
    assert_eq!(client.get(&visitor, "/v1/taxes/rates?land=ES").await.code(), "kernel.unknown_parameter");
});

proptest! {
    #[test]
    fn e20_1_included_tax_never_loses_a_cent(amount in 0_i64..100_000_000_000, rate in 0_i64..5_000) {
        let gross = eur(amount);
        let tax = gross.tax_included(rate).unwrap();
        prop_assert_eq!(gross.minus(tax).unwrap().plus(tax).unwrap(), gross);
        prop_assert!(tax.amount >= 0 && tax.amount <= amount);
    }
}
