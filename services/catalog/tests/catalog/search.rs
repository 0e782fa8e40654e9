//! What every search engine owes the shop's lists, and that the lists ask the one wired.

use std::{collections::BTreeMap, sync::Arc};

use stoa_catalog::{
    offers,
    products::{self, words},
    storefront::{self, Engine, Found, SearchEngine, SearchQuery, SqlSearch},
};
use stoa_catalog_types::{Browse, CreateProduct, ProductStatus, Sort};
use stoa_kernel::{BoxFuture, Ctx, Result};
use stoa_testing::{Test, on_both};
use stoa_types::{Currency, Id, Product, Seller};

use crate::{
    browsing::shop,
    support::{category, input, modules, price, published, seller, stock},
};

fn everything() -> SearchQuery {
    SearchQuery {
        words: Vec::new(),
        categories: None,
        shop: None,
        sellers: None,
        options: BTreeMap::new(),
        price_from: None,
        price_to: None,
        in_stock: false,
        sort: Sort::PriceAsc,
        currency: Currency::EUR,
    }
}

/// An engine over a test's shop.
struct Searched<'a> {
    test: &'a Test,
    engine: Arc<dyn SearchEngine>,
    titles: BTreeMap<Id<Product>, String>,
}

impl Searched<'_> {
    /// After everything that an index learns by events and jobs has been learnt.
    async fn find(&self, query: &SearchQuery) -> Found {
        self.test.settle().await;
        let ctx = self.test.system();
        let found = self.engine.find(&ctx, query).await.expect("an answer");
        let first = self.engine.first(&ctx, query, 3).await.expect("the beginning");
        assert_eq!(first, found.ids[..found.ids.len().min(3)], "the list begins as it goes on");
        found
    }

    async fn titles(&self, query: &SearchQuery) -> Vec<&str> {
        self.find(query).await.ids.iter().map(|id| self.titles[id].as_str()).collect()
    }
}

fn facet(found: &Found, code: &str) -> Vec<(String, u64)> {
    let facet = found.facets.iter().find(|facet| facet.code == code);
    facet.map_or(Vec::new(), |facet| {
        facet.values.iter().map(|(value, _, count)| (value.clone(), *count)).collect()
    })
}

fn pick(code: &str, values: &[&str]) -> (String, Vec<String>) {
    (code.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())
}

