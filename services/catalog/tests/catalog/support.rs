use stoa_catalog::{
    media,
    offers::{self, OfferPrice},
    pim, products,
};
use stoa_catalog_types::{
    AssetView, AttachMedia, CategoryRef, CreateCategory, CreateProduct, OptionInput, PictureFormat,
    ProductView, VariantInput, widths_of,
};
use stoa_identity_types::CreateSeller;
use stoa_kernel::{Ctx, Module};
use stoa_testing::Test;
use stoa_types::{Currency, Id, Money, Seller, Sku};

/// The area's services and those below.
pub fn modules() -> Vec<&'static Module> {
    [stoa_identity::MODULES, stoa_catalog::MODULES].concat()
}

pub async fn seller(test: &Test, slug: &str) -> Id<Seller> {
    let input = CreateSeller {
        slug: slug.to_owned(),
        name: format!("{slug} workshop"),
        email: format!("{slug}@example.org"),
        country: "GR".to_owned(),
        description: None,
        commission_bp: None,
    };
    stoa_identity::sellers::create(&test.ctx, input).await.expect("a seller").id
}

pub async fn category(ctx: &Ctx, name: &str, parent: Option<&CategoryRef>) -> CategoryRef {
    let input = CreateCategory {
        name: name.to_owned(),
        slug: None,
        parent: parent.map(|one| one.id),
        description: None,
    };
    pim::create_category(ctx, input).await.expect("a category")
}

pub fn options(pairs: &[(&str, &[&str])]) -> Vec<OptionInput> {
    let option = |(name, values): &(&str, &[&str])| OptionInput {
        name: (*name).to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    pairs.iter().map(option).collect()
}

pub fn variant(values: &[&str], code: &str) -> VariantInput {
    VariantInput {
        options: values.iter().map(|value| (*value).to_owned()).collect(),
        sku: Some(code.to_owned()),
        ..VariantInput::default()
    }
}

pub fn input(title: &str, seller: Id<Seller>) -> CreateProduct {
    CreateProduct { title: title.to_owned(), seller: Some(seller), ..CreateProduct::default() }
}

/// A drawn picture, the same for the same shade.
pub async fn picture(ctx: &Ctx, shade: u8) -> AssetView {
    let bytes = vec![b'w', shade, 0, 1];
    let file = |width| media::ReadyDerivative {
        format: PictureFormat::Webp,
        width,
        height: width * 5 / 4,
        bytes: [bytes.as_slice(), &width.to_be_bytes()].concat(),
    };
    let ready = media::ReadyPicture {
        seller: None,
        width: 640,
        height: 800,
        placeholder: "#aabbcc".to_owned(),
        derivatives: widths_of(640).into_iter().map(file).collect(),
    };
    media::store_ready(ctx, ready).await.expect("a picture")
}

pub fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

pub async fn price(ctx: &Ctx, sku: Id<Sku>, amount: i64, was: Option<i64>) {
    let tx = ctx.db().begin().await.expect("a transaction");
    let offer = OfferPrice { price: eur(amount), compare_at: was.map(eur) };
    offers::record_price(&tx, ctx, sku, Currency::EUR, Some(offer)).await.expect("a price");
    ctx.db().commit(tx).await.expect("committed");
}

pub async fn stock(ctx: &Ctx, sku: Id<Sku>, in_stock: bool) {
    let tx = ctx.db().begin().await.expect("a transaction");
    offers::record_stock(&tx, ctx, sku, in_stock).await.expect("stock");
    ctx.db().commit(tx).await.expect("committed");
}

/// A product with a price for each SKU, a picture and stock, in the shop.
pub async fn published(ctx: &Ctx, input: CreateProduct, amount: i64) -> ProductView {
    let product = products::create(ctx, input).await.expect("a draft");
    let asset = picture(ctx, 7).await.id;
    let attach = AttachMedia { asset: Some(asset), ..AttachMedia::default() };
    products::attach_media(ctx, product.id, attach).await.expect("attached");
    for sku in &product.skus {
        price(ctx, sku.id, amount, None).await;
        stock(ctx, sku.id, true).await;
    }
    products::publish(ctx, product.id).await.expect("published")
}

/// Fields of a refusal, in order.
pub fn wrong(error: &stoa_kernel::Error) -> Vec<String> {
    error.problem(None).errors.iter().map(|error| error.code.clone()).collect()
}
