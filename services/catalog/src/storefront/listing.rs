//! Which products a shop list holds, in order, and how many its facets would.
//!
//! Found by SQL once and kept for some seconds: the pages of a list, and everybody who
//! reads it meanwhile, share one search.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
    time::Duration,
};

use sea_orm::{ConnectionTrait, FromQueryResult};
use stoa_catalog_types::{Browse, Sort};
use stoa_kernel::{Ctx, Error, Result};
use stoa_types::{Id, Seller, Uuid};

use crate::{
    cache::{Copies, Part},
    pim,
    products::words,
    sql::{Sql, anywhere},
};

/// Most products of one list that can be paged through.
const LONGEST: i64 = 12_000;
/// Facets shown beside a list, and values in each.
const MOST_FACETS: usize = 8;
const MOST_VALUES: usize = 60;

/// Code of the facet of shops.
pub(super) const SELLER: &str = "seller";

/// A list as it was found.
pub(super) struct Listing {
    pub category: Option<Uuid>,
    pub shop: Option<Uuid>,
    pub words: Vec<String>,
    pub ids: Vec<Uuid>,
    pub total: u64,
    /// Lowest and highest price, the price filter not applied.
    pub prices: Option<(i64, i64)>,
    pub in_stock: u64,
    pub facets: Vec<FoundFacet>,
}

/// A facet as it was found.
pub(super) struct FoundFacet {
    pub code: String,
    pub label: String,
    /// Value, label, count.
    pub values: Vec<(String, String, u64)>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    browse: Browse,
    currency: stoa_types::Currency,
}

static LISTINGS: LazyLock<Copies<Key, Arc<Listing>>> =
    LazyLock::new(|| Copies::new(Part::Catalogue, 500, Duration::from_secs(15)));

/// The list; 404 for an unknown category or shop.
pub(super) async fn get(ctx: &Ctx, browse: &Browse) -> Result<Arc<Listing>> {
    let mut browse = browse.clone();
    browse.page = 0;
    let key = Key { browse: browse.clone(), currency: ctx.currency };
    LISTINGS.get(ctx, key, async { Ok(Arc::new(find(ctx, &browse).await?)) }).await
}

/// What narrows a list, with attribute values as ids.
struct Narrow {
    words: Vec<String>,
    categories: Option<Vec<Uuid>>,
    shop: Option<Uuid>,
    /// Picked options by attribute code; unknown ones leave an empty list, which
    /// matches nothing.
    options: BTreeMap<String, Vec<Uuid>>,
    sellers: Option<Vec<Uuid>>,
    price_from: Option<i64>,
    price_to: Option<i64>,
    in_stock: bool,
}

/// A group of filters that a count leaves out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Without<'a> {
    Nothing,
    Price,
    Stock,
    Facet(&'a str),
}

impl Narrow {
    /// ` FROM … WHERE …` over `p` (product) and `s` (summary).
    fn filter(&self, sql: &mut Sql, currency: &str, without: Without<'_>) {
        sql.push(" FROM product_summary s JOIN product p ON p.id = s.product_id WHERE s.currency = ")
            .bind(currency)
            .push(" AND p.status = 'published'");
        if let Some(categories) = &self.categories {
            sql.push(" AND EXISTS (SELECT 1 FROM product_category c WHERE c.product_id = p.id AND c.category_id IN ")
                .list(categories.iter().copied())
                .push(")");
        }
        if let Some(shop) = self.shop {
            sql.push(" AND p.seller_id = ").bind(shop);
        }
        for word in &self.words {
            sql.push(" AND p.search_text LIKE ").bind(anywhere(word)).push(" ESCAPE '!'");
        }
        if let Some(sellers) = &self.sellers
            && without != Without::Facet(SELLER)
        {
            sql.push(" AND p.seller_id IN ").list(sellers.iter().copied());
        }
        for (code, options) in &self.options {
            if without != Without::Facet(code) {
                sql.push(" AND EXISTS (SELECT 1 FROM attribute_value v WHERE v.product_id = p.id AND v.option_id IN ")
                    .list(options.iter().copied())
                    .push(")");
            }
        }
        if without != Without::Price {
            if let Some(from) = self.price_from {
                sql.push(" AND s.from_amount >= ").bind(from);
            }
            if let Some(to) = self.price_to {
                sql.push(" AND s.from_amount <= ").bind(to);
            }
        }
        if self.in_stock && without != Without::Stock {
            sql.push(" AND s.in_stock");
        }
    }
}

