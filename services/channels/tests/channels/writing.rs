//! What goes in, what stays out, and what is left alone.

use stoa_channels::channels::{
    FILE_BINARY, FILE_EMPTY, FILE_TOO_LARGE, HEADER_UNKNOWN, ImportRequest, import,
};
use stoa_channels_types::Outcome::{Created, Refused, Unchanged, Updated};
use stoa_fulfilment::inventory;
use stoa_types::{Currency, Id, Sku, Uuid};

use crate::support::{How, bring, modules, outcomes, shop};

const HEADER: &str = "Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src\n";
const JUG: &str =
    "jug,Jug,<p>Thrown</p>,Auel,Size,Small,JUG-S,5,20,https://pics.example/jug.jpg\njug,,,,,Large,,3,30,\n";
const BOWL: &str = "bowl,Bowl,,Auel,Title,Default Title,BOWL,9,12.50,https://pics.example/bowl.jpg\n";
const CUP: &str = "cup,Cup,,Auel,Title,Default Title,CUP,4,8,https://pics.example/cup.jpg\n";

fn file(products: &[&str]) -> Vec<u8> {
    format!("{HEADER}{}", products.concat()).into_bytes()
}

stoa_testing::on_both!(
    a_file_becomes_products_with_prices_and_stock,
    &modules(),
    async |test: &stoa_testing::Test| {
        let seller = shop(test, "auel").await;
        let how = How { publish: true, ..How::default() };
        let report = bring(test, seller, &file(&[JUG, BOWL]), how).await.unwrap();
        assert_eq!(outcomes(&report), [("jug", Created), ("bowl", Created)], "{report:?}");
        assert_eq!(test.scalar("SELECT COUNT(*) FROM product WHERE status = 'published'").await, 2);
        assert_eq!(
            test.scalar("SELECT COUNT(*) FROM sku WHERE code <> ''").await,
            3,
            "a missing code is made"
        );
        assert_eq!(test.scalar("SELECT SUM(on_hand) FROM stock_level").await, 17);
        assert_eq!(test.scalar("SELECT SUM(amount) FROM price").await, 2000 + 3000 + 1250);
    }
);

stoa_testing::on_both!(the_same_file_again_changes_nothing, &modules(), async |test: &stoa_testing::Test| {
    let seller = shop(test, "auel").await;
    let again = || How { publish: true, ..How::default() };
    bring(test, seller, &file(&[JUG, BOWL]), again()).await.unwrap();
    let events = test.events().await.len();
    let report = bring(test, seller, &file(&[JUG, BOWL]), again()).await.unwrap();
    assert_eq!(outcomes(&report), [("jug", Unchanged), ("bowl", Unchanged)]);
    assert_eq!(test.events().await.len(), events);
});

stoa_testing::on_both!(
    a_changed_file_changes_only_what_it_changed,
    &modules(),
    async |test: &stoa_testing::Test| {
        let seller = shop(test, "auel").await;
        bring(test, seller, &file(&[JUG, BOWL]), How::default()).await.unwrap();
        // One bowl is sold in between; the file still says nine.
        let ctx = test.system();
        let sku = test.app.db.read();
        let row = sea_orm::ConnectionTrait::query_one_raw(
            sku,
            sea_orm::Statement::from_string(test.app.db.backend(), "SELECT id FROM sku WHERE code = 'BOWL'"),
        )
        .await
        .unwrap()
        .unwrap();
        let bowl: Id<Sku> = Id::new(row.try_get::<Uuid>("", "id").unwrap());
        let tx = ctx.db().begin().await.unwrap();
        inventory::adjust_in(&tx, &ctx, bowl, seller, -1, "sold at the fair", "fair").await.unwrap();
        ctx.db().commit(tx).await.unwrap();

        let dearer = BOWL.replace("12.50", "13.50");
        let report = bring(test, seller, &file(&[JUG, &dearer]), How::default()).await.unwrap();
        assert_eq!(outcomes(&report), [("jug", Unchanged), ("bowl", Updated)]);
        assert_eq!(
            test.scalar(
                "SELECT on_hand FROM stock_level l JOIN sku s ON s.id = l.sku_id WHERE s.code = 'BOWL'"
            )
            .await,
            8
        );
        assert_eq!(test.scalar("SELECT COUNT(*) FROM product").await, 2);
    }
);

