//! Room for one call, given back when it is dropped unused.

use super::{Bucket, Limits, Outcome, Rate, Snapshot};
use crate::Priority;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The client gives up after 30 s, and needs a moment to notice.
const LONGEST_CALL: SignedDuration = SignedDuration::from_secs(35);

/// One org's limits, shared by all its calls.
#[derive(Clone, Debug, Default)]
pub struct SharedLimits(Arc<Mutex<Limits>>);

impl SharedLimits {
    /// Room for all of `calls`, or the instant to ask again.
    pub fn take(
        &self,
        calls: &[Bucket],
        priority: Priority,
        now: Timestamp,
    ) -> Result<Vec<Slot>, Timestamp> {
        self.lock().take(calls, priority, now)?;
        Ok(calls
            .iter()
            .map(|bucket| Slot {
                limits: self.clone(),
                bucket: *bucket,
                priority,
                since: now,
                state: State::Reserved,
            })
            .collect())
    }

    /// What is known now, to show and to forecast with.
    pub fn snapshot(&self) -> Snapshot {
        self.lock().snapshot()
    }

    fn lock(&self) -> MutexGuard<'_, Limits> {
        // Every change of the limits is complete before it can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for one call in one bucket.
pub struct Slot {
    limits: SharedLimits,
    bucket: Bucket,
    priority: Priority,
    /// When it was taken, or sent.
    since: Timestamp,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reserved,
    Sent,
    Settled,
}

impl Slot {
    pub(crate) fn bucket(&self) -> Bucket {
        self.bucket
    }

    pub(crate) fn priority(&self) -> Priority {
        self.priority
    }

    /// The call is about to leave: from here on Okta may count it.
    pub(crate) fn sent(&mut self, now: Timestamp) {
        self.since = now;
        self.state = State::Sent;
    }

    /// The connection failed before anything was sent.
    pub(crate) fn unsent(&mut self, now: Timestamp) {
        self.settle(Outcome::Unsent, now);
    }

    /// It was sent, and no usable answer came back.
    pub(crate) fn lost(&mut self, now: Timestamp) {
        self.settle(Outcome::NoAnswer, now);
    }

    pub(crate) fn answered(&mut self, rate: Rate, now: Timestamp) {
        self.settle(Outcome::Answered(rate), now);
        self.limits.lock().lasted(self.bucket, now.duration_since(self.since));
    }

    /// When to ask again after a 429.
    pub(crate) fn throttled(&mut self, rate: Rate, now: Timestamp) -> Timestamp {
        self.settle(Outcome::Throttled(rate), now).unwrap_or(now)
    }

    fn settle(&mut self, outcome: Outcome, now: Timestamp) -> Option<Timestamp> {
        self.state = State::Settled;
        self.limits.lock().settle(self.bucket, self.priority, outcome, now)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        match self.state {
            State::Reserved => self.settle(Outcome::Unsent, self.since),
            // The answer was lost, or the caller stopped waiting for it. There is no clock here,
            // so we take the latest instant at which the call can have ended.
            State::Sent => self.settle(Outcome::NoAnswer, self.since + LONGEST_CALL),
            State::Settled => None,
        };
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("bucket", &self.bucket)
            .field("priority", &self.priority)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
