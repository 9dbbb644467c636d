//! The workers: the real one with its lanes, polled by hand in a drawn order, and those whose lease ended while they
//! were at work. What `keytile::sync::worker::run` does with timers and tasks is done here step by step.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use jiff::{SignedDuration, Timestamp};
use keytile::Result;
use keytile::settings;
use keytile::sync::store;
use keytile::sync::worker::{Holder, Turn, Worker, recorder};
use portal::okta::{Credential, OktaPortal};
use rand::Rng as _;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;
use url::Url;
use uuid::Uuid;

use crate::seam::Seam;
use crate::wire::SimWire;
use crate::world::{ORG, World};

/// Whatever else a worker waits for comes sooner; audits lie hours apart.
const NEXT_AUDIT_AFTER: SignedDuration = SignedDuration::from_hours(2);

/// However many wake-ups are lost, the worker looks again after so long.
const LOOKS_EVERY: SignedDuration = SignedDuration::from_secs(15);

/// All that are at work, the one in charge last.
#[derive(Default)]
pub struct Workers {
    crews: Vec<Crew>,
    made: usize,
    holder: Option<Holder>,
    signals: Option<broadcast::Receiver<Uuid>>,
    /// Turns that were cut off: what they had done may not be on record.
    pub cut_off: u64,
}

struct Crew {
    number: usize,
    worker: Arc<Worker<Seam>>,
    lanes: Vec<Lane>,
    /// How many turns it takes at a time.
    most: usize,
    /// Nothing to do before this instant.
    rests_until: Option<Timestamp>,
    /// However idle it is, it looks again then: that is how audits begin.
    looks_at: Timestamp,
    wakes: u64,
    /// It takes no more turns.
    is_over: bool,
    /// Another one is in charge.
    is_stale: bool,
}

impl Crew {
    /// A lane that passed over what another one is at knows less than that one: the earliest instant that any of them told
    /// counts, as for the driver (`sync::worker::Pace`), which besides looks again within seconds.
    fn rest(&mut self, until: Timestamp) {
        self.rests_until = Some(self.rests_until.map_or(until, |other| other.min(until)));
    }
}

struct Lane {
    /// How many wake-ups there had been.
    began_at: u64,
    /// At which step of the run it began.
    step: u64,
    turn: Pin<Box<dyn Future<Output = Result<Turn>> + Send>>,
}

impl World {
    /// Starts a worker if none is in charge and there is a portal to follow.
    pub async fn employ(&mut self) -> Result<()> {
        if self.workers.crews.iter().any(|crew| !crew.is_stale) {
            return Ok(());
        }
        let mut tx = self.app.db.read().await?;
        let Some(row) = store::portal(&mut tx, self.workspace).await? else { return Ok(()) };
        let token = settings::open_token(&self.app, &mut tx, &row).await?;
        drop(tx);
        self.workers.signals.get_or_insert_with(|| self.app.db.signals());
        self.workers.made += 1;
        let number = self.workers.made;
        let wire = SimWire {
            worker: number,
            stage: Arc::clone(&self.stage),
            watch: Arc::clone(&self.watch),
            door: self.door.clone(),
        };
        let domain: Url = ORG.parse().expect("an address");
        let org = (!row.org_id.is_empty()).then(|| row.org_id.clone());
        let credential = Credential::Token(token.expose().clone().into());
        let okta = OktaPortal::over(Arc::new(wire), domain, credential, org);
        let seam = Seam {
            okta: okta.with_recorder(recorder()),
            ledger: Arc::clone(&self.ledger),
            bug: self.bug.clone(),
        };
        let holder = self.workers.holder.get_or_insert_with(|| Holder::new(&self.app)).clone();
        let worker = Worker::take_over(&self.app, row, seam, &holder).await?;
        let Some(worker) = worker else {
            self.stage.violate("R8", "the only process does not get the lease");
            return Ok(());
        };
        self.workers.holder = Some(holder.patient());
        self.stage.note(format_args!("w{number} is in charge"));
        self.workers.crews.push(Crew {
            number,
            worker: Arc::new(worker),
            lanes: Vec::new(),
            most: [1, 1, 2, 4][self.rng.random_range(0..4)],
            rests_until: None,
            looks_at: self.stage.now(),
            wakes: 0,
            is_over: false,
            is_stale: false,
        });
        Ok(())
    }

    /// The process is killed: what was under way is cut off where it stands. Another one starts.
    pub fn crash(&mut self) {
        for crew in self.workers.crews.drain(..) {
            self.workers.cut_off += crew.lanes.len() as u64;
        }
        self.workers.holder = None;
    }

