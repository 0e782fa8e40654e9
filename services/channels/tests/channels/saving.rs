//! A product saved from a form: whole or not at all, once, and over nobody's work.

use std::sync::Arc;

use stoa_catalog::{media, pim, products};
use stoa_catalog_types::{
    AssetView, CreateCategory, OptionEdit, PictureEdit, PictureFormat, ProductEdit, ProductStatus,
    ProductView, VariantEdit, widths_of,
};
use stoa_channels::channels::{Edited, OfferEdit, PRICE_MOVED, STOCK_MOVED, SaveProduct, save};
use stoa_fulfilment::inventory;
use stoa_kernel::{Ctx, Error, error::codes};
use stoa_pricing::prices;
use stoa_pricing_types::SetPrice;
use stoa_testing::Test;
use stoa_types::{Category, Currency, Id, Money, Seller, Sku};

use crate::support::{modules, shop};

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

fn edited<T>(shown: Option<T>, wanted: T) -> Option<Edited<T>> {
    Some(Edited { shown, wanted })
}

async fn category(ctx: &Ctx, name: &str) -> Id<Category> {
    let input = CreateCategory { name: name.to_owned(), slug: None, parent: None, description: None };
    pim::create_category(ctx, input).await.expect("a category").id
}

async fn picture(ctx: &Ctx, seller: Option<Id<Seller>>, shade: u8) -> AssetView {
    let file = |width: u32| media::ReadyDerivative {
        format: PictureFormat::Webp,
        width,
        height: width * 5 / 4,
        bytes: [[b'w', shade, 0, 1].as_slice(), &width.to_be_bytes()].concat(),
    };
    let ready = media::ReadyPicture {
        seller,
        width: 640,
        height: 800,
        placeholder: "#aabbcc".to_owned(),
        derivatives: widths_of(640).into_iter().map(file).collect(),
    };
    media::store_ready(ctx, ready).await.expect("a picture")
}

/// A jug in two glazes, as the empty form sends it.
fn jug(seller: Id<Seller>) -> SaveProduct {
    SaveProduct {
        product: ProductEdit {
            seller: Some(seller),
            title: "Salt-glazed jug".to_owned(),
            maker: Some("Kleio".to_owned()),
            description: "<p>Thrown</p><script>alert(1)</script>".to_owned(),
            options: vec![OptionEdit {
                name: "Glaze".to_owned(),
                add: vec!["Sand".to_owned(), "Ink".to_owned()],
            }],
            variants: vec![VariantEdit {
                code: Some("JUG-SAND".to_owned()),
                weight_grams: Some(900),
                active: true,
                ..VariantEdit::default()
            }],
            ..ProductEdit::default()
        },
        offers: vec![OfferEdit { price: edited(None, eur(6400)), stock: edited(None, 3) }],
        publish: false,
    }
}

/// The form as it stands when `product` is opened.
async fn opened(ctx: &Ctx, product: &ProductView) -> SaveProduct {
    let skus: Vec<Id<Sku>> = product.skus.iter().map(|sku| sku.id).collect();
    let stock = inventory::on_hand(ctx.db().read(), &skus).await.unwrap();
    let variant = |sku: &stoa_catalog_types::SkuView| VariantEdit {
        sku: Some(sku.id),
        code: Some(sku.code.clone()),
        weight_grams: sku.weight_grams,
        active: sku.active,
    };
    let offer = |sku: &stoa_catalog_types::SkuView| OfferEdit {
        price: sku.price.and_then(|price| edited(Some(price), price)),
        stock: edited(Some(stock[&sku.id]), stock[&sku.id]),
    };
    SaveProduct {
        product: ProductEdit {
            product: Some((product.id, product.version)),
            seller: None,
            title: product.title.clone(),
            maker: product.maker.clone(),
            description: product.description.clone(),
            category: product.category.as_ref().map(|category| category.id),
            options: vec![OptionEdit { name: "Glaze".to_owned(), add: Vec::new() }],
            variants: product.skus.iter().map(variant).collect(),
            pictures: product
                .media
                .iter()
                .map(|media| PictureEdit { asset: media.picture.asset, alt: media.picture.alt.clone() })
                .collect(),
        },
        offers: product.skus.iter().map(offer).collect(),
        publish: false,
    }
}

