use stoa_catalog::products;
use stoa_catalog_types::{
    AttributeInput, ImportChange, ImportOutcome, OptionInput, PictureInput, PictureSource, ProductInput,
    UpdateProduct, VariantImport,
};
use stoa_kernel::{Ctx, Result};
use stoa_testing::{Test, on_both};
use stoa_types::{Id, Seller};

use crate::support::{modules, picture, seller, wrong};

fn jug(seller: Id<Seller>) -> ProductInput {
    let variant = |size: &str, sku: Option<&str>| VariantImport {
        options: vec![size.to_owned()],
        sku: sku.map(str::to_owned),
        weight_grams: Some(900),
        ..VariantImport::default()
    };
    ProductInput {
        seller,
        handle: "salt-glazed-jug".to_owned(),
        title: "Salt-glazed jug".to_owned(),
        maker: Some("Ioanna".to_owned()),
        description_html: "<p>Fired <script>x</script>twice.</p>".to_owned(),
        category_path: vec!["Kitchen".to_owned(), "Jugs".to_owned()],
        tags: vec!["stoneware".to_owned(), "gift".to_owned()],
        attributes: vec![AttributeInput::new("Material", "Stoneware")],
        options: vec![OptionInput {
            name: "Size".to_owned(),
            values: vec!["Small".to_owned(), "Large".to_owned()],
        }],
        variants: vec![variant("Small", Some("SGJ-S")), variant("Large", None)],
        pictures: vec![PictureInput {
            source: PictureSource::Url("https://93.184.216.34/jug.jpg".to_owned()),
            alt: String::new(),
        }],
        seo_title: None,
        seo_description: None,
    }
}

async fn import(ctx: &Ctx, input: &ProductInput) -> Result<ImportOutcome> {
    let tx = ctx.db().begin().await?;
    let outcome = products::import(&tx, ctx, input).await?;
    ctx.db().commit(tx).await?;
    Ok(outcome)
}

on_both!(m1_11_the_same_again_changes_nothing, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let first = import(ctx, &jug(owner)).await.unwrap();
    assert_eq!((first.change, first.skus.len()), (ImportChange::Created, 2));
    let view = products::get(ctx, first.product).await.unwrap();
    assert_eq!((view.slug.as_str(), view.description.as_str()), ("salt-glazed-jug", "<p>Fired twice.</p>"));
    assert_eq!(view.category.map(|category| category.path), Some("kitchen/jugs".to_owned()));
    assert_eq!(view.media[0].picture.alt, "Salt-glazed jug", "the title stands in for a missing text");
    assert_eq!(
        view.skus.iter().map(|sku| sku.code.as_str()).collect::<Vec<_>>(),
        ["SGJ-S", "SALT-GLAZED-JUG-2"]
    );
    let rows = "SELECT (SELECT COUNT(*) FROM outbox_event) + (SELECT COUNT(*) FROM audit_record) + (SELECT COUNT(*) FROM job) \
                + (SELECT SUM(version) FROM product)";
    let before = test.scalar(rows).await;
    let again = import(ctx, &jug(owner)).await.unwrap();
    assert_eq!((again.change, &again.skus), (ImportChange::Unchanged, &first.skus));
    assert_eq!(test.scalar(rows).await, before, "nothing was written");
});

on_both!(a_changed_source_changes_only_what_changed, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let first = import(ctx, &jug(owner)).await.unwrap();
    let by_hand = picture(ctx, 3).await.id;
    let attach = stoa_catalog_types::AttachMedia { asset: Some(by_hand), ..Default::default() };
    products::attach_media(ctx, first.product, attach).await.unwrap();
    let view = products::get(ctx, first.product).await.unwrap();
    let rename = UpdateProduct { slug: Some("the-jug".to_owned()), ..UpdateProduct::default() };
    products::update(ctx, first.product, view.version, rename).await.unwrap();

    let mut changed = jug(owner);
    changed.title = "Salt-glazed jug, tall".to_owned();
    changed.options[0].values.push("Tiny".to_owned());
    changed.variants[0].weight_grams = Some(950);
    changed.variants.remove(1);
    changed.variants.push(VariantImport { options: vec!["Tiny".to_owned()], ..VariantImport::default() });
    changed.pictures.push(PictureInput {
        source: PictureSource::Asset(picture(ctx, 4).await.id),
        alt: "From above".to_owned(),
    });
    let second = import(ctx, &changed).await.unwrap();
    assert_eq!((second.change, second.skus[0]), (ImportChange::Updated, first.skus[0]));
    let after = products::get(ctx, first.product).await.unwrap();
    assert_eq!((after.title.as_str(), after.slug.as_str()), ("Salt-glazed jug, tall", "the-jug"));
    let offered: Vec<(String, bool, Option<i64>)> =
        after.skus.iter().map(|sku| (sku.title.clone(), sku.active, sku.weight_grams)).collect();
    assert_eq!(
        offered,
        [
            ("Small".to_owned(), true, Some(950)),
            ("Large".to_owned(), false, Some(900)),
            ("Tiny".to_owned(), true, None)
        ],
        "what the source dropped is kept, not offered"
    );
    assert_eq!(after.media.len(), 3, "a picture added by hand stays");
    assert_eq!(after.media[2].picture.asset, by_hand);

    // Other axes: the variants are found again by their codes.
    let mut axes = changed.clone();
    axes.options[0].name = "Volume".to_owned();
    axes.variants.truncate(1);
    let third = import(ctx, &axes).await.unwrap();
    assert_eq!((third.change, third.skus[0]), (ImportChange::Updated, first.skus[0]));
    let after = products::get(ctx, first.product).await.unwrap();
    assert_eq!(after.options.iter().map(|option| option.name.as_str()).collect::<Vec<_>>(), ["Volume"]);
    assert_eq!(after.skus.iter().filter(|sku| sku.active).count(), 1);
    assert_eq!(import(ctx, &axes).await.unwrap().change, ImportChange::Unchanged);
});

on_both!(a_broken_product_leaves_nothing_behind, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let mut broken = jug(owner);
    broken.title = String::new();
    broken.variants[1].options = vec!["Small".to_owned()];
    broken.variants[0].gtin = Some("4006381333932".to_owned());
    let refused = import(ctx, &broken).await.unwrap_err();
    assert_eq!(
        wrong(&refused),
        [products::TITLE_MISSING.name, products::GTIN_INVALID.name, products::TUPLE_TAKEN.name]
    );
    let other = ProductInput { handle: "other".to_owned(), ..jug(owner) };
    import(ctx, &jug(owner)).await.unwrap();
    assert!(import(ctx, &other).await.unwrap_err().is(products::SKU_TAKEN));
    assert_eq!(test.scalar("SELECT COUNT(*) FROM product").await, 1);
    // A stranger cannot write into the shop.
    let stranger = test.person(Some(seller(test, "bowls").await), &[products::WRITE]);
    assert!(import(&stranger, &jug(owner)).await.is_err());
});
