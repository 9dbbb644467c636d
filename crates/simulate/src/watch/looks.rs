//! Which looks came before a write: a look of its own before everything that could harm (T2), and one that is not too old
//! before somebody is given something (L4).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::call::{About, Call, Deed};

/// As long as a look is good for giving.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);

/// What each worker has looked at.
#[derive(Default)]
pub(super) struct Looks {
    /// Not written to since: at which step of the run, and whether it was ours then.
    fresh: BTreeMap<(usize, String), (u64, bool)>,
    /// When it was last seen whole, and whether it was fit for us.
    whole: BTreeMap<(usize, String), (Timestamp, bool)>,
}

impl Looks {
    /// The org shows something to a worker; `is_ours` as it is there now.
    pub(super) fn show(&mut self, call: &Call, is_ours: bool, step: u64) {
        let (id, is_whole) = match call.about() {
            About::App(app, rest) => {
                self.fresh.insert((call.worker, app.to_owned()), (step, is_ours));
                (app, rest.is_empty())
            }
            // Whether a group is fit shows in its apps, which come last.
            About::Group(group, rest) => {
                if rest.is_empty() {
                    self.fresh.insert((call.worker, group.to_owned()), (step, is_ours));
                }
                (group, rest == "apps")
            }
            About::Other => return,
        };
        if is_whole {
            // As old as its question.
            self.whole.insert((call.worker, id.to_owned()), (call.at, is_ours));
        }
    }

    /// A worker has made it.
    pub(super) fn made(&mut self, call: &Call, id: &str) {
        self.whole.insert((call.worker, id.to_owned()), (call.at, true));
    }

    /// The org refused what a worker asked for, so it is as it was when it was looked at.
    pub(super) fn refused(&mut self, call: &Call, step: u64) {
        if let (Deed::Change, About::App(id, _) | About::Group(id, _)) = (call.deed(), call.about())
        {
            self.fresh.insert((call.worker, id.to_owned()), (step, true));
        }
    }

    /// A worker writes: what is wrong with that, if anything is.
    pub(super) fn judge(&mut self, call: &Call) -> Option<(&'static str, String)> {
        let (About::App(id, _) | About::Group(id, _)) = call.about() else { return None };
        let key = (call.worker, id.to_owned());
        match call.deed() {
            Deed::Read | Deed::Create => None,
            Deed::Change => match self.fresh.remove(&key) {
                Some((_, true)) => None,
                Some((_, false)) => Some(("L4", format!("what is not ours is written to: {call}"))),
                None => Some(("T2", format!("no look came before {call}"))),
            },
            // A look a moment ago, however long its answer took, or an earlier one.
            Deed::Give if matches!(self.fresh.get(&key), Some((_, true))) => None,
            Deed::Give => match self.whole.get(&key) {
                Some((at, true)) if call.at < *at + GOOD_FOR => None,
                Some((at, false)) if call.at < *at + GOOD_FOR => {
                    Some(("L4", format!("somebody gets what was not ours: {call}")))
                }
                _ => Some(("L4", format!("it was not looked at for long: {call}"))),
            },
        }
    }

    /// The last step at which anybody looked at it and has not written to it since.
    pub(super) fn looked_at(&self, id: &str) -> Option<u64> {
        let looks = self.fresh.iter().filter(|((_, looked), _)| looked == id);
        looks.map(|(_, (step, _))| *step).max()
    }
}
