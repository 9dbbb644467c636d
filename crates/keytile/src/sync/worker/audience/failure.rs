//! Keeping what happened to an audience, and deciding about the next try after a failure.

use model::ActivityId;
use portal::{Error, GroupStep, Misconfigured};

use super::look::SeenAudience;
use super::store::{self, Entry, Members};
use super::{Outcome, Stop, Worker};
use crate::actor::By;
use crate::clock::pause_after;
use crate::settings::refusal::{self, Refusal};
use crate::sync::mark_returned;
use crate::sync::safety::store as safety;
use crate::sync::store::Phase;
use crate::sync::worker::failure::{ASK_AGAIN, SHOWN_AFTER, SILENT, result_word};

/// What is stored together with the row of an audience.
pub(super) struct Saved {
    pub(super) members: Members,
    pub(super) entry: Option<Entry>,
    /// The connection must be put right by an admin (C6).
    pub(super) trouble: Option<Refusal>,
    /// The tiles that wait for the group have something to do now.
    pub(super) wakes_tiles: bool,
    /// Somebody stays in the group who should not be there, for the sake of some of its tiles alone.
    pub(super) keeps_any: bool,
    /// Its group is to have another name.
    pub(super) name: Option<String>,
}

impl Default for Saved {
    fn default() -> Self {
        Self {
            members: Members::Same,
            entry: None,
            trouble: None,
            wakes_tiles: false,
            keeps_any: false,
            name: None,
        }
    }
}

/// What we were at.
pub(super) enum Doing {
    Step(GroupStep),
    /// All other steps are done, and this one was refused.
    GivenUp(GroupStep),
    Read,
}

impl Doing {
    fn text(&self) -> String {
        match self {
            Self::Step(step) | Self::GivenUp(step) => step.to_string(),
            Self::Read => "read the group".into(),
        }
    }
}

impl<P: portal::Portal> Worker<P> {
    pub(super) async fn fail_audience(
        &self,
        mut seen: SeenAudience,
        doing: Doing,
        error: Error,
        request: Option<String>,
    ) -> Result<Outcome, Stop> {
        let now = self.app.now();
        let id = seen.audience.id;
        let request_id = error.request_id().map(String::from).or(request);
        let mut saved = Saved::default();
        let problem = match &error {
            Error::Throttled { until } => {
                seen.audience.due_at = Some(*until);
                None
            }
            Error::Misconfigured { what: Misconfigured::NotOkta, .. } if self.is_elsewhere() => {
                saved.trouble = Some(self.refusal(&error).await);
                None
            }
            Error::Unavailable { .. }
            | Error::Misconfigured { what: Misconfigured::NotOkta, .. } => {
                seen.audience.failures += 1;
                seen.audience.due_at = Some(now + pause_after(seen.audience.failures));
                self.had_no_answer(id.uuid(), now);
                (seen.audience.failures >= SHOWN_AFTER).then_some(SILENT)
            }
            Error::ForeignGroup { .. } | Error::Foreign { .. } => {
                seen.audience.phase = Phase::Paused;
                seen.audience.due_at = None;
                saved.wakes_tiles = true;
                Some("foreign_group")
            }
            Error::NotThere => {
                seen.audience.due_at = Some(now + pause_after(1));
                None
            }
            Error::Refused { .. } | Error::InstanceCap => match &doing {
                // The rest of the group goes on without it.
                Doing::Step(step) => {
                    let refused = (step.clone(), error.clone());
                    self.memory().refused_groups.entry(id).or_default().push(refused);
                    None
                }
                Doing::GivenUp(_) | Doing::Read => {
                    seen.audience.due_at = Some(now + ASK_AGAIN);
                    saved.wakes_tiles = true;
                    Some("refused")
                }
            },
            Error::Misconfigured { .. } => {
                saved.trouble = Some(self.refusal(&error).await);
                None
            }
        };
        if let Some(code) = problem {
            seen.audience.problem = Some(code.into());
            seen.audience.problem_detail = Some(error.to_string());
            seen.audience.problem_request_id.clone_from(&request_id);
        }
        let result = result_word(&error);
        tracing::warn!(audience.id = %id, %error, result, "audience {id} did not go on");
        let is_halt = saved.trouble.is_some();
        self.memory().is_halted |= is_halt;
        let detail = error.detail().map(String::from);
        saved.entry = Some(Entry { step: doing.text(), result, request_id, detail });
        let outcome = self.save(seen, saved).await?;
        Ok(if is_halt { Outcome::Halted } else { outcome })
    }

