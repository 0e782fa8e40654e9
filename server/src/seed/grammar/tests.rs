use super::*;
use std::collections::{HashMap, HashSet};

#[test]
fn a_hundred_thousand_products_have_names_and_codes_of_their_own() {
    let demo = Demo::new(DEFAULT_SEED);
    let (mut slugs, mut skus, mut codes) = (HashSet::new(), HashSet::new(), HashSet::new());
    for product in demo.products(MAX_PRODUCTS) {
        assert!(slugs.insert(product.slug.clone()), "{} twice", product.slug);
        for variant in &product.variants {
            assert!(skus.insert(variant.sku.clone()), "{} twice", variant.sku);
            assert!(codes.insert(variant.barcode.clone()), "{} twice", variant.barcode);
        }
    }
    assert_eq!(slugs.len(), MAX_PRODUCTS);
}

#[test]
fn a_larger_demo_contains_the_smaller_one_and_another_seed_is_another_demo() {
    let (few, many): (Vec<_>, Vec<_>) =
        (Demo::new(7).products(50).collect(), Demo::new(7).products(500).collect());
    assert_eq!(few, many[..50]);
    assert_ne!(few, Demo::new(8).products(50).collect::<Vec<_>>());
}

#[test]
fn every_product_keeps_the_promises_of_its_type() {
    let demo = Demo::new(DEFAULT_SEED);
    let leaves: HashSet<&str> = demo.categories().iter().map(|category| category.slug).collect();
    for product in demo.products(3_000) {
        assert!(leaves.contains(product.category), "{}", product.category);
        assert!(!product.variants.is_empty() && product.variants.len() <= 64 && !product.pictures.is_empty());
        let tuples: HashSet<_> = product.variants.iter().map(|variant| &variant.options).collect();
        assert_eq!(tuples.len(), product.variants.len(), "{}", product.title);
        let sentences = product.description.matches(['.', '!']).count();
        assert!(
            (2..=6).contains(&sentences) && !product.description.contains(['{', '}']),
            "{}",
            product.description
        );
        for variant in &product.variants {
            assert_eq!(variant.options.len(), product.options.len());
            for (value, axis) in variant.options.iter().zip(&product.options) {
                assert!(axis.values.contains(value));
            }
            assert!(variant.price_minor >= 500 && variant.stock >= 0 && variant.weight_grams > 0);
            assert!(variant.compare_at_minor.is_none_or(|former| former > variant.price_minor));
            let picture = &product.pictures[variant.picture];
            let colour = picture.picture.colourway().name;
            assert!(
                variant.options.contains(&colour)
                    || product.title.ends_with(&format!("in {}", colour.to_lowercase())),
                "{}: {colour}",
                product.title
            );
            assert!(
                picture.alt.starts_with(&product.title)
                    && picture.alt.to_lowercase().ends_with(&colour.to_lowercase())
            );
        }
    }
}

#[test]
fn what_shoppers_choose_and_what_they_read_has_names_of_its_own() {
    for product in Demo::new(DEFAULT_SEED).products(500) {
        let axes: HashSet<&str> = product.options.iter().map(|axis| axis.name).collect();
        for DemoAttribute { name, value } in &product.attributes {
            // Colours to filter by are of families; the axis has the maker's names for them.
            assert!(!axes.contains(name), "{}: {name} twice", product.title);
            assert!(!name.is_empty() && !value.contains(name), "{}: {name}: {value}", product.title);
        }
    }
}

#[test]
fn barcodes_have_a_valid_check_digit_and_belong_to_nobody() {
    for product in Demo::new(DEFAULT_SEED).products(200) {
        for variant in product.variants {
            let digits: Vec<u32> = variant.barcode.bytes().map(|b| u32::from(b - b'0')).collect();
            assert_eq!((digits.len(), digits[0]), (13, 2));
            let sum: u32 = digits
                .iter()
                .rev()
                .enumerate()
                .map(|(i, digit)| digit * if i % 2 == 0 { 1 } else { 3 })
                .sum();
            assert_eq!(sum % 10, 0, "{}", variant.barcode);
        }
    }
}

#[test]
fn the_default_demo_shows_every_shop_picture_and_state() {
    let demo = Demo::new(DEFAULT_SEED);
    let products: Vec<DemoProduct> = demo.products(DEFAULT_PRODUCTS).collect();
    let mut of_seller: HashMap<usize, usize> = HashMap::new();
    for product in &products {
        *of_seller.entry(product.seller).or_default() += 1;
    }
    assert_eq!(of_seller.len(), 8);
    assert!(of_seller.values().all(|count| *count >= 12), "{of_seller:?}");
    let pictures: HashSet<usize> =
        products.iter().flat_map(|p| &p.pictures).map(|p| p.picture.index()).collect();
    assert_eq!(pictures.len(), 48);
    let parents: HashSet<&str> = demo.categories().iter().filter_map(|category| category.parent).collect();
    for category in demo.categories().iter().filter(|category| !parents.contains(category.slug)) {
        assert!(
            products.iter().any(|product| product.category == category.slug),
            "{} is empty",
            category.slug
        );
    }
    let sold_out = products.iter().filter(|p| p.variants.iter().all(|v| v.stock == 0)).count();
    let reduced = products.iter().filter(|p| p.variants.iter().any(|v| v.compare_at_minor.is_some())).count();
    let single = products.iter().filter(|p| p.variants.len() == 1).count();
    assert!(
        (3..30).contains(&sold_out) && (10..60).contains(&reduced) && (20..140).contains(&single),
        "{sold_out} {reduced} {single}"
    );
    let descriptions: HashSet<&str> = products.iter().map(|p| p.description.as_str()).collect();
    assert!(descriptions.len() > 195);
}

#[test]
fn parents_come_before_their_children() {
    let mut met = HashSet::new();
    for category in Demo::new(1).categories() {
        assert!(category.parent.is_none_or(|parent| met.contains(parent)), "{}", category.slug);
        assert!(met.insert(category.slug), "{} twice", category.slug);
    }
}

#[test]
fn prices_end_as_shops_write_them() {
    for product in Demo::new(DEFAULT_SEED).products(500) {
        for variant in product.variants {
            assert!([0, 50, 90].contains(&(variant.price_minor % 100)), "{}", variant.price_minor);
        }
    }
}
