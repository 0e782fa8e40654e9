use crate::support::Shop;

/// Everything a shopper sees of the demo, and nothing that is new each time (ids, times).
const SEEN: &[&str] = &[
    "SELECT slug || '|' || name || '|' || country || '|' || COALESCE(description, '') AS line FROM seller",
    "SELECT p.slug || '|' || p.title || '|' || p.status || '|' || COALESCE(p.maker, '') || '|' || p.description AS line FROM product p",
    "SELECT k.code || '|' || p.amount || '|' || COALESCE(p.compare_at, 0) AS line FROM price p JOIN sku k ON k.id = p.sku_id",
    "SELECT k.code || '|' || l.on_hand AS line FROM stock_level l JOIN sku k ON k.id = l.sku_id",
    "SELECT sha256 || '|' || width || '|' || height || '|' || placeholder AS line FROM asset",
    "SELECT c.slug || '|' || c.name || '|' || COALESCE(u.slug, '') AS line FROM category c LEFT JOIN category u ON u.id = c.parent_id",
    "SELECT p.slug || '|' || m.position || '|' || a.sha256 || '|' || m.alt AS line FROM product_media m JOIN product p ON p.id = m.product_id JOIN asset a ON a.id = m.asset_id",
];

fn seen(shop: &Shop, query: &str) -> Vec<String> {
    let mut lines = shop.rows(query);
    lines.sort();
    lines
}

#[test]
fn the_demo_is_the_same_for_the_same_number_of_products() {
    let (one, other) = (Shop::demo(), Shop::new());
    let said = other.run(&["seed", "demo", "--products", "12"]).ok();
    for role in ["shopper@", "seller@", "staff@", "admin@"] {
        assert!(said.out.contains(role), "{}", said.out);
    }
    assert!(said.err.contains("12 products"), "it says what it does: {}", said.err);
    for query in SEEN {
        let lines = seen(&one, query);
        assert!(!lines.is_empty(), "{query}");
        assert_eq!(lines, seen(&other, query), "{query}");
    }
    let count = |what: &str| one.sql(&format!("SELECT COUNT(*) FROM {what}")).expect("a number");
    assert_eq!((count("seller"), count("product WHERE status = 'published'"), count("asset")), (8, 12, 48));
    assert!(count("category WHERE parent_id IS NOT NULL") > 8, "the tree has branches");
    // Pages show WebP at once; the smaller format follows, one job for each picture.
    assert_eq!(count("asset WHERE state = 'ready'"), 48);
    assert_eq!(count("job WHERE kind = 'media.derive_avif' AND state = 'queued'"), 48);
    other.run(&["seed", "demo"]).failed(1, "has sellers already");
    one.run(&["seed", "demo", "--products", "1000000"]).failed(1, "--data");
}

#[test]
fn too_many_products_are_refused_before_anything_is_written() {
    let shop = Shop::new();
    shop.run(&["seed", "demo", "--products", "100000000"]).failed(1, "at most");
    assert_eq!(shop.sql("SELECT COUNT(*) FROM seller"), Some(0));
}
