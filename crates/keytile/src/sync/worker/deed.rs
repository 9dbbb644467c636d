//! Doing: a step or a look, with its intent recorded before it is sent and its result recorded at once.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use model::Timestamp;
use portal::plan::{Confirmed, Observed, Pause, plan};
use portal::{AppStatus, Applied, Principal, Step, Ticket, TileRef};

use super::failure::Doing;
use super::look::{Next, Seen};
use super::news::News;
use super::store::{Entry, People, Record};
use super::{Outcome, Stop, Worker, trace};
use crate::sync::audit::{self, Difference, Ours};
use crate::sync::store::Phase;

/// Okta may answer 404 about an app for a while after it was made (security.md 3.3, 6).
const SETTLES_WITHIN: SignedDuration = SignedDuration::from_secs(60);
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// No call takes longer while we are awake: two times as long as one may wait for its answer.
const LONGEST_CALL: SignedDuration = SignedDuration::from_secs(60);

impl<P: portal::Portal> Worker<P> {
    /// Intent, step, result: a crash between any two of them leaves enough to go on from.
    pub(super) async fn do_step(
        &self,
        mut seen: Seen,
        step: Step,
        left: usize,
        ticket: Ticket,
    ) -> Result<Outcome, Stop> {
        seen.set_confirmed(seen.confirmed().before(&step));
        seen.in_flight = Some(step.clone());
        seen.tile.steps_total = seen.tile.steps_done + i64::try_from(left).unwrap_or(i64::MAX);
        let creates = matches!(step, Step::Create { .. });
        if creates {
            seen.tile.phase = Phase::Creating;
            seen.tile.attempt += 1;
            seen.tile.sent_at = Some(self.app.now());
            seen.tile.scanned_at = None;
        }
        if !self.commit_if(seen.clone().record().strictly()).await? {
            // Somebody has changed something since we decided: the next turn decides anew.
            return Ok(Outcome::Did);
        }
        let (app, url) = (seen.app(), seen.desired.url.clone());
        let tile = TileRef { app: app.as_ref(), url: &url };
        let (now_fn, asked_at) = (|| self.app.now(), self.app.now());
        let (result, request) = trace::of(self.portal.apply(ticket, tile, &step, &now_fn)).await;
        if creates {
            seen.tile.sent_at = Some(sent_by(asked_at, now_fn()));
        }
        match result {
            // An inactive app takes nobody either, and a replica may not know an app that another one has just shown: look
            // before anything is believed.
            Err(portal::Error::NotThere) if is_about_people(&step) => {
                self.look_first(seen, &step, request).await
            }
            Ok(Applied::Gone) | Err(portal::Error::NotThere) => {
                Box::pin(self.vanished(seen, &step, asked_at)).await
            }
            Ok(applied) => self.record_done(seen, step, applied, request).await,
            Err(error) => self.fail(seen, Doing::Step(step), error, request).await,
        }
    }

    async fn look_first(
        &self,
        mut seen: Seen,
        step: &Step,
        request_id: Option<String>,
    ) -> Result<Outcome, Stop> {
        seen.in_flight = seen.was_in_flight.take();
        seen.tile.refresh = true;
        let entry = Entry { step: step.to_string(), result: "not there", request_id, detail: None };
        self.commit(seen.record().with_entry(entry)).await?;
        Ok(Outcome::Did)
    }

    async fn record_done(
        &self,
        mut seen: Seen,
        step: Step,
        applied: Applied,
        request: Option<String>,
    ) -> Result<Outcome, Stop> {
        self.answered();
        let now = self.app.now();
        let people = confirm(&mut seen, &step, applied);
        seen.in_flight = None;
        seen.end_silence();
        seen.tile.steps_done += 1;
        let refused = self.refused(seen.tile.id);
        let refused: Vec<&Step> = refused.iter().map(|(step, _)| step).collect();
        let news = seen.is_done(&refused).then(|| seen.settle(now));
        let entry =
            Entry { step: step.to_string(), result: "done", request_id: request, detail: None };
        self.commit(seen.record().with_people(people).with_entry(entry).with_news(news)).await?;
        Ok(Outcome::Did)
    }

