use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use stoa_channels_types::{ImportReport, Outcome, RowOutcome, Severity};
use stoa_types::Currency;

use super::*;

fn read_as(text: &[u8], settings: &Settings) -> Result<Vec<Parsed>, Refusal> {
    let drafts = read_products(Box::new(Cursor::new(text.to_vec())), text.len() as u64, settings)?;
    Ok(drafts.map(|parsed| parsed.expect("memory can be read")).collect())
}

fn read(text: &str) -> Vec<Parsed> {
    read_as(text.as_bytes(), &Settings::new(Currency::EUR)).expect("the file is taken")
}

fn codes_of(parsed: &Parsed) -> Vec<(u64, &str)> {
    parsed.issues.iter().map(|issue| (issue.row, issue.code.as_str())).collect()
}

fn draft(parsed: &Parsed) -> &ProductDraft {
    parsed.draft.as_ref().unwrap_or_else(|| panic!("{} was refused: {:?}", parsed.handle, parsed.issues))
}

const SHOPIFY: &str = "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,Image Position,Image Alt Text,Variant Image,Status\n";

const JUG: &str = "\
jug,Stoneware jug,<p>Thrown <script>x()</script>by hand</p>,Auel,Home > Table > Jugs,Jug,\"table, stoneware, Table\",true,Glaze,Sand,Size,1 l,JUG-S,820.4,7,48.50,60,4006381333931,https://pics.example/jug.jpg,2,,https://pics.example/sand.jpg,active
jug,,,,,,,,,Ink,,1 l,,,0,48.5,48.50,123,https://pics.example/jug-side.jpg,1,Seen from the side,,
jug,,,,,,,,,sand,,2 l,JUG-L,,-3,72,,,,,,,
jug,,,,,,,,,,,,,,,,,,https://pics.example/jug.jpg,3,,,
";

#[test]
fn shopify_rows_of_one_handle_become_one_product() {
    let all = read(&format!("{SHOPIFY}{JUG}"));
    assert_eq!(all.len(), 1);
    let jug = draft(&all[0]);
    assert_eq!(
        (jug.handle.as_str(), jug.title.as_str(), jug.vendor.as_deref()),
        ("jug", "Stoneware jug", Some("Auel"))
    );
    assert_eq!(jug.description_html, "<p>Thrown by hand</p>");
    assert_eq!(jug.category_path, ["Home", "Table", "Jugs"]);
    assert_eq!(jug.tags, ["table", "stoneware"]);
    assert_eq!(
        jug.options[0],
        OptionAxis { name: "Glaze".into(), values: vec!["Sand".into(), "Ink".into()] }
    );
    assert_eq!(jug.options[1].values, ["1 l", "2 l"]);
    let rows: Vec<_> = jug
        .variants
        .iter()
        .map(|v| {
            (
                v.options.join("/"),
                v.sku.as_deref(),
                v.price_minor,
                v.compare_at_minor,
                v.stock,
                v.weight_grams,
            )
        })
        .collect();
    assert_eq!(rows[0], ("Sand/1 l".into(), Some("JUG-S"), 4850, Some(6000), 7, Some(820)));
    assert_eq!(rows[1], ("Ink/1 l".into(), None, 4850, None, 0, None));
    assert_eq!(rows[2], ("Sand/2 l".into(), Some("JUG-L"), 7200, None, 0, None));
    assert_eq!(jug.variants[0].barcode.as_deref(), Some("4006381333931"));
    let images: Vec<_> = jug.images.iter().map(|i| (i.position, i.alt.as_str(), &i.source)).collect();
    let url = |name: &str| ImageSource::Url(format!("https://pics.example/{name}"));
    assert_eq!(
        images,
        [
            (1, "Seen from the side", &url("jug-side.jpg")),
            (2, "Stoneware jug", &url("jug.jpg")),
            (3, "Stoneware jug", &url("sand.jpg"))
        ]
    );
    assert_eq!(jug.variants[0].image, Some(url("sand.jpg")));
    assert_eq!((jug.rows.first, jug.rows.last, jug.status), (2, 5, DraftStatus::Active));
    assert_eq!(
        codes_of(&all[0]),
        [(3, codes::COMPARE_AT_LOW), (3, codes::BARCODE_INVALID), (4, codes::STOCK_NEGATIVE)]
    );
}