    /// The worker sleeps through its lease: another one takes over, and the first goes on where it was.
    pub fn split(&mut self) {
        for crew in &mut self.workers.crews {
            crew.is_stale = true;
            self.watch.retire(crew.number);
        }
        self.workers.holder = None;
    }

    /// Passes on the wake-ups that were sent, and lets everybody begin their turns.
    pub async fn rouse(&mut self) -> Result<()> {
        self.employ().await?;
        let now = self.stage.now();
        let mut is_woken = false;
        while let Some(signals) = &mut self.workers.signals {
            match signals.try_recv() {
                Ok(topic) => is_woken |= topic == self.workspace.uuid(),
                Err(TryRecvError::Lagged(_)) => is_woken = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        for crew in &mut self.workers.crews {
            if is_woken {
                crew.wakes += 1;
            }
            if is_woken
                || crew.rests_until.is_some_and(|until| until <= now || crew.looks_at <= now)
            {
                crew.rests_until = None;
            }
            while crew.rests_until.is_none() && !crew.is_over && crew.lanes.len() < crew.most {
                let worker = Arc::clone(&crew.worker);
                let turn = Box::pin(async move { worker.turn().await });
                let (began_at, step) = (crew.wakes, self.stage.at());
                crew.lanes.push(Lane { began_at, step, turn });
            }
        }
        Ok(())
    }

    /// Whether a write to this app or group may be under way: whoever has looked at it is still at it.
    pub fn is_busy_with(&self, id: &str) -> bool {
        let lanes = self.workers.crews.iter().flat_map(|crew| &crew.lanes);
        let looked_at = self.watch.looked_at(id);
        looked_at.is_some_and(|looked_at| lanes.into_iter().any(|lane| lane.step <= looked_at))
    }

    /// The lanes that can go on, as places of crews and of lanes in them.
    pub fn busy(&self) -> Vec<(usize, usize)> {
        let crews = self.workers.crews.iter().enumerate();
        crews.flat_map(|(c, crew)| (0..crew.lanes.len()).map(move |lane| (c, lane))).collect()
    }

    /// When the first of those that rest wants to go on.
    pub fn rest_ends_at(&self) -> Option<Timestamp> {
        self.workers.crews.iter().filter(|crew| !crew.is_over).filter_map(|it| it.rests_until).min()
    }

    /// Lets one lane go on until it next waits for something, and tells whether its turn is over.
    pub async fn go_on(&mut self, crew: usize, lane: usize) -> bool {
        let going = &mut self.workers.crews[crew].lanes[lane];
        let polled = poll_fn(|cx| Poll::Ready(going.turn.as_mut().poll(cx))).await;
        // The writer is a task of its own: it works while we give way.
        tokio::task::yield_now().await;
        let step = going.step;
        if self.watch.take_dirty() {
            self.judge_sight(step);
        }
        let Poll::Ready(turn) = polled else { return false };
        let lane = self.workers.crews[crew].lanes.swap_remove(lane);
        self.ended(crew, lane.began_at, turn);
        true
    }

    fn ended(&mut self, crew: usize, began_at: u64, turn: Result<Turn>) {
        let now = self.stage.now();
        let it = &mut self.workers.crews[crew];
        it.looks_at = now + LOOKS_EVERY;
        self.stage.note(format_args!("w{} turn: {turn:?}", it.number));
        if let Ok(Turn::Audited) = turn {
            self.stage.count("turn: an audit, or an app that no tile explains");
        }
        match turn {
            Ok(Turn::Did(_) | Turn::Audited) => it.rests_until = None,
            // It looked before the last wake-up, so what it did not find may be there now.
            Ok(Turn::Wait(_) | Turn::Idle) if began_at < it.wakes => it.rests_until = None,
            Ok(Turn::Wait(Some(until))) => it.rest(until.max(now)),
            Ok(Turn::Wait(None)) => it.rest(now + LOOKS_EVERY),
            Ok(Turn::Idle) => it.rest(Timestamp::MAX),
            Ok(Turn::Outdated) => it.is_over = true,
            Ok(Turn::Lost) => {
                self.workers.cut_off += 1;
                it.is_over = true;
                if !it.is_stale {
                    self.stage.violate("R8", "the worker in charge has lost its lease");
                }
            }
            Err(error) => self.stage.violate("E", format!("a turn failed: {error}")),
        }
        self.workers.crews.retain(|crew| !(crew.is_over && crew.lanes.is_empty()));
    }

    /// Whether everybody rests, and nobody wants to go on by themselves but for the next audit.
    pub fn is_idle(&self) -> bool {
        let soon = self.stage.now() + NEXT_AUDIT_AFTER;
        self.busy().is_empty() && self.rest_ends_at().is_none_or(|until| until > soon)
    }
}
