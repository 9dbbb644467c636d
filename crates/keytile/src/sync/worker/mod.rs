//! Makes the portal follow: each turn looks at the most urgent tile, does at most one step towards what our grants want,
//! and records it. State lives in the database, so a worker may be killed at any point; waiting and waking is `lanes`'.

mod audience;
mod audit;
mod claims;
mod deed;
mod failure;
mod forecast;
mod lanes;
mod lease;
mod leaver;
mod limits;
mod logo;
mod look;
mod news;
mod outlook;
mod people;
mod refused;
mod round;
mod safety;
mod search;
mod store;
mod strays;
mod trace;
mod turn;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{AudienceId, TileId, Timestamp};
use portal::{Checked, GroupStep, Principal, Reserve, Step};
use uuid::Uuid;

use self::claims::{Claim, Claims};
use self::failure::{Doing, Refusals};
use self::lease::Lease;
use self::look::{Next, Seen};
use self::round::{Room, Round};
use self::safety::Verdict;
use super::safety::store::Held;
use super::store::{Portal as PortalRow, PortalStatus};
use crate::app::App;
use crate::db;
use crate::directories;
use crate::error::Error;

pub use self::forecast::{Progress, forecast};
pub use self::lanes::{LANES, Pace, run};
pub use self::lease::Holder;
pub(crate) use self::limits::limits;
pub use self::limits::{Bucket, Limits};
pub(in crate::sync) use self::outlook::{GroupOutlook, Outlook, foresee, unwritten};
pub use self::trace::recorder;
pub use self::turn::{Subject, Turn};

/// The worker of one portal, as long as nobody with a higher fence takes over. Turns may run at the same time.
pub struct Worker<P> {
    app: App,
    row: PortalRow,
    portal: P,
    lease: Lease,
    claims: Claims,
    scan: tokio::sync::Mutex<Option<search::Scan>>,
    audit: tokio::sync::Mutex<audit::Run>,
    people: tokio::sync::Mutex<directories::watch::Run>,
    /// Held while an audience takes a group that an admin made.
    pool: tokio::sync::Mutex<()>,
    /// Held while somebody who left is looked at.
    leaver: tokio::sync::Mutex<()>,
    memory: Mutex<Memory>,
}

/// What is known only to this worker. Losing it costs a few calls and nothing else.
#[derive(Default)]
struct Memory {
    /// The portal holds as many apps as it may: no creates before this instant.
    creates_rest_until: Option<Timestamp>,
    /// The last scan failed: none before this instant.
    scans_rest_until: Option<Timestamp>,
    /// Steps that the portal refused in this run: the rest of the tile goes on without them.
    refused: HashMap<TileId, Refusals>,
    /// The same for groups.
    refused_groups: HashMap<AudienceId, Vec<(GroupStep, portal::Error)>>,
    /// Tiles and audiences for which the portal gave no usable answer since it last gave one.
    without_answer: BTreeSet<Uuid>,
    /// Groups that were looked at as a whole, by the portal's id.
    checked: HashMap<String, Checked>,
    /// Pages of something else than the portal since it last answered.
    strange_answers: u32,
    /// Pictures wait until this instant.
    logos_rest_until: Option<Timestamp>,
    /// The portal as a whole seems to be down: nothing before this instant.
    rest_until: Option<Timestamp>,
    /// The portal refused this very connection: nothing more until there is another.
    is_halted: bool,
    /// When the forecast is due again.
    forecast_at: Option<Timestamp>,
    /// What was told last.
    forecast: Option<Timestamp>,
    /// People who left, and whom the portal still had when they were looked at.
    here: HashMap<String, Timestamp>,
    /// What tiles are about to lose.
    pending: safety::Pending,
    /// What earlier rounds found out.
    rounds: round::Known,
    /// When the limits may be told again, and what was told last.
    limits_at: Option<Timestamp>,
    limits: Limits,
}

/// Why a turn ended early.
enum Stop {
    Lost,
    /// The portal refuses this connection, whatever is asked of it.
    Refused(portal::Error),
    Failed(Error),
}