async fn find(ctx: &Ctx, browse: &Browse) -> Result<Listing> {
    let conn = ctx.db().read();
    let tree = pim::tree(conn, ctx).await?;
    let category = match &browse.category {
        None => None,
        Some(path) => Some(tree.by_path(path).ok_or_else(|| Error::not_found("category"))?),
    };
    let shop = match &browse.shop {
        None => None,
        Some(slug) => {
            let found = stoa_identity::sellers::id_of_slug(conn, slug).await?;
            Some(found.ok_or_else(|| Error::not_found("shop"))?.uuid())
        }
    };
    let narrow = Narrow {
        words: words(browse.q.as_deref().unwrap_or_default()),
        categories: category.map(|id| tree.with_descendants(id)),
        shop,
        options: picked_options(conn, browse).await?,
        sellers: picked_sellers(conn, browse).await?,
        price_from: browse.price_from,
        price_to: browse.price_to,
        in_stock: browse.in_stock,
    };
    let currency = ctx.currency.code();
    let ids = ids(conn, &narrow, currency, browse.sort).await?;
    let totals = totals(conn, &narrow, currency, ids.len()).await?;
    let facets = facets(conn, &narrow, currency).await?;
    Ok(Listing {
        category,
        shop,
        words: narrow.words,
        total: totals.0,
        in_stock: totals.1,
        prices: totals.2,
        ids,
        facets,
    })
}

async fn picked_options(conn: &impl ConnectionTrait, browse: &Browse) -> Result<BTreeMap<String, Vec<Uuid>>> {
    #[derive(FromQueryResult)]
    struct Row {
        attribute: String,
        id: Uuid,
        code: String,
    }
    let picked: Vec<(&String, &Vec<String>)> =
        browse.facets.iter().filter(|(code, values)| code.as_str() != SELLER && !values.is_empty()).collect();
    if picked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut sql = Sql::new(
        "SELECT d.code AS attribute, o.id, o.code FROM attribute_option o JOIN attribute_definition d ON d.id = o.attribute_id \
         WHERE d.code IN ",
    );
    sql.list(picked.iter().map(|one| one.0.as_str()));
    let rows = sql.all::<Row>(conn).await?;
    let options = |code: &String, values: &Vec<String>| {
        let own = rows.iter().filter(|row| row.attribute == *code && values.contains(&row.code));
        own.map(|row| row.id).collect::<Vec<_>>()
    };
    // A facet nobody knows is left out, as any unknown parameter of a page.
    let known = picked.into_iter().filter(|(code, _)| rows.iter().any(|row| row.attribute == **code));
    Ok(known.map(|(code, values)| (code.clone(), options(code, values))).collect())
}

async fn picked_sellers(conn: &impl ConnectionTrait, browse: &Browse) -> Result<Option<Vec<Uuid>>> {
    let Some(slugs) = browse.facets.get(SELLER).filter(|slugs| !slugs.is_empty()) else { return Ok(None) };
    let mut sellers = Vec::with_capacity(slugs.len());
    for slug in slugs.iter().take(50) {
        if let Some(id) = stoa_identity::sellers::id_of_slug(conn, slug).await? {
            sellers.push(id.uuid());
        }
    }
    Ok(Some(sellers))
}

async fn ids(conn: &impl ConnectionTrait, narrow: &Narrow, currency: &str, sort: Sort) -> Result<Vec<Uuid>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let mut sql = Sql::new("SELECT p.id");
    narrow.filter(&mut sql, currency, Without::Nothing);
    sql.push(match sort {
        Sort::Featured if !narrow.words.is_empty() => " ORDER BY CASE WHEN s.in_stock THEN 0 ELSE 1 END, ",
        Sort::Featured => " ORDER BY CASE WHEN s.in_stock THEN 0 ELSE 1 END, p.published_at DESC, p.id DESC",
        Sort::Newest => " ORDER BY p.published_at DESC, p.id DESC",
        Sort::PriceAsc => " ORDER BY s.from_amount, p.id",
        Sort::PriceDesc => " ORDER BY s.from_amount DESC, p.id",
    });
    if let (Sort::Featured, Some(word)) = (sort, narrow.words.first()) {
        // A title that begins with the word is what was meant most often.
        let pattern = anywhere(word);
        sql.push("CASE WHEN p.search_text LIKE ").bind(pattern.trim_start_matches('%').to_owned());
        sql.push(" ESCAPE '!' THEN 0 ELSE 1 END, p.published_at DESC, p.id DESC");
    }
    sql.push(" LIMIT ").bind(LONGEST);
    Ok(sql.all::<Row>(conn).await?.into_iter().map(|row| row.id).collect())
}