/// One product per line after the header; what is reported on the middle one.
#[test]
fn a_product_with_one_bad_row_is_refused_whole_and_the_others_go_in() {
    let fine = |handle: &str| {
        format!("{handle},A fine thing,,,,,,true,Title,Default Title,,,SKU-{handle},,1,10,,,,,,,\n")
    };
    for (bad, code) in [
        ("bad,Thing,=cmd(),,,,,true,Title,Default Title,,,,,1,10,,,,,,,\n", codes::FORMULA),
        ("bad,@SUM(A1),,,,,,true,Title,Default Title,,,,,1,10,,,,,,,\n", codes::FORMULA),
        ("bad,Thing,,,,,,true,Size,-2+3+cmd|' /C calc'!A0,,,,,1,10,,,,,,,\n", codes::FORMULA),
        ("bad,Thing,,,,,,true,Title,Default Title,,,,,1,ten,,,,,,,\n", codes::PRICE_INVALID),
        ("bad,Thing,,,,,,true,Title,Default Title,,,,,1,-1,,,,,,,\n", codes::PRICE_INVALID),
        ("bad,Thing,,,,,,true,Title,Default Title,,,,,1,,,,,,,,\n", codes::MISSING),
        ("bad,,,,,,,true,Title,Default Title,,,,,1,10,,,,,,,\n", codes::MISSING),
        ("bad,Thing,,,,,,true,Title,Default Title,,,,,some,10,,,,,,,\n", codes::NUMBER_INVALID),
        (",Thing,,,,,,true,Title,Default Title,,,,,1,10,,,,,,,\n", codes::HANDLE_MISSING),
        ("bad,Thing,,,,,,true,Title,Default Title,,,sku-first ,,1,10,,,,,,,\n", codes::SKU_DUPLICATE),
        (
            "first,Again,,,,,,true,Title,Default Title,,,,,1,10,,,,,,,\nbad,Thing,,,,,,true,Title,Default Title,,,,,1,ten,,,,,,,\n",
            codes::OPTION_DUPLICATE,
        ),
        ("bad,Thing,,,,,,true,,Red,,,,,1,10,,,,,,,\n", codes::OPTION_INVALID),
        (
            "bad,Thing,,,,,,true,Size,S,,,A1,,1,10,,,,,,,\nbad,,,,,,,,,M,,,a1,,1,10,,,,,,,\n",
            codes::SKU_DUPLICATE,
        ),
        (
            "bad,Thing,,,,,,true,Size,S,,,,,1,10,,,,,,,\nbad,,,,,,,,,s,,,,,1,10,,,,,,,\n",
            codes::OPTION_DUPLICATE,
        ),
        (
            "bad,Thing,,,,,,true,Size,S,,,,,1,10,,,,,,,\nbad,,,,,,,,,,,,A2,,1,10,,,,,,,\n",
            codes::OPTION_INVALID,
        ),
        ("bad,Thing,\"never closed,,,,,true,Title,Default Title,,,,,1,10,,,,,,,\n", codes::ROW_MALFORMED),
        ("bad,too,few\n", codes::ROW_CELL_COUNT),
        ("bad,Thing,,,,,,true,Size,S,,,,,1,10,,,,,,,\nbad,,\"x\"y,,,\n", codes::ROW_MALFORMED),
    ] {
        let all = read(&format!("{SHOPIFY}{}{bad}{}", fine("first"), fine("last")));
        let refused: Vec<&Parsed> = all.iter().filter(|parsed| parsed.draft.is_none()).collect();
        assert!(
            !refused.is_empty()
                && refused.iter().flat_map(|p| codes_of(p)).any(|(row, found)| row >= 2 && found == code),
            "{bad}: {all:?}"
        );
        assert!(
            all.last().is_some_and(|last| last.handle == "last" && last.draft.is_some()),
            "{bad}: {all:?}"
        );
        for parsed in &all {
            let has_error = parsed.issues.iter().any(|issue| issue.severity == Severity::Error);
            assert_eq!(parsed.draft.is_none(), has_error, "{bad}");
        }
    }
}

#[test]
fn a_handle_met_again_later_is_refused_and_named() {
    let row = |handle: &str| format!("{handle},Thing,,,,,,true,Title,Default Title,,,,,1,10,,,,,,,\n");
    let all = read(&format!("{SHOPIFY}{}{}{}", row("a"), row("b"), row("a")));
    assert!(all[0].draft.is_some() && all[1].draft.is_some() && all[2].draft.is_none());
    assert_eq!(codes_of(&all[2]), [(4, codes::HANDLE_REPEATED)]);
}

