use std::collections::BTreeMap;

use stoa_catalog::{cms, products, storefront};
use stoa_catalog_types::{
    AttributeInput, BlockData, Browse, BrowseResult, CreateProduct, HomeBlock, RowSource, Sort,
};
use stoa_kernel::error::codes;
use stoa_testing::{Test, on_both};

use crate::support::{category, input, modules, options, price, published, seller, stock};

fn titles(result: &BrowseResult) -> Vec<&str> {
    result.items.iter().map(|item| item.title.as_str()).collect()
}

fn counts(result: &BrowseResult, code: &str) -> Vec<(String, u64, bool)> {
    let facet = result.facets.iter().find(|facet| facet.code == code);
    facet.map_or(Vec::new(), |facet| {
        facet.values.iter().map(|value| (value.value.clone(), value.count, value.picked)).collect()
    })
}

/// Six products of two sellers in a small tree.
pub async fn shop(test: &Test) {
    let ctx = &test.ctx;
    let (jugs, boards) = (seller(test, "jugs").await, seller(test, "boards").await);
    let kitchen = category(ctx, "Kitchen", None).await;
    let jug = category(ctx, "Jugs", Some(&kitchen)).await;
    let board = category(ctx, "Boards", Some(&kitchen)).await;
    let home = category(ctx, "Home", None).await;
    let rows = [
        ("Sand jug", jugs, &jug, "Stoneware", "Sand", 2400),
        ("Ink jug", jugs, &jug, "Stoneware", "Ink", 2600),
        ("Glass jug", jugs, &jug, "Glass", "Clear", 1800),
        ("Oak board", boards, &board, "Oak", "Oak", 3900),
        ("Sand bowl", jugs, &kitchen, "Stoneware", "Sand", 2900),
        ("Lamp", boards, &home, "Brass", "Brass", 8900),
    ];
    for (title, owner, place, material, colour, amount) in rows {
        let new = CreateProduct {
            category: Some(place.id),
            attributes: vec![AttributeInput::new("Material", material)],
            options: options(&[("Color", &[colour])]),
            maker: Some("Ioanna Grané".to_owned()),
            ..input(title, owner)
        };
        published(ctx, new, amount).await;
    }
    products::create(ctx, CreateProduct { category: Some(jug.id), ..input("Draft jug", jugs) })
        .await
        .unwrap();
}

