//! What is shown of many products is asked for at once, not for each.

use stoa_catalog::{products, storefront};
use stoa_catalog_types::{AttributeInput, Browse, CreateProduct, ProductQuery};
use stoa_testing::{Test, no_more_statements, on_both};

use crate::support::{category, input, modules, options, published, seller};

on_both!(a_list_of_twenty_products_asks_no_more_than_one_of_two, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owners = [seller(test, "jugs").await, seller(test, "boards").await];
    let kitchen = category(ctx, "Kitchen", None).await;
    let (visitor, staff) = (test.visitor(), test.person(None, &[products::READ]));
    let mut before: Vec<Vec<String>> = Vec::new();
    let mut made: usize = 0;
    for count in [2, 20] {
        while made < count {
            let new = CreateProduct {
                category: Some(kitchen.id),
                attributes: vec![AttributeInput::new("Material", format!("Clay {made}"))],
                options: options(&[("Size", &["Small", "Large"])]),
                tags: vec![format!("tag {made}")],
                ..input(&format!("Jug {made}"), owners[made % 2])
            };
            published(ctx, new, 1000 + made as i64).await;
            made += 1;
        }
        let browse = Browse { category: Some("kitchen".to_owned()), ..Browse::default() };
        let (page, browsed) = test.statements(storefront::browse(&visitor, &browse)).await;
        let page = page.expect("the category");
        assert_eq!(page.items.len(), count);
        let ids: Vec<_> = page.items.iter().map(|card| card.id).collect();
        let (cards, drawn) = test.statements(storefront::cards(&visitor, &ids)).await;
        assert_eq!(cards.expect("cards").len(), count);
        let found = Browse { q: Some("jug".to_owned()), ..Browse::default() };
        let (page, searched) = test.statements(storefront::browse(&visitor, &found)).await;
        assert_eq!(page.expect("what was found").items.len(), count);
        let (listed, list) = test.statements(products::list(&staff, &ProductQuery::default())).await;
        assert_eq!(listed.expect("the list").items.len(), count);
        let now = vec![browsed, drawn, searched, list];
        for (few, many) in before.iter().zip(&now) {
            no_more_statements(few, many);
        }
        before = now;
    }
});
