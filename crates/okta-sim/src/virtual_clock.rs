//! A clock that moves only when it is told to, so that hours pass in no time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::org::Clock;

/// Time as the driver of a simulation gives it. Clones show the same time.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    millis: Arc<AtomicI64>,
}

impl VirtualClock {
    pub fn starting_at(start: Timestamp) -> Self {
        Self { millis: Arc::new(AtomicI64::new(start.as_millisecond())) }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.millis.load(Ordering::SeqCst))
            .expect("only valid instants are stored")
    }

    /// Lets time pass. Past the end of time it stands still.
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now().saturating_add(by).unwrap_or(Timestamp::MAX));
    }

    /// Jumps, also back: a machine's clock may be corrected.
    pub fn set(&self, to: Timestamp) {
        self.millis.store(to.as_millisecond(), Ordering::SeqCst);
    }

    /// This clock as an org reads it.
    pub fn reader(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_when_it_is_told_to_and_for_all_readers() {
        let clock = VirtualClock::starting_at(Timestamp::UNIX_EPOCH);
        let read = clock.reader();
        clock.clone().advance(SignedDuration::from_hours(3));
        assert_eq!(read().as_second(), 3 * 3600);
        clock.set(Timestamp::UNIX_EPOCH);
        assert_eq!(read(), Timestamp::UNIX_EPOCH);
    }
}