async fn saved(ctx: &Ctx, input: SaveProduct, key: &str) -> ProductView {
    let id = save(ctx, input, key).await.expect("saved");
    products::get(ctx, id).await.expect("there")
}

fn fields(error: &Error) -> Vec<(String, String)> {
    error.problem(None).errors.into_iter().map(|one| (one.field, one.code)).collect()
}

fn field(name: &str, code: &str) -> (String, String) {
    (name.to_owned(), code.to_owned())
}

async fn count(test: &Test, table: &str) -> i64 {
    test.scalar(&format!("SELECT COUNT(*) FROM {table}")).await
}

stoa_testing::on_both!(a_new_product_goes_in_whole_and_once, &modules(), async |test: &Test| {
    let ctx = test.system();
    let seller = shop(test, "kleio").await;
    let product = saved(&ctx, jug(seller), "new").await;
    assert_eq!((product.version, product.status), (1, ProductStatus::Draft));
    assert_eq!(product.description, "<p>Thrown</p>");
    let codes: Vec<&str> = product.skus.iter().map(|sku| sku.code.as_str()).collect();
    assert_eq!(codes, ["JUG-SAND", "SALT-GLAZED-JUG-2"]);
    let titles: Vec<&str> = product.skus.iter().map(|sku| sku.title.as_str()).collect();
    assert_eq!(titles, ["Sand", "Ink"]);
    assert_eq!(product.skus.iter().map(|sku| sku.price).collect::<Vec<_>>(), [Some(eur(6400)); 2]);
    assert_eq!(test.scalar("SELECT SUM(on_hand) FROM stock_level").await, 3);

    let (events, audit) = (test.events().await.len(), count(test, "audit_record").await);
    assert_eq!(saved(&ctx, jug(seller), "new").await.id, product.id, "the same form again");
    assert_eq!((count(test, "product").await, test.events().await.len()), (1, events));
    assert_eq!(count(test, "audit_record").await, audit);

    let mut other = jug(seller);
    other.product.title = "Another jug".to_owned();
    let refused = save(&ctx, other, "new").await.unwrap_err();
    assert!(refused.is(codes::KEY_REUSED), "{refused:?}");
    assert!(save(&ctx, jug(seller), "").await.unwrap_err().is(codes::KEY_MISSING));
});

stoa_testing::on_both!(one_wrong_price_and_nothing_is_written, &modules(), async |test: &Test| {
    let ctx = test.system();
    let seller = shop(test, "kleio").await;
    let events = test.events().await.len();
    let mut input = jug(seller);
    input.offers[0].price = edited(None, eur(-1));
    let refused = save(&ctx, input, "negative").await.unwrap_err();
    assert_eq!(fields(&refused), [field("variants/0/price", "prices.negative")]);
    let mut input = jug(seller);
    input.offers[0].stock = edited(None, -1);
    let refused = save(&ctx, input, "negative").await.unwrap_err();
    assert_eq!(fields(&refused), [field("variants/0/stock", "channels.stock_invalid")]);
    for table in ["product", "sku", "price", "stock_level", "product_save"] {
        assert_eq!(count(test, table).await, 0, "{table}");
    }
    assert_eq!(test.events().await.len(), events);
});

stoa_testing::on_both!(every_wrong_field_is_named_at_once, &modules(), async |test: &Test| {
    let ctx = test.system();
    let mut input = jug(shop(test, "kleio").await);
    input.product.seller = None;
    input.product.title = " ".to_owned();
    input.product.variants[0].weight_grams = Some(-5);
    input.product.variants[0].code = Some("sku_mine".to_owned());
    input.product.options.push(OptionEdit { name: "Size".to_owned(), add: vec![" ".to_owned()] });
    let refused = save(&ctx, input, "wrong").await.unwrap_err();
    let names: Vec<String> = fields(&refused).into_iter().map(|(name, _)| name).collect();
    let expected = ["title", "variants/0/code", "variants/0/weight_grams", "seller", "options/1/add"];
    assert_eq!(names, expected);
});

