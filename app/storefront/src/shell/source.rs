//! Where the header's data comes from.

use stoa_catalog_types::CategoryNode;
use stoa_ui::{PageError, page::is_local_path};

use super::header::{CategoryLink, SiteHeader};

/// The top categories with the ones directly below them, and the units in the visitor's cart;
/// the cart itself where `close` leads away from it.
pub(super) async fn header(close: &str) -> Result<SiteHeader, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let tree = stoa_catalog::storefront::category_tree(&ctx).await?;
    let cart_units = stoa_ordering::carts::count(&ctx).await?;
    let cart_panel = match is_local_path(close) {
        true => crate::cart_panel::draw(&ctx, close).await?,
        false => String::new(),
    };
    Ok(SiteHeader {
        cart_panel,
        categories: tree.iter().map(|node| category(node, 1)).collect(),
        cart_units: u32::try_from(cart_units).unwrap_or(0),
    })
}

/// This category and `levels` below it.
fn category(node: &CategoryNode, levels: usize) -> CategoryLink {
    let children = if levels == 0 { &[][..] } else { &node.children[..] };
    CategoryLink {
        name: node.category.name.clone(),
        path: node.category.path.clone(),
        children: children.iter().map(|child| category(child, levels - 1)).collect(),
    }
}