    /// Reads the portal itself: the mirror is replaced by what is there.
    pub(super) async fn read(&self, mut seen: Seen) -> Result<Outcome, Stop> {
        let Some(app) = seen.app() else { return Ok(Outcome::Blocked(None)) };
        let (now_fn, asked_at) = (|| self.app.now(), self.app.now());
        let priority = seen.priority();
        let (found, request) = trace::of(async {
            let Some(found) = self.portal.read(&app, priority, &now_fn).await? else {
                return Ok(None);
            };
            let people = self.portal.principals(&app, priority, &now_fn).await?;
            Ok(Some((found, people)))
        })
        .await;
        let (found, people) = match found {
            Ok(Some(found)) => found,
            Ok(None) | Err(portal::Error::NotThere) => {
                return Box::pin(self.vanished(seen, "read the app", asked_at)).await;
            }
            Err(portal::Error::Throttled { until }) => return Ok(Outcome::Blocked(Some(until))),
            Err(error) => return self.fail(seen, Doing::Read, error, request).await,
        };
        self.answered();
        let drift = differences(&seen, &found, &people);
        seen.in_flight = None;
        seen.tile.refresh = false;
        seen.known.is_glance = false;
        seen.end_silence();
        seen.set_mirror(&found);
        seen.show(&mut self.app.db.read().await?, people).await?;
        // What was found tells whether a tile that was paused stays so.
        let was_paused = std::mem::replace(&mut seen.tile.phase, Phase::Live) == Phase::Paused;
        if let Next::Pause(pause) = seen.next(&[]) {
            return self.pause(seen, pause, drift).await;
        }
        seen.set_confirmed(seen.confirmed().seen(found.status));
        if was_paused {
            seen.clear_problem();
        }
        let news = seen.is_done(&[]).then(|| seen.settle(self.app.now()));
        let entry = Entry {
            step: "read the app".into(),
            result: "done",
            request_id: request,
            detail: None,
        };
        let record = seen.record().with_people(People::Replace).with_entry(entry).with_news(news);
        self.commit_unless_decided(record.with_drift(drift), was_paused).await
    }

    /// Looks at the people alone: an audit has seen the rest. What is not as it was is read as a whole.
    pub(super) async fn glance(&self, mut seen: Seen) -> Result<Outcome, Stop> {
        let Some(app) = seen.app() else { return Ok(Outcome::Blocked(None)) };
        let now_fn = || self.app.now();
        let (found, request) = trace::of(self.portal.people(&app, seen.priority(), &now_fn)).await;
        let found = match found {
            Ok(found) => Some(found),
            Err(portal::Error::NotThere) => None,
            Err(portal::Error::Throttled { until }) => return Ok(Outcome::Blocked(Some(until))),
            Err(error) => return self.fail(seen, Doing::Read, error, request).await,
        };
        self.answered();
        seen.known.is_glance = false;
        let is_same = found.is_some_and(|found| is_mirrored(&seen, &found));
        seen.tile.refresh = !is_same;
        let news = match seen.next(&[]) {
            Next::Settle => Some(seen.settle(self.app.now())),
            _ => None,
        };
        let detail = (!is_same).then(|| "they differ, so the whole app is read".into());
        let entry = Entry {
            step: "look at the people".into(),
            result: "done",
            request_id: request,
            detail,
        };
        let was_paused = seen.tile.phase == Phase::Paused;
        let record = seen.record().with_entry(entry).with_news(news);
        self.commit_unless_decided(record, was_paused).await
    }

    /// Of a tile that was paused it is stored unless a person has decided in the meantime: then their decision counts.
    async fn commit_unless_decided(
        &self,
        record: Record,
        was_paused: bool,
    ) -> Result<Outcome, Stop> {
        self.commit_if(if was_paused { record.strictly() } else { record }).await?;
        Ok(Outcome::Did)
    }

