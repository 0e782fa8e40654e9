use axum::http::Method;
use serde_json::{Value, json};
use stoa_kernel::{Ctx, Result, error::codes};
use stoa_pricing::prices;
use stoa_pricing_types::SetPrice;
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Currency, Id, Sku};

use crate::{eur, modules, product, seller};

fn of(amount: i64, was: Option<i64>) -> SetPrice {
    SetPrice { price: eur(amount), compare_at: was.map(eur) }
}

async fn set(ctx: &Ctx, sku: Id<Sku>, price: SetPrice) -> Result<bool> {
    let tx = ctx.db().begin().await?;
    let changed = prices::set_in(&tx, ctx, sku, price).await?;
    ctx.db().commit(tx).await?;
    Ok(changed)
}

on_both!(b4_1_every_price_there_was_is_kept, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let jug = product(test, seller(test, "jugs").await, "Jug", 1).await;
    let sku = jug.skus[0].id;
    assert!(set(ctx, sku, of(2400, None)).await.unwrap());
    assert!(!set(ctx, sku, of(2400, None)).await.unwrap(), "the same again writes nothing");
    test.travel(chrono::TimeDelta::days(1));
    let later = test.system();
    assert!(set(&later, sku, of(1900, Some(2400))).await.unwrap());
    let now = prices::current(ctx.db().read(), &later, &[sku]).await.unwrap()[&sku];
    assert_eq!((now.price, now.compare_at), (eur(1900), Some(eur(2400))));
    assert_eq!(test.scalar("SELECT COUNT(*) FROM price").await, 1);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM price_history").await, 2);
    assert_eq!(test.scalar("SELECT MAX(amount) FROM price_history").await, 2400);
    let events = test.events().await;
    assert_eq!(events.iter().filter(|name| *name == "price.updated").count(), 2);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM audit_record WHERE action = 'price.updated'").await, 2);
    // The catalogue shows the same in the same moment.
    assert_eq!(test.scalar("SELECT amount FROM offer_summary").await, 1900);
    assert_eq!(test.scalar("SELECT compare_at FROM product_summary").await, 2400);
});

/// What the events of a SKU's prices say of their order: version, price and the one before.
async fn told(test: &Test, sku: Id<Sku>) -> Vec<(i64, i64, Option<i64>)> {
    use sea_orm::{ConnectionTrait, Statement};
    let sql = "SELECT subject_version, data FROM outbox_event WHERE name = 'price.updated' AND subject_id = $1 ORDER BY subject_version";
    let statement = Statement::from_sql_and_values(test.app.db.backend(), sql, [sku.uuid().into()]);
    let rows = test.app.db.read().query_all_raw(statement).await.unwrap();
    let told = rows.iter().map(|row| {
        let data: Value = row.try_get("", "data").unwrap();
        let version: i64 = row.try_get("", "subject_version").unwrap();
        (version, data["amount"].as_i64().unwrap(), data["previous"].as_i64())
    });
    told.collect()
}

