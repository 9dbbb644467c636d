//! Collections in the order in which a tree is written, and the way to each.

use std::collections::BTreeMap;

use model::CollectionId;

use crate::collections::Collection;
use crate::http::router;
use crate::ui::Link;

/// A collection in the tree.
pub struct TreeRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) accounts: i64,
    /// 1 where a nested list begins.
    pub(super) opens: usize,
    /// How many nested lists end after it.
    pub(super) closes: usize,
}

/// The whole tree, depth first. A collection whose parent the person does not reach stands at the top.
pub(super) fn rows(all: &[Collection]) -> Vec<TreeRow> {
    let known = |id: &CollectionId| all.iter().any(|c| c.id == *id);
    let mut beneath: BTreeMap<Option<CollectionId>, Vec<&Collection>> = BTreeMap::new();
    for collection in all {
        beneath.entry(collection.parent.filter(known)).or_default().push(collection);
    }
    let mut order = Vec::with_capacity(all.len());
    walk(&beneath, None, 0, &mut order);
    let depths: Vec<usize> =
        order.iter().map(|(depth, _)| *depth).chain(std::iter::once(0)).collect();
    order
        .iter()
        .zip(depths.windows(2))
        .map(|((_, collection), depth)| TreeRow {
            opens: usize::from(depth[1] > depth[0]),
            closes: depth[0].saturating_sub(depth[1]),
            ..TreeRow::from(*collection)
        })
        .collect()
}

fn walk<'c>(
    beneath: &BTreeMap<Option<CollectionId>, Vec<&'c Collection>>,
    parent: Option<CollectionId>,
    depth: usize,
    order: &mut Vec<(usize, &'c Collection)>,
) {
    for collection in beneath.get(&parent).into_iter().flatten() {
        order.push((depth, *collection));
        walk(beneath, Some(collection.id), depth + 1, order);
    }
}

impl From<&Collection> for TreeRow {
    fn from(collection: &Collection) -> Self {
        Self {
            id: collection.id.to_string(),
            name: collection.name.clone(),
            accounts: collection.accounts,
            opens: 0,
            closes: 0,
        }
    }
}

/// Links to what a collection lies in, the outermost first, as far as the person reaches it.
pub(super) fn path(all: &[Collection], collection: &Collection) -> Vec<Link> {
    let mut path = Vec::new();
    let mut above = collection.parent;
    while let Some(parent) = above.and_then(|id| all.iter().find(|c| c.id == id)) {
        path.push(Link { text: parent.name.clone(), href: router::collection(parent.id) });
        above = parent.parent;
    }
    path.reverse();
    path
}

/// The name of a collection with all that it lies in.
pub(super) fn path_in_words(all: &[Collection], collection: &Collection) -> String {
    let mut names: Vec<_> = path(all, collection).into_iter().map(|link| link.text).collect();
    names.push(collection.name.clone());
    names.join(" › ")
}

#[cfg(test)]
pub(super) fn samples() -> Vec<TreeRow> {
    rows(&tests::collections())
}

#[cfg(test)]
mod tests {
    use model::access::Level;
    use uuid::Uuid;

    use super::*;

    /// Work > (Ads > Search), Social; and one whose parent is hidden.
    pub(super) fn collections() -> Vec<Collection> {
        let collection = |id: u128, name: &str, parent: Option<u128>, depth| Collection {
            id: Uuid::from_u128(id).into(),
            name: name.into(),
            parent: parent.map(|id| Uuid::from_u128(id).into()),
            level: Level::Own,
            accounts: 1,
            depth,
        };
        vec![
            collection(1, "Work", None, 0),
            collection(2, "Ads", Some(1), 1),
            collection(9, "Shared", Some(99), 1),
            collection(3, "Social", Some(1), 1),
            collection(4, "Search", Some(2), 2),
        ]
    }

    #[test]
    fn rows_come_depth_first_and_say_where_lists_begin_and_end() {
        let rows: Vec<_> =
            rows(&collections()).into_iter().map(|r| (r.name, r.opens, r.closes)).collect();
        let row = |name: &str, opens, closes| (name.to_owned(), opens, closes);
        assert_eq!(
            rows,
            [
                row("Work", 1, 0),
                row("Ads", 1, 0),
                row("Search", 0, 1),
                row("Social", 0, 1),
                row("Shared", 0, 0),
            ]
        );
    }

    #[test]
    fn a_path_names_what_the_person_reaches() {
        let all = collections();
        assert_eq!(path_in_words(&all, &all[4]), "Work › Ads › Search");
        assert_eq!(path_in_words(&all, &all[2]), "Shared");
        assert_eq!(path(&all, &all[4]).len(), 2);
    }
}
