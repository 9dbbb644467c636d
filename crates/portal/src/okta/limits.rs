//! Okta's rate limits, learned from its answers: who may call now, and until when to wait.
//!
//! A pure state machine: [`Limits`] knows neither a clock nor a socket. Sharing it between calls
//! and giving unused room back is `slot.rs`; reading headers is `headers.rs`.
//! Source: developer.okta.com, "Rate limits"; behaviour.md section 3.

mod bucket;
mod forecast;
mod headers;
mod slot;
#[cfg(test)]
mod tests;

pub use bucket::Bucket;
pub use forecast::{BucketView, Snapshot};
pub use headers::Rate;
pub use slot::{SharedLimits, Slot};

use crate::Priority;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Okta's windows are fixed, and opened by the first call after the last one ended.
pub(crate) const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Both `Reset` and `Date` are whole seconds, so their difference can be a second short.
pub(crate) const ROUNDING: SignedDuration = SignedDuration::from_secs(1);

/// When to ask again while the answer that would tell is still under way.
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// Too many simultaneous calls clear in moments, and `Reset` is only a hint then.
const CONCURRENCY_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// Beside the length of a call: answers differ by so much without being slow.
const MARGIN: SignedDuration = SignedDuration::from_millis(250);

/// A call that took longer than this says nothing about the next.
const LONGEST_USUAL: SignedDuration = SignedDuration::from_secs(5);

/// `Reset` of one window may be reported a second or two apart.
const SAME_WINDOW_SECONDS: i64 = 2;

/// The share of a window that background work leaves to leavers and people who wait.
pub(crate) fn kept(limit: u32) -> u32 {
    if limit < 2 { 0 } else { (limit / 10).max(1) }
}

/// What is known about every bucket of one token in one org.
#[derive(Debug, Default)]
pub struct Limits {
    buckets: BTreeMap<Bucket, Window>,
    paused_until: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
struct Window {
    /// Calls a window; `None` until Okta has answered once.
    limit: Option<u32>,
    /// What Okta last said is left, or `limit` in a window without an answer.
    remaining: u32,
    /// Calls that may still be counted: reserved or sent, and not answered.
    in_flight: u32,
    /// Calls that ended without a usable answer, each with the instant when the window that it may
    /// have been counted in is surely over. Whether an answer's `remaining` includes them nobody
    /// can tell, so they are subtracted from whatever it says.
    lost: Vec<Timestamp>,
    /// Calls of leavers and waiting people in this window: they use up the kept share.
    interactive: u32,
    /// Okta's `Reset` of the newest window that it told us about: the window's name.
    reset: Option<i64>,
    /// When the window ends, never too early; `None` in a window without an answer.
    ends_at: Option<Timestamp>,
    /// When it ends if `Reset` is exact, as it was in every recording; `None` where no answer told.
    ends_if_exact: Option<Timestamp>,
    /// Calls of leavers and waiting people that were sent in between: after the one and before the other.
    ahead: u32,
    /// One of them was refused: `Reset` is rounded down, and nobody goes ahead any more.
    is_rounded: bool,
    /// How long the last call took, there and back.
    lasted: SignedDuration,
}

/// How the window that an answer tells about relates to the one that we are in.
#[derive(Clone, Copy)]
enum Age {
    Newer,
    Current,
    Late,
}

/// How a call ended, for its bucket.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// It was never sent.
    Unsent,
    /// It was sent, and Okta may have counted it.
    NoAnswer,
    /// Okta answered.
    Answered(Rate),
    /// Okta answered 429: nothing was done.
    Throttled(Rate),
}

