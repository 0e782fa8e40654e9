//! Files nobody here wrote. Vendure's comes with the npm packages; the Shopify ones are not
//! ours to hand on, and where they are not there their test says so and ends.

use std::path::{Path, PathBuf};

use stoa_channels_types::Outcome;
use stoa_types::Currency;

use crate::support::{How, modules, outcomes, shop, tried_and_brought};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn folder(path: &str) -> Option<PathBuf> {
    let folder = root().join(path);
    if !folder.is_dir() {
        println!("skipped: {} is not here", folder.display());
        return None;
    }
    Some(folder)
}

stoa_testing::on_both!(
    real_shopify_files_go_in_whole_and_once,
    &modules(),
    async |test: &stoa_testing::Test| {
        let Some(folder) = folder("../shared/data/shopify") else { return };
        let seller = shop(test, "garden").await;
        for name in ["apparel.csv", "home-and-garden.csv"] {
            let text = std::fs::read(folder.join(name)).unwrap();
            let how = || How { publish: true, ..How::default() };
            let first = tried_and_brought(test, seller, &text, how).await;
            assert_eq!((first.counts.created, first.counts.refused), (20, 0), "{name}: {first:?}");
            let second = tried_and_brought(test, seller, &text, how).await;
            assert_eq!((second.counts.unchanged, second.counts.products()), (20, 20), "{name}");
        }
        assert_eq!(test.scalar("SELECT COUNT(*) FROM product WHERE status = 'published'").await, 40);
    }
);

stoa_testing::on_both!(
    the_real_vendure_file_goes_in_with_its_photos,
    &modules(),
    async |test: &stoa_testing::Test| {
        let folder = root().join("node_modules/@vendure/create/assets");
        assert!(folder.is_dir(), "Vendure's catalogue is not here: run `npm ci --ignore-scripts`");
        let seller = shop(test, "vendure").await;
        let text = std::fs::read(folder.join("products.csv")).unwrap();
        // The first four products are enough photos for a test.
        let ends: Vec<usize> =
            text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
        let text = &text[..=ends[8]];
        let how = || How {
            category: None,
            images: Some(folder.join("images")),
            currency: Currency::USD,
            ..How::default()
        };
        let first = tried_and_brought(test, seller, text, how).await;
        assert!(first.counts.created >= 2 && first.counts.refused == 0, "{first:?}");
        assert!(test.scalar("SELECT COUNT(*) FROM asset").await >= 2);
        let second = tried_and_brought(test, seller, text, how).await;
        assert!(outcomes(&second).iter().all(|(_, outcome)| *outcome == Outcome::Unchanged), "{second:?}");
    }
);
