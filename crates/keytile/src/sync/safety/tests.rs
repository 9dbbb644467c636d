//! The rule itself: however marks, answers, people and time interleave, no more goes without a question than may.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn person(n: usize) -> Removal {
    let subject = format!("tile_{}", n / 7);
    Removal { subject, what: What::Assignment(Principal::Person(format!("00u{n}"))) }
}

fn app(n: usize) -> Removal {
    Removal::of_app(&format!("0oa{n}"))
}

/// C15.
#[test]
fn ten_or_a_fifth_and_five_apps_may_go_by_themselves() {
    assert_eq!([0, 10, 50, 54, 55, 500].map(bound), [10, 10, 10, 10, 11, 100]);
    let waiting = |people: usize, apps: usize| {
        let all = (0..people).map(person).chain((0..apps).map(app));
        Exposure::of(&BTreeSet::new(), &all.collect())
    };
    assert!(waiting(10, 5).is_small() && waiting(10, 5).is_within(0));
    assert!(!waiting(11, 0).is_within(54) && waiting(11, 0).is_within(55));
    assert!(!waiting(0, 6).is_within(1_000_000));
}

#[test]
fn what_was_sent_and_waits_still_counts_once() {
    let gone = BTreeSet::from([person(1), person(2)]);
    let waiting = BTreeSet::from([person(2), person(3)]);
    assert_eq!(Exposure::of(&gone, &waiting), Exposure { assignments: 3, apps: 0 });
}

#[test]
fn a_removal_is_stored_and_read_as_itself() {
    for removal in [
        person(3),
        app(4),
        Removal { subject: "t".into(), what: What::Assignment(Principal::Group("g".into())) },
    ] {
        let (kind, id) = removal.code();
        let read = Removal::from_code(removal.subject.clone(), kind, id.to_owned());
        assert_eq!(read, Some(removal.clone()));
    }
    assert_eq!(Removal::from_code("t".into(), "moon", String::new()), None);
}

/// What may happen between two steps of the worker, in any order.
#[derive(Debug, Clone)]
enum Act {
    /// A background pass marks so many assignments, from this one on.
    Mark(usize, usize),
    /// So many come back, from this one on.
    Return(usize, usize),
    /// The worker is at this one, by whichever lane.
    Attend(usize),
    /// Time passes.
    Minutes(i64),
    /// An admin answers.
    Decide(bool),
}

const ALL: usize = 120;

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        2 => (0..ALL, 1..60_usize).prop_map(|(from, n)| Act::Mark(from, n)),
        1 => (0..ALL, 1..60_usize).prop_map(|(from, n)| Act::Return(from, n)),
        12 => (0..ALL).prop_map(Act::Attend),
        2 => (1..50_i64).prop_map(Act::Minutes),
        1 => any::<bool>().prop_map(Act::Decide),
    ];
    proptest::collection::vec(act, 1..300)
}

/// The portal and the ledger, as the tables hold them.
#[derive(Default)]
struct World {
    now: Timestamp,
    assigned: BTreeSet<usize>,
    waiting: BTreeSet<usize>,
    gone: BTreeMap<usize, Timestamp>,
    opened_at: Option<Timestamp>,
    held: BTreeSet<usize>,
    approved: BTreeSet<usize>,
    kept: BTreeSet<usize>,
    /// What went without a question: when, and which.
    slipped: Vec<(Timestamp, usize)>,
}

impl World {
    fn went(&self) -> BTreeSet<Removal> {
        let since = window_since(self.now, self.opened_at);
        self.gone.iter().filter(|(_, at)| **at > since).map(|(n, _)| person(*n)).collect()
    }

    fn pending(&self) -> BTreeSet<usize> {
        let decided: BTreeSet<usize> = self.approved.union(&self.kept).copied().collect();
        self.waiting.difference(&decided).copied().collect()
    }

    /// As `Worker::judge`: what waits for an answer waits, and all of it waits where it is too much.
    fn attend(&mut self, n: usize) {
        if !self.waiting.contains(&n) || self.kept.contains(&n) || self.held.contains(&n) {
            return;
        }
        if !self.approved.contains(&n) {
            let went = self.went();
            let pending = self.pending().into_iter().map(person).collect();
            let exposure = Exposure::of(&went, &pending);
            if !exposure.is_within(self.assigned.len() + went.len()) {
                self.opened_at.get_or_insert(self.now);
                self.held = self.pending();
                return;
            }
            self.gone.insert(n, self.now);
            self.slipped.push((self.now, n));
        }
        self.waiting.remove(&n);
        self.approved.remove(&n);
        self.assigned.remove(&n);
    }

    fn decide(&mut self, approves: bool) {
        let side = if approves { &mut self.approved } else { &mut self.kept };
        side.extend(std::mem::take(&mut self.held));
        self.opened_at = None;
    }

    fn take_back(&mut self, n: usize) {
        self.waiting.remove(&n);
        self.assigned.insert(n);
        for set in [&mut self.held, &mut self.approved, &mut self.kept] {
            set.remove(&n);
        }
        if self.held.is_empty() {
            self.opened_at = None;
        }
    }

    /// How many went without a question in the hour that ends now.
    fn slipped_within_an_hour(&self) -> usize {
        let recent = self.slipped.iter().filter(|(at, _)| *at > self.now - WINDOW);
        recent.map(|(_, n)| *n).collect::<BTreeSet<_>>().len()
    }
}

proptest! {
    /// T3: whatever is marked, when, and in whichever order the worker comes to it.
    #[test]
    fn no_interleaving_lets_more_than_the_bound_go_without_a_question(acts in acts()) {
        let mut world = World { assigned: (0..ALL).collect(), ..World::default() };
        for act in acts {
            match act {
                Act::Mark(from, n) => {
                    let marked = (from..from + n).map(|n| n % ALL);
                    world.waiting.extend(marked.filter(|n| world.assigned.contains(n)).collect::<Vec<_>>());
                }
                Act::Return(from, n) => (from..from + n).for_each(|n| world.take_back(n % ALL)),
                Act::Attend(n) => world.attend(n),
                Act::Minutes(minutes) => world.now += SignedDuration::from_mins(minutes),
                Act::Decide(approves) => world.decide(approves),
            }
            prop_assert!(world.slipped_within_an_hour() <= bound(ALL));
        }
    }

    /// T3: a push that is too much stops before its first call.
    #[test]
    fn of_too_much_at_once_nothing_goes(from in 0..ALL, n in 25..ALL, order in proptest::collection::vec(0..ALL, 1..200)) {
        let mut world = World { assigned: (0..ALL).collect(), ..World::default() };
        world.waiting.extend((from..from + n).map(|n| n % ALL));
        for n in order {
            world.attend(n);
        }
        prop_assert_eq!(world.slipped.len(), 0);
    }
}