    /// The portal, which was asked at `asked_at`, says that there is no such app. We may have slept since.
    async fn vanished(
        &self,
        mut seen: Seen,
        step: impl ToString,
        asked_at: Timestamp,
    ) -> Result<Outcome, Stop> {
        let now = self.app.now();
        let entry =
            Entry { step: step.to_string(), result: "not there", request_id: None, detail: None };
        if seen.tile.sent_at.is_some_and(|sent| asked_at < sent + SETTLES_WITHIN) {
            // A step whose answer was lost stays one: nothing was seen that could tell whether it was done.
            seen.tile.due_at = Some(now + LOOK_AGAIN);
            self.commit(seen.record().with_entry(entry)).await?;
            return Ok(Outcome::Did);
        }
        seen.in_flight = None;
        if let Some(pause) = plan(&seen.desired, &Observed::Gone, seen.confirmed()).pause {
            let drift = vec![Difference::deleted()];
            return self.pause(seen, pause, drift).await;
        }
        seen.forget_app();
        seen.tile.refresh = false;
        seen.set_confirmed(Confirmed::Nothing);
        let news = match seen.next(&[]) {
            Next::Settle => Some(seen.settle(now)),
            _ => None,
        };
        let record = seen.record().with_people(People::Replace).with_entry(entry).with_news(news);
        self.commit(record).await?;
        Ok(Outcome::Did)
    }

    /// Somebody did something in the portal that only a person can judge: the tile waits for its Owner.
    pub(super) async fn pause(
        &self,
        mut seen: Seen,
        pause: Pause,
        mut drift: Vec<Difference>,
    ) -> Result<Outcome, Stop> {
        let (code, sentence, app_is_ours) = match pause {
            Pause::DeletedInPortal => (
                "deleted_in_portal",
                "An Okta admin deleted this app. Extend the account again, or remove it from Okta.",
                false,
            ),
            Pause::DeactivatedInPortal => (
                "deactivated_in_portal",
                "An Okta admin deactivated this app. Extend the account again, or remove it from Okta.",
                true,
            ),
            Pause::ForeignUrl => (
                "foreign_url",
                "The app in Okta leads somewhere else now, so we left it alone. Extend the account again to make a \
                 new one, or remove it from Okta.",
                false,
            ),
        };
        if seen.is_removal() && !app_is_ours {
            // What is there is not ours, and what is ours is not there: nothing is left to remove.
            return self.leave_alone(seen, sentence).await;
        }
        let detail = seen.tile.app_id.clone();
        for difference in &mut drift {
            difference.app.clone_from(&detail);
        }
        // Whoever was told already hears of it again only where they ask.
        let is_told = seen.tile.problem.as_deref() == Some(code) && seen.tile.notify.is_none();
        seen.tile.phase = Phase::Paused;
        seen.tile.problem = Some(code.into());
        seen.tile.problem_detail = Some(sentence.into());
        seen.tile.problem_request_id = None;
        seen.tile.due_at = None;
        seen.tile.refresh = false;
        seen.in_flight = None;
        if !app_is_ours {
            seen.tile.app_id = None;
            seen.forget_mirror();
        }
        let news = (!is_told).then(|| News::of_problem(&seen, Some("tile.paused"), sentence));
        seen.tile.notify = None;
        let entry = Entry { step: pause.to_string(), result: "paused", request_id: None, detail };
        let record = seen.record().with_people(People::Replace).with_entry(entry);
        // A person may have decided in the meantime: then their decision counts.
        self.commit(record.with_news(news).with_drift(drift).strictly()).await?;
        Ok(Outcome::Did)
    }

