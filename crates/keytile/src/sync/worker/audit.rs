//! The audit pass at work (C12): one list of all apps, compared as a whole, then marks and notes. A list that is not
//! whole comes to nothing (R19), and so does a worker that is killed: the next one begins anew.

use jiff::SignedDuration;
use model::Timestamp;
use portal::{Error, LogFrom, Priority};
use rand::RngCore as _;

use super::failure::is_fatal;
use super::store::{Candidates, Standing};
use super::{Outcome, Stop, Turn, Worker, earlier};
use crate::actor::By;
use crate::sync::audit::compare::{Compared, compare};
use crate::sync::audit::heard::Heard;
use crate::sync::audit::store::{self, Passed, State};
use crate::sync::audit::{EVERY, next_at};
use crate::sync::launch_url;
use crate::sync::store::PortalStatus;

/// After a list that did not come to its end.
const AGAIN: SignedDuration = SignedDuration::from_mins(15);

/// How far the first reading of the log goes back: an org may have been connected for some days before its first audit.
const REACH: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Pages of the log in one pass, which is less than what Okta grants in a minute; the next one reads on.
const PAGES: usize = 50;

/// What a pass learned beside the list.
struct Told {
    heard: Heard,
    cursor: Option<String>,
    pass: u64,
}

/// A pass that was begun: its list is as old as this.
#[derive(Default)]
pub(super) struct Run {
    begun_at: Option<Timestamp>,
}

impl<P: portal::Portal> Worker<P> {
    /// An audit that was put off for as long as it may be goes ahead of a first sync, which leaves no call for hours.
    pub(super) async fn overdue_audit(
        &self,
        standing: &Standing,
        candidates: &Candidates,
    ) -> Result<Option<Turn>, Stop> {
        let now = self.app.now();
        let is_overdue = standing.audit_due_at.is_some_and(|due| due + EVERY <= now);
        if !is_overdue || !candidates.are_first_sync() || standing.status == PortalStatus::Off {
            return Ok(None);
        }
        Ok(match self.audit(true).await? {
            Outcome::Did => Some(Turn::Audited),
            Outcome::Halted => Some(Turn::Wait(None)),
            Outcome::Blocked(_) | Outcome::Full { .. } => None,
        })
    }

    /// Does an audit where one is due, and else what is due about apps that no tile explains, or a picture. While something
    /// more urgent is due, an audit that nobody asked for is put off, for at most as long as audits lie apart: a first sync
    /// would miss its calls.
    pub(super) async fn audit(&self, has_more_urgent: bool) -> Result<Outcome, Stop> {
        // Another lane is at it.
        let Ok(mut run) = self.audit.try_lock() else { return Ok(Outcome::Blocked(None)) };
        let now = self.app.now();
        let state = store::state(&mut self.app.db.read().await?, self.row.workspace).await?;
        let state = state.ok_or(Stop::Lost)?;
        let patience = if has_more_urgent { EVERY } else { SignedDuration::ZERO };
        if state.asked_at.is_some() || state.due_at.is_some_and(|due| due + patience <= now) {
            return self.pass(&mut run, &state).await;
        }
        if state.due_at.is_none() {
            // The first one comes at any time within the first hours: an org is connected when it is in order.
            let spread = i64::from(self.app.rng().next_u32()) % EVERY.as_secs();
            let first_at = now + AGAIN + SignedDuration::from_secs(spread);
            self.postpone(first_at, None).await?;
        }
        match self.stray().await? {
            Outcome::Blocked(stray) => match self.draw().await? {
                Outcome::Blocked(picture) => Ok(Outcome::Blocked(earlier(stray, picture))),
                done => Ok(done),
            },
            done => Ok(done),
        }
    }

    async fn pass(&self, run: &mut Run, state: &State) -> Result<Outcome, Stop> {
        let now_fn = || self.app.now();
        let begun_at = *run.begun_at.get_or_insert(self.app.now());
        let origin = self.app.config.origin();
        let apps = match self.portal.apps_at(&origin, Priority::Audit, &now_fn).await {
            Ok(apps) => apps,
            Err(Error::Throttled { until }) => return Ok(Outcome::Blocked(Some(until))),
            Err(error) => {
                run.begun_at = None;
                return self.gave_no_list(error).await;
            }
        };
        run.begun_at = None;
        self.answered();
        let url_of = |launch| launch_url(&self.app, launch);
        let rows = store::rows(&mut self.app.db.read().await?, self.row.id, url_of).await?;
        let pass = u64::try_from(state.passes).unwrap_or(0);
        let (mut heard, cursor) = self.listen(begun_at).await?;
        self.look_at_the_away().await?;
        heard.judge_unassigned(&self.away().await?);
        let compared = compare(&apps, &rows, pass, &heard);
        let now = self.app.now();
        let passed = Passed {
            begun_at,
            next_at: next_at(now, self.app.rng().next_u32()),
            apps: apps.len(),
            looks: compared.looks.len(),
        };
        self.note(compared, passed, Told { heard, cursor, pass }).await?;
        Ok(Outcome::Did)
    }

