//! Shop lists.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use sea_orm::FromQueryResult;
use stoa_catalog_types::{
    Browse, BrowseResult, CategoryRef, CategoryTile, CategoryView, Facet, FacetValue, PAGE_SIZE, PriceBounds,
};
use stoa_kernel::{Ctx, Error, Result, format};
use stoa_types::{Money, Uuid};

use super::{cards, listing};
use crate::{
    cache::{Copies, Part},
    media::{PICTURE_COLUMNS, PictureRow},
    pim, sellers,
    sql::Sql,
};

/// A page of a category, of a shop, of a search, or of any of them together.
///
/// 404 for an unknown category or shop; anything else unknown is ignored, and a page
/// past the end is the last one.
pub async fn browse(ctx: &Ctx, browse: &Browse) -> Result<BrowseResult> {
    let found = listing::get(ctx, browse).await?;
    let conn = ctx.db().read();
    let last = (found.ids.len() as u64).div_ceil(PAGE_SIZE).max(1);
    let page = u64::from(browse.page).clamp(1, last);
    let start = ((page - 1) * PAGE_SIZE) as usize;
    let ids: Vec<Uuid> = found.ids.iter().copied().skip(start).take(PAGE_SIZE as usize).collect();
    let items = cards::load(conn, ctx, &ids).await?;
    let picked =
        |code: &str, value: &String| browse.facets.get(code).is_some_and(|values| values.contains(value));
    let facets = found
        .facets
        .iter()
        .map(|facet| Facet {
            code: facet.code.clone(),
            label: facet.label.clone(),
            values: facet
                .values
                .iter()
                .map(|(value, label, count)| FacetValue {
                    value: value.clone(),
                    label: label.clone(),
                    count: *count,
                    picked: picked(&facet.code, value),
                    colour: if facet.code == listing::SELLER {
                        None
                    } else {
                        pim::colour_of(&label.to_lowercase())
                    },
                })
                .collect(),
        })
        .collect();
    let category = match found.category {
        Some(id) => Some(category_view(ctx, id).await?),
        None => None,
    };
    let shop = match found.shop {
        Some(id) => Some(sellers::name(conn, ctx, id).await?),
        None => None,
    };
    let price = found.prices.map(|(min, max)| {
        let (min, max) = (Money::new(min, ctx.currency), Money::new(max, ctx.currency));
        PriceBounds {
            min,
            max,
            min_text: format::money(min, &ctx.locale),
            max_text: format::money(max, &ctx.locale),
        }
    });
    Ok(BrowseResult {
        category,
        shop,
        q: browse
            .q
            .as_deref()
            .map(str::trim)
            .filter(|q| !q.is_empty() && !found.words.is_empty())
            .map(str::to_owned),
        items,
        facets,
        price,
        in_stock_count: found.in_stock,
        total: found.total,
        page: u32::try_from(page).unwrap_or(u32::MAX),
        pages: u32::try_from(last).unwrap_or(u32::MAX),
        sort: browse.sort,
    })
}

async fn category_view(ctx: &Ctx, id: Uuid) -> Result<CategoryView> {
    let tree = pim::tree(ctx.db().read(), ctx).await?;
    let category = tree.reference(id).ok_or_else(|| Error::not_found("category"))?;
    let children = tiles(ctx, tree.children(Some(id))).await?;
    Ok(CategoryView {
        category,
        description: tree.description(id),
        breadcrumb: tree.breadcrumb(id),
        children: children.into_iter().filter(|tile| tile.count > 0).collect(),
    })
}

type Counted = Arc<HashMap<Uuid, (u64, Option<stoa_catalog_types::Picture>)>>;

static TILES: LazyLock<Copies<stoa_types::Currency, Counted>> =
    LazyLock::new(|| Copies::new(Part::Catalogue, 16, Duration::from_secs(15)));

/// Categories as tiles, with how many items they and those under them hold and the
/// picture of one of them.
pub(crate) async fn tiles(ctx: &Ctx, categories: Vec<CategoryRef>) -> Result<Vec<CategoryTile>> {
    if categories.is_empty() {
        return Ok(Vec::new());
    }
    let tree = pim::tree(ctx.db().read(), ctx).await?;
    let counted = TILES.get(ctx, ctx.currency, count(ctx)).await?;
    Ok(categories
        .into_iter()
        .map(|category| {
            let inside = tree.with_descendants(category.id.uuid());
            let found = || inside.iter().filter_map(|id| counted.get(id));
            CategoryTile {
                count: found().map(|one| one.0).sum(),
                picture: found().find_map(|one| one.1.clone()),
                category,
            }
        })
        .collect())
}

/// By primary category: how many items, and the picture of one.
async fn count(ctx: &Ctx) -> Result<Counted> {
    #[derive(FromQueryResult)]
    struct Row {
        category_id: Uuid,
        count: i64,
        thumbnail_id: Option<Uuid>,
        thumbnail_alt: Option<String>,
        #[sea_orm(nested)]
        picture: PictureRow,
    }
    let sold = "FROM product p JOIN product_summary s ON s.product_id = p.id AND s.currency = ";
    let mut sql = Sql::new("SELECT n.category_id, n.count, q.thumbnail_id, q.thumbnail_alt, ");
    sql.push(PICTURE_COLUMNS)
        .push(" FROM (SELECT p.category_id, COUNT(*) AS count, MAX(p.slug) AS slug ")
        .push(sold)
        .bind(ctx.currency.code())
        .push(" WHERE p.status = 'published' AND p.category_id IS NOT NULL GROUP BY p.category_id) n ")
        .push("LEFT JOIN product_slug l ON l.slug = n.slug AND l.current LEFT JOIN product q ON q.id = l.product_id ")
        .push("LEFT JOIN asset a ON a.id = q.thumbnail_id");
    let rows = sql.all::<Row>(ctx.db().read()).await?;
    let one = |row: Row| {
        let picture =
            row.thumbnail_id.map(|asset| row.picture.picture(asset, row.thumbnail_alt.unwrap_or_default()));
        (row.category_id, (row.count.max(0) as u64, picture))
    };
    Ok(Arc::new(rows.into_iter().map(one).collect()))
}