on_both!(price_events_of_a_sku_count_up_whoever_comes_at_once, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let jug = product(test, seller(test, "jugs").await, "Jug", 2).await;
    let (sku, other) = (jug.skus[0].id, jug.skus[1].id);
    let usd = |amount| stoa_types::Money::new(amount, Currency::USD);
    assert!(set(ctx, other, of(900, None)).await.unwrap());
    assert!(prices::set(ctx, sku, of(100, None)).await.unwrap());
    let dollars = |amount| SetPrice { price: usd(amount), compare_at: None };
    assert!(prices::set(ctx, sku, dollars(101)).await.unwrap());
    // Everybody at the same moment, on two lists, and some by a clock that was set back.
    let back = Ctx { now: ctx.now - chrono::TimeDelta::hours(1), ..ctx.clone() };
    let changes = (0..24).map(|one| {
        let ctx = if one % 3 == 0 { back.clone() } else { ctx.clone() };
        let price = match one % 2 {
            0 => of(1000 + one, None),
            _ => dollars(1000 + one),
        };
        tokio::spawn(async move { prices::set(&ctx, sku, price).await })
    });
    for done in futures::future::join_all(changes).await {
        assert!(done.unwrap().unwrap(), "each of them changed the price");
    }
    let told = told(test, sku).await;
    assert_eq!(told.iter().map(|one| one.0).collect::<Vec<_>>(), (1..=26).collect::<Vec<_>>());
    // Each names the price it replaced: the one told last of the same list.
    for list in [0, 1] {
        let own: Vec<_> = told.iter().filter(|one| one.1 % 2 == list).collect();
        for pair in own.windows(2) {
            assert_eq!(pair[1].2, Some(pair[0].1), "{told:?}");
        }
        let stands = format!(
            "SELECT amount FROM price p JOIN price_list l ON l.id = p.price_list_id WHERE l.currency = '{}' AND amount <> 900",
            ["EUR", "USD"][list as usize]
        );
        assert_eq!(test.scalar(&stands).await, own.last().unwrap().1, "the last one told holds");
    }
    assert_eq!(told_versions(test, other).await, [1], "each SKU counts for itself");
    // A change that was undone is not counted.
    let tx = ctx.db().begin().await.unwrap();
    prices::set_in(&tx, ctx, other, of(950, None)).await.unwrap();
    tx.rollback().await.unwrap();
    assert!(!set(ctx, other, of(900, None)).await.unwrap(), "nothing to tell");
    set(ctx, other, of(990, None)).await.unwrap();
    assert_eq!(told_versions(test, other).await, [1, 2]);
});

async fn told_versions(test: &Test, sku: Id<Sku>) -> Vec<i64> {
    told(test, sku).await.into_iter().map(|one| one.0).collect()
}

on_both!(each_currency_has_its_own_list, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let jug = product(test, seller(test, "jugs").await, "Jug", 1).await;
    let sku = jug.skus[0].id;
    set(ctx, sku, of(2400, None)).await.unwrap();
    let yen: Currency = "JPY".parse().unwrap();
    let price = SetPrice { price: stoa_types::Money::new(3500, yen), compare_at: None };
    set(ctx, sku, price).await.unwrap();
    let in_yen = prices::current_in(ctx.db().read(), ctx, yen, &[sku]).await.unwrap();
    assert_eq!(in_yen[&sku].price, price.price);
    assert_eq!(prices::current(ctx.db().read(), ctx, &[sku]).await.unwrap()[&sku].price, eur(2400));
    assert!(prices::current_in(ctx.db().read(), ctx, Currency::USD, &[sku]).await.unwrap().is_empty());
    assert_eq!(test.scalar("SELECT COUNT(*) FROM price_list").await, 2);
    let unknown = Id::new(uuid::Uuid::new_v4());
    assert!(set(ctx, unknown, of(1, None)).await.unwrap_err().is(codes::NOT_FOUND));
});

on_both!(tiers_hold_from_their_quantity_while_they_are_valid, &modules(), async |test: &Test| {
    use sea_orm::ConnectionTrait;
    let ctx = &test.ctx;
    let jug = product(test, seller(test, "jugs").await, "Jug", 1).await;
    let sku = jug.skus[0].id;
    set(ctx, sku, of(2400, None)).await.unwrap();
    // Tiers are stored already and get their screens later: ten pieces cost less, five did once.
    let copy = |quantity: i64, amount: i64, until: &str| {
        format!(
            "INSERT INTO price (id, price_list_id, sku_id, seller_id, min_quantity, amount, compare_at, valid_from, valid_to, version, created_at, updated_at) \
             SELECT $1, price_list_id, sku_id, seller_id, {quantity}, {amount}, NULL, valid_from, {until}, 1, created_at, updated_at FROM price WHERE min_quantity = 1"
        )
    };
    for sql in [copy(10, 2000, "NULL"), copy(5, 100, "created_at")] {
        let statement =
            sea_orm::Statement::from_sql_and_values(ctx.db().backend(), sql, [uuid::Uuid::new_v4().into()]);
        ctx.db().write().execute_raw(statement).await.unwrap();
    }
    let later = {
        test.travel(chrono::TimeDelta::seconds(1));
        test.system()
    };
    let cost = async |quantity| {
        prices::for_quantities(ctx.db().read(), &later, Currency::EUR, &[(sku, quantity)]).await.unwrap()
            [&sku]
            .price
            .amount
    };
    assert_eq!([cost(1).await, cost(9).await, cost(10).await], [2400, 2400, 2000]);
});