/// The contract. `engine` may keep an index that it fills from the events of `test`.
async fn contract(test: &Test, engine: Arc<dyn SearchEngine>) {
    let ctx = &test.ctx;
    shop(test).await;
    let all = products::list(ctx, &Default::default()).await.expect("products").items;
    let titles = all.iter().map(|product| (product.id, product.title.clone())).collect();
    let searched = Searched { test, engine, titles };
    let id_of = |title: &str| all.iter().find(|product| product.title == title).expect("a product").id;

    // Everything published that has a price in the currency asked for, and nothing else.
    let found = searched.find(&everything()).await;
    assert_eq!((found.total, found.in_stock, found.prices), (6, 6, Some((1800, 8900))));
    assert_eq!(
        searched.titles(&everything()).await,
        ["Glass jug", "Sand jug", "Ink jug", "Sand bowl", "Oak board", "Lamp"]
    );
    let dollars = SearchQuery { currency: Currency::USD, ..everything() };
    assert_eq!(searched.find(&dollars).await, Found::default());

    // Orders.
    let dearest = SearchQuery { sort: Sort::PriceDesc, ..everything() };
    assert_eq!(searched.titles(&dearest).await[0], "Lamp");
    let newest = SearchQuery { sort: Sort::Newest, ..everything() };
    assert_eq!(searched.titles(&newest).await[..2], ["Lamp", "Sand bowl"]);
    let sku = products::get(ctx, id_of("Lamp")).await.expect("a product").skus[0].id;
    stock(ctx, sku, false).await;
    let featured = SearchQuery { sort: Sort::Featured, ..everything() };
    assert_eq!(searched.titles(&featured).await.last(), Some(&"Lamp"), "what is sold out comes last");

    // What is sold out is left out where that is asked for, and counted where it is not.
    let buyable = SearchQuery { in_stock: true, ..everything() };
    let found = searched.find(&buyable).await;
    assert_eq!((found.total, found.in_stock), (5, 5));
    assert_eq!(searched.find(&everything()).await.in_stock, 5);

    // Words: all of them, in any order, anywhere in title or maker, whatever the accents.
    let of = |text: &str| SearchQuery { words: words(text), ..everything() };
    assert_eq!(searched.titles(&of("JUG sand")).await, ["Sand jug"]);
    assert_eq!(searched.titles(&of("jug")).await, ["Glass jug", "Sand jug", "Ink jug"]);
    assert_eq!(searched.find(&of("grane")).await.total, 6);
    assert_eq!(searched.find(&of("teapot")).await.total, 0);
    assert_eq!(searched.find(&of("100%_!")).await.total, 0, "what is typed is no pattern");

    // Places and shops.
    let place = products::get(ctx, id_of("Sand jug")).await.expect("a product").category.expect("a place");
    let jugs = SearchQuery { categories: Some(vec![place.id]), ..everything() };
    assert_eq!(searched.titles(&jugs).await, ["Glass jug", "Sand jug", "Ink jug"]);
    let nowhere = SearchQuery { categories: Some(Vec::new()), ..everything() };
    assert_eq!(searched.find(&nowhere).await.total, 0);
    let sellers = searched.find(&everything()).await.sellers;
    assert_eq!(sellers.iter().map(|one| one.1).sum::<u64>(), 6);
    let (boards, _) = *sellers.iter().find(|one| one.1 == 2).expect("the shop of boards");
    let own = SearchQuery { shop: Some(boards), ..everything() };
    let found = searched.find(&own).await;
    assert_eq!((found.total, found.sellers.len()), (2, 0));
    let picked = SearchQuery { sellers: Some(vec![boards]), ..everything() };
    let found = searched.find(&picked).await;
    assert_eq!((found.total, found.sellers.len()), (2, 2), "counted as if none were picked");
    let nobody: Vec<Id<Seller>> = Vec::new();
    assert_eq!(searched.find(&SearchQuery { sellers: Some(nobody), ..everything() }).await.total, 0);

    // Facets: alternatives within one, narrowing across, each counted without its own.
    let options = BTreeMap::from([pick("material", &["stoneware", "glass"]), pick("colour", &["sand"])]);
    let narrowed = SearchQuery { options, ..everything() };
    let found = searched.find(&narrowed).await;
    assert_eq!(searched.titles(&narrowed).await, ["Sand jug", "Sand bowl"]);
    assert_eq!(facet(&found, "material"), [("stoneware".to_owned(), 2)]);
    assert_eq!(
        facet(&found, "colour"),
        [("clear".to_owned(), 1), ("ink".to_owned(), 1), ("sand".to_owned(), 2)]
    );
    let unknown = SearchQuery { options: BTreeMap::from([pick("no-such-facet", &["x"])]), ..everything() };
    assert_eq!(searched.find(&unknown).await.total, 6, "an attribute nobody knows narrows nothing");
    let marble = SearchQuery { options: BTreeMap::from([pick("material", &["marble"])]), ..everything() };
    assert_eq!(searched.find(&marble).await.total, 0, "a value nobody has finds nothing");

    // Prices narrow the list and not their own bounds.
    let cheap = SearchQuery { price_from: Some(2400), price_to: Some(2900), ..everything() };
    let found = searched.find(&cheap).await;
    assert_eq!(searched.titles(&cheap).await, ["Sand jug", "Ink jug", "Sand bowl"]);
    assert_eq!((found.total, found.prices), (3, Some((1800, 8900))));

    // Changes are followed: a price, a price taken away, a product taken off.
    let sku = products::get(ctx, id_of("Ink jug")).await.expect("a product").skus[0].id;
    price(ctx, sku, 100, None).await;
    assert_eq!(searched.titles(&everything()).await[0], "Ink jug");
    let tx = ctx.db().begin().await.expect("a transaction");
    offers::record_price(&tx, ctx, sku, Currency::EUR, None).await.expect("no price");
    ctx.db().commit(tx).await.expect("committed");
    assert_eq!(searched.find(&everything()).await.total, 5);
    let gone = products::archive(ctx, id_of("Lamp")).await.expect("archived");
    assert_eq!(gone.status, ProductStatus::Archived);
    assert_eq!(searched.find(&everything()).await.total, 4);
}

on_both!(the_embedded_engine_keeps_the_contract, &modules(), async |test: &Test| {
    contract(test, Arc::new(SqlSearch)).await;
});

/// Finds one product, whatever is asked.
struct Stubborn;

impl SearchEngine for Stubborn {
    fn find<'a>(&'a self, ctx: &'a Ctx, query: &'a SearchQuery) -> BoxFuture<'a, Result<Found>> {
        Box::pin(async move {
            let all = SqlSearch.find(ctx, &SearchQuery { words: Vec::new(), ..query.clone() }).await?;
            Ok(Found { ids: all.ids.into_iter().take(1).collect(), total: 1, ..Found::default() })
        })
    }

    fn first<'a>(
        &'a self,
        ctx: &'a Ctx,
        query: &'a SearchQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Id<Product>>>> {
        Box::pin(async move { Ok(self.find(ctx, query).await?.ids.into_iter().take(limit).collect()) })
    }
}

fn stubborn() -> axum::http::Extensions {
    let mut parts = axum::http::Extensions::new();
    parts.insert(Engine(Arc::new(Stubborn)));
    parts
}

on_both!(lists_ask_the_engine_that_is_wired, &modules(), stubborn(), async |test: &Test| {
    let owner = seller(test, "jugs").await;
    let place = Some(category(&test.ctx, "Kitchen", None).await.id);
    for title in ["Jug", "Bowl"] {
        published(&test.ctx, CreateProduct { category: place, ..input(title, owner) }, 2400).await;
    }
    let query = Browse { q: Some("nothing like it".to_owned()), ..Browse::default() };
    let found = storefront::browse(&test.visitor(), &query).await.unwrap();
    assert_eq!((found.total, found.items.len()), (1, 1));
});
