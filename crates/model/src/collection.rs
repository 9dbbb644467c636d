//! Collections: how deep they may lie in one another. Loading the chain of parents is the
//! store's, who may move one is decided in `access`.

use crate::id::CollectionId;

/// The levels of collections, the top one included (C46).
pub const MAX_DEPTH: usize = 6;

/// Why a collection can't lie there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NestingError {
    /// It would lie in itself.
    #[error("A collection can't be moved into itself or into one of its own. Choose another.")]
    Cycle,
    /// It, or what is in it, would lie deeper than [`MAX_DEPTH`].
    #[error("Collections can be at most {MAX_DEPTH} levels deep. Choose a place further up.")]
    TooDeep,
}

/// Checks that a collection may lie under `ancestors`: the new parent, its parent, and so on to
/// the top; empty for a place at the top.
///
/// `moved` is `None` for a collection that is being made. `height` counts the levels that come
/// along: 1 for one without subcollections.
pub fn check_nesting(
    moved: Option<CollectionId>,
    height: usize,
    ancestors: &[CollectionId],
) -> Result<(), NestingError> {
    if moved.is_some_and(|id| ancestors.contains(&id)) {
        return Err(NestingError::Cycle);
    }
    if ancestors.len().saturating_add(height) > MAX_DEPTH {
        return Err(NestingError::TooDeep);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> CollectionId {
        CollectionId::from(Uuid::from_u128(number))
    }

    /// C46.
    #[test]
    fn six_levels_fit_and_a_seventh_does_not() {
        let chain: Vec<_> = (1..=6).map(id).collect();
        assert_eq!(check_nesting(None, 1, &chain[..5]), Ok(()));
        assert_eq!(check_nesting(None, 1, &chain), Err(NestingError::TooDeep));
        assert_eq!(check_nesting(None, 1, &[]), Ok(()));
    }

    /// C46: "moving one" is among the vendor's known gaps.
    #[test]
    fn what_comes_along_counts() {
        let chain: Vec<_> = (1..=4).map(id).collect();
        assert_eq!(check_nesting(Some(id(9)), 2, &chain), Ok(()));
        assert_eq!(check_nesting(Some(id(9)), 3, &chain), Err(NestingError::TooDeep));
        assert_eq!(check_nesting(Some(id(9)), usize::MAX, &chain), Err(NestingError::TooDeep));
    }

    #[test]
    fn a_collection_cannot_be_moved_into_itself_or_beneath() {
        assert_eq!(check_nesting(Some(id(1)), 1, &[id(1)]), Err(NestingError::Cycle));
        assert_eq!(check_nesting(Some(id(1)), 2, &[id(2), id(1)]), Err(NestingError::Cycle));
    }

    fn ancestors(parents: &BTreeMap<u128, u128>, from: Option<u128>) -> Vec<u128> {
        std::iter::successors(from, |at| parents.get(at).copied()).take(99).collect()
    }

    proptest! {
        /// However collections are moved about, a forest of at most six levels remains.
        #[test]
        fn checked_moves_keep_a_shallow_forest(
            moves in prop::collection::vec((0..12_u128, prop::option::of(0..12_u128)), 0..60),
        ) {
            let mut parents = BTreeMap::new();
            for (moved, parent) in moves {
                let above: Vec<_> = ancestors(&parents, parent).into_iter().map(id).collect();
                let height = (0..12)
                    .filter_map(|other| {
                        let chain = ancestors(&parents, Some(other));
                        chain.iter().position(|&at| at == moved)
                    })
                    .max()
                    .map_or(1, |deepest| deepest + 1);
                if check_nesting(Some(id(moved)), height, &above).is_ok() {
                    match parent {
                        Some(parent) => parents.insert(moved, parent),
                        None => parents.remove(&moved),
                    };
                }
                for node in 0..12 {
                    prop_assert!(ancestors(&parents, Some(node)).len() <= MAX_DEPTH);
                }
            }
        }
    }
}
