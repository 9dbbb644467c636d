//! Which tiles this worker is at: two lanes never work on the same one.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use model::TileId;

/// The tiles that are being worked on.
#[derive(Default)]
pub(super) struct Claims(Mutex<BTreeSet<TileId>>);

/// One tile is ours until this is dropped, even if the turn is.
pub(super) struct Claim<'a> {
    claims: &'a Claims,
    tile: TileId,
}

impl Claims {
    /// The tile, unless another lane has it.
    pub(super) fn take(&self, tile: TileId) -> Option<Claim<'_>> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Lazily: a claim that is made in vain would let go of the other lane's.
        taken.insert(tile).then(|| Claim { claims: self, tile })
    }
}

impl Claim<'_> {
    pub(super) fn tile(&self) -> TileId {
        self.tile
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.claims.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.tile);
    }
}
