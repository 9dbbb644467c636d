//! What processes take away from many at once, and what admins decide about it (T3, C15).

use keytile::sync::safety::{self, Decision};
use keytile::{members, teams};
use rand::Rng as _;

use crate::model::{Id, Presence};
use crate::world::{OWNER, World};

impl World {
    /// A group push with nobody in it.
    pub(super) async fn push_out(&mut self, team: Id) {
        if !self.model.teams[team].exists {
            return;
        }
        let people: Vec<Id> = self.model.teams[team].people.iter().copied().collect();
        let (id, leaving) = (self.ids.teams[team], self.members(&people));
        let answer = self.write("scim", move |tx, by| {
            Box::pin(async move {
                for member in leaving {
                    teams::leave(tx, by, id, member).await?;
                }
                Ok(())
            })
        });
        let answer = answer.await;
        let records = vec!["team.member_removed"; people.len()];
        if self.judged(true, answer, &records).await.is_some() {
            self.model.teams[team].people.clear();
            // Also who should see nothing just now: if they should again, it is the push that took it.
            for person in people {
                self.note_touched(self.model.people[person].external.clone());
            }
        }
    }

    /// A directory removes everybody but the Owner by mistake; the org itself knows nothing of it.
    pub(super) async fn exodus(&mut self) {
        let is_here = |person: &Id| self.model.people[*person].presence != Presence::Removed;
        let people: Vec<Id> = (1..self.model.people.len()).filter(is_here).collect();
        let leaving = self.members(&people);
        let answer = self.write("scim", move |tx, by| {
            Box::pin(async move {
                for member in leaving {
                    members::deactivate(tx, by, member).await?;
                }
                Ok(())
            })
        });
        let answer = answer.await;
        let records = vec!["member.removed"; people.len()];
        if self.judged(true, answer, &records).await.is_some() {
            for person in people {
                self.model.leave(person);
                // Leavers are counted as people, also of what a push has taken from them before.
                self.asked_about(person);
                self.note_touched(self.model.people[person].external.clone());
            }
        }
    }

    /// The Owner decides about what waits.
    pub(super) async fn decide_stop(&mut self, approve: bool) {
        let owner = self.actor(OWNER);
        let stops = safety::list(&self.app, &owner).await.expect("the Owner may see them");
        let Some(open) = stops.into_iter().find(|stop| stop.decision.is_none()) else { return };
        let question = safety::find(&self.app, &owner, open.id).await.expect("it is there");
        if question.items.is_empty() {
            return;
        }
        let decision = if approve { Decision::Approve } else { Decision::Dismiss };
        let seen = question.fingerprint();
        let answer = safety::decide(&self.app, &owner, open.id, decision, seen).await;
        let record = if approve { "safety_stop.approved" } else { "safety_stop.dismissed" };
        if self.judged(true, answer, &[record]).await.is_some() && approve {
            let accounts = |account: Id| self.ids.accounts[account];
            let asked: Vec<(Id, String)> = question
                .items
                .iter()
                .filter_map(|item| {
                    let account = item.account?;
                    let account =
                        (0..self.ids.accounts.len()).find(|id| accounts(*id) == account)?;
                    Some((account, item.external_id.clone()))
                })
                .collect();
            self.note_asked(|account, person| {
                asked.iter().any(|(it, who)| *it == account && who == person)
            });
        }
    }

    /// Decides about the question that is open, and tells whether there was one.
    pub(crate) async fn decide_open_stop(&mut self) -> bool {
        let query = "SELECT id FROM safety_stop WHERE decided_at IS NULL";
        if self.stage.is_broken() || self.load(query).await.is_empty() {
            return false;
        }
        let approve = self.rng.random();
        self.stage.note(format_args!("the Owner decides what waits: {approve}"));
        self.decide_stop(approve).await;
        true
    }

    fn members(&self, people: &[Id]) -> Vec<::model::MemberId> {
        people.iter().map(|person| self.ids.people[*person]).collect()
    }
}
