//! Doing: a step about a group, or a look at it, with its result recorded at once.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use model::Timestamp;
use portal::{
    Checked, Error, Group, GroupApplied, GroupConfirmed, GroupId, GroupPause, GroupRef, GroupStep,
    Reserve,
};

use super::failure::{Doing, Saved};
use super::look::SeenAudience;
use super::store::{self, Entry, Members};
use super::{Outcome, Stop, Worker};
use crate::clock::pause_after;
use crate::sync::audience::another_name;
use crate::sync::store::Phase;
use crate::sync::worker::deed::sent_by;
use crate::sync::worker::trace;

/// The portal may answer that there is no such group for a while after it was made.
const SETTLES_WITHIN: SignedDuration = SignedDuration::from_secs(60);
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(5);

/// So often a name is asked for that another group of ours has.
const NAME_IS_AWAITED: i64 = 3;

impl<P: portal::Portal> Worker<P> {
    /// Intent, step, result: a crash between any two of them leaves enough to go on from.
    async fn do_group_step(
        &self,
        mut seen: SeenAudience,
        step: GroupStep,
        ticket: portal::Ticket,
        checked: Option<Checked>,
    ) -> Result<Outcome, Stop> {
        let now_fn = || self.app.now();
        let before = Attempt::of(&seen);
        seen.audience.confirmed = seen.audience.confirmed.before(&step);
        seen.audience.in_flight = Some(step.clone());
        let creates = matches!(step, GroupStep::Create { .. });
        if creates {
            seen.audience.phase = Phase::Creating;
            seen.audience.sent_at = Some(now_fn());
        }
        if !self.save_intent(&seen).await? {
            // A tile needs the group after all: the next turn decides anew.
            return Ok(Outcome::Did);
        }
        let origin = seen.desired.origin.clone();
        let name = seen.audience.name.clone();
        let group = GroupRef { checked: checked.as_ref(), name: &name, origin: &origin };
        let asked_at = now_fn();
        let (result, request) =
            trace::of(self.portal.apply_group(ticket, group, &step, &now_fn)).await;
        if creates {
            seen.audience.sent_at = Some(sent_by(asked_at, now_fn()));
        }
        match result {
            Ok(GroupApplied::Gone) | Err(Error::NotThere) => {
                seen.audience.in_flight = before.in_flight;
                self.record_group_step(seen, step, GroupApplied::Gone, request, asked_at).await
            }
            Ok(applied) => self.record_group_step(seen, step, applied, request, asked_at).await,
            Err(error) => {
                if !error.is_outcome_unknown() {
                    before.restore(&mut seen);
                }
                self.fail_audience(seen, Doing::Step(step), error, request).await
            }
        }
    }

    /// Finds room for the step. What has to be looked at before is looked at first: room that is kept for a step would
    /// stand in the way of its own check while a limit is not known yet.
    pub(super) async fn reserve_and_do_group_step(
        &self,
        seen: SeenAudience,
        step: GroupStep,
    ) -> Result<Outcome, Stop> {
        let asked_at = self.app.now();
        let checked = match self.checked(&seen, &step).await {
            Ok(checked) => checked,
            Err(Error::Throttled { until }) => return Ok(Outcome::Blocked(Some(until))),
            Err(Error::NotThere) => {
                return self
                    .record_group_step(seen, step, GroupApplied::Gone, None, asked_at)
                    .await;
            }
            Err(error) => return self.fail_audience(seen, Doing::Step(step), error, None).await,
        };
        match self.portal.reserve_group(&step, seen.priority(), self.app.now()) {
            Reserve::At(until) => Ok(Outcome::Full { until, left: 1 }),
            Reserve::Now(ticket) => self.do_group_step(seen, step, ticket, checked).await,
        }
    }

    /// The proof that the group was looked at as a whole: from memory, or by looking now (T2).
    async fn checked(
        &self,
        seen: &SeenAudience,
        step: &GroupStep,
    ) -> Result<Option<Checked>, Error> {
        let Some(group) = seen.audience.group_id.as_ref() else { return Ok(None) };
        if matches!(step, GroupStep::Search | GroupStep::Create { .. }) {
            return Ok(None);
        }
        let known = self.memory().checked.get(group).cloned();
        if let Some(known) = known.filter(|known| known.is_good(self.app.now())) {
            return Ok(Some(known));
        }
        let id = GroupId(group.clone());
        let now_fn = || self.app.now();
        let checked =
            self.portal.check_group(&id, &seen.desired.origin, seen.priority(), &now_fn).await?;
        self.memory().checked.insert(group.clone(), checked.clone());
        Ok(Some(checked))
    }