fn picks(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let own = |values: &&[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    pairs.iter().map(|(code, values)| ((*code).to_owned(), own(values))).collect()
}

on_both!(m14_facets_count_as_if_nothing_of_their_own_were_picked, &modules(), async |test: &Test| {
    shop(test).await;
    let visitor = test.visitor();
    let kitchen = Browse { category: Some("kitchen".to_owned()), sort: Sort::PriceAsc, ..Browse::default() };
    let all = storefront::browse(&visitor, &kitchen).await.unwrap();
    assert_eq!(titles(&all), ["Glass jug", "Sand jug", "Ink jug", "Sand bowl", "Oak board"]);
    assert_eq!((all.total, all.in_stock_count, all.page, all.pages), (5, 5, 1, 1));
    let stone = |count| ("stoneware".to_owned(), count, false);
    assert_eq!(
        counts(&all, "material"),
        [("glass".to_owned(), 1, false), ("oak".to_owned(), 1, false), stone(3)]
    );
    assert_eq!(counts(&all, "seller"), [("boards".to_owned(), 1, false), ("jugs".to_owned(), 4, false)]);
    let bounds = all.price.unwrap();
    assert_eq!((bounds.min.amount, bounds.max.amount, bounds.min_text.as_str()), (1800, 3900, "€18.00"));
    let place = all.category.unwrap();
    assert_eq!(
        place.children.iter().map(|tile| (tile.category.path.as_str(), tile.count)).collect::<Vec<_>>(),
        [("kitchen/jugs", 3), ("kitchen/boards", 1)]
    );
    assert!(place.children[0].picture.is_some());

    // Within a facet values are alternatives, across facets they narrow.
    let narrowed = Browse {
        facets: picks(&[("material", &["stoneware", "glass"]), ("colour", &["sand"])]),
        ..kitchen.clone()
    };
    let found = storefront::browse(&visitor, &narrowed).await.unwrap();
    assert_eq!(titles(&found), ["Sand jug", "Sand bowl"]);
    assert_eq!(
        counts(&found, "material"),
        [("stoneware".to_owned(), 2, true)],
        "counted with sand, not with material"
    );
    assert_eq!(
        counts(&found, "colour"),
        [("clear".to_owned(), 1, false), ("ink".to_owned(), 1, false), ("sand".to_owned(), 2, true)],
        "counted with material, not with colour"
    );
    let sellers =
        Browse { facets: picks(&[("seller", &["boards"]), ("no-such-facet", &["x"])]), ..kitchen.clone() };
    assert_eq!(titles(&storefront::browse(&visitor, &sellers).await.unwrap()), ["Oak board"]);
    let nothing = Browse { facets: picks(&[("material", &["marble"])]), ..kitchen.clone() };
    assert_eq!(storefront::browse(&visitor, &nothing).await.unwrap().total, 0);

    let cheap =
        Browse { price_from: Some(2400), price_to: Some(2900), sort: Sort::PriceDesc, ..kitchen.clone() };
    let found = storefront::browse(&visitor, &cheap).await.unwrap();
    assert_eq!(titles(&found), ["Sand bowl", "Ink jug", "Sand jug"]);
    assert_eq!(
        found.price.map(|bounds| bounds.max.amount),
        Some(3900),
        "the bounds do not move with the handles"
    );
    let shop = Browse { shop: Some("boards".to_owned()), sort: Sort::Newest, ..Browse::default() };
    assert_eq!(titles(&storefront::browse(&visitor, &shop).await.unwrap()), ["Lamp", "Oak board"]);
    let unknown = Browse { category: Some("garden".to_owned()), ..Browse::default() };
    assert!(storefront::browse(&visitor, &unknown).await.unwrap_err().is(codes::NOT_FOUND));
});

on_both!(lists_follow_changes_at_once, &modules(), async |test: &Test| {
    shop(test).await;
    let (ctx, visitor) = (&test.ctx, test.visitor());
    let jugs =
        Browse { category: Some("kitchen/jugs".to_owned()), sort: Sort::PriceAsc, ..Browse::default() };
    let first = storefront::browse(&visitor, &jugs).await.unwrap();
    let glass = products::get(ctx, first.items[0].id).await.unwrap();
    price(ctx, glass.skus[0].id, 9900, None).await;
    assert_eq!(
        titles(&storefront::browse(&visitor, &jugs).await.unwrap()),
        ["Sand jug", "Ink jug", "Glass jug"]
    );
    stock(ctx, glass.skus[0].id, false).await;
    let in_stock = Browse { in_stock: true, ..jugs.clone() };
    let found = storefront::browse(&visitor, &in_stock).await.unwrap();
    assert_eq!((titles(&found), found.in_stock_count), (vec!["Sand jug", "Ink jug"], 2));
    products::archive(ctx, glass.id).await.unwrap();
    assert_eq!(storefront::browse(&visitor, &jugs).await.unwrap().total, 2);
});

on_both!(search_finds_words_in_any_order_and_never_patterns, &modules(), async |test: &Test| {
    shop(test).await;
    let visitor = test.visitor();
    let search = async |q: &str| {
        let browse = Browse { q: Some(q.to_owned()), sort: Sort::PriceAsc, ..Browse::default() };
        let found = storefront::browse(&visitor, &browse).await.unwrap();
        titles(&found).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(search("jug SAND").await, ["Sand jug"]);
    assert_eq!(search("grane lamp").await, ["Lamp"], "accents do not matter");
    assert!(
        search("%").await.is_empty() && search("_ug").await.is_empty() && search("draft").await.is_empty()
    );
    assert_eq!(storefront::suggest(&visitor, "jug", 2).await.unwrap().len(), 2);
    assert!(storefront::suggest(&visitor, "  ", 5).await.unwrap().is_empty());
});

on_both!(numbered_pages_hold_everything_once, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let kitchen = category(ctx, "Kitchen", None).await;
    for number in 0..30 {
        published(ctx, CreateProduct { category: Some(kitchen.id), ..input("Jug", owner) }, 1000 + number)
            .await;
    }
    let visitor = test.visitor();
    let page = |page| Browse { category: Some("kitchen".to_owned()), page, ..Browse::default() };
    let first = storefront::browse(&visitor, &page(0)).await.unwrap();
    let last = storefront::browse(&visitor, &page(2)).await.unwrap();
    assert_eq!((first.items.len(), last.items.len(), first.total, first.pages), (24, 6, 30, 2));
    let mut slugs: Vec<&str> = first.items.iter().chain(&last.items).map(|item| item.slug.as_str()).collect();
    slugs.sort_unstable();
    slugs.dedup();
    assert_eq!(slugs.len(), 30);
    assert!(slugs.contains(&"jug") && slugs.contains(&"jug-30"), "addresses are numbered without gaps");
    assert_eq!(storefront::browse(&visitor, &page(99)).await.unwrap().page, 2);
});

on_both!(m16_12_the_home_page_shows_what_is_sold_now, &modules(), async |test: &Test| {
    shop(test).await;
    let (ctx, visitor) = (&test.ctx, test.visitor());
    let plain = cms::home(&visitor).await.unwrap();
    assert!(matches!(
        plain.blocks.as_slice(),
        [HomeBlock::CategoryTiles { .. }, HomeBlock::ProductRow { .. }]
    ));
    let row = |source| BlockData::ProductRow {
        heading: "Jugs".to_owned(),
        link_label: String::new(),
        href: "/c/kitchen".to_owned(),
        source,
        limit: 4,
    };
    let evil = BlockData::Hero {
        heading: "Hello".to_owned(),
        text: String::new(),
        link_label: "Go".to_owned(),
        href: "//evil.example".to_owned(),
        picture: None,
        alt: String::new(),
    };
    assert!(cms::set_home(ctx, "Stoa", vec![evil]).await.unwrap_err().is(codes::INVALID));
    assert!(cms::set_home(&visitor, "Stoa", Vec::new()).await.unwrap_err().is(codes::SIGN_IN));
    let blocks = vec![
        row(RowSource::Category { path: "kitchen/jugs".to_owned() }),
        row(RowSource::Category { path: "gone".to_owned() }),
    ];
    cms::set_home(ctx, "Stoa market", blocks).await.unwrap();
    let shown = cms::home(&visitor).await.unwrap();
    let [HomeBlock::ProductRow { products: jugs, .. }] = shown.blocks.as_slice() else {
        panic!("{:?}", shown.blocks)
    };
    assert_eq!((shown.title.as_str(), jugs.len()), ("Stoa market", 3));
    products::archive(ctx, jugs[0].id).await.unwrap();
    let HomeBlock::ProductRow { products: fewer, .. } = &cms::home(&visitor).await.unwrap().blocks[0] else {
        panic!("no row")
    };
    assert_eq!(fewer.len(), 2);
});

on_both!(the_product_page_has_everything_and_no_script, &modules(), async |test: &Test| {
    shop(test).await;
    let visitor = test.visitor();
    let stoa_catalog_types::ProductLookup::Found { page } =
        storefront::product_page(&visitor, "sand-jug").await.unwrap()
    else {
        panic!("not found")
    };
    assert_eq!((page.title.as_str(), page.seller.slug.as_str(), page.in_stock), ("Sand jug", "jugs", true));
    assert_eq!(page.price.as_ref().map(|price| price.now_text.as_str()), Some("€24.00"));
    assert_eq!(
        page.breadcrumb.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(),
        ["kitchen", "kitchen/jugs"]
    );
    assert_eq!((page.options[0].key.as_str(), page.options[0].values[0].colour.is_some()), ("color", true));
    assert_eq!((page.offers.len(), page.offers[0].options.as_slice()), (1, &["Sand".to_owned()][..]));
    assert_eq!((page.gallery.len(), page.attributes[0].value.as_str()), (1, "Stoneware"));
    assert!(page.similar.iter().all(|card| card.id != page.id) && page.similar.len() == 2);
    assert!(storefront::product_page(&visitor, "draft-jug").await.unwrap_err().is(codes::NOT_FOUND));
    assert!(storefront::product_page(&visitor, "nothing").await.unwrap_err().is(codes::NOT_FOUND));
});
