//! Prices and tax through their functions and routes, on both databases.

mod prices;
mod statements;
mod tax;

use stoa_catalog::products;
use stoa_catalog_types::{CreateProduct, OptionInput, ProductView};
use stoa_identity_types::CreateSeller;
use stoa_kernel::Module;
use stoa_testing::Test;
use stoa_types::{Currency, Id, Money, Seller};

/// The area's services and those below.
fn modules() -> Vec<&'static Module> {
    [stoa_identity::MODULES, stoa_catalog::MODULES, stoa_pricing::MODULES].concat()
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

async fn seller(test: &Test, slug: &str) -> Id<Seller> {
    let input = CreateSeller {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        email: format!("{slug}@example.org"),
        country: "GR".to_owned(),
        description: None,
        commission_bp: None,
    };
    stoa_identity::sellers::create(&test.ctx, input).await.expect("a seller").id
}

/// A draft with so many variants, coded J-1-based by the catalogue.
async fn product(test: &Test, seller: Id<Seller>, title: &str, variants: usize) -> ProductView {
    let values = (0..variants).map(|size| format!("Size {size}")).collect();
    let input = CreateProduct {
        title: title.to_owned(),
        seller: Some(seller),
        options: vec![OptionInput { name: "Size".to_owned(), values }],
        ..CreateProduct::default()
    };
    products::create(&test.ctx, input).await.expect("a product")
}
