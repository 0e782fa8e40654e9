//! Keyset pages: an opaque cursor over a sort value and the id.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use stoa_types::{Page, PageQuery};

use crate::error::{Fields, Result, codes};

/// Items a page when nobody says.
pub const DEFAULT_LIMIT: u64 = 25;

/// The limit asked for, 1 to 100; 422 otherwise.
pub fn limit(query: &PageQuery) -> Result<u64> {
    let limit = query.limit.map_or(DEFAULT_LIMIT, u64::from);
    let mut fields = Fields::default();
    fields.check((1..=100).contains(&limit), "limit", codes::INVALID, "Ask for 1 to 100 items.");
    fields.finish()?;
    Ok(limit)
}

/// Which way a cursor leads and from where. The key is whatever the list sorts by,
/// ending in the id so that no two rows are equal.
#[derive(Debug, Clone, PartialEq)]
pub enum Cursor<K> {
    Start,
    After(K),
    Before(K),
}

impl<K: DeserializeOwned> Cursor<K> {
    /// Reads `after` of the query; 400 when it is not one of ours.
    pub fn read(query: &PageQuery) -> Result<Self> {
        let Some(text) = &query.after else { return Ok(Self::Start) };
        let bad = || codes::BAD_CURSOR.error("This page link is damaged. Start from the first page.");
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let (way, key): (char, K) = serde_json::from_slice(&bytes).map_err(|_| bad())?;
        match way {
            'a' => Ok(Self::After(key)),
            'b' => Ok(Self::Before(key)),
            _ => Err(bad()),
        }
    }
}

fn write<K: Serialize>(way: char, key: &K) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(way, key)).unwrap_or_default())
}

/// Builds the page from up to `limit + 1` rows read in the cursor's direction:
/// forwards for `Start` and `After`, backwards (reversed order) for `Before`.
pub fn build<T, K: Serialize>(
    mut rows: Vec<T>,
    limit: u64,
    cursor: &Cursor<K>,
    key: impl Fn(&T) -> K,
) -> Page<T> {
    let more = rows.len() as u64 > limit;
    rows.truncate(limit as usize);
    let backwards = matches!(cursor, Cursor::Before(_));
    if backwards {
        rows.reverse();
    }
    let has_next = if backwards { true } else { more };
    let has_prev = if backwards { more } else { matches!(cursor, Cursor::After(_)) };
    let next = rows.last().filter(|_| has_next).map(|row| write('a', &key(row)));
    let prev = rows.first().filter(|_| has_prev).map(|row| write('b', &key(row)));
    Page { items: rows, next, prev, total: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads like a service does: one row more than asked, in the cursor's direction.
    fn read(all: &[u32], limit: u64, cursor: &Cursor<u32>) -> Page<u32> {
        let rows: Vec<u32> = match cursor {
            Cursor::Start => all.to_vec(),
            Cursor::After(key) => all.iter().copied().filter(|row| row > key).collect(),
            Cursor::Before(key) => all.iter().rev().copied().filter(|row| row < key).collect(),
        };
        build(rows.into_iter().take(limit as usize + 1).collect(), limit, cursor, |row| *row)
    }

    fn follow(link: &Option<String>) -> Cursor<u32> {
        Cursor::read(&PageQuery { after: link.clone(), limit: None }).unwrap()
    }

    #[test]
    fn pages_lead_forwards_and_back_without_loss() {
        let all: Vec<u32> = (1..=7).collect();
        let first = read(&all, 3, &Cursor::Start);
        assert_eq!((first.items.as_slice(), first.prev.is_none()), (&[1, 2, 3][..], true));
        let second = read(&all, 3, &follow(&first.next));
        let third = read(&all, 3, &follow(&second.next));
        assert_eq!((third.items.as_slice(), third.next.is_none()), (&[7][..], true));
        let back = read(&all, 3, &follow(&third.prev));
        assert_eq!(back.items, second.items);
        let start = read(&all, 3, &follow(&back.prev));
        assert_eq!((start.items.as_slice(), start.prev.is_none()), (&[1, 2, 3][..], true));
    }

    #[test]
    fn a_foreign_cursor_and_a_wild_limit_are_refused() {
        let wrong = PageQuery { after: Some("bm90IG91cnM".to_owned()), limit: None };
        assert!(Cursor::<u32>::read(&wrong).unwrap_err().is(codes::BAD_CURSOR));
        for wild in [0, 101] {
            assert!(limit(&PageQuery { after: None, limit: Some(wild) }).is_err());
        }
    }
}
