//! Whoever should not see a tile any more and keeps it all the same, until an admin has decided or because one has (C15).

use portal::plan::Presence;
use portal::{Error, Principal, Step};

use super::super::store;
use super::Seen;
use crate::db::{Result, Tx};
use crate::sync::safety::Removal;
use crate::sync::store::Phase;

impl Seen {
    /// Of those who come by a group that is let go of, some stay until an admin has decided, or because one has. Where
    /// others go, they are assigned one by one before: nobody waits for somebody else's question. So they are where the
    /// group is not ours any more: whoever else comes into it is not to see the tile.
    pub(super) async fn keep_held(&mut self, tx: &mut Tx) -> Result<()> {
        if self.waits.held.is_empty() || self.desired.presence != Presence::Present {
            return Ok(());
        }
        let mut kept = Vec::new();
        for (group, people) in &self.through {
            let stays = self.desired.principals.contains(&Principal::Group(group.clone()));
            let is_held =
                |id: &&String| self.waits.held.contains(&Removal::of_person(self.tile.id, id));
            let (held, others): (Vec<&String>, Vec<&String>) = people.iter().partition(is_held);
            if stays || held.is_empty() {
                continue;
            }
            let Some(id) = store::audience_of_group(tx, self.tile.portal, group).await? else {
                continue;
            };
            let Some(audience) = store::audience(tx, id).await? else { continue };
            // Whoever should not be in the group either is taken out of it, where it may be written to and no other tile keeps
            // them in it. One that is there no more shows nobody anything.
            let is_paused = audience.phase == Phase::Paused;
            let is_foreign = is_paused && audience.mirror_name.is_some();
            let wanted = store::wanted_members(tx, id).await?;
            let kept_there = store::waiting_members(tx, &audience).await?.held;
            let is_stuck =
                |id: &&String| is_paused || wanted.contains(*id) || kept_there.contains(*id);
            if is_foreign || others.iter().any(is_stuck) {
                kept.extend(held.into_iter().cloned().map(Principal::Person));
            }
        }
        self.keeps = !kept.is_empty();
        self.desired.principals.extend(kept);
        Ok(())
    }

    /// Whom the portal does not take by themselves nothing keeps: the others wait for nobody who cannot be assigned.
    pub(in crate::sync::worker) fn let_go_of_refused(&mut self, refused: &[(Step, Error)]) {
        for (step, _) in refused {
            let Step::Assign(Principal::Person(id)) = step else { continue };
            let removal = Removal::of_person(self.tile.id, id);
            if self.waits.held.remove(&removal) {
                self.waits.allowed.insert(removal);
            }
        }
    }
}
