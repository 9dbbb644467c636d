//! Keeping the groups that show tiles to their people: observe, plan, apply and record, as for tiles. A group's name is
//! unique in the portal, so a create whose answer was lost is simply repeated: it finds what it made.

mod deed;
mod failure;
mod look;
mod pool;
mod safety;

use std::collections::BTreeSet;

use jiff::SignedDuration;
use model::AudienceId;
use portal::GroupStep;
use portal::plan::Presence;

use self::failure::{Doing, Saved};
use self::look::Next;
pub(super) use self::look::SeenAudience;
use super::claims::Claim;
use super::look::{self as tile_look, Seen};
use super::store;
use super::{Outcome, Stop, Worker};
use crate::actor::By;
use crate::sync::audience;

/// However its group fares, a tile looks again after this.
pub(super) const LOOKS_AGAIN: SignedDuration = SignedDuration::from_mins(10);

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
        self.forget_decided_members(&mut seen).await?;
        self.note_needed(&mut seen).await?;
        let refused = self.refused_of_audience(id);
        let steps: Vec<&GroupStep> = refused.iter().map(|(step, _)| step).collect();
        match seen.next(&steps) {
            Next::Rest => self.rest_audience(seen.audience).await,
            Next::Settle => {
                seen.settle(now);
                self.memory().refused_groups.remove(&id);
                self.save(seen, Saved { wakes_tiles: true, ..Saved::default() }).await
            }
            Next::Stuck => self.give_up_audience(seen, refused).await,
            Next::Read => self.read_audience(seen).await,
            Next::Pause(pause) => self.pause_audience(seen, pause).await,
            Next::Step(GroupStep::Search) if seen.lists_may_lag(now) => {
                seen.audience.due_at = seen.audience.sent_at.map(|sent| sent + look::LISTS_LAG);
                self.save(seen, Saved::default()).await
            }
            Next::Step(step @ GroupStep::Create { .. }) if seen.pool.is_some() => {
                let prefix = seen.pool.clone().unwrap_or_default();
                self.take_from_pool(seen, &prefix, step).await
            }
            Next::Held => self.rest_held_audience(seen).await,
            Next::Await => {
                seen.audience.due_at = Some(now + LOOKS_AGAIN);
                self.save(seen, Saved { keeps_any: true, ..Saved::default() }).await
            }
            Next::Step(step) => self.take_group_step(seen, step).await,
        }
    }

    /// Nothing is to be done about it, unless somebody decides so meanwhile.
    async fn rest_audience(&self, audience: store::Audience) -> Result<Outcome, Stop> {
        let fence = self.fence();
        self.app
            .db
            .write::<_, Stop, _>(self.row.workspace, move |tx| {
                Box::pin(async move { Ok(store::rest_audience(tx, fence, &audience).await?) })
            })
            .await?;
        Ok(Outcome::Did)
    }

    async fn take_group_step(&self, seen: SeenAudience, step: GroupStep) -> Result<Outcome, Stop> {
        if let GroupStep::RemoveMember(person) = &step
            && let Some(instead) = self.left_with(person, seen.priority()).await?
        {
            return match instead {
                Ok(outcome) => Ok(outcome),
                Err(error) => self.fail_audience(seen, Doing::Step(step), error, None).await,
            };
        }
        if !self.may_take_out(&seen, &step).await? {
            return Ok(Outcome::Did);
        }
        self.reserve_and_do_group_step(seen, step).await
    }

    /// Whoever leaves the group and keeps a tile that is on its way to another one, without having that yet.
    async fn note_needed(&self, seen: &mut SeenAudience) -> Result<(), Stop> {
        let leaving: Vec<&String> = seen.members.difference(&seen.desired.members).collect();
        if leaving.is_empty() {
            return Ok(());
        }
        let id = seen.audience.id;
        let mut tx = self.app.db.read().await?;
        let mut needed = BTreeSet::new();
        for tile in store::tiles_leaving(&mut tx, &seen.audience).await? {
            let Some(tile) = Seen::load(&mut tx, &self.app, tile).await? else { continue };
            // One that is hidden is shown to nobody, and does not move on before it is shown again.
            if tile.desired.presence != Presence::Present {
                continue;
            }
            for person in leaving.iter().filter(|person| tile.viewers.contains(**person)) {
                if !store::is_shown_besides(&mut tx, tile.tile.id, person, id).await? {
                    needed.insert((*person).clone());
                }
            }
        }
        seen.needed = needed;
        Ok(())
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

    /// Does that, where it is what comes next for the tile; nothing otherwise.
    pub(super) async fn put_in_place(&self, claim: &Claim<'_>) -> Result<bool, Stop> {
        let mut tx = self.app.db.read().await?;
        let seen = Seen::load(&mut tx, &self.app, claim.tile()).await?;
        drop(tx);
        let Some(seen) = seen.filter(|seen| matches!(seen.next(&[]), tile_look::Next::Move)) else {
            return Ok(false);
        };
        self.move_to_audience(seen).await?;
        Ok(true)
    }

    /// All that can be done for the tile is done; what is left waits for its group, which wakes it.
    pub(super) async fn await_audience(&self, mut seen: Seen) -> Result<Outcome, Stop> {
        seen.tile.due_at = Some(self.app.now() + LOOKS_AGAIN);
        self.commit(seen.record()).await?;
        Ok(Outcome::Did)
    }

    fn refused_of_audience(&self, id: AudienceId) -> Vec<(GroupStep, portal::Error)> {
        self.memory().refused_groups.get(&id).cloned().unwrap_or_default()
    }
}
