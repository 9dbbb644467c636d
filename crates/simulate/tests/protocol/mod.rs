//! The create protocol as a machine of small steps. A tick is a minute: no request is under way for so long, and a new app
//! is in lists after one.

use std::collections::BTreeSet;

use stateright::{Model, Property};

/// Ticks that may pass while something else could happen; more only while everybody waits.
const FREE_TICKS: u8 = 3;
const TICKS: u8 = 9;
/// Crashes, ends of a lease and lost answers of one run.
const CRASHES: u8 = 1;
const TAKEOVERS: u8 = 1;
const LOSSES: u8 = 1;
/// The list has an app this many ticks after it was made, at the latest.
const LAG: u8 = 1;
/// The second scan comes so long after the first, and so long after the create.
const BETWEEN_SCANS: u8 = 1;
const AFTER_CREATE: u8 = 2;

/// A part of the protocol that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Two scans that found nothing before another create.
    SecondScan,
    /// Any scan at all.
    Search,
    /// The second scan waits until the list must have the app.
    WaitForTheList,
    /// The app's id is on record before anybody is assigned.
    RecordBeforeAssigning,
    /// A worker whose lease has ended cannot write.
    Fence,
}

/// The protocol, whole or without a part.
#[derive(Debug, Clone)]
pub struct Protocol {
    without: Option<Part>,
}

impl Protocol {
    pub fn whole() -> Self {
        Self { without: None }
    }

    pub fn without(part: Part) -> Self {
        Self { without: Some(part) }
    }

    fn lacks(&self, part: Part) -> bool {
        self.without == Some(part)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Phase {
    New,
    Creating,
    Live,
}

/// The tile's row: durable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Row {
    phase: Phase,
    app: Option<u8>,
    sent_at: u8,
    scanned_at: Option<u8>,
    fence: u8,
}

/// What a worker is at: lost with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum At {
    /// Nothing was decided.
    Looking,
    /// The intention is on record.
    AboutToCreate,
    /// The create was sent.
    Creating,
    /// The answer came: this app was made.
    Created(u8),
    /// This app, on record as far as the worker knows, gets somebody.
    AboutToAssign(u8),
    /// Everything is done.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Worker {
    /// `None` while it is not in charge.
    fence: Option<u8>,
    at: At,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct App {
    made_at: u8,
    is_listed: bool,
    is_assigned: bool,
}

/// A create between a worker and the org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Request {
    from: usize,
    fence: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    now: u8,
    row: Row,
    workers: [Worker; 2],
    requests: Vec<Request>,
    apps: Vec<App>,
    /// Every app that was ever on record.
    recorded: BTreeSet<u8>,
    /// A create was sent by one whose lease had ended.
    is_late: bool,
    crashes: u8,
    takeovers: u8,
    losses: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Decides by the row, and records what it is about to do.
    Turn(usize),
    /// Sends the create, or the assignment.
    Send(usize),
    /// Writes down what came back.
    Record(usize),
    /// The org makes the app; the answer arrives or gets lost.
    Make {
        request: usize,
        is_lost: bool,
    },
    /// The request never arrives, and the worker hears nothing.
    Drop {
        request: usize,
    },
    /// The list has the app from now on.
    List(u8),
    /// A worker dies and is started again.
    Crash(usize),
    /// The other's lease has ended.
    TakeOver(usize),
    Tick,
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let idle = Worker { fence: None, at: At::Looking };
        vec![State {
            now: 0,
            row: Row { phase: Phase::New, app: None, sent_at: 0, scanned_at: None, fence: 1 },
            workers: [Worker { fence: Some(1), at: At::Looking }, idle],
            requests: Vec::new(),
            apps: Vec::new(),
            recorded: BTreeSet::new(),
            is_late: false,
            crashes: 0,
            takeovers: 0,
            losses: 0,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (index, worker) in state.workers.iter().enumerate() {
            match worker.at {
                At::Looking if worker.fence.is_some() && self.can_turn(state, *worker) => {
                    actions.push(Action::Turn(index));
                }
                At::AboutToCreate | At::AboutToAssign(_) => actions.push(Action::Send(index)),
                At::Created(_) => actions.push(Action::Record(index)),
                At::Looking | At::Creating | At::Done => {}
            }
        }
        // What a dead worker had sent is on its way all the same.
        for request in 0..state.requests.len() {
            actions.push(Action::Make { request, is_lost: false });
            if state.losses < LOSSES {
                actions.push(Action::Make { request, is_lost: true });
                actions.push(Action::Drop { request });
            }
        }
        for (id, app) in (0_u8..).zip(&state.apps) {
            if !app.is_listed {
                actions.push(Action::List(id));
            }
        }
        let everybody_waits = actions.is_empty();
        for index in 0..2 {
            let is_in_charge = state.workers[index].fence == Some(state.row.fence);
            if is_in_charge && state.crashes < CRASHES {
                actions.push(Action::Crash(index));
            }
            if !is_in_charge && state.takeovers < TAKEOVERS {
                actions.push(Action::TakeOver(index));
            }
        }
        if state.now < FREE_TICKS || (everybody_waits && state.now < TICKS && !is_over(state)) {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Turn(index) => self.turn(&mut state, index),
            Action::Send(index) => send(&mut state, index),
            Action::Record(index) => self.record(&mut state, index),
            Action::Make { request, is_lost } => self.make(&mut state, request, is_lost),
            Action::Drop { request } => {
                let request = state.requests.remove(request);
                state.losses += 1;
                hear_nothing(&mut state, request);
            }
            Action::List(id) => state.apps[usize::from(id)].is_listed = true,
            Action::Crash(index) => {
                state.crashes += 1;
                state.row.fence += 1;
                state.workers[index] = Worker { fence: Some(state.row.fence), at: At::Looking };
            }
            Action::TakeOver(index) => {
                state.takeovers += 1;
                state.row.fence += 1;
                state.workers[index] = Worker { fence: Some(state.row.fence), at: At::Looking };
            }
            Action::Tick => tick(&mut state)?,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("at most one app is shown", |_: &Self, state: &State| {
                state.apps.iter().filter(|app| app.is_assigned).count() <= 1
            }),
            Property::always(
                "nobody is assigned to an app that is not on record",
                |_: &Self, state: &State| {
                    let mut apps = (0_u8..).zip(&state.apps);
                    apps.all(|(id, app)| !app.is_assigned || state.recorded.contains(&id))
                },
            ),
            Property::always("one app, unless a lease ended", |_: &Self, state: &State| {
                state.apps.len() <= 1 || state.is_late
            }),
            Property::eventually("the app is shown", |_: &Self, state: &State| {
                state.apps.iter().any(|app| app.is_assigned)
            }),
        ]
    }
}

impl Protocol {
    /// Whether a turn would do anything: before the second scan there is nothing to do but to wait.
    fn can_turn(&self, state: &State, worker: Worker) -> bool {
        let row = &state.row;
        if worker.fence != Some(row.fence) {
            // It finds out that it has lost the lease.
            return true;
        }
        let Some(scanned_at) = row.scanned_at.filter(|_| row.phase == Phase::Creating) else {
            return true;
        };
        self.lacks(Part::WaitForTheList)
            || state.now >= (scanned_at + BETWEEN_SCANS).max(row.sent_at + AFTER_CREATE)
    }

