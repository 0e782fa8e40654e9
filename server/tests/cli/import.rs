use crate::support::{Done, Shop};

const HEADER: &str = "Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src\n";
const JUG: &str =
    "jug,Jug,<p>Thrown</p>,Auel,Size,Small,JUG-S,5,20,http://127.0.0.1:9/jug.jpg\njug,,,,,Large,,3,30,\n";
const BOWL: &str = "bowl,Bowl,,Auel,Title,Default Title,BOWL,9,12.50,http://127.0.0.1:9/bowl.jpg\n";
const VENDURE: &str = "name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets\n\
     Lamp,lamp,<p>Warm</p>,,category:Light|colour:brass,,,LAMP,49.90,standard,3,true,,\n";

fn opened() -> Shop {
    let shop = Shop::new();
    shop.run(&["seller", "create", "--slug", "auel", "--name", "Auel", "--email", "a@auel.example"]).ok();
    shop
}

fn import(shop: &Shop, format: &str, content: &str, more: &[&str]) -> Done {
    let file = shop.write("products.csv", content);
    shop.run(&[&["import", format, &file, "--seller", "auel"], more].concat())
}

#[test]
fn a_catalogue_goes_in_once_and_changes_when_the_file_does() {
    let shop = opened();
    let text = format!("{HEADER}{JUG}{BOWL}");
    let dry = import(&shop, "shopify", &text, &["--dry-run"]).ok();
    assert!(dry.out.contains("2 would be created") && dry.out.contains("nothing was written"), "{}", dry.out);
    assert_eq!(shop.sql("SELECT COUNT(*) FROM product"), Some(0));

    let how = ["--category", "Kitchen > Jugs", "--currency", "DKK", "--json"];
    let first = import(&shop, "shopify", &text, &how).ok();
    let first: serde_json::Value = serde_json::from_str(&first.out).expect("one JSON object");
    assert_eq!(first["counts"]["created"], 2);
    assert_eq!(shop.sql("SELECT COUNT(*) FROM price p JOIN price_list l ON l.id = p.price_list_id WHERE l.currency = 'DKK'"), Some(3));
    assert_eq!(shop.sql("SELECT COUNT(*) FROM category WHERE name IN ('Kitchen', 'Jugs')"), Some(2));
    assert_eq!(shop.sql("SELECT COUNT(*) FROM product WHERE status = 'published'"), Some(0));

    let again = import(&shop, "shopify", &text, &how[..4]).ok();
    assert!(again.out.contains("2 unchanged"), "{}", again.out);
    let dearer = text.replace("12.50", "13.50");
    let changed = import(&shop, "shopify", &dearer, &how[..4]).ok();
    assert!(changed.out.contains("1 updated, 1 unchanged"), "{}", changed.out);

    // Pictures that are on their way count, so both can be shown.
    let shown = import(&shop, "shopify", &dearer, &[&how[..4], &["--publish"]].concat()).ok();
    assert!(shown.out.contains("2 updated"), "{}", shown.out);
    assert_eq!(shop.sql("SELECT COUNT(*) FROM product WHERE status = 'published'"), Some(2));

    let lamp = import(&shop, "vendure", VENDURE, &["--currency", "USD"]).ok();
    assert!(lamp.out.contains("1 created"), "{}", lamp.out);
    assert_eq!(shop.sql("SELECT p.amount FROM price p JOIN price_list l ON l.id = p.price_list_id WHERE l.currency = 'USD'"), Some(4990));
}

#[test]
fn refused_rows_are_named_and_the_others_go_in() {
    let shop = opened();
    let text = format!(
        "{HEADER}{JUG}{}cup,Cup,,Auel,Title,Default Title,CUP,4,8,\n",
        BOWL.replace("12.50", "=cmd()")
    );
    let done = import(&shop, "shopify", &text, &[]);
    assert_eq!(done.code, 3, "{}{}", done.out, done.err);
    assert!(
        done.out.contains("row 4, Variant Price: error:") && done.out.contains("2 created"),
        "{}",
        done.out
    );
    assert_eq!(shop.sql("SELECT COUNT(*) FROM product"), Some(2));
}

#[test]
fn what_is_no_catalogue_is_refused_with_what_to_do() {
    let shop = opened();
    import(&shop, "shopify", "", &[]).failed(1, "empty");
    import(&shop, "shopify", "a,b\n1,2\n", &[]).failed(1, "Shopify needs");
    import(&shop, "shopify", "PK\u{3}\u{4}rest", &[]).failed(1, "Export the products as CSV");
    import(&shop, "shopify", VENDURE, &[]).failed(1, "Import it as Vendure");
    let text = format!("{HEADER}{JUG}");
    import(&shop, "shopify", &text, &["--import-limit", "100"]).failed(1, "Split it into several files");
    import(&shop, "shopify", &text, &["--currency", "EURO"]).failed(1, "three letters");
    let file = shop.write("products.csv", text);
    shop.run(&["import", "shopify", &file, "--seller", "nobody"]).failed(1, "no shop is called “nobody”");
    shop.run(&["import", "shopify", "missing.csv", "--seller", "auel"]).failed(1, "can't be opened");
    shop.run(&["import", "shopify", ".", "--seller", "auel"]).failed(1, "is not a file");
    for table in ["product", "category", "asset", "import_product"] {
        assert_eq!(shop.sql(&format!("SELECT COUNT(*) FROM {table}")), Some(0), "{table}");
    }
}