on_both!(a_list_takes_all_rows_or_none_and_names_each_wrong_one, &modules(), async |test: &Test| {
    let client = Client::new(&test.app, stoa_pricing::routes());
    let (owner, stranger) = (seller(test, "jugs").await, seller(test, "bowls").await);
    let jug = product(test, owner, "Jug", 3).await;
    let bowl = product(test, stranger, "Bowl", 1).await;
    let list = prices::default_list(&test.ctx, Currency::EUR).await.unwrap();
    let mine = test.person(Some(owner), &[prices::READ, prices::WRITE]);
    let path = format!("/v1/price-lists/{}/prices", list.id);
    let etag = async || client.get(&mine, &format!("/v1/price-lists/{}", list.id)).await.etag();
    let put = async |ctx: &Ctx, rows: Value| {
        let known = etag().await;
        client.send(ctx, Method::PUT, &path, &[("if-match", &known)], Some(json!({ "prices": rows }))).await
    };
    let wrong = put(
        &mine,
        json!([
            { "sku": jug.skus[0].id, "amount": 2400 },
            { "sku": jug.skus[1].code, "amount": -1 },
            { "sku": bowl.skus[0].id, "amount": 5 },
            { "sku": jug.skus[0].code, "amount": 2500 },
            { "sku": jug.skus[2].id, "amount": 2400, "compare_at": 2400 },
        ]),
    )
    .await;
    assert_eq!(wrong.status.as_u16(), 422);
    let errors: Vec<String> = wrong.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| format!("{} {}", error["field"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        errors,
        [
            "prices/1/amount prices.negative",
            "prices/2/sku prices.sku_unknown",
            "prices/3/sku prices.sku_twice",
            "prices/4/compare_at prices.compare_at_low",
        ]
    );
    assert_eq!(test.scalar("SELECT COUNT(*) FROM price").await, 0, "none was written");
    let right = json!([{ "sku": jug.skus[0].id, "amount": 2400 }, { "sku": jug.skus[1].code, "amount": 2600, "compare_at": 3000 }]);
    assert_eq!(put(&mine, right.clone()).await.json(), json!({ "version": 3, "changed": 2, "unchanged": 0 }));
    assert_eq!(put(&mine, right.clone()).await.json(), json!({ "version": 3, "changed": 0, "unchanged": 2 }));
    assert_eq!(put(&mine, json!([])).await.status.as_u16(), 422);
    let flood: Vec<Value> = (0..501).map(|_| json!({ "sku": "x", "amount": 1 })).collect();
    assert_eq!(put(&mine, json!(flood)).await.json()["errors"][0]["code"], "prices.too_many_rows");
    assert_eq!(put(&test.visitor(), right.clone()).await.status.as_u16(), 401);
    assert_eq!(put(&test.person(Some(owner), &[prices::READ]), right).await.status.as_u16(), 403);

    let shown = client.get(&mine, &format!("/v1/price-lists/{}?limit=1", list.id)).await.json();
    assert_eq!((shown["prices"].as_array().unwrap().len(), shown["next"].is_string()), (1, true));
    let rest = client
        .get(&mine, &format!("/v1/price-lists/{}?limit=1&after={}", list.id, shown["next"].as_str().unwrap()))
        .await
        .json();
    assert_ne!(rest["prices"][0]["sku"], shown["prices"][0]["sku"]);
    let theirs = test.person(Some(stranger), &[prices::READ]);
    assert_eq!(
        client.get(&theirs, &format!("/v1/price-lists/{}", list.id)).await.json()["prices"],
        json!([]),
        "only the own prices"
    );
});

on_both!(x7_prices_somebody_changed_meanwhile_are_not_overwritten, &modules(), async |test: &Test| {
    let client = Client::new(&test.app, stoa_pricing::routes());
    let (owner, neighbour) = (seller(test, "jugs").await, seller(test, "bowls").await);
    let (jug, bowl) = (product(test, owner, "Jug", 2).await, product(test, neighbour, "Bowl", 1).await);
    let id = prices::default_list(&test.ctx, Currency::EUR).await.unwrap().id;
    let mine = test.person(Some(owner), &[prices::READ, prices::WRITE]);
    let (shown, path) = (format!("/v1/price-lists/{id}"), format!("/v1/price-lists/{id}/prices"));
    let put = async |known: &[(&str, &str)], amount: i64| {
        let body = json!({ "prices": [{ "sku": jug.skus[0].id, "amount": amount }] });
        client.send(&mine, Method::PUT, &path, known, Some(body)).await
    };
    let missing = put(&[], 2400).await;
    assert_eq!((missing.status.as_u16(), missing.code().as_str()), (428, "kernel.if_match_missing"));
    let first = client.get(&mine, &shown).await.etag();
    let done = put(&[("if-match", &first)], 2400).await;
    assert_eq!(done.status.as_u16(), 200);
    let second = done.etag();
    assert_ne!(first, second);
    assert_eq!(client.get(&mine, &shown).await.etag(), second, "the answer's is the list's");
    let stale = put(&[("if-match", &first)], 2500).await;
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (412, "kernel.stale_version"));
    assert_eq!(test.scalar("SELECT amount FROM price").await, 2400);

    // A colleague in a form, and the import, count as well; another shop does not.
    set(&test.ctx, bowl.skus[0].id, of(900, None)).await.unwrap();
    assert_eq!(client.get(&mine, &shown).await.etag(), second);
    set(&test.ctx, jug.skus[1].id, of(2600, None)).await.unwrap();
    assert_eq!(put(&[("if-match", &second)], 2500).await.status.as_u16(), 412);
    set(&test.ctx, jug.skus[1].id, of(2700, None)).await.unwrap();
    let third = client.get(&mine, &shown).await.etag();
    assert_eq!(put(&[("if-match", &third)], 2500).await.status.as_u16(), 200);
    let all = client.get(&mine, "/v1/price-lists").await.json();
    let listed = all["items"].as_array().unwrap().iter().find(|list| list["id"] == json!(id)).unwrap();
    assert_eq!(format!("\"{}\"", listed["version"]), client.get(&mine, &shown).await.etag());
    assert_eq!(test.scalar("SELECT COUNT(*) FROM price_history").await, 5, "what was refused left nothing");
});

