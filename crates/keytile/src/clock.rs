//! Where `now` and chance come from: the system's in the product, the test's own in a test.
//! Everything else takes them as arguments.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use model::Timestamp;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng as _};

/// Tells the time. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that asks the machine for the time"
        )]
        Self(Arc::new(Timestamp::now))
    }

    /// A clock that a test moves.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

/// A source of random bytes that tasks share. Cheap to clone.
#[derive(Clone)]
pub struct Chance(Arc<Mutex<StdRng>>);

impl Chance {
    /// Seeded from the operating system: fit for tokens and keys.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }

    /// The same bytes in every run: for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// A generator of one's own, seeded from this one: use it where many values are needed.
    pub fn rng(&self) -> StdRng {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seed = [0; 32];
        shared.fill_bytes(&mut seed);
        StdRng::from_seed(seed)
    }
}

/// After the first failure in a row, and at most after many.
const FIRST_PAUSE: i64 = 5;
const LONGEST_PAUSE: i64 = 15 * 60;

/// How long a service that has failed so many times in a row is left alone: 5 s, doubled with each failure, and never more
/// than a quarter of an hour.
pub fn pause_after(failures: i64) -> SignedDuration {
    let doublings = u32::try_from(failures - 1).unwrap_or(0).min(10);
    SignedDuration::from_secs((FIRST_PAUSE << doublings).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_and_ends_at_a_quarter_of_an_hour() {
        let seconds: Vec<i64> = [1, 2, 3, 8, 9, 60].map(|n| pause_after(n).as_secs()).into();
        assert_eq!(seconds, [5, 10, 20, 640, 900, 900]);
    }
}