/// How many there are, how many of all can be bought, and between which prices.
async fn totals(
    conn: &impl ConnectionTrait,
    narrow: &Narrow,
    currency: &str,
    found: usize,
) -> Result<(u64, u64, Option<(i64, i64)>)> {
    #[derive(FromQueryResult)]
    struct Row {
        count: i64,
        in_stock: i64,
        low: Option<i64>,
        high: Option<i64>,
    }
    let ask = |without: Without<'static>| {
        let mut sql = Sql::new(
            "SELECT COUNT(*) AS count, COALESCE(SUM(CASE WHEN s.in_stock THEN 1 ELSE 0 END), 0) AS in_stock, \
             MIN(s.from_amount) AS low, MAX(s.from_amount) AS high",
        );
        narrow.filter(&mut sql, currency, without);
        sql
    };
    let count = |row: &Option<Row>| row.as_ref().map_or(0, |row| row.count.max(0) as u64);
    let all: Option<Row> = ask(Without::Price).one(conn).await?;
    let prices = all.as_ref().and_then(|row| Some((row.low?, row.high?)));
    let by_price = narrow.price_from.is_some() || narrow.price_to.is_some();
    // Unless filtered by price or stock, one answer holds it all.
    let stock: Option<Row> =
        if by_price || narrow.in_stock { ask(Without::Stock).one(conn).await? } else { None };
    let in_stock = stock.as_ref().or(all.as_ref()).map_or(0, |row| row.in_stock.max(0) as u64);
    let total = match () {
        () if (found as i64) < LONGEST => found as u64,
        () if by_price => count(&ask(Without::Nothing).one(conn).await?),
        () => count(&all),
    };
    Ok((total, in_stock, prices))
}

/// Facets with counts: each counts as if nothing of its own were picked.
async fn facets(conn: &impl ConnectionTrait, narrow: &Narrow, currency: &str) -> Result<Vec<FoundFacet>> {
    let mut facets = attribute_facets(conn, narrow, currency, Without::Nothing).await?;
    for code in narrow.options.keys() {
        let own = attribute_facets(conn, narrow, currency, Without::Facet(code)).await?;
        let own = own.into_iter().find(|facet| facet.code == *code);
        match facets.iter().position(|facet| facet.code == *code) {
            Some(place) => match own {
                Some(own) => facets[place] = own,
                None => continue,
            },
            None => facets.extend(own),
        }
    }
    // One value narrows nothing, unless it is picked.
    facets.retain(|facet| facet.values.len() > 1 || narrow.options.contains_key(&facet.code));
    facets.truncate(MOST_FACETS);
    if narrow.shop.is_none() {
        let sellers = seller_facet(conn, narrow, currency).await?;
        if sellers.values.len() > 1 || narrow.sellers.is_some() {
            facets.push(sellers);
        }
    }
    Ok(facets)
}

#[derive(FromQueryResult)]
struct FacetRow {
    code: String,
    label: String,
    option: String,
    option_label: String,
    count: i64,
}

async fn attribute_facets(
    conn: &impl ConnectionTrait,
    narrow: &Narrow,
    currency: &str,
    without: Without<'_>,
) -> Result<Vec<FoundFacet>> {
    let mut sql = Sql::new(
        "SELECT d.code, d.label, o.code AS option, o.label AS option_label, n.count FROM \
         (SELECT v.attribute_id, v.option_id, COUNT(DISTINCT v.product_id) AS count FROM attribute_value v \
          WHERE v.product_id IN (SELECT p.id",
    );
    narrow.filter(&mut sql, currency, without);
    sql.push(
        ") GROUP BY v.attribute_id, v.option_id) n JOIN attribute_definition d ON d.id = n.attribute_id \
         JOIN attribute_option o ON o.id = n.option_id WHERE d.filterable",
    );
    if let Without::Facet(code) = without {
        sql.push(" AND d.code = ").bind(code);
    }
    // By name, so that values do not move when one is picked.
    sql.push(" ORDER BY d.position, d.code, o.label");
    let mut facets: Vec<FoundFacet> = Vec::new();
    for row in sql.all::<FacetRow>(conn).await? {
        if facets.last().is_none_or(|facet| facet.code != row.code) {
            facets.push(FoundFacet { code: row.code, label: row.label, values: Vec::new() });
        }
        if let Some(facet) = facets.last_mut()
            && facet.values.len() < MOST_VALUES
        {
            facet.values.push((row.option, row.option_label, row.count.max(0) as u64));
        }
    }
    Ok(facets)
}

async fn seller_facet(conn: &impl ConnectionTrait, narrow: &Narrow, currency: &str) -> Result<FoundFacet> {
    #[derive(FromQueryResult)]
    struct Row {
        seller_id: Uuid,
        count: i64,
    }
    let mut sql = Sql::new("SELECT p.seller_id, COUNT(*) AS count");
    narrow.filter(&mut sql, currency, Without::Facet(SELLER));
    sql.push(" GROUP BY p.seller_id");
    let rows = sql.all::<Row>(conn).await?;
    let ids: Vec<Id<Seller>> = rows.iter().map(|row| Id::new(row.seller_id)).collect();
    let names = stoa_identity::sellers::names(conn, &ids).await?;
    let counts: HashMap<Uuid, i64> = rows.iter().map(|row| (row.seller_id, row.count)).collect();
    let mut values: Vec<(String, String, u64)> = names
        .into_iter()
        .filter_map(|(id, seller)| Some((seller.slug, seller.name, (*counts.get(&id.uuid())?).max(0) as u64)))
        .collect();
    values.sort_by(|left, right| left.1.cmp(&right.1));
    values.truncate(MOST_VALUES);
    Ok(FoundFacet { code: SELLER.to_owned(), label: "Shop".to_owned(), values })
}