on_both!(x7_of_two_who_put_the_same_price_at_once_one_is_told, &modules(), async |test: &Test| {
    let owner = seller(test, "jugs").await;
    let jug = product(test, owner, "Jug", 1).await;
    let list = prices::default_list(&test.ctx, Currency::EUR).await.unwrap();
    let mine = test.person(Some(owner), &[prices::READ, prices::WRITE]);
    for round in 0..5 {
        let version = prices::list(&mine, list.id, &Default::default()).await.unwrap().version;
        let puts = (0..4).map(|one| {
            let row = stoa_pricing_types::PriceRow {
                sku: jug.skus[0].id.to_string(),
                amount: 1000 + round * 10 + one,
                compare_at: None,
            };
            prices::put_prices(&mine, list.id, version, stoa_pricing_types::PutPrices { prices: vec![row] })
        });
        let done = futures::future::join_all(puts).await;
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
        assert!(
            done.iter().filter_map(|one| one.as_ref().err()).all(|error| error.is(codes::STALE)),
            "{done:?}"
        );
    }
    assert_eq!(test.scalar("SELECT COUNT(*) FROM price_history").await, 5);
});

on_both!(five_hundred_prices_are_put_with_all_that_goes_with_them, &modules(), async |test: &Test| {
    let owner = seller(test, "jugs").await;
    let (jug, mug) = (product(test, owner, "Jug", 260).await, product(test, owner, "Mug", 240).await);
    let list = prices::default_list(&test.ctx, Currency::EUR).await.unwrap();
    let rows =
        jug.skus.iter().chain(&mug.skus).enumerate().map(|(place, sku)| stoa_pricing_types::PriceRow {
            sku: sku.id.to_string(),
            amount: 1000 + place as i64,
            compare_at: (place % 2 == 0).then_some(5000),
        });
    let put = stoa_pricing_types::PutPrices { prices: rows.collect() };
    let done = prices::put_prices(&test.ctx, list.id, list.version, put.clone()).await.unwrap();
    assert_eq!((done.changed, done.unchanged), (500, 0));
    for table in ["price", "price_history", "offer_summary"] {
        assert_eq!(test.scalar(&format!("SELECT COUNT(*) FROM {table}")).await, 500, "{table}");
    }
    let of = |product: &str, what: &str| {
        format!(
            "SELECT {what} FROM product_summary WHERE product_id = (SELECT id FROM product WHERE title = '{product}')"
        )
    };
    assert_eq!(test.scalar(&of("Jug", "from_amount")).await, 1000);
    assert_eq!(test.scalar(&of("Jug", "to_amount")).await, 1259);
    assert_eq!(test.scalar(&of("Mug", "from_amount")).await, 1260);
    assert_eq!(test.scalar(&of("Mug", "compare_at")).await, 5000);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM audit_record WHERE action = 'price.updated'").await, 500);
    assert_eq!(test.events().await.iter().filter(|name| *name == "price.updated").count(), 500);
    let again = prices::put_prices(&test.ctx, list.id, done.version, put).await.unwrap();
    assert_eq!((again.changed, again.unchanged, again.version), (0, 500, done.version));
});

