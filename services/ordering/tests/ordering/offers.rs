//! Shops with something on sale, for the tests of everything that sells.

use stoa_catalog::{
    media::{self, ReadyDerivative, ReadyPicture},
    products,
};
use stoa_catalog_types::{PictureFormat, PictureInput, PictureSource, ProductInput, VariantImport};
use stoa_fulfilment::inventory;
use stoa_identity::sellers;
use stoa_identity_types::CreateSeller;
use stoa_kernel::Ctx;
use stoa_pricing::prices;
use stoa_pricing_types::SetPrice;
use stoa_types::{Asset, Currency, Id, Money, Product, Seller, Sku};

/// A shop in Greece that leaves this commission to the marketplace.
pub async fn seller(ctx: &Ctx, slug: &str, commission_bp: i64) -> Id<Seller> {
    let new = CreateSeller {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        email: format!("{slug}@stoa.example"),
        country: "GR".to_owned(),
        description: None,
        commission_bp: Some(commission_bp),
    };
    sellers::create(ctx, new).await.expect("a seller").id
}

/// A product on sale.
#[derive(Debug, Clone, Copy)]
pub struct OnSale {
    pub product: Id<Product>,
    pub sku: Id<Sku>,
    pub picture: Id<Asset>,
}

/// Puts a product of one SKU and 700 g on sale at `price` cents, with `stock` units.
pub async fn put_on_sale(ctx: &Ctx, seller: Id<Seller>, name: &str, price: i64, stock: i64) -> OnSale {
    let file = |format| ReadyDerivative { format, width: 320, height: 400, bytes: name.as_bytes().to_vec() };
    let picture = ReadyPicture {
        seller: Some(seller),
        width: 320,
        height: 400,
        placeholder: "#ccbbaa".to_owned(),
        derivatives: vec![file(PictureFormat::Webp), file(PictureFormat::Avif)],
    };
    let picture = media::store_ready(ctx, picture).await.expect("a picture").id;
    let input = ProductInput {
        seller,
        handle: name.to_owned(),
        title: name.to_owned(),
        maker: None,
        description_html: format!("<p>{name}</p>"),
        category_path: vec!["Kitchen".to_owned()],
        tags: Vec::new(),
        attributes: Vec::new(),
        options: Vec::new(),
        variants: vec![VariantImport {
            sku: Some(format!("{name}-1")),
            weight_grams: Some(700),
            ..VariantImport::default()
        }],
        pictures: vec![PictureInput { source: PictureSource::Asset(picture), alt: name.to_owned() }],
        seo_title: None,
        seo_description: None,
    };
    let tx = ctx.db().begin().await.expect("a transaction");
    let made = products::import(&tx, ctx, &input).await.expect("a product");
    let sku = made.skus[0];
    let price = SetPrice { price: Money::new(price, Currency::EUR), compare_at: None };
    prices::set_in(&tx, ctx, sku, price).await.expect("a price");
    if stock > 0 {
        let key = format!("test:{name}");
        inventory::adjust_in(&tx, ctx, sku, seller, stock, "received", &key).await.expect("stock");
    }
    products::publish_in(&tx, ctx, made.product).await.expect("published");
    ctx.db().commit(tx).await.expect("committed");
    OnSale { product: made.product, sku, picture }
}
