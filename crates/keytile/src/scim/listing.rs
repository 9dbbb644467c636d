//! Lists of resources, whatever their kind: filtered, in an order, a page at a time, by index or by cursor.

use std::future::Future;

use scim::{Query, SortKey, filter};
use serde_json::Value;

use super::Result;
use crate::db::Tx;

/// How many resources are looked at before others get their turn.
const BATCH: u64 = 500;

/// All resources of a kind, in the order in which they came.
pub trait Shelf {
    /// The next resources after a place, at most so many, each with its place; an empty list is the end. Places begin
    /// above 0.
    fn after(
        &self,
        tx: &mut Tx,
        place: u128,
        most: u64,
    ) -> impl Future<Output = Result<Vec<(u128, Value)>>> + Send;
}

/// A page of what a query asks for.
pub struct Found {
    /// The length of the whole list, where it is known.
    pub total: Option<u64>,
    /// After which place the next page begins, where there is one and it was asked for by cursor.
    pub next: Option<u128>,
    /// The resources, whole.
    pub resources: Vec<Value>,
}

/// Goes through all of a shelf. `from` is the place that a cursor tells.
pub async fn search(
    tx: &mut Tx,
    shelf: &impl Shelf,
    query: &Query,
    from: Option<u128>,
) -> Result<Found> {
    if query.sort.is_some() {
        return sorted(tx, shelf, query, from).await;
    }
    let (mut at, mut total, mut next) = (from.unwrap_or(0), 0, None);
    let mut resources = Vec::new();
    loop {
        let batch = shelf.after(tx, at, BATCH).await?;
        if batch.is_empty() {
            let total = from.is_none().then_some(total);
            return Ok(Found { total, next: None, resources });
        }
        for (place, resource) in batch {
            at = place;
            if !is_wanted(query, &resource) {
                continue;
            }
            let is_full = resources.len() as u64 >= query.page.count;
            if from.is_some() && is_full {
                return Ok(Found { total: None, next, resources });
            }
            if total >= query.page.offset() && !is_full {
                resources.push(resource);
                next = from.is_some().then_some(place);
            }
            total += 1;
        }
        tokio::task::yield_now().await;
    }
}

/// A page of few resources, such as an index finds.
pub fn pick(candidates: Vec<Value>, query: &Query, from: Option<u128>) -> Found {
    let mut wanted: Vec<_> =
        candidates.into_iter().filter(|resource| is_wanted(query, resource)).collect();
    if let Some(sort) = &query.sort {
        wanted.sort_by(|one, other| sort.compare(&sort.key(one), &sort.key(other)));
    }
    let total = wanted.len() as u64;
    let (start, end, next) = window(total, query, from);
    let resources = wanted.into_iter().take(end).skip(start).collect();
    Found { total: Some(total), next, resources }
}

/// From where to where a page goes, of so many, and after which of them the next begins.
pub fn window(total: u64, query: &Query, from: Option<u128>) -> (usize, usize, Option<u128>) {
    // In an order that the client chose, a cursor's place is an index.
    let from_index = from.map(|place| u64::try_from(place).unwrap_or(u64::MAX));
    let start = from_index.unwrap_or_else(|| query.page.offset()).min(total);
    let end = start.saturating_add(query.page.count).min(total);
    let next = (from.is_some() && end < total && query.page.count > 0).then_some(u128::from(end));
    let place = |number| usize::try_from(number).unwrap_or(usize::MAX);
    (place(start), place(end), next)
}

/// Remembers what each is sorted by, and loads the few that are shown.
async fn sorted(
    tx: &mut Tx,
    shelf: &impl Shelf,
    query: &Query,
    from: Option<u128>,
) -> Result<Found> {
    let sort = query.sort.as_ref().expect("the caller has seen the order");
    let mut keys: Vec<(SortKey, u128)> = Vec::new();
    let mut at = 0;
    loop {
        let batch = shelf.after(tx, at, BATCH).await?;
        if batch.is_empty() {
            break;
        }
        for (place, resource) in batch {
            at = place;
            if is_wanted(query, &resource) {
                keys.push((sort.key(&resource), place));
            }
        }
        tokio::task::yield_now().await;
    }
    keys.sort_by(|(one, _), (other, _)| sort.compare(one, other));
    let total = keys.len() as u64;
    let (start, end, next) = window(total, query, from);
    let mut resources = Vec::with_capacity(end - start);
    for (_, place) in &keys[start..end] {
        let found = shelf.after(tx, place - 1, 1).await?;
        // Whoever has gone since is not replaced by the next.
        let same = found.into_iter().filter(|(found, _)| found == place);
        resources.extend(same.map(|(_, resource)| resource));
    }
    Ok(Found { total: Some(total), next, resources })
}

fn is_wanted(query: &Query, resource: &Value) -> bool {
    query.filter.as_ref().is_none_or(|wanted| filter::matches(wanted, resource))
}
