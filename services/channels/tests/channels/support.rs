//! A shop to import into.

use std::{io::Cursor, path::PathBuf};

use stoa_channels::channels::{ImportRequest, import};
use stoa_channels_types::{ImportReport, Outcome};
use stoa_identity::sellers;
use stoa_identity_types::CreateSeller;
use stoa_kernel::{Module, Result};
use stoa_testing::Test;
use stoa_types::{Currency, Id, Seller};

/// Every module an import stands on.
pub fn modules() -> Vec<&'static Module> {
    [
        stoa_identity::MODULES,
        stoa_catalog::MODULES,
        stoa_pricing::MODULES,
        stoa_fulfilment::MODULES,
        stoa_channels::MODULES,
    ]
    .concat()
}

pub async fn shop(test: &Test, slug: &str) -> Id<Seller> {
    let input = CreateSeller {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        email: format!("{slug}@shops.example"),
        country: "GR".to_owned(),
        description: None,
        commission_bp: None,
    };
    sellers::create(&test.system(), input).await.expect("a shop").id
}

/// How a file is imported unless a test says otherwise.
pub struct How {
    pub publish: bool,
    pub dry_run: bool,
    pub category: Option<Vec<String>>,
    pub images: Option<PathBuf>,
    pub currency: Currency,
}

impl Default for How {
    fn default() -> Self {
        Self {
            publish: false,
            dry_run: false,
            category: Some(vec!["Kitchen".to_owned(), "Jugs".to_owned()]),
            images: None,
            currency: Currency::EUR,
        }
    }
}

pub async fn bring(test: &Test, seller: Id<Seller>, text: &[u8], how: How) -> Result<ImportReport> {
    let request = ImportRequest {
        reader: Box::new(Cursor::new(text.to_vec())),
        size: text.len() as u64,
        format: None,
        seller,
        currency: how.currency,
        category: how.category,
        publish: how.publish,
        dry_run: how.dry_run,
        images: how.images,
    };
    import(&test.system(), request, &mut |_| {}).await
}

/// Tries the file without writing, then brings it in: the first writes nothing and says what
/// the second does. Answers the second's report.
pub async fn tried_and_brought(
    test: &Test,
    seller: Id<Seller>,
    text: &[u8],
    how: impl Fn() -> How,
) -> ImportReport {
    let before = test.everything().await;
    let tried = bring(test, seller, text, How { dry_run: true, ..how() }).await.expect("a dry run");
    let after = test.everything().await;
    assert!(before.keys().eq(after.keys()), "a file was made: {:?}", after.keys());
    for (of, rows) in &before {
        assert_eq!(rows, &after[of], "{of} was written");
    }
    let brought = bring(test, seller, text, how()).await.expect("an import");
    assert!(tried.dry_run && !brought.dry_run);
    assert_eq!(tried, ImportReport { dry_run: true, ..brought.clone() });
    brought
}

/// What became of each product, in file order.
pub fn outcomes(report: &ImportReport) -> Vec<(&str, Outcome)> {
    report.rows.iter().map(|row| (row.handle.as_str(), row.outcome)).collect()
}
