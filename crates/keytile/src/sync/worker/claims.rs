//! What this worker is at: two lanes never work on the same tile or audience. And how much is left of each, as far as any
//! lane has seen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::TileId;
use uuid::Uuid;

/// The tiles and audiences that are being worked on.
#[derive(Default)]
pub(super) struct Claims(Mutex<State>);

#[derive(Default)]
struct State {
    taken: BTreeSet<Uuid>,
    /// Steps that are left after the present one.
    left: BTreeMap<Uuid, usize>,
}

/// One tile or audience is ours until this is dropped, even if the turn is.
pub(super) struct Claim<'a> {
    claims: &'a Claims,
    id: Uuid,
}

impl Claims {
    /// The tile or audience, unless another lane has it.
    pub(super) fn take(&self, id: impl Into<Uuid>) -> Option<Claim<'_>> {
        let id = id.into();
        // Lazily: a claim that is made in vain would let go of the other lane's.
        self.lock().taken.insert(id).then(|| Claim { claims: self, id })
    }

    /// How many steps are left of it; nothing where no lane has seen that.
    pub(super) fn left(&self, id: impl Into<Uuid>) -> Option<usize> {
        self.lock().left.get(&id.into()).copied()
    }

    /// Remembers how much is left of those alone.
    pub(super) fn keep(&self, is_wanted: impl Fn(&Uuid) -> bool) {
        self.lock().left.retain(|id, _| is_wanted(id));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim<'_> {
    /// The tile, where it is one.
    pub(super) fn tile(&self) -> TileId {
        self.id.into()
    }

    /// So many steps are left, without one that is being done.
    pub(super) fn leaves(&self, steps: usize) {
        self.claims.lock().left.insert(self.id, steps);
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.claims.lock().taken.remove(&self.id);
    }
}
