//! Prices of many are written and read at once, not one by one.

use stoa_pricing::prices;
use stoa_pricing_types::{PriceQuery, PriceRow, PutPrices};
use stoa_testing::{Test, no_more_statements, on_both};
use stoa_types::{Currency, PageQuery};

use crate::{modules, product, seller};

on_both!(twenty_prices_take_no_more_statements_than_two, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let jug = product(test, seller(test, "jugs").await, "Jug", 20).await;
    let list = prices::default_list(ctx, Currency::EUR).await.expect("a list").id;
    let mut before: Vec<Vec<String>> = Vec::new();
    for count in [2, 20] {
        let skus: Vec<_> = jug.skus.iter().take(count).map(|sku| sku.id).collect();
        let version = prices::list(ctx, list, &PageQuery::default()).await.expect("the list").version;
        let row = |(place, sku): (usize, &stoa_types::Id<_>)| PriceRow {
            sku: sku.to_string(),
            amount: 1000 + (count * 100 + place) as i64,
            compare_at: None,
        };
        let put = PutPrices { prices: skus.iter().enumerate().map(row).collect() };
        let (done, written) = test.statements(prices::put_prices(ctx, list, version, put.clone())).await;
        let done = done.expect("the prices");
        assert_eq!(done.changed, count as u64);
        let (again, same) = test.statements(prices::put_prices(ctx, list, done.version, put)).await;
        assert_eq!(again.expect("the same").unchanged, count as u64);
        assert!(same.len() < written.len(), "what is the same is not written");
        let (page, listed) = test.statements(prices::list(ctx, list, &PageQuery::default())).await;
        assert_eq!(page.expect("the list").prices.len(), count);
        let texts: Vec<String> = skus.iter().map(ToString::to_string).collect();
        let query = PriceQuery { sku: texts.join(","), ..PriceQuery::default() };
        let (found, asked) = test.statements(prices::find(ctx, &query)).await;
        assert_eq!(found.expect("the prices").items.len(), count);
        let (now, current) = test.statements(prices::current(ctx.db().read(), ctx, &skus)).await;
        assert_eq!((now.expect("the prices").len(), current.len()), (count, 1));
        let now = vec![written, same, listed, asked];
        for (few, many) in before.iter().zip(&now) {
            no_more_statements(few, many);
        }
        before = now;
    }
});