impl Limits {
    /// Reserves one call in each of `calls`, all or none.
    ///
    /// # Errors
    /// The instant to ask again.
    pub fn take(
        &mut self,
        calls: &[Bucket],
        priority: Priority,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            return Err(until);
        }
        self.paused_until = None;
        let mut wanted: BTreeMap<Bucket, u32> = BTreeMap::new();
        for bucket in calls {
            *wanted.entry(*bucket).or_default() += 1;
        }
        let waits = wanted.iter().filter_map(|(bucket, count)| {
            self.buckets.entry(*bucket).or_default().wait(*count, priority, now)
        });
        if let Some(until) = waits.max() {
            return Err(until);
        }
        for (bucket, count) in wanted {
            self.buckets.entry(bucket).or_default().reserve(count, priority);
        }
        Ok(())
    }

    /// Takes note of how a reserved call ended. After a 429: when to ask again.
    pub fn settle(
        &mut self,
        bucket: Bucket,
        priority: Priority,
        outcome: Outcome,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let window = self.buckets.entry(bucket).or_default();
        window.in_flight = window.in_flight.saturating_sub(1);
        match outcome {
            Outcome::Unsent => {
                if priority.is_interactive() {
                    window.interactive = window.interactive.saturating_sub(1);
                }
                None
            }
            Outcome::NoAnswer => {
                window.lose(now);
                None
            }
            Outcome::Answered(rate) => {
                window.learn(rate, now);
                None
            }
            Outcome::Throttled(rate) if rate.limit == Some(0) => {
                let until = now + CONCURRENCY_PAUSE;
                self.paused_until = Some(until);
                Some(until)
            }
            Outcome::Throttled(rate) => {
                Some(window.refute(rate, now).unwrap_or_else(|| window.close(rate, now)))
            }
        }
    }
}

impl Limits {
    /// Takes note of how long an answered call took.
    pub fn lasted(&mut self, bucket: Bucket, length: SignedDuration) {
        let window = self.buckets.entry(bucket).or_default();
        window.lasted = length.clamp(SignedDuration::ZERO, LONGEST_USUAL);
    }
}

impl Window {
    /// When to ask again for `count` calls, or `None` when there is room now.
    fn wait(&mut self, count: u32, priority: Priority, now: Timestamp) -> Option<Timestamp> {
        self.roll(now);
        let Some(limit) = self.limit else {
            // Until Okta has told its limit, one call (or one step's calls in a row) at a time.
            return self.ends_at.or_else(|| (self.in_flight > 0).then(|| now + ASK_AGAIN));
        };
        let kept = if priority.is_interactive() {
            0
        } else {
            kept(limit).saturating_sub(self.interactive)
        };
        self.lost.retain(|until| *until > now);
        let room = self.room();
        // A step larger than the limit starts in a whole window, or it would never start.
        if room >= (count + kept).min(limit) {
            return None;
        }
        if let Some(at) = self.kept_until().filter(|_| room >= count.min(limit)) {
            return (at > now).then_some(at);
        }
        if priority.is_interactive()
            && let Some(at) = self.ahead_from(count, limit)
        {
            return (at > now).then_some(at);
        }
        if self.ends_at.is_none() && self.in_flight == 0 {
            // Every call of this window ended without telling when it ends.
            self.ends_at = Some(now + WINDOW + ROUNDING);
        }
        Some(self.ends_at.unwrap_or(now + ASK_AGAIN))
    }

    /// Calls that may still be made in this window, whatever became of those before them.
    fn room(&self) -> u32 {
        let lost = u32::try_from(self.lost.len()).unwrap_or(u32::MAX);
        self.remaining.saturating_sub(self.in_flight.saturating_add(lost))
    }

    fn reserve(&mut self, count: u32, priority: Priority) {
        if priority.is_interactive() {
            self.interactive += count;
            if self.limit.is_some_and(|limit| self.room() < count.min(limit)) {
                self.ahead += count;
            }
        }
        self.in_flight += count;
    }

    /// From when on people need not wait for the second that Okta's headers leave open: the window is most probably over,
    /// and if it is not, a 429 tells so before anything is done. As many as are kept for them, and only until the first 429.
    fn ahead_from(&self, count: u32, limit: u32) -> Option<Timestamp> {
        let is_allowed = !self.is_rounded && self.ahead + count <= kept(limit);
        self.ends_if_exact.filter(|_| is_allowed)
    }

    /// The refusal of a call that was sent ahead. What is known of the window's end still holds: when to ask again.
    fn refute(&mut self, rate: Rate, now: Timestamp) -> Option<Timestamp> {
        let (told, known) = (rate.reset?, self.reset?);
        if self.ahead == 0 || told.abs_diff(known) > SAME_WINDOW_SECONDS.unsigned_abs() {
            return None;
        }
        self.ahead -= 1;
        self.is_rounded = true;
        self.roll(now);
        Some(self.ends_at.unwrap_or(now))
    }

