//! A portal in memory that can misbehave, driven by the caller's clock: for tests of who uses one.
//!
//! It keeps the promises of [`Portal`] and none of Okta's details; those are okta-sim's.

mod directory;
mod groups;
mod portal;

use crate::plan::is_same_launch;
use crate::{
    App, AppId, AppStatus, Applied, Error, Group, GroupId, LogEvent, PersonStatus, Principal,
    Priority, Step, TileRef,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// By this id the log knows our own doing.
pub const OWN_ID: &str = "token1";

/// What the portal holds. Tests look at it, and change it as a portal's admin would (R6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// All apps, ours and others'.
    pub apps: BTreeMap<AppId, Tile>,
    /// All groups, ours and others'.
    pub groups: BTreeMap<GroupId, People>,
    /// People whom the portal has ended.
    pub away: BTreeSet<String>,
    /// How everybody stands in the directory.
    pub people: BTreeMap<String, PersonStatus>,
    /// What happened, as the portal's own log tells it.
    pub log: Vec<LogEvent>,
}

/// One group and who is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    /// The group as the portal describes it.
    pub group: Group,
    /// Who is in it.
    pub members: BTreeSet<String>,
    /// The admin role that it carries, if any: nobody may be put into it then.
    pub role: Option<String>,
}

/// One app and who is assigned to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The app as the portal describes it.
    pub app: App,
    /// Who is assigned to the app itself.
    pub principals: BTreeSet<Principal>,
    /// The version of the picture that it was given.
    pub logo: Option<u32>,
}

/// Which call a fault waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The next call of any kind.
    Any,
    /// A search or a scan.
    Search,
    /// A create.
    Create,
    /// Activate or deactivate.
    Lifecycle,
    /// An update.
    Update,
    /// An assignment.
    Assign,
    /// Its removal.
    Unassign,
    /// A delete.
    Delete,
    /// A picture.
    Logo,
    /// A step about a group.
    Group,
    /// A page of the log.
    Log,
    /// A look at one app or group, or at who is in it.
    Read,
    /// The organisation, or "Test connection".
    Org,
}

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done.
    Fail(Error),
    /// Everything is done, and the answer is lost (R2).
    CommitThenFail(Error),
}

/// The portal in memory.
#[derive(Debug, Default)]
pub struct FakePortal {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    world: World,
    made: u64,
    faults: VecDeque<(On, Fault)>,
    calls: Vec<String>,
    list_lag: SignedDuration,
    limit: Option<u32>,
    window: Option<(Timestamp, u32)>,
}

impl FakePortal {
    /// An empty portal without limits and faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// At most so many steps in a window of 60 s, a tenth of it kept for leavers and people.
    #[must_use]
    pub fn with_limit(self, steps_a_minute: u32) -> Self {
        self.lock().limit = Some(steps_a_minute);
        self
    }

    /// New apps are listed only after this long (R5).
    #[must_use]
    pub fn with_list_lag(self, lag: SignedDuration) -> Self {
        self.lock().list_lag = lag;
        self
    }

    /// The next call that `on` describes fails; faults wait in line.
    pub fn fail(&self, on: On, fault: Fault) {
        self.lock().faults.push_back((on, fault));
    }

    /// Looks at the world, or changes it behind everybody's back.
    pub fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.lock().world)
    }

    /// Every call so far, in words.
    pub fn calls(&self) -> Vec<String> {
        self.lock().calls.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a call and does it as the next fault says.
    fn call<T>(
        &self,
        on: On,
        words: String,
        effect: impl FnOnce(&mut State) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut state = self.lock();
        state.calls.push(words);
        let place = state.faults.iter().position(|(fault, _)| *fault == on || *fault == On::Any);
        match place.and_then(|place| state.faults.remove(place)) {
            None => effect(&mut state),
            Some((_, Fault::Fail(error))) => Err(error),
            Some((_, Fault::CommitThenFail(error))) => effect(&mut state).and(Err(error)),
        }
    }
}

