//! What an import asks of the database grows with the file and no faster.

use stoa_testing::Test;

use crate::support::{How, bring, modules, shop};

const HEADER: &str = "Handle,Title,Vendor,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src\n";

/// Products of so many variants, with the prices of `round`.
fn file(name: &str, products: usize, variants: usize, round: usize) -> Vec<u8> {
    let mut text = HEADER.to_owned();
    for product in 0..products {
        for variant in 0..variants {
            let (first, picture) = match variant {
                0 => (
                    format!("{name} {product},Auel,\"table, stoneware\",Size"),
                    format!("https://pics.example/{name}-{product}.jpg"),
                ),
                _ => (",,,".to_owned(), String::new()),
            };
            let price = 20 + product + round;
            let code = format!("{name}-{product}-{variant}");
            text += &format!("{name}-{product},{first},Size {variant},{code},5,{price},{picture}\n");
        }
    }
    text.into_bytes()
}

/// Most statements of a new product with one variant, all that goes with it included.
const FOR_A_PRODUCT: usize = 66;
/// Most of each further variant.
const FOR_A_VARIANT: usize = 16;

stoa_testing::on_both!(an_import_asks_for_each_product_alike, &modules(), async |test: &Test| {
    let seller = shop(test, "auel").await;
    let how = || How { publish: true, ..How::default() };
    let asked = async |text: &[u8], created: u64, updated: u64| {
        let (report, asked) = test.statements(bring(test, seller, text, how())).await;
        let counts = report.expect("a report").counts;
        assert_eq!((counts.created, counts.updated, counts.refused), (created, updated, 0));
        asked.len()
    };
    // The first product makes what others find: the category, tags, the price list.
    asked(&file("first", 1, 1, 0), 1, 0).await;
    let (two, twelve) =
        (asked(&file("jug", 2, 1, 0), 2, 0).await, asked(&file("cup", 12, 1, 0), 12, 0).await);
    assert!(twelve <= two * 6, "{two} statements for 2 products, {twelve} for 12");
    assert!(twelve / 12 <= FOR_A_PRODUCT, "{twelve} statements for 12 products");
    let wide = asked(&file("bowl", 1, 20, 0), 1, 0).await;
    assert!(wide <= twelve / 12 + 19 * FOR_A_VARIANT, "{wide} statements for 20 variants");

    let same = asked(&file("cup", 12, 1, 0), 0, 0).await;
    assert!(same <= 12 + two, "{same} statements for 12 products that are the same");
    let dearer = asked(&file("cup", 12, 1, 1), 0, 12).await;
    assert!(dearer < twelve, "{dearer} statements for 12 prices");
    println!("two {two}, twelve {twelve}, wide {wide}, same {same}, dearer {dearer}");
});