stoa_testing::on_both!(a_change_is_one_event_and_one_version, &modules(), async |test: &Test| {
    let ctx = test.system();
    let seller = shop(test, "kleio").await;
    let before = saved(&ctx, jug(seller), "new").await;
    let asset = picture(&ctx, Some(seller), 1).await.id;
    let kitchen = category(&ctx, "Kitchen").await;
    let events = test.events().await.len();
    let mut form = opened(&ctx, &before).await;
    form.product.title = "Jug".to_owned();
    form.product.category = Some(kitchen);
    form.product.variants[1].code = Some("JUG-INK".to_owned());
    form.product.pictures = vec![PictureEdit { asset, alt: "A jug".to_owned() }];
    form.offers[1] = OfferEdit { price: edited(Some(eur(6400)), eur(6900)), stock: edited(Some(0), 4) };
    form.publish = true;
    let after = saved(&ctx, form, "change").await;
    assert_eq!((after.status, after.title.as_str()), (ProductStatus::Published, "Jug"));
    assert_eq!(after.category.as_ref().map(|category| category.id), Some(kitchen));
    assert_eq!(after.skus[1].code, "JUG-INK");
    assert_eq!(
        after.skus.iter().map(|sku| sku.price).collect::<Vec<_>>(),
        [Some(eur(6400)), Some(eur(6900))]
    );
    assert_eq!(after.media[0].picture.alt, "A jug");
    assert_eq!(test.scalar("SELECT SUM(on_hand) FROM stock_level").await, 7);
    let told: Vec<String> = test.events().await.split_off(events);
    for (name, times) in
        [("product.updated", 1), ("price.updated", 1), ("inventory.adjusted", 1), ("product.published", 1)]
    {
        assert_eq!(told.iter().filter(|event| event.contains(name)).count(), times, "{name}: {told:?}");
    }
    assert_eq!(after.version, before.version + 2, "saved and published");

    let unchanged = opened(&ctx, &after).await;
    let (events, audit) = (test.events().await.len(), count(test, "audit_record").await);
    assert_eq!(saved(&ctx, unchanged, "nothing").await.version, after.version);
    assert_eq!((test.events().await.len(), count(test, "audit_record").await), (events, audit));
});

stoa_testing::on_both!(two_editors_never_overwrite_each_other_unseen, &modules(), async |test: &Test| {
    let ctx = test.system();
    let seller = shop(test, "kleio").await;
    let product = saved(&ctx, jug(seller), "new").await;
    let (mut maria, mut nikos) = (opened(&ctx, &product).await, opened(&ctx, &product).await);
    maria.offers[0].price = edited(Some(eur(6400)), eur(6000));
    nikos.product.title = "Jug".to_owned();
    // A change of the price alone counts as well.
    saved(&ctx, maria, "maria").await;
    let refused = save(&ctx, nikos, "nikos").await.unwrap_err();
    assert!(refused.is(codes::STALE), "{refused:?}");
    let now = products::get(&ctx, product.id).await.unwrap();
    assert_eq!((now.title.as_str(), now.skus[0].price), ("Salt-glazed jug", Some(eur(6000))));

    // Prices are also set past the product: by a price list.
    let mut form = opened(&ctx, &now).await;
    let set = SetPrice { price: eur(5500), compare_at: Some(eur(9900)) };
    prices::set(&ctx, now.skus[0].id, set).await.unwrap();
    form.product.title = "Jug".to_owned();
    let kept = saved(&ctx, form.clone(), "title only").await;
    assert_eq!(kept.skus[0].price, Some(eur(5500)), "what was not edited is not written");
    form.product.product = Some((kept.id, kept.version));
    form.offers[0].price = edited(Some(eur(6000)), eur(6200));
    let refused = save(&ctx, form, "price").await.unwrap_err();
    assert_eq!(fields(&refused), [field("variants/0/price", PRICE_MOVED.name)]);
    let mut form = opened(&ctx, &kept).await;
    form.offers[0].price = edited(Some(eur(5500)), eur(6200));
    let dearer = saved(&ctx, form, "seen").await;
    assert_eq!((dearer.skus[0].price, dearer.skus[0].compare_at), (Some(eur(6200)), Some(eur(9900))));
});