impl From<db::Error> for Stop {
    fn from(error: db::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What became of one candidate.
enum Outcome {
    /// It had its turn.
    Did,
    /// It cannot go on before this instant.
    Blocked(Option<Timestamp>),
    /// Nor can one for whose next step there is no room; so many are left.
    Full { until: Timestamp, left: usize },
    /// Nobody can go on: the connection must be put right.
    Halted,
}

impl<P: portal::Portal> Worker<P> {
    /// Takes over the portal of `row` for `holder`, or `None` while another worker's lease lasts.
    ///
    /// `portal` must have been built from this very `row`.
    pub async fn take_over(
        app: &App,
        row: PortalRow,
        portal: P,
        holder: &Holder,
    ) -> Result<Option<Self>, Error> {
        let Some(lease) = Lease::acquire(app, &row, holder).await? else { return Ok(None) };
        Ok(Some(Self {
            app: app.clone(),
            row,
            portal,
            lease,
            claims: Claims::default(),
            scan: tokio::sync::Mutex::default(),
            audit: tokio::sync::Mutex::default(),
            people: tokio::sync::Mutex::default(),
            pool: tokio::sync::Mutex::default(),
            leaver: tokio::sync::Mutex::default(),
            memory: Mutex::default(),
        }))
    }

    /// Does at most one step for the most urgent tile.
    ///
    /// # Errors
    /// A failure of the database. Nothing is lost: what was sent and not recorded is looked up again.
    pub async fn turn(&self) -> Result<Turn, Error> {
        match Box::pin(self.try_turn()).await {
            Ok(turn) => Ok(turn),
            Err(Stop::Lost) => Ok(Turn::Lost),
            Err(Stop::Refused(error)) => self.halt(&error).await,
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// Lets another worker take over at once.
    pub async fn release(&self) -> Result<(), Error> {
        self.lease.release(&self.app, &self.row).await
    }

    async fn try_turn(&self) -> Result<Turn, Stop> {
        let now = self.app.now();
        self.lease.keep(&self.app, &self.row).await?;
        let mut tx = self.app.db.read().await?;
        let standing = store::standing(&mut tx, &self.row).await?.ok_or(Stop::Lost)?;
        if standing.fence != self.lease.fence() {
            return Err(Stop::Lost);
        }
        if !standing.is_of(&self.row) {
            return Ok(Turn::Outdated);
        }
        if store::has_noted_marks(&mut tx, self.row.id).await? {
            drop(tx);
            self.put_noted_marks().await?;
            tx = self.app.db.read().await?;
        }
        // While extending is off no status tells that the connection is refused, and removals would go on.
        let is_refused = standing.status == PortalStatus::Off && self.memory().is_halted;
        if standing.status == PortalStatus::Update || is_refused {
            return Ok(Turn::Wait(None));
        }
        self.tell_limits().await?;
        if let Some(until) = self.rests_until(now) {
            return Ok(Turn::Wait(Some(until)));
        }
        let filter = store::Filter {
            only_ended: standing.status == PortalStatus::Off,
            no_creates: self.creates_rest(now).is_some(),
        };
        let candidates = store::candidates(&mut tx, &self.row, filter, now).await?;
        let people_due = directories::watch::due(&mut tx, self.row.workspace).await?;
        drop(tx);
        // Ahead of the tiles, whose first sync may take hours: whoever left is out within one.
        let Outcome::Blocked(people_wait) = self.people(people_due).await? else {
            return Ok(Turn::Audited);
        };
        self.review().await?;
        if let Some(turn) = self.overdue_audit(&standing, &candidates).await? {
            return Ok(turn);
        }
        let mut wait = match Box::pin(self.round(&candidates)).await? {
            Round::Did(subject) => return Ok(Turn::Did(subject)),
            Round::Halted => return Ok(Turn::Wait(None)),
            Round::Wait(until) => earlier(until, people_wait),
        };
        if !filter.only_ended {
            match self.audit(candidates.come_before_audits()).await? {
                Outcome::Did => return Ok(Turn::Audited),
                Outcome::Blocked(until) => wait = earlier(wait, until),
                Outcome::Full { until, .. } => wait = earlier(wait, Some(until)),
                Outcome::Halted => return Ok(Turn::Wait(None)),
            }
        }
        let mut tx = self.app.db.read().await?;
        let next = store::next_due(&mut tx, &self.row, filter.only_ended, now).await?;
        let next = earlier(next, self.creates_rest(now));
        drop(tx);
        self.tell_forecast().await?;
        Ok(match earlier(wait, next) {
            Some(until) => Turn::Wait(Some(until)),
            None => Turn::Idle,
        })
    }

    /// Looks at one tile and does what comes next for it.
    async fn attend(&self, claim: &Claim<'_>, room: Room) -> Result<Outcome, Stop> {
        let now = self.app.now();
        // Only now that nobody else of us works on it: the row may have moved since it was listed.
        let mut tx = self.app.db.read().await?;
        let Some(mut seen) = Seen::load(&mut tx, &self.app, claim.tile()).await? else {
            return Ok(Outcome::Blocked(None));
        };
        drop(tx);
        if seen.tile.due_at.is_none_or(|due| due > now) {
            return Ok(Outcome::Blocked(seen.tile.due_at));
        }
        self.forget_decided(&mut seen).await?;
        let refused = self.refused(seen.tile.id);
        seen.let_go_of_refused(&refused);
        let steps: Vec<&Step> = refused.iter().map(|(step, _)| step).collect();
        match seen.next(&steps) {
            Next::Rest => {
                seen.tile.due_at = None;
                seen.tile.refresh = false;
                self.commit_if(seen.record().strictly()).await?;
                Ok(Outcome::Did)
            }
            Next::Settle => {
                let news = Some(seen.settle(now));
                self.commit(seen.record().with_news(news)).await?;
                Ok(Outcome::Did)
            }
            Next::Move => self.move_to_audience(seen).await,
            Next::Await => self.await_audience(seen).await,
            Next::Stuck => Box::pin(self.give_up(seen, refused)).await,
            Next::Held => self.rest_held(seen).await,
            Next::Search => self.search(claim, seen).await,
            Next::Read if seen.known.is_glance => self.glance(seen).await,
            Next::Read => self.read(seen).await,
            Next::Pause(pause) => self.pause(seen, pause, Vec::new()).await,
            Next::Step { step, left } => self.reserve_and_do(claim, seen, step, left, room).await,
        }
    }

    async fn reserve_and_do(
        &self,
        claim: &Claim<'_>,
        mut seen: Seen,
        step: Step,
        left: usize,
        room: Room,
    ) -> Result<Outcome, Stop> {
        let now = self.app.now();
        if matches!(step, Step::Create { .. })
            && let Some(until) = self.creates_rest(now)
        {
            return Ok(Outcome::Blocked(Some(until)));
        }
        if let Step::Unassign(Principal::Person(person)) = &step
            && let Some(instead) = self.left_with(person, seen.priority()).await?
        {
            return match instead {
                Ok(outcome) => Ok(outcome),
                Err(error) => self.fail(seen, Doing::Step(step), error, None).await,
            };
        }
        match self.judge(&seen, &step).await? {
            Verdict::Go => {}
            Verdict::Counted(removals) => seen.counts = removals,
            Verdict::Hold(why, removals) => {
                let (tile, label) = (Some(seen.tile.id), &seen.tile.label);
                let held = |removal| Held { removal, tile, label: label.clone() };
                self.hold(removals.into_iter().map(held).collect(), why).await?;
                return Ok(Outcome::Did);
            }
        }
        match self.portal.reserve(&step, room.priority(seen.priority()), now) {
            Reserve::At(until) => Ok(Outcome::Full { until, left }),
            Reserve::Now(ticket) => {
                claim.leaves(left.saturating_sub(1));
                self.do_step(seen, step, left, ticket).await
            }
        }
    }

    async fn put_noted_marks(&self) -> Result<(), Stop> {
        let fence = self.fence();
        let change = self.app.db.write(self.row.workspace, move |tx| {
            Box::pin(async move {
                let is_ours = store::put_noted_marks(tx, fence).await?;
                if is_ours { Ok(()) } else { Err(Stop::Lost) }
            })
        });
        change.await
    }

    fn fence(&self) -> store::Fence {
        store::Fence {
            portal: self.row.id,
            number: self.lease.fence(),
            token_version: self.row.token_version,
        }
    }

    async fn commit(&self, record: store::Record) -> Result<(), Stop> {
        // A record is large, and most futures here hold one.
        Box::pin(self.commit_if(record)).await.map(drop)
    }

    /// Stores the record, and tells whether it was; a strict one is not where the tile was marked again.
    async fn commit_if(&self, record: store::Record) -> Result<bool, Stop> {
        if let Some(tile) = record.settled() {
            self.memory().refused.remove(&tile);
        }
        let (tile, people) = record.people();
        self.forget_pending(tile, people);
        let mut by = crate::actor::By::process(&self.app, self.row.workspace, "system");
        let fence = self.fence();
        self.app
            .db
            .write(self.row.workspace, move |tx| {
                Box::pin(async move { record.save(tx, &mut by, fence).await })
            })
            .await
    }
}

impl<P> Worker<P> {
    /// The portal gave a usable answer.
    fn answered(&self) {
        let mut memory = self.memory();
        memory.without_answer.clear();
        memory.strange_answers = 0;
        memory.rest_until = None;
    }

    fn rests_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.memory().rest_until.filter(|until| *until > now)
    }

    fn creates_rest(&self, now: Timestamp) -> Option<Timestamp> {
        self.memory().creates_rest_until.filter(|until| *until > now)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The earlier of two instants, where there are any.
fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}
