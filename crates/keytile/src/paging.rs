//! Lists, a page at a time: which part is wanted, and where the next one begins. A page costs the same at whatever
//! depth, and one that is added or goes meanwhile neither repeats nor hides another.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The most that one page holds.
pub const LARGEST: usize = 200;

/// So many rows tell a page of `limit` and whether there is another.
pub fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

/// Where a page ends: the next one begins after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<I> {
    /// How its last item is sorted.
    pub key: String,
    /// Its last item.
    pub id: I,
}

/// The part of a list that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted<I> {
    /// A part of the name, or of what else is searched; empty for all.
    pub search: String,
    /// The end of the page before.
    pub after: Option<Cursor<I>>,
    /// How many.
    pub limit: usize,
}

/// A page, and the cursor of the next as the caller passes it on; `None` on the last.
#[derive(Debug)]
pub struct Part<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins.
    pub next: Option<String>,
}

impl<I: FromStr> Wanted<I> {
    /// The first page of what is found.
    pub fn first(search: &str, limit: usize) -> Self {
        Self { search: search.trim().to_owned(), after: None, limit }
    }

    /// The page after the cursor `after`; the first one where it is none of ours.
    pub fn after(search: &str, after: &str, limit: usize) -> Self {
        let after = decode_cursor(after).map(|(key, id)| Cursor { key, id });
        Self { after, ..Self::first(search, limit) }
    }
}

impl<T> Part<T> {
    /// Cuts what was read to `limit`; one more that was read tells that there is another page.
    pub fn cut<I: Display>(items: Vec<T>, limit: usize, end: impl Fn(&T) -> Cursor<I>) -> Self {
        Self::cut_after(items, limit, |last| {
            let cursor = end(last);
            encode_cursor(&cursor.key, cursor.id)
        })
    }

    /// The same for a list that has a cursor of its own, such as the id of its last item.
    pub fn cut_after(mut items: Vec<T>, limit: usize, next: impl Fn(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(next);
        Self { items, next }
    }

    /// Cuts a list that is whole in memory, in the order of its keys and ids.
    pub fn of_whole<I: Display + Ord>(
        mut items: Vec<T>,
        wanted: &Wanted<I>,
        end: impl Fn(&T) -> Cursor<I>,
    ) -> Self {
        let place = |item: &T| {
            let Cursor { key, id } = end(item);
            (key, id)
        };
        items.sort_by_cached_key(&place);
        if let Some(Cursor { key, id }) = &wanted.after {
            items.retain(|item| {
                let (own_key, own_id) = place(item);
                (&own_key, &own_id) > (key, id)
            });
        }
        Self::cut(items, wanted.limit, end)
    }
}

/// A cursor as the caller passes it on: opaque.
pub fn encode_cursor(key: &str, id: impl Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("{id}\n{key}"))
}

/// The key and the id of a cursor that [`encode_cursor`] made.
pub fn decode_cursor<I: FromStr>(cursor: &str) -> Option<(String, I)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (id, key) = text.split_once('\n')?;
    Some((key.to_string(), id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(item: &(&str, u32)) -> Cursor<u32> {
        Cursor { key: item.0.into(), id: item.1 }
    }

    #[test]
    fn pages_hold_everything_once_also_where_keys_are_alike() {
        let whole = || vec![("b", 4), ("a", 2), ("b", 3), ("c\nd", 1), ("a", 5)];
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let part = Part::of_whole(whole(), &Wanted::after("", &after, 2), end);
            seen.extend(part.items);
            let Some(next) = part.next else { break };
            after = next;
        }
        assert_eq!(seen, [("a", 2), ("a", 5), ("b", 3), ("b", 4), ("c\nd", 1)]);
    }

    #[test]
    fn a_cursor_of_somebody_else_begins_at_the_beginning() {
        assert!(Wanted::<u32>::after("", "nonsense", 2).after.is_none());
        assert!(Wanted::<u32>::after("", &encode_cursor("a", 7), 2).after.is_some());
    }
}
