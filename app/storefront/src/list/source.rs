//! Where a list comes from: the catalogue's answer with words and links put to it.

use stoa_catalog::storefront;
use stoa_catalog_types::{BrowseResult, CategoryNode};
use stoa_kernel::{Ctx, format};
use stoa_ui::{PageError, i18n::link};

use super::{
    Group, GroupValue, ListView, Nothing, PriceRange,
    asked::{Asked, amount},
};
use crate::{
    cards::{Card, Tile},
    text,
};

/// The list a category's path (empty: everything) and a query ask for.
pub(super) async fn list(path: String, query: &[String]) -> Result<ListView, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let asked = Asked::read(query);
    let category = Some(path).filter(|path| !path.is_empty());
    let found = storefront::browse(&ctx, &asked.browse(category, ctx.currency)).await?;
    let action = match &found.category {
        Some(category) => link(&format!("/c/{}", category.category.path)),
        None => link("/search"),
    };
    let applied = applied(&ctx, &asked, &found, &action);
    let title = title(&asked, &found);
    let total = i64::try_from(found.total).unwrap_or(i64::MAX);
    let nothing = (total == 0).then(|| nothing(&asked, &found, &applied, &title, &action));
    let (tiles_title, tiles) = match &found.category {
        Some(view) => {
            let tiles = view.children.iter().cloned().map(|tile| Tile::new(tile, &ctx.locale)).collect();
            (text::category::subcategories(&title), tiles)
        }
        // A search without result still shows ways on.
        None if total == 0 => {
            let tree = storefront::category_tree(&ctx).await?;
            (text::search::browse().to_owned(), tree.iter().map(Tile::plain).collect())
        }
        // Categories of that name are a shorter way to the same.
        None if !asked.q.is_empty() => {
            let tree = storefront::category_tree(&ctx).await?;
            (text::search::shortcuts().to_owned(), shortcuts(&tree, &asked.q))
        }
        None => (String::new(), Vec::new()),
    };
    let keep = |asked: &Asked, names: &[&str]| -> Vec<(String, String)> {
        asked.pairs().into_iter().filter(|(name, _)| names.contains(&name.as_str())).collect()
    };
    let sort_keep = asked.pairs().into_iter().filter(|(name, _)| name != "sort").collect();
    Ok(ListView {
        count: text::category::items(total),
        lead: found.category.as_ref().and_then(|view| view.description.clone()).unwrap_or_default(),
        breadcrumb: breadcrumb(&found),
        tiles_title,
        tiles,
        groups: groups(&ctx, &asked, &found),
        price: (found.price.is_some() || !asked.min.is_empty() || !asked.max.is_empty()).then(|| {
            PriceRange { from: asked.min.clone(), to: asked.max.clone(), unit: ctx.currency.symbol() }
        }),
        applied,
        filter_keep: keep(&asked, &["q", "sort"]),
        sort_keep,
        sort: found.sort.as_str().to_owned(),
        clear_href: asked.cleared().href(&action),
        sheet_href: asked.href_with(&action, "panel", "filters"),
        close_href: asked.href(&action),
        sheet_open: asked.sheet,
        show_label: text::category::show(total),
        page: found.page,
        pages: found.pages,
        page_prefix: asked.href_with(&action, "page", ""),
        nothing,
        cards: found.items.into_iter().map(Card::from).collect(),
        title,
        action,
    })
}

/// Up to four categories whose name holds a word of what is searched for.
fn shortcuts(tree: &[CategoryNode], q: &str) -> Vec<Tile> {
    fn walk<'a>(nodes: &'a [CategoryNode], all: &mut Vec<&'a CategoryNode>) {
        for node in nodes {
            all.push(node);
            walk(&node.children, all);
        }
    }
    let mut all = Vec::new();
    walk(tree, &mut all);
    // "jug" finds "Jugs and carafes", "jugs" as well; "a" finds nothing.
    let stems: Vec<String> = q
        .split_whitespace()
        .map(|word| word.to_lowercase().trim_end_matches('s').to_owned())
        .filter(|word| word.chars().count() > 2)
        .collect();
    all.into_iter()
        .filter(|node| {
            let name = node.category.name.to_lowercase();
            name.split_whitespace().any(|word| stems.iter().any(|stem| word.starts_with(stem.as_str())))
        })
        .take(4)
        .map(Tile::plain)
        .collect()
}

