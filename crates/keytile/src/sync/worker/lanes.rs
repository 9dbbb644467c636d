//! The driver around the workers: which portals there are, when a worker takes its next turn, and how many at a time.
//! The only part of the worker that waits; what it waits for is a hint, and a timer stands under every hint.

mod rest;

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::SignedDuration;
use model::{Timestamp, WorkspaceId};
use portal::okta::OktaPortal;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use self::rest::LOOKS_EVERY;
pub use self::rest::Pace;
use super::{Holder, PortalRow, Worker, recorder, store};
use crate::actor::By;
use crate::app::App;
use crate::db::ANYTHING;
use crate::error::{Error, Result};
use crate::settings;
use crate::settings::refusal::{self, Refusal};
use crate::sync::store as sync_store;

/// Turns of one portal at the same time. Okta says that bulk loads rarely need more than ten; with fewer, calls for groups
/// would keep those for tiles from their own limit while a call takes as long as recorded ones did.
pub const LANES: usize = 10;

/// After a failure of the database.
const RECOVERS_IN: SignedDuration = SignedDuration::from_secs(2);

/// What is under way at the shutdown may end for so long; a step that is cut off is looked up by the next worker.
const GRACE: Duration = Duration::from_secs(5);

/// Makes every portal of this deployment follow, until `shutdown` turns true.
pub async fn run(app: App, shutdown: watch::Receiver<bool>) {
    let holder = Holder::new(&app);
    let mut signals = app.db.signals();
    let mut running: HashMap<WorkspaceId, tokio::task::AbortHandle> = HashMap::new();
    let mut workers = JoinSet::new();
    let listener = tokio::spawn(listen(app.clone()));
    let mut stop = shutdown.clone();
    loop {
        match find(&app).await {
            Ok(found) => {
                for workspace in found {
                    if running.get(&workspace).is_none_or(tokio::task::AbortHandle::is_finished) {
                        let worker =
                            follow(app.clone(), workspace, holder.clone(), shutdown.clone());
                        running.insert(workspace, workers.spawn(worker));
                    }
                }
            }
            Err(error) => tracing::error!(%error, "could not read which portals there are"),
        }
        while workers.try_join_next().is_some() {}
        tokio::select! {
            () = unknown_topic(&mut signals, &running) => {}
            () = tokio::time::sleep(LOOKS_EVERY.unsigned_abs()) => {}
            _ = stop.wait_for(|over| *over) => break,
        }
    }
    listener.abort();
    workers.join_all().await;
}

async fn find(app: &App) -> Result<Vec<WorkspaceId>> {
    let portals = sync_store::all_portals(&mut app.db.read().await?).await?;
    Ok(portals.into_iter().map(|portal| portal.workspace).collect())
}

