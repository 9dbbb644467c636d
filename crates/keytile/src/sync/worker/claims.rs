//! What this worker is at: two lanes never work on the same tile or audience.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use model::TileId;
use uuid::Uuid;

/// The tiles and audiences that are being worked on.
#[derive(Default)]
pub(super) struct Claims(Mutex<BTreeSet<Uuid>>);

/// One tile or audience is ours until this is dropped, even if the turn is.
pub(super) struct Claim<'a> {
    claims: &'a Claims,
    id: Uuid,
}

impl Claims {
    /// The tile or audience, unless another lane has it.
    pub(super) fn take(&self, id: impl Into<Uuid>) -> Option<Claim<'_>> {
        let id = id.into();
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Lazily: a claim that is made in vain would let go of the other lane's.
        taken.insert(id).then(|| Claim { claims: self, id })
    }
}

impl Claim<'_> {
    /// The tile, where it is one.
    pub(super) fn tile(&self) -> TileId {
        self.id.into()
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.claims.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