    fn may_write(&self, state: &State, index: usize) -> bool {
        state.workers[index].fence == Some(state.row.fence) || self.lacks(Part::Fence)
    }

    fn turn(&self, state: &mut State, index: usize) {
        if !self.may_write(state, index) {
            state.workers[index] = Worker { fence: None, at: At::Looking };
            return;
        }
        match state.row.phase {
            Phase::New => {
                state.row.phase = Phase::Creating;
                (state.row.sent_at, state.row.scanned_at) = (state.now, None);
                state.workers[index].at = At::AboutToCreate;
            }
            Phase::Creating => self.search(state),
            Phase::Live => {
                let app = state.row.app.expect("a live tile has an app");
                state.workers[index].at = At::AboutToAssign(app);
            }
        }
    }

    fn search(&self, state: &mut State) {
        if self.lacks(Part::Search) {
            state.row.phase = Phase::New;
            return;
        }
        let listed = (0_u8..).zip(&state.apps).find(|(_, app)| app.is_listed);
        match (listed.map(|(id, _)| id), state.row.scanned_at) {
            (Some(app), _) => adopt(state, app),
            (None, None) if !self.lacks(Part::SecondScan) => {
                state.row.scanned_at = Some(state.now);
            }
            (None, _) => (state.row.phase, state.row.scanned_at) = (Phase::New, None),
        }
    }

    fn make(&self, state: &mut State, request: usize, is_lost: bool) {
        let request = state.requests.remove(request);
        let id = u8::try_from(state.apps.len()).expect("few apps");
        state.apps.push(App { made_at: state.now, is_listed: false, is_assigned: false });
        state.losses += u8::from(is_lost);
        if is_lost {
            hear_nothing(state, request);
        } else if is_waiting(state, request) {
            state.workers[request.from].at = if self.lacks(Part::RecordBeforeAssigning) {
                At::AboutToAssign(id)
            } else {
                At::Created(id)
            };
        }
    }

    fn record(&self, state: &mut State, index: usize) {
        let At::Created(app) = state.workers[index].at else { return };
        if self.may_write(state, index) {
            adopt(state, app);
            state.workers[index].at = At::Looking;
        } else {
            state.workers[index] = Worker { fence: None, at: At::Looking };
        }
    }
}

fn send(state: &mut State, index: usize) {
    let is_in_charge = state.workers[index].fence == Some(state.row.fence);
    match state.workers[index].at {
        At::AboutToCreate => {
            state.is_late |= !is_in_charge;
            let fence = state.workers[index].fence;
            state.requests.push(Request { from: index, fence });
            state.workers[index].at = At::Creating;
        }
        At::AboutToAssign(app) => {
            state.apps[usize::from(app)].is_assigned = true;
            state.workers[index].at = At::Done;
        }
        At::Looking | At::Creating | At::Created(_) | At::Done => {}
    }
}

fn adopt(state: &mut State, app: u8) {
    (state.row.phase, state.row.app, state.row.scanned_at) = (Phase::Live, Some(app), None);
    state.recorded.insert(app);
}

fn hear_nothing(state: &mut State, request: Request) {
    if is_waiting(state, request) {
        state.workers[request.from].at = At::Looking;
    }
}

/// Whether the one who sent it still lives.
fn is_waiting(state: &State, request: Request) -> bool {
    state.workers[request.from] == Worker { fence: request.fence, at: At::Creating }
}

/// A minute passes, unless something cannot wait so long.
fn tick(state: &mut State) -> Option<()> {
    // Whoever sleeps for a minute with a create at hand has lost the lease to another.
    let about_to_create = Worker { fence: Some(state.row.fence), at: At::AboutToCreate };
    let is_due = !state.requests.is_empty()
        || state.workers.contains(&about_to_create)
        || state.apps.iter().any(|app| !app.is_listed && app.made_at + LAG <= state.now);
    if is_due {
        return None;
    }
    state.now += 1;
    Some(())
}

/// Whoever is in charge has nothing left to do.
fn is_over(state: &State) -> bool {
    state.workers.iter().any(|it| it.fence == Some(state.row.fence) && it.at == At::Done)
}