impl State {
    fn create(&mut self, label: &str, url: &str, now: Timestamp) -> Applied {
        self.made += 1;
        let app = App {
            id: AppId(format!("app{}", self.made)),
            label: label.to_owned(),
            url: url.to_owned(),
            status: AppStatus::Active,
            created: Some(now),
            updated: Some(now),
            self_service: false,
        };
        let tile = Tile { app: app.clone(), principals: BTreeSet::new(), logo: None };
        self.world.apps.insert(app.id.clone(), tile);
        Applied::Created(app)
    }

    fn change(&mut self, tile: TileRef<'_>, step: &Step, now: Timestamp) -> Result<Applied, Error> {
        if let Step::Create { label, url } = step {
            return Ok(self.create(label, url, now));
        }
        if matches!(step, Step::Search) {
            let wanted = |url: &str| is_same_launch(tile.url, url);
            return Ok(Applied::Found(self.listed(wanted, now)));
        }
        let id = tile.app.ok_or(Error::NotThere)?;
        let Some(found) = self.world.apps.get_mut(id) else {
            return match step {
                Step::Assign(_) => Err(Error::NotThere),
                _ => Ok(Applied::Gone),
            };
        };
        if !is_same_launch(tile.url, &found.app.url) {
            let why = "its URL is not the launch URL of this account".to_owned();
            return Err(Error::Foreign { app: id.clone(), why });
        }
        match step {
            Step::Activate | Step::Deactivate => {
                let is_active = matches!(step, Step::Activate);
                found.app.status = if is_active { AppStatus::Active } else { AppStatus::Inactive };
                found.app.updated = Some(now);
            }
            Step::Update { label, url } => {
                label.clone_into(&mut found.app.label);
                url.clone_into(&mut found.app.url);
                found.app.self_service = false;
                found.app.updated = Some(now);
            }
            Step::Assign(_) if found.app.status == AppStatus::Inactive => {
                return Err(refused("inactive", "The app is inactive."));
            }
            Step::Assign(principal) => {
                found.principals.insert(principal.clone());
            }
            Step::Unassign(principal) => {
                found.principals.remove(principal);
            }
            Step::HandOver(person) => {
                found.principals.remove(&Principal::Person(person.clone()));
            }
            Step::Logo(logo) => found.logo = Some(logo.version),
            Step::Delete if found.app.status == AppStatus::Active => {
                return Err(refused("active", "The app must be deactivated before deletion."));
            }
            Step::Delete => {
                self.world.apps.remove(id);
            }
            Step::Search | Step::Create { .. } => unreachable!("handled above"),
        }
        Ok(Applied::Done)
    }

    fn listed(&self, wanted: impl Fn(&str) -> bool, now: Timestamp) -> Vec<App> {
        let is_listed = |app: &App| {
            wanted(&app.url) && app.created.is_none_or(|created| created + self.list_lag <= now)
        };
        let apps = self.world.apps.values().map(|tile| &tile.app);
        apps.filter(|app| is_listed(app)).cloned().collect()
    }

    fn room(&mut self, priority: Priority, now: Timestamp) -> Option<Timestamp> {
        let limit = self.limit?;
        let (ends_at, used) = match self.window {
            Some((ends_at, used)) if now < ends_at => (ends_at, used),
            _ => (now + WINDOW, 0),
        };
        let kept = if priority.is_interactive() { 0 } else { crate::okta::limits::kept(limit) };
        if used + kept >= limit {
            return Some(ends_at);
        }
        self.window = Some((ends_at, used + 1));
        None
    }
}

fn refused(code: &str, reason: &str) -> Error {
    Error::Refused { code: code.to_owned(), reason: reason.to_owned(), request_id: None }
}

fn kind(step: &Step) -> On {
    match step {
        Step::Search => On::Search,
        Step::Create { .. } => On::Create,
        Step::Activate | Step::Deactivate => On::Lifecycle,
        Step::Update { .. } => On::Update,
        Step::Assign(_) => On::Assign,
        Step::Unassign(_) | Step::HandOver(_) => On::Unassign,
        Step::Logo(_) => On::Logo,
        Step::Delete => On::Delete,
    }
}
