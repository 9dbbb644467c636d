//! The safety stop (T3, C15), from outside: what nobody asked for goes only so far without a question, and what a person
//! asked for is never held up.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::model::Id;
use crate::rows::Held;
use crate::world::World;

/// A pass is whatever happens within this time.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// So many may always go, and one in so many.
const LEAST: usize = 10;
const ONE_IN: usize = 5;

/// Why people lose what they had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A person did something.
    Person,
    /// A group push took people out of a team.
    Push,
    /// A directory removed people.
    Directory,
}

/// What the safety stop keeps, and what it must.
#[derive(Default)]
pub struct Stops {
    /// What waits or is kept, as the product has it on record.
    pub held: Held,
    /// Who has lost which account by a push, and nothing that anybody asked for since.
    pushed: BTreeSet<(Id, String)>,
    /// People whom a process has ever taken something from.
    touched: BTreeSet<String>,
    /// What a push's removals took from dashboards, and when last: what came back and went again counts once.
    gone: BTreeMap<(Id, String), Timestamp>,
    /// The most that was seen in the window: how many, and when.
    most: VecDeque<(Timestamp, usize)>,
}

impl World {
    /// Who should see something no more, by what has just happened.
    pub fn note_losses(&mut self, before: &BTreeMap<(Id, String), u64>) {
        let now = &self.sight.wanted;
        self.stops.pushed.retain(|pair| !now.contains_key(pair));
        let lost = before.keys().filter(|pair| !now.contains_key(*pair)).cloned();
        if self.cause == Cause::Person {
            // What ends before it began, by a clock that was set back, looks like a process's doing: an admin is asked.
            if self.stage.is_set_back() {
                self.stops.touched.extend(lost.map(|(_, person)| person));
            }
            return;
        }
        for pair in lost {
            self.stops.touched.insert(pair.1.clone());
            self.stage.note(format_args!("{:?} loses {}", pair.1, pair.0));
            // After a clock was set back, what a person ended before looks like the later of the two (reliability.md, "What is
            // not promised").
            if self.cause == Cause::Push && !self.stage.is_set_back() {
                self.stops.pushed.insert(pair);
            }
        }
    }

    /// A process has had to do with somebody: what they lose may count.
    pub fn note_touched(&mut self, person: Option<String>) {
        self.stops.touched.extend(person);
    }

    /// A person has decided that all of this goes.
    pub fn note_asked(&mut self, is_it: impl Fn(Id, &str) -> bool) {
        self.stops.pushed.retain(|(account, person)| !is_it(*account, person));
    }

    /// Somebody has lost a tile that they should not have.
    pub fn note_gone(&mut self, pair: &(Id, String)) {
        let now = self.stage.now();
        let seen = self.sight.seen.values().map(BTreeSet::len).sum();
        let stops = &mut self.stops;
        stops.most.push_back((now, seen));
        if !stops.pushed.remove(pair) {
            return;
        }
        stops.gone.insert(pair.clone(), now);
        // A clock that was set back begins another window: what went before may have been longer ago.
        let is_old = |at: Timestamp| at > now || now.duration_since(at) >= WINDOW;
        stops.gone.retain(|_, at| !is_old(*at));
        stops.most.retain(|(at, _)| !is_old(*at));
        let most = stops.most.iter().map(|(_, seen)| *seen).max().unwrap_or(0);
        let gone = stops.gone.len();
        let bound = LEAST.max((most + gone) / ONE_IN);
        self.stage.note(format_args!("a push has taken {pair:?}: {gone} of {most}"));
        if gone > bound {
            let what = format!("{gone} of {most} were taken away by a push, and nobody was asked");
            self.stage.violate("C15", what);
        }
    }

    /// Of what waits nothing is what a person asked for.
    pub async fn judge_stops(&mut self) {
        let held = self.load_held().await;
        if held == self.stops.held {
            return;
        }
        let disturbed = self.watch.disturbed();
        for (url, people) in &held.people {
            let known = self.stops.held.people.get(url);
            let news = people.iter().filter(|it| known.is_none_or(|known| !known.contains(*it)));
            for person in news {
                self.stage.count("stop: a person's tile waits");
                if !self.stops.touched.contains(person) && !disturbed.contains(url) {
                    let what = format!("{person} keeps {url}, although a person took it away");
                    self.stage.violate("C15", what);
                }
            }
        }
        for subject in held.apps.difference(&self.stops.held.apps) {
            self.stage.count("stop: an app waits");
            // What a replica denied for longer than we ask again is lost sight of, and found like an app that nobody of us made:
            // nobody can tell any more that a person has removed its tile since (reliability.md, "What is not promised").
            if !self.planted.contains_key(subject) && !self.is_excused(subject) {
                self.stage.violate("C15", format!("{subject} stays, although a person removed it"));
            }
        }
        self.stops.held = held;
    }

    /// Whether this person may keep this tile until an admin has decided.
    pub fn is_held(&self, url: &str, person: &str) -> bool {
        self.stops.held.people.get(url).is_some_and(|people| people.contains(person))
    }
}