    /// What others did since the last time. A log that is closed to us or busy costs the names and nothing else.
    async fn listen(&self, begun_at: Timestamp) -> Result<(Heard, Option<String>), Stop> {
        let now_fn = || self.app.now();
        let mut cursor = store::log_cursor(&mut self.app.db.read().await?, self.row.id).await?;
        let mut heard = Heard::default();
        let ours = match self.portal.own_ids(Priority::Audit, &now_fn).await {
            Ok(ours) => ours,
            Err(error) if self.ends_connection(&error) => return Err(Stop::Refused(error)),
            Err(error) => {
                tracing::info!(%error, "an audit could not tell its own doing in the log");
                return Ok((heard, None));
            }
        };
        for _ in 0..PAGES {
            let from = match &cursor {
                Some(cursor) => LogFrom::Cursor(cursor),
                None => LogFrom::Since(begun_at - REACH),
            };
            match self.portal.log_page(from, Priority::Audit, &now_fn).await {
                Ok(page) => {
                    heard.listen(&page.events, &ours);
                    cursor = Some(page.next);
                    if page.events.is_empty() {
                        heard.is_whole = true;
                        break;
                    }
                }
                Err(error) if self.ends_connection(&error) => return Err(Stop::Refused(error)),
                Err(error) => {
                    tracing::info!(%error, "an audit could not read on in the log");
                    break;
                }
            }
        }
        Ok((heard, cursor))
    }

    /// All that a pass came to, in one transaction: half of it is nothing.
    async fn note(&self, compared: Compared, passed: Passed, told: Told) -> Result<(), Stop> {
        let now = self.app.now();
        let (id, workspace, fence) = (self.row.id, self.row.workspace, self.lease.fence());
        let (apps, looks, strays) = (passed.apps, passed.looks, compared.strays.len());
        let mut by = By::process(&self.app, workspace, "system");
        self.app
            .db
            .write::<_, Stop, _>(workspace, move |tx| {
                Box::pin(async move {
                    if !store::finish(tx, id, fence, now, &passed).await? {
                        return Err(Stop::Lost);
                    }
                    for (tile, look) in compared.looks {
                        store::mark_look(tx, now, tile, look).await?;
                    }
                    for (tile, at) in compared.learned {
                        store::learn(tx, tile, at).await?;
                    }
                    store::note_heard(tx, &by, id, &told.heard, told.cursor.as_deref()).await?;
                    store::mark_groups(tx, id, now, told.pass).await?;
                    store::note_strays(tx, &mut by, id, &compared.strays).await?;
                    tx.signal(workspace);
                    Ok(())
                })
            })
            .await?;
        tracing::info!(
            apps,
            looks,
            strays,
            "an audit compared {apps} apps, and has {looks} tiles looked at"
        );
        Ok(())
    }

    async fn gave_no_list(&self, error: Error) -> Result<Outcome, Stop> {
        tracing::warn!(%error, "an audit came to nothing");
        self.postpone(self.app.now() + AGAIN, Some(error.to_string())).await?;
        // Without the right to list apps nothing can be looked after.
        let is_right = matches!(error, Error::Misconfigured { .. }) && !is_fatal(&error);
        if is_right || self.ends_connection(&error) {
            return Err(Stop::Refused(error));
        }
        Ok(Outcome::Did)
    }

    async fn postpone(&self, due_at: Timestamp, problem: Option<String>) -> Result<(), Stop> {
        let (id, fence) = (self.row.id, self.lease.fence());
        self.app
            .db
            .write::<_, Stop, _>(self.row.workspace, move |tx| {
                Box::pin(async move {
                    if store::postpone(tx, id, fence, due_at, problem.as_deref()).await? {
                        return Ok(());
                    }
                    Err(Stop::Lost)
                })
            })
            .await
    }
}
