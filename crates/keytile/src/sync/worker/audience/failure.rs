//! Keeping what happened to an audience, and deciding about the next try after a failure.

use model::ActivityId;
use portal::Error;

use super::look::SeenAudience;
use super::store::{self, Entry, Members};
use super::{Outcome, Stop, Worker};
use crate::actor::By;
use crate::sync::store::{Phase, set_portal_trouble};
use crate::sync::worker::failure::{ASK_AGAIN, SHOWN_AFTER, pause_after, result_word};

impl<P: portal::Portal> Worker<P> {
    pub(super) async fn fail_audience(
        &self,
        mut seen: SeenAudience,
        step: String,
        error: Error,
        request: Option<String>,
    ) -> Result<Outcome, Stop> {
        let now = self.app.now();
        let request_id = error.request_id().map(String::from).or(request);
        let mut trouble = None;
        let problem = match &error {
            Error::Throttled { until } => {
                seen.audience.due_at = Some(*until);
                None
            }
            Error::Unavailable { .. } => {
                seen.audience.failures += 1;
                seen.audience.due_at = Some(now + pause_after(seen.audience.failures));
                self.had_no_answer(seen.audience.id.uuid(), now);
                (seen.audience.failures >= SHOWN_AFTER).then_some("unavailable")
            }
            Error::ForeignGroup { .. } | Error::Foreign { .. } => {
                seen.audience.phase = Phase::Paused;
                seen.audience.due_at = None;
                Some("foreign_group")
            }
            Error::NotThere => {
                seen.audience.due_at = Some(now + pause_after(1));
                None
            }
            Error::Refused { .. } | Error::InstanceCap => {
                seen.audience.due_at = Some(now + ASK_AGAIN);
                Some("refused")
            }
            Error::Misconfigured { .. } => {
                trouble = Some(error.to_string());
                None
            }
        };
        if let Some(code) = problem {
            seen.audience.problem = Some(code.into());
            seen.audience.problem_detail = Some(error.to_string());
            seen.audience.problem_request_id.clone_from(&request_id);
        }
        let result = result_word(&error);
        let id = seen.audience.id;
        tracing::warn!(audience.id = %id, %error, result, "audience {id} did not go on");
        let is_halt = trouble.is_some();
        let detail = error.detail().map(String::from);
        let entry = Entry { step, result, request_id, detail };
        let outcome = self.save(seen, Members::Same, Some(entry), trouble).await?;
        Ok(if is_halt { Outcome::Halted } else { outcome })
    }

    pub(super) async fn save_quietly(&self, seen: &SeenAudience) -> Result<(), Stop> {
        let (audience, fence) = (seen.audience.clone(), self.fence());
        let change = self.app.db.write(self.row.workspace, move |tx| {
            Box::pin(async move {
                let saved = store::save_audience(tx, fence, &audience, &Members::Same).await?;
                if saved { Ok(()) } else { Err(Stop::Lost) }
            })
        });
        change.await
    }

    /// Row, members, timeline and whoever waits, in one transaction.
    pub(super) async fn save(
        &self,
        seen: SeenAudience,
        members: Members,
        entry: Option<Entry>,
        trouble: Option<String>,
    ) -> Result<Outcome, Stop> {
        let (audience, fence) = (seen.audience, self.fence());
        let mut by = By::process(&self.app, self.row.workspace, "system");
        let change = self.app.db.write(self.row.workspace, move |tx| {
            Box::pin(async move {
                if !store::save_audience(tx, fence, &audience, &members).await? {
                    return Err(Stop::Lost);
                }
                store::wake_tiles(tx, audience.id, by.now).await?;
                if let Some(entry) = &entry {
                    let id = ActivityId::new(by.now, &mut by.rng);
                    store::save_audience_event(tx, &audience, id, by.now, entry).await?;
                }
                if let Some(trouble) = &trouble {
                    set_portal_trouble(tx, audience.workspace, fence.portal, Some(trouble)).await?;
                }
                tx.signal(audience.workspace);
                Ok(())
            })
        });
        change.await?;
        Ok(Outcome::Did)
    }
}
