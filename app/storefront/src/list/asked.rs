//! What the address of a list asks for, and the addresses of its neighbours.

use std::collections::BTreeMap;

use stoa_catalog_types::{Browse, Sort};
use stoa_types::{Currency, Money};

/// Values taken from an address at most: more is no shopper.
const MOST_PAIRS: usize = 100;

/// A list's address, understood. What it does not know it leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub q: String,
    pub facets: BTreeMap<String, Vec<String>>,
    /// As typed, in whole currency units.
    pub min: String,
    pub max: String,
    pub in_stock: bool,
    pub sort: Sort,
    pub page: u32,
    /// Whether the filters are open on a small screen.
    pub sheet: bool,
}

impl Asked {
    /// Reads `name=value` pairs; `f.colour` may repeat or hold several values by commas.
    pub fn read(query: &[String]) -> Self {
        let mut asked = Self { page: 1, ..Self::default() };
        for pair in query.iter().take(MOST_PAIRS) {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let value = value.trim();
            if value.is_empty() || value.len() > 200 {
                continue;
            }
            match name {
                "q" => asked.q = value.to_owned(),
                "min" | "price.from" => asked.min = value.to_owned(),
                "max" | "price.to" => asked.max = value.to_owned(),
                "in_stock" => asked.in_stock = value == "1",
                "sort" => asked.sort = Sort::parse(value),
                "page" => asked.page = value.parse().unwrap_or(1).max(1),
                "panel" => asked.sheet = value == "filters",
                _ => {
                    if let Some(code) = name.strip_prefix("f.").filter(|code| !code.is_empty()) {
                        let values = asked.facets.entry(code.to_owned()).or_default();
                        for one in value.split(',').map(str::trim).filter(|one| !one.is_empty()) {
                            if !values.iter().any(|known| known == one) {
                                values.push(one.to_owned());
                            }
                        }
                    }
                }
            }
        }
        asked
    }

    /// The same as the catalogue reads it; prices that are none are left out.
    pub fn browse(&self, category: Option<String>, currency: Currency) -> Browse {
        Browse {
            category,
            q: Some(self.q.clone()).filter(|q| !q.is_empty()),
            facets: self.facets.clone(),
            price_from: amount(&self.min, currency).map(|money| money.amount),
            price_to: amount(&self.max, currency).map(|money| money.amount),
            in_stock: self.in_stock,
            sort: self.sort,
            page: self.page,
            ..Browse::default()
        }
    }

    /// Without its filters; the words and the order stay.
    pub fn cleared(&self) -> Self {
        Self { q: self.q.clone(), sort: self.sort, page: 1, ..Self::default() }
    }

    /// Without one value of a facet.
    pub fn without(&self, code: &str, value: &str) -> Self {
        let mut asked = self.first();
        if let Some(values) = asked.facets.get_mut(code) {
            values.retain(|one| one != value);
        }
        asked
    }

    /// Its first page, with the filters closed.
    pub fn first(&self) -> Self {
        Self { page: 1, sheet: false, ..self.clone() }
    }

    /// Everything but the page and the open filters, for the address.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                pairs.push((name.to_owned(), value.to_owned()));
            }
        };
        put("q", &self.q);
        for (code, values) in &self.facets {
            for value in values {
                put(&format!("f.{code}"), value);
            }
        }
        put("min", &self.min);
        put("max", &self.max);
        put("in_stock", if self.in_stock { "1" } else { "" });
        put("sort", if self.sort == Sort::default() { "" } else { self.sort.as_str() });
        pairs
    }

    /// The address at `action`.
    pub fn href(&self, action: &str) -> String {
        address(action, &self.pairs())
    }

    /// The address at `action` with one more pair; an empty value leaves it open.
    pub fn href_with(&self, action: &str, name: &str, value: &str) -> String {
        let mut pairs = self.pairs();
        pairs.push((name.to_owned(), value.to_owned()));
        address(action, &pairs)
    }
}

/// A typed price; a decimal comma is understood.
pub(super) fn amount(typed: &str, currency: Currency) -> Option<Money> {
    let money = Money::parse_decimal(&typed.replace(',', "."), currency).ok()?;
    (money.amount >= 0).then_some(money)
}

/// An address with its query, encoded.
pub(crate) fn address(action: &str, pairs: &[(String, String)]) -> String {
    let mut address = action.to_owned();
    for (place, (name, value)) in pairs.iter().enumerate() {
        address.push(if place == 0 { '?' } else { '&' });
        encode(name, &mut address);
        address.push('=');
        encode(value, &mut address);
    }
    address
}

fn encode(text: &str, address: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                address.push(char::from(byte))
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &[&str]) -> Asked {
        Asked::read(&query.iter().map(|&pair| pair.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_form_and_a_link_ask_for_the_same() {
        let form = asked(&["f.glaze=sand", "f.glaze=iron", "price.from=10,50", "in_stock=1", "price.to="]);
        let link = asked(&["f.glaze=sand,iron", "min=10,50", "in_stock=1"]);
        assert_eq!(form, link);
        assert_eq!(form.browse(None, Currency::EUR).price_from, Some(1050));
        assert_eq!(form.browse(None, Currency::EUR).price_to, None);
    }

    #[test]
    fn what_is_no_price_narrows_nothing() {
        assert_eq!(
            asked(&["min=cheap", "max=-3"]).browse(None, Currency::EUR),
            asked(&[]).browse(None, Currency::EUR)
        );
    }

    #[test]
    fn addresses_are_encoded_and_lose_one_filter_at_a_time() {
        let list = asked(&["q=salt & pepper", "f.glaze=sand,iron", "page=3", "panel=filters", "sort=newest"]);
        assert_eq!(
            list.href("/en-gb/search"),
            "/en-gb/search?q=salt%20%26%20pepper&f.glaze=sand&f.glaze=iron&sort=newest"
        );
        assert_eq!(
            list.without("glaze", "sand").href("/s"),
            "/s?q=salt%20%26%20pepper&f.glaze=iron&sort=newest"
        );
        assert_eq!(list.cleared().href("/s"), "/s?q=salt%20%26%20pepper&sort=newest");
        assert_eq!(list.without("glaze", "sand").page, 1);
        assert_eq!(asked(&[]).href_with("/s", "page", ""), "/s?page=");
    }
}
