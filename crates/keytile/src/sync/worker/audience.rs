//! Keeping the groups that show tiles to their people: observe, plan, apply and record, as for tiles. A group's name is
//! unique in the portal, so a create whose answer was lost is simply repeated: it finds what it made.

mod deed;
mod failure;
mod look;

use jiff::SignedDuration;
use model::{AudienceId, Timestamp};
use portal::{GroupStep, Reserve};

pub(super) use self::look::SeenAudience;

use self::look::Next;
use super::look::Seen;
use super::store::{self, Members};
use super::{Outcome, Stop, Worker};
use crate::actor::By;
use crate::sync::audience;

/// The list of groups may lag behind a create.
const LISTS_LAG: SignedDuration = SignedDuration::from_secs(120);
/// However its group fares, a tile looks again after this.
const LOOKS_AGAIN: SignedDuration = SignedDuration::from_mins(10);

impl<P: portal::Portal> Worker<P> {
    /// Looks at one audience and does what comes next for it.
    pub(super) async fn attend_audience(&self, id: AudienceId) -> Result<Outcome, Stop> {
        let now = self.app.now();
        let mut tx = self.app.db.read().await?;
        let seen = SeenAudience::load(&mut tx, &self.app.config.origin(), id).await?;
        drop(tx);
        let Some(mut seen) = seen else { return Ok(Outcome::Blocked(None)) };
        if seen.audience.due_at.is_none_or(|due| due > now) {
            return Ok(Outcome::Blocked(seen.audience.due_at));
        }
        match seen.next() {
            Next::Rest => {
                seen.audience.due_at = None;
                self.save(seen, Members::Same, None, None).await
            }
            Next::Settle => {
                seen.settle(now);
                self.save(seen, Members::Same, None, None).await
            }
            Next::Read => self.read_audience(seen).await,
            Next::Pause(pause) => self.pause_audience(seen, pause).await,
            Next::Step(GroupStep::Search) if self.is_too_early(&seen, now) => {
                seen.audience.due_at = seen.audience.sent_at.map(|sent| sent + LISTS_LAG);
                self.save(seen, Members::Same, None, None).await
            }
            Next::Step(step) => match self.portal.reserve_group(&step, seen.priority(), now) {
                Reserve::At(until) => Ok(Outcome::Blocked(Some(until))),
                Reserve::Now(ticket) => self.do_group_step(seen, step, ticket).await,
            },
        }
    }

    fn is_too_early(&self, seen: &SeenAudience, now: Timestamp) -> bool {
        seen.audience.sent_at.is_some_and(|sent| now < sent + LISTS_LAG)
    }

    /// The tile's people come another way than its row says: puts it where it belongs, and looks again.
    pub(super) async fn move_to_audience(&self, seen: Seen) -> Result<Outcome, Stop> {
        let mut by = By::process(&self.app, self.row.workspace, "system");
        let (tile, in_groups) = (seen.tile, seen.in_groups);
        let change = self.app.db.write(self.row.workspace, move |tx| {
            Box::pin(async move {
                audience::join(tx, &mut by, &tile, in_groups).await?;
                tx.signal(by.workspace);
                Ok::<_, Stop>(())
            })
        });
        change.await?;
        Ok(Outcome::Did)
    }

    /// All that can be done for the tile is done; what is left waits for its group, which wakes it.
    pub(super) async fn await_audience(&self, mut seen: Seen) -> Result<Outcome, Stop> {
        seen.tile.due_at = Some(self.app.now() + LOOKS_AGAIN);
        self.commit(seen.record()).await?;
        Ok(Outcome::Did)
    }

    fn fence(&self) -> store::Fence {
        store::Fence { portal: self.row.id, fence: self.lease.fence() }
    }
}
