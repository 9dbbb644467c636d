//! Who drives the worker: what `keytile::sync::worker::run` does with tasks and timers is done here by hand, with as
//! many lanes and the same rests, on a clock that jumps whenever all of them wait.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use keytile::sync::worker::{LANES, Pace, Turn, Worker};
use keytile::{App, Result};
use model::WorkspaceId;
use portal::okta::OktaPortal;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;
use uuid::Uuid;

use super::time::Time;

/// The database's writer needs a turn or two of the runtime before it answers; whoever still waits after so many waits
/// for another lane.
const PATIENCE: usize = 1_000;

type Lane = Pin<Box<dyn Future<Output = (u64, Result<Turn>)>>>;

/// One worker and its lanes.
pub struct Crew {
    worker: Arc<Worker<OktaPortal>>,
    workspace: WorkspaceId,
    signals: broadcast::Receiver<Uuid>,
    time: Arc<Time>,
    lanes: FuturesUnordered<Lane>,
    pace: Pace,
    /// Nothing is left to do, as far as any lane knows.
    is_idle: bool,
    bell: Arc<Bell>,
}

/// Whether a lane may go on.
#[derive(Default)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Crew {
    pub fn new(
        app: &App,
        workspace: WorkspaceId,
        worker: Worker<OktaPortal>,
        time: &Arc<Time>,
    ) -> Self {
        Self {
            worker: Arc::new(worker),
            workspace,
            signals: app.db.signals(),
            time: Arc::clone(time),
            lanes: FuturesUnordered::new(),
            pace: Pace::default(),
            is_idle: false,
            bell: Arc::default(),
        }
    }

    /// Works until everything is as it should be.
    pub async fn finish(&mut self) -> anyhow::Result<()> {
        self.work(None).await
    }

    /// Works until this instant, or until everything is as it should be and then waits for it.
    pub async fn work_until(&mut self, until: Timestamp) -> anyhow::Result<()> {
        self.work(Some(until)).await
    }

    async fn work(&mut self, until: Option<Timestamp>) -> anyhow::Result<()> {
        loop {
            self.hear();
            self.fill();
            if let Some((began_at, turn)) = self.poll() {
                self.ended(began_at, turn)?;
                continue;
            }
            if self.give_way().await {
                continue;
            }
            let rest_ends_at = self.pace.rests_until().filter(|_| !self.is_idle);
            let next = self.time.next().into_iter().chain(rest_ends_at).min();
            match (next, until) {
                (Some(next), None) => self.time.move_to(next),
                (Some(next), Some(until)) if next <= until => self.time.move_to(next),
                (_, Some(until)) => {
                    self.time.move_to(until);
                    return Ok(());
                }
                (None, None) => {
                    let waiting = self.lanes.len();
                    anyhow::ensure!(waiting == 0, "{waiting} turns wait for each other");
                    return Ok(());
                }
            }
            if rest_ends_at.is_some_and(|at| at <= self.time.now()) {
                self.go_on();
            }
        }
    }

    /// Passes on the wake-ups that were sent.
    fn hear(&mut self) {
        loop {
            let is_woken = match self.signals.try_recv() {
                Ok(topic) => topic == self.workspace.uuid(),
                Err(TryRecvError::Lagged(_)) => true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            };
            if is_woken {
                self.pace.wake();
                self.is_idle = false;
            }
        }
    }

    fn fill(&mut self) {
        if self.pace.rests_until().is_none() {
            self.is_idle = true;
        }
        while self.pace.rests_until().is_none() && self.lanes.len() < LANES {
            let (worker, began_at) = (Arc::clone(&self.worker), self.pace.wakes());
            self.lanes.push(Box::pin(async move { (began_at, worker.turn().await) }));
            // A new lane is polled with the next look.
            self.bell.0.store(true, Ordering::SeqCst);
        }
    }

    /// The next turn that is over, without waiting for one.
    fn poll(&mut self) -> Option<(u64, Result<Turn>)> {
        while self.bell.0.swap(false, Ordering::SeqCst) {
            let waker = Waker::from(Arc::clone(&self.bell));
            match self.lanes.poll_next_unpin(&mut Context::from_waker(&waker)) {
                Poll::Ready(ended) => {
                    // There may be more.
                    self.bell.0.store(ended.is_some(), Ordering::SeqCst);
                    return ended;
                }
                Poll::Pending => {}
            }
        }
        None
    }

    /// Lets the database's writer work, and tells whether a lane may go on after that.
    async fn give_way(&mut self) -> bool {
        for _ in 0..PATIENCE {
            if self.bell.0.load(Ordering::SeqCst) {
                return true;
            }
            if self.lanes.len() == self.time.sleepers() {
                return false;
            }
            tokio::task::yield_now().await;
        }
        false
    }

    fn ended(&mut self, began_at: u64, turn: Result<Turn>) -> anyhow::Result<()> {
        let turn = turn.map_err(|error| anyhow::anyhow!("a turn failed: {error}"))?;
        let goes_on = self.pace.after(&turn, began_at, self.time.now());
        anyhow::ensure!(goes_on, "the worker stopped with {turn:?}");
        self.is_idle &= turn == Turn::Idle;
        Ok(())
    }

    fn go_on(&mut self) {
        self.pace.go_on();
        self.is_idle = false;
    }
}
