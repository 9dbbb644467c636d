//! Time as a number: it stands still while anybody can go on, and then jumps to the next instant that somebody waits for.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use keytile::clock::Clock;
use tokio::sync::oneshot;

/// When every run begins.
const BEGINNING: &str = "2027-03-01T08:00:00Z";

/// The clock of Keytile and of the org, and whoever waits for it.
pub struct Time {
    millis: AtomicI64,
    asked: AtomicU64,
    sleepers: Mutex<BTreeMap<(i64, u64), oneshot::Sender<()>>>,
}

impl Time {
    pub fn begin() -> anyhow::Result<Arc<Self>> {
        let beginning: Timestamp = BEGINNING.parse().context("read the beginning")?;
        let millis = AtomicI64::new(beginning.as_millisecond());
        Ok(Arc::new(Self { millis, asked: AtomicU64::new(0), sleepers: Mutex::default() }))
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.millis.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }

    /// As Keytile reads it.
    pub fn clock(self: &Arc<Self>) -> Clock {
        let time = Arc::clone(self);
        Clock::from_fn(move || time.now())
    }

    /// As the org reads it.
    pub fn reader(self: &Arc<Self>) -> okta_sim::Clock {
        let time = Arc::clone(self);
        Arc::new(move || time.now())
    }

    /// Returns once so much time has passed.
    pub async fn pass(&self, length: SignedDuration) {
        let (wake, woken) = oneshot::channel();
        let at = whole_millis(self.now() + length);
        self.lock().insert((at, self.asked.fetch_add(1, Ordering::SeqCst)), wake);
        // Time itself outlives whoever waits for it.
        let _ = woken.await;
    }

    /// How many wait.
    pub fn sleepers(&self) -> usize {
        self.lock().len()
    }

    /// The first instant that anybody waits for.
    pub fn next(&self) -> Option<Timestamp> {
        let (at, _) = self.lock().keys().next().copied()?;
        Timestamp::from_millisecond(at).ok()
    }

    /// Jumps ahead, and wakes whoever waited for this instant or an earlier one.
    pub fn move_to(&self, at: Timestamp) {
        let millis = whole_millis(at);
        self.millis.fetch_max(millis, Ordering::SeqCst);
        let mut sleepers = self.lock();
        let later = sleepers.split_off(&(millis + 1, 0));
        for wake in std::mem::replace(&mut *sleepers, later).into_values() {
            // They may have been killed in the meantime.
            let _ = wake.send(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(i64, u64), oneshot::Sender<()>>> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Never before the instant.
fn whole_millis(at: Timestamp) -> i64 {
    at.as_millisecond() + i64::from(at.subsec_nanosecond() % 1_000_000 > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_wakes_whoever_waited_for_it_and_nobody_else() {
        let time = Time::begin().unwrap();
        let seconds = SignedDuration::from_secs;
        let (short, long) = (time.pass(seconds(1)), time.pass(seconds(2)));
        let both = async {
            tokio::select! { biased; () = long => "long", () = short => "short" }
        };
        let moved = async {
            tokio::task::yield_now().await;
            assert_eq!(time.sleepers(), 2);
            time.move_to(time.next().unwrap());
        };
        assert_eq!(tokio::join!(both, moved).0, "short");
    }
}
