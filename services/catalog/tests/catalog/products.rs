use std::sync::Arc;

use stoa_catalog::{offers, products, storefront};
use stoa_catalog_types::{
    AttachMedia, Change, CreateProduct, ProductLookup, ProductQuery, ProductStatus, UpdateProduct, UpdateSku,
};
use stoa_kernel::error::codes;
use stoa_testing::{Test, on_both};
use stoa_types::{Currency, Id};

use crate::support::{
    category, input, modules, options, picture, price, published, seller, stock, variant, wrong,
};

on_both!(m1_2_the_gate_names_everything_that_is_missing, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let draft = products::create(
        ctx,
        CreateProduct { options: options(&[("Size", &["S", "L"])]), ..input("Jug", owner) },
    )
    .await
    .unwrap();
    let refused = products::publish(ctx, draft.id).await.unwrap_err();
    assert_eq!(
        wrong(&refused),
        [products::NO_PRICE.name, products::NO_PICTURE.name, products::NO_CATEGORY.name]
    );

    price(ctx, draft.skus[0].id, 2400, None).await;
    let kitchen = category(ctx, "Kitchen", None).await;
    let change = UpdateProduct { category: Change::Set(kitchen.id), ..UpdateProduct::default() };
    let draft = products::update(ctx, draft.id, draft.version, change).await.unwrap();
    let refused = products::publish(ctx, draft.id).await.unwrap_err();
    assert_eq!(
        wrong(&refused),
        [products::NO_PRICE.name, products::NO_PICTURE.name],
        "the second variant has no price yet"
    );

    price(ctx, draft.skus[1].id, 3400, None).await;
    // On its way counts, and the title stands in for the text.
    let media =
        AttachMedia { url: Some("https://93.184.216.34/jug.jpg".to_owned()), ..AttachMedia::default() };
    let media = products::attach_media(ctx, draft.id, media).await.unwrap();
    assert_eq!((media.picture.alt.as_str(), media.picture.ready), ("Jug", false));
    let shown = products::publish(ctx, draft.id).await.unwrap();
    assert_eq!(shown.status, ProductStatus::Published);
    assert_eq!(
        products::publish(ctx, draft.id).await.unwrap().version,
        shown.version,
        "publishing twice is publishing once"
    );
    let events = test.events().await;
    let own: Vec<&str> =
        events.iter().map(String::as_str).filter(|name| name.starts_with("product.")).collect();
    assert_eq!(own, ["product.created", "product.updated", "product.updated", "product.published"]);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM audit_record WHERE action LIKE 'product.%'").await, 4);
});

on_both!(m1_1_archiving_and_coming_back_follow_the_table, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let kitchen = category(ctx, "Kitchen", None).await;
    let shown =
        published(ctx, CreateProduct { category: Some(kitchen.id), ..input("Jug", owner) }, 2400).await;
    let gone = products::archive(ctx, shown.id).await.unwrap();
    assert_eq!(gone.status, ProductStatus::Archived);
    let refused = products::publish(ctx, shown.id).await.unwrap_err();
    assert!(refused.is(products::INVALID_TRANSITION));
    assert_eq!(refused.facts()["allowed"], "draft");
    // Never deleted: the address says that it is gone, staff still see all of it.
    let visitor = test.visitor();
    assert!(matches!(storefront::product_page(&visitor, "jug").await.unwrap(), ProductLookup::Gone { .. }));
    assert!(products::get(&visitor, shown.id).await.unwrap_err().is(codes::NOT_FOUND));
    assert_eq!(products::get(ctx, shown.id).await.unwrap().skus.len(), 1);
    // The address is not given to another.
    let other = products::create(ctx, input("Jug", owner)).await.unwrap();
    assert_eq!(other.slug, "jug-2");
    assert_eq!(products::revive(ctx, shown.id).await.unwrap().status, ProductStatus::Draft);
    let again = products::publish(ctx, shown.id).await.unwrap();
    assert_eq!(again.published_at, shown.published_at, "a product that comes back is not new");
});

