//! The demo marketplace: words and numbers from a grammar, pictures from
//! parameters, the same for the same seed on every machine.

pub mod art;
pub mod grammar;
mod home;
mod people;

use std::{collections::HashMap, sync::Mutex};

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use stoa_catalog::{
    media::{self, ReadyDerivative, ReadyPicture},
    pim, products,
};
use stoa_catalog_types::{
    AttributeInput, CreateCategory, OptionInput, PictureFormat, PictureInput, PictureSource, ProductInput,
    VariantImport,
};
use stoa_fulfilment::inventory;
use stoa_identity::sellers;
use stoa_identity_types::CreateSeller;
use stoa_kernel::{App, Ctx, Tx};
use stoa_pricing::prices;
use stoa_pricing_types::SetPrice;
use stoa_types::{Asset, Category, Currency, Id, Money, PageQuery, Seller};
use tokio::sync::mpsc;

use crate::progress::bar;
use art::{Picture, Rendition};
use grammar::{DEFAULT_SEED, Demo, DemoProduct, MAX_PRODUCTS};

/// Products written in one transaction: few enough that a running shop hardly waits.
const BATCH: usize = 50;

/// Fills an empty shop with eight sellers, a category tree, 48 pictures, this many
/// products with prices and stock, a home page and one sign-in for each role. The
/// sign-ins are written to `demo-sign-ins.txt` in the data folder and printed.
///
/// # Errors
/// Refuses where there is a seller already. A demo that was interrupted is not gone on
/// with: begin again with an empty data folder.
pub async fn demo(app: &App, products: usize) -> Result<()> {
    let ctx = Ctx::system(app);
    let query = PageQuery { after: None, limit: Some(1) };
    if !sellers::list(&ctx, &query).await?.items.is_empty() {
        bail!(
            "this shop has sellers already, and the demo is for an empty one: choose another folder with --data"
        );
    }
    if products > MAX_PRODUCTS {
        bail!("the demo has at most {MAX_PRODUCTS} products");
    }
    let demo = Demo::new(DEFAULT_SEED);
    let sellers = open_shops(&ctx, &demo).await?;
    let paths = plant_categories(&ctx, &demo).await?;
    let pictures = draw_pictures(&ctx).await?;
    let bar = bar("Making", products as u64, "products");
    let stock = Stock { sellers, paths, pictures };
    for first in (0..products).step_by(BATCH) {
        let last = products.min(first + BATCH);
        let tx = ctx.db().begin().await?;
        for index in first..last {
            let product = demo.product(index);
            let written = stock.put(&tx, &ctx.renewed(), &product).await;
            written
                .with_context(|| format!("the demo's product {} ({}) was not taken", index, product.slug))?;
        }
        ctx.db().commit(tx).await?;
        bar.set_position(last as u64);
    }
    bar.finish_and_clear();
    home::furnish(&ctx, &demo, &stock.pictures).await?;
    let owner = stock.sellers.first().copied().context("the demo has shops")?;
    people::invite(&ctx, owner).await?;
    eprintln!("The demo is ready: {} shops, {products} products.", stock.sellers.len());
    Ok(())
}

async fn open_shops(ctx: &Ctx, demo: &Demo) -> Result<Vec<Id<Seller>>> {
    let mut ids = Vec::new();
    for shop in demo.sellers() {
        let input = CreateSeller {
            slug: shop.slug.clone(),
            name: shop.name.to_owned(),
            email: shop.email.clone(),
            country: shop.country.to_owned(),
            description: Some(shop.story.to_owned()),
            commission_bp: None,
        };
        ids.push(sellers::create(ctx, input).await?.id);
    }
    Ok(ids)
}

/// Each category's way from the top, by its slug.
async fn plant_categories(ctx: &Ctx, demo: &Demo) -> Result<HashMap<&'static str, Vec<String>>> {
    let mut ids: HashMap<&'static str, Id<Category>> = HashMap::new();
    let mut paths: HashMap<&'static str, Vec<String>> = HashMap::new();
    for node in demo.categories() {
        let input = CreateCategory {
            name: node.name.to_owned(),
            slug: Some(node.slug.to_owned()),
            parent: node.parent.and_then(|parent| ids.get(parent).copied()),
            description: Some(node.description.to_owned()),
        };
        ids.insert(node.slug, pim::create_category(ctx, input).await?.id);
        let mut path = node.parent.and_then(|parent| paths.get(parent).cloned()).unwrap_or_default();
        path.push(node.slug.to_owned());
        paths.insert(node.slug, path);
    }
    Ok(paths)
}

/// Draws and stores the 48 pictures; storing goes on while others are drawn.
async fn draw_pictures(ctx: &Ctx) -> Result<Vec<Id<Asset>>> {
    let bar = bar("Drawing", 48, "pictures");
    let (send, mut receive) = mpsc::channel::<(Picture, Vec<Rendition>)>(4);
    let drawing = tokio::task::spawn_blocking(move || {
        let send = Mutex::new(send);
        art::render_all(|picture, renditions| {
            let sender = send.lock().map(|sender| sender.clone());
            if let Ok(sender) = sender {
                // Nobody listens any more when storing has failed, and that is told.
                let _ = sender.blocking_send((picture, renditions));
            }
        })
    });
    let mut assets: HashMap<usize, Id<Asset>> = HashMap::new();
    while let Some((picture, renditions)) = receive.recv().await {
        let asset = media::store_ready(&ctx.renewed(), ready(renditions)?).await?;
        assets.insert(picture.index(), asset.id);
        bar.inc(1);
    }
    drawing.await??;
    bar.finish_and_clear();
    Picture::all()
        .map(|picture| assets.get(&picture.index()).copied().context("a picture is missing"))
        .collect()
}