    async fn leave_alone(&self, mut seen: Seen, sentence: &str) -> Result<Outcome, Stop> {
        let entry = Entry {
            step: "remove the app".into(),
            result: "left alone",
            request_id: None,
            detail: Some(format!(
                "{}: {sentence}",
                seen.tile.app_id.as_deref().unwrap_or_default()
            )),
        };
        seen.forget_app();
        let news = Some(seen.settle(self.app.now()));
        let record = seen.record().with_people(People::Replace).with_entry(entry).with_news(news);
        self.commit(record).await?;
        Ok(Outcome::Did)
    }
}

/// By when a call was sent that was made at `asked_at` and is over `now`. A list lags behind that, and we may have slept: before
/// the call, so that the intent tells nothing of it, or amid it, so that it took longer than any call may.
pub(super) fn sent_by(asked_at: Timestamp, now: Timestamp) -> Timestamp {
    if now.duration_since(asked_at) > LONGEST_CALL { now } else { asked_at }
}

fn is_about_people(step: &Step) -> bool {
    matches!(step, Step::Assign(_) | Step::Unassign(_) | Step::HandOver(_))
}

/// What somebody changed in the portal since our mirror was right; nothing where we have none.
fn differences(seen: &Seen, found: &portal::App, people: &BTreeSet<Principal>) -> Vec<Difference> {
    let Some(Observed::Present(mirror)) = seen.observed() else { return Vec::new() };
    // What a step of ours may have done is nobody else's doing.
    let ours = Ours { mirror: &mirror, desired: &seen.desired, in_flight: seen.in_flight.as_ref() };
    audit::differences(&ours, found, people)
}

/// Whether the people are those whom our mirror knows.
fn is_mirrored(seen: &Seen, found: &portal::People) -> bool {
    let mut has_groups = false;
    let people = seen.people.iter().filter_map(|principal| match principal {
        Principal::Person(id) => Some(id),
        Principal::Group(_) => {
            has_groups = true;
            None
        }
    });
    people.eq(&found.direct) && has_groups == found.has_groups
}

/// Writes down what a step has brought about.
fn confirm(seen: &mut Seen, step: &Step, applied: Applied) -> People {
    seen.set_confirmed(seen.confirmed().after(step));
    match (step, applied) {
        (_, Applied::Created(app)) => {
            seen.set_mirror(&app);
            seen.people.clear();
            seen.tile.phase = Phase::Live;
            seen.tile.refresh = false;
            if app.status == AppStatus::Inactive {
                // Nobody deactivated it: it was made that way.
                seen.set_confirmed(Confirmed::Nothing);
            }
            seen.tile.app_id = Some(app.id.0);
            People::Replace
        }
        (Step::Activate, _) => {
            seen.known.updated_at = None;
            seen.set_status(AppStatus::Active);
            // Okta takes apps from whom it deactivates, and what it does where the app is inactive no page of its says.
            seen.tile.refresh = true;
            seen.known.is_glance = true;
            People::Same
        }
        (Step::Deactivate, _) => {
            seen.known.updated_at = None;
            seen.set_status(AppStatus::Inactive);
            People::Same
        }
        (Step::Update { label, url }, _) => {
            seen.tile.mirror_label = Some(label.clone());
            seen.tile.mirror_url = Some(url.clone());
            seen.known.updated_at = None;
            seen.known.self_service = false;
            People::Same
        }
        (Step::Assign(principal), _) => {
            seen.people.insert(principal.clone());
            People::Add(principal.clone())
        }
        (Step::Unassign(principal), _) => {
            seen.people.remove(principal);
            People::Remove(principal.clone())
        }
        (Step::HandOver(person), _) => {
            let person = portal::Principal::Person(person.clone());
            seen.people.remove(&person);
            People::Remove(person)
        }
        (Step::Logo(_), _) => People::Same,
        (Step::Delete, _) => {
            seen.forget_app();
            People::Replace
        }
        (Step::Search | Step::Create { .. }, _) => {
            // The portal answered with something else than it was asked for: look for ourselves.
            seen.tile.refresh = true;
            People::Same
        }
    }
}