on_both!(m1_3_option_tuples_are_unique_and_the_row_itself_does_not_count, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let new = CreateProduct {
        options: options(&[("Size", &["S", "L"]), ("Glaze", &["Sand"])]),
        variants: vec![variant(&["S", "Sand"], "J-1"), variant(&["L", "Sand"], "J-2")],
        ..input("Jug", owner)
    };
    let jug = products::create(ctx, new).await.unwrap();
    assert_eq!(jug.skus.iter().map(|sku| sku.title.as_str()).collect::<Vec<_>>(), ["S, Sand", "L, Sand"]);
    let twin = products::add_sku(ctx, jug.id, variant(&["l", " SAND "], "J-3")).await.unwrap_err();
    assert!(twin.is(products::TUPLE_TAKEN), "{twin}");
    assert_eq!(
        wrong(&products::add_sku(ctx, jug.id, variant(&["L"], "J-3")).await.unwrap_err()),
        [products::TUPLE_INCOMPLETE.name]
    );
    let added = products::add_sku(ctx, jug.id, variant(&["S", "Ink"], "J-3")).await.unwrap();
    assert_eq!(added.options, ["S", "Ink"]);

    // Saying the same options again with something else is no clash with oneself.
    let same = UpdateSku {
        options: Some(vec!["S".into(), "Ink".into()]),
        weight_grams: Some(1200),
        ..UpdateSku::default()
    };
    let heavy = products::update_sku(ctx, jug.id, added.id, added.version, same).await.unwrap();
    assert_eq!((heavy.weight_grams, heavy.version), (Some(1200), added.version + 1));
    let late = UpdateSku { weight_grams: Some(1300), ..UpdateSku::default() };
    let late = products::update_sku(ctx, jug.id, added.id, added.version, late).await.unwrap_err();
    assert!(late.is(codes::STALE), "{late}");
    let now = heavy.version;
    let clash = UpdateSku { options: Some(vec!["S".into(), "Sand".into()]), ..UpdateSku::default() };
    let clash = products::update_sku(ctx, jug.id, added.id, now, clash).await.unwrap_err();
    assert!(clash.is(products::TUPLE_TAKEN));
    let moved = UpdateSku { options: Some(vec!["XL".into(), "Ink".into()]), ..UpdateSku::default() };
    let moved = products::update_sku(ctx, jug.id, added.id, now, moved).await.unwrap();
    assert_eq!(moved.title, "XL, Ink");
    let taken = UpdateSku { code: Some("j-1 ".into()), ..UpdateSku::default() };
    let taken = products::update_sku(ctx, jug.id, added.id, moved.version, taken).await.unwrap_err();
    assert!(taken.is(products::SKU_TAKEN));
});

on_both!(e1_1_two_creates_with_one_code_make_one_product, &modules(), async |test: &Test| {
    let owner = seller(test, "jugs").await;
    let ctx = Arc::new(test.ctx.clone());
    let create = |title: &'static str, code: &'static str| {
        let ctx = ctx.clone();
        tokio::spawn(async move {
            products::create(
                &ctx,
                CreateProduct { variants: vec![variant(&[], code)], ..input(title, owner) },
            )
            .await
        })
    };
    let (one, two) = (create("Jug", "SGJ-1"), create("Bowl", " sgj-1 "));
    let outcomes = [one.await.unwrap(), two.await.unwrap()];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refused = outcomes.into_iter().find_map(Result::err).unwrap();
    assert!(refused.is(products::SKU_TAKEN), "{refused}");
    assert_eq!(test.scalar("SELECT COUNT(*) FROM product").await, 1, "the other left nothing behind");
    // Another seller's codes are another seller's.
    let other = seller(test, "bowls").await;
    products::create(&ctx, CreateProduct { variants: vec![variant(&[], "SGJ-1")], ..input("Bowl", other) })
        .await
        .unwrap();
});

on_both!(e1_2_too_many_variants_write_nothing, &modules(), async |test: &Test| {
    let owner = seller(test, "jugs").await;
    let many: Vec<String> = (0..30).map(|value| value.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let new = CreateProduct {
        options: options(&[("A", &many[..10]), ("B", &many[..10]), ("C", &many)]),
        ..input("Jug", owner)
    };
    let refused = products::create(&test.ctx, new).await.unwrap_err();
    assert_eq!(wrong(&refused), [products::TOO_MANY_VARIANTS.name]);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM product").await, 0);
});

on_both!(m1_5_a_changed_address_leads_on_for_ever_without_chains, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let kitchen = category(ctx, "Kitchen", None).await;
    let jug =
        published(ctx, CreateProduct { category: Some(kitchen.id), ..input("Salt-glazed jug", owner) }, 2400)
            .await;
    let rename = |slug: &str| UpdateProduct { slug: Some(slug.to_owned()), ..UpdateProduct::default() };
    let jug = products::update(ctx, jug.id, jug.version, rename("tall-jug")).await.unwrap();
    let jug = products::update(ctx, jug.id, jug.version, rename("taller-jug")).await.unwrap();
    let visitor = test.visitor();
    for former in ["salt-glazed-jug", "tall-jug"] {
        let found = storefront::product_page(&visitor, former).await.unwrap();
        assert_eq!(found, ProductLookup::Moved { slug: "taller-jug".to_owned() });
    }
    let ProductLookup::Found { page } = storefront::product_page(&visitor, "taller-jug").await.unwrap()
    else {
        panic!("not found")
    };
    assert_eq!(page.id, jug.id);
    // Another product gets none of them; this one may go back.
    let other = products::create(ctx, input("Bowl", owner)).await.unwrap();
    let refused = products::update(ctx, other.id, other.version, rename("tall-jug")).await.unwrap_err();
    assert!(refused.is(products::SLUG_TAKEN));
    let jug = products::update(ctx, jug.id, jug.version, rename("tall-jug")).await.unwrap();
    let found = storefront::product_page(&visitor, "taller-jug").await.unwrap();
    assert_eq!(found, ProductLookup::Moved { slug: jug.slug });
});