#[test]
fn a_formula_in_a_column_that_is_not_read_is_only_a_warning() {
    let all = read("Handle,Title,Option1 Name,Variant Price,Notes\nx,Thing,,5,=cmd()\n");
    assert!(all[0].draft.is_some());
    assert_eq!(
        (codes_of(&all[0]), all[0].issues[0].column.as_deref()),
        (vec![(2, codes::FORMULA)], Some("Notes"))
    );
}

#[test]
fn the_newer_shopify_headings_are_read_too() {
    let all = read(
        "Title,URL handle,Description,Vendor,Product category,Status,SKU,Barcode,Option1 name,Option1 value,Price,Compare-at price,Inventory tracker,Inventory quantity,Continue selling when out of stock,Weight value (grams),Product image URL,Image alt text,SEO title,Color (product.metafields.shopify.color-pattern)\n\
         Linen apron,linen-apron,Two pockets,Rūta,Clothing > Aprons,Draft,AP-1,,Colour,Flax,39.00,,shopify,12,DENY,310,https://x.example/apron.jpg,Apron on a hook,Apron of linen,flax; grey\n",
    );
    let apron = draft(&all[0]);
    assert_eq!(
        (apron.handle.as_str(), apron.status, apron.variants[0].price_minor),
        ("linen-apron", DraftStatus::Draft, 3900)
    );
    assert_eq!(
        (apron.variants[0].stock, apron.variants[0].stock_tracked, apron.variants[0].weight_grams),
        (12, true, Some(310))
    );
    assert_eq!(apron.seo.title.as_deref(), Some("Apron of linen"));
    let values: Vec<&str> =
        apron.attributes.iter().filter(|a| a.name == "Color").map(|a| a.value.as_str()).collect();
    assert_eq!(values, ["flax", "grey"]);
}

#[test]
fn semicolons_and_decimal_commas_are_understood_together() {
    let all = read("Handle;Title;Option1 Name;Variant Price\nx;Thing, blue;;12,50\n");
    assert_eq!(
        (draft(&all[0]).title.as_str(), draft(&all[0]).variants[0].price_minor),
        ("Thing, blue", 1250)
    );
}

const VENDURE: &str = "name ,slug ,description ,assets ,facets ,optionGroups ,optionValues ,sku ,price ,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets\n";

#[test]
fn vendure_rows_without_a_name_add_variants() {
    let all = read(&format!(
        "{VENDURE}\
         Laptop  ,       ,\"Snappy \"\"and\"\" quick.\"   ,a.jpg|b.jpg,category:Electronics|category:Computers|brand:Apricot|colour:grey,\"screen|RAM\" ,\"13 inch|8GB\"  ,L1 ,1299.00,standard,100, ,c.jpg,\n\
                 ,       ,                                ,      ,      ,   ,\"15 inch|8GB\"  ,L2 ,1399.00,standard,100,false,     ,speed:fast\n\
         Cable   ,usb-cable,Short,d.jpg,broken,,,,9.5,standard,,,,\n"
    ));
    let laptop = draft(&all[0]);
    assert_eq!(
        (laptop.handle.as_str(), laptop.vendor.as_deref(), laptop.description_html.as_str()),
        ("laptop", Some("Apricot"), "<p>Snappy \"and\" quick.</p>")
    );
    assert_eq!(laptop.category_path, ["Electronics", "Computers"]);
    assert_eq!(laptop.attributes, [AttributeDraft { name: "colour".into(), value: "grey".into() }]);
    assert_eq!(
        laptop.options,
        [
            OptionAxis { name: "screen".into(), values: vec!["13 inch".into(), "15 inch".into()] },
            OptionAxis { name: "RAM".into(), values: vec!["8GB".into()] }
        ]
    );
    assert_eq!(
        laptop.variants.iter().map(|v| (v.price_minor, v.stock, v.stock_tracked)).collect::<Vec<_>>(),
        [(129_900, 100, true), (139_900, 100, false)]
    );
    assert_eq!(
        laptop.images.iter().map(|i| &i.source).collect::<Vec<_>>(),
        [
            &ImageSource::File("a.jpg".into()),
            &ImageSource::File("b.jpg".into()),
            &ImageSource::File("c.jpg".into())
        ]
    );
    assert_eq!(laptop.variants[1].attributes.len(), 1);
    let cable = draft(&all[1]);
    assert_eq!(
        (cable.handle.as_str(), cable.variants[0].price_minor, cable.variants[0].sku.as_deref()),
        ("usb-cable", 950, None)
    );
    assert_eq!(codes_of(&all[1]), [(4, codes::VALUE_UNKNOWN)]);
}

