//! One comparison at work: who has left, and then, once a day, all that can fall through. A list that is not whole comes to
//! nothing (R19), and so does a worker that is killed: the next one begins anew.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use model::{DirectoryRunId, Timestamp, WorkspaceId};
use portal::{Error as PortalError, Portal};
use rand::RngCore as _;

use super::apps::scim_app;
use super::decide::{LOOKS, decide};
use super::gather::Gather;
use super::plan::Reason;
use super::signalled::look_at;
use super::{Cause, HEALTH_EVERY, Tally, Watch, next_at, store};
use crate::actor::By;
use crate::app::App;
use crate::clock::pause_after;
use crate::directories::health;
use crate::error::{Error, Result};

/// After a comparison that came to nothing because of what the directory answered.
pub(super) const AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// After one that had no room for looks at everybody who is to go.
const NO_ROOM: SignedDuration = SignedDuration::from_mins(1);
/// So many of those whom hooks tell of are looked at in a turn.
const SIGNALLED: i64 = 20;

/// What a worker knows of the comparison that it is at. Losing it costs a few calls.
#[derive(Debug, Default)]
pub struct Run {
    begun: Option<Begun>,
    rests_until: Option<Timestamp>,
    looked_at: BTreeMap<String, Timestamp>,
    /// So many times in a row the directory gave no usable answer.
    silences: u32,
}

impl Run {
    /// The directory gave no usable answer: how long it is left alone.
    pub(super) fn silence(&mut self, chance: u32) -> SignedDuration {
        self.silences = self.silences.saturating_add(1);
        back_off(self.silences, chance)
    }

    /// It has answered.
    pub(super) fn end_silence(&mut self) {
        self.silences = 0;
    }
}

/// A comparison that is under way.
#[derive(Debug)]
pub(super) struct Begun {
    id: DirectoryRunId,
    at: Timestamp,
    is_wide: bool,
    /// Who has left was told and done.
    is_decided: bool,
    scim_app: Option<String>,
    /// The lists: they only raise doubts, so they may be as old as the comparison.
    pub(super) gather: Gather,
    /// Whoever was looked at in it, and why they are not there, where that was seen. It is too old to remove anybody.
    pub(super) looked: BTreeMap<String, Option<Reason>>,
    /// How many of those looks count towards the most of a comparison.
    pub(super) counted: usize,
    /// When whoever is still in doubt was last looked at, in earlier comparisons too.
    pub(super) looked_at: BTreeMap<String, Timestamp>,
    pub(super) tally: Tally,
}

impl Begun {
    async fn now(app: &App, watch: &Watch) -> Result<Self> {
        let cause = if watch.asked_at.is_some() { Cause::Asked } else { Cause::Hourly };
        let is_old = |at: Timestamp| app.now().duration_since(at) >= HEALTH_EVERY;
        Ok(Self {
            id: begin(app, watch, cause).await?,
            at: app.now(),
            is_wide: cause == Cause::Asked || watch.health_at.is_none_or(is_old),
            is_decided: false,
            scim_app: watch.scim_app.clone(),
            gather: Gather::default(),
            looked: BTreeMap::new(),
            counted: 0,
            looked_at: BTreeMap::new(),
            tally: Tally::default(),
        })
    }

    fn tally(&self) -> Tally {
        Tally { calls: self.gather.calls, ..self.tally.clone() }
    }
}

/// What a turn came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// Something was done; there may be more.
    Did,
    /// Nothing can be done before this instant, or nothing is due.
    Rests(Option<Timestamp>),
}

/// What stopped a comparison.
pub(in crate::directories) enum Stop {
    /// Its limits: not before this instant.
    Wait(Timestamp),
    /// It gave no usable answer, such as where the connection broke.
    Silent(String),
    /// What it answered lets nothing be told, until somebody changes something.
    Problem(String),
    /// Something of ours.
    Failed(Error),
}