on_both!(x7_a_stale_version_is_refused_and_nothing_is_lost, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let jug = products::create(ctx, input("Jug", owner)).await.unwrap();
    let title = |title: &str| UpdateProduct { title: Some(title.to_owned()), ..UpdateProduct::default() };
    let first = products::update(ctx, jug.id, jug.version, title("Tall jug")).await.unwrap();
    let refused = products::update(ctx, jug.id, jug.version, title("Small jug")).await.unwrap_err();
    assert!(refused.is(codes::STALE));
    assert_eq!(refused.facts()["current_version"], first.version.to_string());
    let same = products::update(ctx, jug.id, first.version, title(" Tall  jug ")).await.unwrap();
    assert_eq!((same.version, same.title.as_str()), (first.version, "Tall jug"), "no change, no version");
    let safe = UpdateProduct {
        description: Some("<p onclick=x>Hi<script>x</script></p>".to_owned()),
        ..UpdateProduct::default()
    };
    assert_eq!(products::update(ctx, jug.id, first.version, safe).await.unwrap().description, "<p>Hi</p>");
});

on_both!(x2_another_sellers_product_does_not_exist, &modules(), async |test: &Test| {
    let (owner, stranger) = (seller(test, "jugs").await, seller(test, "bowls").await);
    let all = [products::READ, products::WRITE, products::PUBLISH];
    let (mine, theirs) = (test.person(Some(owner), &all), test.person(Some(stranger), &all));
    let jug = products::create(&mine, CreateProduct { seller: None, ..input("Jug", owner) }).await.unwrap();
    assert!(products::create(&mine, input("Jug", stranger)).await.unwrap_err().is(codes::NOT_FOUND));
    for refused in [
        products::get(&theirs, jug.id).await.unwrap_err(),
        products::update(&theirs, jug.id, 1, UpdateProduct::default()).await.unwrap_err(),
        products::publish(&theirs, jug.id).await.unwrap_err(),
        products::archive(&theirs, jug.id).await.unwrap_err(),
        products::add_sku(&theirs, jug.id, variant(&[], "X")).await.unwrap_err(),
        products::get(&test.visitor(), jug.id).await.unwrap_err(),
    ] {
        assert!(refused.is(codes::NOT_FOUND), "{refused}");
    }
    assert!(products::create(&test.visitor(), input("Jug", owner)).await.unwrap_err().is(codes::SIGN_IN));
    assert!(
        products::create(&test.person(Some(owner), &[products::READ]), input("Jug", owner))
            .await
            .unwrap_err()
            .is(codes::FORBIDDEN)
    );
    assert_eq!(products::list(&mine, &ProductQuery::default()).await.unwrap().items.len(), 1);
    assert!(products::list(&theirs, &ProductQuery::default()).await.unwrap().items.is_empty());
    assert!(products::list(&test.visitor(), &ProductQuery::default()).await.unwrap().items.is_empty());
});