/// Which kinds of events a file adds, such as `product`, `price` and `inventory`.
async fn kinds_after(test: &stoa_testing::Test, seller: Id<stoa_types::Seller>, text: &[u8]) -> Vec<String> {
    let before = test.events().await.len();
    let report = bring(test, seller, text, How::default()).await.unwrap();
    assert_eq!(report.counts.updated, 1, "{report:?}");
    let mut kinds: Vec<String> = test.events().await[before..]
        .iter()
        .map(|name| name.split('.').next().unwrap_or_default().to_owned())
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

stoa_testing::on_both!(
    what_a_file_did_not_change_is_not_touched,
    &modules(),
    async |test: &stoa_testing::Test| {
        let seller = shop(test, "auel").await;
        let mut text = String::from_utf8(file(&[JUG, BOWL])).unwrap();
        bring(test, seller, text.as_bytes(), How::default()).await.unwrap();
        for (from, to, expected) in [
            ("bowl,Bowl,", "bowl,Wide bowl,", &["product"][..]),
            ("12.50", "13.50", &["price"]),
            (",9,13.50", ",7,13.50", &["inventory"]),
            ("<p>Thrown</p>", "<p>Thrown by hand</p>", &["product"]),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(text, changed, "{from}");
            assert_eq!(kinds_after(test, seller, changed.as_bytes()).await, expected, "{from} to {to}");
            text = changed;
        }
        for (table, rows) in [("product", 2), ("sku", 3), ("price", 3), ("stock_level", 3), ("asset", 2)] {
            assert_eq!(test.scalar(&format!("SELECT COUNT(*) FROM {table}")).await, rows, "{table}");
        }
    }
);

stoa_testing::on_both!(
    what_somebody_wrote_by_hand_stays_until_the_file_says_something_new_of_it,
    &modules(),
    async |test: &stoa_testing::Test| {
        use stoa_catalog::products;
        use stoa_catalog_types::{Change, UpdateProduct, UpdateSku};

        let seller = shop(test, "auel").await;
        bring(test, seller, &file(&[JUG, BOWL]), How::default()).await.unwrap();
        let ctx = test.system();
        let text = test.app.db.backend();
        let ids = sea_orm::ConnectionTrait::query_all_raw(
            test.app.db.read(),
            sea_orm::Statement::from_string(text, "SELECT id FROM product WHERE handle = 'jug'"),
        );
        let jug: Id<stoa_types::Product> = Id::new(ids.await.unwrap()[0].try_get("", "id").unwrap());
        let before = products::get(&ctx, jug).await.unwrap();
        let by_hand = UpdateProduct {
            title: Some("Salt-glazed jug".to_owned()),
            description: Some("<p>Thrown in Höhr</p>".to_owned()),
            seo_title: Change::Set("A jug for wine".to_owned()),
            tags: Some(vec!["gift".to_owned()]),
            category: Change::Clear,
            ..UpdateProduct::default()
        };
        products::update(&ctx, jug, before.version, by_hand).await.unwrap();
        let small = before.skus.iter().find(|sku| sku.code == "JUG-S").unwrap();
        let weighed = UpdateSku { weight_grams: Some(1200), active: Some(false), ..UpdateSku::default() };
        products::update_sku(&ctx, jug, small.id, small.version, weighed).await.unwrap();

        // Another maker and another price: nothing else.
        let other = JUG.replace("Auel", "Auel & Sons").replace("20,https", "21,https");
        let report = bring(test, seller, &file(&[&other, BOWL]), How::default()).await.unwrap();
        assert_eq!(outcomes(&report), [("jug", Updated), ("bowl", Unchanged)]);
        let now = products::get(&ctx, jug).await.unwrap();
        assert_eq!(now.title, "Salt-glazed jug");
        assert_eq!(now.maker.as_deref(), Some("Auel & Sons"));
        assert_eq!(now.description, "<p>Thrown in Höhr</p>");
        assert_eq!(now.seo_title.as_deref(), Some("A jug for wine"));
        assert_eq!((now.tags, now.category), (vec!["gift".to_owned()], None));
        let of = |code: &str| {
            let sku = now.skus.iter().find(|sku| sku.code == code).unwrap();
            (sku.weight_grams, sku.active)
        };
        assert_eq!(of("JUG-S"), (Some(1200), false));
        assert_eq!(test.scalar("SELECT COUNT(*) FROM price WHERE amount = 2100").await, 1);

        // The file's new words are what its editor wants now.
        let renamed = other.replace("Jug,<p>Thrown</p>", "Wine jug,<p>Thrown</p>");
        bring(test, seller, &file(&[&renamed, BOWL]), How::default()).await.unwrap();
        let now = products::get(&ctx, jug).await.unwrap();
        assert_eq!((now.title.as_str(), now.description.as_str()), ("Wine jug", "<p>Thrown in Höhr</p>"));

        // A further variant is added; the one that was edited stays as it was.
        let wider = format!("{renamed}jug,,,,,Huge,JUG-H,1,60,\n");
        bring(test, seller, &file(&[&wider, BOWL]), How::default()).await.unwrap();
        let now = products::get(&ctx, jug).await.unwrap();
        let codes: Vec<(&str, bool)> = now
            .skus
            .iter()
            .map(|sku| (sku.code.as_str(), sku.active))
            .filter(|sku| sku.0.starts_with("JUG-"))
            .collect();
        assert_eq!(codes, [("JUG-S", false), ("JUG-2", true), ("JUG-H", true)]);
        let narrower = renamed.replace("jug,,,,,Large,,3,30,\n", "");
        bring(test, seller, &file(&[&narrower, BOWL]), How::default()).await.unwrap();
        let now = products::get(&ctx, jug).await.unwrap();
        assert_eq!(
            now.skus.iter().filter(|sku| sku.active).count(),
            0,
            "what the file took away is not offered"
        );
    }
);

stoa_testing::on_both!(
    one_code_for_two_products_of_a_file_refuses_the_second_and_names_its_row,
    &modules(),
    async |test: &stoa_testing::Test| {
        let seller = shop(test, "auel").await;
        let text = file(&[JUG, &BOWL.replace("BOWL", " jug-s "), CUP]);
        let report = bring(test, seller, &text, How::default()).await.unwrap();
        assert_eq!(outcomes(&report), [("jug", Created), ("bowl", Refused), ("cup", Created)]);
        assert_eq!(report.rows[1].issues[0].row, 4);
        assert_eq!(test.scalar("SELECT COUNT(*) FROM sku").await, 3);
    }
);

stoa_testing::on_both!(a_dry_run_writes_nothing, &modules(), async |test: &stoa_testing::Test| {
    let seller = shop(test, "auel").await;
    let dry = || How { dry_run: true, publish: true, ..How::default() };
    let events = test.events().await.len();
    let report = bring(test, seller, &file(&[JUG, BOWL]), dry()).await.unwrap();
    assert!(report.dry_run);
    assert_eq!(outcomes(&report), [("jug", Created), ("bowl", Created)]);
    for table in ["product", "import_product", "category", "asset", "stock_level"] {
        assert_eq!(test.scalar(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(test.events().await.len(), events);

    bring(test, seller, &file(&[JUG]), How { publish: true, ..How::default() }).await.unwrap();
    let report = bring(test, seller, &file(&[&JUG.replace("20", "21"), BOWL]), dry()).await.unwrap();
    assert_eq!(outcomes(&report), [("jug", Updated), ("bowl", Created)]);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM product").await, 1);
});

stoa_testing::on_both!(
    a_broken_row_in_the_middle_leaves_the_others_alone,
    &modules(),
    async |test: &stoa_testing::Test| {
        let seller = shop(test, "auel").await;
        let broken = BOWL.replace("12.50", "=cmd()");
        let report = bring(test, seller, &file(&[JUG, &broken, CUP]), How::default()).await.unwrap();
        assert_eq!(outcomes(&report), [("jug", Created), ("bowl", Refused), ("cup", Created)]);
        assert_eq!((report.rows[1].row, report.rows[1].issues[0].row), (4, 4));
        assert_eq!(test.scalar("SELECT COUNT(*) FROM product").await, 2);
    }
);

stoa_testing::on_both!(
    a_code_of_another_product_refuses_the_whole_product,
    &modules(),
    async |test: &stoa_testing::Test| {
        let seller = shop(test, "auel").await;
        bring(test, seller, &file(&[BOWL]), How::default()).await.unwrap();
        let stolen = JUG.replace("JUG-S", "BOWL");
        let report = bring(test, seller, &file(&[&stolen, CUP]), How::default()).await.unwrap();
        assert_eq!(outcomes(&report), [("jug", Refused), ("cup", Created)]);
        assert_eq!(report.rows[0].issues[0].code, "products.sku_taken");
        assert_eq!(test.scalar("SELECT COUNT(*) FROM product WHERE handle = 'jug'").await, 0);
        assert_eq!(test.scalar("SELECT COUNT(*) FROM import_product").await, 2);

        // The same code in another shop is nobody's business.
        let other = shop(test, "other").await;
        let report = bring(test, other, &file(&[&stolen]), How::default()).await.unwrap();
        assert_eq!(outcomes(&report), [("jug", Created)]);
    }
);

stoa_testing::on_both!(
    what_cannot_be_shown_yet_goes_in_as_a_draft,
    &modules(),
    async |test: &stoa_testing::Test| {
        let seller = shop(test, "auel").await;
        let bare = BOWL.replace("https://pics.example/bowl.jpg", "");
        let how = || How { publish: true, ..How::default() };
        let report = bring(test, seller, &file(&[&bare]), how()).await.unwrap();
        assert_eq!((report.counts.created, report.counts.warnings), (1, 1), "{report:?}");
        assert_eq!(test.scalar("SELECT COUNT(*) FROM product WHERE status = 'draft'").await, 1);
        let report = bring(test, seller, &file(&[BOWL]), how()).await.unwrap();
        assert_eq!(outcomes(&report), [("bowl", Updated)]);
        assert_eq!(test.scalar("SELECT COUNT(*) FROM product WHERE status = 'published'").await, 1);
    }
);

stoa_testing::on_both!(
    what_is_no_catalogue_is_refused_before_anything_is_written,
    &modules(),
    async |test: &stoa_testing::Test| {
        let seller = shop(test, "auel").await;
        assert!(bring(test, seller, b"", How::default()).await.unwrap_err().is(FILE_EMPTY));
        assert!(bring(test, seller, b"a,b\n1,2\n", How::default()).await.unwrap_err().is(HEADER_UNKNOWN));
        for binary in [&b"PK\x03\x04rest"[..], b"\x89PNG\r\n\x1a\n", b"Handle,Title\x00,Variant Price\n"] {
            assert!(bring(test, seller, binary, How::default()).await.unwrap_err().is(FILE_BINARY));
        }
        let latin = [HEADER.as_bytes(), b"caf\xe9,Caf\xe9,,,,,,1,2,\n"].concat();
        let report = bring(test, seller, &latin, How::default()).await.unwrap();
        assert_eq!((report.counts.refused, report.counts.created), (1, 0), "{report:?}");
        let too_large = ImportRequest {
            reader: Box::new(std::io::Cursor::new(file(&[JUG]))),
            size: test.app.settings.import_limit + 1,
            format: None,
            seller,
            currency: Currency::EUR,
            category: None,
            publish: false,
            dry_run: false,
            images: None,
        };
        let refused = import(&test.system(), too_large, &mut |_| {}).await.unwrap_err();
        assert!(refused.is(FILE_TOO_LARGE) && refused.to_string().contains("512 MB"), "{refused}");
        let nobody: Id<stoa_types::Seller> = Id::new(Uuid::new_v4());
        assert!(bring(test, nobody, &file(&[JUG]), How::default()).await.is_err());
        for table in ["product", "category", "asset", "import_product", "job"] {
            assert_eq!(test.scalar(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
    }
);

stoa_testing::on_both!(another_currency_is_another_price, &modules(), async |test: &stoa_testing::Test| {
    let seller = shop(test, "auel").await;
    bring(test, seller, &file(&[BOWL]), How::default()).await.unwrap();
    let dollars = How { currency: Currency::USD, ..How::default() };
    let report = bring(test, seller, &file(&[BOWL]), dollars).await.unwrap();
    assert_eq!(outcomes(&report), [("bowl", Updated)]);
    assert_eq!(test.scalar("SELECT COUNT(DISTINCT price_list_id) FROM price").await, 2);
});