fn ready(renditions: Vec<Rendition>) -> Result<ReadyPicture> {
    let (widest, smallest) = renditions.first().zip(renditions.last()).context("a picture without sizes")?;
    Ok(ReadyPicture {
        seller: None,
        width: widest.width,
        height: widest.height,
        placeholder: average(&smallest.webp)?,
        derivatives: renditions
            .into_iter()
            .map(|one| ReadyDerivative {
                format: PictureFormat::Webp,
                width: one.width,
                height: one.height,
                bytes: one.webp,
            })
            .collect(),
    })
}

/// The average colour of a WebP file as `#rrggbb`.
fn average(webp: &[u8]) -> Result<String> {
    let picture = webp::Decoder::new(webp).decode().context("a picture that was just drawn can't be read")?;
    let step = if picture.is_alpha() { 4 } else { 3 };
    let mut sums = [0u64; 3];
    let mut count = 0;
    // Every seventh pixel is plenty for an average.
    for pixel in picture.chunks_exact(step).step_by(7) {
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum += u64::from(*value);
        }
        count += 1;
    }
    let [red, green, blue] = sums.map(|sum| sum / count.max(1));
    Ok(format!("#{red:02x}{green:02x}{blue:02x}"))
}

/// What products are made of.
struct Stock {
    sellers: Vec<Id<Seller>>,
    paths: HashMap<&'static str, Vec<String>>,
    /// By [`Picture::index`].
    pictures: Vec<Id<Asset>>,
}

impl Stock {
    /// Writes a product with its prices and stock and shows it, as on the day it came.
    async fn put(&self, tx: &Tx, ctx: &Ctx, product: &DemoProduct) -> Result<()> {
        let seller = *self.sellers.get(product.seller).context("a product of no shop")?;
        // Minutes apart, so that "newest" has one order.
        let age =
            TimeDelta::days(product.days_old.into()) + TimeDelta::seconds((product.index % 86_400) as i64);
        let then = Ctx { now: ctx.now - age, ..ctx.clone() };
        let written = products::import(tx, &then, &self.input(seller, product)?).await?;
        for (sku, variant) in written.skus.iter().zip(&product.variants) {
            let money = |amount| Money::new(amount, Currency::EUR);
            let price = SetPrice {
                price: money(variant.price_minor),
                compare_at: variant.compare_at_minor.map(money),
            };
            prices::set_in(tx, &then, *sku, price).await?;
            let action = format!("demo:{}", variant.sku);
            inventory::set_in(tx, &then, *sku, seller, variant.stock, "opening stock", &action).await?;
        }
        products::publish_in(tx, &then, written.product).await?;
        Ok(())
    }

    fn input(&self, seller: Id<Seller>, product: &DemoProduct) -> Result<ProductInput> {
        let mut pictures = Vec::new();
        for shown in &product.pictures {
            let asset = *self.pictures.get(shown.picture.index()).context("a picture that was not drawn")?;
            pictures.push(PictureInput { source: PictureSource::Asset(asset), alt: shown.alt.clone() });
        }
        Ok(ProductInput {
            seller,
            handle: product.slug.clone(),
            title: product.title.clone(),
            maker: Some(product.maker.to_owned()),
            description_html: format!("<p>{}</p>", escape(&product.description)),
            category_path: self
                .paths
                .get(product.category)
                .cloned()
                .context("a product without a category")?,
            tags: Vec::new(),
            attributes: product
                .attributes
                .iter()
                .map(|one| AttributeInput { name: one.name.to_owned(), value: one.value.clone() })
                .collect(),
            options: product
                .options
                .iter()
                .map(|axis| OptionInput {
                    name: axis.name.to_owned(),
                    values: axis.values.iter().map(|value| (*value).to_owned()).collect(),
                })
                .collect(),
            variants: product
                .variants
                .iter()
                .map(|variant| VariantImport {
                    options: variant.options.iter().map(|value| (*value).to_owned()).collect(),
                    sku: Some(variant.sku.clone()),
                    gtin: Some(variant.barcode.clone()),
                    weight_grams: Some(variant.weight_grams),
                    picture: Some(variant.picture),
                })
                .collect(),
            pictures,
            seo_title: None,
            seo_description: None,
        })
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_of_a_picture_is_a_colour_of_its_room() {
        let picture = Picture { form: art::Form::Jug, colour: 0 };
        let renditions = picture.render().expect("renders");
        let ready = ready(renditions).expect("has sizes");
        assert_eq!((ready.width, ready.height, ready.derivatives.len()), (1600, 2000, 5));
        let channels: Vec<u8> = (1..7)
            .step_by(2)
            .map(|at| u8::from_str_radix(&ready.placeholder[at..at + 2], 16).expect("hexadecimal"))
            .collect();
        assert!(channels.iter().all(|channel| *channel > 120), "rooms are light: {}", ready.placeholder);
    }

    #[test]
    fn descriptions_are_text_not_markup() {
        assert_eq!(escape("a < b & c"), "a &lt; b &amp; c");
    }
}
