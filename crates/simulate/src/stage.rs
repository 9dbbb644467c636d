//! What everything in one run shares: the clock, the network's chance, the trace, the counts, and the first violation.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use okta_sim::VirtualClock;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// The instant at which every run begins.
const BEGINNING: &str = "2027-03-01T08:00:00Z";

/// How much of the past is told with a violation.
const TOLD: usize = 40;

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The promise that was broken, such as `L3`.
    pub invariant: &'static str,
    /// How, in a sentence.
    pub what: String,
    /// The step at which it was seen.
    pub step: u64,
    /// What happened just before.
    pub before: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.before {
            writeln!(f, "    {line}")?;
        }
        write!(f, "  {} at step {}: {}", self.invariant, self.step, self.what)
    }
}

/// The parts that all share. Used by one thread; the locks only please the compiler.
pub struct Stage {
    clock: VirtualClock,
    rng: Mutex<StdRng>,
    state: Mutex<State>,
    is_verbose: bool,
}

#[derive(Default)]
struct State {
    step: u64,
    hash: DefaultHasher,
    last: VecDeque<String>,
    violation: Option<Violation>,
    counts: BTreeMap<String, u64>,
    /// The latest that the clock has ever shown before it was moved.
    latest: Option<Timestamp>,
}

impl Stage {
    /// The stage of the run with this seed.
    pub fn new(seed: u64, is_verbose: bool) -> Self {
        let clock = VirtualClock::starting_at(BEGINNING.parse().expect("an instant"));
        let rng = Mutex::new(StdRng::seed_from_u64(seed ^ 0x6e65_7477_6f72_6b00));
        Self { clock, rng, state: Mutex::default(), is_verbose }
    }

    /// The clock of keytile and of the org.
    pub fn clock(&self) -> VirtualClock {
        self.clock.clone()
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass.
    pub fn advance(&self, by: SignedDuration) {
        let now = self.now();
        let mut state = self.lock();
        state.latest = state.latest.max(Some(now));
        drop(state);
        self.clock.advance(by);
    }

    /// Whether the clock was set back, and has not come to where it was.
    pub fn is_set_back(&self) -> bool {
        let now = self.now();
        self.lock().latest.is_some_and(|latest| now < latest)
    }

    /// Chance for the network, apart from that of the events: a call more or less moves no event.
    pub fn draw<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes something down that happened. It counts for the hash of the run.
    pub fn note(&self, line: impl fmt::Display) {
        let mut state = self.lock();
        let line = format!("{} {} {line}", state.step, self.clock.now());
        line.hash(&mut state.hash);
        if self.is_verbose {
            println!("{line}");
        }
        state.last.push_back(line);
        if state.last.len() > TOLD {
            state.last.pop_front();
        }
    }

    /// The next step begins.
    pub fn step(&self) {
        self.lock().step += 1;
    }

    /// The present step.
    pub fn at(&self) -> u64 {
        self.lock().step
    }

    /// Something that must never be: the first of a run is kept.
    pub fn violate(&self, invariant: &'static str, what: impl fmt::Display) {
        let mut state = self.lock();
        if state.violation.is_none() {
            let before = state.last.iter().cloned().collect();
            let (step, what) = (state.step, what.to_string());
            state.violation = Some(Violation { invariant, what, step, before });
        }
    }

    /// The first violation, if there was one.
    pub fn violation(&self) -> Option<Violation> {
        self.lock().violation.clone()
    }

    /// Whether the run is over because of a violation.
    pub fn is_broken(&self) -> bool {
        self.lock().violation.is_some()
    }

    /// Counts that something was reached.
    pub fn count(&self, what: impl Into<String>) {
        *self.lock().counts.entry(what.into()).or_default() += 1;
    }

    /// What was reached, and how often.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.lock().counts.clone()
    }

    /// How many steps were taken, and the hash of everything that was noted.
    pub fn sum(&self) -> (u64, u64) {
        let state = self.lock();
        (state.step, state.hash.finish())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