fn title(asked: &Asked, found: &BrowseResult) -> String {
    match (&found.category, asked.q.as_str()) {
        (Some(view), _) => view.category.name.clone(),
        (None, "") => text::search::all().to_owned(),
        (None, q) => text::search::title(q),
    }
}

fn breadcrumb(found: &BrowseResult) -> Vec<(String, String)> {
    let Some(view) = &found.category else { return Vec::new() };
    let home = (text::category::home().to_owned(), link("/"));
    let path = view.breadcrumb.iter().map(|above| (above.name.clone(), link(&format!("/c/{}", above.path))));
    std::iter::once(home).chain(path).collect()
}

fn groups(ctx: &Ctx, asked: &Asked, found: &BrowseResult) -> Vec<Group> {
    let count = |count: u64| format::number(i64::try_from(count).unwrap_or(i64::MAX), &ctx.locale);
    let mut groups: Vec<Group> = found
        .facets
        .iter()
        .map(|facet| Group {
            name: format!("f.{}", facet.code),
            label: facet.label.clone(),
            values: facet
                .values
                .iter()
                .map(|value| GroupValue {
                    value: value.value.clone(),
                    label: value.label.clone(),
                    count: count(value.count),
                    picked: value.picked,
                })
                .collect(),
        })
        .collect();
    if found.total > 0 || asked.in_stock {
        groups.push(Group {
            name: "in_stock".to_owned(),
            label: text::category::stock().to_owned(),
            values: vec![GroupValue {
                value: "1".to_owned(),
                label: text::category::in_stock().to_owned(),
                count: count(found.in_stock_count),
                picked: asked.in_stock,
            }],
        });
    }
    groups
}

/// The filters in use in words, each with the address without it.
fn applied(ctx: &Ctx, asked: &Asked, found: &BrowseResult, action: &str) -> Vec<(String, String)> {
    let mut applied = Vec::new();
    for (code, values) in &asked.facets {
        let facet = found.facets.iter().find(|facet| facet.code == *code);
        for value in values {
            let known = facet.and_then(|facet| facet.values.iter().find(|one| one.value == *value));
            let words = text::category::filter(
                facet.map_or(code.as_str(), |facet| facet.label.as_str()),
                known.map_or(value.as_str(), |known| known.label.as_str()),
            );
            applied.push((words, asked.without(code, value).href(action)));
        }
    }
    let money = |typed: &str| amount(typed, ctx.currency).map(|money| format::money(money, &ctx.locale));
    let words = match (money(&asked.min), money(&asked.max)) {
        (Some(from), Some(to)) => Some(text::category::price_between(from, to)),
        (Some(from), None) => Some(text::category::price_from(from)),
        (None, Some(to)) => Some(text::category::price_to(to)),
        (None, None) => None,
    };
    if let Some(words) = words {
        let without = Asked { min: String::new(), max: String::new(), ..asked.first() };
        applied.push((words, without.href(action)));
    }
    if asked.in_stock {
        let without = Asked { in_stock: false, ..asked.first() };
        applied.push((text::category::in_stock().to_owned(), without.href(action)));
    }
    applied
}

/// What stands in place of an empty list: what was asked for, and the way on.
fn nothing(
    asked: &Asked,
    found: &BrowseResult,
    applied: &[(String, String)],
    title: &str,
    action: &str,
) -> Nothing {
    let words = (!asked.q.is_empty()).then(|| text::search::words(&asked.q));
    let all: Vec<String> = words.into_iter().chain(applied.iter().map(|(words, _)| words.clone())).collect();
    let (action_label, action_href) = match applied {
        // Only the stock filter stands between the shopper and the items.
        [(_, without)] if asked.in_stock => (text::category::include_sold_out(), without.clone()),
        [_, ..] => (text::category::clear(), asked.cleared().href(action)),
        [] if !asked.q.is_empty() && found.category.is_none() => (text::search::see_all(), link("/search")),
        [] => (text::category::to_home(), link("/")),
    };
    let action_label = action_label.to_owned();
    if all.is_empty() {
        let text = text::category::none(title);
        return Nothing { title: text::category::none_title().to_owned(), text, action_label, action_href };
    }
    let text = text::category::no_match(all.join(", "));
    Nothing { title: text::category::no_match_title().to_owned(), text, action_label, action_href }
}
