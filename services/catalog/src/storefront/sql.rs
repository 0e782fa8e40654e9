//! The embedded engine: lists and their facets by SQL over the catalogue's summaries, so
//! that they are right in the moment of each commit.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, FromQueryResult};
use stoa_catalog_types::Sort;
use stoa_kernel::{BoxFuture, Ctx, Result};
use stoa_types::{Id, Product, Seller, Uuid};

use super::search::{Found, FoundFacet, LONGEST, MOST_FACETS, MOST_VALUES, SearchEngine, SearchQuery};
use crate::sql::{Sql, anywhere};

/// Searches by SQL.
pub struct SqlSearch;

impl SearchEngine for SqlSearch {
    fn find<'a>(&'a self, ctx: &'a Ctx, query: &'a SearchQuery) -> BoxFuture<'a, Result<Found>> {
        Box::pin(find(ctx, query))
    }

    fn first<'a>(
        &'a self,
        ctx: &'a Ctx,
        query: &'a SearchQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Id<Product>>>> {
        Box::pin(async move {
            let conn = ctx.db().read();
            let narrow = Narrow::to(conn, query).await?;
            let ids = ids(conn, &narrow, query.currency.code(), query.sort, limit.min(LONGEST)).await?;
            Ok(ids.into_iter().map(Id::new).collect())
        })
    }
}

async fn find(ctx: &Ctx, query: &SearchQuery) -> Result<Found> {
    let conn = ctx.db().read();
    let narrow = Narrow::to(conn, query).await?;
    let currency = query.currency.code();
    let ids = ids(conn, &narrow, currency, query.sort, LONGEST).await?;
    let (total, in_stock, prices) = totals(conn, &narrow, currency, ids.len()).await?;
    let sellers = match narrow.shop {
        None => sellers(conn, &narrow, currency).await?,
        Some(_) => Vec::new(),
    };
    Ok(Found {
        ids: ids.into_iter().map(Id::new).collect(),
        total,
        in_stock,
        prices,
        facets: facets(conn, &narrow, currency).await?,
        sellers,
    })
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
    Sellers,
    Facet(&'a str),
}

impl Narrow {
    /// What the query asks for.
    async fn to(conn: &impl ConnectionTrait, query: &SearchQuery) -> Result<Self> {
        Ok(Self {
            words: query.words.clone(),
            categories: query.categories.as_ref().map(|ids| ids.iter().map(|id| id.uuid()).collect()),
            shop: query.shop.map(Id::uuid),
            options: picked_options(conn, query).await?,
            sellers: query.sellers.as_ref().map(|ids| ids.iter().map(|id| id.uuid()).collect()),
            price_from: query.price_from,
            price_to: query.price_to,
            in_stock: query.in_stock,
        })
    }

    /// ` FROM … WHERE …` over `p` (product) and `s` (summary).
    fn filter(&self, sql: &mut Sql, currency: &str, without: Without<'_>) {
        sql.push(" FROM product_summary s JOIN product p ON p.id = s.product_id WHERE s.currency = ")
            .bind(currency)
            .push(" AND p.status = 'published'");
        // Lists of ids, and not EXISTS: SQLite begins with the few products of a list, and
        // would look at every product for the other.
        if let Some(categories) = &self.categories {
            sql.push(" AND p.id IN (SELECT c.product_id FROM product_category c WHERE c.category_id IN ")
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
            && without != Without::Sellers
        {
            sql.push(" AND p.seller_id IN ").list(sellers.iter().copied());
        }
        for (code, options) in &self.options {
            if without != Without::Facet(code) {
                sql.push(" AND p.id IN (SELECT v.product_id FROM attribute_value v WHERE v.option_id IN ")
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

async fn picked_options(
    conn: &impl ConnectionTrait,
    query: &SearchQuery,
) -> Result<BTreeMap<String, Vec<Uuid>>> {
    #[derive(FromQueryResult)]
    struct Row {
        attribute: String,
        id: Uuid,
        code: String,
    }
    let picked: Vec<(&String, &Vec<String>)> =
        query.options.iter().filter(|(_, values)| !values.is_empty()).collect();
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

async fn ids(
    conn: &impl ConnectionTrait,
    narrow: &Narrow,
    currency: &str,
    sort: Sort,
    limit: usize,
) -> Result<Vec<Uuid>> {
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
    sql.push(" LIMIT ").bind(limit as i64);
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
        () if found < LONGEST => found as u64,
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

async fn sellers(
    conn: &impl ConnectionTrait,
    narrow: &Narrow,
    currency: &str,
) -> Result<Vec<(Id<Seller>, u64)>> {
    #[derive(FromQueryResult)]
    struct Row {
        seller_id: Uuid,
        count: i64,
    }
    let mut sql = Sql::new("SELECT p.seller_id, COUNT(*) AS count");
    narrow.filter(&mut sql, currency, Without::Sellers);
    sql.push(" GROUP BY p.seller_id");
    let rows = sql.all::<Row>(conn).await?;
    Ok(rows.into_iter().map(|row| (Id::new(row.seller_id), row.count.max(0) as u64)).collect())
}