    /// Until when the share for people is kept. A call that leaves later may find the window over, so what nobody has
    /// used by then is of no more use to anybody; and whoever comes later waits for a moment only.
    fn kept_until(&self) -> Option<Timestamp> {
        self.ends_at.map(|ends_at| ends_at - ROUNDING - self.lasted - MARGIN)
    }

    /// Opens a new window when the old one is surely over.
    fn roll(&mut self, now: Timestamp) {
        if self.ends_at.is_some_and(|ends_at| ends_at <= now) {
            self.ends_at = None;
            self.ends_if_exact = None;
            self.remaining = self.limit.unwrap_or(0);
            self.interactive = 0;
        }
    }

    /// A window began, and ends then if `Reset` is exact.
    fn begin(&mut self, reset: i64, ends_if_exact: Timestamp) {
        self.reset = Some(reset);
        self.ends_at = Some(ends_if_exact + ROUNDING);
        self.ends_if_exact = Some(ends_if_exact);
        self.ahead = 0;
    }

    fn lose(&mut self, now: Timestamp) {
        self.lost.push(now + WINDOW + ROUNDING);
    }

    fn learn(&mut self, rate: Rate, now: Timestamp) {
        self.roll(now);
        let Rate { limit: Some(limit), remaining: Some(remaining), reset: Some(reset), .. } = rate
        else {
            self.lose(now);
            return;
        };
        if limit == 0 {
            return;
        }
        let is_first = self.limit.replace(limit).is_none();
        let Some(left) = rate.window_left() else {
            return self.learn_without_end(reset, remaining, is_first, now);
        };
        let ends_if_exact = now + left;
        match self.age_of(reset) {
            // Okta has begun a window before we thought that the old one was over.
            Age::Newer if is_first || self.ends_at.is_some() => {
                self.remaining = remaining;
                self.interactive = 0;
                self.begin(reset, ends_if_exact);
            }
            Age::Newer => {
                self.remaining = self.remaining.min(remaining);
                self.begin(reset, ends_if_exact);
            }
            Age::Current => {
                self.remaining = self.remaining.min(remaining);
                self.ends_at = self.ends_at.map(|known| known.min(ends_if_exact + ROUNDING));
                self.ends_if_exact = self.ends_if_exact.map(|known| known.min(ends_if_exact));
            }
            // It tells about a window that is over; to be safe it counts in this one.
            Age::Late => self.lose(now),
        }
    }

    /// `Reset` and `Date` contradict each other: what is left still counts, for a whole minute.
    fn learn_without_end(&mut self, reset: i64, remaining: u32, is_first: bool, now: Timestamp) {
        if self.reset.is_some() && matches!(self.age_of(reset), Age::Late) {
            self.lose(now);
            return;
        }
        self.remaining = if is_first { remaining } else { self.remaining.min(remaining) };
        self.ends_at.get_or_insert(now + WINDOW + ROUNDING);
    }

    fn age_of(&self, reset: i64) -> Age {
        let Some(known) = self.reset else { return Age::Newer };
        if reset > known.saturating_add(SAME_WINDOW_SECONDS) {
            Age::Newer
        } else if self.ends_at.is_some() && reset >= known.saturating_sub(SAME_WINDOW_SECONDS) {
            Age::Current
        } else {
            Age::Late
        }
    }

    fn close(&mut self, rate: Rate, now: Timestamp) -> Timestamp {
        self.roll(now);
        if let Some(limit) = rate.limit {
            self.limit = Some(limit);
        }
        let left = rate.window_left();
        if left.is_some() {
            let is_late = rate.reset.is_some_and(|reset| matches!(self.age_of(reset), Age::Late));
            if is_late && self.ends_at.is_some() {
                return now + ASK_AGAIN;
            }
            self.reset = rate.reset;
        }
        let until = now + left.unwrap_or(WINDOW) + ROUNDING;
        self.remaining = 0;
        self.ends_at = Some(until);
        self.ends_if_exact = None;
        until
    }
}