    async fn record_group_step(
        &self,
        mut seen: SeenAudience,
        step: GroupStep,
        applied: GroupApplied,
        request: Option<String>,
        asked_at: Timestamp,
    ) -> Result<Outcome, Stop> {
        self.answered();
        let failures = std::mem::take(&mut seen.audience.failures);
        let unsure = seen.audience.in_flight.take();
        let mut saved = Saved::default();
        let mut result = "done";
        match (&step, applied) {
            (_, GroupApplied::Created { group, checked }) => {
                self.memory().checked.insert(group.id.0.clone(), checked);
                seen.set_mirror(&group);
                saved.members = Members::Replace(BTreeSet::new());
                saved.wakes_tiles = true;
            }
            (_, GroupApplied::Adopted(group)) if self.is_taken(&seen, &group).await? => {
                // Another audience has it, and gives it another name as soon as it can. One that waits for a person may
                // never do so: then this one is called something else.
                seen.audience.phase = Phase::New;
                seen.audience.sent_at = None;
                seen.audience.failures = failures + 1;
                if seen.audience.failures >= NAME_IS_AWAITED {
                    saved.name = Some(another_name(&seen.audience.name));
                }
                let pause = pause_after(seen.audience.failures);
                seen.audience.due_at = Some(self.app.now() + pause);
                saved.entry = Some(entry(&step.to_string(), "name taken", request));
                return self.save(seen, saved).await;
            }
            (_, GroupApplied::Adopted(group)) => {
                seen.adopt(&group);
                saved.wakes_tiles = true;
                result = "adopted";
            }
            (_, GroupApplied::Found(groups)) => match groups.into_iter().next() {
                Some(group) if self.is_taken(&seen, &group).await? => {
                    seen.audience.phase = Phase::New;
                }
                Some(group) => {
                    seen.adopt(&group);
                    result = "adopted";
                }
                None => seen.audience.phase = Phase::New,
            },
            (GroupStep::Delete, GroupApplied::Done | GroupApplied::Gone) => {
                seen.forget_group();
                seen.audience.phase = Phase::New;
                saved.members = Members::Replace(BTreeSet::new());
            }
            (_, GroupApplied::Gone) => {
                // Nothing was seen that could tell whether a step whose answer was lost was done.
                seen.audience.in_flight = unsure;
                return self.group_not_there(seen, step.to_string(), request, asked_at).await;
            }
            (GroupStep::AddMember(person), GroupApplied::Done) => {
                saved.members = Members::Add(person.clone());
            }
            (GroupStep::RemoveMember(person), GroupApplied::Done) => {
                self.took_out(&seen, person).await?;
                saved.members = Members::Remove(person.clone());
            }
            (GroupStep::Rename { name }, GroupApplied::Done) => {
                seen.audience.mirror_name = Some(name.clone());
            }
            (GroupStep::Search | GroupStep::Create { .. }, GroupApplied::Done) => {
                seen.audience.refresh = seen.audience.group_id.is_some();
            }
        }
        if !matches!(step, GroupStep::Search) {
            seen.audience.confirmed = seen.audience.confirmed.after(&step);
        }
        saved.entry = Some(entry(&step.to_string(), result, request));
        self.save(seen, saved).await
    }

    /// Whether the group is that of another audience, which had the same name before.
    async fn is_taken(&self, seen: &SeenAudience, group: &Group) -> Result<bool, Stop> {
        let mut tx = self.app.db.read().await?;
        let owner = store::audience_of_group(&mut tx, self.row.id, &group.id.0).await?;
        Ok(owner.is_some_and(|owner| owner != seen.audience.id))
    }

    /// The portal, which was asked at `asked_at`, says that there is no such group. Of one that was just made it may say so for a
    /// while, and we may have slept since.
    async fn group_not_there(
        &self,
        mut seen: SeenAudience,
        step: String,
        request: Option<String>,
        asked_at: Timestamp,
    ) -> Result<Outcome, Stop> {
        let now = self.app.now();
        if seen.audience.confirmed == GroupConfirmed::Removing {
            // That was us, when no tile needed it.
            seen.forget_group();
            seen.audience.confirmed = GroupConfirmed::Kept;
            seen.audience.phase = Phase::New;
            let entry = Some(entry(&step, "not there", request));
            let members = Members::Replace(BTreeSet::new());
            return self.save(seen, Saved { members, entry, ..Saved::default() }).await;
        }
        if seen.audience.sent_at.is_some_and(|sent| asked_at < sent + SETTLES_WITHIN) {
            seen.audience.due_at = Some(now + LOOK_AGAIN);
            let entry = Some(entry(&step, "not there", request));
            return self.save(seen, Saved { entry, ..Saved::default() }).await;
        }
        self.pause_audience(seen, GroupPause::DeletedInPortal).await
    }