    /// All that the portal would take is done; what it refused stays visible and is tried again later.
    pub(super) async fn give_up_audience(
        &self,
        seen: SeenAudience,
        refused: Vec<(GroupStep, Error)>,
    ) -> Result<Outcome, Stop> {
        self.memory().refused_groups.remove(&seen.audience.id);
        let Some((step, error)) = refused.into_iter().next() else {
            return Ok(Outcome::Blocked(None));
        };
        self.fail_audience(seen, Doing::GivenUp(step), error, None).await
    }

    /// The intent, before a step is sent. Answers false where a tile needs the group that was about to be deleted, or
    /// somebody in it who was about to be taken out.
    pub(super) async fn save_intent(&self, seen: &SeenAudience) -> Result<bool, Stop> {
        let (audience, fence) = (seen.audience.clone(), self.fence());
        let change = self.app.db.write(self.row.workspace, move |tx| {
            Box::pin(async move {
                let is_needed = match &audience.in_flight {
                    Some(GroupStep::Delete) => store::is_needed(tx, &audience).await?,
                    Some(GroupStep::RemoveMember(person)) => {
                        store::is_needed(tx, &audience).await?
                            && store::wanted_members(tx, audience.id).await?.contains(person)
                    }
                    _ => false,
                };
                if is_needed {
                    return Ok(false);
                }
                let saved = store::save_audience(tx, fence, &audience, &Members::Same).await?;
                if saved { Ok(true) } else { Err(Stop::Lost) }
            })
        });
        change.await
    }

    /// Row, members, timeline and whoever waits, in one transaction.
    pub(super) async fn save(&self, seen: SeenAudience, saved: Saved) -> Result<Outcome, Stop> {
        let (audience, fence) = (seen.audience, self.fence());
        let are_other_members = matches!(saved.members, Members::Replace(_));
        let mut by = By::process(&self.app, self.row.workspace, "system");
        let change = self.app.db.write(self.row.workspace, move |tx| {
            Box::pin(async move {
                if let Members::Add(person) = &saved.members {
                    mark_returned(tx, &by, person).await?;
                }
                if !store::save_audience(tx, fence, &audience, &saved.members).await? {
                    return Err(Stop::Lost);
                }
                if let Members::Remove(person) = &saved.members {
                    safety::end_unseen_of(tx, audience.id, person, by.now).await?;
                }
                if let Some(name) = &saved.name {
                    store::set_audience_name(tx, audience.id, name).await?;
                }
                if saved.wakes_tiles {
                    store::wake_tiles(tx, audience.id, by.now).await?;
                }
                // Who was found in it and should not be is taken out first.
                if saved.wakes_tiles || matches!(saved.members, Members::Add(_)) {
                    store::wake_tiles_that_keep(tx, fence, &audience, by.now).await?;
                }
                if saved.keeps_any {
                    store::wake_tiles_beside(tx, fence, &audience, by.now).await?;
                }
                if let Some(entry) = &saved.entry {
                    let id = ActivityId::new(by.now, &mut by.rng);
                    store::save_audience_event(tx, &audience, id, by.now, entry).await?;
                }
                if let Some(trouble) = &saved.trouble {
                    let (portal, token) = (fence.portal, fence.token_version);
                    refusal::refused(tx, &mut by, portal, token, trouble).await?;
                }
                tx.signal(audience.workspace);
                Ok(())
            })
        });
        change.await?;
        if are_other_members {
            self.forget_all_pending();
        }
        Ok(Outcome::Did)
    }
}
