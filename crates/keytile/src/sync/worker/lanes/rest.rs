//! Whether the lanes of one worker go on or rest, and until when. Knows neither a clock nor a lane.

use jiff::SignedDuration;
use model::Timestamp;

use crate::sync::worker::Turn;

/// However many wake-ups are lost, every worker looks again after so long.
pub const LOOKS_EVERY: SignedDuration = SignedDuration::from_secs(15);

/// How the lanes of one worker go on: what their turns came to, and what they were told meanwhile.
#[derive(Default)]
pub struct Pace {
    wakes: u64,
    rests_until: Option<Timestamp>,
}

impl Pace {
    /// The wake-ups so far: a turn remembers how many there were when it began.
    pub fn wakes(&self) -> u64 {
        self.wakes
    }

    /// Somebody changed something.
    pub fn wake(&mut self) {
        self.wakes += 1;
        self.rests_until = None;
    }

    /// Until when nobody begins a turn, unless somebody changes something.
    pub fn rests_until(&self) -> Option<Timestamp> {
        self.rests_until
    }

    /// The rest is over.
    pub fn go_on(&mut self) {
        self.rests_until = None;
    }

    /// What a turn that began after `began_at` wake-ups came to. Answers false where the worker is over.
    pub fn after(&mut self, turn: &Turn, began_at: u64, now: Timestamp) -> bool {
        match turn {
            Turn::Did(_) | Turn::Audited => self.go_on(),
            // It looked before the last wake-up, so what it did not find may be there now.
            Turn::Wait(_) | Turn::Idle if began_at < self.wakes => self.go_on(),
            Turn::Wait(Some(until)) => self.rest(*until, now),
            Turn::Wait(None) | Turn::Idle => self.rest(now + LOOKS_EVERY, now),
            Turn::Outdated | Turn::Lost => return false,
        }
        true
    }

    /// Nobody begins a turn before this, and never so late that a lost wake-up would matter. A lane that passed over what
    /// another one was at knows less than that one: the earliest instant that any of them told counts.
    pub fn rest(&mut self, until: Timestamp, now: Timestamp) {
        let until = until.min(now + LOOKS_EVERY);
        self.rests_until = Some(self.rests_until.map_or(until, |other| other.min(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// A turn that found nothing because the change came while it looked must not put the lanes to rest.
    #[test]
    fn a_wake_up_during_a_turn_is_not_lost() {
        let mut pace = Pace::default();
        let began_at = pace.wakes();
        pace.wake();
        for turn in [Turn::Idle, Turn::Wait(Some(at(9)))] {
            assert!(pace.after(&turn, began_at, at(0)));
            assert_eq!(pace.rests_until(), None);
        }
        // The next turn began after it, and may rest.
        pace.after(&Turn::Idle, pace.wakes(), at(0));
        assert_eq!(pace.rests_until(), Some(at(15)));
        pace.wake();
        assert_eq!(pace.rests_until(), None);
    }

    /// Performance goal 13: a lane that found everything taken by others has nothing to do, but they have.
    #[test]
    fn a_lane_with_nothing_to_do_does_not_keep_the_others_from_their_window() {
        let mut pace = Pace::default();
        pace.after(&Turn::Wait(Some(at(3))), 0, at(0));
        pace.after(&Turn::Idle, 0, at(0));
        pace.after(&Turn::Wait(None), 0, at(1));
        pace.after(&Turn::Wait(Some(at(12))), 0, at(1));
        assert_eq!(pace.rests_until(), Some(at(3)));
        pace.go_on();
        pace.after(&Turn::Wait(Some(at(400))), 0, at(3));
        assert_eq!(pace.rests_until(), Some(at(18)));
    }

    #[test]
    fn whoever_lost_the_lease_stops_whatever_else_happened() {
        let mut pace = Pace::default();
        pace.wake();
        assert!(!pace.after(&Turn::Lost, 0, at(0)));
        assert!(!pace.after(&Turn::Outdated, 0, at(0)));
    }
}
