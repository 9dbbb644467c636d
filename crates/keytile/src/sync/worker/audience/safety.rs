//! The safety stop for groups: whoever is taken out of one loses every tile that it shows (T3, C15).

use model::AudienceId;
use portal::{GroupStep, Principal};

use super::failure::Saved;
use super::look::SeenAudience;
use super::store;
use super::{Outcome, Stop, Worker};
use crate::sync::safety::Removal;
use crate::sync::safety::store::{self as safety, Held};
use crate::sync::safety::why::Why;
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
        let tiles = store::tiles_of(&mut tx, seen.audience.id).await?;
        let (mut causes, mut held) = (Vec::new(), Vec::new());
        for shown in tiles {
            let removal = Removal::of_person(shown.tile, person);
            let waits = safety::waits(&mut tx, &removal.subject).await?;
            if waits.allowed.contains(&removal)
                || !self.loses(&mut tx, shown.tile, &removal).await?
            {
                continue;
            }
            let workspace = self.row.workspace;
            let why = cause_of_person(&mut tx, workspace, shown.account, person).await?;
            causes.push((removal.clone(), why));
            held.push((Held { removal, tile: Some(shown.tile), label: shown.label }, why));
        }
        let verdict = self.weigh(&mut tx, causes).await?;
        drop(tx);
        match verdict {
            Verdict::Go => Ok(true),
            Verdict::Counted(removals) => self.count(removals).await.map(|()| true),
            Verdict::Hold(why) => {
                let held = held.into_iter().filter(|(_, cause)| *cause != Why::Asked);
                self.hold(held.map(|(held, _)| held).collect(), why).await?;
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
        self.save(seen, Saved::default()).await
    }

    /// Whoever is wanted in the group again needs no decision.
    pub(super) async fn forget_decided_members(&self, seen: &mut SeenAudience) -> Result<(), Stop> {
        if seen.held.is_empty() || seen.audience.refresh {
            return Ok(());
        }
        let wanted = &seen.desired.members;
        let (over, held) = std::mem::take(&mut seen.held)
            .into_iter()
            .partition(|person| wanted.contains(person) || !seen.members.contains(person));
        seen.held = held;
        let over: std::collections::BTreeSet<String> = over;
        for person in over {
            self.end_items(seen.audience.id, person).await?;
        }
        Ok(())
    }

    /// The portal has taken the person out.
    pub(super) async fn took_out(&self, seen: &SeenAudience, person: &str) -> Result<(), Stop> {
        let tiles = store::tiles_of(&mut self.app.db.read().await?, seen.audience.id).await?;
        for shown in tiles {
            let gone = People::Remove(Principal::Person(person.to_owned()));
            self.forget_pending(shown.tile, &gone);
        }
        self.end_items(seen.audience.id, person.to_owned()).await
    }

    async fn end_items(&self, id: AudienceId, person: String) -> Result<(), Stop> {
        let (now, fence) = (self.app.now(), self.fence());
        let change = self.app.db.write::<_, Stop, _>(self.row.workspace, move |tx| {
            Box::pin(async move {
                prove(tx, fence).await?;
                Ok(store::end_member_items(tx, id, &person, now).await?)
            })
        });
        change.await
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