#[test]
fn a_broken_first_row_takes_its_variants_with_it() {
    let all = read(&format!(
        "{VENDURE}Good,good,,,,,,G1,1.00,standard,1,,,\nBad,\"no end,,,,size,S,B1,1.00,standard,1,,,\n,,,,,,M,B2,1.00,standard,1,,,\nLast,last,,,,,,L1,1.00,standard,1,,,\n"
    ));
    let outcome: Vec<_> =
        all.iter().map(|p| (p.handle.as_str(), p.draft.is_some(), p.rows.first, p.rows.last)).collect();
    assert_eq!(outcome, [("good", true, 2, 2), ("bad", false, 3, 4), ("last", true, 5, 5)]);
}

#[test]
fn a_variant_needs_a_value_for_each_option() {
    let all = read(&format!("{VENDURE}Cup,cup,,,,size|colour,S,,1.00,,,,,\nPot,pot,,,,,Red,,1.00,,,,,\n"));
    assert!(
        all.iter().all(|parsed| parsed.draft.is_none() && codes_of(parsed)[0].1 == codes::OPTION_INVALID)
    );
}

#[test]
fn what_cannot_be_a_catalogue_is_refused_before_anything_is_read() {
    let settings = Settings { limit_bytes: 1024 * 1024, ..Settings::new(Currency::EUR) };
    let shopify_only = Settings { expected: Some(Format::Shopify), ..settings.clone() };
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(SHOPIFY.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let header = SHOPIFY.as_bytes();
    for (bytes, settings, code) in [
        (&b""[..], &settings, "channels.import_file_empty"),
        (b"\xef\xbb\xbf \r\n\n", &settings, "channels.import_file_empty"),
        (header, &settings, "channels.import_file_empty"),
        (b"PK\x03\x04rest", &settings, "channels.import_file_binary"),
        (b"\x89PNG\r\n\x1a\n", &settings, "channels.import_file_binary"),
        (b"Handle,Title\x00,Variant Price\n", &settings, "channels.import_file_binary"),
        (&utf16, &settings, "channels.import_file_not_utf8"),
        (b"Handle,Titl\xe9,Variant Price\n", &settings, "channels.import_file_not_utf8"),
        (b"id,label,cost\n1,a,2\n", &settings, "channels.import_header_unknown"),
        (b"Handle,Title,Variant Price\nx,y,1\n", &settings, "channels.import_header_unknown"),
        (VENDURE.as_bytes(), &settings, "channels.import_file_empty"),
        (
            &[VENDURE.as_bytes(), b"a,a,,,,,,,1,,,,,\n"].concat(),
            &shopify_only,
            "channels.import_format_other",
        ),
    ] {
        let refusal = read_as(bytes, settings).expect_err("must be refused");
        assert_eq!(refusal.code(), code, "{:?}", String::from_utf8_lossy(bytes));
        assert!(refusal.to_string().ends_with(['.', '!']), "{refusal}");
    }
    let too_large = read_products(Box::new(std::io::empty()), 2 * 1024 * 1024, &settings);
    assert_eq!(too_large.err().map(|refusal| refusal.code()), Some("channels.import_file_too_large"));
}

#[test]
fn a_fingerprint_moves_with_the_content_and_not_with_the_place() {
    let once = read(&format!("{SHOPIFY}{JUG}"));
    let other = "cup,Cup,,,,,,true,Title,Default Title,,,,,1,10,,,,,,,\n";
    let moved = read(&format!("{SHOPIFY}{other}{JUG}"));
    assert_eq!(draft(&once[0]).fingerprint(), draft(&moved[1]).fingerprint());
    assert_ne!(draft(&moved[0]).fingerprint(), draft(&moved[1]).fingerprint());
    for (from, to) in [
        ("48.50,60", "48.51,60"),
        ("Ink", "Inky"),
        ("JUG-L", "JUG-XL"),
        ("jug-side", "jug-front"),
        ("JUG-S,820.4,7", "JUG-S,820.4,8"),
    ] {
        let changed = read(&format!("{SHOPIFY}{}", JUG.replacen(from, to, 1)));
        assert_ne!(draft(&once[0]).fingerprint(), draft(&changed[0]).fingerprint(), "{from} to {to}");
    }
    // Changing this value means every catalogue is imported anew once.
    assert_eq!(
        draft(&moved[0]).fingerprint(),
        "c8529c23c5753000d889ae2c7aa1ee1f5e1986cf75dbed45747ce88e8c4ac351"
    );
}

#[test]
fn memory_stays_flat_and_products_keep_coming() {
    // 60,000 products of about 250 bytes: read from a generator, never held.
    struct Endless {
        made: u32,
        left: Vec<u8>,
    }
    impl std::io::Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.left.is_empty() && self.made < 60_000 {
                let n = self.made;
                write!(
                    self.left,
                    "thing-{n},Thing number {n},<p>It is a thing.</p>,Maker,,,,true,Size,S,,,T-{n}-S,,5,10.00,,,https://x.example/{n}.jpg,1,,,\nthing-{n},,,,,,,,,M,,,T-{n}-M,,5,11.00,,,,,,,\n"
                )?;
                self.made += 1;
            }
            let count = self.left.len().min(into.len());
            into[..count].copy_from_slice(&self.left[..count]);
            self.left.drain(..count);
            Ok(count)
        }
    }
    let input = Endless { made: 0, left: SHOPIFY.as_bytes().to_vec() };
    let drafts =
        read_products(Box::new(input), 15_000_000, &Settings::new(Currency::EUR)).expect("the file is taken");
    let variants: usize = drafts.map(|parsed| draft(&parsed.expect("readable")).variants.len()).sum();
    assert_eq!(variants, 120_000);
}