/// Returns when a workspace speaks that has no worker: it may have a portal now.
async fn unknown_topic(
    signals: &mut broadcast::Receiver<Uuid>,
    running: &HashMap<WorkspaceId, tokio::task::AbortHandle>,
) {
    loop {
        match signals.recv().await {
            Ok(ANYTHING) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(topic) if running.contains_key(&WorkspaceId::from(topic)) => {}
            Ok(_) => return,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Hears other replicas, and again after the connection was lost.
async fn listen(app: App) {
    loop {
        if let Err(error) = app.db.listen().await {
            tracing::warn!(%error, "lost the connection for wake-ups; timers go on");
        }
        tokio::time::sleep(RECOVERS_IN.unsigned_abs()).await;
    }
}

/// The worker of one portal: built, led, and built anew when the connection changes.
async fn follow(
    app: App,
    workspace: WorkspaceId,
    mut holder: Holder,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut signals = app.db.signals();
    while !*shutdown.borrow() {
        let wait = match start(&app, workspace, &holder).await {
            Ok(Start::Worker(worker)) => {
                holder = holder.patient();
                lead(&app, &worker, &mut signals, &mut shutdown).await;
                continue;
            }
            Ok(Start::Held(left)) => briefly(left),
            Ok(Start::Unusable) => LOOKS_EVERY.unsigned_abs(),
            Ok(Start::Gone) => return,
            Err(error) => {
                tracing::error!(%error, workspace.id = %workspace, "could not start the sync of {workspace}");
                RECOVERS_IN.unsigned_abs()
            }
        };
        tokio::select! {
            () = woken(workspace, &mut signals) => {}
            () = tokio::time::sleep(wait) => {}
            _ = shutdown.wait_for(|over| *over) => {}
        }
    }
}

/// How the attempt to start a worker went.
enum Start {
    Worker(Box<Worker<OktaPortal>>),
    /// Another replica has the lease for so long.
    Held(SignedDuration),
    /// The stored connection cannot be used, and its row says why.
    Unusable,
    Gone,
}

async fn start(app: &App, workspace: WorkspaceId, holder: &Holder) -> Result<Start> {
    let mut tx = app.db.read().await?;
    let Some(row) = sync_store::portal(&mut tx, workspace).await? else { return Ok(Start::Gone) };
    let portal = match settings::open_portal(app, &mut tx, &row).await {
        Ok(portal) => portal.with_recorder(recorder()),
        Err(Error::Portal(why)) => {
            drop(tx);
            say(app, &row, why).await?;
            return Ok(Start::Unusable);
        }
        Err(error) => return Err(error),
    };
    drop(tx);
    let id = row.id;
    if let Some(worker) = Worker::take_over(app, row, portal, holder).await? {
        return Ok(Start::Worker(Box::new(worker)));
    }
    let mut tx = app.db.read().await?;
    let until = store::lease_until(&mut tx, id).await?;
    // Our own clock may be ahead of the one that leases are judged by, and must not make us ask without pause.
    let now = tx.agreed_now(app.now()).await?;
    Ok(Start::Held(until.unwrap_or(now).duration_since(now)))
}

async fn say(app: &App, row: &PortalRow, trouble: String) -> Result<()> {
    if row.status_detail.as_deref() == Some(trouble.as_str()) {
        return Ok(());
    }
    let (id, token, refusal) = (row.id, row.token_version, Refusal::unusable(trouble));
    let mut by = By::process(app, row.workspace, "system");
    app.db
        .write(row.workspace, move |tx| {
            Box::pin(async move { refusal::refused(tx, &mut by, id, token, &refusal).await })
        })
        .await
}

/// Lets the worker take turns until it is outdated, lost or told to stop.
async fn lead(
    app: &App,
    worker: &Worker<OktaPortal>,
    signals: &mut broadcast::Receiver<Uuid>,
    shutdown: &mut watch::Receiver<bool>,
) {
    let mut lanes = FuturesUnordered::new();
    let mut pace = Pace::default();
    loop {
        while pace.rests_until().is_none() && lanes.len() < LANES {
            let began_at = pace.wakes();
            lanes.push(async move { (began_at, worker.turn().await) });
        }
        let rest = pace.rests_until().map_or(Duration::ZERO, |until| left(app, until));
        tokio::select! {
            Some((began_at, turn)) = lanes.next() => match turn {
                Ok(turn) => if !pace.after(&turn, began_at, app.now()) { break },
                Err(error) => {
                    tracing::error!(%error, "a turn of the sync failed; the next comes soon");
                    pace.rest(app.now() + RECOVERS_IN, app.now());
                }
            },
            () = woken(worker.row.workspace, signals) => pace.wake(),
            () = tokio::time::sleep(rest), if pace.rests_until().is_some() => pace.go_on(),
            _ = shutdown.wait_for(|over| *over) => break,
        }
    }
    let _ = tokio::time::timeout(GRACE, async { while lanes.next().await.is_some() {} }).await;
    drop(lanes);
    if *shutdown.borrow()
        && let Err(error) = worker.release().await
    {
        tracing::warn!(%error, "could not release the lease; it ends by itself");
    }
}

/// How long until `until`, and never so long that a lost wake-up would matter.
fn left(app: &App, until: Timestamp) -> Duration {
    briefly(until.duration_since(app.now()))
}

fn briefly(left: SignedDuration) -> Duration {
    left.clamp(SignedDuration::from_millis(1), LOOKS_EVERY).unsigned_abs()
}

/// Returns when something in the workspace changed, or when we may have missed it.
async fn woken(workspace: WorkspaceId, signals: &mut broadcast::Receiver<Uuid>) {
    loop {
        match signals.recv().await {
            Ok(topic) if topic == workspace.uuid() || topic == ANYTHING => return,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(_)) => return,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const FOLLOWED: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    /// Whether the leader looks for portals after these topics, while one workspace has its worker.
    fn looks_after(topics: &[Uuid]) -> bool {
        let (speaker, mut signals) = broadcast::channel(2);
        let worker = tokio::spawn(std::future::pending::<()>());
        let running = HashMap::from([(WorkspaceId::from(FOLLOWED), worker.abort_handle())]);
        for topic in topics {
            speaker.send(*topic).unwrap();
        }
        unknown_topic(&mut signals, &running).now_or_never().is_some()
    }

    /// A portal that was turned on is found by what its workspace says, and not only by the timer under every hint.
    #[tokio::test]
    async fn whoever_speaks_and_has_no_worker_is_looked_at_at_once() {
        assert!(looks_after(&[FOLLOWED, OTHER]));
        assert!(looks_after(&[ANYTHING]));
        assert!(looks_after(&[FOLLOWED, FOLLOWED, FOLLOWED]), "one of them was missed");
        assert!(!looks_after(&[FOLLOWED, FOLLOWED]), "its worker hears that");
    }

    /// A worker wakes for its own workspace, and for what may have been its own.
    #[tokio::test]
    async fn a_worker_wakes_for_its_own_workspace_alone() {
        for (topics, wakes) in [
            (&[OTHER, FOLLOWED][..], true),
            (&[ANYTHING], true),
            (&[OTHER, OTHER, OTHER], true),
            (&[OTHER, OTHER], false),
        ] {
            let (speaker, mut signals) = broadcast::channel(2);
            for topic in topics {
                speaker.send(*topic).unwrap();
            }
            let woken = woken(WorkspaceId::from(FOLLOWED), &mut signals).now_or_never();
            assert_eq!(woken.is_some(), wakes, "{topics:?}");
        }
    }

    /// Nobody rests for longer than the timer says, nor for no time at all.
    #[test]
    fn a_rest_is_at_least_an_instant_and_at_most_the_timers() {
        let rests = [-5_000, 0, 9_000, 60_000].map(|ms| briefly(SignedDuration::from_millis(ms)));
        assert_eq!(rests.map(|rest| rest.as_millis()), [1, 1, 9_000, 15_000]);
    }
}