on_both!(m4_1_a_price_says_which_rule_gave_it_and_to_whom, &modules(), async |test: &Test| {
    let client = Client::new(&test.app, stoa_pricing::routes());
    let owner = seller(test, "jugs").await;
    let jug = product(test, owner, "Jug", 2).await;
    set(&test.ctx, jug.skus[0].id, of(2400, None)).await.unwrap();
    let mine = test.person(Some(owner), &[prices::READ]);
    let found = client.get(&mine, &format!("/v1/prices?sku={}", jug.skus[0].code)).await;
    assert_eq!(found.json()["items"][0]["price"]["amount"], 2400);
    assert!(found.json()["items"][0]["explain"][0].as_str().unwrap().contains("everyday price list in EUR"));
    // A draft's price is nobody else's business.
    let id = jug.skus[0].id;
    assert_eq!(client.get(&test.visitor(), &format!("/v1/prices?sku={id}")).await.status.as_u16(), 404);
    let stranger = test.person(Some(seller(test, "bowls").await), &[prices::READ]);
    assert_eq!(client.get(&stranger, &format!("/v1/prices?sku={id}")).await.status.as_u16(), 404);
    assert_eq!(
        client.get(&mine, &format!("/v1/prices?sku={id}&colour=red")).await.code(),
        "kernel.unknown_parameter"
    );
    assert_eq!(client.get(&mine, "/v1/prices?sku=").await.status.as_u16(), 422);
    let direct = prices::set(&stranger, id, of(1, None)).await.unwrap_err();
    assert!(direct.is(codes::FORBIDDEN), "reading is not writing");
    let writer = test.person(Some(seller(test, "lamps").await), &[prices::WRITE]);
    assert!(prices::set(&writer, id, of(1, None)).await.unwrap_err().is(codes::NOT_FOUND));
});