#[test]
fn a_product_of_too_many_rows_is_refused_without_keeping_them() {
    let mut text = format!("{SHOPIFY}big,Big,,,,,,true,Size,0,,,,,1,10,,,,,,,\n");
    for i in 1..=MAX_ROWS_PER_PRODUCT + 10 {
        text.push_str(&format!("big,,,,,,,,,{i},,,,,1,10,,,,,,,\n"));
    }
    text.push_str("next,Next,,,,,,true,Title,Default Title,,,,,1,10,,,,,,,\n");
    let all = read(&text);
    assert_eq!((all.len(), codes_of(&all[0])), (2, vec![(2, codes::TOO_MANY_ROWS)]));
    assert!(all[1].draft.is_some());
}

#[test]
fn the_report_of_a_huge_file_stays_small_and_counts_everything() {
    let mut report = ImportReport::default();
    for row in 0..1000 {
        let outcome = if row % 10 == 0 { Outcome::Refused } else { Outcome::Created };
        let issues = if row % 10 == 0 {
            read(&format!("{SHOPIFY},no handle,,,,,,true,,,,,,,,1,,,,,,,\n")).remove(0).issues
        } else {
            Vec::new()
        };
        report.record(RowOutcome { row, last_row: row, handle: format!("h{row}"), outcome, issues }, 50);
    }
    assert_eq!((report.counts.created, report.counts.refused, report.counts.products()), (900, 100, 1000));
    assert!(report.truncated && report.rows.len() <= 100);
    assert!(report.rows.iter().filter(|row| row.outcome == Outcome::Refused).count() > 40);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the cells hold, a product comes out whole or not at all, and
    /// what comes out keeps the promises of its type.
    #[test]
    fn any_cells_are_survived(rows in prop::collection::vec(prop::collection::vec("[a-cA-C0-9 .=+@<>|:,\"é-]{0,6}", 23), 1..12)) {
        let mut writer = csv::Writer::from_writer(SHOPIFY.as_bytes().to_vec());
        for row in &rows {
            writer.write_record(row).expect("writes to memory");
        }
        let text = writer.into_inner().expect("writes to memory");
        for parsed in read_as(&text, &Settings::new(Currency::EUR)).unwrap_or_default() {
            prop_assert_eq!(parsed.draft.is_none(), parsed.issues.iter().any(|issue| issue.severity == Severity::Error));
            let Some(draft) = parsed.draft else { continue };
            prop_assert!(!draft.title.is_empty() && !draft.variants.is_empty());
            let tuples: std::collections::HashSet<_> = draft.variants.iter().map(|v| &v.options).collect();
            prop_assert_eq!(tuples.len(), draft.variants.len());
            for variant in &draft.variants {
                prop_assert_eq!(variant.options.len(), draft.options.len());
                prop_assert!(variant.options.iter().zip(&draft.options).all(|(value, axis)| axis.values.contains(value)));
                prop_assert!(variant.price_minor >= 0 && variant.stock >= 0);
                prop_assert!(variant.compare_at_minor.is_none_or(|former| former > variant.price_minor));
            }
        }
    }
}

