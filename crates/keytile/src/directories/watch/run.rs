//! One comparison at work: what the lists say, a look at whoever they do not explain, and what comes of it, each leaver in
//! a transaction of their own. A list that is not whole comes to nothing (R19), and so does a worker that is killed: the
//! next one begins anew.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use model::{DirectoryRunId, Timestamp, WorkspaceId};
use portal::{AppId, Directory, Error as PortalError, ListOf, PersonStatus, Portal, Priority};
use rand::RngCore as _;

use super::apps::scim_app;
use super::deed::{apply, remember};
use super::gather::Gather;
use super::plan::{Known, Lists, Look, Round, is_doubtful, plan};
use super::signalled::look_at;
use super::{Cause, HEALTH_EVERY, Tally, Watch, next_at, store};
use crate::actor::By;
use crate::app::App;
use crate::directories::health;
use crate::error::{Error, Result};

/// After a comparison that came to nothing.
pub(super) const AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// So many people are looked at one by one in a round; the others have their turn in the next.
const LOOKS: usize = 200;
/// So many of those whom hooks tell of are looked at in a turn.
const SIGNALLED: i64 = 20;

/// What a worker knows of the comparison that it is at. Losing it costs a few calls.
#[derive(Debug, Default)]
pub struct Run {
    begun: Option<Begun>,
    rests_until: Option<Timestamp>,
}

#[derive(Debug)]
struct Begun {
    id: DirectoryRunId,
    at: Timestamp,
    is_wide: bool,
    gather: Gather,
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
    Wait(Timestamp),
    Problem(String),
    Failed(Error),
}

impl From<PortalError> for Stop {
    fn from(error: PortalError) -> Self {
        match error {
            PortalError::Throttled { until } => Self::Wait(until),
            other => {
                tracing::info!(
                    detail = other.detail(),
                    "a comparison with the directory came to nothing: {other}"
                );
                Self::Problem(other.to_string())
            }
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
        let watched = look_at(app, &watch, portal, signalled).await?;
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
    if run.begun.is_none() {
        let cause = if watch.asked_at.is_some() { Cause::Asked } else { Cause::Hourly };
        let is_old = |at: Timestamp| app.now().duration_since(at) >= HEALTH_EVERY;
        let is_wide = cause == Cause::Asked || watch.health_at.is_none_or(is_old);
        let id = begin(app, watch, cause).await?;
        run.begun = Some(Begun { id, at: app.now(), is_wide, gather: Gather::default() });
    }
    let Some(begun) = run.begun.as_mut() else { return Ok(Watched::Did) };
    let (id, at) = (begun.id, begun.at);
    let mut tally = Tally::default();
    let ended = compare_all(app, watch, portal, begun, &mut tally).await;
    tally.calls = begun.gather.calls;
    let problem = match ended {
        Ok(()) => None,
        Err(Stop::Wait(until)) => {
            note(app, watch, id, tally, None, None).await?;
            run.rests_until = Some(until);
            return Ok(Watched::Rests(Some(until)));
        }
        Err(Stop::Problem(why)) => Some(why),
        Err(Stop::Failed(error)) => {
            run.begun = None;
            return Err(error);
        }
    };
    run.begun = None;
    let now = app.now();
    let is_soon = problem.is_some() || (tally.waiting > 0 && watch.held_at.is_none());
    let next = if is_soon { now + AGAIN } else { next_at(now, app.rng().next_u32()) };
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
    tally: &mut Tally,
) -> std::result::Result<(), Stop> {
    let gather = &mut begun.gather;
    // Everything that follows believes this org: it must be the one that we know.
    portal.org(app.now()).await?;
    let scim_app = scim_app(app, watch, portal.directory(), gather).await?;
    let lists = lists(app, portal.directory(), scim_app.as_ref(), gather).await?;
    let mut tx = app.db.read().await?;
    let known = store::known(&mut tx, watch.directory).await?;
    let before = store::before(&mut tx, watch.directory, app.now()).await?;
    drop(tx);
    tally.people = i64::try_from(known.len()).unwrap_or(i64::MAX);
    let mut doubts: Vec<&Known> = known.iter().filter(|one| is_doubtful(one, &lists)).collect();
    // Whoever waits for a look goes before whoever has just gone missing.
    doubts.sort_by_key(|one| {
        let id = &one.external_id;
        (!before.approved.contains(id), before.suspects.get(id).copied().unwrap_or(Timestamp::MAX))
    });
    let is_missing = |id: &String| lists.assigned.as_ref().is_some_and(|all| !all.contains(id));
    let rest = doubts.split_off(doubts.len().min(LOOKS));
    let round = Round {
        is_list_empty: lists.assigned.as_ref().is_some_and(BTreeSet::is_empty),
        unlooked: rest.iter().map(|one| one.external_id.clone()).filter(is_missing).collect(),
        people: known.iter().filter(|one| !one.is_owner).count(),
    };
    let mut looks: BTreeMap<String, Look> = BTreeMap::new();
    for one in doubts {
        let (app_id, person, now_fn) = (scim_app.as_ref(), &one.external_id, || app.now());
        let look =
            gather.look(portal.directory(), app_id, person, Priority::Audit, &now_fn).await?;
        looks.insert(person.clone(), look);
    }
    tally.looks = i64::try_from(looks.len()).unwrap_or(i64::MAX);
    let plan = plan(&known, &looks, &round, &before, app.now());
    if begun.is_wide {
        // Read before anything is done, so that waiting for limits does nothing twice.
        let read = health::read(app, watch, portal, scim_app.as_ref(), &mut begun.gather).await?;
        health::keep(app, watch, read).await?;
    }
    apply(app, watch, "reconciliation", &plan, tally).await?;
    Ok(remember(app, watch, plan, known.len()).await?)
}

async fn lists<D: Directory>(
    app: &App,
    directory: &D,
    scim_app: Option<&AppId>,
    gather: &mut Gather,
) -> std::result::Result<Lists, Stop> {
    let now_fn = || app.now();
    let in_state = ListOf::PeopleInState;
    let suspended = gather.ids(directory, &in_state(PersonStatus::Suspended), &now_fn).await?;
    let Some(app_id) = scim_app else {
        let gone = in_state(PersonStatus::Deprovisioned);
        let deprovisioned = gather.ids(directory, &gone, &now_fn).await?;
        return Ok(Lists { assigned: None, suspended, deprovisioned });
    };
    let people = ListOf::PeopleOfApp(app_id.clone());
    let assigned = gather.ids(directory, &people, &now_fn).await?;
    Ok(Lists { assigned: Some(assigned), suspended, deprovisioned: BTreeSet::new() })
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
