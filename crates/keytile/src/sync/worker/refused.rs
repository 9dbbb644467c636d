//! What the portal refused in this run: the rest of the tile goes on without it, and it is tried again later.

use model::TileId;
use portal::Step;

use super::failure::Doing;
use super::look::Seen;
use super::{Outcome, Stop, Worker};

impl<P: portal::Portal> Worker<P> {
    /// All that the portal would take is done; what it refused stays visible and is tried again later.
    pub(super) async fn give_up(
        &self,
        mut seen: Seen,
        refused: Vec<(Step, portal::Error)>,
    ) -> Result<Outcome, Stop> {
        if seen.tile.app_id.is_some() && self.wants_check(seen.tile.id) {
            seen.tile.refresh = true;
            self.commit(seen.record()).await?;
            return Ok(Outcome::Did);
        }
        self.memory().refused.remove(&seen.tile.id);
        let Some((step, error)) = refused.into_iter().next() else {
            return Ok(Outcome::Blocked(None));
        };
        self.fail(seen, Doing::GivenUp(step), error, None).await
    }
}

impl<P> Worker<P> {
    /// Once for each run: what we believe of the portal may be why it refuses.
    fn wants_check(&self, tile: TileId) -> bool {
        let mut memory = self.memory();
        let refusals = memory.refused.entry(tile).or_default();
        refusals.steps.clear();
        !std::mem::replace(&mut refusals.is_checked, true)
    }

    pub(super) fn refused(&self, tile: TileId) -> Vec<(Step, portal::Error)> {
        self.memory().refused.get(&tile).map(|r| r.steps.clone()).unwrap_or_default()
    }
}
