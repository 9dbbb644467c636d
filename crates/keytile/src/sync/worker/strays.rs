//! Apps with our address that no tile explains (security.md 3.3, 8): hidden after a day, deleted after a week or on an
//! admin's word, one step at a time, and behind the same looks as everything else that takes something away (T2, T3).

use jiff::SignedDuration;
use model::Timestamp;
use portal::{AppId, Applied, Error, Priority, Reserve, Step, Ticket, TileRef};
use serde_json::json;

use super::safety::Verdict;
use super::store::prove;
use super::{Outcome, Stop, Worker};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::sync::audit::DELETED_AFTER;
use crate::sync::audit::store::{self, StrayRow};
use crate::sync::safety::Removal;
use crate::sync::safety::store::{self as safety, Held};
use crate::sync::safety::why::Why;

const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// How a step about a stray ended.
enum End {
    Hidden,
    Over(&'static str),
    PutOff { due_at: Option<Timestamp>, problem: String },
}

impl<P: portal::Portal> Worker<P> {
    /// Takes at most one step about a stray.
    pub(super) async fn stray(&self) -> Result<Outcome, Stop> {
        let now = self.app.now();
        let Some(stray) = self.next_stray(now).await? else { return Ok(Outcome::Blocked(None)) };
        if store::is_explained(&mut self.app.db.read().await?, self.row.id, &stray.app_id).await? {
            self.end(stray, End::Over("adopted")).await?;
            return Ok(Outcome::Did);
        }
        let removal = Removal::of_app(&stray.app_id);
        let counts = match self.judge_stray(&stray, &removal).await? {
            Verdict::Go => Vec::new(),
            Verdict::Counted(removals) => removals,
            Verdict::Hold(why, removals) => {
                let held = |removal| Held { removal, tile: None, label: stray.label.clone() };
                self.hold(removals.into_iter().map(held).collect(), why).await?;
                let problem = "It waits until an admin has looked at it (safety stop).".into();
                // It stays due, so that it goes on counting; `next_stray` passes it over.
                let due_at = stray.due_at;
                self.end(stray, End::PutOff { due_at, problem }).await?;
                return Ok(Outcome::Did);
            }
        };
        let step = if stray.hidden_at.is_none() { Step::Deactivate } else { Step::Delete };
        match self.portal.reserve(&step, Priority::Audit, now) {
            Reserve::At(until) => Ok(Outcome::Blocked(Some(until))),
            Reserve::Now(ticket) => self.step_on(stray, &step, ticket, counts).await,
        }
    }

    /// The first that is due and does not wait for an admin.
    async fn next_stray(&self, now: Timestamp) -> Result<Option<StrayRow>, Stop> {
        let mut tx = self.app.db.read().await?;
        for stray in store::due_strays(&mut tx, self.row.id, now).await? {
            let waits = safety::waits(&mut tx, &stray.app_id).await?;
            if stray.is_asked_for || waits.held.is_empty() {
                return Ok(Some(stray));
            }
        }
        Ok(None)
    }

    async fn judge_stray(&self, stray: &StrayRow, removal: &Removal) -> Result<Verdict, Stop> {
        let mut tx = self.app.db.read().await?;
        let waits = safety::waits(&mut tx, &stray.app_id).await?;
        if stray.is_asked_for || waits.allowed.contains(removal) {
            return Ok(Verdict::Go);
        }
        if !self.is_little(&mut tx, std::slice::from_ref(removal)).await? {
            return Ok(Verdict::Hold(Why::Background, vec![removal.clone()]));
        }
        Ok(Verdict::Counted(vec![removal.clone()]))
    }

    async fn step_on(
        &self,
        stray: StrayRow,
        step: &Step,
        ticket: Ticket,
        counts: Vec<Removal>,
    ) -> Result<Outcome, Stop> {
        if !counts.is_empty() {
            let (id, workspace, now) = (self.row.id, self.row.workspace, self.app.now());
            let fence = self.fence();
            let counted = self.app.db.write::<_, Stop, _>(workspace, move |tx| {
                Box::pin(async move {
                    prove(tx, fence).await?;
                    for removal in &counts {
                        safety::count(tx, workspace, id, removal, now).await?;
                    }
                    Ok(())
                })
            });
            counted.await?;
        }
        let app = AppId(stray.app_id.clone());
        let tile = TileRef { app: Some(&app), url: &stray.url };
        let now_fn = || self.app.now();
        let end = match self.portal.apply(ticket, tile, step, &now_fn).await {
            Ok(Applied::Gone) | Err(Error::NotThere) => End::Over("gone"),
            Ok(_) if matches!(step, Step::Delete) => End::Over("deleted"),
            Ok(_) => End::Hidden,
            Err(Error::Throttled { until }) => return Ok(Outcome::Blocked(Some(until))),
            Err(error @ Error::Foreign { .. }) => {
                End::PutOff { due_at: None, problem: error.to_string() }
            }
            Err(error) => {
                let due_at = Some(self.app.now() + AGAIN);
                let problem = error.to_string();
                self.end(stray, End::PutOff { due_at, problem }).await?;
                if self.ends_connection(&error) {
                    return Err(Stop::Refused(error));
                }
                return Ok(Outcome::Did);
            }
        };
        self.end(stray, end).await?;
        Ok(Outcome::Did)
    }

    async fn end(&self, stray: StrayRow, end: End) -> Result<(), Stop> {
        let (id, workspace) = (self.row.id, self.row.workspace);
        let (fence, mut by) = (self.fence(), By::process(&self.app, workspace, "system"));
        self.app
            .db
            .write::<_, Stop, _>(workspace, move |tx| {
                Box::pin(async move {
                    prove(tx, fence).await?;
                    let app = stray.app_id.as_str();
                    let event = match end {
                        End::Hidden => {
                            let waits = safety::waits(tx, app).await?;
                            let is_urgent = stray.is_asked_for || !waits.allowed.is_empty();
                            let deleted_at = stray.found_at + DELETED_AFTER;
                            let due_at = if is_urgent { by.now } else { deleted_at.max(by.now) };
                            store::hide_stray(tx, &by, id, app, due_at).await?;
                            Some("stray.hidden")
                        }
                        End::Over(how) => {
                            safety::end_all_items(tx, app, by.now).await?;
                            store::end_stray(tx, &by, id, app, how).await?;
                            (how == "deleted").then_some("stray.deleted")
                        }
                        End::PutOff { due_at, problem } => {
                            store::put_off_stray(tx, id, app, due_at, &problem).await?;
                            None
                        }
                    };
                    if let Some(event) = event {
                        let detail = json!({ "app": app, "label": stray.label });
                        activity::record(tx, &mut by, Event::new(event).detail(detail)).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
