//! What is asked for: products, categories and offers of the shop under load, found over its API.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::http::Client;

/// Pages of the list that are asked for in turn.
const PAGES: usize = 10;
/// Products whose page, offers and category are looked at before the run.
const LOOKED_AT: usize = 400;

/// What there is to ask for.
pub struct Shop {
    /// Every product's id and slug, the newest first.
    pub products: Vec<(String, String)>,
    /// Cursors of the first pages of 20: the API's own, and the id the page begins after.
    pub pages: Vec<(String, String)>,
    /// Paths of categories, and the ids of the products that stand on their first page.
    pub categories: Vec<(String, Vec<String>)>,
    /// Offers in stock.
    pub offers: Vec<String>,
}

#[derive(Deserialize)]
struct List {
    items: Vec<Row>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    slug: String,
    price_from: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Product {
    category: Option<Category>,
    skus: Vec<Sku>,
}

#[derive(Deserialize)]
struct Category {
    path: String,
}

#[derive(Deserialize)]
struct Sku {
    id: String,
    in_stock: bool,
}

impl Shop {
    /// Looks around. `expected` products must be there.
    pub fn explore(port: u16, expected: usize) -> Result<Self> {
        let mut client = Client::new(port);
        let mut pages = vec![(String::new(), String::new())];
        while pages.len() < PAGES {
            let after = pages.last().map(|page| page.0.clone()).unwrap_or_default();
            let list: List = read(&mut client, &list_path(&after))?;
            if list.items.len() == 20 && list.items.iter().any(|row| row.price_from.is_none()) {
                bail!("products without a price: this is not the demo marketplace");
            }
            let (Some(next), Some(last)) = (list.next, list.items.last()) else { break };
            pages.push((next, uuid_of(&last.id)?));
        }
        let mut products = Vec::new();
        let mut after = String::new();
        loop {
            let list: List = read(&mut client, &format!("/v1/products?limit=100{after}"))?;
            products.extend(list.items.into_iter().map(|row| (row.id, row.slug)));
            match list.next {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        if products.len() != expected {
            bail!("{} products are on sale, not {expected}: use another --data folder", products.len());
        }
        let (mut paths, mut offers) = (BTreeSet::new(), Vec::new());
        let step = (products.len() / LOOKED_AT).max(1);
        for (id, _) in products.iter().step_by(step) {
            let product: Product = read(&mut client, &format!("/v1/products/{id}"))?;
            paths.extend(product.category.map(|category| category.path));
            offers.extend(product.skus.into_iter().filter(|sku| sku.in_stock).map(|sku| sku.id));
        }
        let mut categories = Vec::new();
        for path in paths {
            let list: List = read(&mut client, &format!("/v1/products?limit=24&category={path}"))?;
            let ids = list.items.iter().map(|row| uuid_of(&row.id)).collect::<Result<_>>()?;
            categories.push((path, ids));
        }
        if categories.is_empty() || offers.is_empty() {
            bail!("nothing to buy: this is not the demo marketplace");
        }
        Ok(Self { products, pages, categories, offers })
    }
}

/// Enough that no offer is sold out before a run ends.
const STOCK: u32 = 10_000;

impl Shop {
    /// Puts stock behind every offer, so that checkouts are measured and not refusals.
    pub fn fill(&self, port: u16, key: &str) -> Result<()> {
        let mut client = Client::new(port);
        let bearer = format!("Bearer {key}");
        let body = serde_json::json!({ "delta": STOCK, "reason": "benchmark" }).to_string();
        for offer in &self.offers {
            let headers = [("authorization", bearer.as_str()), ("idempotency-key", offer.as_str())];
            let path = format!("/v1/inventory/{offer}/adjust");
            let answer = client.send("POST", &path, &headers, Some(&body))?;
            if answer.status != 200 {
                let text = String::from_utf8_lossy(answer.body);
                bail!("POST {path} was answered with {}: {text}", answer.status);
            }
        }
        Ok(())
    }
}

/// A page of the list: 20 products with price and stock.
pub fn list_path(after: &str) -> String {
    let after = if after.is_empty() { String::new() } else { format!("&after={after}") };
    format!("/v1/products?limit=20{after}")
}

fn read<T: for<'a> Deserialize<'a>>(client: &mut Client, path: &str) -> Result<T> {
    let answer = client.get(path)?;
    if answer.status != 200 {
        bail!("GET {path} was answered with {}", answer.status);
    }
    serde_json::from_slice(answer.body).with_context(|| format!("GET {path} has another form than expected"))
}

/// The UUID of an id, as 32 hexadecimal digits: the bare handler knows no other ids.
pub fn uuid_of(id: &str) -> Result<String> {
    const ALPHABET: &str = "0123456789abcdefghjkmnpqrstvwxyz";
    let text = id.split_once('_').map_or(id, |(_, text)| text);
    let mut bits: u128 = 0;
    for letter in text.chars() {
        let digit = ALPHABET.find(letter).with_context(|| format!("{id} is not an id"))?;
        bits = (bits << 5) | digit as u128;
    }
    Ok(format!("{bits:032x}"))
}

/// Which of `count` things is asked for at each turn: the first most often, the n-th one n-th as
/// often (Zipf's law), as shoppers do. The same for every run.
pub fn popular(count: usize) -> Vec<usize> {
    let mut shares: Vec<f64> = Vec::with_capacity(count);
    let mut sum = 0.0;
    for rank in 1..=count {
        sum += 1.0 / rank as f64;
        shares.push(sum);
    }
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..65_536)
        .map(|_| {
            let wanted = draw() * sum;
            shares.partition_point(|share| *share < wanted).min(count.saturating_sub(1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_turned_into_its_uuid() {
        assert_eq!(uuid_of("prd_7zzzzzzzzzzzzzzzzzzzzzzzzz").unwrap(), "f".repeat(32));
        assert_eq!(uuid_of("prd_00000000000000000000000011").unwrap(), format!("{:032x}", 33));
        assert!(uuid_of("prd_!").is_err());
    }

    #[test]
    fn the_first_is_asked_for_most_often_and_all_stay_in_range() {
        let turns = popular(1000);
        let times = |wanted: usize| turns.iter().filter(|turn| **turn == wanted).count();
        assert!(
            times(0) > times(9) * 5 && times(9) > times(99) * 4,
            "{} {} {}",
            times(0),
            times(9),
            times(99)
        );
        assert!(turns.iter().all(|turn| *turn < 1000));
        assert_eq!(popular(1), vec![0; 65_536]);
    }
}
