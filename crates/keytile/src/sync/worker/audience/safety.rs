//! The safety stop for groups: whoever is taken out of one loses every tile that it shows (T3, C15).

use portal::{GroupStep, Principal};

use super::failure::Saved;
use super::look::SeenAudience;
use super::store;
use super::{Outcome, Stop, Worker};
use crate::sync::safety::Removal;
use crate::sync::safety::store::{self as safety, Held};
use crate::sync::worker::safety::{Verdict, cause_of_person};
use crate::sync::worker::store::{People, prove};

impl<P: portal::Portal> Worker<P> {
    /// Whether the step may be taken now; where not, an admin is asked.
    pub(super) async fn may_take_out(
        &self,
        seen: &SeenAudience,
        step: &GroupStep,
    ) -> Result<bool, Stop> {
        let GroupStep::RemoveMember(person) = step else { return Ok(true) };
        let mut tx = self.app.db.read().await?;
        let tiles = store::tiles_of(&mut tx, &seen.audience).await?;
        let (mut causes, mut held) = (Vec::new(), Vec::new());
        for shown in tiles {
            let removal = Removal::of_person(shown.tile, person);
            let waits = safety::waits(&mut tx, &removal.subject).await?;
            if waits.allowed.contains(&removal)
                || store::is_shown_besides(&mut tx, shown.tile, person, seen.audience.id).await?
                || !self.loses(&mut tx, shown.tile, &removal).await?
            {
                continue;
            }
            let workspace = self.row.workspace;
            let why = cause_of_person(&mut tx, workspace, shown.account, person).await?;
            causes.push((removal.clone(), why));
            held.push(Held { removal, tile: Some(shown.tile), label: shown.label });
        }
        let verdict = self.weigh(&mut tx, causes).await?;
        drop(tx);
        match verdict {
            Verdict::Go => Ok(true),
            Verdict::Counted(removals) => self.count(removals).await.map(|()| true),
            Verdict::Hold(why, removals) => {
                held.retain(|held| removals.contains(&held.removal));
                self.hold(held, why).await?;
                Ok(false)
            }
        }
    }

    /// Everything else of the group is done.
    pub(super) async fn rest_held_audience(&self, mut seen: SeenAudience) -> Result<Outcome, Stop> {
        let audience = &mut seen.audience;
        audience.problem = Some("safety_stop".into());
        audience.problem_detail =
            Some("Somebody is to be taken out, and that waits for an admin (safety stop).".into());
        audience.problem_request_id = None;
        audience.due_at = None;
        audience.failures = 0;
        self.save(seen, Saved { wakes_tiles: true, keeps_any: true, ..Saved::default() }).await
    }

    /// Whoever is wanted in the group again needs no decision, and neither does who has left it without us.
    pub(super) async fn forget_decided_members(&self, seen: &mut SeenAudience) -> Result<(), Stop> {
        if seen.waiting.is_empty() || seen.audience.refresh {
            return Ok(());
        }
        let (wanted, members) = (&seen.desired.members, &seen.members);
        let over = |person: &&String| wanted.contains(*person) || !members.contains(*person);
        let over: Vec<(String, bool)> =
            seen.waiting.iter().filter(over).map(|it| (it.clone(), wanted.contains(it))).collect();
        if over.is_empty() {
            return Ok(());
        }
        for (person, _) in &over {
            seen.held.remove(person);
        }
        let (id, now, fence) = (seen.audience.id, self.app.now(), self.fence());
        let change = self.app.db.write::<_, Stop, _>(self.row.workspace, move |tx| {
            Box::pin(async move {
                prove(tx, fence).await?;
                for (person, is_wanted) in &over {
                    if *is_wanted {
                        safety::end_wanted_of(tx, id, person, now).await?;
                    } else {
                        safety::end_unseen_of(tx, id, person, now).await?;
                    }
                }
                Ok(())
            })
        });
        change.await
    }

    /// The portal has taken the person out: what its tiles are about to lose is less, but for what shows them something
    /// besides.
    pub(super) async fn took_out(&self, seen: &SeenAudience, person: &str) -> Result<(), Stop> {
        let id = seen.audience.id;
        let mut tx = self.app.db.read().await?;
        for shown in store::tiles_of(&mut tx, &seen.audience).await? {
            if !store::is_shown_besides(&mut tx, shown.tile, person, id).await? {
                let gone = People::Remove(Principal::Person(person.to_owned()));
                self.forget_pending(shown.tile, &gone);
            }
        }
        Ok(())
    }

    async fn count(&self, removals: Vec<Removal>) -> Result<(), Stop> {
        let (id, workspace, fence) = (self.row.id, self.row.workspace, self.fence());
        let now = self.app.now();
        let change = self.app.db.write::<_, Stop, _>(workspace, move |tx| {
            Box::pin(async move {
                prove(tx, fence).await?;
                for removal in &removals {
                    safety::count(tx, workspace, id, removal, now).await?;
                }
                Ok(())
            })
        });
        change.await
    }
}
