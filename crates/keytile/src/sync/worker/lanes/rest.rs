//! Whether the lanes of one worker go on or rest, and until when. Knows neither a clock nor a lane.

use model::Timestamp;

use crate::sync::worker::Turn;

/// What to do after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Take the next turn at once.
    GoOn,
    /// Rest until this instant, or (with none) until somebody changes something.
    Rest(Option<Timestamp>),
    /// This worker is over.
    Stop,
}

/// Counts wake-ups, so that none is lost to a turn that looked before it came.
#[derive(Default)]
pub(super) struct Wakes(u64);

impl Wakes {
    /// The wake-ups so far: a turn remembers how many there were when it began.
    pub(super) fn so_far(&self) -> u64 {
        self.0
    }

    /// Somebody changed something.
    pub(super) fn note(&mut self) {
        self.0 += 1;
    }

    /// What a turn that began after `began_at` wake-ups means for the lanes.
    pub(super) fn after(&self, turn: &Turn, began_at: u64) -> After {
        match turn {
            Turn::Did(_) | Turn::Audited => After::GoOn,
            // It looked before the last wake-up, so what it did not find may be there now.
            Turn::Wait(_) | Turn::Idle if began_at < self.0 => After::GoOn,
            Turn::Wait(until) => After::Rest(*until),
            Turn::Idle => After::Rest(None),
            Turn::Outdated | Turn::Lost => After::Stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A turn that found nothing because the change came while it looked must not put the lanes to rest.
    #[test]
    fn a_wake_up_during_a_turn_is_not_lost() {
        let mut wakes = Wakes::default();
        let began_at = wakes.so_far();
        wakes.note();
        assert_eq!(wakes.after(&Turn::Idle, began_at), After::GoOn);
        assert_eq!(wakes.after(&Turn::Wait(Some(Timestamp::UNIX_EPOCH)), began_at), After::GoOn);
        // The next turn began after it, and may rest.
        assert_eq!(wakes.after(&Turn::Idle, wakes.so_far()), After::Rest(None));
    }

    #[test]
    fn whoever_lost_the_lease_stops_whatever_else_happened() {
        let mut wakes = Wakes::default();
        wakes.note();
        assert_eq!(wakes.after(&Turn::Lost, 0), After::Stop);
        assert_eq!(wakes.after(&Turn::Outdated, 0), After::Stop);
    }
}