stoa_testing::on_both!(what_was_sold_meanwhile_stays_sold, &modules(), async |test: &Test| {
    let ctx = test.system();
    let seller = shop(test, "kleio").await;
    let product = saved(&ctx, jug(seller), "new").await;
    let mut form = opened(&ctx, &product).await;
    let tx = ctx.db().begin().await.unwrap();
    inventory::adjust_in(&tx, &ctx, product.skus[0].id, seller, -1, "sold", "sold").await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    form.offers[0].stock = edited(Some(3), 10);
    let after = saved(&ctx, form.clone(), "more").await;
    assert_eq!(test.scalar("SELECT SUM(on_hand) FROM stock_level").await, 9);
    saved(&ctx, form, "more").await;
    assert_eq!(test.scalar("SELECT SUM(on_hand) FROM stock_level").await, 9, "the same form again");

    let mut form = opened(&ctx, &after).await;
    form.offers[0].stock = edited(Some(30), 0);
    let refused = save(&ctx, form, "none").await.unwrap_err();
    assert_eq!(fields(&refused), [field("variants/0/stock", STOCK_MOVED.name)]);
});

stoa_testing::on_both!(new_values_make_variants_and_keep_the_others, &modules(), async |test: &Test| {
    let ctx = test.system();
    let seller = shop(test, "kleio").await;
    let product = saved(&ctx, jug(seller), "new").await;
    let mut form = opened(&ctx, &product).await;
    form.product.variants[1].active = false;
    form.product.options = vec![OptionEdit { name: "Glaze".to_owned(), add: vec!["Moss".to_owned()] }];
    let third = saved(&ctx, form, "moss").await;
    let title = |product: &ProductView| {
        product.skus.iter().map(|sku| (sku.title.clone(), sku.active)).collect::<Vec<_>>()
    };
    let expected = [("Sand".to_owned(), true), ("Ink".to_owned(), false), ("Moss".to_owned(), true)];
    assert_eq!(title(&third), expected);
    assert_eq!(third.skus[2].price, Some(eur(6400)));

    let mut form = opened(&ctx, &third).await;
    form.product.options =
        vec![OptionEdit { name: "Size".to_owned(), add: vec!["Small".to_owned(), "Large".to_owned()] }];
    let sized = saved(&ctx, form, "sizes").await;
    let names: Vec<String> = sized.skus.iter().map(|sku| sku.title.clone()).collect();
    let expected = ["Sand, Small", "Ink, Small", "Moss, Small", "Sand, Large", "Ink, Large", "Moss, Large"];
    assert_eq!(names, expected);
    assert_eq!(
        sized.skus.iter().take(3).map(|sku| sku.id).collect::<Vec<_>>(),
        third.skus.iter().map(|sku| sku.id).collect::<Vec<_>>(),
        "what could be bought keeps its SKU"
    );
    assert!(!sized.skus[1].active);
});

stoa_testing::on_both!(a_taken_code_is_named_by_its_row, &modules(), async |test: &Test| {
    let ctx = test.system();
    let seller = shop(test, "kleio").await;
    let first = saved(&ctx, jug(seller), "new").await;
    let refused = save(&ctx, jug(seller), "second").await.unwrap_err();
    assert_eq!(fields(&refused), [field("variants/0/code", "products.sku_taken")]);
    let mut other = jug(seller);
    other.product.variants[0].code = Some("OTHER".to_owned());
    let other = saved(&ctx, other, "third").await;
    let mut form = opened(&ctx, &other).await;
    form.product.variants[1].code = Some("jug-sand ".to_owned());
    let refused = save(&ctx, form, "taken").await.unwrap_err();
    assert_eq!(fields(&refused), [field("variants/1/code", "products.sku_taken")]);
    let mut form = opened(&ctx, &first).await;
    form.product.variants[1].code = Some("Jug-Sand".to_owned());
    let refused = save(&ctx, form, "twice").await.unwrap_err();
    assert_eq!(fields(&refused), [field("variants/1/code", "products.sku_taken")]);
});