/// A folder of files that come with no licence to copy and so are not in the
/// repository; absent, the test says so and ends.
fn folder(path: PathBuf) -> Option<PathBuf> {
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn real_shopify_files_are_taken_whole() {
    let Some(folder) = folder(root().join("../shared/data/shopify")) else { return };
    for (name, products, variants, images) in
        [("apparel.csv", 20, 22, 20), ("home-and-garden.csv", 20, 21, 21)]
    {
        let text = std::fs::read(folder.join(name)).expect("the file is there");
        let all =
            read_as(&text, &Settings { expected: Some(Format::Shopify), ..Settings::new(Currency::EUR) })
                .expect("a Shopify file");
        assert!(
            all.iter().all(|parsed| parsed.draft.is_some()),
            "{:?}",
            all.iter().filter(|p| p.draft.is_none()).collect::<Vec<_>>()
        );
        let drafts: Vec<&ProductDraft> = all.iter().map(draft).collect();
        let count = |of: fn(&ProductDraft) -> usize| drafts.iter().map(|d| of(d)).sum::<usize>();
        assert_eq!(
            (drafts.len(), count(|d| d.variants.len()), count(|d| d.images.len())),
            (products, variants, images),
            "{name}"
        );
    }
    let garden = std::fs::read(folder.join("home-and-garden.csv")).expect("the file is there");
    let all = read_as(&garden, &Settings::new(Currency::EUR)).expect("a Shopify file");
    let pot = draft(all.iter().find(|p| p.handle == "clay-plant-pot").expect("the pot is in the file"));
    assert_eq!(
        pot.variants.iter().map(|v| (v.options[0].as_str(), v.price_minor)).collect::<Vec<_>>(),
        [("Regular", 999), ("Large", 1599)]
    );
    assert_eq!(
        draft(all.iter().find(|p| p.handle == "copper-light").expect("the light is in the file")).variants[0]
            .compare_at_minor,
        Some(7500)
    );
}

#[test]
fn the_real_vendure_file_is_taken_but_for_its_doubled_skus() {
    let installed = root().join("node_modules/@vendure/create/assets");
    let named = std::env::var_os("STOA_TEST_VENDURE_ASSETS").map(PathBuf::from);
    let folder = named.unwrap_or(installed);
    assert!(folder.is_dir(), "Vendure's catalogue is not here: run `npm ci --ignore-scripts`");
    let text = std::fs::read(folder.join("products.csv")).expect("the file is there");
    let all = read_as(&text, &Settings { expected: Some(Format::Vendure), ..Settings::new(Currency::USD) })
        .expect("a Vendure file");
    // Its last product gives one SKU to three variants, which two rows say.
    let (taken, refused): (Vec<&Parsed>, Vec<&Parsed>) =
        all.iter().partition(|parsed| parsed.draft.is_some());
    assert_eq!(
        (refused.len(), codes_of(refused[0])),
        (1, vec![(88, codes::SKU_DUPLICATE), (89, codes::SKU_DUPLICATE)])
    );
    let drafts: Vec<&ProductDraft> = taken.into_iter().map(draft).collect();
    assert_eq!((drafts.len(), drafts.iter().map(|d| d.variants.len()).sum::<usize>()), (53, 85));
    for image in drafts.iter().flat_map(|d| &d.images) {
        let ImageSource::File(name) = &image.source else { panic!("{image:?} is no file") };
        assert!(folder.join("images").join(name).is_file(), "{name}");
    }
    let laptop = drafts[0];
    assert_eq!(
        (laptop.options.len(), laptop.variants.len(), laptop.variants[0].price_minor),
        (2, 4, 129_900)
    );
}