on_both!(the_summary_follows_price_stock_and_offer, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let kitchen = category(ctx, "Kitchen", None).await;
    let new = CreateProduct {
        category: Some(kitchen.id),
        options: options(&[("Size", &["S", "L"])]),
        ..input("Jug", owner)
    };
    let jug = published(ctx, new, 2400).await;
    let (small, large) = (jug.skus[0].id, jug.skus[1].id);
    price(ctx, large, 3400, Some(4000)).await;
    let row = async || {
        let page = products::list(&test.visitor(), &ProductQuery::default()).await.unwrap();
        let one = page.items.into_iter().next().unwrap();
        (
            one.price_from.map(|m| m.amount),
            one.price_to.map(|m| m.amount),
            one.compare_at.map(|m| m.amount),
            one.in_stock,
        )
    };
    assert_eq!(row().await, (Some(2400), Some(3400), None, true));
    stock(ctx, small, false).await;
    assert!(row().await.3, "the other can still be bought");
    stock(ctx, large, false).await;
    assert!(!row().await.3);
    let off = UpdateSku { active: Some(false), ..UpdateSku::default() };
    products::update_sku(ctx, jug.id, small, 1, off).await.unwrap();
    assert_eq!(row().await, (Some(3400), Some(3400), Some(4000), false));
    let tx = ctx.db().begin().await.unwrap();
    offers::record_price(&tx, ctx, large, Currency::EUR, None).await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    assert_eq!(row().await, (None, None, None, false));
    // Visitors do not see what is not offered.
    assert_eq!(products::get(&test.visitor(), jug.id).await.unwrap().skus.len(), 1);
    assert_eq!(products::get(ctx, jug.id).await.unwrap().skus.len(), 2);
});

on_both!(sku_cards_carry_what_a_line_snapshots, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let kitchen = category(ctx, "Kitchen", None).await;
    let new = CreateProduct {
        category: Some(kitchen.id),
        options: options(&[("Glaze", &["Sand"])]),
        variants: vec![variant(&["Sand"], "SGJ-1")],
        ..input("Jug", owner)
    };
    let jug = published(ctx, new, 2400).await;
    let sku = jug.skus[0].id;
    let unknown = Id::new(uuid::Uuid::from_u128(1));
    let cards = products::sku_cards(ctx.db().read(), ctx, &[sku, unknown]).await.unwrap();
    assert_eq!(cards.len(), 1);
    let card = &cards[&sku];
    assert_eq!((card.title.as_str(), card.options.as_str(), card.code.as_str()), ("Jug", "Sand", "SGJ-1"));
    assert_eq!(
        (card.seller, card.product, card.sellable, card.tax_class.as_str()),
        (owner, jug.id, true, "standard")
    );
    assert!(card.picture.as_ref().is_some_and(|picture| picture.ready));
    products::archive(ctx, jug.id).await.unwrap();
    assert!(!products::sku_cards(ctx.db().read(), ctx, &[sku]).await.unwrap()[&sku].sellable);
    // Ids for everybody, codes for their seller alone.
    let mine = test.person(Some(owner), &[products::READ]);
    let conn = ctx.db().read();
    assert_eq!(products::resolve_sku(conn, &mine, " sgj-1").await.unwrap(), sku);
    assert_eq!(products::resolve_sku(conn, ctx, &sku.to_string()).await.unwrap(), sku);
    assert!(products::resolve_sku(conn, ctx, "SGJ-1").await.unwrap_err().is(codes::NOT_FOUND));
    let stranger = test.person(Some(seller(test, "bowls").await), &[products::READ]);
    assert!(products::resolve_sku(conn, &stranger, &sku.to_string()).await.unwrap_err().is(codes::NOT_FOUND));
});

on_both!(m1_7_pictures_keep_their_order_and_the_first_is_the_thumbnail, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let jug = products::create(ctx, input("Jug", owner)).await.unwrap();
    let (one, two) = (picture(ctx, 1).await.id, picture(ctx, 2).await.id);
    let attach = |asset, position| AttachMedia {
        asset: Some(asset),
        alt: Some(format!("View {asset}")),
        position,
        url: None,
    };
    products::attach_media(ctx, jug.id, attach(one, None)).await.unwrap();
    products::attach_media(ctx, jug.id, attach(two, Some(0))).await.unwrap();
    let order = async || {
        let view = products::get(ctx, jug.id).await.unwrap();
        view.media.iter().map(|media| media.picture.asset).collect::<Vec<_>>()
    };
    assert_eq!(order().await, [two, one]);
    let thumbnail = async || {
        products::list(ctx, &ProductQuery::default()).await.unwrap().items[0]
            .picture
            .clone()
            .map(|one| one.asset)
    };
    assert_eq!(thumbnail().await, Some(two));
    products::attach_media(ctx, jug.id, attach(two, Some(9))).await.unwrap();
    assert_eq!((order().await, thumbnail().await), (vec![one, two], Some(one)));
    products::detach_media(ctx, jug.id, one).await.unwrap();
    assert_eq!((order().await, thumbnail().await), (vec![two], Some(two)));
    let both = AttachMedia {
        asset: Some(one),
        url: Some("https://example.org/a.jpg".to_owned()),
        ..AttachMedia::default()
    };
    assert_eq!(
        wrong(&products::attach_media(ctx, jug.id, both).await.unwrap_err()),
        [products::MEDIA_UNCLEAR.name]
    );
});