impl From<PortalError> for Stop {
    fn from(error: PortalError) -> Self {
        if let PortalError::Throttled { until } = error {
            return Self::Wait(until);
        }
        tracing::info!(
            detail = error.detail(),
            "a comparison with the directory came to nothing: {error}"
        );
        let why = error.to_string();
        if matches!(error, PortalError::Unavailable { .. }) {
            Self::Silent(why)
        } else {
            Self::Problem(why)
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<crate::db::Error> for Stop {
    fn from(error: crate::db::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Does what is due about a workspace's directory: a look at somebody of whom it told, or the comparison of all.
///
/// # Errors
/// A failure of the database.
pub async fn turn<P: Portal>(
    app: &App,
    workspace: WorkspaceId,
    portal: &P,
    run: &mut Run,
) -> Result<Watched> {
    let now = app.now();
    if let Some(until) = run.rests_until.filter(|until| now < *until) {
        return Ok(Watched::Rests(Some(until)));
    }
    run.rests_until = None;
    let mut tx = app.db.read().await?;
    let Some(watch) = store::watch(&mut tx, workspace).await? else {
        return Ok(Watched::Rests(None));
    };
    let signalled = store::looks::looks(&mut tx, watch.directory, now, SIGNALLED).await?;
    drop(tx);
    if !signalled.is_empty() {
        let watched = look_at(app, &watch, portal, signalled, run).await?;
        if let Watched::Rests(until) = watched {
            run.rests_until = until;
        }
        return Ok(watched);
    }
    if watch.due_at.is_none_or(|due| now < due) {
        return Ok(Watched::Rests(watch.due_at));
    }
    compare(app, &watch, portal, run).await
}

/// Compares everybody, and looks at all that can fall through where that is due or somebody asked.
async fn compare<P: Portal>(
    app: &App,
    watch: &Watch,
    portal: &P,
    run: &mut Run,
) -> Result<Watched> {
    // What was seen of another app says nothing about this one.
    let is_ours = |begun: &Begun| begun.scim_app.is_none() || begun.scim_app == watch.scim_app;
    let mut begun = if let Some(begun) = run.begun.take().filter(is_ours) {
        begun
    } else {
        let looked_at = std::mem::take(&mut run.looked_at);
        Begun { looked_at, ..Begun::now(app, watch).await? }
    };
    let (id, at) = (begun.id, begun.at);
    let (problem, silence) = match compare_all(app, watch, portal, &mut begun).await {
        Ok(()) => (None, None),
        Err(Stop::Wait(until)) => {
            note(app, watch, id, begun.tally(), None, None).await?;
            run.begun = Some(begun);
            run.rests_until = Some(until);
            return Ok(Watched::Rests(Some(until)));
        }
        Err(Stop::Silent(why)) => (Some(why), Some(run.silence(app.rng().next_u32()))),
        Err(Stop::Problem(why)) => (Some(why), None),
        Err(Stop::Failed(error)) => return Err(error),
    };
    if silence.is_none() {
        run.end_silence();
    }
    let tally = begun.tally();
    let goes_on = begun.counted >= LOOKS && tally.missing > 0;
    run.looked_at = begun.looked_at;
    let now = app.now();
    let is_soon = problem.is_some() || (tally.waiting > 0 && watch.held_at.is_none());
    let next = match silence {
        Some(silence) => now + silence,
        None if problem.is_none() && is_soon && goes_on => now + NO_ROOM,
        None if is_soon => now + AGAIN,
        None => next_at(now, app.rng().next_u32()),
    };
    let directory = watch.directory;
    app.db
        .write::<_, Error, _>(watch.workspace, move |tx| {
            Box::pin(async move {
                store::runs::note_run(tx, id, &tally, Some(now), problem.as_deref()).await?;
                Ok(store::postpone(tx, directory, at, next).await?)
            })
        })
        .await?;
    Ok(Watched::Did)
}

async fn compare_all<P: Portal>(
    app: &App,
    watch: &Watch,
    portal: &P,
    begun: &mut Begun,
) -> std::result::Result<(), Stop> {
    // Everything that follows believes this org and this app: they must be those that we know, after each wait.
    portal.org(app.now()).await?;
    let scim_app = scim_app(app, watch, portal.directory(), &mut begun.gather).await?;
    if !begun.is_decided {
        decide(app, watch, portal.directory(), scim_app.as_ref(), begun).await?;
        begun.is_decided = true;
        // How many have left must be known, whatever becomes of the rest.
        note(app, watch, begun.id, begun.tally(), None, None).await?;
    }
    if begun.is_wide {
        let read = health::read(app, watch, portal, scim_app.as_ref(), &mut begun.gather).await?;
        health::keep(app, watch, read).await?;
    }
    Ok(())
}

pub(super) async fn begin(app: &App, watch: &Watch, cause: Cause) -> Result<DirectoryRunId> {
    let (watch, mut by) = (watch.clone(), By::process(app, watch.workspace, "system"));
    app.db
        .write(by.workspace, move |tx| {
            Box::pin(async move { Ok(store::runs::begin_run(tx, &mut by, &watch, cause).await?) })
        })
        .await
}

pub(super) async fn note(
    app: &App,
    watch: &Watch,
    id: DirectoryRunId,
    tally: Tally,
    ended_at: Option<Timestamp>,
    problem: Option<String>,
) -> Result<()> {
    app.db
        .write(watch.workspace, move |tx| {
            Box::pin(async move {
                Ok(store::runs::note_run(tx, id, &tally, ended_at, problem.as_deref()).await?)
            })
        })
        .await
}

/// How long a directory that has given no usable answer so many times in a row is left alone: never more than after any other
/// comparison that came to nothing. Chance takes up to a fifth off, so that not all servers ask in the moment in which it
/// is back.
fn back_off(silences: u32, chance: u32) -> SignedDuration {
    let whole = pause_after(i64::from(silences)).min(AGAIN);
    let off = whole.as_millis() / 5 * i128::from(chance) / i128::from(u32::MAX);
    whole - SignedDuration::from_millis(i64::try_from(off).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_from_five_seconds_to_ten_minutes() {
        let pauses: Vec<_> = (1..=9).map(|silences| back_off(silences, 0).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
        assert_eq!(back_off(u32::MAX, 0), AGAIN);
    }

    #[test]
    fn chance_takes_at_most_a_fifth_off() {
        for silences in 1..20 {
            let whole = back_off(silences, 0);
            assert_eq!(back_off(silences, u32::MAX), whole * 4 / 5);
            let some = back_off(silences, u32::MAX / 2);
            assert!(some < whole && whole * 4 / 5 < some, "{some}");
        }
    }

    #[test]
    fn an_answer_ends_the_count() {
        let mut run = Run::default();
        assert_eq!((run.silence(0).as_secs(), run.silence(0).as_secs()), (5, 10));
        run.end_silence();
        assert_eq!(run.silence(0).as_secs(), 5);
    }
}