    /// Reads the portal itself: the mirror is replaced by what is there.
    pub(super) async fn read_audience(&self, mut seen: SeenAudience) -> Result<Outcome, Stop> {
        let Some(id) = seen.audience.group_id.clone().map(GroupId) else {
            return Ok(Outcome::Blocked(None));
        };
        let (now_fn, asked_at) = (|| self.app.now(), self.app.now());
        let priority = seen.priority();
        let (found, request) = trace::of(async {
            let Some(group) = self.portal.read_group(&id, priority, &now_fn).await? else {
                return Ok(None);
            };
            let members = self.portal.group_members(&id, priority, &now_fn).await?;
            Ok(Some((group, members)))
        })
        .await;
        match found {
            Ok(Some((group, members))) => {
                self.answered();
                seen.set_mirror(&group);
                seen.audience.confirmed = seen.audience.confirmed.seen();
                seen.audience.in_flight = None;
                seen.audience.refresh = false;
                seen.audience.failures = 0;
                let entry = Some(entry("read the group", "done", request));
                let members = Members::Replace(members);
                self.save(seen, Saved { members, entry, ..Saved::default() }).await
            }
            Ok(None) | Err(Error::NotThere) if !seen.is_wanted() => {
                seen.forget_group();
                seen.audience.confirmed = GroupConfirmed::Kept;
                let entry = Some(entry("read the group", "not there", request));
                let members = Members::Replace(BTreeSet::new());
                self.save(seen, Saved { members, entry, ..Saved::default() }).await
            }
            Ok(None) | Err(Error::NotThere) => {
                self.group_not_there(seen, "read the group".into(), request, asked_at).await
            }
            Err(Error::Throttled { until }) => Ok(Outcome::Blocked(Some(until))),
            Err(error) => self.fail_audience(seen, Doing::Read, error, request).await,
        }
    }

    /// Somebody did something to the group that only a person can judge: it waits, and so do its tiles.
    pub(super) async fn pause_audience(
        &self,
        mut seen: SeenAudience,
        pause: GroupPause,
    ) -> Result<Outcome, Stop> {
        let (code, sentence) = match pause {
            GroupPause::DeletedInPortal => (
                "group_deleted",
                "An Okta admin deleted the group that shows this tile to its people. Extend the account again to make \
                 a new one.",
            ),
            GroupPause::Foreign => (
                "foreign_group",
                "The group that showed this tile to its people no longer says that it is Keytile's, so we left it \
                 alone. Extend the account again to make a new one.",
            ),
        };
        let detail = seen.audience.group_id.clone();
        if pause == GroupPause::DeletedInPortal {
            seen.audience.mirror_name = None;
        }
        seen.audience.phase = Phase::Paused;
        seen.audience.problem = Some(code.into());
        seen.audience.problem_detail = Some(sentence.into());
        seen.audience.problem_request_id = None;
        seen.audience.due_at = None;
        seen.audience.refresh = false;
        seen.audience.in_flight = None;
        let entry =
            Some(Entry { step: pause.to_string(), result: "paused", request_id: None, detail });
        self.save(seen, Saved { entry, wakes_tiles: true, ..Saved::default() }).await
    }
}

/// What is known of the steps that were sent before. Where the portal has done nothing this time, that is all that is known:
/// a step that is repeated may have been done before.
struct Attempt {
    in_flight: Option<GroupStep>,
    phase: Phase,
    sent_at: Option<Timestamp>,
    confirmed: GroupConfirmed,
}

impl Attempt {
    fn of(seen: &SeenAudience) -> Self {
        let audience = &seen.audience;
        Self {
            in_flight: audience.in_flight.clone(),
            phase: audience.phase,
            sent_at: audience.sent_at,
            confirmed: audience.confirmed,
        }
    }

    fn restore(self, seen: &mut SeenAudience) {
        let audience = &mut seen.audience;
        audience.in_flight = self.in_flight;
        audience.phase = self.phase;
        audience.sent_at = self.sent_at;
        audience.confirmed = self.confirmed;
    }
}

fn entry(step: &str, result: &'static str, request_id: Option<String>) -> Entry {
    Entry { step: step.into(), result, request_id, detail: None }
}