stoa_testing::on_both!(pictures_are_ordered_named_and_ones_own, &modules(), async |test: &Test| {
    let ctx = test.system();
    let (seller, other) = (shop(test, "kleio").await, shop(test, "auel").await);
    let (front, back) = (picture(&ctx, Some(seller), 1).await.id, picture(&ctx, None, 2).await.id);
    let mut input = jug(seller);
    let show = |asset, alt: &str| PictureEdit { asset, alt: alt.to_owned() };
    input.product.pictures = vec![show(front, ""), show(back, "From behind")];
    let product = saved(&ctx, input, "new").await;
    let shown = |product: &ProductView| {
        product.media.iter().map(|one| (one.picture.asset, one.picture.alt.clone())).collect::<Vec<_>>()
    };
    let title = "Salt-glazed jug".to_owned();
    assert_eq!(shown(&product), [(front, title.clone()), (back, "From behind".to_owned())]);
    let mut form = opened(&ctx, &product).await;
    form.product.pictures = vec![show(back, "Back"), show(front, &title)];
    let turned = saved(&ctx, form, "turn").await;
    assert_eq!(shown(&turned), [(back, "Back".to_owned()), (front, title.clone())]);
    let mut form = opened(&ctx, &turned).await;
    form.product.pictures = vec![show(front, &title)];
    let one = saved(&ctx, form, "less").await;
    assert_eq!(shown(&one), [(front, title)]);

    let stolen = picture(&ctx, Some(other), 3).await.id;
    let mut form = opened(&ctx, &one).await;
    form.product.pictures.push(show(stolen, "Not mine"));
    let refused = save(&ctx, form, "stolen").await.unwrap_err();
    assert!(refused.is(codes::NOT_FOUND), "{refused:?}");
});

stoa_testing::on_both!(a_closed_gate_saves_nothing, &modules(), async |test: &Test| {
    let ctx = test.system();
    let seller = shop(test, "kleio").await;
    let mut input = jug(seller);
    input.publish = true;
    let refused = save(&ctx, input, "new").await.unwrap_err();
    let missing = [field("media", "products.no_picture"), field("category", "products.no_category")];
    assert_eq!(fields(&refused), missing);
    assert_eq!((count(test, "product").await, count(test, "price").await), (0, 0));
});

stoa_testing::on_both!(each_part_needs_its_permission_and_its_seller, &modules(), async |test: &Test| {
    let (seller, other) = (shop(test, "kleio").await, shop(test, "auel").await);
    let all = [products::READ, products::WRITE, prices::WRITE, inventory::INVENTORY_ADJUST];
    let refused = save(&test.person(Some(other), &all), jug(seller), "other").await.unwrap_err();
    assert!(refused.is(codes::NOT_FOUND), "{refused:?}");
    for missing in [products::WRITE, prices::WRITE, inventory::INVENTORY_ADJUST] {
        let some: Vec<_> = all.iter().copied().filter(|one| *one != missing).collect();
        let refused = save(&test.person(Some(seller), &some), jug(seller), "some").await.unwrap_err();
        assert!(refused.is(codes::FORBIDDEN), "{missing:?}: {refused:?}");
    }
    let own = test.person(Some(seller), &all);
    let product = saved(&own, jug(seller), "own").await;
    let mut form = opened(&own, &product).await;
    form.product.title = "Mine now".to_owned();
    let refused = save(&test.person(Some(other), &all), form, "other").await.unwrap_err();
    assert!(refused.is(codes::NOT_FOUND), "{refused:?}");
});

stoa_testing::on_both!(a_form_sent_twice_at_once_is_one_product, &modules(), async |test: &Test| {
    let ctx = Arc::new(test.system());
    let seller = shop(test, "kleio").await;
    let send = |ctx: Arc<Ctx>| async move { save(&ctx, jug(seller), "double").await };
    let (one, two) = futures::join!(send(ctx.clone()), send(ctx.clone()));
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(count(test, "product").await, 1);
    assert_eq!(test.scalar("SELECT SUM(on_hand) FROM stock_level").await, 3);
});
